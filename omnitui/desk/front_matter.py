"""Markdown files with facts on top, between two lines of `---`: templates and articles.

`refunds.md` is a text in the default language, `refunds.uk.md` the same in Ukrainian. A file that
cannot be read is a `Problem` with its line, never a crash.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.i18n import _

DEFAULT_LANGUAGE = "en"
"""Of files that name no language, in their name or their facts."""

_NAME = re.compile(r"(?P<name>[^.]+)(?:\.(?P<language>[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?))?\.md")

Stamp = tuple[str, int, int]
"""A file, its size and when it was changed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that is not used as it stands, and why."""

    path: Path
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}"


class Unreadable(Exception):
    """What is wrong with a file, and in which line."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True, slots=True)
class MarkdownFile:
    path: Path
    name: str
    language: str
    facts: Mapping[str, Any]
    head: str
    """The facts as they are written."""
    body: str
    body_line: int
    """The line of the file that the body begins with."""

    @property
    def title(self) -> str:
        spoken = self.name.replace("-", " ").replace("_", " ").rpartition("/")[2]
        return str(self.facts.get("title") or spoken.capitalize())

    def words(self, key: str) -> tuple[str, ...]:
        """A fact that is a list of words. Raises `Unreadable`."""
        value = self.facts.get(key)
        if value is None:
            return ()
        if isinstance(value, str):
            return tuple(word.strip() for word in value.split(",") if word.strip())
        if isinstance(value, list) and all(isinstance(item, (str, int)) for item in value):
            return tuple(str(item) for item in value)
        raise Unreadable(self.line_of(key), _("“{key}” is a list of words").format(key=key))

    def line_of(self, key: str) -> int:
        """The line of the file that a fact stands in."""
        return _line_of(self.head, key)


def best_language(known: Collection[str], *wanted: str) -> str:
    """The first language wanted that is known; else the default one, else any."""
    for language in (*wanted, DEFAULT_LANGUAGE):
        for code in (language, language.partition("-")[0]):
            if code and code in known:
                return code
    return next(iter(known), DEFAULT_LANGUAGE)


def stamps(sources: Iterable[Path]) -> list[Stamp]:
    """Every Markdown file under these directories, in order; hidden ones are left out."""
    return [stamp for source in sources for stamp in sorted(_under(str(source)))]


def _under(directory: str, deep: int = 0) -> Iterable[Stamp]:
    try:
        entries = list(os.scandir(directory))
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        try:
            if entry.name.endswith(".md"):
                state = entry.stat()
                yield entry.path, state.st_size, state.st_mtime_ns
            elif deep < _DEEPEST and entry.is_dir(follow_symlinks=False):
                yield from _under(entry.path, deep + 1)
        except OSError:
            continue


_DEEPEST = 8
"""Directories within directories that are looked into."""


def read(path: Path, known: Collection[str], most: int, kind: str) -> MarkdownFile:
    """Read one file of at most `most` bytes whose facts are called as in `known`.

    `kind`: what it is named when its name is wrong. Raises `Unreadable`.
    """
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise Unreadable(1, _("{kind} is named NAME.md or NAME.LANGUAGE.md").format(kind=kind))
    try:
        with path.open("rb") as file:
            raw = file.read(most + 1)
    except OSError as error:
        raise Unreadable(1, error.strerror or str(error)) from error
    if len(raw) > most:
        raise Unreadable(1, _("larger than {n} bytes").format(n=most))
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Unreadable(raw.count(b"\n", 0, error.start) + 1, _("not UTF-8")) from error
    head, body = _split(text)
    facts = _facts(head, known)
    language = str(facts.get("language") or match["language"] or DEFAULT_LANGUAGE)
    lines_before = text[: len(text) - len(body)].count("\n")
    blank = len(body) - len(body.lstrip("\n"))
    return MarkdownFile(
        path,
        match["name"],
        language.lower().replace("_", "-"),
        facts,
        head,
        body.strip("\n"),
        lines_before + blank + 1,
    )


def written(facts: Mapping[str, str | Sequence[str]], body: str) -> str:
    """A file's text: its facts on top, those without a value left out."""
    lines = ["---"]
    for key, value in facts.items():
        if isinstance(value, str):
            lines += [f"{key}: {_scalar(value)}"] if value else []
        elif value:
            lines.append(f"{key}: [{', '.join(map(_scalar, value))}]")
    return "\n".join([*lines, "---", body.strip("\n"), ""])


def _scalar(value: str) -> str:
    """A word or line as YAML reads it back."""
    import json

    value = " ".join(value.split())
    plain = re.fullmatch(r"[^\W\d_][\w ,.()’%/+-]*", value) and value.rstrip() == value
    wordy = value.casefold() not in ("true", "false", "yes", "no", "on", "off", "null", "y", "n")
    return value if plain and wordy and "," not in value else json.dumps(value, ensure_ascii=False)


def _split(text: str) -> tuple[str, str]:
    """Facts and body."""
    if not text.startswith("---\n"):
        return "", text
    end = text.find("\n---\n", 3)
    if end < 0 and text.endswith("\n---"):
        end = len(text) - 4
    if end < 0:
        raise Unreadable(1, _("the front matter has no closing ---"))
    return text[4 : end + 1], text[end + 5 :]


def _facts(head: str, known: Collection[str]) -> dict[str, Any]:
    if not head.strip():
        return {}
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        facts = yaml.load(head, Loader=loader)  # noqa: S506 (a safe loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise Unreadable((mark.line if mark else 0) + 2, error.problem or "YAML") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unreadable(2, " ".join(str(error).split())) from error
    if facts is None:
        return {}
    if not isinstance(facts, dict):
        raise Unreadable(2, _("the front matter is no list of `key: value`"))
    for key in facts:
        if key not in known:
            raise Unreadable(
                _line_of(head, str(key)),
                _("unknown key “{key}”; there is {known}").format(
                    key=key, known=", ".join(sorted(known))
                ),
            )
    return facts


def _line_of(head: str, key: str) -> int:
    for number, line in enumerate(head.splitlines(), 2):
        if line.startswith(key):
            return number
    return 2
