"""What is wrong in a configuration, said so that the reader can put it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in config.toml. Never holds a secret, nor a value that may be one."""

    sentence: str
    """What is wrong, one sentence."""
    hint: str = ""
    """What to do about it, one sentence; empty when `sentence` says it."""
    file: Path | None = None
    line: int | None = None
    """From 1; None when the problem has no place in the file."""
    column: int | None = None
    key: str = ""
    """Dotted, as in TOML: `accounts.support.imap`."""
    severity: Literal["error", "warning"] = "error"

    @property
    def place(self) -> str:
        """`/etc/omnitui/config.toml:12`, with `:5` for the column where it matters."""
        parts = [str(self.file)] if self.file else []
        parts += [str(n) for n in (self.line, self.column) if n is not None]
        return ":".join(parts)

    def __str__(self) -> str:
        before = ": ".join(part for part in (self.place, self.key) if part)
        text = f"{self.sentence} {self.hint}".strip()
        shown = f"{before}: {text}" if before else text
        # Keys may hold anything: a problem is one line and harmless to a terminal all the same.
        return "".join(c if c.isprintable() else "�" for c in shown)


class ConfigError(Exception):
    """The configuration cannot be used. `str()` has one line for each problem, file:line first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)

    @property
    def first(self) -> Problem:
        return self.problems[0]

    @property
    def file(self) -> Path | None:
        return self.first.file

    @property
    def line(self) -> int | None:
        return self.first.line

    @property
    def key(self) -> str:
        return self.first.key

    @property
    def sentence(self) -> str:
        return self.first.sentence

    @property
    def hint(self) -> str:
        return self.first.hint


class BadValue(Exception):
    """A value that a setting cannot take: what is wrong with it, and a hint."""

    def __init__(
        self, sentence: str, hint: str = "", *, each: Sequence[tuple[int, BadValue]] = ()
    ) -> None:
        """`each`: what is wrong with the items of a list, by their numbers from 0."""
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint
        self.each = tuple(each)


def nearest(word: str, known: Sequence[str]) -> str:
    """The known word most like `word`, or ""."""
    import difflib

    folded = {k.casefold().replace("-", "_"): k for k in known}
    found = difflib.get_close_matches(word.casefold().replace("-", "_"), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""
