"""What a batch has brought and the store does not have yet: written together, a table at a time.

A statement for each row of each message is what makes intake slow. Everything gathered here
is in the store after `settle`; whoever reads or changes what it may be about settles first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omnitui.desk.arriving.ongoing import Ongoing
from omnitui.desk.context import Desk
from store import conversations, events, identities, ledger, message_keys, messages
from store.message_keys import KnownConversation
from store.model import (
    Account,
    ConversationId,
    CustomerId,
    Identity,
    MessageId,
    Millis,
    NewConversation,
    NewEvent,
    NewMessage,
    Receipt,
    Status,
)


class Gathered:
    """Rows of one account on their way in, inside one transaction."""

    def __init__(self, desk: Desk, account: Account) -> None:
        self._desk = desk
        self._account = account
        self._next_conversation: ConversationId | None = None
        self._next_message: MessageId | None = None
        self._conversations: list[NewConversation] = []
        self._messages: list[NewMessage] = []
        self._events: list[NewEvent] = []
        self._receipts: list[Receipt] = []
        self._awaited: list[tuple[str, ConversationId]] = []
        self._aliases: list[tuple[str, MessageId]] = []
        self._touches: list[tuple[Identity, Millis, str]] = []
        self._held: set[ConversationId] = set()
        self._customers: set[CustomerId] = set()
        self.ongoing = Ongoing(desk.db, account.id, self.settle_for, self.settle_of)

    def begin(
        self,
        customer: CustomerId,
        *,
        subject: str,
        status: Status,
        at: Millis,
        related: ConversationId | None,
    ) -> ConversationId:
        """A conversation; its first message has to follow."""
        if self._next_conversation is None:
            self._next_conversation = conversations.next_id(self._desk.db)
        new = NewConversation(
            self._next_conversation, customer, subject, status, self._account.id, at, related
        )
        self._next_conversation = ConversationId(self._next_conversation + 1)
        self._conversations.append(new)
        self._held.add(new.id)
        self.ongoing.began(KnownConversation(new.id, customer, status, at))
        return new.id

    def add(self, new: NewMessage) -> MessageId:
        if self._next_message is None:
            self._next_message = MessageId(messages.newest_id(self._desk.db) + 1)
        message_id = self._next_message
        self._next_message = MessageId(message_id + 1)
        self._messages.append(new)
        self._held.add(new.conversation_id)
        self._customers.add(new.customer_id)
        here = new.account_id == self._account.id
        chat = str(new.details.get("chat") or "") if here else ""
        self.ongoing.went_on(new.conversation_id, new.customer_id, chat, new.arrived_at)
        return message_id

    def tell(
        self,
        kind: str,
        *,
        actor: str,
        at: Millis | None = None,
        customer: CustomerId,
        conversation: ConversationId,
        message: MessageId | None = None,
        data: Mapping[str, Any],
    ) -> None:
        """`journal.record`, later."""
        at = self._desk.now() if at is None else at
        actor = actor or self._desk.agent
        source = self._desk.source
        self._events.append(
            NewEvent(at, actor, kind, customer, conversation, message, data, source)
        )

    def receive(self, receipt: Receipt) -> None:
        self._receipts.append(receipt)

    def wait_for(self, key: str, conversation: ConversationId) -> None:
        """A message quotes a key that is not here."""
        self._awaited.append((key, conversation))

    def alias(self, key: str, message: MessageId) -> None:
        """A further key of a message that was added."""
        self._aliases.append((key, message))

    def touch(self, identity: Identity, at: Millis, name: str) -> None:
        self._touches.append((identity, at, name))

    def holds(self, conversation: ConversationId) -> bool:
        """Something of the conversation is not in the store yet."""
        return conversation in self._held

    def holds_of(self, customer: CustomerId) -> bool:
        return customer in self._customers

    def settle_for(self, conversation: ConversationId) -> None:
        """Before the store is asked about a conversation."""
        if self.holds(conversation):
            self.settle()

    def settle_of(self, customer: CustomerId) -> None:
        """Before the store is asked about a customer's conversations."""
        if self.holds_of(customer):
            self.settle()

    def settle(self) -> None:
        """Write it all, in the order in which the rows name each other."""
        db = self._desk.db
        if self._messages:
            messages.insert_many(db, self._messages, self._conversations)
        if self._aliases:
            message_keys.alias(db, self._account.id, self._aliases)
        if self._touches:
            identities.touch_many(db, self._touches)
        if self._awaited:
            message_keys.await_parents(db, self._account.id, self._awaited)
        if self._events:
            events.append_many(db, self._events)
        if self._receipts:
            ledger.record_many(db, self._account.id, self._receipts)
        self._next_conversation = self._next_message = None
        for gathered in (
            self._conversations,
            self._messages,
            self._aliases,
            self._touches,
            self._awaited,
            self._events,
            self._receipts,
        ):
            gathered.clear()
        self._held.clear()
        self._customers.clear()
        self.ongoing.forget()
