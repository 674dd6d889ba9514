"""What the server's responses say (RFC 3501 §7), from the pieces that the framer cut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from connectors.contract import Millis
from connectors.email.imap.framer import Response
from connectors.email.imap.mailbox_name import decode_mailbox

Value = bytes | None | list["Value"]

_TOKEN = re.compile(
    rb' *(?:(?P<open>\()|(?P<close>\))|"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<atom>[^ ()]+))', re.S
)
_MARK = re.compile(rb"~?\{\d+\+?\}\Z")
_BODY = re.compile(rb"BODY\[\](?:<(\d+)>)?\Z", re.I)
_DATE = re.compile(rb" ?(\d{1,2})-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\Z", re.A)
_MONTHS = b"jan feb mar apr may jun jul aug sep oct nov dec".split()
_CODE = re.compile(rb"\[([A-Za-z0-9-]+)(?: ([^\]]*))?\]")


@dataclass(frozen=True, slots=True)
class Fetched:
    """One message of a FETCH; None is what the server did not say."""

    uid: int
    flags: frozenset[str]
    arrived_at: Millis | None
    """INTERNALDATE."""
    size: int | None
    """RFC822.SIZE; some servers only estimate it."""
    body: bytes | None
    """The message, or the first or another piece of it."""
    whole: bool
    """The server sent the whole message although a piece was asked for."""


@dataclass(frozen=True, slots=True)
class Folder:
    name: str
    delimiter: str
    attributes: frozenset[str]
    """Lower case, with backslash: `\\sent` (RFC 6154), `\\noselect`."""
    short: str
    """The name without the prefix that all personal folders share."""
    foreign: str = ""
    """The namespace's prefix, where it is another person's or everybody's."""


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Prefixes (RFC 2342)."""

    personal: str
    others: tuple[str, ...]


def values(response: Response) -> list[Value]:
    """A response's words, strings and lists. Broken nesting is closed, never refused."""
    top: list[Value] = []
    stack = [top]
    for index, piece in enumerate(response):
        if index % 2:
            stack[-1].append(piece)
            continue
        if index + 1 < len(response):
            piece = _MARK.sub(b"", piece)
        for found in _TOKEN.finditer(piece):
            if found["open"]:
                inner: list[Value] = []
                stack[-1].append(inner)
                stack.append(inner)
            elif found["close"]:
                if len(stack) > 1:
                    stack.pop()
            elif found["quoted"] is not None:
                stack[-1].append(re.sub(rb"\\(.)", rb"\1", found["quoted"], flags=re.S))
            else:
                atom = found["atom"]
                stack[-1].append(None if atom.upper() == b"NIL" else atom)
    return top


def fetched(response: Response) -> Fetched | None:
    """A `n FETCH (…)` response; None for any other, and for one that names no UID."""
    if not re.match(rb"\d+ FETCH \(", response[0], re.I):
        return None
    found = values(response)[2]
    if not isinstance(found, list):
        return None
    items = dict(_pairs(found))
    uid = _number(items.get(b"UID"))
    if uid is None:
        return None
    flags = items.get(b"FLAGS")
    date = items.get(b"INTERNALDATE")
    body: bytes | None = None
    whole = False
    for key, value in items.items():
        if (part := _BODY.match(key)) is not None:
            body = value if isinstance(value, bytes) else None
            whole = part[1] is None
    return Fetched(
        uid=uid,
        flags=frozenset(_text(flag) for flag in flags) if isinstance(flags, list) else frozenset(),
        arrived_at=internal_date(date) if isinstance(date, bytes) else None,
        size=_number(items.get(b"RFC822.SIZE")),
        body=body,
        whole=whole,
    )


def uids(responses: Sequence[Response]) -> list[int]:
    """The numbers of all SEARCH responses, ascending, each once."""
    found: set[int] = set()
    for response in responses:
        first, _, rest = response[0].partition(b" ")
        if first.upper() == b"SEARCH":
            found.update(int(word) for word in rest.split() if word.isdigit())
    return sorted(found)


def folder(response: Response) -> Folder | None:
    """A LIST response."""
    found = values(response)
    if len(found) < 4 or _text(found[0]).upper() != "LIST" or not isinstance(found[1], list):
        return None
    name = found[3] if isinstance(found[3], bytes) else b"NIL"
    shown = decode_mailbox(name)
    shown = "INBOX" if shown.upper() == "INBOX" else shown
    return Folder(
        name=shown,
        short=shown,
        delimiter=_text(found[2]),
        attributes=frozenset(_text(word).lower() for word in found[1]),
    )


def namespaces(response: Response) -> Namespaces | None:
    """A NAMESPACE response; None for any other, and for one that names no personal one."""
    found = values(response)
    if len(found) < 2 or _text(found[0]).upper() != "NAMESPACE":
        return None
    kinds = [kind if isinstance(kind, list) else [] for kind in found[1:4]]
    personal, *others = ([_prefix(each) for each in kind] for kind in kinds)
    if not personal:
        return None
    return Namespaces(personal[0], tuple(prefix for kind in others for prefix in kind))


def status(response: Response) -> dict[str, int]:
    """A STATUS response's numbers by their names in capitals; {} for any other response."""
    found = values(response)
    if len(found) < 3 or _text(found[0]).upper() != "STATUS" or not isinstance(found[2], list):
        return {}
    return {
        name.decode(): number
        for name, value in _pairs(found[2])
        if (number := _number(value)) is not None
    }


def code(line: bytes) -> tuple[str, str]:
    """`[UIDVALIDITY 7] ok` → ("UIDVALIDITY", "7"); two empty strings where there is none."""
    found = _CODE.match(line.lstrip())
    if found is None:
        return "", ""
    return found[1].decode().upper(), (found[2] or b"").decode("utf-8", "replace")


def internal_date(text: bytes) -> Millis | None:
    """`17-Jul-1996 02:44:25 -0700` in milliseconds; None when it is no date."""
    found = _DATE.match(text)
    if found is None or found[2].lower() not in _MONTHS:
        return None
    day, year, hour, minute, second, ahead, behind = (int(found[n]) for n in (1, 3, 4, 5, 6, 8, 9))
    offset = timedelta(hours=ahead, minutes=behind)
    try:
        zone = timezone(-offset if found[7] == b"-" else offset)
        month = _MONTHS.index(found[2].lower()) + 1
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
    except ValueError:
        return None
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)


def uid_set(numbers: Sequence[int]) -> str:
    """Ascending UIDs in the shortest form: `1:3,7`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(a) if a == b else f"{a}:{b}" for a, b in runs)


def _pairs(found: list[Value]) -> list[tuple[bytes, Value]]:
    keys = (key.upper() if isinstance(key, bytes) else b"" for key in found[::2])
    return list(zip(keys, found[1::2], strict=False))


def _prefix(described: Value) -> str:
    named = described[0] if isinstance(described, list) and described else None
    return decode_mailbox(named) if isinstance(named, bytes) else ""


def _number(value: Value) -> int | None:
    return int(value) if isinstance(value, bytes) and value.isdigit() else None


def _text(value: Value) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
