"""A small desk for tests: a real store, a clock set by hand, two accounts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from config.model import AgentSettings, Config, DeskSettings, EmailAccount, Home, ServerUrl
from connectors.contract import Address, Inbound, Received
from omnitui.desk import commands
from omnitui.desk.arriving import intake
from omnitui.desk.command import Done
from omnitui.desk.context import Desk
from omnitui.desk.replying import outbox, reply
from omnitui.desk.session import Session, StoredDraft
from store import accounts, conversations, events, messages
from store import outbox as store_outbox
from store.database import transaction
from store.model import (
    Account,
    Conversation,
    ConversationId,
    Event,
    Message,
    MessageId,
    OutboxEntry,
    Receipt,
)
from tests.fresh_store import fresh_store

SUPPORT = "support@acme.example"
SALES = "sales@acme.example"
START = 1_790_000_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def support_mailbox(**more: Any) -> EmailAccount:
    """Settings of the account that every office has."""
    server = ServerUrl("imaps", "localhost", 993, SUPPORT)
    return EmailAccount("support", SUPPORT, "Acme", server, server, None, None, **more)


@dataclass
class Clock:
    at: int = START

    def __call__(self) -> int:
        return self.at

    def pass_(self, millis: int) -> int:
        self.at += millis
        return self.at


@dataclass
class Office:
    desk: Desk
    clock: Clock
    mail: Account
    sales: Account
    chat: Account
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @staticmethod
    @contextmanager
    def open(directory: Path, **settings: Any) -> Iterator[Office]:
        home = Home(directory / "config", directory / "data", directory / "state")
        config = Config(
            path=None,
            home=home,
            desk=DeskSettings(name="Acme", timezone="Europe/Kyiv", **settings),
            agents={"bea": AgentSettings(), "bob": AgentSettings()},
        )
        clock = Clock()
        db = fresh_store(home.store_file)
        desk = Desk(db, config, "ann", clock)
        with transaction(db):
            mail = accounts.ensure(db, "support", "email", address=SUPPORT, display_name="Acme")
            sales = accounts.ensure(db, "sales", "email", address=SALES, display_name="Acme sales")
            chat = accounts.ensure(
                db,
                "bot",
                "telegram",
                display_name="Acme bot",
                capabilities={"text_limit": 100, "file_limit": 1000},
            )
        try:
            yield Office(desk, clock, mail, sales, chat)
        finally:
            db.close()

    # -- what comes in

    def letter(self, sender: str = "joe@home.example", text: str = "Hello", **more: Any) -> Inbound:
        """A mail to support, unlike any other."""
        n = next(self.numbers)
        name, _, address = sender.rpartition(" ")
        body = f"{text}{more.get('subject', '')}{n if 'message_key' not in more else ''}"
        given: dict[str, Any] = {
            "external_id": f"INBOX/1/{n}",
            "message_key": f"m{n}@home.example",
            "content_hash": hashlib.sha256(body.encode("utf-8", "replace")).hexdigest(),
            "sender": Address(address.strip("<>"), name.strip('"')),
            "text": text,
            "arrived_at": self.clock.at,
            "subject": "My order",
            "to": (Address(SUPPORT, "Acme"),),
        }
        return Inbound(**{**given, **more})

    def line(self, chat: str = "77", text: str = "hi", **more: Any) -> Inbound:
        """A chat message."""
        n = next(self.numbers)
        given: dict[str, Any] = {
            "external_id": f"{n}",
            "message_key": f"{chat}:{n}",
            "content_hash": hashlib.sha256(f"{chat}{n}{text}".encode()).hexdigest(),
            "sender": Address(chat, "Joe"),
            "text": text,
            "arrived_at": self.clock.at,
            "chat": chat,
        }
        return Inbound(**{**given, **more})

    def take(self, *batch: Received, account: Account | None = None) -> list[Receipt]:
        chats = any(isinstance(item, Inbound) and item.chat for item in batch)
        chosen = account or (self.chat if chats else self.mail)
        with transaction(self.desk.db):
            return intake.accept(self.desk, chosen, batch, None)

    def got(self, inbound: Inbound, account: Account | None = None) -> Message:
        """Take one message in; the message it became."""
        receipt = self.take(inbound, account=account)[0]
        assert receipt.message_id is not None, receipt
        return messages.get(self.desk.db, receipt.message_id)

    # -- what goes out

    def reply(self, conversation: int, text: str = "Answer", **more: Any) -> MessageId:
        with transaction(self.desk.db):
            return reply.queue(self.desk, ConversationId(conversation), text, **more)

    def claim(self, message_id: MessageId) -> OutboxEntry:
        entry = store_outbox.get(self.desk.db, message_id)
        self.clock.at = max(self.clock.at, entry.due_at)
        with transaction(self.desk.db):
            assert store_outbox.claim(self.desk.db, message_id, self.clock.at)
        return store_outbox.get(self.desk.db, message_id)

    def settle(self, entry: OutboxEntry, result: Any) -> OutboxEntry:
        with transaction(self.desk.db):
            outbox.settle(self.desk, entry, result)
        return store_outbox.get(self.desk.db, entry.message_id)

    def sent(self, conversation: int, text: str = "Answer", **more: Any) -> Message:
        """Reply and let the channel take it."""
        from connectors.contract import Sent

        message_id = self.reply(conversation, text, **more)
        entry = self.claim(message_id)
        self.settle(entry, Sent(entry.key))
        return messages.get(self.desk.db, message_id)

    # -- what an agent does

    def session(self, conversation: int, agent: str = "ann", **more: Any) -> Session:
        desk = replace(self.desk, agent=agent)
        id_ = ConversationId(conversation)
        return Session(desk, id_, StoredDraft(desk, id_), **more)

    def do(self, conversation: int, *lines: str, agent: str = "ann", **more: Any) -> Done:
        """Run command lines; what the last one did."""
        done = Done()
        session = self.session(conversation, agent, **more)
        for line in lines:
            with transaction(self.desk.db):
                done = commands.run(session, line)
        return done

    # -- what there is

    def conversation(self, id_: int) -> Conversation:
        return conversations.get(self.desk.db, ConversationId(id_))

    def texts(self, id_: int) -> list[str]:
        return [m.text for m in messages.of_conversation(self.desk.db, ConversationId(id_))]

    def entry(self, message_id: MessageId) -> OutboxEntry:
        return store_outbox.get(self.desk.db, message_id)

    def log(self, kind: str) -> list[Event]:
        return [e for e in events.after(self.desk.db, 0, 100_000) if e.kind == kind]
