"""What is true for the moment and stands in no history: who types, who is there, who looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from store.attendance import State
from store.model import ConversationId, CustomerId, Millis


@dataclass(frozen=True, slots=True)
class Colleague:
    """Another agent who has a conversation on the screen."""

    name: str
    types: bool = False
    begun: bool = False
    """They rest, and a reply of theirs is there that is not sent."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Of the conversations that were asked about."""

    typing: frozenset[ConversationId] = frozenset()
    """Where the customer types."""
    here: frozenset[CustomerId] = frozenset()
    """Who has a chat in front of them."""
    colleagues: Mapping[ConversationId, tuple[Colleague, ...]] = field(default_factory=dict)

    def looks_otherwise(
        self, before: Moment, conversation_id: ConversationId, customer_id: CustomerId
    ) -> bool:
        """Whether a row of the inbox reads otherwise now."""
        return (
            (conversation_id in self.typing) != (conversation_id in before.typing)
            or (customer_id in self.here) != (customer_id in before.here)
            or self.colleagues.get(conversation_id, ())
            != before.colleagues.get(conversation_id, ())
        )


NOTHING = Moment()


@dataclass(frozen=True, slots=True)
class ChatMoment:
    """Of the conversation in view."""

    conversation_id: ConversationId
    chat: bool = False
    """Its channel tells whether the customer is there."""
    known: bool = True
    """Somebody tells whether they are; else the channel has no connection."""
    online: bool = False
    at: Millis = 0
    """Since when they are there, or gone; 0: not known."""
    seen: Millis = 0
    """When they last did anything."""
    typing: bool = False
    page: str = ""
    """The title of the page that they look at."""
    claimed: str = ""
    """The e-mail address that they say is theirs."""
    barred: bool = False
    follow_up: str = ""
    """The address at which mail goes after them."""
    follow_up_at: str = ""
    """When it does with what they have not seen; empty: they have seen all, or it is not known."""
    why_not: str = ""
    """Why none does, a sentence."""
    colleagues: tuple[Colleague, ...] = ()
    watchers: tuple[str, ...] = ()
    """Agents who are told of whatever happens here."""
    drafts: tuple[tuple[str, str], ...] = ()
    """What colleagues are writing here, for who may see that: agent and text."""


@dataclass(frozen=True, slots=True)
class Counter:
    """What the visitors of one account are told."""

    account: str
    state: State
    by_hand: bool = False
    """An agent has set it; else it goes by who is there."""


@dataclass(frozen=True, slots=True)
class DeskMoment:
    """What the bottom line says of the whole desk."""

    counters: tuple[Counter, ...] = ()
    waiting: int = 0
    """Visitors who wait for their first answer."""
    away: bool = False
    """The agent has said that they are not there."""
