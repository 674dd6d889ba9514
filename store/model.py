"""Domain values, frozen. Times are integers: UTC milliseconds since the epoch.

The vocabulary is the product's: customer, identity, account, conversation, message,
draft, outbox, ledger, event. Nothing here knows SQL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NewType

CustomerId = NewType("CustomerId", int)
IdentityId = NewType("IdentityId", int)
AccountId = NewType("AccountId", int)
ConversationId = NewType("ConversationId", int)
MessageId = NewType("MessageId", int)
EventId = NewType("EventId", int)

Millis = int
"""UTC milliseconds since the epoch."""

Status = Literal["open", "pending", "snoozed", "closed"]
Direction = Literal["in", "out", "note"]
MessageState = Literal["received", "queued", "sending", "sent", "failed", "unknown", "cancelled"]
Outcome = Literal["accepted", "duplicate", "ignored", "quarantined"]
AccountState = Literal["starting", "online", "retrying", "failed", "stopped"]
View = Literal["mine", "unassigned", "all", "snoozed", "closed", "mentions"]
Sort = Literal["waiting", "newest", "oldest", "priority"]
"""Orders of the inbox: who waits longest, the latest touched, the longest untouched, urgent."""


@dataclass(frozen=True, slots=True)
class Address:
    """A person's address on a channel: `ann@example.org` for e-mail, a user id for Telegram."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    id: CustomerId
    name: str
    company: str
    language: str
    timezone: str
    tags: tuple[str, ...]
    fields: Mapping[str, Any]
    created_at: Millis
    first_contact_at: Millis | None
    last_contact_at: Millis | None
    conversations: int
    language_set: bool = False
    """An agent has said it; else it is guessed from what they write."""
    channel: str = ""
    """The one they prefer, as an agent has set it; empty: as they use them."""


@dataclass(frozen=True, slots=True)
class Identity:
    id: IdentityId
    customer_id: CustomerId
    channel: str
    address: str
    name: str
    proof: str
    """How it was proven ("dmarc", "jwt", "agent", …); empty while unverified."""
    flag: str
    """Why messages to it fail ("bounced: mailbox full", "blocked"); empty when well."""
    last_used_at: Millis | None


@dataclass(frozen=True, slots=True)
class CustomerNote:
    id: int
    customer_id: CustomerId
    author: str
    text: str
    at: Millis
    edited_at: Millis | None = None
    edited_by: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """A customer who belongs to another, as an agent has said."""

    customer_id: CustomerId
    other_id: CustomerId
    label: str
    """What the other one is to the customer; may be empty."""
    agent: str
    at: Millis


@dataclass(frozen=True, slots=True)
class Claim:
    """What a customer says of themselves and nothing proves."""

    customer_id: CustomerId
    kind: Literal["email", "phone", "order", "name"]
    value: str
    """As it is compared."""
    shown: str
    """As it was written."""
    source: Literal["form", "message", "import"]
    message_id: MessageId | None
    at: Millis


@dataclass(frozen=True, slots=True)
class Account:
    id: AccountId
    name: str
    channel: str
    address: str
    display_name: str
    capabilities: Mapping[str, Any]
    state: AccountState
    state_reason: str
    state_at: Millis
    """Since when it is in this state."""
    last_success_at: Millis | None = None
    """When its server last did what was asked, to the minute; None: never yet."""
    state_source: str = ""
    """What `state_reason` is made of, for who reads another language (JSON); empty: only a text."""
    past: tuple[int, int] = (0, 0)
    """How many messages of its past it has read, of how many; (0, 0) while it reads none."""


@dataclass(frozen=True, slots=True)
class Conversation:
    id: ConversationId
    customer_id: CustomerId
    customer_name: str
    """The customer's name; their first address while they have none."""
    subject: str
    status: Status
    assignee: str
    priority: int
    """0 normal, 1 high, 2 urgent, -1 low."""
    tags: tuple[str, ...]
    channels: tuple[str, ...]
    """Every channel its messages used, the last used first."""
    account_id: AccountId | None
    """The account of the last customer message: where a reply goes by default."""
    created_at: Millis
    last_message_at: Millis
    waiting_since: Millis | None
    """When the oldest unanswered customer message arrived; None when none waits."""
    snoozed_until: Millis | None
    last_inbound_id: MessageId | None
    preview: str
    """The last message's first words, one line."""
    failed: int
    """Messages whose sending failed or is unknown."""
    related_id: ConversationId | None
    """The conversation it quotes or was split from, shown as a link."""
    messages: int
    bounced: int = 0
    """Those of `failed` that had gone out and came back undelivered."""


@dataclass(frozen=True, slots=True)
class Attachment:
    id: int
    message_id: MessageId
    name: str
    type: str
    size: int
    blob: str
    """Content hash (SHA-256 hex) in the blob store; empty while not downloaded."""
    inline: bool
    content_id: str
    problem: str = ""
    """Why it is not here: what the last try met, or why there will be none."""
    awaited: bool = False
    """It will be fetched, or tried again."""


@dataclass(frozen=True, slots=True)
class Message:
    id: MessageId
    """In order of insertion."""
    position: int
    """In order of time, unique: timelines and search sort by it, also after a back-fill."""
    conversation_id: ConversationId
    customer_id: CustomerId
    account_id: AccountId | None
    account: str
    channel: str
    direction: Direction
    external_id: str
    """The channel's own id: a Message-ID, `chat:message`, a relay sequence."""
    author: str
    author_address: str
    recipients: tuple[Address, ...]
    """Everybody an e-mail was or will be sent to (To, CC, then BCC)."""
    subject: str
    text: str
    quoted: str
    signature: str
    sent_at: Millis
    """What the sender's clock said (Date); displayed, never trusted."""
    arrived_at: Millis
    """When the channel's server received it; what timelines sort by."""
    state: MessageState
    error: str
    raw: str
    """Blob hash of the message as received; empty when there is none."""
    details: Mapping[str, Any]
    """Channel's own: to, cc, reply_to, references, defects, auto_reply, bounce, html, edits."""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What an agent chose about one reply's way; empty fields leave it to the desk."""

    to: tuple[str, ...] = ()
    """Exactly these, instead of the usual recipients."""
    cc: tuple[str, ...] = ()
    """Further ones."""
    bcc: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    """Taken off, whoever put them there."""
    quote: Literal["", "none", "last"] = ""
    signature: Literal["", "off"] = ""
    answers: MessageId | None = None
    """The one message that the reply visibly answers, in chats that show it."""
    silent: bool = False
    """It comes without a sound, where the channel can."""


AS_USUAL = Delivery()


@dataclass(frozen=True, slots=True)
class Draft:
    conversation_id: ConversationId
    agent: str
    kind: Literal["reply", "note"]
    text: str
    account_id: AccountId | None
    attachments: tuple[str, ...]
    updated_at: Millis
    delivery: Delivery = AS_USUAL


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    message_id: MessageId
    conversation_id: ConversationId
    account_id: AccountId
    account: str
    channel: str
    key: str
    """Outgoing Message-ID or idempotency key; stored before the first byte leaves."""
    recipients: tuple[str, ...]
    state: MessageState
    due_at: Millis
    """Not before: undo delay, schedule or next retry."""
    attempts: int
    error: str
    agent: str
    first_attempt_at: Millis | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """One row of the intake ledger."""

    account: str
    external_id: str
    outcome: Outcome
    reason: str
    message_id: MessageId | None
    at: Millis
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What may be so, for an agent to decide."""

    id: int
    kind: Literal["same-person"]
    customer_id: CustomerId
    other_id: CustomerId
    reason: str
    """`answered-our-mail`, `claims-address`, …"""
    evidence: Mapping[str, Any]
    message_id: MessageId | None
    """The message that gave rise to it."""
    state: Literal["open", "accepted", "dismissed"]
    created_at: Millis


@dataclass(frozen=True, slots=True)
class Event:
    id: EventId
    at: Millis
    actor: str
    """An agent's name, "engine", or "customer"."""
    kind: str
    """`message.received`, `conversation.assigned`, …; see docs/events.md."""
    customer_id: CustomerId | None = None
    conversation_id: ConversationId | None = None
    message_id: MessageId | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    """Where the actor sat: `ssh 192.0.2.7`, a terminal; "" for programs."""


@dataclass(frozen=True, slots=True)
class SearchHit:
    message_id: MessageId
    conversation_id: ConversationId
    customer_id: CustomerId
    position: int
    at: Millis
    direction: Direction
    author: str
    subject: str
    snippet: str
    """The text around the first match, matches between U+0002 and U+0003."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What the desk inserts; the store gives id and position."""

    conversation_id: ConversationId
    customer_id: CustomerId
    channel: str
    direction: Direction
    state: MessageState
    text: str
    sent_at: Millis
    arrived_at: Millis
    account_id: AccountId | None = None
    external_id: str = ""
    content_hash: str = ""
    thread_index: str = ""
    author: str = ""
    author_address: str = ""
    recipients: Sequence[Address] = ()
    subject: str = ""
    quoted: str = ""
    signature: str = ""
    error: str = ""
    raw: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    attachments: Sequence[NewAttachment] = ()


@dataclass(frozen=True, slots=True)
class NewAttachment:
    name: str
    type: str
    size: int
    blob: str
    inline: bool = False
    content_id: str = ""
    reference: str = ""
    """What the channel finds it by, where it is still to be fetched; `blob` is empty then."""
    problem: str = ""
    """Why it can never be fetched; empty: it is here, or to be fetched."""


@dataclass(frozen=True, slots=True)
class NewConversation:
    """A conversation that begins with a message of the same batch: see `messages.insert_many`."""

    id: ConversationId
    """From `conversations.next_id` on, without gaps."""
    customer_id: CustomerId
    subject: str
    status: Status
    account_id: AccountId | None
    at: Millis
    related_id: ConversationId | None = None


@dataclass(frozen=True, slots=True)
class NewEvent:
    at: Millis
    actor: str
    kind: str
    customer_id: CustomerId | None = None
    conversation_id: ConversationId | None = None
    message_id: MessageId | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
