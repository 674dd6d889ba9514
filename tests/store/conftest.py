"""A fresh store, and short words for what tests put into it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from store import accounts, conversations, customers, identities, messages
from store.database import open_database, transaction
from store.driver import Connection
from store.model import Account, ConversationId, CustomerId, Message, NewMessage

NOW = 1_700_000_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.sqlite"


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh store to copy: making one syncs the disk often."""
    made = tmp_path_factory.mktemp("empty") / "desk.sqlite"
    open_database(made).close()
    return made


@pytest.fixture
def db(path: Path, empty: Path) -> Iterator[Connection]:
    shutil.copy(empty, path)
    connection = open_database(path)
    yield connection
    connection.close()


@dataclass
class Shop:
    """A desk with one mailbox; every call is a transaction of its own."""

    db: Connection
    account: Account
    clock: int = NOW
    made: list[Message] = field(default_factory=list)

    def customer(self, name: str = "Ann", address: str = "") -> CustomerId:
        with transaction(self.db):
            customer_id = customers.create(self.db, name=name, at=self.clock)
            if address:
                identities.add(self.db, customer_id, "email", address, at=self.clock)
        return customer_id

    def conversation(self, customer_id: CustomerId | None = None, **more: Any) -> ConversationId:
        customer_id = self.customer() if customer_id is None else customer_id
        with transaction(self.db):
            return conversations.create(
                self.db, customer_id, **{"subject": "Order", "at": self.clock, **more}
            )

    def message(self, conversation_id: ConversationId, text: str = "Hello", **more: Any) -> Message:
        with transaction(self.db):
            new = self.new(conversation_id, text, **more)
            message = messages.insert(self.db, new)
        self.made.append(message)
        return message

    def new(self, conversation_id: ConversationId, text: str = "Hello", **more: Any) -> NewMessage:
        customer_id = self.db.execute(
            "SELECT customer_id FROM conversations WHERE id = ?", (conversation_id,)
        ).fetchone()[0]
        direction = more.pop("direction", "in")
        at = more.pop("at", None)
        if at is None:
            self.clock += 1000
            at = self.clock
        values: dict[str, Any] = {
            "conversation_id": conversation_id,
            "customer_id": customer_id,
            "channel": "email",
            "direction": direction,
            "state": "received" if direction == "in" else "sent",
            "text": text,
            "sent_at": at,
            "arrived_at": at,
            "account_id": None if direction == "note" else self.account.id,
        }
        return NewMessage(**{**values, **more})


@pytest.fixture
def shop(db: Connection) -> Shop:
    return make_shop(db)


def make_shop(db: Connection) -> Shop:
    db.execute("PRAGMA synchronous = OFF")  # no test cuts the power
    with transaction(db):
        account = accounts.ensure(db, "support", "email", address="support@acme.example")
    return Shop(db, account)


@pytest.fixture
def plan(db: Connection) -> Callable[..., str]:
    """How SQLite would run a statement."""

    def explain(sql: str, *values: Any) -> str:
        return "\n".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", values))

    return explain
