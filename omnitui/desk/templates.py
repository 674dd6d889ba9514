"""Canned answers: Markdown files with front matter, one file a language.

`refund-approved.md` is the template, `refund-approved.uk.md` its Ukrainian variant. Shipped
ones are read first, the desk's own under its config directory override them by name. A file
that cannot be read is a problem with its line, never a crash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.i18n import _
from config.model import Config
from omnitui.desk.command import CommandError
from omnitui.desk.template_text import Rendered, TemplateBroken, render

__all__ = [
    "Match",
    "Problem",
    "Rendered",
    "Template",
    "TemplateBroken",
    "Templates",
    "directories",
    "load",
    "render",
]

DEFAULT_LANGUAGE = "en"
"""Of files that name no language, in their name or their front matter."""
LARGEST = 100_000
"""Bytes of one template file."""

_NAME = re.compile(r"(?P<name>[^.]+)(?:\.(?P<language>[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?))?\.md")
_KEYS = frozenset({"title", "tags", "channels", "language"})


@dataclass(frozen=True, slots=True)
class Problem:
    """A template file that is not used, and why."""

    path: Path
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Template:
    name: str
    title: str
    """In the default language; `title_in` has the others."""
    tags: tuple[str, ...]
    channels: tuple[str, ...]
    """The channels it is for; empty: all of them."""
    variants: Mapping[str, str]
    """Language → body."""
    titles: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, Path] = field(default_factory=dict)

    def language_for(self, *wanted: str) -> str:
        """The first language wanted that there is; else the default one, else any."""
        for language in (*wanted, DEFAULT_LANGUAGE):
            for code in (language, language.partition("-")[0]):
                if code and code in self.variants:
                    return code
        return next(iter(self.variants), DEFAULT_LANGUAGE)

    def body(self, *wanted: str) -> str:
        return self.variants.get(self.language_for(*wanted), "")

    def title_in(self, *wanted: str) -> str:
        return self.titles.get(self.language_for(*wanted)) or self.title

    def fits(self, channel: str) -> bool:
        return not self.channels or not channel or channel in self.channels


@dataclass(frozen=True, slots=True)
class Match:
    template: Template
    language: str
    """The variant that fits the customer."""
    score: float

    @property
    def title(self) -> str:
        return self.template.title_in(self.language)

    @property
    def body(self) -> str:
        return self.template.variants[self.language]


class Templates:
    """All templates of a desk, and what is wrong with files that are none."""

    def __init__(
        self,
        found: Mapping[str, Template],
        problems: Sequence[Problem] = (),
        sources: Sequence[Path] = (),
        stamp: object = None,
    ) -> None:
        self._found = dict(found)
        self._sources = tuple(sources)
        self._stamp = stamp
        self.problems = tuple(problems)

    @property
    def all(self) -> list[Template]:
        """By name."""
        return [self._found[name] for name in sorted(self._found)]

    def get(self, name: str) -> Template:
        """Raises `CommandError` with the nearest name when there is no such template."""
        if name in self._found:
            return self._found[name]
        from rapidfuzz import process

        near = process.extractOne(name, list(self._found), score_cutoff=60)
        hint = " " + _("Did you mean “{name}”?").format(name=near[0]) if near else ""
        raise CommandError(_("There is no template “{name}”.").format(name=name) + hint)

    def search(
        self,
        query: str = "",
        language: str = "",
        channel: str = "",
        ranks: Mapping[str, int] | None = None,
    ) -> list[Match]:
        """Templates for a channel, the best first: by the words, then by how often they were
        used (`ranks`: uses by name). Without words: the most used first."""
        uses = ranks or {}
        fitting = [t for t in self._found.values() if t.fits(channel)]
        words = query.strip().lower()
        matches = [
            Match(template, template.language_for(language), score)
            for template in fitting
            if (score := _score(template, words)) > 0
        ]
        return sorted(
            matches,
            key=lambda m: (-m.score - min(uses.get(m.template.name, 0), 20) / 4, m.title.lower()),
        )

    def changed(self) -> bool:
        """Whether files were added, changed or removed since they were read."""
        return self._stamp != _stamp(self._sources)

    def fresh(self) -> Templates:
        """These, or when files have changed, what they are now."""
        return load(self._sources) if self.changed() else self


def directories(config: Config) -> list[Path]:
    """Where a desk's templates are: the shipped ones, then its own, which win."""
    import config as settings

    shipped = Path(settings.__file__).parent / "templates"
    return [shipped, config.home.templates]


def load(sources: Iterable[Path]) -> Templates:
    """Read every template under these directories; later directories win by name.

    A desk's own file replaces that language only: the shipped variants stay.
    """
    paths = tuple(sources)
    stamp = _stamp(paths)
    parts: dict[str, dict[str, _File]] = {}
    problems: list[Problem] = []
    for path, _size, _changed in stamp:
        try:
            file = _read(path)
        except _Unreadable as error:
            problems.append(Problem(path, error.line, str(error)))
            continue
        parts.setdefault(file.name, {})[file.language] = file
    found = {name: _template(name, files) for name, files in parts.items()}
    return Templates(found, problems, paths, stamp)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    name: str
    language: str
    title: str
    tags: tuple[str, ...]
    channels: tuple[str, ...]
    body: str


class _Unreadable(Exception):
    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def _template(name: str, files: Mapping[str, _File]) -> Template:
    main = files.get(DEFAULT_LANGUAGE) or next(iter(files.values()))
    tags = dict.fromkeys(tag for file in (main, *files.values()) for tag in file.tags)
    return Template(
        name,
        main.title,
        tuple(tags),
        main.channels,
        {language: file.body for language, file in files.items()},
        {language: file.title for language, file in files.items()},
        {language: file.path for language, file in files.items()},
    )


def _stamp(sources: Sequence[Path]) -> list[tuple[Path, int, int]]:
    """Every template file with its size and time, in order."""
    found: list[tuple[Path, int, int]] = []
    for source in sources:
        try:
            paths = sorted(p for p in source.rglob("*.md") if not p.name.startswith("."))
        except OSError:
            continue
        for path in paths:
            try:
                state = path.stat()
            except OSError:
                continue
            found.append((path, state.st_size, state.st_mtime_ns))
    return found


def _read(path: Path) -> _File:
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise _Unreadable(1, _("a template is named NAME.md or NAME.LANGUAGE.md"))
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise _Unreadable(1, error.strerror or str(error)) from error
    if len(raw) > LARGEST:
        raise _Unreadable(1, _("larger than {n} bytes").format(n=LARGEST))
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _Unreadable(line, _("not UTF-8")) from error
    head, body = _split(text)
    facts = _facts(head)
    name = match["name"]
    language = facts.get("language") or match["language"] or DEFAULT_LANGUAGE
    return _File(
        path,
        name,
        str(language).lower().replace("_", "-"),
        str(facts.get("title") or name.replace("-", " ").replace("_", " ").capitalize()),
        _words(facts, "tags", head),
        _words(facts, "channels", head),
        body.strip("\n"),
    )


def _split(text: str) -> tuple[str, str]:
    """Front matter and body."""
    if not text.startswith("---\n"):
        return "", text
    end = text.find("\n---\n", 3)
    if end < 0 and text.endswith("\n---"):
        end = len(text) - 4
    if end < 0:
        raise _Unreadable(1, _("the front matter has no closing ---"))
    return text[4 : end + 1], text[end + 5 :]


def _facts(head: str) -> dict[str, Any]:
    if not head.strip():
        return {}
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        facts = yaml.load(head, Loader=loader)  # noqa: S506 (a safe loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise _Unreadable((mark.line if mark else 0) + 2, error.problem or "YAML") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _Unreadable(2, " ".join(str(error).split())) from error
    if facts is None:
        return {}
    if not isinstance(facts, dict):
        raise _Unreadable(2, _("the front matter is no list of `key: value`"))
    for key in facts:
        if key not in _KEYS:
            raise _Unreadable(
                _line_of(head, str(key)),
                _("unknown key “{key}”; there is {known}").format(
                    key=key, known=", ".join(sorted(_KEYS))
                ),
            )
    return facts


def _words(facts: Mapping[str, Any], key: str, head: str) -> tuple[str, ...]:
    value = facts.get(key)
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    if isinstance(value, list) and all(isinstance(item, (str, int)) for item in value):
        return tuple(str(item) for item in value)
    raise _Unreadable(_line_of(head, key), _("“{key}” is a list of words").format(key=key))


def _line_of(head: str, key: str) -> int:
    for number, line in enumerate(head.splitlines(), 2):
        if line.startswith(key):
            return number
    return 2


def _score(template: Template, words: str) -> float:
    """0 for no match; the name and title count most, the text least."""
    if not words:
        return 1
    from rapidfuzz import fuzz

    titles = " ".join(template.titles.values()).lower()
    heading = f"{template.name.replace('-', ' ')} {titles} {' '.join(template.tags)}".lower()
    if template.name == words:
        return 200
    parts = words.split()
    if all(part in heading for part in parts):
        starts = sum(any(word.startswith(part) for word in heading.split()) for part in parts)
        return 120 + 10 * starts / len(parts)
    near = min(fuzz.partial_ratio(part, heading, score_cutoff=70) for part in parts)
    if near >= 75:
        return near
    bodies = " ".join(template.variants.values()).lower()
    return 40 if all(part in bodies for part in parts) else 0
