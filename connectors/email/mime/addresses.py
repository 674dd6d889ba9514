"""Address lists of From, To, Cc and the like (RFC 5322 §3.4), read the way people write them.

Also read: commas in unquoted names, `;` between addresses, a missing `<` or `>`, names
with encoded words in quotes, a whole address inside an encoded word. Time is linear.
"""

from __future__ import annotations

import re

from connectors.contract import Address
from connectors.email.mime import words

MAX_ADDRESSES = 10_000
MAX_TOKENS = 200_000
MAX_WORD = 8 << 10
"""Characters of a name or an address without spaces; the rest of a longer one is dropped."""

_SIMPLE = re.compile(
    r"\s*(?:(?:\"([^\"\\]*)\""
    r"|([^\"\\<>()@,;:\[\]]*))\s*<\s*([^\s<>()\"\\,;:@]+@[^\s<>()\"\\,;:@]+)\s*>"
    r"|([^\s<>()\"\\,;:@]+@[^\s<>()\"\\,;:@]+))\s*\Z"
)
_TOKEN = re.compile(
    r"""
      (?P<word>=\?[^?\s]{1,64}\?[bBqQ]\?[^?]*\?=)
    | "(?P<quoted>(?:[^"\\]|\\.)*)(?P<closed>"|\\?\Z)
    | <(?P<angle>[^<>]*)(?:>|\Z)
    | (?P<sign>[,;:()])
    | (?P<space>\s+)
    | (?P<text>[^\s,;:()<"=]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)


def read_addresses(
    value: bytes, fallback: str = "", limit: int = MAX_ADDRESSES
) -> tuple[list[Address], str]:
    """Every address of one raw header value, groups flattened; and a defect or ""."""
    text = words.plain(value, fallback)
    simple = _SIMPLE.match(text)
    if simple:
        quoted, bare, angle, alone = simple.groups()
        name = _unquoted(words.decode(quoted if quoted is not None else bare or ""))
        return [Address(angle or alone, name)], ""
    found = _scan(text, limit + 1)
    if not found and text.strip():
        decoded = words.decode(text)
        if decoded != text.strip() and "@" in decoded:
            found = _scan(decoded, limit + 1)
    if len(found) > limit:
        return found[:limit], f"more than {limit} addresses, the rest skipped"
    return found, ""


class _Entry:
    """One mailbox while it is being read."""

    __slots__ = ("angle", "bare", "comment", "has_at", "name", "spaced")

    def __init__(self) -> None:
        self.name: list[str] = []
        self.bare = ""
        self.angle: str | None = None
        self.comment: list[str] = []
        self.has_at = False
        """In its name."""
        self.spaced = False


def _scan(text: str, limit: int) -> list[Address]:
    found: list[Address] = []
    held = ""  # "Doe" of `Doe, John <j@example.org>`
    entry = _Entry()
    depth = 0
    for count, match in enumerate(_TOKEN.finditer(text)):
        if count > MAX_TOKENS:
            break
        kind = match.lastgroup
        piece = match.group()
        if depth:
            if piece == "(":
                depth += 1
            elif piece == ")":
                depth -= 1
            if depth:
                entry.comment.append(piece)
            continue
        if kind == "space":
            entry.spaced = True
            continue
        if piece == "(":
            depth = 1
            if entry.comment:
                entry.comment.append(" ")
        elif piece in (",", ";"):
            held = _close(entry, held, found)
            if piece == ";":
                held = ""
            entry = _Entry()
            if len(found) > limit:
                return found
        elif piece == ":":
            if entry.angle is None and not entry.has_at:
                # The name of a group, or `mailto:`.
                entry, held = _Entry(), ""
        elif kind == "angle":
            if entry.angle is not None and "@" in entry.angle:
                held = _close(entry, held, found)
                entry = _Entry()
            entry.angle = match.group("angle")
        elif kind == "closed":
            if match.group("closed") != '"':
                # The quote never ends: it was no quote. No other one can follow.
                return _scan(text[: match.start()] + piece.replace('"', " "), limit)
            word = re.sub(r"\\(.)", r"\1", match.group("quoted"))
            _add(entry, word, quoted=piece)
        else:
            _add(entry, piece)
    _close(entry, held, found)
    return found


def _add(entry: _Entry, word: str, quoted: str = "") -> None:
    """Words keep the spaces between them; `"a b"@example.org` is one."""
    entry.has_at = entry.has_at or "@" in word
    if entry.name and not entry.spaced:
        if len(entry.name[-1]) > MAX_WORD:
            return
        if word.startswith("@") and quoted == "":
            entry.name[-1] = _requoted(entry.name[-1]) + word
        else:
            entry.name[-1] += word
    else:
        entry.name.append(word)
    entry.spaced = False


def _requoted(local: str) -> str:
    return f'"{local}"' if re.search(r"[\s\",;:<>()\[\]\\]", local) else local


def _close(entry: _Entry, held: str, found: list[Address]) -> str:
    """Append the finished entry; return a name without address that may belong to the next."""
    name = " ".join(entry.name)
    if entry.angle is not None:
        address = _tidy(entry.angle)
        if not address and "@" in name:
            entry.angle = None
            return _close(entry, held, found)
        if held:
            name = f"{held}, {name}" if name else held
        shown = words.decode(name) or words.decode("".join(entry.comment))
        if address or shown:
            found.append(Address(address, _unquoted(shown)))
        return ""
    for index, word in enumerate(entry.name):
        if "@" in word[1:-1]:
            others = entry.name[:index] + entry.name[index + 1 :]
            shown = " ".join(others) or "".join(entry.comment)
            found.append(Address(_tidy(word), _unquoted(words.decode(shown))))
            return ""
    decoded = words.decode(name)
    if decoded != name and re.search(r"[^\s@]@[^\s@]", decoded):
        found.extend(_scan(decoded, 10))
        return ""
    if not name:
        return held
    return f"{held}, {name}" if held else name


def _unquoted(name: str) -> str:
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        return name[1:-1].strip()
    return name


def _tidy(address: str) -> str:
    """Without spaces, the source route of RFC 5322 §4.4, `mailto:` and stray marks."""
    address = "".join(address.split()) if '"' not in address else address.strip()
    if address.startswith("@") and ":" in address:
        address = address.partition(":")[2]
    if address[:7].lower() == "mailto:":
        address = address[7:]
    return words.decode(address).strip("<>'").rstrip(".,;:")
