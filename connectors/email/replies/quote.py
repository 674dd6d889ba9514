"""What the sender newly wrote, apart from quotes and signature.

Works on lines. Everything stays visible unless there is evidence that it is old: hiding
a sentence that a customer wrote is worse than showing one that they quoted.
"""

# ruff: noqa: E501, SIM905 - tables of words in many scripts
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.email.replies.pasted import pasted, pasted_above, pasted_headers
from connectors.email.replies.quoted_lines import BLANK, NEW, QUOTE, SIGNATURE, classify
from connectors.email.replies.signature import signatures

MAX_LINES = 20_000
"""A text with more lines is shown whole after that many."""
# Marks of writing direction, and spaces that are none to the eye or none to a pattern.
_ODD = {
    **dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)]),
    0xFEFF: None,
    0xAD: None,
    0xA0: " ",
    0x202F: " ",
    0x2007: " ",
    0x3000: " ",
}
_IS_ODD = re.compile("[" + "".join(map(chr, _ODD)) + "]")
_INLINE = re.compile(
    r"\b(?:in-?line|inline)\b|\b(?:see|find|my|answers?|comments?|repl(?:y|ies)|responses?)\b.{0,40}"
    r"\b(?:below|in (?:red|blue|green|bold|the text))|\b(?:siehe|antworten?) .{0,30}(?:unten|im text|rot|blau)"
    r"|(?:ci-dessous|dans le (?:texte|message)|en rouge)|(?:más abajo|a continuación|en rojo|abaixo)"
    r"|(?:qui sotto|di seguito|in rosso|nel testo)|(?:poniżej|w treści|na czerwono)"
    r"|(?:ниже|в тексте|красным|нижче|у тексті|в тексті|червоним)|(?:zie onder|hieronder|nedan|nedenfor|níže)",
    re.I,
)  # fmt: skip

_INLINE_WORDS = (
    "below,inline,in-line,in red,in blue,in green,in bold,in the text,unten,im text,in rot,in blau"
    ",dessous,dans le,en rouge,abajo,a continuación,en rojo,abaixo,sotto,di seguito,in rosso"
    ",nel testo,poniżej,w treści,na czerwono,ниже,в тексте,красным,нижче,тексті,червоним"
    ",zie onder,hieronder,nedan,níže"
).split(",")


@dataclass(frozen=True, slots=True)
class Split:
    text: str
    """Newly written, in order; quotes between answers left out."""
    quoted: str = ""
    signature: str = ""
    interleaved: bool = False
    """Answers stand between quoted lines, or may: they read best with them."""


def split_text(text: str, *, reply: bool = True) -> Split:
    """Split a plain text with `\\n` line ends.

    `reply`: the mail may answer another one; when False, only a quote with an
    introduction is taken for old: other `>` lines were pasted by the sender."""
    if not text or text.isspace():
        return Split("")
    return split_lines(text.split("\n"), None, reply=reply)


def split_lines(lines: Sequence[str], marks: Sequence[str] | None, *, reply: bool = True) -> Split:
    """Split lines; `marks` is what HTML said about each ("q", "s", "c" or "")."""
    reading = _readable(lines[:MAX_LINES])
    kinds, introduced = classify(reading, marks)
    if not introduced and QUOTE in kinds:
        kinds = pasted(reading, kinds, reply=reply)
    elif QUOTE in kinds:
        kinds = pasted_above(reading, kinds)
        if not reply and marks is None:
            kinds = pasted_headers(reading, kinds)
    if len(lines) > MAX_LINES:
        kinds += NEW * (len(lines) - MAX_LINES)
        reading = [*reading, *lines[MAX_LINES:]]
    if NEW in kinds:
        kinds = signatures(reading, kinds)
    if QUOTE not in kinds and SIGNATURE not in kinds:
        return Split(_join(lines))
    return _assemble(lines, kinds)


def _readable(lines: Sequence[str]) -> Sequence[str]:
    """The lines as patterns want them: without direction marks, with plain spaces."""
    whole = "".join(lines)
    # None of the odd ones is printable, and that is quick to know.
    if whole.isascii() or whole.isprintable() or not _IS_ODD.search(whole):
        return lines
    return [line if line.isascii() else line.translate(_ODD) for line in lines]


# Runs of one kind; empty lines belong to the run before them, leading ones to the first.
_RUN = re.compile(
    f"{BLANK}*{NEW}[{NEW}{BLANK}]*|{QUOTE}[{QUOTE}{BLANK}]*"
    f"|{SIGNATURE}[{SIGNATURE}{BLANK}]*|{BLANK}+"
)


def _assemble(lines: Sequence[str], kinds: str) -> Split:
    new: list[str] = []
    quoted: list[str] = []
    signature: list[str] = []
    answers = 0
    for run in _RUN.finditer(kinds):
        piece = _join(lines[run.start() : run.end()])
        if not piece:
            continue
        kind = run.group().lstrip(BLANK)[0]
        if kind == NEW:
            new.append(piece)
            answers += bool(quoted)
        elif kind == QUOTE:
            quoted.append(piece)
        else:
            signature.append(_signature(piece))
    after = kinds.rstrip(BLANK + SIGNATURE)
    text = "\n\n".join(new)
    return Split(
        text,
        "\n\n".join(quoted),
        "\n\n".join(signature),
        interleaved=answers > 1
        or (answers == 1 and after.endswith(QUOTE))
        or (bool(quoted) and 0 < len(text) <= 300 and _answers_inside(text)),
    )


def _answers_inside(text: str) -> bool:
    """Does it say that the answers stand below, between the quoted lines?"""
    low = text.lower()
    return any(word in low for word in _INLINE_WORDS) and _INLINE.search(text) is not None


def _signature(text: str) -> str:
    """Without the delimiter above it."""
    first, _, rest = text.partition("\n")
    return rest.strip("\n") if first.strip() in ("--", "—", "–", "__", "___") else text


def _join(lines: Sequence[str]) -> str:
    """Lines as text: no spaces at line ends, at most two empty lines running, none outside."""
    text = "\n".join(lines).strip("\n")
    if " \n" not in text and "\n\n\n\n" not in text and "\t\n" not in text:
        return text.rstrip()
    out: list[str] = []
    blank = 0
    for line in lines:
        line = line.rstrip()
        blank = blank + 1 if not line else 0
        if blank <= 2:
            out.append(line)
    return "\n".join(out).strip("\n")
