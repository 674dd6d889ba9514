"""What every channel speaks. A leaf: no channel, no store, no network in here.

A connector turns its channel into `Received` items and carries `Outgoing` messages out.
It never sees the store: it hands batches to an `Intake`, which returns only when they
are durable, and is handed one message at a time to send. docs/connectors.md tells a
third party how to write one and how to run the conformance tests against it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

Millis = int
"""UTC milliseconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Address:
    """`ann@example.org`, a Telegram user id, a visitor id; and the name shown for it."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Remote:
    """A content that is still with the channel: the engine has it fetched later (`Fetches`), so
    that no text waits for a file."""

    reference: str
    """What its connector finds it by; opaque to everybody else. A JSON object may name the content
    as `unique`: an edit with the same one has the same file."""
    size: int | None = None
    """Bytes; None when the channel does not say."""
    refusal: str = ""
    """Why it can never be fetched (too large for this channel), a sentence; empty: it can."""


@dataclass(frozen=True, slots=True)
class File:
    """An attachment: its bytes in memory, a path when it is large, or still at the channel."""

    name: str
    type: str
    content: bytes | Path | Remote
    inline: bool = False
    content_id: str = ""

    def read(self) -> bytes:
        """Raises `TypeError` for one that is not here yet."""
        if isinstance(self.content, Remote):
            raise TypeError(f"{self.name} has not been fetched yet")
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


@dataclass(frozen=True, slots=True)
class Deflated:
    """A content in zlib's format (RFC 1950), made where it holds nobody up."""

    sha256: str
    """Of the content, in hex."""
    size: int
    """Bytes of the content."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do, published as data with the account: screens read only this."""

    text_limit: int | None = None
    """Characters in one message; None when unlimited."""
    part_limit: int | None = None
    """UTF-16 code units in one message of the channel; longer texts go out as several. None: one
    message always does."""
    file_limit: int | None = None
    """Bytes of all attachments of one message; None when unlimited."""
    each_file_limit: int | None = None
    """Bytes of each attachment; None when only `file_limit` counts."""
    formatting: Literal["none", "markdown"] = "none"
    files: bool = True
    edit: bool = False
    delete: bool = False
    delete_window: int | None = None
    """Seconds after sending in which a message can be deleted; None: for ever."""
    answers: bool = False
    """A reply can visibly answer one message (`Outgoing.answers`)."""
    silent: bool = False
    """A message can come without a sound (`Outgoing.silent`)."""
    typing: bool = False
    read_marks: bool = False
    subject: bool = False
    cc: bool = False
    write_first: bool = False
    link: str = ""
    """Where a customer opens a chat here, with `{payload}` (at most 64 of A-Z a-z 0-9 _ -) for
    what comes back with `Notice("started")`; empty: no such links."""
    parallel: int = 1
    """How many messages may be on their way at once, each in another chat."""


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
    empty when nobody says. What people read is made of it (omnitui.desk.failure_words)."""


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
    "started", "reaction", "deleted", "pinned", "event", "blocked", "unblocked", "moved"
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
    details: Mapping[str, Any] = field(default_factory=dict)


Received = Inbound | Notice | Ignored | Quarantined


@dataclass(frozen=True, slots=True)
class Quote:
    """The message that is answered, as it stands under the answer."""

    attribution: str
    """One line: who wrote it, and when."""
    text: str


Progress = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message on its way out. `key` was stored before this was handed over."""

    key: str
    """Message-ID without angle brackets, or the channel's idempotency key."""
    account: str
    to: Sequence[Address]
    text: str
    """Light Markdown."""
    cc: Sequence[Address] = ()
    bcc: Sequence[Address] = ()
    sender: Address | None = None
    """"Agent via Company"; None: the account's own."""
    subject: str = ""
    in_reply_to: str = ""
    references: Sequence[str] = ()
    reply_token: str = ""
    signature: str = ""
    """Several lines; the desk has filled it in. Channels without signatures get none."""
    quote: Quote | None = None
    envelope: Sequence[str] = ()
    """The addresses that it goes to now, where those are not all of To, CC and BCC: the others
    have it already. Empty: all."""
    chat: str = ""
    files: Sequence[File] = ()
    answers: str = ""
    """Key of the one message that it visibly answers; empty: it just goes on."""
    silent: bool = False
    """It comes without a sound."""
    parts: Sequence[str] = ()
    """Ids of its first parts, which are out already: an earlier try ended after them."""
    progress: Progress | None = field(default=None, compare=False, repr=False)
    """To be awaited with the id of each part that is out, before the next one is sent."""
    automatic: bool = False
    """A program answers: said in the mail, so that no other program answers it (RFC 3834)."""
    created_at: Millis = 0
    first_attempt_at: Millis | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel has taken the message over."""

    external_id: str
    refused: Mapping[str, str] = field(default_factory=dict)
    """Recipients refused while others were taken: address → the server's words."""
    parts: Sequence[str] = ()
    """The ids of all its parts in their order, `external_id` first, where there are several."""


class ChannelError(Exception):
    """Any way a channel fails. `str()` is one sentence that says what to do.

    `retry`: trying again later may help. `maybe_sent`: raised while sending, after the
    point where the other side may already have taken the message over.
    """

    retry = True
    maybe_sent = False


class Unreachable(ChannelError):
    """Unknown host, refused, reset or timed out before anything was handed over."""


class AuthFailed(ChannelError):
    """The server does not accept the credentials; retrying hammers it: slow retries only."""

    retry = False


class CertificateInvalid(ChannelError):
    """TLS could not be verified."""

    retry = False


class Misconfigured(ChannelError):
    """Settings that cannot work (no such folder, no such bot)."""

    retry = False


class Rejected(ChannelError):
    """The server refused this message for good; the agent must change something."""

    retry = False


class Blocked(Rejected):
    """The recipient takes no messages from us any more: shown with the address until they do."""


class Deferred(ChannelError):
    """The server refused for now. `retry_after` in seconds when it said so."""

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class MaybeSent(ChannelError):
    """The connection ended after the message may have been taken: never resend unasked.

    `refused`: who does not have it in any case, as in `Sent`.
    """

    retry = False
    maybe_sent = True

    def __init__(self, sentence: str, refused: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.refused = dict(refused or {})


class Intake(Protocol):
    """What the engine gives a connector. One per account."""

    async def cursor(self) -> dict[str, Any]:
        """The connector's own place, as last stored with a batch."""

    async def known(self, external_ids: Sequence[str]) -> set[str]:
        """Which of these the ledger already has."""

    async def ledger_ids(self, prefix: str) -> set[str]:
        """Every external id in the ledger that starts with `prefix`, to reconcile."""

    async def accept(
        self, batch: Sequence[Received], cursor: Mapping[str, Any] | None = None
    ) -> None:
        """Store the batch and the cursor in one transaction; returns when durable.

        Raises `store`'s errors (disk full, locked): nothing of the batch was stored then,
        and the connector must not confirm it to its channel.
        """

    async def online(self, detail: str = "") -> None:
        """The channel works; `detail` is shown with the account. Called again after every round
        with the server that went well: the time of the last one is kept."""


@runtime_checkable
class Tidies(Protocol):
    """A connector that can also put away in its channel what the desk has closed. Optional."""

    tidies: bool
    """Whether this account is set to do so; else `tidy` is never called."""

    async def tidy(self, external_ids: Sequence[str]) -> None:
        """These receipts' messages belong to a conversation that was closed.

        May be called again for the same ones, after a crash or a failure: what is done already
        or gone from the channel is passed over. Ids that are not the channel's own (imported
        mail) are too. Raises `ChannelError`; the engine tries again later.
        """


@runtime_checkable
class Fetches(Protocol):
    """A connector whose messages bring files as `Remote`. Optional."""

    async def fetch(self, reference: str, into: Path) -> None:
        """Write the content to the file `into`, which exists and is empty.

        May be called at the same time for several files, and again for the same one. Raises
        `ChannelError`: `Rejected` when there will never be a content (the sentence is shown at
        the file), else the engine tries again later.
        """


@runtime_checkable
class Alters(Protocol):
    """A connector that can change and take back what was sent. Optional; see
    `Capabilities.edit` and `delete`. Doing either once more changes nothing."""

    async def edit(self, message: Outgoing, parts: Sequence[str]) -> None:
        """Put `message.text` in place of what was sent as `parts`. Raises `ChannelError`."""

    async def delete(self, message: Outgoing, parts: Sequence[str]) -> None:
        """Take `parts` back; those that are gone already are. Raises `ChannelError`."""


@runtime_checkable
class Types(Protocol):
    """A connector that can show the customer that somebody is typing. Optional."""

    async def typing(self, chat: str) -> None:
        """Show it for the next seconds; called again every 4 s while an agent types. Raises
        `ChannelError`, which nobody hears of."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `doctor` for an account."""

    name: str
    ok: bool
    detail: str
    """What was found; when not ok, what to do."""
    error: ChannelError | None = None
    """What made it fail, if it was a channel's error: after `AuthFailed` the set-up asks for
    the password again."""


@runtime_checkable
class Connector(Protocol):
    """One configured account of a channel. Built as `Connector(name, settings)`."""

    channel: str
    """The channel shown to people: `email`, `telegram`, `webchat`, …"""
    capabilities: Capabilities
    """May change as the server tells what it takes; published again then."""

    async def run(self, intake: Intake) -> None:
        """Receive until cancelled. Raises `ChannelError`; the engine restarts it with
        growing delays and shows the sentence."""

    async def send(self, message: Outgoing) -> Sent:
        """Hand one message over. Called one at a time per account; with
        `capabilities.parallel`, one at a time per chat.

        Raises `ChannelError`: with `maybe_sent` when the outcome cannot be known, with
        `retry` when a later try with the same key is safe.
        """

    async def find_sent(self, message: Outgoing) -> Sent | None:
        """Proof that a message of unknown fate went out (Sent folder, relay's key), or None."""

    async def check(self) -> list[Check]:
        """Try the connection both ways without receiving or sending anything."""

    async def close(self) -> None:
        """Release connections; called once, after `run` ended."""
