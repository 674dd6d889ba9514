"""What a connector takes in: messages, notices, and what is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from connectors.contract.values import Address, Deflated, File, Millis


@dataclass(frozen=True, slots=True)
class AutoReply:
    kind: Literal["out-of-office", "bulk", "auto"]
    evidence: str
    report: Literal["", "read-receipt", "abuse"] = ""
    """What kind of report it is (RFC 8098, RFC 5965); empty: none."""


@dataclass(frozen=True, slots=True)
class Bounce:
    recipient: str
    action: str
    """`failed` or `delayed` (RFC 3464 §2.3.3)."""
    status: str
    """Enhanced status code (RFC 3463); empty when unknown."""
    reason: str
    original_message_id: str
    hard: bool | None
    """True: the address itself is dead. None: unknown."""
    alias: str = ""
    """The address that was written to, where the report names another one behind it."""
    cause: str = ""
    """Why, as a name: `user-unknown`, `mailbox-full`, `spam`, … (docs/email.md lists them);
    empty when nobody says. What people read is made of it (omnitui.desk.mail.failure_words)."""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The mail that somebody forwarded, as its header block in the text or the attached mail
    itself tells: hearsay, offered to the agent."""

    sender: Address
    sent_at: Millis | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message as a channel brought it, already understood."""

    external_id: str
    """The ledger's key, unique in the account: `INBOX/1700000000/42`, an update id."""
    message_key: str
    """The message's own id: Message-ID without angle brackets, `chat:message`. Never empty:
    synthesised from the content where the sender gave none."""
    content_hash: str
    """SHA-256 hex over the body and the headers a sender writes. Same key and same hash
    is the same message; same key and another hash is another message."""
    sender: Address
    text: str
    arrived_at: Millis
    """The channel server's clock."""
    sent_at: Millis | None = None
    """The sender's clock; None when missing or unreadable."""
    direction: Literal["in", "out"] = "in"
    """"out": found in a Sent folder or imported: an agent's own earlier message."""
    subject: str = ""
    quoted: str = ""
    signature: str = ""
    to: Sequence[Address] = ()
    cc: Sequence[Address] = ()
    reply_to: Sequence[Address] = ()
    in_reply_to: str = ""
    references: Sequence[str] = ()
    tokens: Sequence[str] = ()
    """Reply tokens found in our own quoted ids or plus-addresses, unchecked."""
    chat: str = ""
    """Chat-like channels: the chat it was written in; empty for e-mail."""
    proofs: Sequence[str] = ()
    """What proves the sender's address: "dmarc", "jwt", "contact"; empty: hearsay."""
    aliases: Sequence[tuple[str, str]] = ()
    """Other (channel, address) pairs of the same sender, proven by the same `proofs`:
    the e-mail in a signed widget identity, the phone of an own contact."""
    files: Sequence[File] = ()
    auto_reply: AutoReply | None = None
    bounce: Bounce | None = None
    further_bounces: Sequence[Bounce] = ()
    """A report may tell of several recipients; `bounce` is the gravest."""
    forwarded: Forwarded | None = None
    thread_index: str = ""
    """Outlook's conversation: the first 22 bytes of Thread-Index ([MS-OXOMSG] 2.2.1.3) in hex;
    empty when there is none. It names a thread, it proves nothing."""
    edit_of: str = ""
    """message_key of the message that this one edits. One that is not here is stored as new.
    `details["edited_at"]` is when it did (milliseconds; else `arrived_at`): the latest is shown."""
    author: str = ""
    """The person who wrote it, where `sender` is the group that it was written in."""
    joins: str = ""
    """All messages of a chat with the same one are one message of several files: an album.
    Each comes with a receipt and a key of its own, in whatever batch."""
    answer_until: Millis | None = None
    """The channel takes answers until then and no longer; None: always."""
    history: bool = False
    """Old mail (first connect, import): told to nobody, its conversation arrives closed."""
    imported: bool = False
    """History that a team brought along (`omnitui import`): its conversation is left open
    when the customer spoke last in it. Only together with `history`."""
    defects: Sequence[str] = ()
    raw: bytes | Path | None = None
    deflated: Deflated | None = None
    """`raw` once more, from a connector that reads in a process of its own: spares the engine
    the work. None: the engine does it."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """JSON-able extras kept with the message (html, list_id, location, …)."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Seen, and rightly not a message: ends in the ledger with its reason."""

    external_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Could not be understood: kept raw, visible and retryable."""

    external_id: str
    reason: str
    raw: bytes | Path


NoticeKind = Literal[
    "started",
    "reaction",
    "deleted",
    "pinned",
    "event",
    "blocked",
    "unblocked",
    "moved",
    "form",
    "identified",
    "ended",
    "delivered",
    "read",
    "verify",
    "transcript",
]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened in a chat and is not a message. It opens no conversation, and
    nobody waits for an answer to it. What it finds nothing for ends `ignored`, with the reason.

    started: the customer opened the chat, `text` is the payload of the link they came by.
    reaction: `who` now shows `details["reactions"]` (a list of emoji, [] for none any more) at
    the message `keys[0]`; `details["counts"]` (emoji → number) where nobody is named.
    deleted: `who` deleted the messages `keys`; their text is kept. pinned: the message `keys[0]`.
    event: `details["event"]` names what happened (docs/telegram.md lists them), `text` is what
    there is to show with it. blocked, unblocked: `who` takes no messages from us, or does again.
    moved: the chat goes on as `details["to"]`.
    form: `who` filled in `details["fields"]` (name → text): hearsay. identified: the site has
    signed who they are: `proofs`, `aliases`, `details["name"]`; `details["was"]` is the visitor
    that they were until then, whose chat is a part of theirs now: its messages
    `was:n` are `chat:n+offset` there, by `details["offset"]`. ended: they have left for good.
    delivered, read: they have our messages up to `keys[0]`, or have seen them.
    verify: they ask for a one-time code at `details["email"]`, or type the one that they got,
    `details["code"]`. transcript: they want the chat's text at their proven address.
    """

    external_id: str
    kind: NoticeKind
    at: Millis
    """The channel server's clock."""
    chat: str = ""
    who: Address | None = None
    """As `Inbound.sender`: the person, or the group. None: not told."""
    author: str = ""
    """The person's name, where `who` is a group."""
    direction: Literal["in", "out"] = "in"
    """"out": one of us did it, in the channel's own program."""
    keys: Sequence[str] = ()
    """`message_key`s of the messages that it is about."""
    text: str = ""
    proofs: Sequence[str] = ()
    """As in `Inbound`."""
    aliases: Sequence[tuple[str, str]] = ()
    """As in `Inbound`."""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signal:
    """What is true for the moment and goes into no history, so into no ledger either: nothing is
    lost when one of them does not come.

    typing: `who` types (`details["stopped"]`: not any more). online, offline: `who` has the chat
    in front of them, or has gone. visit: where they are and what with: `details` has `page`,
    `title`, `referrer`, `browser`, `language` (BCP 47), `timezone` (IANA), each where known.
    """

    kind: Literal["typing", "online", "offline", "visit"]
    at: Millis
    """The channel server's clock."""
    chat: str
    who: Address
    details: Mapping[str, Any] = field(default_factory=dict)


Received = Inbound | Notice | Ignored | Quarantined
