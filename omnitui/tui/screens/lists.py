"""Small lists to choose from: agents, tags, filters; fuzzy, and new names where allowed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from textual.content import Content

from config.i18n import _
from omnitui.tui.screens.chooser import Chooser
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.choice_list import Choice
from store.errors import StoreError


def fuzzy(query: str, texts: Sequence[str]) -> list[int]:
    """Indexes of the texts that match, the best first; all of them for an empty query."""
    words = query.casefold().split()
    if not words:
        return list(range(len(texts)))
    scored = [(_score(words, text.casefold()), i) for i, text in enumerate(texts)]
    return [i for score, i in sorted(scored, key=lambda s: (-s[0], s[1])) if score > 0]


def _score(words: Sequence[str], text: str) -> float:
    """0 where a word is not in `text` even with gaps; starts of words count most."""
    total = 0.0
    for word in words:
        at = text.find(word)
        if at >= 0:
            starts = at == 0 or not text[at - 1].isalnum()
            total += 100 + (50 if starts else 0) + (30 if at == 0 else 0) - at / 10
            continue
        gaps = _subsequence(word, text)
        if gaps is None:
            return 0
        total += max(1, 40 - gaps)
    return total


def _subsequence(word: str, text: str) -> int | None:
    """How many characters stand between those of `word` in `text`; None if not in order."""
    at, gaps = -1, 0
    for character in word:
        following = text.find(character, at + 1)
        if following < 0:
            return None
        gaps += following - at - 1 if at >= 0 else 0
        at = following
    return gaps if gaps <= len(word) else None


class ListChooser(Chooser):
    """Choose one of `texts`; with `new`, what was typed may be chosen too."""

    def __init__(self, title: str, texts: Sequence[str], *, new: bool = False) -> None:
        super().__init__()
        self.title_text = title
        self.placeholder = _("type to filter, or a new one") if new else _("type to filter")
        self._texts = list(texts)
        self._new = new

    async def find(self, query: str) -> Sequence[Choice]:
        found = [self._texts[i] for i in fuzzy(query, self._texts)]
        choices = [Choice(text, Content(one_line(text))) for text in found]
        typed = query.strip()
        if self._new and typed and typed not in found:
            choices.append(Choice(typed, Content(one_line(typed)), _("new")))
        return choices


class ValueChooser(Chooser):
    """Choose a value by what it is called, or by itself: a language, a time zone."""

    def __init__(self, title: str, values: Sequence[tuple[str, str]], now: str = "") -> None:
        """`values`: each with its name; `now` is the one in force, marked so."""
        super().__init__()
        self.title_text = title
        self.placeholder = _("type to filter")
        self._values = list(values)
        self._texts = [f"{name} {value}" for value, name in self._values]
        self._now = now

    async def find(self, query: str) -> Sequence[Choice]:
        found = [self._values[i] for i in fuzzy(query, self._texts)]
        return [
            Choice(value, Content(one_line(name)), self._hint(value, name)) for value, name in found
        ]

    def _hint(self, value: str, name: str) -> str:
        shown = one_line(value) if value != name else ""
        return f"{shown} ●".lstrip() if value == self._now else shown


class AgentChooser(Chooser):
    """Choose a colleague. `typed` is what stands in the filter: text after all, when it is left."""

    def __init__(
        self,
        agents: Callable[[], Awaitable[list[str]]],
        called: Callable[[Sequence[str]], Awaitable[list[str]]],
        query: str = "",
    ) -> None:
        """`called`: their names, in the same order."""
        super().__init__(query)
        self.title_text = _("Colleague")
        self.placeholder = _("type to filter")
        self.typed = query
        self._agents = agents
        self._called = called
        self._names: dict[str, str] = {}

    def nothing_yet(self) -> str:
        return _("No colleague is known here yet: config.toml names them, [agents.NAME].")

    async def find(self, query: str) -> Sequence[Choice]:
        self.typed = query
        try:
            known = await self._agents()
        except StoreError as error:
            self.say(str(error))
            return []
        if fresh := [one for one in known if one not in self._names]:
            self._names.update(zip(fresh, await self._called(fresh), strict=True))
        hints = [self._names[one] if self._names[one] != one else "" for one in known]
        texts = [f"{one} {hint}" for one, hint in zip(known, hints, strict=True)]
        return [
            Choice(known[i], Content(one_line(known[i])), one_line(hints[i]))
            for i in fuzzy(query, texts)
        ]
