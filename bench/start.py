"""Start: exec → first full screen, against a bare Textual program and against mail readers."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bench import desks, programs
from bench.pairs import Pair, interleave
from bench.programs import Program
from bench.report import Report, Sizes


def run(report: Report, sizes: Sizes) -> None:
    big, small = desks.desk(sizes.messages), desks.mail_desk(sizes.small)
    maildir = desks.maildir(sizes.small)
    with desks.scratch(big) as big_home, desks.scratch(small) as small_home:
        _measure(report, sizes, big_home, small_home, maildir)


def _measure(report: Report, sizes: Sizes, big: Path, small: Path, maildir: Path) -> None:
    report.title("start: exec → first full screen, 140×40")
    with desks.scratch() as place:
        readers: dict[str, Program] = {}
        for name, program in (
            ("aerc", programs.aerc(maildir, place)),
            ("neomutt", programs.neomutt(maildir, place)),
        ):
            if program is None:
                report.missing(name, programs.PACKAGES[name])
            else:
                readers[name] = program
        beside: list[float] = []
        ours, ours_small, bare, *others = interleave(
            sizes.rounds,
            lambda: _started(programs.omnitui(big), beside),
            lambda: _started(programs.omnitui(small)),
            lambda: _started(programs.bare()),
            *(partial(_started, program) for program in readers.values()),
        )
    many = f"{sizes.messages:,} messages"
    few = f"{sizes.small:,} mails"
    report.pair(Pair(f"omnitui, {many}", "ms", ours, "bare Textual", bare, "≤ 1.25"))
    report.pair(Pair(f"omnitui, {few}", "ms", ours_small, "bare Textual", bare, "≤ 1.25"))
    report.pair(
        Pair(f"  conversation beside it too, {many}", "ms", beside[1:], "bare Textual", bare)
    )
    for name, figures in zip(readers, others, strict=True):
        report.pair(Pair(f"omnitui, {few}", "ms", ours_small, f"{name}, {few}", figures, "< 1"))


def _started(program: Program, beside: list[float] | None = None) -> float:
    """Milliseconds to the first full screen; `beside` gets those to the conversation."""
    with program.terminal() as terminal:
        seconds = terminal.until(program.full)
        if beside is not None:
            beside.append(terminal.until(programs.conversation_shown) * 1000)
        # Ended in the middle of its start it would leave work to the next one's time.
        terminal.settle(0.3, 3)
        if program.leave:
            terminal.send(program.leave)
            terminal.ended(5)
        return seconds * 1000
