"""A web chat and its visitors, as its connector makes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from connectors.contract import Address, Capabilities, Inbound, Notice, Received, Sent, Signal
from omnitui.desk.visiting import visits
from store import accounts, messages
from store.database import transaction
from store.model import Account, ConversationId, Message, Receipt
from tests.desk.office import Office

ABLE = Capabilities(
    formatting="markdown",
    edit=True,
    delete=True,
    typing=True,
    read_marks=True,
    attends=True,
    presence=True,
    bars=True,
    parallel=20,
)
EVENTS = count(1)


@dataclass
class Site:
    """A desk with a web chat."""

    office: Office
    account: Account

    @staticmethod
    @contextmanager
    def open(directory: Path, **settings: Any) -> Iterator[Site]:
        with Office.open(directory, **settings) as office:
            yield Site(office, site_account(office))

    def take(self, *batch: Received) -> list[Receipt]:
        return self.office.take(*batch, account=self.account)

    def got(self, inbound: Inbound) -> Message:
        return self.office.got(inbound, account=self.account)

    def signal(self, *signals: Signal) -> None:
        with transaction(self.office.desk.db):
            visits.take(self.office.desk, self.account, signals)

    def present(self, *signals: Signal) -> None:
        with transaction(self.office.desk.db):
            visits.present(self.office.desk, self.account, signals)

    def tell_who_left(self) -> int | None:
        with transaction(self.office.desk.db):
            return visits.tell_who_left(self.office.desk, self.account)

    def answer(self, conversation: int, visitor: Visitor, text: str = "Answer") -> Message:
        """Reply and let the relay take it."""
        message_id = self.office.reply(conversation, text)
        entry = self.office.claim(message_id)
        self.office.settle(entry, Sent(visitor.next_key()))
        return messages.get(self.office.desk.db, message_id)

    def online(self) -> None:
        with transaction(self.office.desk.db):
            at = self.office.clock.at
            accounts.set_state(self.office.desk.db, self.account.id, "online", "", at)

    def events(self, conversation: int) -> list[str]:
        return [
            event.data["event"]
            for event in self.office.log("chat.event")
            if event.conversation_id == ConversationId(conversation)
        ]


@dataclass
class Visitor:
    """One who has the widget open."""

    site: Site
    id: str = "v_ann7"
    name: str = ""
    email: str = ""
    """Signed by the site; empty: anonymous."""
    sub: str = ""
    seqs: Any = field(default_factory=lambda: count(1))
    seq: int = 0

    @property
    def who(self) -> Address:
        return Address(self.id, self.name)

    @property
    def signed(self) -> bool:
        return bool(self.email or self.sub)

    def next_key(self) -> str:
        self.seq = next(self.seqs)
        return f"{self.id}:{self.seq}"

    def says(self, text: str = "hello", **details: Any) -> Inbound:
        key, at = self.next_key(), self.site.office.clock.at
        return Inbound(
            external_id=f"epoch/{next(EVENTS)}",
            message_key=key,
            content_hash=hashlib.sha256(f"{key}{text}".encode()).hexdigest(),
            sender=self.who,
            text=text,
            arrived_at=at,
            sent_at=at,
            chat=self.id,
            proofs=self._proofs,
            aliases=self._aliases,
            details=details,
        )

    def notice(self, kind: Any, *keys: str, **details: Any) -> Notice:
        return Notice(
            external_id=f"epoch/{next(EVENTS)}",
            kind=kind,
            at=self.site.office.clock.at,
            chat=self.id,
            who=self.who,
            keys=keys,
            proofs=self._proofs,
            aliases=self._aliases,
            details=details,
        )

    def read(self, message: Message, kind: str = "read") -> Notice:
        return self.notice(kind, message.external_id)

    def signal(self, kind: Any, **details: Any) -> Signal:
        return Signal(kind, self.site.office.clock.at, self.id, self.who, details)

    @property
    def _proofs(self) -> tuple[str, ...]:
        return ("jwt",) if self.signed else ("platform",)

    @property
    def _aliases(self) -> tuple[tuple[str, str], ...]:
        return (("email", self.email),) if self.email else ()


def site_account(office: Office, name: str = "site") -> Account:
    with transaction(office.desk.db):
        return accounts.ensure(
            office.desk.db, name, "webchat", display_name="Acme", capabilities=asdict(ABLE)
        )
