"""What an agent is typing, kept: in memory at once, in the store within half a second."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from store import drafts
from store.clock import now
from store.database import Store
from store.driver import Connection
from store.errors import NotFound, StoreError
from store.model import AS_USUAL, AccountId, ConversationId, Delivery, Draft

Kind = Literal["reply", "note"]
KINDS: tuple[Kind, ...] = ("reply", "note")
Slot = tuple[ConversationId, Kind]

SAVE_AFTER = 0.4
"""Seconds from the first unsaved key to the write: what a kill -9 may lose."""
TRY_AGAIN = 2.0
"""Seconds until a write that failed is tried again; the text stays in memory."""


@dataclass(frozen=True, slots=True)
class Text:
    text: str = ""
    account_id: AccountId | None = None
    attachments: tuple[str, ...] = ()
    delivery: Delivery = AS_USUAL
    """What the agent chose about recipients, quote and signature."""

    def __bool__(self) -> bool:
        return bool(self.text.strip() or self.attachments or self.delivery != AS_USUAL)


class DraftKeeper:
    """The drafts of one agent. Every read sees the newest text, saved or not."""

    def __init__(self, store: Store, agent: str, trouble: Callable[[str], None]) -> None:
        """`trouble` is told, in a sentence, when a draft cannot be saved."""
        self.told: Callable[[set[ConversationId]], None] = lambda _where: None
        """Called when drafts came to be in the store, or are not there any more."""
        self.look: Callable[[], None] = lambda: None
        """Called before drafts are read or written: puts what was typed and not told of yet."""
        self._kept: dict[Slot, bool] = {}
        self._store = store
        self._agent = agent
        self._trouble = trouble
        self._unsaved: dict[Slot, Text] = {}
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self.turn = 0
        """Counts what was typed, kept and read here: whoever looked into the store before that has
        old words."""

    @property
    def unsaved(self) -> bool:
        return bool(self._unsaved)

    async def both(self, conversation_id: ConversationId) -> dict[Kind, Text]:
        """The drafts of a conversation as last typed. Raises `StoreError`."""
        self.look()
        before = self._typed(conversation_id)
        stored: dict[Kind, Text] = {}
        if len(before) < len(KINDS):
            stored = await self._store.read(kept, conversation_id, self._agent)
            self.turn += 1
        # What was typed is newer, and may have been written meanwhile.
        return {**stored, **before, **self._typed(conversation_id)}

    def _typed(self, conversation_id: ConversationId) -> dict[Kind, Text]:
        slots = {kind: self._unsaved.get((conversation_id, kind)) for kind in KINDS}
        return {kind: text for kind, text in slots.items() if text is not None}

    def put(self, conversation_id: ConversationId, kind: Kind, text: Text) -> None:
        """Remember; the write follows within `SAVE_AFTER`."""
        self._unsaved[conversation_id, kind] = text
        self.turn += 1
        self._wake.set()

    def forget(self, conversation_id: ConversationId, kind: Kind) -> None:
        """It was sent: the desk cleared it in the store."""
        self._unsaved.pop((conversation_id, kind), None)
        self.turn += 1
        self._tell({(conversation_id, kind): False})

    async def run(self) -> None:
        """Write what was typed, until cancelled."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(SAVE_AFTER)
            self._wake.clear()
            if not await self.flush():
                await asyncio.sleep(TRY_AGAIN)
                self._wake.set()

    async def flush(self, *, raising: bool = False) -> bool:
        """Write everything now. False, and told, when the store would not take it; with
        `raising` its `StoreError` instead."""
        async with self._writing:
            self.look()
            batch = dict(self._unsaved)
            if not batch:
                return True
            try:
                await self._store.write(_save, self._agent, batch)
            except StoreError as error:
                if raising:
                    raise
                self._trouble(str(error))
                return False
            for slot, text in batch.items():
                if self._unsaved.get(slot) is text:
                    del self._unsaved[slot]
            self.turn += 1
            self._tell({slot: bool(text) for slot, text in batch.items()})
            return True

    def changed(self, conversation_id: ConversationId, drafts: Mapping[Kind, Text]) -> None:
        """Another screen of the agent's, or the desk, has changed what stands there."""
        self._tell({(conversation_id, kind): bool(text) for kind, text in drafts.items()})

    def _tell(self, kept: dict[Slot, bool]) -> None:
        """A list shows where something is begun; that it goes on is no news."""
        news = {slot[0] for slot, there in kept.items() if self._kept.get(slot) is not there}
        self._kept.update(kept)
        if news:
            self.told(news)

    def rescue(self, path: Path) -> bool:
        """Append what the store would not take to a file that only its owner can read. False
        when there is nothing, or no place for it either."""
        kept = self.unsaved_words
        if not kept:
            return False
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(fd, "w", encoding="utf-8", errors="replace") as file:
                file.write(kept)
        except OSError:
            return False
        return True

    @property
    def unsaved_words(self) -> str:
        """What the store has not taken, each with its conversation."""
        return "".join(
            f"#{conversation_id} {kind}\n{text.text}\n\n"
            for (conversation_id, kind), text in self._unsaved.items()
            if text
        )


def kept(db: Connection, conversation_id: ConversationId, agent: str) -> dict[Kind, Text]:
    """An agent's drafts in a conversation, as the store has them."""
    found = {kind: drafts.get(db, conversation_id, agent, kind) for kind in KINDS}
    return {
        kind: Text(one.text, one.account_id, one.attachments, one.delivery) if one else Text()
        for kind, one in found.items()
    }


def _save(db: Connection, agent: str, batch: dict[Slot, Text]) -> None:
    at = now()
    for (conversation_id, kind), text in batch.items():
        if not text:
            drafts.delete(db, conversation_id, agent, kind)
            continue
        draft = Draft(
            conversation_id,
            agent,
            kind,
            text.text,
            text.account_id,
            text.attachments,
            at,
            text.delivery,
        )
        try:
            drafts.save(db, draft)
        except NotFound:
            continue
