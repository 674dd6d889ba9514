"""A small shop's desk for screen tests: a real store, filled through the real intake."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot

from config.model import Config, DeskSettings, Home, Keymap
from connectors.contract import Address, Inbound
from omnitui.desk import rights
from omnitui.desk.arriving import intake
from omnitui.desk.context import Desk
from omnitui.tui.app import PATIENCE, OmniApp
from omnitui.tui.screens.workstation import Workstation
from store import accounts, conversations, drafts, messages
from store.clock import now
from store.database import Store, transaction
from store.driver import Connection
from store.model import Conversation, ConversationId, Message
from tests.fresh_store import fresh_store
from tests.tui.shell import quick_screens  # noqa: F401  # many screens are started here

MINUTE = 60_000
HOUR = 60 * MINUTE
AGENT = "ann"
SUPPORT = "support@acme.example"
WAITS = 20.0
"""Seconds until something will not come to be any more."""

T = TypeVar("T")


@dataclass
class Shop:
    config: Config
    numbers: count[int] = field(default_factory=lambda: count(1))

    @staticmethod
    def at(directory: Path, **settings: Any) -> Shop:
        """`settings` are those of `[desk]`; bindings, macros, filters and views those of Config."""
        home = Home(directory, directory, directory / "state")
        extra = {k: settings.pop(k) for k in ("macros", "filters", "views") if k in settings}
        keys = Keymap(settings.pop("keys", {}))
        settings.setdefault("name", "Acme")
        shop = Shop(Config(path=None, home=home, desk=DeskSettings(**settings), keys=keys, **extra))
        shop.write(
            lambda db: [
                accounts.ensure(db, "support", "email", address=SUPPORT, display_name="Acme"),
                accounts.ensure(db, "bot", "telegram", address="@acme", display_name="Acme"),
            ]
        )
        return shop

    def write(self, work: Callable[[Connection], T]) -> T:
        """What another process does meanwhile."""
        db = fresh_store(self.config.home.store_file)
        try:
            with transaction(db):
                return work(db)
        finally:
            db.close()

    def read(self, work: Callable[[Connection], T]) -> T:
        return self.write(work)

    def arrive(
        self,
        name: str,
        text: str,
        *,
        subject: str = "Question",
        account: str = "support",
        minutes_ago: int = 60,
        **more: Any,
    ) -> ConversationId:
        """A customer writes; returns the conversation that it went to."""
        n = next(self.numbers)
        first = name.split()[0].lower()
        # A domain of their own: those of one are shown on each other's cards.
        address = more.pop("address", f"{first}@{first}.example")
        at = now() - minutes_ago * MINUTE
        key = f"<{n}@customers.example>"
        item = Inbound(
            external_id=f"INBOX/1/{n}",
            message_key=key,
            content_hash=hashlib.sha256(f"{n}{text}".encode()).hexdigest(),
            sender=Address(address, name),
            text=text,
            arrived_at=at,
            sent_at=at,
            subject=subject,
            to=more.pop("to", [Address(SUPPORT)]),
            **more,
        )

        def accept(db: Connection) -> ConversationId:
            desk = Desk(db, self.config, "engine")
            [receipt] = intake.accept(desk, accounts.get(db, account), [item], None)
            assert receipt.message_id is not None, receipt
            return messages.get(db, receipt.message_id).conversation_id

        return self.write(accept)

    def conversation(self, id_: ConversationId) -> Conversation:
        return self.read(lambda db: conversations.get(db, id_))

    def messages(self, id_: ConversationId) -> list[Message]:
        return self.read(lambda db: messages.of_conversation(db, id_))

    def draft(self, id_: ConversationId, kind: Any = "reply") -> str:
        found = self.read(lambda db: drafts.get(db, id_, AGENT, kind))
        return found.text if found else ""

    @asynccontextmanager
    async def screen(
        self, size: tuple[int, int] = (160, 45), agent: str = AGENT
    ) -> AsyncIterator[Ui]:
        written = rights.written(self.config.access)
        store = await Store.open(self.config.home.store_file, patience=PATIENCE, writes=written)
        app = OmniApp(self.config, store, agent, engine=False)
        try:
            async with app.run_test(size=size) as pilot:
                ui = Ui(app, pilot)
                await ui.until(lambda: app.workstation.furnished)
                await ui.settle()
                yield ui
        finally:
            await store.close()

    def with_desk(self, **settings: Any) -> Shop:
        return Shop(replace(self.config, desk=replace(self.config.desk, **settings)), self.numbers)


@dataclass
class Ui:
    app: OmniApp
    pilot: Pilot[None]

    @property
    def station(self) -> Workstation:
        return self.app.workstation

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        """All keys in one batch, as a slow link delivers them."""
        for character in text:
            name = {"\n": "enter", " ": "space"}.get(character) or _character_to_key(character)
            self.app.post_message(Key(name, "\r" if character == "\n" else character))
        await self.settle()

    async def settle(self) -> None:
        """Until commands given so far are done and drawn."""
        for _ in range(3):
            await self.pilot.pause()
        await self.app.commander.idle()
        await self.pilot.pause()

    async def until(self, true: Callable[[], bool], what: str = "") -> None:
        end = monotonic() + WAITS
        while monotonic() < end:
            if true():
                return
            await self.pilot.pause(0.01)
        raise AssertionError(f"{what or true} never came; the screen shows:\n{self.text()}")

    async def sees(self, *texts: str) -> None:
        """Wait until all of `texts` are on the screen."""
        for text in texts:
            await self.until(lambda text=text: text in self.text(), repr(text))

    async def sees_no(self, text: str) -> None:
        await self.until(lambda: text not in self.text(), f"a screen without {text!r}")

    def text(self) -> str:
        """The screen on top as text."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    @property
    def sentence(self) -> str:
        return self.station.status.sentence
