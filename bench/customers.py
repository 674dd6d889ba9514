"""Who writes, and all they ever said: card and timeline on a desk of 200,000 customers.

    python -m bench.customers STORE ID…      one of the programs that are measured

Each opening stands beside the full refresh of a bare widget on a terminal of the same size.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from bench import desks, life
from bench.pairs import Pair, quantile
from bench.report import Report, Sizes
from bench.terminal import Terminal
from bench.views import ENV, frame, spread
from omnitui.tui.link.data import DeskData
from store import customers
from store.database import Store, open_database
from store.driver import Connection
from store.model import CustomerId

WIDTH, HEIGHT = 160, 45
READS = 300
_WORDS = ("life", "lifelong cust", "colleague 77", "заказ", "c77@thou", "+380900000", "zzzzqq")


def run(report: Report, sizes: Sizes) -> None:
    with desks.scratch(life.desk(sizes.messages)) as home:
        store = home / "desk.sqlite"
        db = open_database(store, readonly=True)
        try:
            groups = _groups(db)
            have = db.execute("SELECT count(*) FROM customers").fetchone()[0]
            report.title(f"customers: {have:,}, {sizes.messages:,} messages and a lifelong one")
            asyncio.run(_reads(report, sizes, store, groups))
            _found(report, db)
        finally:
            db.close()
        _opened(report, sizes, store, groups)


def _groups(db: Connection) -> dict[str, list[CustomerId]]:
    dice = random.Random(5)  # noqa: S311
    wrote = [CustomerId(row[0]) for row in db.execute("SELECT DISTINCT customer_id FROM messages")]
    return {
        "anybody": dice.sample(wrote, min(READS, len(wrote))),
        "somebody in a company of thousands": [
            one.id for one in customers.find(db, life.COMPANY, 50) if one.name != life.LIFELONG
        ],
        "the lifelong one": [life.lifelong(db)],
    }


async def _reads(
    report: Report, sizes: Sizes, path: Path, groups: dict[str, list[CustomerId]]
) -> None:
    """What the panes ask of the store, with the hop to its thread. Beside it: such a hop alone."""
    store = await Store.open(path)
    data = DeskData(store, "bench")

    async def nothing(_id: CustomerId) -> None:
        await store.read(lambda db: None)

    asked: dict[str, Callable[[CustomerId], Awaitable[object]]] = {
        "card": data.card,
        "timeline": data.timeline_open,
    }
    try:
        for group, ids in groups.items():
            for name, ask in asked.items():
                spent: list[float] = []
                ours, floor = [], []
                for _round in range(sizes.rounds):
                    mine, beside = [], []
                    for number in range(max(20, min(READS, sizes.keys * 4))):
                        id_ = ids[(number + len(spent)) % len(ids)]
                        beside.append(await _milliseconds(nothing, id_))
                        mine.append(await _milliseconds(ask, id_))
                    spent += mine
                    ours.append(quantile(mine, 0.99))
                    floor.append(quantile(beside, 0.99))
                reach = "p99 ≤ 10 ms"
                report.pair(
                    Pair(f"{name} of {group} p99", "ms", ours, "an empty hop", floor, reach)
                )
                report.say(f"  all: {spread(spent)} ms")
    finally:
        await store.close()


async def _milliseconds(
    ask: Callable[[CustomerId], Awaitable[object]], customer: CustomerId
) -> float:
    started = time.perf_counter()
    await ask(customer)
    return (time.perf_counter() - started) * 1000


def _found(report: Report, db: Connection) -> None:
    for words in _WORDS:
        spent = []
        for _round in range(20):
            started = time.perf_counter()
            number = len(customers.find(db, words, 20))
            spent.append((time.perf_counter() - started) * 1000)
        report.say(f"find “{words}” ({number}): {spread(spent)} ms; to reach: p99 ≤ 10")


def _opened(report: Report, sizes: Sizes, store: Path, groups: dict[str, list[CustomerId]]) -> None:
    script = [sys.executable, "-m", "bench.customers", str(store)]
    with Terminal([*script, "bare"], WIDTH, HEIGHT, ENV) as bare:
        bare.until("ready")
        bare.settle(0.5)
        for group, ids in groups.items():
            if len(ids) == 1:
                ids = [*ids, *groups["anybody"][:1]]
            with Terminal([*script, *map(str, ids)], WIDTH, HEIGHT, ENV) as panes:
                panes.until("Addresses")  # on every card
                panes.settle(0.5)
                ours, beside, every = [], [], []
                for _round in range(sizes.rounds):
                    mine, theirs = [], []
                    for _key in range(max(8, sizes.keys // sizes.rounds * 2)):
                        mine.append(frame(panes, "o")[0] * 1000)
                        theirs.append(frame(bare, "x")[0] * 1000)
                    every += mine
                    ours.append(quantile(mine, 0.99))
                    beside.append(quantile(theirs, 0.99))
                pair = Pair(
                    f"open card and timeline of {group} p99", "ms", ours, "bare refresh", beside,
                    "p99 ≤ 50 ms",
                )  # fmt: skip
                report.pair(pair)
                report.say(f"  all: {spread(every)} ms, RSS {panes.resident() / 1e6:.0f} MB")


def program(store: str, arguments: Sequence[str]) -> None:
    """A bare widget, or timeline and card; `o` opens the next customer."""
    import gc

    from rich.segment import Segment
    from textual.app import App, ComposeResult
    from textual.events import Key
    from textual.strip import Strip
    from textual.widget import Widget

    from omnitui.tui.widgets.card import Card
    from omnitui.tui.widgets.timeline import Timeline

    class Bare(Widget):
        turn = 0

        def render_line(self, y: int) -> Strip:
            text = f"{self.turn} {y} ready " + "lorem ipsum dolor sit amet " * 5
            return Strip([Segment(text[:150], self.rich_style)])

    class Program(App[None]):
        ENABLE_COMMAND_PALETTE = False
        CSS = "Screen { layout: horizontal; } Card { width: 40; }"
        turn = 0

        def compose(self) -> ComposeResult:
            if arguments == ["bare"]:
                self.bare = Bare()
                yield self.bare
                return
            self.timeline, self.card = Timeline(), Card()
            yield self.timeline
            yield self.card

        async def on_mount(self) -> None:
            if arguments != ["bare"]:
                self.timeline.data = self.card.data = DeskData(
                    await Store.open(Path(store)), "bench"
                )
                self.timeline.focus()
                await self._next()
            self.call_after_refresh(self._started)

        def _started(self) -> None:
            gc.collect()
            gc.freeze()

        async def _next(self) -> None:
            customer = CustomerId(int(arguments[self.turn % len(arguments)]))
            self.turn += 1
            await self.timeline.show(customer)
            await self.card.show(customer)

        async def on_key(self, event: Key) -> None:
            if event.key == "o":
                await self._next()
            elif event.key == "x":
                self.bare.turn += 1
                self.bare.refresh()

    Program().run()


if __name__ == "__main__":
    program(sys.argv[1], sys.argv[2:])
