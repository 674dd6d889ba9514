"""`folders` of the settings against what a server lists: names, wildcards, exclusions.

`Shop/*` and everything below, `Shop/%` one level (RFC 3501 §6.3.8), `!Shop/Spam` not this one,
`\\Archive` whatever folder the server marks so (RFC 6154). `/` stands for the server's own
separator, and a prefix that all personal folders share (`INBOX.`) may be left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from connectors.email.imap.parse import Folder

_SPECIAL_USE = re.compile(r"\\[A-Za-z]+")
_SEPARATOR = "\0"
_NOT_BY_WILDCARD = frozenset(
    {"\\drafts", "\\junk", "\\trash", "\\sent", "\\all", "\\flagged", "\\important"}
)
"""Who writes `*` means the customers' mail: these are read where they are named."""
_USUAL_NAMES = frozenset(
    {"drafts", "junk", "junk e-mail", "spam", "bulk mail", "trash", "deleted items"}
    | {"deleted messages", "sent", "sent items", "sent messages", "sent mail", "outbox"}
)
"""The same, on servers that mark no folders."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the settings mean on this server now."""

    names: tuple[str, ...]
    """The server's names of the folders to read, in the order of the settings."""
    missing: tuple[str, ...]
    """Settings that name one folder, which is not there."""
    unmatched: tuple[str, ...]
    """Wildcards that fit no folder (yet)."""


def has_wildcard(pattern: str) -> bool:
    return "*" in pattern or "%" in pattern


def choose(patterns: Sequence[str], folders: Sequence[Folder]) -> Choice:
    """The order of inclusions and exclusions does not matter: an exclusion always wins."""
    unwanted = {
        name
        for pattern in patterns
        if pattern.startswith("!")
        for name in matching(pattern[1:], folders, everything=True)
    }
    names: dict[str, None] = {}
    missing: list[str] = []
    unmatched: list[str] = []
    for pattern in patterns:
        if pattern.startswith("!"):
            continue
        found = matching(pattern, folders)
        names.update((name, None) for name in found if name not in unwanted)
        if not found:
            (unmatched if has_wildcard(pattern) else missing).append(pattern)
    return Choice(tuple(names), tuple(missing), tuple(unmatched))


def matching(
    pattern: str, folders: Sequence[Folder], *, everything: bool = False
) -> tuple[str, ...]:
    """The folders that can be opened and fit; one at most for a pattern without wildcards.

    `everything`: wildcards fit drafts, spam and the like too.
    """
    there = [f for f in folders if not f.attributes & {"\\noselect", "\\nonexistent"}]
    if pattern.upper() == "INBOX":
        return ("INBOX",)
    if _SPECIAL_USE.fullmatch(pattern):
        return tuple(f.name for f in there if pattern.lower() in f.attributes)
    if not has_wildcard(pattern):
        found = _named(pattern, there)
        return () if found is None else (found,)
    marked = any(f.attributes & _NOT_BY_WILDCARD for f in there)
    return tuple(
        f.name for f in there if (everything or _is_mail(f, marked=marked)) and _fits(pattern, f)
    )


def _named(wanted: str, folders: Sequence[Folder]) -> str | None:
    for folder in folders:
        if folder.name == wanted:
            return wanted
    fitting = [folder.name for folder in folders if _fits(wanted, folder, any_case=False)]
    fitting = fitting or [folder.name for folder in folders if _fits(wanted, folder)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(pattern: str, folder: Folder, *, any_case: bool = True) -> bool:
    expression = _expression(pattern, folder.delimiter, any_case)
    names = [folder.name] if folder.foreign else [folder.name, folder.short]
    if folder.foreign and has_wildcard(pattern):
        head = _normal(re.split(r"[*%]", pattern)[0]).replace("/", folder.delimiter or "/")
        if not head.startswith(folder.foreign):
            return False
    return any(expression.fullmatch(_separated(name, folder.delimiter)) for name in names)


@lru_cache(maxsize=512)
def _expression(pattern: str, delimiter: str, any_case: bool) -> re.Pattern[str]:
    return re.compile(
        "".join(_piece(c, delimiter) for c in _normal(pattern)),
        re.DOTALL | (re.IGNORECASE if any_case else 0),
    )


def _piece(character: str, delimiter: str) -> str:
    if character == "*":
        return ".*"
    if character == "%":
        return f"[^{_SEPARATOR}]*"
    if character in ("/", delimiter):
        return f"[{_SEPARATOR}{re.escape(character)}]"
    return re.escape(character)


def _separated(name: str, delimiter: str) -> str:
    return _normal(name).replace(delimiter, _SEPARATOR) if delimiter else _normal(name)


def _normal(name: str) -> str:
    # Programs on Apple's systems write é in two characters.
    return unicodedata.normalize("NFC", name)


def _is_mail(folder: Folder, *, marked: bool) -> bool:
    """`marked`: the server marks folders by their use."""
    if folder.attributes & _NOT_BY_WILDCARD:
        return False
    return marked or folder.short.casefold() not in _USUAL_NAMES
