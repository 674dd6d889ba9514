"""Everything that comes in, from every channel, ends here: stored once, in its conversation.

`accept` runs inside the caller's transaction: message, attachments, search entry, ledger
row, events and the channel's cursor commit together or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from config.i18n import _
from connectors.contract import Ignored, Inbound, Quarantined, Received
from omnitui.desk import arrival, bounces, identity, journal, outbox, threading
from omnitui.desk.addresses import OwnAddresses
from omnitui.desk.context import Desk
from omnitui.desk.doubles import same_message
from omnitui.desk.encodable import encodable
from omnitui.desk.new_message import Filing, new_message, subject_of
from store import accounts, conversations, ledger, message_keys, messages
from store.blobs import Blobs, for_database
from store.message_keys import KnownMessage
from store.model import (
    Account,
    Conversation,
    ConversationId,
    CustomerId,
    MessageId,
    Millis,
    Outcome,
    Receipt,
)

_A_DAY = 86_400_000


def accept(
    desk: Desk,
    account: Account,
    batch: Sequence[Received],
    cursor: Mapping[str, Any] | None = None,
) -> list[Receipt]:
    """Store a batch and the channel's cursor; one receipt for each item, in order.

    What the ledger has already is answered with `duplicate` and changes nothing, so a batch
    may come again, in part or in another order, after any crash.
    """
    arrivals = _Arrivals.look_up(desk, account, batch)
    receipts = [arrivals.take(item) for item in batch]
    arrivals.hush()
    if cursor is not None:
        accounts.set_cursor(desk.db, account.id, dict(cursor))
    return receipts


@dataclass(slots=True)
class _Arrivals:
    """One batch on its way in, with what the store knows about it, asked once."""

    desk: Desk
    account: Account
    own: OwnAddresses
    blobs: Blobs
    in_ledger: set[str]
    known: dict[str, list[KnownMessage]]
    at: Millis
    received: dict[str, MessageId | None] = field(default_factory=dict)
    quiet: set[ConversationId] = field(default_factory=set)
    """Conversations that got history: nobody waits in them, unless they are open."""

    @classmethod
    def look_up(cls, desk: Desk, account: Account, batch: Sequence[Received]) -> _Arrivals:
        keys: set[str] = set()
        for item in batch:
            if isinstance(item, Inbound):
                keys.update((item.message_key, item.edit_of, *threading.quoted_ids(item)))
                if item.bounce:
                    keys.add(item.bounce.original_message_id)
        return cls(
            desk,
            account,
            OwnAddresses(desk),
            for_database(desk.db),
            ledger.known(desk.db, account.id, [item.external_id for item in batch]),
            message_keys.find(desk.db, keys),
            desk.now(),
        )

    def hush(self) -> None:
        """Old questions in closed conversations are no longer waiting ones."""
        conversations.nothing_waits(self.desk.db, sorted(self.quiet))
        self.quiet.clear()

    def take(self, item: Received) -> Receipt:
        if item.external_id in self.in_ledger:
            return self._receipt(item, "duplicate", _("already in the ledger"))
        self.in_ledger.add(item.external_id)
        if isinstance(item, Ignored):
            return self._record(item, "ignored", item.reason)
        if isinstance(item, Quarantined):
            raw = self.blobs.put(self.desk.db, item.raw)
            journal.record(
                self.desk,
                "message.quarantined",
                account=self.account.name,
                external_id=item.external_id,
                reason=item.reason,
            )
            return self._record(item, "quarantined", item.reason, raw=raw)
        return self._message(encodable(item))

    def _message(self, inbound: Inbound) -> Receipt:
        if inbound.edit_of and (edited := self._edit(inbound)):
            return self._record(inbound, "accepted", _("edited"), edited)
        defects = list(inbound.defects)
        for earlier in self.known.get(inbound.message_key, ()):
            if same_message(self.desk, self.account, self.own, inbound, earlier):
                self._proof_of_sending(inbound, earlier)
                return self._record(inbound, "duplicate", "", earlier.id)
        if self.known.get(inbound.message_key):
            defects.append("message-id-reused")
        message_id = self._store(inbound, defects)
        return self._record(inbound, "accepted", "", message_id)

    def _edit(self, inbound: Inbound) -> MessageId | None:
        """Put the new text in, keep the earlier one; None when the edited one is not here."""
        for earlier in self.known.get(inbound.edit_of, ()):
            if earlier.account_id == self.account.id:
                messages.edit(self.desk.db, earlier.id, inbound.text, self.at)
                journal.record(
                    self.desk,
                    "message.edited",
                    actor=journal.CUSTOMER if inbound.direction == "in" else "",
                    customer=earlier.customer_id,
                    conversation=earlier.conversation_id,
                    message=earlier.id,
                )
                return earlier.id
        return None

    def _proof_of_sending(self, inbound: Inbound, earlier: KnownMessage) -> None:
        """A copy in our Sent folder proves that a message of unknown fate went out."""
        if inbound.direction == "out" and earlier.state == "unknown":
            outbox.proven(self.desk, earlier.id, earlier.external_id)

    def _store(self, inbound: Inbound, defects: list[str]) -> MessageId:
        desk = self.desk
        who = identity.correspondent(self.account, inbound, self.own)
        found = identity.known(desk, self.account, who)
        if who is not inbound.sender and inbound.direction == "in" and arrival.generated(inbound):
            # Our own form's mail: a program sent it, a customer wrote it.
            inbound = replace(inbound, auto_reply=None)
        failed = bounces.original(self.account, inbound, self.known)
        if failed is not None:
            placed = threading.Placement(failed.conversation_id, reason="bounce")
        else:
            placed = threading.place(
                desk, self.account, inbound, found.customer_id if found else None, self.known
            )
        conversation: Conversation | None = None
        if placed.conversation_id is not None:
            conversation = conversations.get(desk.db, placed.conversation_id)
            customer_id = conversation.customer_id
            if conversation.id in self.quiet and not inbound.history:
                self.hush()
            if found is not None and found.customer_id == customer_id:
                identity.customer_for(desk, self.account, inbound, who, found)
        else:
            customer_id = identity.customer_for(desk, self.account, inbound, who, found)
        # Our own name on mail that nothing proves to be ours: shown, not believed.
        if inbound.direction == "in" and (self.account.channel, inbound.sender.address) in self.own:
            defects.append("from-own-address")
        conversation_id = (
            conversation.id if conversation else self._begin(inbound, customer_id, placed)
        )
        message = messages.insert(
            desk.db,
            new_message(
                self.account,
                inbound,
                Filing(desk.db, self.blobs),
                conversation_id=conversation_id,
                customer_id=customer_id,
                author=inbound.sender if inbound.direction == "out" else who,
                arrived_at=self._after_quoted(inbound, conversation),
                defects=defects,
                placed=placed.reason,
            ),
        )
        self._remember(inbound, message.id, conversation_id, customer_id)
        self._tell(inbound, message.id, conversation_id, customer_id)
        if conversation is not None:
            self._move_on(inbound, conversation)
        elif inbound.history and arrival.speaks(inbound):
            self.quiet.add(conversation_id)
        if failed is not None and inbound.bounce is not None:
            bounces.mark(desk, self.account, inbound.bounce, failed)
        return message.id

    def _begin(
        self, inbound: Inbound, customer_id: CustomerId, placed: threading.Placement
    ) -> ConversationId:
        conversation_id = conversations.create(
            self.desk.db,
            customer_id,
            subject=subject_of(inbound),
            status=arrival.first_status(inbound),
            account_id=self.account.id,
            at=self._arrived(inbound),
            related_id=placed.related_id,
        )
        link: dict[str, Any] = {"related": placed.related_id} if placed.related_id else {}
        journal.record(
            self.desk,
            "conversation.created",
            actor=journal.CUSTOMER if inbound.direction == "in" else "",
            customer=customer_id,
            conversation=conversation_id,
            channel=self.account.channel,
            **link,
        )
        return conversation_id

    def _remember(
        self,
        inbound: Inbound,
        message_id: MessageId,
        conversation_id: ConversationId,
        customer_id: CustomerId,
    ) -> None:
        """Let the rest of the batch find this message; note the ids it quotes in vain."""
        self.known.setdefault(inbound.message_key, []).append(
            KnownMessage(
                message_id,
                conversation_id,
                customer_id,
                self.account.id,
                inbound.direction,
                "sent" if inbound.direction == "out" else "received",
                inbound.message_key,
                inbound.content_hash,
            )
        )
        if not inbound.chat and not inbound.bounce:
            missing = [key for key in threading.quoted_ids(inbound) if not self.known.get(key)]
            if missing:
                message_keys.await_parents(self.desk.db, self.account.id, missing, conversation_id)

    def _tell(
        self,
        inbound: Inbound,
        message_id: MessageId,
        conversation_id: ConversationId,
        customer_id: CustomerId,
    ) -> None:
        outward = inbound.direction == "out"
        data: dict[str, Any] = {"account": self.account.name}
        if inbound.auto_reply:
            data["auto"] = inbound.auto_reply.kind
        kind = "message.found" if outward else "message.received"
        journal.record(
            self.desk,
            "message.imported" if inbound.history else kind,
            actor="" if outward else journal.CUSTOMER,
            at=self.at,
            customer=customer_id,
            conversation=conversation_id,
            message=message_id,
            **data,
        )

    def _move_on(self, inbound: Inbound, before: Conversation) -> None:
        """The status of a conversation that went on."""
        status = arrival.next_status(inbound, before)
        if status is not None:
            answered = "replied" if inbound.direction == "out" else "wrote"
            why = "history" if inbound.history else answered
            actor = journal.CUSTOMER if inbound.direction == "in" else ""
            arrival.set_status(self.desk, before, status, why=why, actor=actor)
        elif inbound.history and before.status in ("closed", "pending"):
            self.quiet.add(before.id)
        if arrival.speaks(inbound) and not inbound.history:
            outbox.cancel_on_inbound(self.desk, before.id)

    def _arrived(self, inbound: Inbound) -> Millis:
        """The server's clock, unless it runs days ahead: then it would stay on top for ever."""
        if inbound.arrived_at > self.at + _A_DAY:
            return self.at
        return max(inbound.arrived_at, 0)

    def _after_quoted(self, inbound: Inbound, conversation: Conversation | None) -> Millis:
        """Never before what it answers: a mailbox's clock counts in seconds and may be slow,
        and an answer sorted before ours would not be seen to wait."""
        arrived = self._arrived(inbound)
        if conversation is None or inbound.history or arrived > conversation.last_message_at:
            return arrived
        quoted = {
            known.id
            for key in threading.quoted_ids(inbound)
            for known in self.known.get(key, ())
            if known.conversation_id == conversation.id
        }
        return max([arrived, *(messages.get(self.desk.db, m).arrived_at + 1 for m in quoted)])

    def _record(
        self,
        item: Received,
        outcome: Outcome,
        reason: str,
        message_id: MessageId | None = None,
        raw: str = "",
    ) -> Receipt:
        ledger.record(
            self.desk.db,
            self.account.id,
            item.external_id,
            outcome,
            reason=reason,
            message_id=message_id,
            raw=raw,
            at=self.at,
        )
        self.received[item.external_id] = message_id
        return self._receipt(item, outcome, reason, message_id, raw)

    def _receipt(
        self,
        item: Received,
        outcome: Outcome,
        reason: str,
        message_id: MessageId | None = None,
        raw: str = "",
    ) -> Receipt:
        message_id = message_id or self.received.get(item.external_id)
        return Receipt(
            self.account.name, item.external_id, outcome, reason, message_id, self.at, raw
        )
