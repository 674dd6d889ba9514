"""One customer's 100,000 messages of a million: pages, parts, days, hits, folds; key → frame.

    python -m bench.history STORE ID      measures that customer of that store

Each figure stands beside the full refresh of a bare widget on a terminal of the same size.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import desks, life
from bench.pairs import Pair, quantile
from bench.report import Report, Sizes
from bench.terminal import Terminal
from bench.views import ENV, HEIGHT, WIDTH, frame, spread
from store.database import open_database

WHAT = (
    ("open", "o", "p99 ≤ 50 ms"),
    ("page through everything", "uuud", "p99 ≤ 1.6 ×"),
    ("to a day anywhere", "@", "p99 ≤ 50 ms"),
    ("only attachments, everything", "fa", "p99 ≤ 50 ms"),
    ("only notes, everything", "na", "p99 ≤ 50 ms"),
    ("only a channel, everything", "ca", "p99 ≤ 50 ms"),
    ("find a rare word", "r", "p99 ≤ 50 ms"),
    ("find a common word", "w", "p99 ≤ 50 ms"),
    ("fold all but one, unfold", "m", "p99 ≤ 50 ms"),
)
"""What is measured, the keys that do it in turn, and what to reach."""


def run(report: Report, sizes: Sizes) -> None:
    with desks.scratch(life.desk(sizes.messages)) as home:
        db = open_database(home / "desk.sqlite", readonly=True)
        try:
            customer = life.lifelong(db)
        finally:
            db.close()
        report.title(f"one customer's {sizes.messages // 10:,} messages of {sizes.messages:,}")
        measure(report, sizes, str(home / "desk.sqlite"), str(customer))


def measure(report: Report, sizes: Sizes, store: str, customer: str) -> None:
    script = [sys.executable, "-m", "bench.history", "show"]
    with (
        Terminal([sys.executable, "-m", "bench.views", "bare"], WIDTH, HEIGHT, ENV) as bare,
        Terminal([*script, store, customer], WIDTH, HEIGHT, ENV) as pane,
    ):
        for terminal in (bare, pane):
            terminal.until("ready")
            terminal.settle(0.5)
        for name, keys, reach in WHAT:
            ours, beside, every, bytes_ = [], [], [], []
            for _round in range(sizes.rounds):
                mine, theirs = [], []
                for number in range(max(len(keys), sizes.keys // sizes.rounds)):
                    seconds, size = frame(pane, keys[number % len(keys)])
                    mine.append(seconds * 1000)
                    bytes_.append(size)
                    theirs.append(frame(bare, "x")[0] * 1000)
                every += mine
                ours.append(quantile(mine, 0.99))
                beside.append(quantile(theirs, 0.99))
            report.pair(Pair(f"{name} p99", "ms", ours, "bare refresh", beside, reach))
            report.say(f"  all {len(every)}: {spread(every)} ms; bytes {max(bytes_):,} at most")
        report.say(f"RSS {pane.resident() / 1e6:.0f} MB; to reach: ≤ 80")


def show(arguments: Sequence[str]) -> None:
    """The timeline alone, with the keys of `WHAT`."""
    import gc

    from textual.app import App, ComposeResult
    from textual.events import Key

    from omnitui.tui.link.data import DeskData
    from omnitui.tui.widgets.timeline import Timeline
    from store.database import Store
    from store.model import CustomerId
    from store.timeline import EVERYTHING, Only

    dice = random.Random(3)  # noqa: S311
    customer = CustomerId(int(arguments[1]))
    parts = {"f": Only(files=True), "n": Only(notes=True), "c": Only(channel="telegram"),
             "a": EVERYTHING}  # fmt: skip

    class Program(App[None]):
        ENABLE_COMMAND_PALETTE = False
        CSS = "Timeline { width: 80; }"

        def compose(self) -> ComposeResult:
            self.pane = Timeline()
            yield self.pane

        async def on_mount(self) -> None:
            store = await Store.open(Path(arguments[0]))
            self.pane.data = DeskData(store, "bench")
            self.pane.focus()
            await self.pane.show(customer)
            self.span = await store.read(
                lambda db: db.execute(
                    "SELECT min(position) >> 12, max(position) >> 12 FROM messages"
                    " WHERE customer_id = ?",
                    (customer,),
                ).fetchone()
            )
            self.oldest = await self.pane.data.timeline_at(customer, 0)
            self.turn = False
            self.call_after_refresh(self._started)

        def _started(self) -> None:
            gc.collect()
            gc.freeze()
            sys.__stdout__.write("\x1b[1;1Hready")  # type: ignore[union-attr]
            sys.__stdout__.flush()  # type: ignore[union-attr]

        async def on_key(self, event: Key) -> None:
            pane = self.pane
            match event.character:
                case "o":
                    # The newest, and the beginning: the same again would change no cell.
                    self.turn = not self.turn
                    await pane.show(customer, at_message=self.oldest if self.turn else None)
                case "u" | "d":
                    pane.page(1 if event.character == "d" else -1)
                case "@":
                    await pane.go_to(dice.randrange(*self.span))
                case "f" | "n" | "c" | "a" as part:
                    await pane.narrow(parts[part])
                case "r":
                    if await pane.find("needlework") is None:
                        pane.end()
                case "w":
                    if await pane.find("order") is None:
                        pane.end()
                case "m":
                    await pane.fold_others()

    Program().run()


if __name__ == "__main__":
    if sys.argv[1] == "show":
        show(sys.argv[2:])
    else:
        measure(Report(), Sizes(), sys.argv[1], sys.argv[2])
