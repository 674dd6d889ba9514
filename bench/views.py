"""The panes on a real pty: key → end of frame, bytes a key, opening, memory.

    python -m bench.views STORE CUSTOMER_ID

Each figure stands beside the full refresh of a bare widget of the same size, measured in
turn with it. STORE is a desk's `desk.sqlite`, CUSTOMER_ID one with a long history.
"""

from __future__ import annotations

import os
import select
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.pairs import Pair
from bench.terminal import Terminal

WIDTH, HEIGHT = 120, 40
QUIET = 0.05
ENV = {"TEXTUAL_ANIMATIONS": "none", "COLORTERM": "truecolor"}


def main(store: str, customer: str, rounds: int = 7, keys: int = 120) -> int:
    script = [sys.executable, "-m", "bench.views"]
    with (
        Terminal([*script, "bare"], WIDTH, HEIGHT, ENV) as bare,
        Terminal([*script, "timeline", store, customer], WIDTH, HEIGHT, ENV) as timeline,
        Terminal([*script, "inbox", store], WIDTH, HEIGHT, ENV) as inbox,
    ):
        for terminal in (bare, timeline, inbox):
            terminal.until("ready")
            terminal.settle(0.5)
        for name, terminal, movements, reach in (
            ("timeline line", timeline, "KJ", "p99 ≤ 1.2"),
            ("timeline select", timeline, "kj", "p99 ≤ 1.2"),
            ("timeline page", timeline, "ud", "p99 ≤ 1.6"),
            ("inbox select", inbox, "jk", "p99 ≤ 1.2"),
            ("inbox page", inbox, "du", "p99 ≤ 1.6"),
        ):
            _pane(name, terminal, bare, movements, reach, rounds, keys)
        opened = [frame(inbox, "o")[0] * 1000 for _ in range(keys)]
        print(f"open a conversation: {spread(opened)} ms; to reach: p99 ≤ 50")
        before = timeline.bytes
        timeline.settle(2.0, 2.0)
        print(f"idle: {timeline.bytes - before} bytes in 2 s; to reach: 0")
        print(
            f"RSS MB: {timeline.resident() / 1e6:.0f}, {inbox.resident() / 1e6:.0f}; to reach: ≤ 80"
        )
    return 0


def _pane(
    name: str,
    pane: Terminal,
    bare: Terminal,
    movements: Sequence[str],
    reach: str,
    rounds: int,
    keys: int,
) -> None:
    ours: list[list[float]] = [[], []]
    peers: list[list[float]] = [[], []]
    everything: list[float] = []
    sizes: list[int] = []
    for _round in range(rounds):
        mine, theirs = [], []
        for number in range(max(4, keys // rounds)):
            # More one way than back, so that pages not yet seen come up too.
            key = movements[0] if number % 6 < 4 else movements[1]
            seconds, size = frame(pane, key)
            mine.append(seconds * 1000)
            sizes.append(size)
            theirs.append(frame(bare, "x")[0] * 1000)
        everything += mine
        for kept, values in ((ours, mine), (peers, theirs)):
            kept[0].append(statistics.median(values))
            kept[1].append(_p99(values))
    print(Pair(f"{name} p50", "ms", ours[0], "bare refresh", peers[0]))
    print(Pair(f"{name} p99", "ms", ours[1], "bare refresh", peers[1], reach))
    print(f"  all keys {spread(everything)} ms, bytes a key {spread(sizes, 0)}")


def frame(terminal: Terminal, key: str) -> tuple[float, int]:
    """Like `Terminal.frame`, without an emulator's own time in the figure."""
    fd = terminal._fd
    started, last, size = time.perf_counter(), 0.0, 0
    os.write(fd, key.encode())
    while True:
        if select.select([fd], [], [], QUIET if last else 1.0)[0]:
            size += len(os.read(fd, 65536))
            last = time.perf_counter()
        else:
            terminal.bytes += size
            return (last or started) - started, size


def _p99(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(len(ordered) * 0.99))]


def spread(values: Sequence[float], digits: int = 1) -> str:
    return (
        f"p50 {statistics.median(values):.{digits}f} p99 {_p99(values):.{digits}f}"
        f" mean {statistics.fmean(values):.{digits}f}"
    )


def run(kind: str, arguments: Sequence[str]) -> None:
    """One of the programs that are measured."""
    import gc

    from rich.segment import Segment
    from textual.app import App, ComposeResult
    from textual.events import Key
    from textual.strip import Strip
    from textual.widget import Widget

    from omnitui.tui.link.data import DeskData
    from omnitui.tui.panes.lines import LinePane
    from omnitui.tui.widgets.inbox import Inbox
    from omnitui.tui.widgets.timeline import Timeline
    from store.database import Store
    from store.model import CustomerId

    class Bare(Widget):
        turn = 0

        def render_line(self, y: int) -> Strip:
            text = f"{self.turn} {y} ready " + "lorem ipsum dolor sit amet " * 3
            return Strip([Segment(text[:100], self.rich_style)])

    class Program(App[None]):
        ENABLE_COMMAND_PALETTE = False
        CSS = "Timeline { width: 80; } Inbox { width: 40; }"

        def compose(self) -> ComposeResult:
            self.pane: LinePane | Bare = (
                Bare() if kind == "bare" else Inbox() if kind == "inbox" else Timeline()
            )
            yield self.pane
            if kind == "inbox":
                self.timeline = Timeline()
                self.timeline.styles.dock = "right"
                yield self.timeline

        async def on_mount(self) -> None:
            pane = self.pane
            if not isinstance(pane, LinePane):
                return
            data = DeskData(await Store.open(Path(arguments[0])), "bench")
            pane.focus()
            if isinstance(pane, Inbox):
                pane.data = self.timeline.data = data
                await pane.load("all")
            elif isinstance(pane, Timeline):
                pane.data = data
                await pane.show(CustomerId(int(arguments[1])))
            self.call_after_refresh(self.started)

        def started(self) -> None:
            gc.collect()
            gc.freeze()
            sys.__stdout__.write("\x1b[1;1Hready")  # type: ignore[union-attr]
            sys.__stdout__.flush()  # type: ignore[union-attr]

        async def on_key(self, event: Key) -> None:
            pane = self.pane
            if isinstance(pane, Bare):
                pane.turn += 1
                pane.refresh()
            elif event.key in "jk":
                pane.move(1 if event.key == "j" else -1)
            elif event.key in "ud":
                pane.page(1 if event.key == "d" else -1)
            elif event.key.upper() in "JK":
                pane.scroll_lines(1 if event.key == "J" else -1)
            elif event.key == "o" and isinstance(pane, Inbox):
                pane.move(1)
                chosen = pane.selected_conversation
                if chosen is not None:
                    await self.timeline.show(chosen.customer_id, chosen.id)

    Program().run()


if __name__ == "__main__":
    if sys.argv[1] in ("bare", "timeline", "inbox"):
        run(sys.argv[1], sys.argv[2:])
    else:
        sys.exit(main(sys.argv[1], sys.argv[2]))
