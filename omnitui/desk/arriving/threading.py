"""Which conversation a message joins (docs/email.md, "Which conversation a mail joins").

Mail: In-Reply-To, then References, against the Message-IDs of the same account; then the
signed reply token; then Outlook's Thread-Index, the siblings of a mail that is not here, and
at last what a mail without headers shows to be an answer to (`unreferenced`). The sender must
take part in that conversation already, or else the message starts a new one with a visible
link to the quoted one: knowing a Message-ID, which every recipient does, lets nobody into a
conversation. Chats go on as `continuity` says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.contract import Address, Inbound
from omnitui.desk.addresses import OwnAddresses, normalised, outside
from omnitui.desk.arriving import continuity
from omnitui.desk.arriving.ongoing import Ongoing
from omnitui.desk.context import Desk
from omnitui.desk.mail import unreferenced
from omnitui.desk.mail.subjects import base_subject
from omnitui.desk.replying import reply_token
from store import conversations, message_keys
from store.errors import NotFound
from store.message_keys import KnownMessage, ThreadMate
from store.model import Account, AccountId, Conversation, ConversationId, CustomerId, Millis

REFERENCES = 30
"""How many quoted ids are looked at: a mail may bring thousands."""
BY_IDS = frozenset({"in-reply-to", "references", "siblings"})
"""Reasons of a placement that hold whatever order a thread's mails come in."""
_TOKEN = re.compile(r"omnitui\.([0-9a-z]{1,13}-[a-z2-7]{16})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Placement:
    conversation_id: ConversationId | None
    """None: a new conversation."""
    related_id: ConversationId | None = None
    """The conversation it quotes without being part of it."""
    reason: str = ""
    account_id: AccountId | None = None
    """The account of that conversation, when the mail went to it as well and only its copy
    in another mailbox came first; None: the account it came to."""
    answers: Answered | None = None
    """What of ours a stranger answered."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A message of ours, answered from an address that has no part in its conversation."""

    conversation_id: ConversationId
    customer_id: CustomerId
    message: KnownMessage | None
    """None: only the conversation is known, by its token."""


Known = Mapping[str, Sequence[KnownMessage]]


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the caller, who files a whole batch, has asked for already."""

    known: Known
    """The stored messages behind `quoted_ids`."""
    awaiting: Mapping[str, ConversationId]
    """The conversations that quote ids of messages that are not stored."""
    threads: Mapping[str, Sequence[ThreadMate]]
    """The stored messages of Outlook's threads."""
    own: OwnAddresses
    settle: Callable[[ConversationId], None]
    """Called before the store is asked about a conversation."""
    settle_of: Callable[[CustomerId], None]
    """Called before the store is asked about a customer's conversations."""
    ongoing: Ongoing


def quoted_ids(inbound: Inbound) -> list[str]:
    """The ids a mail answers, the nearest first: In-Reply-To, then References from the end."""
    references = list(inbound.references)
    if len(references) > REFERENCES:
        references = [references[0], *references[-REFERENCES + 1 :]]
    answered = [inbound.in_reply_to]
    if "also_answers" in inbound.details:
        answered += map(str, inbound.details["also_answers"])
    return list(dict.fromkeys(i for i in (*answered, *reversed(references)) if i))


def place(
    desk: Desk,
    account: Account,
    inbound: Inbound,
    who: Address,
    customer: CustomerId | None,
    lookup: Lookup,
) -> Placement:
    """Where a message belongs. `who` wrote it; `customer` is None when they never did before."""
    if "form" in inbound.details:
        # Each submission is a matter of its own, whatever a form's program puts into headers.
        return Placement(None, reason="form")
    closed_at: Millis | None = None
    if inbound.chat:
        goes_on = continuity.in_chat(desk, inbound, customer, lookup.ongoing)
        found = Placement(None)
        if goes_on is not None:
            conversation, why = goes_on
            found = Placement(conversation.id, reason=why)
            if why == "reopened":
                closed_at = conversation.closed_at or conversation.last_message_at
    else:
        found = _Mail(desk, account, inbound, who, customer, lookup).place()
    nowhere = found.conversation_id is None and found.related_id is None
    # What they came back to after that was closed is nearer than what was closed.
    if customer is not None and (nowhere or closed_at is not None):
        if inbound.chat:
            lookup.settle_of(customer)
        elsewhere = continuity.elsewhere(desk, account, inbound, customer, touched_after=closed_at)
        if elsewhere is not None:
            return Placement(elsewhere[0], reason=elsewhere[1])
    return found


class _Mail:
    """One mail that looks for its conversation."""

    def __init__(
        self,
        desk: Desk,
        account: Account,
        inbound: Inbound,
        who: Address,
        customer: CustomerId | None,
        lookup: Lookup,
    ) -> None:
        self.desk = desk
        self.account = account
        self.inbound = inbound
        self.who = who
        self.customer = customer
        self.lookup = lookup
        self.related: ConversationId | None = None
        self.answers: Answered | None = None
        self._tried: dict[ConversationId, bool] = {}

    def place(self) -> Placement:
        quoted = quoted_ids(self.inbound)
        found = self._by_ids(quoted) or self._by_tokens(self._tokens(quoted))
        if found is None and self.related is None:
            found = self._by_thread() or self._by_siblings(quoted) or self._by_words()
        if found is not None:
            return found
        reason = "quoted" if self.related else ""
        return Placement(None, self.related, reason, answers=self.answers)

    def _joins(self, conversation_id: ConversationId, of: CustomerId) -> bool:
        if self.customer is not None and self.customer == of:
            return True
        if conversation_id not in self._tried:
            self.lookup.settle(conversation_id)
            self._tried[conversation_id] = self._takes_part(conversation_id)
        return self._tried[conversation_id]

    def _takes_part(self, conversation_id: ConversationId) -> bool:
        """Whether who wrote (our own mail: who got it) is in the conversation."""
        channel, own = self.account.channel, self.lookup.own
        if self.inbound.direction == "out":
            people = outside(own, channel, [*self.inbound.to, *self.inbound.cc])
        else:
            people = [self.who]
        addresses = {(channel, normalised(channel, person.address)) for person in people}
        addresses -= {(channel, ""), *own.of(self.account.id)}
        if not addresses:
            return False
        return not addresses.isdisjoint(message_keys.participants(self.desk.db, conversation_id))

    def _by_ids(self, quoted: Sequence[str]) -> Placement | None:
        for key in quoted:
            for message in self._nearest(self.lookup.known.get(key, ())):
                home = self._home(message)
                if home is not None and self._joins(message.conversation_id, message.customer_id):
                    answered = key == self.inbound.in_reply_to
                    return Placement(
                        message.conversation_id,
                        reason="in-reply-to" if answered else "references",
                        account_id=None if home == self.account.id else home,
                    )
                self._link(message.conversation_id, message.customer_id, message)
        return None

    def _nearest(self, messages: Sequence[KnownMessage]) -> Sequence[KnownMessage]:
        """Of mails with one id: the sender's own matter first, then what came last before."""
        if len(messages) < 2:
            return messages
        at = self.inbound.arrived_at
        return sorted(
            messages,
            key=lambda m: (
                m.customer_id != self.customer,
                m.arrived_at > at,
                abs(m.arrived_at - at),
            ),
        )

    def _home(self, message: KnownMessage) -> AccountId | None:
        """The account in whose thread the mail answers a message: this one, or another one of
        ours that the mail went to as well."""
        if message.account_id == self.account.id:
            return message.account_id
        if message.account_id is None or self.inbound.direction == "out":
            return None
        theirs = self.lookup.own.of(message.account_id)
        channel = self.account.channel
        went_to = (*self.inbound.to, *self.inbound.cc)
        if any((channel, normalised(channel, one.address)) in theirs for one in went_to):
            return message.account_id
        return None

    def _link(
        self, conversation_id: ConversationId, of: CustomerId, message: KnownMessage | None = None
    ) -> None:
        """It quotes a conversation that it has no part in."""
        self.related = self.related or conversation_id
        ours = message is None or message.direction == "out"
        if ours and self.answers is None and self.customer != of:
            self.answers = Answered(conversation_id, of, message)

    def _tokens(self, quoted: Sequence[str]) -> Iterable[str]:
        yield from self.inbound.tokens
        yield from (reply_token.token_of(key) for key in quoted if "omnitui" in key.lower())
        for text in (self.inbound.text, self.inbound.quoted):
            # Some programs keep nothing of a mail but its text, with our address in it.
            if "omnitui." in text:
                yield from _TOKEN.findall(text)[:20]

    def _by_tokens(self, tokens: Iterable[str]) -> Placement | None:
        for token in dict.fromkeys(t for t in tokens if t):
            conversation = _tokened(self.desk, token)
            if conversation is not None:
                if self._joins(conversation.id, conversation.customer_id):
                    return Placement(conversation.id, reason="reply-token")
                self._link(conversation.id, conversation.customer_id)
        return None

    def _by_thread(self) -> Placement | None:
        """Outlook's name of a thread; it stays when somebody begins a new matter by answering
        an old mail, so the subject has to be the same."""
        if not self.inbound.thread_index:
            return None
        mates = self.lookup.threads.get(self.inbound.thread_index, ())
        base = base_subject(self.inbound.subject) if mates else ""
        for mate in mates:
            if (
                mate.account_id == self.account.id
                and base_subject(mate.subject) == base
                and self._joins(mate.conversation_id, mate.customer_id)
            ):
                return Placement(mate.conversation_id, reason="thread-index")
        return None

    def _by_siblings(self, quoted: Sequence[str]) -> Placement | None:
        """A thread whose start is not here: its other mails quote the same ids."""
        for key in sorted({self.inbound.message_key, *quoted} & self.lookup.awaiting.keys()):
            conversation_id = self.lookup.awaiting[key]
            self.lookup.settle(conversation_id)
            of = conversations.get(self.desk.db, conversation_id).customer_id
            if self._joins(conversation_id, of):
                return Placement(conversation_id, reason="siblings")
        return None

    def _by_words(self) -> Placement | None:
        if self.customer is None or not unreferenced.may_answer(self.inbound):
            return None
        self.lookup.settle_of(self.customer)
        found = unreferenced.answered(self.desk, self.account, self.inbound, self.customer)
        return Placement(found[0], reason=found[1]) if found else None


def _tokened(desk: Desk, token: str) -> Conversation | None:
    """The conversation a token names; the one it was joined into, when it is empty."""
    conversation_id = reply_token.verify(desk, token)
    if conversation_id is None:
        return None
    try:
        conversation = conversations.get(desk.db, conversation_id)
        if not conversation.messages and conversation.related_id:
            conversation = conversations.get(desk.db, conversation.related_id)
    except NotFound:
        return None
    return conversation
