"""Regular expressions that a configuration may hold: such as cannot run away.

Python's `re` backtracks: `(a+)+` takes for ever on thirty letters, and `\\w+\\s*\\w+\\s*x` an hour
on four thousand. What a desk looks for in every message must not, whoever wrote the message. So
no part stands for more than `WIDEST` signs, a group may not be repeated where that which it holds
varies, and the ways in which one place of a text can be tried are counted beforehand.
"""

from __future__ import annotations

import math
import re
import warnings
from dataclasses import dataclass, field
from typing import Any

from config.i18n import _
from config.problems import BadValue
from config.values import filled, shown

LONGEST = 200
"""Characters of a pattern."""
WIDEST = 40
"""Signs that one repeated part stands for at most: no number of an order is longer."""
_MOST_TRIES = 4_000
"""Ways to match at one place of a text, most of which a customer can have tried at each."""
_REPEATS = re.compile(r"([*+?]|\{(\d*)(,?)(\d*)\})([?+]?)")
_OPENING = re.compile(r"\(\?(?:[:=!>]|<[=!]|P?<\w+>|[aiLmsu]*(?:-[ims]+)?:)|\((?!\?)")
_FLAGS = re.compile(r"\(\?[aiLmsu]+\)")


def pattern(value: Any) -> re.Pattern[str]:
    """A pattern that is found in time which grows gently with the text, and in some text only."""
    read = filled(value)
    if len(read) > LONGEST:
        raise BadValue(_("is longer than {n} characters.").format(n=LONGEST))
    found = _compiled(read)
    if found.fullmatch("") or found.search(" "):
        raise BadValue(_("matches anything."), _("Say how the number looks: {example}").format(
            example=r"'ORD-\d{5}'"))  # fmt: skip
    try:
        return _compiled(_Bounded(read).read())
    except _RunsAway:
        raise BadValue(
            _("repeats a group whose content varies, or too many parts: a long text could take"
              " minutes."),
            _("Repeat single signs only, for example {example}").format(example=r"'[A-Z]{2}-\d+'"),
        ) from None  # fmt: skip


def _compiled(text: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # `[[`, `--` in a class: meant otherwise one day
            return re.compile(text, re.IGNORECASE)
    except (re.error, Warning, OverflowError, RecursionError) as error:
        raise BadValue(
            _("“{value}” is no regular expression: {why}.").format(value=shown(text), why=error),
            _("In '…' a backslash stands for itself: {example}").format(example=r"'ORD-\d{5}'"),
        ) from None


class _RunsAway(Exception):
    """It could take for ever, or cannot be told not to."""


@dataclass(slots=True)
class _Group:
    """In how many ways what was read of a group can match at one place."""

    ways: int = 1
    others: int = 0
    """Those of the alternatives before."""

    @property
    def all(self) -> int:
        return self.ways + self.others


@dataclass(slots=True)
class _Bounded:
    """Reads a pattern, and writes it with an end to each repeat."""

    text: str
    _at: int = 0
    _written: list[str] = field(default_factory=list)
    _open: list[_Group] = field(default_factory=lambda: [_Group()])

    def read(self) -> str:
        """Raises `_RunsAway`."""
        while self._at < len(self.text):
            sign = self.text[self._at]
            if flags := _FLAGS.match(self.text, self._at):
                self._take(flags.end())
            elif sign == "(":
                opening = _OPENING.match(self.text, self._at)
                if opening is None:  # a comment, a condition, spaces that do not count
                    raise _RunsAway
                self._take(opening.end())
                self._open.append(_Group())
            elif sign == "|":
                group = self._open[-1]
                group.others, group.ways = group.all, 1
                self._take(self._at + 1)
            elif sign == ")":
                self._take(self._at + 1)
                group = self._open.pop()
                if not self._open:
                    raise _RunsAway
                self._repeat("", group.all)
                self._open[-1].ways *= group.all
            else:
                start = self._at
                self._take(self._after_sign(start))
                self._repeat(self.text[start : self._at], 1)
            if math.prod(group.all for group in self._open) > _MOST_TRIES:
                raise _RunsAway
        return "".join(self._written)

    def _take(self, end: int) -> None:
        self._written.append(self.text[self._at : end])
        self._at = end

    def _after_sign(self, at: int) -> int:
        if self.text[at] == "[":
            return _after_class(self.text, at)
        if self.text[at] == "\\":
            if self.text[at + 1 : at + 2] in set("123456789"):  # what was found, once more
                raise _RunsAway
            return at + 2
        return at + 1

    def _repeat(self, sign: str, inner: int) -> None:
        """What is written after a sign or a group, if it says how often."""
        found = _REPEATS.match(self.text, self._at)
        if found is None or (found[1] == "{}"):
            return
        least, most = _times(found)
        if inner > 1 and most > 1:
            raise _RunsAway
        self._at = found.end()
        self._written.append(f"{{{least},{most}}}{found[5]}" if most > 1 else found[0])
        before = math.prod(group.ways for group in self._open)
        if before * (most - least + 1) > _MOST_TRIES:
            raise _RunsAway
        if not (sign and self._ends_it(sign)):
            self._open[-1].ways *= most - least + 1

    def _ends_it(self, sign: str) -> bool:
        """Whether what follows is a sign that this one is never: then it ends in one place."""
        following = self.text[self._at : self._at + 1]
        if following == "\\":
            following = self.text[self._at + 1 : self._at + 2]
            if following.isalnum():
                return False
            after = self._at + 2
        else:
            after = self._at + 1
        plain = following and (after == self._at + 2 or following not in "()[|.^$*+?{")
        if not plain or _REPEATS.match(self.text, after):
            return False
        try:
            return re.fullmatch(sign, following, re.IGNORECASE) is None
        except re.error:
            return False


def _times(found: re.Match[str]) -> tuple[int, int]:
    """How often at least and at most, within `WIDEST`."""
    match found[1]:
        case "*":
            return 0, WIDEST
        case "+":
            return 1, WIDEST
        case "?":
            return 0, 1
    least = int(found[2] or 0)
    most = (int(found[4]) if found[4] else least + WIDEST) if found[3] else least
    return least, max(least, min(most, max(least, WIDEST)))


def _after_class(text: str, at: int) -> int:
    """Past `[…]`; a `]` that comes first stands for itself."""
    at += 1
    if text[at : at + 1] == "^":
        at += 1
    if text[at : at + 1] == "]":
        at += 1
    while at < len(text) and text[at] != "]":
        at += 2 if text[at] == "\\" else 1
    return at + 1
