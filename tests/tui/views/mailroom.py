"""A desk whose messages came through the real reading and the real intake."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from config.model import Config, DeskSettings, EmailAccount, Home, ServerUrl
from connectors.email.read import read_mail
from omnitui.desk.arriving import intake
from omnitui.desk.context import Desk
from store import accounts, conversations, customers, identities, messages
from store.database import transaction
from store.driver import Connection
from store.model import Account, Address, ConversationId, CustomerId, Message, NewMessage
from tests.fresh_store import fresh_store
from tests.tui.views.desk import MINUTE, NOW
from tests.tui.views.mails import OUR_ID


@dataclass
class Mailroom:
    """Everything is of one customer, Olena, whom we wrote to once."""

    directory: Path
    db: Connection = field(init=False)
    account: Account = field(init=False)
    olena: CustomerId = field(init=False)
    order: ConversationId = field(init=False)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        home = Home(self.directory, self.directory, self.directory / "state")
        self.config = Config(path=None, home=home, desk=DeskSettings(name="Acme"))
        self.db = fresh_store(home.store_file)
        with transaction(self.db):
            self.account = accounts.ensure(
                self.db, "support", "email", address="support@acme.example", display_name="Acme"
            )
            self.olena = customers.create(self.db, name="Olena Kovalenko", at=NOW - 90 * MINUTE)
            identities.add(
                self.db, self.olena, "email", "olena@lipa.example", proof="dmarc", at=NOW
            )
            self.order = conversations.create(
                self.db,
                self.olena,
                subject="Delivery of order 1042",
                account_id=self.account.id,
                at=NOW - 90 * MINUTE,
            )
            messages.insert(
                self.db,
                NewMessage(
                    self.order,
                    self.olena,
                    "email",
                    "out",
                    "sent",
                    "Your order left today.",
                    NOW - 80 * MINUTE,
                    NOW - 80 * MINUTE,
                    account_id=self.account.id,
                    external_id=OUR_ID,
                    author="Ann Reed",
                    recipients=[Address("olena@lipa.example", "Olena Kovalenko")],
                ),
            )

    def take_forms_of(self, sender: str) -> None:
        """From now on what this address sends is a filled-in web form."""
        server = ServerUrl("imaps", "mail.acme.example", 993, "support")
        address = "support@acme.example"
        account = EmailAccount(
            "support", address, "Acme", server, server, None, None, forms=(sender,)
        )
        self.config = replace(self.config, accounts={"support": account})

    def receive(self, raw: bytes, *, ago: int = 20, **more: Any) -> Message:
        """A mail comes in, `ago` minutes before `NOW`; `more` is what reading it gave."""
        number = next(self._numbers)
        inbound = read_mail(
            raw,
            external_id=f"INBOX/1/{number}",
            arrived_at=NOW - ago * MINUTE,
            own_addresses={"support@acme.example"},
        )
        inbound = replace(inbound, **more)
        with transaction(self.db):
            desk = Desk(self.db, self.config, "ann", lambda: NOW)
            receipt = intake.accept(desk, self.account, [inbound])[0]
            assert receipt.message_id is not None
            return messages.get(self.db, receipt.message_id)
