"""A desk with a web chat, through the real intake. All people and sites are invented.

`python -m tests.tui.views.webroom DIRECTORY` makes one to look at.
"""

from __future__ import annotations

import dataclasses
import hashlib
import sys
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Literal

from config.model import Config, DeskSettings, EmailAccount, Home, ServerUrl, WebchatAccount
from config.secret_ref import SecretRef
from connectors.contract import Address, Capabilities, File, Inbound, Remote, Sent, Signal
from omnitui.desk.arriving import intake
from omnitui.desk.context import Desk
from omnitui.desk.replying import outbox, reply
from omnitui.desk.visiting import presence, visits
from store import accounts, attendance, barred, events, messages
from store import outbox as store_outbox
from store import presence as store_presence
from store import typing as store_typing
from store import visits as store_visits
from store.database import transaction
from store.driver import Connection
from store.model import Account, ConversationId, CustomerId, Message, MessageId, Millis
from tests.fresh_store import fresh_store
from tests.tui.views.desk import MINUTE, NOW

CAPABLE = Capabilities(
    each_file_limit=10_000_000, formatting="markdown", edit=True, delete=True, typing=True,
    read_marks=True, attends=True, presence=True, bars=True, parallel=20,
)  # fmt: skip
TOKEN = SecretRef("env", "OMNITUI_TOKEN")
SERVER = ServerUrl("imaps", "mail.acme.example", 993, "help")
SUPPORT = EmailAccount("support", "help@acme.example", "Acme", SERVER, SERVER, TOKEN, None)
SHOP = WebchatAccount("shop", "https://chat.acme.example", TOKEN)
MARTA = "v_k3Jd92mXq0aBcDeFgHiJkL"
BOB = "v_pQ7rStUvWxYz0123456789"
EVE = "v_evEvEvEvEvEvEvEvEvEvEv"
MAIL = "marta@kowalska.example"


@dataclass
class Webroom:
    """Times are minutes before `now`."""

    directory: Path
    now: Millis = NOW
    db: Connection = field(init=False)
    account: Account = field(init=False)
    mailbox: Account = field(init=False)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        home = Home(self.directory, self.directory, self.directory / "state")
        home.data.mkdir(parents=True, exist_ok=True)
        self.config = Config(
            path=None, home=home, desk=DeskSettings(name="Acme"),
            accounts={"support": SUPPORT, "shop": SHOP},
        )  # fmt: skip
        self.db = fresh_store(home.store_file)
        able = dataclasses.asdict(CAPABLE)
        with transaction(self.db):
            self.mailbox = accounts.ensure(self.db, "support", "email", address="help@acme.example")
            self.account = accounts.ensure(self.db, "shop", "webchat", capabilities=able)
            for one in (self.account, self.mailbox):
                accounts.set_state(self.db, one.id, "online", "", self.at(600))

    def desk(self, ago: float = 0, agent: str = "ann") -> Desk:
        at = self.at(ago)
        return Desk(self.db, self.config, agent, lambda: at)

    def at(self, ago: float) -> Millis:
        return self.now - round(ago * MINUTE)

    def says(self, visitor: str, text: str, ago: float, *, name: str = "", **more: Any) -> Message:
        n = next(self._numbers)
        item = Inbound(
            external_id=f"epoch/{n}",
            message_key=f"{visitor}:{n}",
            content_hash=hashlib.sha256(f"{visitor}{n}{text}".encode()).hexdigest(),
            sender=Address(visitor, name),
            text=text,
            arrived_at=self.at(ago),
            chat=visitor,
            proofs=more.pop("proofs", ("platform",)),
            **more,
        )
        return self._take(item, self.account, ago)

    def mails(self, address: str, text: str, ago: float, *, name: str = "") -> Message:
        n = next(self._numbers)
        item = Inbound(
            external_id=f"INBOX/1/{n}",
            message_key=f"<{n}@kowalska.example>",
            content_hash=hashlib.sha256(text.encode()).hexdigest(),
            sender=Address(address, name),
            text=text,
            arrived_at=self.at(ago),
            subject="Invoice",
            to=[Address("help@acme.example")],
            proofs=("dmarc",),
        )
        return self._take(item, self.mailbox, ago)

    def _take(self, item: Inbound, account: Account, ago: float) -> Message:
        with transaction(self.db):
            [receipt] = intake.accept(self.desk(ago), account, [item], {})
            assert receipt.message_id is not None, receipt
            return messages.get(self.db, receipt.message_id)

    def answer(
        self,
        conversation: ConversationId,
        text: str,
        ago: float,
        *,
        delivered: float | None = None,
        read: float | None = None,
        account: str | None = None,
    ) -> Message:
        """We reply, and it is out; `delivered`, `read`: when they had it."""
        with transaction(self.db):
            desk = self.desk(ago)
            number = reply.queue(desk, conversation, text, account=account, undo_delay=0)
            store_outbox.claim(self.db, number, self.at(ago))
            entry = store_outbox.get(self.db, number)
            outbox.settle(desk, entry, Sent(f"sent:{next(self._numbers)}"))
            marks = {"delivered_at": delivered, "read_at": read}
            told = {k: self.at(v) for k, v in marks.items() if v is not None}
            messages.add_details(self.db, number, told)
            return messages.get(self.db, number)

    def followed_up(self, mail: Message, replies: list[MessageId]) -> None:
        """That mail takes those replies after them."""
        with transaction(self.db):
            messages.add_details(self.db, mail.id, {"follows": list(replies)})
            for one in replies:
                messages.add_details(self.db, one, {"followed_up": mail.id})

    def happened(self, about: Message, event: str, ago: float, **data: Any) -> None:
        with transaction(self.db):
            events.append(
                self.db, "customer", "chat.event", at=self.at(ago),
                customer_id=about.customer_id, conversation_id=about.conversation_id,
                data={"event": event, "at": self.at(ago), **data},
            )  # fmt: skip

    def signal(
        self, kind: Literal["online", "offline", "visit"], visitor: str, ago: float, **facts: str
    ) -> None:
        one = Signal(kind, self.at(ago), visitor, Address(visitor), facts)
        with transaction(self.db):
            visits.take(self.desk(ago), self.account, [one])

    def types(self, conversation: ConversationId, who: str = "", ago: float = 0) -> None:
        with transaction(self.db):
            store_typing.note(self.db, conversation, who, self.account.id, self.at(ago))

    def fills_in(self, visitor: str, ago: float, **fields: str) -> None:
        with transaction(self.db):
            store_visits.fill_in(self.db, self.account.id, visitor, visitor, fields, self.at(ago))

    def looks(self, agent: str, conversation: ConversationId | None, ago: float = 0) -> None:
        """Another agent's screen."""
        with transaction(self.db):
            presence.beat(self.desk(ago, agent), f"{agent}:1", self.at(ago), conversation)

    def sets(self, state: Literal["online", "away", "hidden"] | None) -> None:
        with transaction(self.db):
            attendance.put(self.db, self.account.id, state, "bob", self.now)

    def goes_away(self, agent: str) -> None:
        with transaction(self.db):
            store_presence.set_away(self.db, agent, self.now)

    def keeps_out(self, visitor: str, ago: float) -> None:
        with transaction(self.db):
            barred.bar(self.db, self.account.id, visitor, "ann", self.at(ago))


def marta(room: Webroom) -> CustomerId:
    """Signed in on the site, left in the middle of it, mail went after her; back since."""
    room.signal(
        "visit", MARTA, 95, page="https://acme.example/checkout/step-2?cart=99812",
        title="Checkout · Acme", referrer="https://www.search.example/?q=lamp",
        browser="Firefox 140 on Linux", language="pl", timezone="Europe/Warsaw",
    )  # fmt: skip
    room.signal("online", MARTA, 95)
    first = room.says(
        MARTA, "Dzień dobry! The discount code does not work.", 90, name="Marta Kowalska",
        proofs=("jwt",), aliases=(("email", MAIL),),
    )  # fmt: skip
    chat = first.conversation_id
    room.happened(first, "identified", 89, author="Marta Kowalska", text=MAIL)
    room.answer(chat, "Hello Marta! Which code is it?", 88, delivered=88, read=87)
    room.says(MARTA, "LAMP10", 86, name="Marta Kowalska", proofs=("jwt",))
    room.happened(first, "left", 84)
    one = room.answer(chat, "It was good until **yesterday**. I have renewed it for you.", 80)
    two = room.answer(chat, "Just enter it once more.", 79)
    mail = room.answer(
        chat, "Hello Marta,\n\nwhile you were gone:\n\n> It was good until yesterday.", 65,
        account="support",
    )  # fmt: skip
    room.followed_up(mail, [one.id, two.id])
    room.happened(first, "returned", 12)
    picture = Remote('{"id": "f1", "name": "wet box.png", "unique": "u1"}', 238_112)
    room.says(
        MARTA, "It works now, thank you! One more thing:", 4, name="Marta Kowalska",
        files=[File("wet box.png", "image/png", picture)],
    )  # fmt: skip
    room.answer(chat, "Yes?", 3, delivered=3)
    room.answer(chat, "I am listening.", 2)
    return first.customer_id


def bob(room: Webroom) -> CustomerId:
    """Nobody knows who he is; he filled in the form and is gone."""
    room.signal(
        "visit", BOB, 40, page="https://acme.example/lamps/desk-lamp-22", title="Desk lamp 22",
        browser="Safari 19 on iPhone", language="en-GB", timezone="Europe/London",
    )  # fmt: skip
    room.signal("online", BOB, 40)
    first = room.says(BOB, "Is the desk lamp 22 in stock?", 38, name="Bob Marsh")
    room.fills_in(BOB, 38.5, name="Bob Marsh", email="bob.marsh@mail.example", order="A-1042")
    fields = {"name": "Bob Marsh", "email": "bob.marsh@mail.example", "order": "A-1042"}
    room.happened(first, "form", 38.5, fields=fields)
    room.answer(first.conversation_id, "Yes, eleven of them. Shall I put one aside?", 30)
    room.happened(first, "left", 14)
    room.signal("offline", BOB, 14)
    return first.customer_id


def eve(room: Webroom) -> CustomerId:
    """Wants to do harm."""
    room.signal(
        "visit", EVE, 8, page="https://acme.example@evil.example/\x1b]0;pwned\x07?x=1",
        title="\u202eemca\x1b[31m [/b] <b>free</b>" + " long" * 30,
        referrer="https://аcme.example/", browser="x\x07" * 10, language="\x1b[5m",
        timezone="../../etc/passwd",
    )  # fmt: skip
    room.signal("online", EVE, 8)
    first = room.says(EVE, "give me [@click=app.quit]money[/]", 7, name="admin\u202e\x1b[2J")
    room.fills_in(
        EVE, 7, name="admin\u202e\x1b[2J", email="a@b.example; quit", **{"[/b]\x07": "x" * 400}
    )
    room.happened(first, "form", 7, fields={"name": "ad\x1b[2Jmin", "email": "a@b.example; quit"})
    room.keeps_out(EVE, 5)
    return first.customer_id


def fill(room: Webroom) -> CustomerId:
    found = marta(room)
    bob(room)
    eve(room)
    return found


if __name__ == "__main__":
    from store.clock import now

    made = Webroom(Path(sys.argv[1]), now())
    fill(made)
    made.looks("bob", ConversationId(2))
