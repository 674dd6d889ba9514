"""Articles as they are read from their files: one a name, with a variant a language.

`articles/billing/refunds.md` is the article `billing/refunds`, `refunds.pl.md` beside it its
Polish variant. Facts on top: title, tags, channels, language and the `url` where customers read it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.i18n import _
from config.model import Config
from omnitui.desk.front_matter import (
    DEFAULT_LANGUAGE,
    Problem,
    Unreadable,
    best_language,
    read,
)
from omnitui.desk.knowledge.light_markdown import headings, light

LARGEST = 1_000_000
"""Bytes of one article."""
KEYS = frozenset({"title", "tags", "channels", "language", "url"})


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it, its own subheadings included."""

    title: str
    level: int
    start: int
    """Its first line in the body, from 0, which is the heading's."""
    text_start: int
    end: int


@dataclass(frozen=True, slots=True)
class Variant:
    """An article in one language."""

    language: str
    title: str
    url: str
    """Where customers can read it; "" when nowhere."""
    body: str
    """Markdown."""
    path: Path
    tags: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def sections(self) -> list[Section]:
        """Those there are, in order."""
        found = headings(self.body)
        count = self.body.count("\n") + 1
        return [
            Section(
                one.title,
                one.level,
                one.line,
                one.text_line,
                next((o.line for o in found[at + 1 :] if o.level <= one.level), count),
            )
            for at, one in enumerate(found)
        ]

    def chapters(self) -> list[tuple[Section | None, str]]:
        """The text cut at every heading, as it is read: what stands before the first one, then
        each heading with what is its own."""
        sections = self.sections()
        lines = self.body.split("\n")
        first = sections[0].start if sections else len(lines)
        begin = light("\n".join(lines[:first]))
        found: list[tuple[Section | None, str]] = [(None, begin)] if begin else []
        for at, one in enumerate(sections):
            end = sections[at + 1].start if at + 1 < len(sections) else len(lines)
            found.append((one, light("\n".join(lines[one.text_start : end]))))
        return found

    def text(self, section: Section | None = None, *, formatted: bool = True) -> str:
        """What is put into a reply: all of it, or what stands under a heading."""
        body = self.body
        if section is not None:
            body = "\n".join(body.split("\n")[section.text_start : section.end])
        return light(body, formatted=formatted)


@dataclass(frozen=True, slots=True)
class Article:
    name: str
    variants: Mapping[str, Variant]

    def variant(self, *languages: str) -> Variant:
        """In the first of these languages that there is; else the default one, else any."""
        return self.variants[best_language(self.variants, *languages)]

    @property
    def title(self) -> str:
        return self.variant().title

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(tag for one in self._main_first() for tag in one.tags))

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels it is for; empty: all of them."""
        return self._main_first()[0].channels

    def fits(self, channel: str) -> bool:
        return not channel or not self.channels or channel in self.channels

    def _main_first(self) -> Sequence[Variant]:
        main = self.variant(DEFAULT_LANGUAGE)
        return [main, *(one for one in self.variants.values() if one is not main)]


def directories(config: Config) -> list[Path]:
    """Where a desk's articles are."""
    return [config.home.articles]


def read_variant(path: Path, source: Path) -> tuple[str, Variant]:
    """The name and the variant that a file under `source` holds. Raises `Unreadable`."""
    file = read(path, KEYS, LARGEST, _("an article"))
    folder = path.parent.relative_to(source).as_posix()
    name = file.name if folder == "." else f"{folder}/{file.name}"
    url = str(file.facts.get("url") or "").strip()
    if url and not url.startswith(("http://", "https://")):
        raise Unreadable(file.line_of("url"), _("“url” begins with https://"))
    variant = Variant(
        file.language,
        file.title,
        url,
        file.body,
        path,
        file.words("tags"),
        file.words("channels"),
    )
    return name, variant


__all__ = ["Article", "Problem", "Section", "Variant", "directories", "read_variant"]
