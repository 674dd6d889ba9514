"""Long polling: an update is confirmed to Telegram only after the store has it.

Telegram takes a getUpdates with an offset for the receipt of all that is below it, and throws
that away. So the offset is given in the one call after a batch was stored, which is not held open,
and in no other: after a quiet week the next update may have a lower number (Bot API,
Update.update_id), which a standing offset would throw away unseen. Only to a server that tells
again what was confirmed, because it looks at the offset alone, it is said in every call.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from config.i18n import _
from connectors.contract import Deferred, Intake, Misconfigured, Unreachable
from connectors.hiccups import Hiccups
from connectors.telegram.bot import GRACE, Line
from connectors.telegram.failures import OtherPoller, WebhookSet
from connectors.telegram.receiving import Receiver

BATCH = 100
"""The most that one getUpdates gives."""
STALE = 3600.0
"""Seconds after which an offset is not given any more: what came since may be lower. What was
stored comes once more then, which the ledger knows."""
MANNERS = 3.0
"""Seconds to wait after one conflict (409): a call of an engine that has just ended may be late."""
CONFLICTS = 60.0
"""A second one within so many seconds is another program."""
BREATH = 1.0
"""Seconds between looks while a server gives nothing but what cannot be confirmed."""
AT_ONCE = 0.5
"""A server that says within so many seconds that there is nothing does not hold the question
open; then these are the seconds between looks."""

HICCUPS = (0.5, 1.0, 2.0)
"""Seconds to wait after the first failures of a bot that works: a server that stumbles for a moment
is no news for an agent."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What has been stored and not yet confirmed."""

    offset: int
    stored_at: float
    """Unix seconds: a machine that slept counts that time, too."""

    @property
    def holds(self) -> bool:
        return 0 <= time.time() - self.stored_at < STALE


class Polling:
    def __init__(self, name: str, line: Line, receiver: Receiver, detail: str) -> None:
        self.name = name
        self._line = line
        self._receiver = receiver
        self._detail = detail
        self._webhook_removed = False
        self._conflict_at: float | None = None
        self._confirmed = 0
        """The last offset."""
        self._forgets = True
        """Whether the server throws away what is confirmed, as Telegram does."""

    async def run(self, intake: Intake) -> None:
        """Until cancelled. Raises `ChannelError` and what the intake raises."""
        receipt: Receipt | None = None
        hold = 0  # the first look is not held open: whether it works is known at once
        hiccups = Hiccups(HICCUPS)
        while True:
            asked_at = time.monotonic()
            try:
                updates = await self._get(receipt, hold)
            except (Unreachable, Deferred) as error:
                pause = hiccups.pause(error)
                if pause is None:
                    raise
                log.info("%s: %s", self.name, error)
                await asyncio.sleep(pause)
                continue
            hiccups.works()
            await intake.online(self._detail)
            if not updates and hold and time.monotonic() - asked_at < min(hold, AT_ONCE):
                await asyncio.sleep(AT_ONCE)
            given, receipt = receipt, None if self._forgets else receipt
            hold = self._line.poll_timeout
            if not updates:
                continue
            new = await self._receiver.take(updates)
            offset = offset_after(updates)
            if offset is None:
                await asyncio.sleep(BREATH)
                continue
            if not new and offset <= self._confirmed:
                # Once more, though it was confirmed.
                self._forgets = False
                offset = self._confirmed
                if given is not None:
                    await asyncio.sleep(BREATH)  # nor does it look at offsets
            self._confirmed = offset
            hold, receipt = 0, Receipt(offset, time.time())

    async def _get(self, receipt: Receipt | None, hold: int) -> Sequence[Any]:
        offset = {"offset": receipt.offset} if receipt is not None and receipt.holds else {}
        try:
            found = await self._line.bot.raw(
                "getUpdates",
                read_timeout=hold + GRACE,
                timeout=hold,
                limit=BATCH,
                allowed_updates=list(self._receiver.wanted),
                **offset,
            )
        except WebhookSet:
            await self._remove_webhook()
            return []
        except OtherPoller as error:
            now = time.monotonic()
            if self._conflict_at is not None and now - self._conflict_at < CONFLICTS:
                raise
            self._conflict_at = now
            log.warning("%s: %s", self.name, error)
            await asyncio.sleep(MANNERS)
            return []
        return found if isinstance(found, list) else []

    async def _remove_webhook(self) -> None:
        """Long polling is what the settings say, so a webhook is a left-over. What waits for it
        at Telegram is kept."""
        if self._webhook_removed:
            raise Misconfigured(
                _("Another program sets a webhook for this bot again and again; end it, or make a"
                  " bot of its own for this desk at @BotFather.")
            )  # fmt: skip
        self._webhook_removed = True
        log.warning(
            "%s: a webhook was set for this bot; it is removed, since the account has none in its"
            " settings",
            self.name,
        )
        await self._line.bot.raw("deleteWebhook")  # and leaves drop_pending_updates alone


def offset_after(updates: Sequence[Any]) -> int | None:
    """What confirms these updates and, as far as can be known, none that waits behind them."""
    numbers = [
        number
        for update in updates
        if isinstance(update, dict)
        and isinstance(number := update.get("update_id"), int)
        and not isinstance(number, bool)
    ]
    if not numbers:
        return None
    behind = len(updates) >= BATCH and numbers != sorted(numbers)
    # Numbered anew in the middle: those behind go on from the last one.
    return (numbers[-1] if behind else max(numbers)) + 1
