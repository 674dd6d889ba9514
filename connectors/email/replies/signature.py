"""Where signatures stand in newly written text: below a delimiter or a closing, what a device
appends, and what company gateways, virus scanners and mailing lists add.

Only what cannot be mistaken is taken, and never a line that asks something: a signature
that is shown costs a glance, a hidden question costs a customer.
"""

# ruff: noqa: SIM905 - tables of words in many scripts
from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.email.replies.closing import closes, is_name
from connectors.email.replies.device_line import is_device_line
from connectors.email.replies.footer import is_footer

MAX_LOOSE = 16
"""Lines of a signature under a delimiter that is not exactly `-- ` (RFC 3676 §4.3)."""
MAX_STRICT = 60
MAX_CLOSING = 14
"""Lines below "Kind regards"."""
_LAST = 40
"""A closing, a device or a footer stands among so many last lines that are not empty."""

_NEW, _BLANK, _SIGNATURE = "n", "b", "s"
_EXACT = re.compile(r"-- \Z")
_LOOSE = re.compile(r"[ \t]*(?:--|—|–|__|___|-- -|\*\*|~~)[ \t]*\Z")
_LONG = re.compile(r"[ \t]*(?:[—–―─]{2,}|_{4,}|-{4,}|={4,}|\*{4,}|~{4,})[ \t]*\Z")
_LIST = re.compile(r"mailing list|unsubscribe|listinfo|google groups|to post to this group", re.I)
_POSTSCRIPT = re.compile(r"p\.? ?s\b|н\.?б|з\.?ы|upd", re.I)
_CONTACT = re.compile(
    r"https?://|www\.|@\w|\+?\d[\d \-()/.]{6,}\d|(?:^|\W)(?:tel|phone|mobile|mob|fax|cell|тел|моб|"
    r"факс|email|e-mail|web|skype|telegram|viber|whatsapp|linkedin|facebook|gmbh|ltd|llc|inc|kg|srl|"
    r"s\.r\.l|sarl|sp\. ?z|s\.r\.o|b\.v|a/s|aps|ооо|оао|зао|тов|тзов|фоп|hrb|vat|ust-?id|nip|krs|"
    r"regon|инн|огрн|єдрпоу|siret|kvk|p\.?iva|geschäftsführer)(?:\W|$)",
    re.I,
)
# A sentence, not a line of a card.
_REQUEST = re.compile(
    r"\b(?:please|bitte|прошу|просьба|будь ласка|пожалуйста|proszę|por favor|s'il vous|per favore"
    r"|me|you|my|we|is|are|was|will|not|mich|mir|ich|wir|ist|nicht|мне|мені|вас|я|мы|ми|не|нет|немає"
    r"|mnie|nie|jest)\b",
    re.I,
)
# Whoever speaks of himself in a paragraph of its own below a signature goes on writing.
_PERSONAL = re.compile(
    r"(?:^|[^\w.])(?:i|i['’](?:m|ve|d|ll)|ich|je|j['’]\w+|я|мне|мені|mi|mnie|mam|chcę|chciał\w+|yo|quiero"
    r"|tengo|necesito|io|ho|vorrei|eu|quero|preciso|tenho|ik|jag|jeg|chci|mám|ben|istiyorum)(?=[\s,])",
    re.I,
)
# Cheaper to look up; each match of the pattern has one of these words.
_REQUEST_WORDS = frozenset(
    "please bitte прошу просьба будь пожалуйста proszę por s per me you my we is are was will not"
    " mich mir ich wir ist nicht мне мені вас я мы ми не нет немає mnie nie jest".split()
)
_WORDS = re.compile(r"\w+")
_RUN = re.compile(f"[{_NEW}{_BLANK}]*{_NEW}[{_NEW}{_BLANK}]*")


def is_card_line(line: str) -> bool:
    """Could the line stand on a card: a name or how to reach somebody, and no sentence?"""
    return _is_short(line) and (is_name(line) or _CONTACT.search(line) is not None)


def signatures(lines: Sequence[str], kinds: str) -> str:
    """The kinds with the signatures in new text marked; all stays new where nothing else is."""
    out = kinds
    soft = False
    for run in _RUN.finditer(kinds):
        for start, end, sure in _in_run(lines, run.start(), run.end()):
            out = out[:start] + _SIGNATURE * (end - start) + out[end:]
            soft = soft or not sure
    if soft and _NEW not in out:
        return kinds
    return out


def _in_run(lines: Sequence[str], start: int, end: int) -> list[tuple[int, int, bool]]:
    """Signatures in lines[start:end]: first line, end, and whether it is one even alone."""
    while end > start and not lines[end - 1].strip():
        end -= 1
    last = end
    found: list[tuple[int, int, bool]] = []
    begin = _delimiter(lines, start, end)
    if begin < end:
        asking = _asks(lines, begin, end)
        if asking > begin:
            found.append((begin, asking, not _says(lines, begin + 1, asking)))
            if asking < end:
                return found
            end = begin
    for begin, until in _footers(lines, start, end):
        found.append((begin, until, False))
        end = begin if until == end else end
    end = _trimmed(lines, start, end)
    begin = _closing(lines, start, end)
    if begin < end:
        found.append((begin, end, False))
    if found and last:
        found.sort()
    return found


def _trimmed(lines: Sequence[str], start: int, end: int) -> int:
    while end > start and not lines[end - 1].strip():
        end -= 1
    return end


def _delimiter(lines: Sequence[str], start: int, end: int) -> int:
    """The first line of a signature below a delimiter; `end` when none."""
    parts = False
    last = _among_last(lines, start, end, MAX_STRICT)
    for index in range(start, end):
        line = lines[index]
        if not line or line[0] not in "-—–_*~= \t―─" or len(line) > 120:
            continue
        if index >= last and (
            _EXACT.match(line)
            or (index > start and not parts and _is_loose(lines, start, index, end))
            or (index > start and end - index <= _LAST and _is_ruled(lines, index, end))
        ):
            return index
        # What stands between parts of the text further up, does so below, too.
        parts = parts or (line[:2] == "--" and _announced(lines, start, index))
    return end


def _is_loose(lines: Sequence[str], start: int, index: int, end: int) -> bool:
    """Does a line that is not exactly `-- ` stand above a signature?"""
    return (
        _LOOSE.match(lines[index]) is not None
        and not _announced(lines, start, index)
        and _written(lines, index + 1, end, MAX_LOOSE) <= MAX_LOOSE
        and _signs(lines, index + 1, end)
    )


def _announced(lines: Sequence[str], start: int, at: int) -> bool:
    """Does the line above say that something follows ("The card shall read:")?"""
    while at > start and not lines[at - 1].strip():
        at -= 1
    return at > start and lines[at - 1].rstrip().endswith((":", "："))


def _signs(lines: Sequence[str], start: int, end: int) -> bool:
    """Does the first line below a delimiter look like a signature's: no sentence?"""
    first = next((line.strip() for line in lines[start:end] if line.strip()), "")
    return not first or (
        is_name(first)
        or (first.count(" ") < 6 and first[-1] not in ".!?:;。！？")
        or _CONTACT.search(first) is not None
        or closes(first, named=True)
        or is_device_line(first)
        or is_footer(lines, start, end) == start
    )


def _is_ruled(lines: Sequence[str], index: int, end: int) -> bool:
    """A long rule above somebody's card, or above what a list adds."""
    return _LONG.match(lines[index]) is not None and (
        _card(lines, index + 1, end)
        or any(_LIST.search(each) for each in lines[index + 1 : index + 4])
    )


def _card(lines: Sequence[str], start: int, end: int) -> bool:
    """A name and how to reach it, and nothing else, from `start` to `end`."""
    said = [line.strip() for line in lines[start : min(end, start + 60)] if line.strip()]
    return (
        1 < len(said) <= 10
        and is_name(said[0])
        and any(_CONTACT.search(line) for line in said)
        and all(_is_short(line) for line in said)
    )


def _is_short(line: str) -> bool:
    """Could this line stand in a signature? No question, no sentence, no postscript."""
    line = line.strip()
    words = line.count(" ") + 1
    if (
        len(line) <= 80
        and words <= 9
        and "?" not in line
        and "？" not in line
        and not (words > 4 and line.endswith((".", "!", ":")))
        and not line.endswith(";")
    ):
        return not (_POSTSCRIPT.match(line) or _requests(line))
    return (
        len(line) <= 160
        and "？" not in line
        and not _requests(line)
        and _CONTACT.search(line) is not None
    )


def _requests(line: str) -> bool:
    words = _WORDS.findall(line.lower())
    return not _REQUEST_WORDS.isdisjoint(words) and _REQUEST.search(line) is not None


def _asks(lines: Sequence[str], start: int, end: int) -> int:
    """Where, below the delimiter at `start`, a paragraph asks something, is a postscript or one
    in which somebody goes on writing: that and the rest are no signature. `start` when the
    first does, `end` when none does."""
    begin = start
    said = False
    for index in range(start + 1, end):
        line = lines[index].strip()
        if not line:
            begin = index + 1 if said else start
        elif (line.endswith(("?", "？", "؟")) and not _CONTACT.search(line)) or (
            begin > start and _goes_on(lines, begin, index, end)
        ):
            return begin
        else:
            said = True
    return end


def _goes_on(lines: Sequence[str], begin: int, index: int, end: int) -> bool:
    """Is the paragraph from `begin` a postscript, or does line `index` of it speak of its
    writer, and no footer does?"""
    line = lines[index].strip()
    if index == begin and _POSTSCRIPT.match(line):
        return True
    return (
        line.count(" ") >= 4
        and _PERSONAL.search(line) is not None
        and is_footer(lines, begin, end) >= end
    )


def _says(lines: Sequence[str], start: int, end: int) -> bool:
    """Is there a sentence among these lines? Then they are not hidden when they are all."""
    return any(
        (line.strip().endswith(("?", "？")) or line.count(" ") >= 6)
        and not is_device_line(line)
        and not _CONTACT.search(line)
        for line in lines[start:end]
    )


def _among_last(lines: Sequence[str], start: int, end: int, limit: int) -> int:
    """The first line below which at most `limit` lines are not empty."""
    left = limit
    for index in range(end - 1, start - 1, -1):
        if lines[index].strip():
            if not left:
                return index
            left -= 1
    return start


def _written(lines: Sequence[str], start: int, end: int, limit: int) -> int:
    """Lines that are not empty; stops counting past `limit`."""
    count = 0
    for index in range(start, end):
        if lines[index].strip():
            count += 1
            if count > limit:
                break
    return count


def _footers(lines: Sequence[str], start: int, end: int) -> list[tuple[int, int]]:
    """Device lines and footers among the last lines, from the bottom up."""
    found: list[tuple[int, int]] = []
    seen = 0
    index = end
    while index > start and seen < _LAST:
        line = lines[index - 1].strip()
        if not line:
            index -= 1
            continue
        seen += 1
        if is_device_line(line):
            first = index - 1
            if found and not any(each.strip() for each in lines[index : found[-1][0]]):
                found[-1] = (first, found[-1][1])
            elif seen <= 6:
                found.append((first, index))
            index = first
            continue
        # A paragraph, from its last line up.
        first = index - 1
        while first > start and lines[first - 1].strip() and index - first < 30:
            first -= 1
        top = is_footer(lines, first, index)
        if top < index and not any(
            each.strip() for each in lines[index : found[-1][0] if found else end]
        ):
            until = found[-1][1] if found else end
            if found:
                found[-1] = (top, until)
            else:
                found.append((top, until))
            index = top
            continue
        seen += index - first - 1
        index = first
        if seen > 6:
            break
    return found


def _closing(lines: Sequence[str], start: int, end: int) -> int:
    """Where "Kind regards" and the name below it begin; `end` when there is none."""
    seen = 0
    for index in range(end - 1, start - 1, -1):
        line = lines[index].strip()
        if not line:
            continue
        named = seen > 0
        if len(line) <= 80 and closes(line, named=named):
            # Two closings, "Thank you in advance / Kind regards": the upper is text.
            return end if _announced(lines, start, index) else index
        seen += 1
        if seen > MAX_CLOSING or not _is_short(line):
            break
    return end
