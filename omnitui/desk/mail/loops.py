"""Two machines that answer each other, one of them ours: the same mail again and again.

Most auto-responders say what they are. Those that do not are known by what no person does:
the same words under the same subject, over and over. Such mail is kept, but it wakes nobody.
"""

from __future__ import annotations

from dataclasses import replace

from connectors.contract import Address, AutoReply, Inbound
from omnitui.desk.context import Desk
from store import message_keys, messages
from store.model import Identity, Millis

_LOOKED_AT = 40
_BEGINNING = 600
"""Characters of a text that are compared."""


class Loops:
    """The repetitions that come with one batch, on top of those stored before it."""

    def __init__(self, desk: Desk) -> None:
        self._db = desk.db
        self._window = desk.config.desk.answers_window * 1000
        self._patience = desk.config.desk.loop_after
        self._latest = desk.now() + 86_400_000
        self._newest = messages.newest_id(desk.db)
        self._came: dict[tuple[str, str], list[tuple[Millis, str]]] = {}
        """By address and subject: when, and how the text begins."""
        self._skeletons: dict[str, str] = {}

    def marked(self, inbound: Inbound, who: Address, found: Identity | None) -> Inbound:
        """The mail as it came; or, when it repeats itself beyond measure, as automatic, with
        `details["loop"]` saying how often it came within the window (at most 40)."""
        if inbound.direction == "out" or inbound.history or inbound.chat or inbound.bounce:
            return inbound
        came = self._came.setdefault((who.address, inbound.subject), [])
        until = min(max(inbound.arrived_at, 0), self._latest)
        came.append((until, inbound.text[:_BEGINNING]))
        alike = [text for at, text in came if until - self._window < at <= until]
        if found is not None:
            alike += message_keys.lately_like(
                self._db,
                found.customer_id,
                who.address,
                inbound.subject,
                since=max(until - self._window, 0),
                until=until,
                newest=self._newest,
                limit=_LOOKED_AT,
            )
        if len(alike) <= self._patience:
            return inbound  # nearly every mail: what it says need not be looked at
        words = self._skeleton(inbound.text[:_BEGINNING])
        times = sum(self._skeleton(text) == words for text in alike)
        if times <= self._patience:
            return inbound
        times = min(times, _LOOKED_AT)
        minutes = self._window // 60_000
        automatic = inbound.auto_reply or AutoReply(
            "auto", f"loop: {times} times in {minutes} minutes"
        )
        return replace(inbound, auto_reply=automatic, details={**inbound.details, "loop": times})

    def _skeleton(self, beginning: str) -> str:
        """The letters of a text's beginning: machines put a new number or hour into each."""
        known = self._skeletons.get(beginning)
        if known is None:
            known = "".join(filter(str.isalpha, beginning.casefold()))[:300]
            self._skeletons[beginning] = known
        return known
