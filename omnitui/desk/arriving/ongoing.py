"""Conversations that a batch goes on with, as it has moved them on: so that nothing has to be
stored for being asked about.

What is remembered holds until the batch is written (`forget`): whoever changes anything about a
conversation writes it first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from config.i18n import _
from store import message_keys, one_time_links
from store.driver import Connection
from store.errors import NotFound
from store.message_keys import KnownConversation
from store.model import AccountId, ConversationId, CustomerId, Millis

Chat = tuple[CustomerId, str]
"""What a customer writes in one chat."""


class Ongoing:
    """One account's, while a batch is taken in."""

    def __init__(
        self,
        db: Connection,
        account: AccountId,
        settle_for: Callable[[ConversationId], None],
        settle_of: Callable[[CustomerId], None],
    ) -> None:
        self._db = db
        self._account = account
        self._settle_for = settle_for
        self._settle_of = settle_of
        self._conversations: dict[ConversationId, KnownConversation] = {}
        self._last: dict[Chat, tuple[Millis, ConversationId] | None] = {}
        self._chats: set[str] = set()
        self._linked: set[str] | None = None

    def look_up(self, chats: Iterable[Chat]) -> None:
        """Ask about the chats of a batch at once, before any of it is taken in."""
        wanted = list(dict.fromkeys(chats))
        if not wanted:
            return
        self._chats.update(chat for _customer, chat in wanted)
        found = message_keys.last_in_chats(self._db, self._account, wanted)
        self._last = {chat: found.get(chat) for chat in wanted}
        last = {conversation for _at, conversation in found.values()}
        self._conversations = message_keys.conversations(self._db, last)

    def get(self, conversation_id: ConversationId) -> KnownConversation:
        """Raises `NotFound`."""
        known = self._conversations.get(conversation_id)
        if known is None:
            self._settle_for(conversation_id)
            found = message_keys.conversations(self._db, [conversation_id])
            if conversation_id not in found:
                raise NotFound(_("There is no conversation {id}.").format(id=conversation_id))
            known = self._conversations[conversation_id] = found[conversation_id]
        return known

    def last_in(self, customer: CustomerId, chat: str) -> KnownConversation | None:
        """The conversation of the customer's last message in a chat."""
        asked = (customer, chat)
        if asked not in self._last:
            self._settle_of(customer)
            found = message_keys.last_in_chats(self._db, self._account, [asked])
            self._last[asked] = found.get(asked)
        last = self._last[asked]
        return self.get(last[1]) if last else None

    def linked(self, customer: CustomerId, chat: str) -> KnownConversation | None:
        """The conversation that a one-time link brought into a chat, before anything else was
        written there."""
        if self._linked is None:
            self._chats.add(chat)
            self._linked = one_time_links.led_into(self._db, self._account, self._chats)
        elif chat not in self._chats:
            self._chats.add(chat)
            self._linked |= one_time_links.led_into(self._db, self._account, [chat])
        if chat not in self._linked:
            return None
        self._settle_of(customer)
        chosen = one_time_links.chosen(self._db, customer, self._account, chat)
        return self.get(chosen) if chosen else None

    def began(self, conversation: KnownConversation) -> None:
        """One that the store does not have yet."""
        self._conversations[conversation.id] = conversation

    def went_on(
        self, conversation_id: ConversationId, customer: CustomerId, chat: str, at: Millis
    ) -> None:
        """A message that the store does not have yet. `chat`: "" where there is none, or it is
        another account's."""
        known = self._conversations.get(conversation_id)
        if known is not None and at > known.last_message_at:
            self._conversations[conversation_id] = replace(known, last_message_at=at)
        if not chat:
            return
        if (customer, chat) not in self._last:
            return  # whether it is the last one there, the store knows
        last = self._last[customer, chat]
        if last is None or at >= last[0]:
            self._last[customer, chat] = at, conversation_id

    def forget(self) -> None:
        """The store has it all, and what happens next may change it."""
        self._conversations.clear()
        self._last.clear()
        self._linked = None
