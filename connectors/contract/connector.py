"""What the engine asks of a connector, and what it gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from connectors.contract.failures import ChannelError
from connectors.contract.outgoing import Outgoing, Sent
from connectors.contract.received import Received, Signal


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
    """Whoever has an address here can be written to; else only who has written before."""
    addresses: str = ""
    """The kind of address that people know its customers by, where that is not the channel
    itself: `phone` for text messages, `email`. Such an address, typed or on a card, is offered
    to write to first."""
    link: str = ""
    """Where a customer opens a chat here, with `{payload}` (at most 64 of A-Z a-z 0-9 _ -) for
    what comes back with `Notice("started")`; empty: no such links."""
    attends: bool = False
    """Customers are told whether somebody is there (`Attends`)."""
    presence: bool = False
    """It tells whether a customer is there (`Signal`): what they did not see is sent after them."""
    bars: bool = False
    """It can keep somebody out (`Bars`)."""
    forgets: bool = False
    """Its server can delete what it has of somebody (`Forgets`)."""
    parallel: int = 1
    """How many messages may be on their way at once, each in another chat."""


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

    async def signal(self, signals: Sequence[Signal]) -> None:
        """What is true for the moment. Never raises for a signal that nobody can use."""

    async def present(self, chats: Sequence[Signal]) -> None:
        """Who is there, all of them (`online`): everybody else of the account is not."""

    async def online(self, detail: str = "", past: tuple[int, int] = (0, 0)) -> None:
        """The channel works; `detail` is shown with the account. Called again after every round
        with the server that went well: the time of the last one is kept. `past`: how many messages
        of the channel's past are read, of how many, while that takes long."""


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


@runtime_checkable
class Marks(Protocol):
    """A connector that can show the customer what has been read. Optional; see
    `Capabilities.read_marks`."""

    async def seen(self, chat: str, key: str) -> None:
        """An agent has read the chat up to the message `key`. Raises `ChannelError`; the newest
        one is told again after a failure."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """Whether somebody is there for the customers of an account."""

    state: Literal["online", "away", "hidden"]
    """hidden: the channel should not offer itself."""
    queue: Mapping[str, int] = field(default_factory=dict)
    """Chat → how many wait before it, itself included: 1 is next."""


@runtime_checkable
class Attends(Protocol):
    """A connector that tells customers whether somebody is there. Optional; see
    `Capabilities.attends`."""

    async def attend(self, attendance: Attendance) -> None:
        """Called with every change, and each minute besides; the last one counts. Raises
        `ChannelError`."""


@runtime_checkable
class Bars(Protocol):
    """A connector that can keep somebody out. Optional; see `Capabilities.bars`."""

    async def bar(self, address: str, barred: bool) -> None:
        """Take no messages from this address any more, or again. Once more changes nothing.
        Raises `ChannelError`."""


@runtime_checkable
class Forgets(Protocol):
    """A connector whose server can delete all that it has of somebody. Optional; see
    `Capabilities.forgets`."""

    async def forget(self, address: str) -> None:
        """Delete their messages, files and name there, and that they were kept out. Once more, or
        of somebody who is not known there, changes nothing. Raises `ChannelError`; the engine
        tries again until it is done."""


@runtime_checkable
class Verifies(Protocol):
    """A connector whose customers can prove an e-mail address by a one-time code. Optional."""

    async def verification(
        self,
        chat: str,
        state: Literal["sent", "proven", "wrong", "expired", "refused"],
        email: str,
    ) -> None:
        """What became of it. wrong: they may try again. expired: they need a new code. refused: no
        code can be had (too many, no mailbox). Raises `ChannelError`."""


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
