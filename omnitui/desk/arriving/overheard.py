"""What the messages of a batch state, noted while they come and looked into when all are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.contract import Inbound
from omnitui.desk.addresses import OwnAddresses
from omnitui.desk.context import Desk
from omnitui.desk.links.facts import is_group
from omnitui.desk.mail.automatic import speaks
from omnitui.desk.persons.evidence import likeness
from omnitui.desk.persons.evidence.ours import Ours
from omnitui.desk.persons.evidence.stated import Reading, Stated
from store import message_keys
from store.model import Account, Identity, MessageId


@dataclass(slots=True)
class Overheard:
    """One batch of an account. History is not listened to: it would be read for hours, and what
    it says is old."""

    desk: Desk
    account: Account
    own: OwnAddresses
    _reading: Reading | None = None
    _stated: list[tuple[MessageId, list[Stated]]] = field(default_factory=list)

    def listen(self, inbound: Inbound, found: Identity | None, message_id: MessageId) -> None:
        """A message is on its way into the store; `found` is who its sender was known as."""
        if not self._is_theirs(inbound, found):
            return
        if self._reading is None:
            self._reading = Reading.of(self.desk)
        if inbound.chat:
            stated = self._reading.chat(inbound.text)
        else:
            stated = self._reading.mail(inbound.subject, inbound.text, inbound.signature)
        form = inbound.details.get("form")
        if isinstance(form, Mapping):
            filled = {name: str(form.get(name) or "") for name in ("name", "phone")}
            stated += self._reading.form(filled)
        if stated:
            self._stated.append((message_id, stated))

    def settle(self) -> None:
        """Everything is in the store."""
        if not self._stated:
            return
        heard, self._stated = self._stated, []
        ours = Ours(self.desk, self.own)
        places = message_keys.places(self.desk.db, [message_id for message_id, _said in heard])
        for message_id, stated in heard:
            customer_id, conversation_id = places[message_id]
            likeness.keep(
                self.desk,
                customer_id,
                stated,
                "message",
                message=message_id,
                conversation=conversation_id,
                ours=ours,
            )

    def _is_theirs(self, inbound: Inbound, found: Identity | None) -> bool:
        """Whether its words are those of the person whom the desk takes for its author."""
        if inbound.history or not speaks(inbound) or inbound.forwarded is not None:
            return False
        channel, sender = self.account.channel, inbound.sender.address
        if is_group(channel, sender) or inbound.author:
            return False
        if (channel, sender) in self.own and "form" not in inbound.details:
            return False
        media = inbound.details.get("media")
        if isinstance(media, Mapping) and media.get("kind") == "contact":
            return False  # somebody's card; their own one is a proof
        # Mail under an address whose mail is proven, and which itself is not: a forger's?
        return not (found and found.proof == "dmarc" and not inbound.proofs)
