"""What a connector carries out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.contract.values import Address, File, Millis


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
    author: str = ""
    """The agent's own name, for channels that show who of us writes."""
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
