"""What the rules of [retention] delete by themselves, a little at a time.

`due` counts what would go and changes nothing. `Run` does it, step by step; the log gets one line
with numbers and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from config.i18n import _
from omnitui.desk import journal
from omnitui.desk.context import Desk
from omnitui.desk.data_rights import erasing
from store import retention
from store.model import CustomerId, Millis


@dataclass(slots=True)
class Counts:
    """How much went, or would go."""

    customers: int = 0
    files: int = 0
    bytes: int = 0
    """Of the files, and of the mails as received."""
    raw: int = 0
    events: int = 0

    @property
    def anything(self) -> bool:
        return bool(self.customers or self.files or self.raw or self.events)


@dataclass(slots=True)
class Due:
    """What the rules would delete now."""

    counts: Counts = field(default_factory=Counts)
    customers: list[CustomerId] = field(default_factory=list)


def due(desk: Desk) -> Due:
    """Changes nothing."""
    found = Due()
    rules, db, count = desk.config.retention, desk.db, found.counts
    if (before := _before(desk, rules.customers)) is not None:
        place: retention.Place | None = retention.FIRST
        while place is not None:
            some, place = retention.silent_customers(db, before, rules.keep, place)
            found.customers += some
        count.customers = len(found.customers)
    if (before := _before(desk, rules.files)) is not None:
        upto: int | None = 0
        while upto is not None:
            files = retention.old_files(db, before, rules.keep, upto, problem="", drop=False)
            upto = files.upto
            count.files += files.files
            count.bytes += files.bytes
    if (before := _before(desk, rules.raw)) is not None:
        upto = -1
        while upto is not None:
            files = retention.old_raws(db, before, rules.keep, upto, drop=False)
            upto = files.upto
            count.raw += files.files
            count.bytes += files.bytes
    if (before := _before(desk, rules.events)) is not None:
        upto = 0
        while upto is not None:
            number, upto = retention.old_events(db, before, rules.keep, upto, drop=False)
            count.events += number
    return found


class Run:
    """The rules carried out once: `step` in a transaction of its own until it says no. Customers
    are cut off; `erasing.Steps` has to take away what is left of them."""

    def __init__(self) -> None:
        self.done = Counts()
        self._work: Iterator[None] | None = None
        self._desk: Desk | None = None

    def step(self, desk: Desk) -> bool:
        """Some more of it; False: all is done, and in the log if it was anything."""
        self._desk = desk
        if self._work is None:
            self._work = self._steps()
        for _more in self._work:
            return True
        return False

    def _now(self) -> Desk:
        assert self._desk is not None
        return self._desk

    def _steps(self) -> Iterator[None]:
        desk, done = self._now(), self.done
        rules = desk.config.retention
        if (before := _before(desk, rules.customers)) is not None:
            place: retention.Place | None = retention.FIRST
            while place is not None:
                some, place = retention.silent_customers(self._now().db, before, rules.keep, place)
                for customer in some:
                    done.customers += _erase(self._now(), customer, before)
                    yield
                yield
        if (before := _before(desk, rules.files)) is not None:
            upto: int | None = 0
            gone = _("It was deleted when its time was over.")
            while upto is not None:
                files = retention.old_files(
                    self._now().db, before, rules.keep, upto, problem=gone, drop=True
                )
                upto = files.upto
                done.files += files.files
                done.bytes += files.bytes
                yield
        if (before := _before(desk, rules.raw)) is not None:
            upto = -1
            while upto is not None:
                files = retention.old_raws(self._now().db, before, rules.keep, upto, drop=True)
                upto = files.upto
                done.raw += files.files
                done.bytes += files.bytes
                yield
        if (before := _before(desk, rules.events)) is not None:
            upto = 0
            while upto is not None:
                number, upto = retention.old_events(
                    self._now().db, before, rules.keep, upto, drop=True
                )
                done.events += number
                yield
        if done.anything:
            journal.record(
                self._now(),
                "retention.ran",
                customers=done.customers,
                files=done.files,
                raw=done.raw,
                events=done.events,
            )


def _erase(desk: Desk, customer: CustomerId, before: Millis) -> bool:
    """Whether they were. They may have written, or gone, since they were found."""
    if not retention.is_silent(desk.db, customer, before, desk.config.retention.keep):
        return False
    try:
        erasing.erase(desk, customer, why="retention")
    except erasing.ErasureRefused:
        return False
    return True


def _before(desk: Desk, seconds: int | None) -> Millis | None:
    return None if seconds is None else desk.now() - seconds * 1000
