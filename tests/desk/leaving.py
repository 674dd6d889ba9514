"""A shop with a web chat, a mailbox, and visitors who leave before they are answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from config.model import AccountSettings, WebchatAccount
from config.secret_ref import SecretRef
from connectors.contract import Outgoing, Sent
from omnitui.desk import follow_ups
from omnitui.desk.replying import outbox
from store import accounts, identities, messages
from store import outbox as store_outbox
from store.database import transaction
from store.model import CustomerId, Message, MessageId
from tests.desk.office import support_mailbox
from tests.desk.visiting import ABLE, Site, Visitor

PAGE = "https://acme.example/help"
ANN_MAIL = "ann@home.example"


@dataclass
class Shop(Site):
    """Its settings are of `[accounts.site]`."""

    @staticmethod
    @contextmanager
    def opened(directory: Path, **settings: Any) -> Iterator[Shop]:
        with Site.open(directory) as site:
            shop = Shop(site.office, site.account)
            shop.configure(**settings)
            with transaction(shop.office.desk.db):
                able = {**asdict(ABLE), "link": f"{PAGE}#omnitui={{payload}}"}
                shop.account = accounts.ensure(
                    shop.office.desk.db, "site", "webchat", display_name="Acme", capabilities=able
                )
            yield shop

    def configure(self, *, mailbox: bool = True, **settings: Any) -> None:
        token = SecretRef("env", "TOKEN")
        chat = WebchatAccount("site", "https://chat.acme.example", token, page=PAGE)
        found: dict[str, AccountSettings] = {"site": replace(chat, **settings)}
        if mailbox:
            found["support"] = support_mailbox()
        desk = self.office.desk
        self.office.desk = replace(desk, config=replace(desk.config, accounts=found))

    # -- visitors

    def comes(self, visitor: Visitor) -> None:
        self.signal(visitor.signal("online"))

    def leaves(self, visitor: Visitor) -> None:
        self.signal(visitor.signal("offline"))

    def asks(self, visitor: Visitor, text: str = "Is it in stock?", **details: Any) -> Message:
        self.comes(visitor)
        return self.got(visitor.says(text, **details))

    def customer(self, visitor: Visitor) -> CustomerId:
        found = identities.find(self.office.desk.db, "webchat", visitor.id)
        assert found is not None
        return found.customer_id

    # -- what the engine does

    def go_after(self) -> list[MessageId]:
        with transaction(self.office.desk.db):
            return follow_ups.go_after(self.office.desk, ["site"])

    def due_at(self) -> int | None:
        return follow_ups.look(self.office.desk, ["site"]).due_at

    def leaving(self, message_id: MessageId) -> Outgoing:
        """The mail as it leaves; it is out then."""
        entry = self.office.claim(message_id)
        made = outbox.outgoing(self.office.desk, entry)
        self.office.settle(entry, Sent(entry.key))
        return made

    def message(self, message_id: MessageId) -> Message:
        return messages.get(self.office.desk.db, message_id)

    def mails(self) -> list[Message]:
        """Everything in the outbox that is mail, in order."""
        db = self.office.desk.db
        return [
            self.message(entry.message_id)
            for entry in store_outbox.all(db)
            if entry.channel == "email"
        ]
