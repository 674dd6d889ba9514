"""Regular expressions that a configuration may hold: such as cannot run away.

Python's `re` backtracks: `(a+)+` takes for ever on thirty letters. What a desk looks for in
every message must be refused when it could, so a group may not be repeated where that which
it holds varies in length or in kind.
"""

from __future__ import annotations

import re
import warnings
from typing import Any

from config.i18n import _
from config.problems import BadValue
from config.values import filled, shown

LONGEST = 200
"""Characters of a pattern."""
_REPEATS = re.compile(r"[*+]|\{\d*,\d*\}|\{\d+\}|\?")
_OPENING = re.compile(r"\(\?(?:[:=!]|<[=!]|P?<\w+>)|\(")
_MOST_REPEATS = 4
"""Repeated parts of one pattern: what each may stand for is tried with each of the others."""


def pattern(value: Any) -> re.Pattern[str]:
    """A pattern that is found in time which grows gently with the text, and in some text only."""
    read = filled(value)
    if len(read) > LONGEST:
        raise BadValue(_("is longer than {n} characters.").format(n=LONGEST))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # `[[`, `--` in a class: meant otherwise one day
            found = re.compile(read, re.IGNORECASE)
    except (re.error, Warning, OverflowError, RecursionError) as error:
        raise BadValue(
            _("“{value}” is no regular expression: {why}.").format(value=shown(read), why=error),
            _("In '…' a backslash stands for itself: {example}").format(example=r"'ORD-\d{5}'"),
        ) from None
    if found.fullmatch("") or found.search(" "):
        raise BadValue(_("matches anything."), _("Say how the number looks: {example}").format(
            example=r"'ORD-\d{5}'"))  # fmt: skip
    if _may_run_away(read):
        raise BadValue(
            _("repeats a group whose content varies, or too many parts: a long text could take"
              " minutes."),
            _("Repeat single signs only, for example {example}").format(example=r"'[A-Z]{2}-\d+'"),
        )  # fmt: skip
    return found


def _may_run_away(text: str) -> bool:
    at, repeats = 0, 0
    varies = [False]
    """For the pattern and each group that is open: whether what it holds may vary."""
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] == "[":
            at = _after_class(text, at)
        elif text[at] == "(":
            opening = _OPENING.match(text, at)
            varies.append(False)
            at = opening.end() if opening else at + 1
            continue
        elif text[at] == "|":
            varies[-1] = True
            at += 1
            continue
        elif text[at] == ")":
            inner = varies.pop() if len(varies) > 1 else False
            varies[-1] = varies[-1] or inner
            repeated = _REPEATS.match(text, at + 1)
            if inner and repeated and repeated[0] != "?":
                return True
            at += 1
        else:
            at += 1
        repeated = _REPEATS.match(text, at)
        if repeated:
            at = repeated.end()
            if text[at : at + 1] in ("?", "+"):  # lazy, possessive
                at += 1
            if "," in repeated[0] or repeated[0] in "*+?":
                varies[-1] = True
            if "," in repeated[0] or repeated[0] in "*+":
                repeats += 1
    return repeats > _MOST_REPEATS


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
