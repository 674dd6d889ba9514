"""An answer typed below an unmarked quote, where nothing tells where the quote ends.

Orange, Outlook and others put the mail that is answered into the text without any mark. Who
types below it, and nothing above, would have the whole answer taken for old.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.email.replies.attribution import attribution
from connectors.email.replies.closing import closes
from connectors.email.replies.footer import is_footer
from connectors.email.replies.header_block import header_block, is_one_line, label_kind
from connectors.email.replies.markers import announces_forward, separator
from connectors.email.replies.quote import Split, split_text
from connectors.email.replies.signature import is_card_line

MAX_LINES = 2_000
_POSTCODE = re.compile(r"\A[^?!:]{0,60}\b\d{4,6}\b[^?!:]{0,40}(?<![.?!])\Z")
_TITLES = 12
"""Lines among which the introduction of the quote stands."""


def answer_below(split: Split) -> Split:
    """The split of an answer in which nothing new was found, with what may be new visible.

    What clearly stands below the sign-off of the quoted mail is the text. Without such an end
    everything below the quote's introduction is: it may be the answer, or hold it."""
    if split.text or not split.quoted:
        return split
    lines = split.quoted.split("\n")
    if len(lines) > MAX_LINES or any(announces_forward(line) for line in lines[:_TITLES]):
        return split
    begin = _body(lines, 0)
    if not begin or not any(line.strip() and line.lstrip()[:1] != ">" for line in lines[begin:]):
        return split
    last = begin
    while (deeper := _body(lines, last)) > last:
        last = deeper
    at = _after_sign_off(lines, last)
    whole = at >= len(lines)
    if whole:
        at = begin
    below = split_text("\n".join(lines[at:])) if not whole else None
    quoted = "\n".join(lines[:at]).strip("\n")
    if below is None or not below.text or below.quoted:
        return _all_below(lines, begin, split.signature)
    signature = "\n\n".join(filter(None, [below.signature, split.signature]))
    # Somebody who answers below may have answered in between, too.
    return Split(below.text, quoted, signature, interleaved=True)


def _all_below(lines: Sequence[str], begin: int, signature: str) -> Split:
    """All but the introduction as text, and but what is marked as a quote in it."""
    above = "\n".join(lines[:begin]).strip("\n")
    rest = split_text("\n".join(lines[begin:]))
    if rest.text and not rest.quoted:
        return Split(rest.text, above, "\n\n".join(filter(None, [rest.signature, signature])))
    marked = [line for line in rest.quoted.split("\n") if line.strip()]
    if (
        marked
        and rest.text
        and all(line.lstrip()[:1] == ">" or line.rstrip()[-1:] in ":：" for line in marked)
    ):
        text = "\n\n".join(filter(None, [rest.text, rest.signature]))
        return Split(text, f"{above}\n\n{rest.quoted}", signature)
    return Split("\n".join(lines[begin:]).strip("\n"), above, signature)


def _body(lines: Sequence[str], start: int) -> int:
    """The line below the first introduction of a quote from `start` on; `start` when none."""
    for at in range(start, min(len(lines), start + _TITLES) if not start else len(lines)):
        line = lines[at].strip()
        if not line or line[0] == ">":
            continue
        length = separator(lines, at)
        if not length and (label_kind(line) or is_one_line(line)):
            length = header_block(lines, at)
        if not length and line[-1] in ":：" and attribution(lines, at, start, quoted=False) >= 0:
            length = 1
        if length:
            return at + length
    return start


def _after_sign_off(lines: Sequence[str], start: int) -> int:
    """The first sentence below the closing of the quoted mail; the end when there is none."""
    for index in range(start, len(lines)):
        line = lines[index].strip()
        if line and len(line) <= 80 and closes(line, named=index + 1 < len(lines)):
            break
    else:
        return len(lines)
    at = index + 1
    while at < len(lines) and not lines[at].strip():
        at += 1
    # The name stands below the closing, and the card of the firm in the same paragraph.
    while at < len(lines) and (_of_card(lines[at]) or _POSTCODE.search(lines[at])):
        at += 1
    while at < len(lines):
        end = at
        while end < len(lines) and lines[end].strip():
            end += 1
        if end > at and all(map(_of_card, lines[at:end])):
            at = end
        elif end > at and is_footer(lines, at, end) >= end and _is_prose(lines[at:end]):
            return at
        elif end > at:
            return len(lines)
        at = end + 1
    return len(lines)


def _of_card(line: str) -> bool:
    line = line.strip()
    return bool(line) and line[-1] not in "?!.。？！" and is_card_line(line)


def _is_prose(lines: Sequence[str]) -> bool:
    said = " ".join(lines)
    return said.count(" ") >= 1 and (said.count(" ") >= 4 or said.rstrip()[-1] in ".!?。？！")
