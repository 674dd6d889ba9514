"""Resident memory: the screen on a big desk, the engine at rest, beside a bare Textual program."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bench import desks, mailserver, programs
from bench.pairs import Pair, interleave
from bench.programs import Program
from bench.report import Report, Sizes
from bench.terminal import resident

REST = 2.0
"""Seconds that a program gets after its first full screen."""
MB = 1_000_000
_PAGE_UP, _PAGE_DOWN = "\x1b[5~", "\x1b[6~"
KEYS = [*"jjjjk", _PAGE_DOWN, _PAGE_DOWN, "g", "\r", *[_PAGE_UP] * 20, *"rhello"]
"""Through the inbox, into a conversation of thousands, up its pages, and typing."""


def run(report: Report, sizes: Sizes) -> None:
    report.title("memory, MB resident")
    big = desks.desk(sizes.messages)
    with (
        mailserver.dovecot(report) as server,
        desks.scratch(big) as home,
        desks.scratch() as engine_home,
    ):
        (home / "config.toml").write_text('[desk]\nname = "Bench"\nengine = "service"\n')

        sides = [
            lambda: _resting(programs.omnitui(home)),
            lambda: _resting(programs.omnitui(home), KEYS),
        ]
        if server is not None:
            mailbox = server.user()
            mailserver.configure(engine_home, mailbox)

            def engine() -> float:
                with mailserver.engine(engine_home) as process:
                    progress = mailserver.Progress(engine_home, process)
                    progress.received()
                    time.sleep(2 * REST)
                    progress.received()
                    progress.close()
                    return sum(map(resident, mailserver.processes(process.pid))) / MB

            sides.append(engine)
        theirs, *figures = interleave(
            sizes.rounds, lambda: _resting(programs.bare()), *sides, warm=0
        )
    names = [
        (f"screen, {sizes.messages:,} messages", "≤ 80 MB"),
        ("  after keys through inbox, timeline and box", "≤ 80 MB"),
        ("engine with one idle mailbox", ""),
    ]
    for (name, reach), ours in zip(names, figures, strict=False):
        report.pair(Pair(name, "MB", ours, "bare Textual", theirs, reach))


def _resting(program: Program, keys: Sequence[str] = ()) -> float:
    with program.terminal() as terminal:
        terminal.until(program.full)
        terminal.settle(REST, REST)
        for key in keys:
            terminal.send(key)
            terminal.settle(0.1, 1)
        terminal.settle(REST if keys else 0.1, REST)
        return terminal.resident() / MB
