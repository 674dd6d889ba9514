"""Canned answers: Markdown files with front matter, one file a language.

`refund-approved.md` is the template, `refund-approved.uk.md` its Ukrainian variant. Shipped
ones are read first, the desk's own under its config directory override them by name. A file
that cannot be read is a problem with its line, never a crash.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.i18n import _
from config.model import Config
from omnitui.desk.command import CommandError
from omnitui.desk.front_matter import (
    DEFAULT_LANGUAGE,
    MarkdownFile,
    Problem,
    Unreadable,
    best_language,
    read,
    stamps,
)
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

LARGEST = 100_000
"""Bytes of one template file."""

KEYS = frozenset({"title", "tags", "channels", "language"})


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
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line of its file that each body begins with."""

    def language_for(self, *wanted: str) -> str:
        """The first language wanted that there is; else the default one, else any."""
        return best_language(self.variants, *wanted)

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
    uses: int = 0
    """How often this agent has used it."""
    desk_uses: int = 0
    """How often everybody has."""

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
        desk_ranks: Mapping[str, int] | None = None,
        *,
        fallback: str = "",
    ) -> list[Match]:
        """Templates for a channel, the best first: by the words, then by how often they were used.

        `#money` among the words asks for a tag. Without words the most used come first: this
        agent's (`ranks`: uses by name), then everybody's (`desk_ranks`). Of each the variant in
        `language`, else in `fallback`.
        """
        mine, everybody = ranks or {}, desk_ranks or {}
        tags = [word[1:].casefold() for word in query.split() if len(word) > 1 and word[0] == "#"]
        words = " ".join(word for word in query.casefold().split() if word[0] != "#")
        matches = [
            Match(
                template,
                template.language_for(language, fallback),
                score,
                mine.get(template.name, 0),
                everybody.get(template.name, 0),
            )
            for template in self._found.values()
            if template.fits(channel)
            and _tagged(template, tags)
            and (score := _score(template, words)) > 0
        ]
        if not words:
            return sorted(matches, key=lambda m: (-m.uses, -m.desk_uses, m.title.casefold()))
        return sorted(matches, key=lambda m: (-m.score - _favour(m), m.title.casefold()))

    def changed(self) -> bool:
        """Whether files were added, changed or removed since they were read."""
        return self._stamp != stamps(self._sources)

    def fresh(self) -> Templates:
        """These, or when files have changed, what they are now."""
        return load(self._sources) if self.changed() else self


def directories(config: Config) -> list[Path]:
    """Where templates are: the shipped ones, the desk's, the agent's own, which win."""
    import config as settings

    shipped = Path(settings.__file__).parent / "templates"
    return list(dict.fromkeys([shipped, config.home.templates, config.home.own_templates]))


def load(sources: Iterable[Path]) -> Templates:
    """Read every template under these directories; later directories win by name.

    A desk's own file replaces that language only: the shipped variants stay.
    """
    paths = tuple(sources)
    stamp = stamps(paths)
    parts: dict[str, dict[str, _Read]] = {}
    problems: list[Problem] = []
    for name, _size, _changed in stamp:
        path = Path(name)
        try:
            file = read(path, KEYS, LARGEST, _("a template"))
            found = _Read(file, file.words("tags"), file.words("channels"))
        except Unreadable as error:
            problems.append(Problem(path, error.line, str(error)))
            continue
        parts.setdefault(file.name, {})[file.language] = found
    templates = {name: _template(name, files) for name, files in parts.items()}
    return Templates(templates, problems, paths, stamp)


@dataclass(frozen=True, slots=True)
class _Read:
    file: MarkdownFile
    tags: tuple[str, ...]
    channels: tuple[str, ...]


def _template(name: str, files: Mapping[str, _Read]) -> Template:
    main = files.get(DEFAULT_LANGUAGE) or next(iter(files.values()))
    tags = dict.fromkeys(tag for one in (main, *files.values()) for tag in one.tags)
    return Template(
        name,
        main.file.title,
        tuple(tags),
        main.channels,
        {language: one.file.body for language, one in files.items()},
        {language: one.file.title for language, one in files.items()},
        {language: one.file.path for language, one in files.items()},
        {language: one.file.body_line for language, one in files.items()},
    )


def _tagged(template: Template, tags: Sequence[str]) -> bool:
    """Whether it has tags that begin as all of these."""
    own = [tag.casefold() for tag in template.tags]
    return all(any(tag.startswith(wanted) for tag in own) for wanted in tags)


def _favour(match: Match) -> float:
    """What use adds to how well words fit: enough to decide between equals."""
    return 2 * math.log2(1 + match.uses) + math.log2(1 + match.desk_uses) / 2


def _score(template: Template, words: str) -> float:
    """0 for no match; the name and title count most, the text least."""
    if not words:
        return 1
    from rapidfuzz import fuzz

    titles = " ".join(template.titles.values())
    heading = f"{template.name.replace('-', ' ')} {titles} {' '.join(template.tags)}".casefold()
    if template.name == words:
        return 200
    parts = words.split()
    if all(part in heading for part in parts):
        starts = sum(any(word.startswith(part) for word in heading.split()) for part in parts)
        return 120 + 10 * starts / len(parts)
    near = min(fuzz.partial_ratio(part, heading, score_cutoff=70) for part in parts)
    if near >= 75:
        return near
    bodies = " ".join(template.variants.values()).casefold()
    return 40 if all(part in bodies for part in parts) else 0
