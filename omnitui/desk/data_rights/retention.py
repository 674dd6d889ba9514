"""What the rules of [retention] delete by themselves, a little at a time.

`due` counts what would go and changes nothing. `Run` does it, step by step; the log gets lines
with numbers and nothing else: one for each step that takes lines of the log away, in the same
transaction, since a proof of the log needs to know how many are gone, whoever is killed meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

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
    for some in _silent(lambda: desk):
        found.customers += some
    found.counts.customers = len(found.customers)
    for _step in _old(lambda: desk, found.counts, drop=False):
        pass
    return found


class Run:
    """The rules carried out once: `step` in a transaction of its own until it says no. Customers
    are cut off; `erasing.Steps` has to take away what is left of them."""

    def __init__(self) -> None:
        self.done = Counts()
        self._told = Counts()
        """What of it the log says."""
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
        done = self.done
        for some in _silent(self._now):
            for customer in some:
                done.customers += _erase(self._now(), customer)
                yield
            yield
        for _more in _old(self._now, done, drop=True):
            if done.events > self._told.events:
                self._tell()
            yield
        if done != self._told:
            self._tell()

    def _tell(self) -> None:
        done, told = self.done, self._told
        journal.record(
            self._now(),
            "retention.ran",
            customers=done.customers - told.customers,
            files=done.files - told.files,
            raw=done.raw - told.raw,
            events=done.events - told.events,
        )
        self._told = replace(done)


def _silent(now: Callable[[], Desk]) -> Iterator[list[CustomerId]]:
    """Customers whose time is over, some at a time. `now`: the desk of the transaction."""
    rules = now().config.retention
    before = _before(now(), rules.customers)
    place = None if before is None else retention.FIRST
    while before is not None and place is not None:
        some, place = retention.silent_customers(now().db, before, rules.keep, place)
        yield some


def _old(now: Callable[[], Desk], done: Counts, *, drop: bool) -> Iterator[None]:
    """Count files, mails as received and lines of the log whose time is over, and `drop` them."""
    rules = now().config.retention
    before = _before(now(), rules.files)
    upto: int | None = 0
    gone = _("It was deleted when its time was over.")
    while before is not None and upto is not None:
        files = retention.old_files(now().db, before, rules.keep, upto, problem=gone, drop=drop)
        upto = files.upto
        done.files += files.files
        done.bytes += files.bytes
        yield
    before, upto = _before(now(), rules.raw), -1
    while before is not None and upto is not None:
        files = retention.old_raws(now().db, before, rules.keep, upto, drop=drop)
        upto = files.upto
        done.raw += files.files
        done.bytes += files.bytes
        yield
    before, upto = _before(now(), rules.events), 0
    while before is not None and upto is not None:
        number, upto = retention.old_events(now().db, before, rules.keep, upto, drop=drop)
        done.events += number
        yield


def _erase(desk: Desk, customer: CustomerId) -> bool:
    """Whether they were. They may have written, or gone, since they were found."""
    rules = desk.config.retention
    before = _before(desk, rules.customers)
    if before is None or not retention.is_silent(desk.db, customer, before, rules.keep):
        return False
    try:
        erasing.erase(desk, customer, why="retention")
    except erasing.ErasureRefused:
        return False
    return True


def _before(desk: Desk, seconds: int | None) -> Millis | None:
    return None if seconds is None else desk.now() - seconds * 1000
