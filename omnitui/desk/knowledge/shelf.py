"""The articles of a desk at hand: read in a thread, kept, read anew where files change."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Literal

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.desk.front_matter import Problem, Stamp, Unreadable, stamps
from omnitui.desk.knowledge.articles import Article, Variant, read_variant
from omnitui.desk.knowledge.index import Index, Row, marks
from store.index import fold

BATCH = 200
"""Files that are read before those who search get their turn."""
READY = 1.0
"""Seconds for which what was read for a command counts as current."""
MOST = 100
"""Articles that are found at most."""


@dataclass(frozen=True, slots=True)
class Found:
    """An article that fits what is looked for."""

    article: Article
    variant: Variant
    """The one for the customer."""
    score: float
    uses: int = 0
    """How often this agent put it into a reply."""
    desk_uses: int = 0
    """How often everybody did."""


class Shelf:
    """All articles under some directories. Its methods may be called in any thread; `refresh`
    takes as long as there are files to read, the others milliseconds."""

    def __init__(self, sources: Sequence[Path]) -> None:
        self._sources = tuple(sources)
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()
        self._stamps: dict[str, Stamp] = {}
        self._ready_until = 0.0
        self._index = Index()
        self._files: dict[Path, tuple[str, Variant]] = {}
        self._articles: dict[str, dict[str, list[Variant]]] = {}
        self._problems: dict[Path, Problem] = {}

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Files that are no article, and why."""
        with self._lock:
            return tuple(self._problems[path] for path in sorted(self._problems))

    def refresh(self, progress: Callable[[int, int], None] = lambda _done, _all: None) -> bool:
        """Read what is new or changed and forget what is gone; whether anything was.

        `progress` gets how many files are done and how many there are.
        """
        with self._refreshing:
            now = {stamp[0]: stamp for stamp in stamps(self._sources)}
            gone = [Path(name) for name in self._stamps if name not in now]
            changed = [name for name, stamp in now.items() if self._stamps.get(name) != stamp]
            with self._lock:
                self._forget(gone)
            waiting = iter(changed)
            done = 0
            while batch := list(islice(waiting, BATCH)):
                self._read(batch)
                done += len(batch)
                progress(done, len(changed))
            self._stamps = now
            return bool(gone or changed)

    def have_ready(self) -> None:
        """Read now what a command is about to need, so that it need not do so within the store's
        transaction, where everybody would wait for slow files."""
        self.refresh()
        self._ready_until = monotonic() + READY

    def current(self) -> Shelf:
        """With its files as they are: read a moment ago for this, or now."""
        if monotonic() >= self._ready_until:
            self.refresh()
        return self

    @property
    def all(self) -> list[Article]:
        """By name."""
        with self._lock:
            return [self._article(name) for name in sorted(self._articles)]

    def get(self, name: str) -> Article:
        """Raises `CommandError` with the nearest name when there is no such article."""
        with self._lock:
            if name in self._articles:
                return self._article(name)
            names = list(self._articles)
        from rapidfuzz import process

        near = process.extractOne(name, names, score_cutoff=60)
        hint = " " + _("Did you mean “{name}”?").format(name=near[0]) if near else ""
        raise CommandError(_("There is no article “{name}”.").format(name=name) + hint)

    def search(
        self,
        query: str,
        languages: Sequence[str] = (),
        channel: str = "",
        ranks: Mapping[str, int] | None = None,
        desk_ranks: Mapping[str, int] | None = None,
        *,
        how: Literal["typed", "about"] = "typed",
        limit: int = MOST,
    ) -> list[Found]:
        """Articles for a channel, the best first, each in the first of `languages` it has.

        `how`: `query` was typed, or it is a text and what it is `about` is looked for. An empty
        one finds those used most: `ranks` are this agent's uses, `desk_ranks` everybody's.
        """
        mine, everybody = ranks or {}, desk_ranks or {}
        with self._lock:
            if not query.strip():
                scores = dict.fromkeys(sorted(self._articles), 0.0)
            else:
                index = self._index
                rows = index.find(query) if how == "typed" else index.about(query)
                scores = _by_article(rows, languages)

            def order(name: str) -> tuple[float, int, int, str]:
                uses, of_all = mine.get(name, 0), everybody.get(name, 0)
                favour = 1 + math.log2(1 + uses) / 20 + math.log2(1 + of_all) / 60
                return (-scores[name] * favour, -uses, -of_all, name)

            fitting: Iterator[Article] = (
                article
                for name in sorted(scores, key=order)
                if (article := self._article(name)).fits(channel)
            )
            return [
                Found(
                    article,
                    article.variant(*languages),
                    scores[article.name],
                    mine.get(article.name, 0),
                    everybody.get(article.name, 0),
                )
                for article in islice(fitting, limit)
            ]

    # -- inside --------------------------------------------------------------

    def _read(self, names: Sequence[str]) -> None:
        found: list[tuple[Path, str, Variant]] = []
        problems: dict[Path, Problem] = {}
        for name in names:
            path = Path(name)
            try:
                source = next(one for one in self._sources if path.is_relative_to(one))
                found.append((path, *read_variant(path, source)))
            except Unreadable as error:
                problems[path] = Problem(path, error.line, str(error))
        with self._lock:
            self._forget([Path(name) for name in names])
            self._problems |= problems
            for path, name, variant in found:
                self._files[path] = name, variant
                self._articles.setdefault(name, {}).setdefault(variant.language, []).append(variant)
            self._index.put([(name, variant) for _path, name, variant in found])

    def _forget(self, paths: Sequence[Path]) -> None:
        for path in paths:
            self._problems.pop(path, None)
            name, variant = self._files.pop(path, ("", None))
            if variant is None:
                continue
            kept = self._articles[name]
            kept[variant.language].remove(variant)
            if not kept[variant.language]:
                del kept[variant.language]
            if not kept:
                del self._articles[name]
        self._index.forget(paths)

    def _article(self, name: str) -> Article:
        variants = self._articles[name]
        return Article(name, {language: found[-1] for language, found in sorted(variants.items())})


def _by_article(rows: Sequence[Row], languages: Sequence[str]) -> dict[str, float]:
    """Each article's best score; one in the customer's language counts a little more."""
    scores: dict[str, float] = {}
    for row in rows:
        score = max(row.score, 1e-6) * (1.1 if row.language in languages else 1)
        scores[row.name] = max(scores.get(row.name, 0), score)
    return scores


_SHELVES: dict[tuple[Path, ...], Shelf] = {}


def shelf(sources: Sequence[Path]) -> Shelf:
    """The one of these directories in this process, as it was read last; maybe never yet."""
    key = tuple(sources)
    if key not in _SHELVES:
        _SHELVES[key] = Shelf(key)
    return _SHELVES[key]


def first_place(variant: Variant, query: str) -> int:
    """The line of an article's body in which most of what is looked for stands, from 0."""
    wanted = marks(query)
    best, most = 0, 0
    for number, line in enumerate(variant.body.split("\n")):
        words = fold(line).casefold().split() if wanted else []
        hits = len({mark for mark in wanted if any(word.startswith(mark) for word in words)})
        if hits > most:
            best, most = number, hits
    return best
