"""Everything that comes in, from every channel, ends here: stored once, in its conversation.

`accept` runs inside the caller's transaction: message, attachments, search entry, ledger
row, events and the channel's cursor commit together or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from config.i18n import _
from connectors.contract import Address, Ignored, Inbound, Notice, Quarantined, Received
from omnitui.desk import journal
from omnitui.desk.addresses import OwnAddresses
from omnitui.desk.arriving import arrival, arrival_time, known_messages, stranger, threading
from omnitui.desk.arriving.encodable import encodable
from omnitui.desk.arriving.gathered import Gathered
from omnitui.desk.arriving.new_message import Filing, new_message, subject_of
from omnitui.desk.arriving.overheard import Overheard
from omnitui.desk.arriving.reunion import reunite
from omnitui.desk.chats import handing_over, health, notices, parts
from omnitui.desk.chats.talk import Ended, Talk
from omnitui.desk.chats.visiting import Visiting
from omnitui.desk.context import Desk
from omnitui.desk.customers import language
from omnitui.desk.data_rights.erased import Erased
from omnitui.desk.mail import bounces
from omnitui.desk.mail.automatic import Automatic, answering, generated, speaks
from omnitui.desk.mail.correspondent import Correspondent, Correspondents
from omnitui.desk.mail.doubles import same_message
from omnitui.desk.mail.forwarding import forwarded_facts
from omnitui.desk.mail.loops import Loops
from omnitui.desk.persons import identity
from omnitui.desk.replying import outbox
from omnitui.desk.statuses import change_status
from store import accounts, conversations, ledger, message_keys
from store import outbox as store_outbox
from store.blobs import Blobs, for_database
from store.message_keys import KnownConversation, KnownMessage, ThreadMate
from store.model import (
    Account,
    ConversationId,
    CustomerId,
    Identity,
    MessageId,
    Millis,
    Outcome,
    Receipt,
)


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
    arrivals.overheard.settle()
    language.learn(desk, arrivals.speakers)
    language.learn(desk, arrivals.past_speakers, past=True)
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
    awaiting: dict[str, ConversationId]
    threads: dict[str, list[ThreadMate]]
    writers: Correspondents
    automatic: Automatic
    people: identity.People
    cancelling: bool
    """Replies wait that a customer's word is to cancel."""
    at: Millis
    gathered: Gathered
    loops: Loops
    talk: Talk
    visiting: Visiting
    erased: Erased
    overheard: Overheard
    received: dict[str, MessageId | None] = field(default_factory=dict)
    quiet: set[ConversationId] = field(default_factory=set)
    """Conversations that got history: nobody waits in them, unless they are open."""
    lookup: threading.Lookup | None = None
    speakers: dict[CustomerId, str] = field(default_factory=dict)
    """Who wrote something themselves, and what they wrote last."""
    past_speakers: dict[CustomerId, str] = field(default_factory=dict)
    """The same of those who did so long ago."""

    @classmethod
    def look_up(cls, desk: Desk, account: Account, batch: Sequence[Received]) -> _Arrivals:
        mails = [item for item in batch if isinstance(item, Inbound)]
        own = OwnAddresses(desk)
        writers = Correspondents(desk, account, own)
        known = known_messages.named_in(desk, account, batch)
        people = identity.People.of(desk, account, writers.addresses(mails))
        gathered = Gathered(desk, account)
        talk = Talk(desk, account, known.by_key, people, gathered.settle)
        talk.look_up(batch)
        gathered.ongoing.look_up(
            (found.customer_id, mail.chat)
            for mail in mails
            if mail.chat and (found := people.find(writers.seen(mail).address))
        )
        return cls(
            desk,
            account,
            own,
            for_database(desk.db),
            ledger.known(desk.db, account.id, [item.external_id for item in batch]),
            known.by_key,
            known.awaiting,
            message_keys.of_threads(desk.db, (mail.thread_index for mail in mails)),
            writers,
            Automatic(desk, account, own),
            people,
            store_outbox.cancelling(desk.db),
            desk.now(),
            gathered,
            Loops(desk),
            talk,
            Visiting.of(desk, account, batch),
            Erased(desk, account, own),
            Overheard(desk, account, own),
        )

    def settle(self) -> None:
        self.gathered.settle()

    def _lookup(self) -> threading.Lookup:
        """The same for every mail of the batch: what it names grows with them."""
        if self.lookup is None:
            self.lookup = threading.Lookup(
                self.known,
                self.awaiting,
                self.threads,
                self.own,
                self.gathered.settle_for,
                self.gathered.settle_of,
                self.gathered.ongoing,
            )
        return self.lookup

    def hush(self) -> None:
        """Old questions in closed conversations are no longer waiting ones."""
        self.settle()
        conversations.nothing_waits(self.desk.db, sorted(self.quiet))
        self.quiet.clear()

    def take(self, item: Received) -> Receipt:
        if item.external_id in self.in_ledger:
            return self._receipt(item, "duplicate", _("already in the ledger"))
        self.in_ledger.add(item.external_id)
        if isinstance(item, Ignored):
            return self._record(item, "ignored", item.reason)
        if self.visiting.keeps_out(item):
            return self._record(item, "ignored", _("an agent keeps them out"))
        if isinstance(item, Notice):
            if self.erased.was(item, self.known):
                return self._record(item, "ignored", _("it is about a message that was erased"))
            return self._end(item, notices.take(self.talk, encodable(item)))
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
        if inbound.chat and self.erased.was(inbound, self.known):
            return self._record(inbound, "ignored", _("it was erased"))
        if (inbound.chat or inbound.edit_of) and (ended := parts.take(self.talk, inbound)):
            return self._end(inbound, ended)
        if inbound.chat:
            inbound = parts.prepared(self.talk, inbound)
        inbound, author = self.writers.of(inbound)
        if not inbound.chat and self.erased.was(inbound, self.known, author.address.address):
            return self._record(inbound, "ignored", _("it was erased"))
        defects = list(inbound.defects)
        earlier_ones = self.known.get(inbound.message_key, [])
        for earlier in earlier_ones:
            self.gathered.settle_for(earlier.conversation_id)
            if same_message(self.desk, self.account, self.own, inbound, author.address, earlier):
                self._proof_of_sending(inbound, earlier)
                if earlier.account_id != self.account.id:
                    earlier_ones.append(replace(earlier, account_id=self.account.id))
                return self._record(inbound, "duplicate", "", earlier.id)
        if earlier_ones:
            defects.append("message-id-reused")
        message_id = self._store(inbound, author, defects)
        return self._record(inbound, "accepted", "", message_id)

    def _proof_of_sending(self, inbound: Inbound, earlier: KnownMessage) -> None:
        """A copy in our Sent folder proves that a message of unknown fate went out."""
        if inbound.direction == "out" and earlier.state == "unknown":
            outbox.proven(self.desk, earlier.id, earlier.external_id)

    def _store(self, inbound: Inbound, author: Correspondent, defects: list[str]) -> MessageId:
        desk, who = self.desk, author.address
        found = self.people.find(who)
        if inbound.aliases and inbound.chat and identity.proof_of(inbound):
            found = self._linked(inbound, who, found)
        if author.how == "reply-to" and generated(inbound):
            # Our own form's mail: a program sent it, a customer wrote it.
            inbound = replace(inbound, auto_reply=None)
        inbound = self.automatic.through_own_list(inbound)
        inbound = self.loops.marked(inbound, who, found)
        failed = bounces.original(desk, self.account, inbound, self.known)
        if failed is not None:
            placed = threading.Placement(failed.conversation_id, reason="bounce")
        else:
            if found and inbound.proofs and not inbound.chat and not inbound.history:
                self.gathered.settle_of(found.customer_id)
            placed = threading.place(
                desk,
                self.account,
                inbound,
                who,
                found.customer_id if found else None,
                self._lookup(),
            )
            inbound = answering(inbound, placed, self.known)
            if inbound.bounce and placed.conversation_id is None:
                self.settle()
                related = placed.related_id or bounces.suspected(desk, self.account, inbound)
                why = "bounce-of-ours?" if related else "bounce-of-nothing-here"
                placed = replace(placed, related_id=related, reason=why)
        conversation: KnownConversation | None = None
        if placed.conversation_id is not None and self._goes(placed.conversation_id):
            placed = threading.Placement(None, reason="erased")
        if placed.conversation_id is not None:
            conversation = self.gathered.ongoing.get(placed.conversation_id)
            customer_id = conversation.customer_id
            if conversation.id in self.quiet and not inbound.history:
                self.hush()
            if found is not None and found.customer_id == customer_id:
                self._customer_for(inbound, who, found)
        else:
            customer_id = self._customer_for(inbound, who, found)
            if inbound.chat:
                # Before it has anything there that the store does not know.
                self.gathered.ongoing.last_in(customer_id, inbound.chat)
        # Our own name on mail that nothing proves to be ours: shown, not believed.
        hearsay = inbound.direction == "in" or "claims_to_be_ours" in inbound.details
        if hearsay and (self.account.channel, inbound.sender.address) in self.own:
            defects.append("from-own-address")
        home = self.account
        if placed.account_id is not None:
            home = accounts.get(desk.db, placed.account_id)
        conversation_id = (
            conversation.id if conversation else self._begin(inbound, customer_id, placed)
        )
        arrived_at = arrival_time.after_quoted(
            desk, self.gathered, self.known, inbound, conversation, self.at
        )
        message_id = self.gathered.add(
            new_message(
                home,
                inbound,
                Filing(desk.db, self.blobs),
                conversation_id=conversation_id,
                customer_id=customer_id,
                author=inbound.sender if inbound.direction == "out" else who,
                arrived_at=arrived_at,
                defects=defects,
                placed=placed.reason,
                forwarded=forwarded_facts(desk, self.own, inbound),
            ),
        )
        mine = KnownMessage(
            message_id,
            conversation_id,
            customer_id,
            home.id,
            inbound.direction,
            "sent" if inbound.direction == "out" else "received",
            inbound.message_key,
            inbound.content_hash,
            arrived_at,
        )
        if inbound.direction == "in" and speaks(inbound):
            speakers = self.past_speakers if inbound.history else self.speakers
            speakers[customer_id] = inbound.text
        self._remember(inbound, mine)
        self._tell(inbound, message_id, conversation_id, customer_id)
        if conversation is not None:
            self._move_on(inbound, conversation)
        elif inbound.history and speaks(inbound):
            self.quiet.add(conversation_id)
        if failed is not None and inbound.bounce is not None:
            self.settle()
            bounces.mark(desk, self.account, inbound, failed)
            self.people.forget()
        if inbound.chat:
            parts.begun(self.talk, self.gathered, inbound, mine)
            self.visiting.wrote(inbound, conversation_id, customer_id)
        self.overheard.listen(inbound, found, message_id)
        self._works_again(inbound, found)
        if conversation is not None and placed.reason in threading.BY_IDS:
            self._reunite(inbound, conversation_id)
        by_us = placed.answers and (self.account.channel, who.address) in self.own
        if placed.answers is not None and speaks(inbound) and not by_us:
            self.settle()
            stranger.suggest_same(desk, who, customer_id, message_id, placed.answers)
        return message_id

    def _goes(self, conversation_id: ConversationId) -> bool:
        """Whether a conversation is being erased: what comes now does not go with it."""
        if not self.erased.going:
            return False
        self.gathered.settle_for(conversation_id)
        return self.gathered.ongoing.get(conversation_id).customer_id in self.erased.going

    def _works_again(self, inbound: Inbound, found: Identity | None) -> None:
        """An address that was flagged as dead, and from which or to which mail comes again."""
        if inbound.history:
            return
        if found is not None and found.flag and speaks(inbound):
            bounces.works(self.desk, self.account, found.address)
            at = inbound.arrived_at
            health.unblocked(self.desk, found.channel, found.address, self.account, at=at)
            self.people.forget()
        elif reached := bounces.arrived(inbound):
            bounces.works(self.desk, self.account, reached)
            self.people.forget()

    def _reunite(self, inbound: Inbound, target: ConversationId) -> None:
        """Conversations that waited for this message, or for one that it quotes as well, are
        of the same thread."""
        for key in (inbound.message_key, *threading.quoted_ids(inbound)):
            waiting = self.awaiting.get(key, target)
            if waiting != target:
                self.hush()
                if reunite(self.desk, waiting, target):
                    self._follow(waiting, target)

    def _follow(self, waiting: ConversationId, target: ConversationId) -> None:
        """What the batch knows of a conversation's messages, after they were moved."""
        for messages_ in self.known.values():
            for at, message in enumerate(messages_):
                if message.conversation_id == waiting:
                    messages_[at] = replace(message, conversation_id=target)
        for mates in self.threads.values():
            for at, mate in enumerate(mates):
                if mate.conversation_id == waiting:
                    mates[at] = replace(mate, conversation_id=target)
        for key, conversation_id in self.awaiting.items():
            if conversation_id == waiting:
                self.awaiting[key] = target
        if conversations.get(self.desk.db, target).status in ("closed", "pending"):
            self.quiet.add(target)

    def _customer_for(self, inbound: Inbound, who: Address, found: Identity | None) -> CustomerId:
        proves = identity.proof_of(inbound) and (not found or not found.proof or inbound.aliases)
        if found is None or proves:
            self.people.forget(who)
            if inbound.aliases:
                self.settle()  # it may make two customers one
                self.people.forget()
            return identity.customer_for(self.desk, self.account, inbound, who, found)
        self.gathered.touch(found, inbound.arrived_at, identity.display_name(who.name))
        return found.customer_id

    def _linked(self, inbound: Inbound, who: Address, found: Identity | None) -> Identity | None:
        """Whose address it is once the others that it proves are known: it may make two
        customers one, whose conversations are all theirs then; or be new to a known one."""
        self.settle()
        if signed := handing_over.to_who_signed(self.talk, inbound, who):
            return signed
        customer_id = self._customer_for(inbound, who, found)
        if found is not None and customer_id != found.customer_id:
            self.talk.given(found.customer_id, customer_id)
        return self.people.find(who) or found

    def _begin(
        self, inbound: Inbound, customer_id: CustomerId, placed: threading.Placement
    ) -> ConversationId:
        conversation_id = self.gathered.begin(
            customer_id,
            subject=subject_of(inbound),
            status=arrival.first_status(inbound, self.automatic),
            at=arrival_time.believed(inbound, self.at),
            related=placed.related_id,
        )
        link: dict[str, Any] = {"related": placed.related_id} if placed.related_id else {}
        self.gathered.tell(
            "conversation.created",
            actor=journal.CUSTOMER if inbound.direction == "in" else "",
            customer=customer_id,
            conversation=conversation_id,
            data={"channel": self.account.channel, **link},
        )
        return conversation_id

    def _remember(self, inbound: Inbound, stored: KnownMessage) -> None:
        """Let the rest of the batch find this message; note the ids it quotes in vain."""
        self.known.setdefault(inbound.message_key, []).append(stored)
        if inbound.thread_index:
            mate = ThreadMate(
                stored.conversation_id, stored.customer_id, stored.account_id, inbound.subject
            )
            self.threads.setdefault(inbound.thread_index, []).insert(0, mate)
        if not inbound.chat and not inbound.bounce and "form" not in inbound.details:
            for key in threading.quoted_ids(inbound):
                if not self.known.get(key) and key not in self.awaiting:
                    self.awaiting[key] = stored.conversation_id
                    self.gathered.wait_for(key, stored.conversation_id)

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
        self.gathered.tell(
            "message.imported" if inbound.history else kind,
            actor="" if outward else journal.CUSTOMER,
            at=self.at,
            customer=customer_id,
            conversation=conversation_id,
            message=message_id,
            data=data,
        )

    def _move_on(self, inbound: Inbound, before: KnownConversation) -> None:
        """The status of a conversation that went on."""
        status = arrival.next_status(inbound, before, self.automatic)
        if status is not None:
            answered = "replied" if inbound.direction == "out" else "wrote"
            why = "history" if inbound.history else answered
            actor = journal.CUSTOMER if inbound.direction == "in" else ""
            self.settle()
            change_status(self.desk, before.id, before.status, status, why=why, actor=actor)
        elif inbound.history and before.status in ("closed", "pending"):
            self.quiet.add(before.id)
        if self.cancelling and speaks(inbound) and not inbound.history:
            self.settle()
            outbox.cancel_on_inbound(self.desk, before.id)

    def _record(
        self,
        item: Received,
        outcome: Outcome,
        reason: str,
        message_id: MessageId | None = None,
        raw: str = "",
    ) -> Receipt:
        self.received[item.external_id] = message_id
        receipt = self._receipt(item, outcome, reason, message_id, raw)
        self.gathered.receive(receipt)
        return receipt

    def _end(self, item: Received, ended: Ended) -> Receipt:
        message_id = ended.message.id if ended.message else None
        return self._record(item, ended.outcome, ended.reason, message_id)

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
