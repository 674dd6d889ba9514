"""The store in one process and from several: search, pages, commits, the change feed.

Commits are made by processes of their own, each paced like an agent; a bare write and
fdatasync of 4 KB on the same disk stands beside every commit.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bench import desks, programs
from bench.pairs import Pair, quantile
from bench.report import Report, Sizes
from store import inbox, messages, search
from store.database import open_database
from store.driver import Connection
from store.inbox import InboxKey
from store.model import CustomerId

AGENTS = 8
QUERIES = (
    ("common word", "the"),
    ("two common words", "order delivery"),
    ("rare word", "zx19999"),
    ("no such word", "nonexistingword"),
    ("prefix", "deliv*"),
    ("short prefix", "zx*"),
    ("phrase", '"of the"'),
    ("Cyrillic", "замовлення"),
    ("Cyrillic prefix", "замов*"),
    ("Chinese", "退款"),
    ("with channel", "refund channel:telegram"),
    ("with status", "the status:open"),
    ("with rare tag", "the tag:rare"),
    ("with a date", "order before:2021-06-01"),
    ("without a word", "order -delivery"),
    ("from", "the from:customer77"),
)
NOTMUCH = (
    "order", "order refund", "zx19999", "refu*", '"please thanks"', "замовлення", "замов*",
    "order and not refund", "order from:customer77",
)  # fmt: skip


def run(report: Report, sizes: Sizes) -> None:
    home = desks.desk(sizes.messages)
    with desks.scratch(home) as place:
        db = open_database(place / "desk.sqlite", readonly=True)
        try:
            report.title(f"search on {sizes.messages:,} messages: the newest 50")
            _search(report, sizes, db)
            report.title(f"pages on {sizes.messages:,} messages")
            _pages(report, sizes, db, desks.regular(place))
        finally:
            db.close()
        report.title(f"{AGENTS} paced agents commit, synchronous = FULL")
        _commits(report, sizes, place)


def _search(report: Report, sizes: Sizes, db: Connection) -> None:
    config = desks.notmuch(sizes.small)
    if config is None:
        report.missing("notmuch", programs.PACKAGES["notmuch"])
    ours: dict[str, list[float]] = {name: [] for name, _query in QUERIES}
    own: list[float] = []
    p50: list[float] = []
    p99: list[float] = []
    beside: tuple[list[float], list[float]] = [], []
    for turn in range(sizes.rounds + 1):
        mine: list[float] = []
        theirs: list[float] = []
        for _repeat in range(5):
            for name, query in QUERIES:
                before = time.process_time()
                spent = _milliseconds(partial(search.search, db, query, limit=50))
                own.append((time.process_time() - before) * 1000)
                mine.append(spent)
                if turn:
                    ours[name].append(spent)
        for query in NOTMUCH if config else ():
            command = ["notmuch", f"--config={config}", "search", "--limit=50", query]
            theirs.append(_milliseconds(partial(_quiet, command)))
        if turn:
            p50.append(quantile(mine, 0.5))
            p99.append(quantile(mine, 0.99))
            if theirs:
                beside[0].append(quantile(theirs, 0.5))
                beside[1].append(quantile(theirs, 0.99))
    every = [spent for spents in ours.values() for spent in spents]
    report.say(
        f"all queries: p50 {quantile(every, 0.5):.2f} p99 {quantile(every, 0.99):.2f} ms;"
        f" of processor time {quantile(own, 0.5):.2f} and {quantile(own, 0.99):.2f};"
        " to reach: p99 ≤ 10"
    )
    worst = sorted(ours.items(), key=lambda item: -quantile(item[1], 0.99))
    for name, spents in worst:
        report.say(f"  {name}: p50 {quantile(spents, 0.5):.2f} p99 {quantile(spents, 0.99):.2f} ms")
    if config is not None:
        peer = f"notmuch on {sizes.small:,} mails"
        report.pair(Pair("search p50", "ms", p50, peer, beside[0], "≤ 0.1"))
        report.pair(Pair("search p99", "ms", p99, peer, beside[1], "≤ 0.1"))


def _pages(report: Report, sizes: Sizes, db: Connection, customer: CustomerId) -> None:
    """Beside each: the same number of messages by row id, which is what a page costs at least."""
    newest = [row[0] for row in db.execute("SELECT id FROM messages ORDER BY id DESC LIMIT 50")]
    marks = ",".join("?" * len(newest))
    first = inbox.inbox(db, "all", "agent1", limit=50)
    later = InboxKey.of(first[-1])
    edge = messages.timeline(db, customer, limit=50)[0].position
    floor: list[float] = []

    def rows() -> None:
        db.execute(f"SELECT * FROM messages WHERE id IN ({marks})", newest).fetchall()  # noqa: S608

    pages: dict[str, Callable[[], object]] = {
        "inbox, first page": lambda: inbox.inbox(db, "all", "agent1", limit=50),
        "inbox, my own": lambda: inbox.inbox(db, "mine", "agent1", limit=50),
        "inbox, next page": lambda: inbox.inbox(db, "all", "a", after=later, limit=50),
        "timeline, last page": lambda: messages.timeline(db, customer, limit=50),
        "timeline, page before": lambda: messages.timeline(db, customer, before=edge, limit=50),
    }
    kept: dict[str, list[float]] = {name: [] for name in pages}
    every: dict[str, list[float]] = {name: [] for name in pages}
    for _turn in range(sizes.rounds):
        spent: dict[str, list[float]] = {name: [] for name in pages}
        beside: list[float] = []
        for _repeat in range(100):
            beside.append(_milliseconds(rows))
            for name, page in pages.items():
                spent[name].append(_milliseconds(page))
        floor.append(quantile(beside, 0.99))
        for name, values in spent.items():
            kept[name].append(quantile(values, 0.99))
            every[name] += values
    for name, p99 in kept.items():
        report.pair(Pair(f"{name} p99", "ms", p99, "50 rows by id", floor, "p99 ≤ 2 ms"))
        report.say(
            f"  all: p50 {quantile(every[name], 0.5):.2f} p99 {quantile(every[name], 0.99):.2f} ms"
        )


def _commits(report: Report, sizes: Sizes, home: Path) -> None:
    seconds = sizes.rounds * 3
    listener = _child("listen", home, seconds)
    assert listener.stdout is not None
    listener.stdout.readline()  # it listens
    agents = [_child("agent", home, seconds, number) for number in range(AGENTS)]
    results = [json.loads(agent.communicate()[0]) for agent in agents]
    heard = dict(json.loads(listener.communicate()[0]))
    commits: list[tuple[float, float, int]] = []
    syncs: list[tuple[float, float]] = []
    for result in results:
        commits += [tuple(commit) for commit in result["commits"]]
        syncs += [tuple(sync) for sync in result["syncs"]]
    busy = sum(result["busy"] for result in results)
    late = [
        (ended, (heard[str(event)] - ended) * 1000)
        for ended, _spent, event in commits
        if str(event) in heard
    ]
    spent = [(ended, value) for ended, value, _event in commits]
    for share, label in ((0.5, "p50"), (0.99, "p99")):
        floor = _by_time(syncs, share)
        for name, values, reach in (
            ("commit", spent, "p99 ≤ 15 ms"),
            ("commit → another process has the event", late, "p99 ≤ 5 ms"),
        ):
            report.pair(
                Pair(
                    f"{name} {label}", "ms", _by_time(values, share), "fdatasync of 4 KB", floor,
                    reach if share > 0.9 else "",
                )
            )  # fmt: skip
    figures = [value for _at, value in spent]
    report.say(
        f"{len(commits)} commits in {seconds} s: p50 {statistics.median(figures):.2f}"
        f" p99 {quantile(figures, 0.99):.2f} ms; BUSY: {busy} (to reach: 0);"
        f" events not heard: {len(commits) - len(late)} (to reach: 0)"
    )


GROUPS = 7


def _by_time(values: Sequence[tuple[float, float]], share: float) -> list[float]:
    """A quantile for each seventh of the time, so that the sides are compared moment by moment."""
    first, last = min(at for at, _ in values), max(at for at, _ in values)
    groups: list[list[float]] = [[] for _ in range(GROUPS)]
    for at, value in values:
        groups[min(GROUPS - 1, int((at - first) / (last - first) * GROUPS))].append(value)
    return [quantile(group, share) for group in groups if group]


def _child(role: str, home: Path, *numbers: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench.agents", role, str(home), *map(str, numbers)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=desks.ROOT,
    )


def _milliseconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _quiet(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
