"""What a batch knows of its account's chats: the messages by their keys, and what waits for
messages that were not here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from connectors.contract import Inbound, Notice, Received
from omnitui.desk.chats import saved_notice
from omnitui.desk.context import Desk
from omnitui.desk.persons import identity
from store import early_notices
from store.early_notices import EarlyNotice
from store.message_keys import KnownMessage
from store.model import Account, ConversationId, CustomerId, MessageId, Millis, Outcome

_AN_EARLY_NOTICE_IS_KEPT = 2 * 86_400_000
"""Milliseconds. Channels that mix up what they tell do so within seconds, and tell what they
could not for a day; older messages than the desk never come."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How an item ended that became no message of its own."""

    outcome: Outcome
    reason: str
    message: KnownMessage | None = None


@dataclass(slots=True)
class Talk:
    """One account's chats while a batch is taken in."""

    desk: Desk
    account: Account
    known: dict[str, list[KnownMessage]]
    people: identity.People
    settle: Callable[[], None]
    """Called before the store is asked about, or changed in, what the batch brought."""
    early: dict[str, list[EarlyNotice]] = field(default_factory=dict)
    begun: set[MessageId] = field(default_factory=set)
    """Messages that came with this batch: nobody has seen them yet."""

    def look_up(self, batch: Sequence[Received]) -> None:
        """What waits for messages of the batch, asked once."""
        wanted: set[str] = set()
        for item in batch:
            if isinstance(item, Inbound) and item.chat:
                wanted.update((item.message_key, next_in(item.chat)))
        if wanted:
            self.early = early_notices.waiting(self.desk.db, self.account.id, wanted)

    def find(self, key: str) -> KnownMessage | None:
        """The message of this account that has the key; the first of several."""
        for message in self.known.get(key, ()):
            if message.account_id == self.account.id:
                return message
        return None

    def revised(self, known: KnownMessage, external_id: str, content_hash: str) -> KnownMessage:
        """Let the rest of the batch find a message as it is now."""
        now = replace(known, external_id=external_id, content_hash=content_hash)
        for found in self.known.values():
            found[:] = [now if one.id == known.id else one for one in found]
        return now

    def followed(self, source: ConversationId, target: ConversationId) -> None:
        """Messages were moved from one conversation to another."""
        for found in self.known.values():
            found[:] = [
                replace(one, conversation_id=target) if one.conversation_id == source else one
                for one in found
            ]

    def given(self, source: CustomerId, target: CustomerId) -> None:
        """All that was one customer's is another one's."""
        for found in self.known.values():
            found[:] = [
                replace(one, customer_id=target) if one.customer_id == source else one
                for one in found
            ]

    def handed(
        self,
        source: ConversationId,
        target: ConversationId,
        customer: CustomerId,
        ids: Collection[MessageId],
    ) -> None:
        """These messages of a conversation are a customer's now, in that conversation."""
        for found in self.known.values():
            found[:] = [
                replace(one, conversation_id=target, customer_id=customer)
                if one.conversation_id == source and one.id in ids
                else one
                for one in found
            ]

    def keep(self, notice: Notice, awaited: str, *, for_ever: bool = False) -> None:
        """Until the message comes that it is about."""
        now = self.desk.now()
        until: Millis | None = None if for_ever else now + _AN_EARLY_NOTICE_IS_KEPT
        early = EarlyNotice(awaited, notice.external_id, saved_notice.dump(notice))
        early_notices.keep(self.desk.db, self.account.id, early, now=now, until=until)
        self.early.setdefault(awaited, []).append(early)

    def take_early(self, awaited: str) -> list[Notice]:
        """What waited for this, which waits no longer."""
        kept = self.early.pop(awaited, [])
        if kept:
            early_notices.drop(self.desk.db, self.account.id, awaited)
        return [saved_notice.load(one.notice) for one in kept]


def doer(notice: Notice) -> str:
    """The name of who did what a notice tells; "" where nobody is named."""
    return notice.author or (notice.who.name if notice.who else "")


def next_in(chat: str) -> str:
    """What stands for the next message of a chat, where something waits for it."""
    return f"next in {chat}"
