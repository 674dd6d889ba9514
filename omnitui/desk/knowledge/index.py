"""Articles' full text in SQLite's FTS5, in memory: any script, begun words, the best first.

Words are folded as those of messages (`store.index.fold`). What somebody types is looked for in
every word's forms: a long word's last letters may differ, so that `refunds` finds `refund` and
`возврата` finds `возврат`. When nothing has all the words, what has most of them; when a word is
in no article, the nearest that is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from omnitui.desk.knowledge.articles import Variant
from store.driver import Connection, sqlite3
from store.index import fold
from store.query import words_of

WEIGHTS = "10.0, 6.0, 4.0, 1.0"
"""Of title, tags, headings and text."""
MOST_WORDS = 12
"""Words of one query that are looked for."""
LARGE = 1000
"""Variants from which on words that are nearly everywhere are not looked for in every text."""
NAMES = "{title tags headings}"
SCORED = 400
"""Best rows that are grouped to articles."""

_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.*)$", re.MULTILINE)
_PHRASE = re.compile(r'(-?)"([^"]*)"?')


@dataclass(frozen=True, slots=True)
class Row:
    """A variant that matches."""

    name: str
    language: str
    score: float
    """Higher is better."""


class Index:
    """Not for several threads at once: who owns it holds a lock."""

    def __init__(self) -> None:
        self._db: Connection = sqlite3.connect(  # type: ignore[assignment]
            ":memory:", check_same_thread=False, isolation_level=None
        )
        self._db.execute(
            "CREATE VIRTUAL TABLE found USING fts5 (title, tags, headings, body,"
            " tokenize = \"unicode61 remove_diacritics 2 categories 'L* M* N* Co'\","
            " prefix = '2 3')"
        )
        # As for messages: larger buffers and rarer merges are written faster.
        self._db.execute("INSERT INTO found (found, rank) VALUES ('hashsize', 8388608)")
        self._db.execute("INSERT INTO found (found, rank) VALUES ('automerge', 0)")
        self._db.execute("INSERT INTO found (found, rank) VALUES ('crisismerge', 32)")
        self._db.execute("CREATE VIRTUAL TABLE vocabulary USING fts5vocab(found, row)")
        self._rows: dict[Path, int] = {}
        self._keys: dict[int, tuple[str, str]] = {}
        self._next = 1
        self._counts: dict[str, int] = {}
        """Stem → variants that have it, as far as asked."""

    def __len__(self) -> int:
        return len(self._keys)

    def put(self, items: Iterable[tuple[str, Variant]]) -> None:
        """Add or replace variants, by their files."""
        self._counts.clear()
        self._db.execute("BEGIN")
        for name, variant in items:
            self._forget(variant.path)
            row = self._next
            self._next += 1
            titles = " ".join(_HEADING.findall(variant.body))
            spoken = name.replace("-", " ").replace("/", " ")
            self._db.execute(
                "INSERT INTO found (rowid, title, tags, headings, body) VALUES (?, ?, ?, ?, ?)",
                (
                    row,
                    fold(f"{variant.title} {spoken}"),
                    fold(" ".join(variant.tags)),
                    fold(titles),
                    fold(variant.body),
                ),
            )
            self._rows[variant.path] = row
            self._keys[row] = (name, variant.language)
        self._db.execute("COMMIT")

    def forget(self, paths: Iterable[Path]) -> None:
        """Take variants out, by their files."""
        self._counts.clear()
        for path in paths:
            self._forget(path)

    def find(self, query: str) -> list[Row]:
        """The rows for what somebody typed, the best first."""
        phrases, words, unwanted = _understood(query)
        if not phrases and not words:
            return []
        excluded = "".join(f" NOT {_quoted(phrase)}" for phrase in unwanted)
        telling = self._telling(words) if len(self._keys) > LARGE else words
        if not telling and not phrases:  # words that are nearly everywhere: what is named by them
            named = self._match(f"{NAMES} : ({' AND '.join(_pieces((), words))})", excluded)
            if named:
                return named
        pieces = _pieces(phrases, words) if not telling else _pieces(phrases, telling)
        found = self._match(" AND ".join(pieces), excluded)
        if found:
            return found
        known = [w for w in (self._nearest(word) for word in words) if w]
        pieces = _pieces(phrases, known)
        if not pieces:
            return []
        near = known != words and self._match(" AND ".join(pieces), excluded)
        return near or self._match(" OR ".join(pieces), excluded)

    def about(self, text: str) -> list[Row]:
        """What a text, such as a customer's message, may be about: by its rarest words."""
        words = [word for word in dict.fromkeys(words_of(text[:4000])) if len(word) > 3]
        most = max(2, len(self._keys) // 4)
        counted = [(self._documents(word), word) for word in words[:80]]
        rare = sorted((count, word) for count, word in counted if 0 < count <= most)
        if not rare:
            return []
        return self._match(" OR ".join(_forms(word) for _count, word in rare[:MOST_WORDS]), "")

    # -- inside --------------------------------------------------------------

    def _telling(self, words: Sequence[str]) -> list[str]:
        """Those words that tell articles apart: not in every third one."""
        return [word for word in words if self._documents(word) <= len(self._keys) // 3]

    def _forget(self, path: Path) -> None:
        row = self._rows.pop(path, None)
        if row is not None:
            self._keys.pop(row, None)
            self._db.execute("DELETE FROM found WHERE rowid = ?", (row,))

    def _match(self, expression: str, excluded: str) -> list[Row]:
        if excluded:
            expression = f"({expression}){excluded}"
        rows: Sequence[tuple[int, float]] = self._db.execute(
            f"SELECT rowid, -bm25(found, {WEIGHTS}) AS score FROM found WHERE found MATCH ?"  # noqa: S608
            " ORDER BY score DESC LIMIT +?",
            (expression, SCORED),
        ).fetchall()
        return [Row(*self._keys[row], score) for row, score in rows]

    def _documents(self, word: str) -> int:
        """How many variants have words that begin as this one's stem."""
        stem = _stem(word)
        if (known := self._counts.get(stem)) is not None:
            return known
        [count] = self._db.execute(
            "SELECT coalesce(sum(doc), 0) FROM vocabulary WHERE term >= ? AND term < ?",
            (stem, stem + "\U0010ffff"),
        ).fetchone()
        self._counts[stem] = int(count)
        return int(count)

    def _nearest(self, word: str) -> str:
        """`word`, or if no article has it the nearest that one has; "" when none is near."""
        if self._documents(word):
            return word
        if len(word) < 4:
            return ""
        from rapidfuzz import fuzz, process

        for begin in (word[0], ""):
            terms = [
                term
                for (term,) in self._db.execute(
                    "SELECT term FROM vocabulary WHERE term >= ? AND term < ?",
                    (begin, begin + "\U0010ffff"),
                )
            ]
            near = process.extractOne(word, terms, scorer=fuzz.ratio, score_cutoff=78)
            if near:
                return str(near[0])
        return ""


def _understood(query: str) -> tuple[list[str], list[str], list[str]]:
    """Phrases, words and phrases that must not be there."""
    phrases: list[str] = []
    unwanted: list[str] = []

    def phrase(found: re.Match[str]) -> str:
        if words := " ".join(words_of(found[2])):
            (unwanted if found[1] else phrases).append(words)
        return " "

    rest = _PHRASE.sub(phrase, query)
    words: list[str] = []
    for piece in rest.split():
        parts = words_of(piece)
        if piece.startswith("-") and parts:
            unwanted.append(" ".join(parts))
        else:
            words += parts
    return phrases, list(dict.fromkeys(words))[:MOST_WORDS], unwanted


def _stem(word: str) -> str:
    """The beginning that a word's forms share: of a long one without its last letters."""
    if len(word) <= 4 or word.isdigit():
        return word
    return word[: max(4, len(word) - (1 if len(word) < 7 else 2))]


def _pieces(phrases: Sequence[str], words: Sequence[str]) -> list[str]:
    """What a row must have. Of the words only the last may be one that is still being typed."""
    last = len(words) - 1
    return [
        *map(_quoted, phrases),
        *(_forms(word, begun=at == last) for at, word in enumerate(words)),
    ]


def _forms(word: str, *, begun: bool = True) -> str:
    """A word that may be begun, and its other forms. One letter begins too many words: it is
    looked for where articles are named."""
    if len(word) <= 3 and not begun:
        return _quoted(word)
    if len(word) == 1:
        return f"({{title tags}} : {_quoted(word)}*)" if word.isascii() else _quoted(word)
    stem = _stem(word)
    return f"{_quoted(word)}*" if stem == word else f"({_quoted(word)}* OR {_quoted(stem)}*)"


def _quoted(words: str) -> str:
    return '"' + words.replace('"', "") + '"'


def marks(query: str) -> Sequence[str]:
    """The beginnings of words that a text is searched for, folded: to show where they stand."""
    phrases, words, _unwanted = _understood(query)
    return [_stem(word) for word in [*words, *(w for p in phrases for w in p.split())]]


__all__ = ["Index", "Row", "marks"]
