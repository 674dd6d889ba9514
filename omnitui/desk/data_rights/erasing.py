"""Erasing a customer: what will go, what stays elsewhere, and doing it.

`begin` cuts the customer off in one short transaction; `Steps` takes the rest away in as many
short ones as it needs; `Sweep` then removes the words from where a database still holds what is
deleted. Each may be done again after a crash, by any process: the engine finishes what others
began. docs/data-rights.md tells what is erased and what is not.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from config.i18n import _, ngettext
from config.numbers import Number
from omnitui.desk import journal
from omnitui.desk.channel import capabilities
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from store import (
    accounts,
    belongings,
    customers,
    cutting_off,
    erased_list,
    erasing,
    forgets,
    identities,
    sweeping,
)
from store.backup import known_copies
from store.belongings import Counts
from store.driver import Connection
from store.model import CustomerId, Millis

BATCH = 10
"""Messages between two looks at the clock."""
LONGEST = 0.015
"""Seconds of work in one transaction, besides its end."""
AT_ONCE = 200
"""Messages that are erased in the transaction that begins it."""


class ErasureRefused(CommandError):
    """It cannot be done now; the sentence says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What erasing a customer does."""

    customer: CustomerId
    name: str
    """What has to be typed: the customer's name, else their first address, else their number."""
    counts: Counts
    quarantined: int
    """Things that could not be understood and have one of their addresses in them."""
    copies: tuple[Path, ...]
    """Copies of the store that hold the customer, as far as is known."""
    refused: str
    """Why it cannot be done now; empty: it can."""
    sentences: tuple[str, ...]
    """All of it, for people."""


def preview(desk: Desk, customer_id: CustomerId) -> Preview:
    """Changes nothing. Raises `ErasureRefused` for somebody who is erased already, `NotFound`."""
    return _look(desk, customer_id)[0]


def _look(desk: Desk, customer_id: CustomerId) -> tuple[Preview, list[tuple[int, str, str]]]:
    """The preview, and what is theirs in quarantine."""
    customer_id = customers.current(desk.db, customer_id)
    customer = customers.get(desk.db, customer_id)
    if erasing.is_erased(desk.db, customer_id) is not None:
        raise ErasureRefused(_("Customer {n} was erased already.").format(n=customer_id))
    counts = belongings.counts(desk.db, customer_id)
    addresses = [(one.channel, one.address) for one in identities.of(desk.db, customer_id)]
    quarantined = belongings.quarantined(desk.db, addresses)
    copies = tuple(known_copies(Path(desk.db.path), since=customer.created_at))
    refused = _refusal(counts)
    sentences = (
        *_lost(counts, len(quarantined)),
        *_elsewhere(desk, customer_id),
        *_copies(copies),
        *([refused] if refused else []),
    )
    name = name_of(desk, customer_id)
    shown = Preview(customer_id, name, counts, len(quarantined), copies, refused, sentences)
    return shown, quarantined


def name_of(desk: Desk, customer_id: CustomerId) -> str:
    """What somebody has to type who means this customer."""
    name = " ".join(customers.get(desk.db, customer_id).name.split())
    if name:
        return name
    known = identities.of(desk.db, customer_id)
    return known[0].address if known else str(customer_id)


def is_meant(desk: Desk, customer_id: CustomerId, typed: str) -> bool:
    """Whether that was typed, in whatever case and with whatever spaces."""
    return " ".join(typed.split()).casefold() == name_of(desk, customer_id).casefold()


def begin(
    desk: Desk, customer_id: CustomerId, *, why: str = "asked", sure: bool = False
) -> Preview:
    """Cut a customer off: nobody can be written to or found, nothing more comes to them. Inside a
    transaction. `Steps` has to follow, at any time.

    Args:
        why: `asked`, `retention` or `restored`, for the log.
        sure: also with a reply of unknown fate.

    Raises:
        ErasureRefused: a reply is on its way, or may be; they are erased already.
        NotFound: there is no such customer.
    """
    shown, quarantined = _look(desk, customer_id)
    if shown.refused and not sure:
        raise ErasureRefused(shown.refused)
    who, at = shown.customer, desk.now()
    everybody = customers.everybody(desk.db, who)
    for account in accounts.all(desk.db):
        if capabilities(account).forgets:
            for _id, address in forgets.addresses(desk.db, everybody, account.channel):
                forgets.add(desk.db, account.id, address, at)
    cutting_off.release_quarantined(desk.db, quarantined)
    cutting_off.cut_off(desk.db, who, desk.agent, at)
    journal.record(
        desk,
        "customer.erased",
        customer=who,
        why=why,
        conversations=shown.counts.conversations,
        messages=shown.counts.messages,
        files=shown.counts.files,
    )
    return shown


def erase(desk: Desk, customer_id: CustomerId, *, why: str = "asked") -> Preview:
    """`begin`, and as much of the rest as fits in the caller's transaction. Of a customer with
    more messages than `AT_ONCE`, the engine takes the rest away. Raises as `begin` does."""
    shown = begin(desk, customer_id, why=why)
    if shown.counts.messages <= AT_ONCE and shown.counts.events <= 10 * AT_ONCE:
        steps = Steps(shown.customer)
        while steps.step(desk, longest=None):
            pass
    return shown


@dataclass(slots=True)
class Steps:
    """Taking away what is left of a customer who was cut off."""

    customer: CustomerId
    messages: int = 0
    """How many are gone."""
    _left: list[CustomerId] | None = field(default=None, repr=False)
    _event: int = 0

    def step(self, desk: Desk, longest: float | None = LONGEST) -> bool:
        """Some more of it, in a transaction of its own; False: nothing is left.

        Args:
            longest: seconds of work; None: a whole part of it.
        """
        until = None if longest is None else time.monotonic() + longest
        ids = customers.everybody(desk.db, self.customer)
        while gone := erasing.messages(desk.db, ids, BATCH, desk.now()):
            self.messages += gone
            if _over(until):
                return True
        while erasing.room_events(desk.db, ids, 10 * BATCH):
            if _over(until):
                return True
        while erasing.conversations(desk.db, ids, BATCH):
            if _over(until):
                return True
        erasing.links(desk.db, ids)
        if self._left is None:
            self._left = list(ids)
        while self._left:
            upto = erasing.events(desk.db, self._left[0], self._event, 10 * BATCH)
            if upto is None:
                self._left.pop(0)
            self._event = upto or 0
            if _over(until):
                return True
        if erasing.emptied(desk.db, self.customer, desk.now()):
            journal.record(desk, "customer.emptied", customer=self.customer)
            return False
        self._left = None  # something was written meanwhile
        return True


def _over(until: float | None) -> bool:
    return until is not None and time.monotonic() > until


class Sweep:
    """Listing beside the store who is erased, and removing the words of those whose rows are gone
    from index and files: `step` in a transaction of its own until it says no, then `end` in none.
    `step` raises OSError where the list cannot be written."""

    def __init__(self) -> None:
        self._work = self._steps()
        self._desk: Desk | None = None

    def step(self, desk: Desk) -> bool:
        """Some 30 ms of it; False: all is done but `end`."""
        self._desk = desk
        return next(self._work, False)

    def _steps(self) -> Iterator[bool]:
        # First, since whoever reads for hours keeps the rest waiting; and not in the transaction
        # that erases, which may fail: nobody else may be on the list.
        erased_list.write(self._db, Path(self._db.directory))
        for index in sweeping.INDEXES:
            more = sweeping.merge_index(self._db, index, begin=True)
            while more:
                yield True
                more = sweeping.merge_index(self._db, index, begin=False)
            yield True
        while sweeping.delete_files(self._db):
            yield True

    @property
    def _db(self) -> Connection:
        assert self._desk is not None
        return self._desk.db


def swept(desk: Desk, upto: Millis) -> int:
    """Note that everybody whose rows were gone by then is swept; how many. Inside a transaction."""
    done = [
        one.customer_id
        for one in erasing.unfinished(desk.db)
        if one.emptied_at is not None and one.emptied_at <= upto
    ]
    erasing.swept(desk.db, done, desk.now())
    return len(done)


def _refusal(counts: Counts) -> str:
    if not counts.undecided:
        return ""
    return ngettext(
        "{n} reply to them is being sent now, or may have been: wait a moment, or decide about it"
        " in the outbox; then erase.",
        "{n} replies to them are being sent now, or may have been: wait a moment, or decide about"
        " them in the outbox; then erase.",
        counts.undecided,
    ).format(n=counts.undecided)


def _lost(counts: Counts, quarantined: int) -> list[str]:
    parts = [
        ngettext("{n} message", "{n} messages", counts.messages).format(n=counts.messages),
        ngettext("{n} conversation", "{n} conversations", counts.conversations).format(
            n=counts.conversations
        ),
        ngettext("{n} file ({size})", "{n} files ({size})", counts.files).format(
            n=counts.files, size=_size(counts.bytes)
        ),
        ngettext("{n} note", "{n} notes", counts.notes).format(n=counts.notes),
        ngettext("{n} draft", "{n} drafts", counts.drafts).format(n=counts.drafts),
    ]
    lines = [_("Gone for good: {things}, and everything on the card.").format(
        things=", ".join(parts))]  # fmt: skip
    if counts.queued:
        lines.append(
            ngettext(
                "{n} reply that waits is not sent.",
                "{n} replies that wait are not sent.",
                counts.queued,
            ).format(n=counts.queued)
        )
    if quarantined:
        lines.append(
            ngettext(
                "{n} thing in quarantine names one of their addresses and is deleted, too.",
                "{n} things in quarantine name one of their addresses and are deleted, too.",
                quarantined,
            ).format(n=quarantined)
        )
    lines.append(
        _("The log keeps who did what kind of thing when, and nothing of what it was about.")
    )
    lines.append(_("What others wrote about them stays with those others."))
    return lines


def _elsewhere(desk: Desk, customer_id: CustomerId) -> list[str]:
    channels = {one.channel for one in identities.of(desk.db, customer_id)}
    lines = []
    forgetting = {a.channel for a in accounts.all(desk.db) if capabilities(a).forgets}
    if "email" in channels:
        lines.append(
            _(
                "The mailbox is not touched: delete the mails there, too. They do not come back"
                " here."
            )
        )
    if "telegram" in channels:
        lines.append(_("The chat in Telegram is not touched: only its members can delete it."))
    if channels & forgetting:
        lines.append(_("The chat's server is told to delete what it has of them; the chat ends."))
    return lines


def _copies(copies: tuple[Path, ...]) -> list[str]:
    if not copies:
        return [_("Backups that were made elsewhere still hold all of it.")]
    return [
        _("These copies of the store still hold all of it: {files}.").format(
            files=", ".join(map(str, copies))
        )
    ]


def _size(number: int) -> str:
    if number < 1_000_000:
        return _("{n} kB").format(n=-(-number // 1000))
    return _("{n:.1f} MB").format(n=Number(number / 1e6))
