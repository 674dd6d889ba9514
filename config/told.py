"""Sentences that are read in another language than that of the program that made them.

The engine says why an account does not work, and screens in several languages show it. Where
`keep` was called, what `_` gives is a `Told`: a text that still knows what it was made of, through
`.format` and `joined`. `source_of` is that as JSON, `in_own_language` makes the sentence anew from
it. Whatever else is done to a `Told` gives a plain text, and then that is what is shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, SupportsIndex

from config import i18n
from config.numbers import Number


class Told(str):
    """A text, and what it was made of."""

    source: Mapping[str, Any]

    def __new__(cls, text: str, source: Mapping[str, Any]) -> Told:
        made = super().__new__(cls, text)
        made.source = source
        return made

    def format(self, *args: object, **values: object) -> str:
        text = super().format(*args, **values)
        if args:
            return text
        return Told(text, {**self.source, "v": {key: _part(one) for key, one in values.items()}})

    def __reduce_ex__(self, _protocol: SupportsIndex) -> tuple[Any, ...]:
        return (str, (str(self),))


def keep() -> None:
    """From now on this process's sentences know what they were made of."""
    i18n.keep_sources(Told)


def joined(parts: Iterable[str]) -> str:
    """The sentences that are not empty, one after the other."""
    kept = [part for part in parts if part]
    text = " ".join(kept)
    return Told(text, {"j": [_part(part) for part in kept]}) if _any_told(kept) else text


def words_of(error: BaseException) -> str:
    """The sentence of an error that is written for people."""
    first = error.args[-1] if error.args else ""
    text = str(error)
    return first if isinstance(first, Told) and first == text else " ".join(text.split())


def source_of(text: str) -> str:
    """What a sentence was made of, as JSON; "" for one that is just a text."""
    return json.dumps(_part(text), ensure_ascii=False) if isinstance(text, Told) else ""


def in_own_language(source: str, text: str) -> str:
    """The sentence in the language in use; `text` where there is no more than that."""
    if not source:
        return text
    try:
        return str(_made(json.loads(source)))
    except (ValueError, LookupError, TypeError, AttributeError):
        return text  # of another version


def _any_told(parts: Iterable[str]) -> bool:
    return any(isinstance(part, Told) for part in parts)


def _part(value: object) -> object:
    if isinstance(value, BaseException):
        value = words_of(value)
    if isinstance(value, Told):
        return value.source
    if isinstance(value, Number):
        return {"f": float(value)}
    return value if isinstance(value, int | float) else str(value)


def _made(part: Any) -> Any:
    if not isinstance(part, dict):
        return part
    if "f" in part:
        return Number(part["f"])
    if "j" in part:
        return " ".join(str(_made(one)) for one in part["j"])
    message = str(part["m"])
    if "p" in part:
        text = i18n.ngettext(message, part["p"], part["n"])
    elif "c" in part:
        text = i18n.pgettext(part["c"], message)
    else:
        text = i18n._(message)
    if "v" not in part:
        return text
    return text.format(**{key: _made(one) for key, one in part["v"].items()})
