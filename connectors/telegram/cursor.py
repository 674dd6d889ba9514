"""What an account remembers between its batches, kept by the store as JSON."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from connectors.telegram.reading import BusinessConnection

KEPT_BY_TELEGRAM = 86400.0
"""Seconds for which an update that nobody fetched is kept (Bot API, getUpdates)."""

QUIET_WEEK = 6 * 86400.0
"""Seconds without an update after which the next may have any number: Telegram says a week."""

_FIELDS = {field.name for field in fields(BusinessConnection)}


class Cursor:
    """Whose updates these are, what their ids mean in the ledger, and the Business accounts.

    Ids are the bot's own, so another bot under the account gets a prefix. After a quiet week
    Telegram goes on at a random number, which may be one that the ledger knows, or lead to one:
    then they get one, too.
    """

    def __init__(self, kept: Mapping[str, Any]) -> None:
        self._prefixes: dict[str, str] = {
            str(bot): str(prefix) for bot, prefix in dict(kept.get("bots", {})).items()
        }
        self.connections: dict[str, BusinessConnection] = {
            str(name): BusinessConnection(**{k: v for k, v in found.items() if k in _FIELDS})
            for name, found in dict(kept.get("connections", {})).items()
        }
        self._last = float(kept.get("last", 0))
        self._bot = ""

    def serve(self, bot: int) -> None:
        """It is this bot's updates that come from now on."""
        self._bot = str(bot)
        if self._bot not in self._prefixes:
            self._prefixes[self._bot] = f"{bot}/" if self._prefixes else ""

    @property
    def prefix(self) -> str:
        """What stands before the numbers of updates in the ledger."""
        return self._prefixes[self._bot]

    def bot_of(self, external_id: str) -> int:
        """Whose update that was; 0 when nobody has been served yet."""
        fitting = [bot for bot, p in self._prefixes.items() if external_id.startswith(p)]
        first = next(iter(self._prefixes), "0")  # its first ids had no prefix
        return int(max(fitting, key=lambda bot: len(self._prefixes[bot]), default=first))

    def is_repeated(self) -> bool:
        """Whether an id that the ledger knows is that very update once more: Telegram has long
        forgotten what came before a longer silence."""
        return not self._last or time.time() - self._last < 2 * KEPT_BY_TELEGRAM

    def may_be_numbered_anew(self) -> bool:
        """Whether numbers may begin anywhere: they could run into those of earlier updates later,
        when it cannot be told any more."""
        return bool(self._last) and time.time() - self._last > QUIET_WEEK

    def number_anew(self) -> None:
        """Ids that are used for the second time mean other updates from now on."""
        self._prefixes[self._bot] = f"{self._bot}/{time.strftime('%Y%m%d', time.gmtime())}/"

    def received(self) -> None:
        """A batch goes into the store together with this."""
        self._last = time.time()

    def to_json(self) -> dict[str, Any]:
        return {
            "bots": dict(self._prefixes),
            "connections": {name: asdict(each) for name, each in self.connections.items()},
            "last": round(self._last),
        }
