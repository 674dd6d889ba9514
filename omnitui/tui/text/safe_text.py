"""Everything a stranger wrote passes here on its way to the screen, once.

What a terminal would obey (C0, C1, ESC), what reorders text (bidirectional controls) and
what hides in it (zero-width characters, tags, stray variation selectors) becomes a visible
mark. What people need to write their language stays: joiners inside words of scripts that
use them, emoji sequences, a reasonable stack of combining marks. The result holds no
character that moves the cursor, and, without `newlines`, is one line.

Sources: Unicode UTS #36 and UTS #55 (bidi and invisible characters in text), UAX #9.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

TAB = 4
"""Cells between tab stops; a terminal's eight waste a narrow pane."""

MOST_MARKS = 8
"""Combining marks kept on one character. No orthography needs more; more is an attack on
the line above."""

_NAMES = {
    0x00AD: "SHY",
    0x034F: "CGJ",
    0x061C: "ALM",
    0x115F: "HCF",
    0x1160: "HJF",
    0x17B4: "KIV",
    0x17B5: "KIV",
    0x180E: "MVS",
    0x200B: "ZWSP",
    0x200C: "ZWNJ",
    0x200D: "ZWJ",
    0x200E: "LRM",
    0x200F: "RLM",
    0x2028: "LS",
    0x2029: "PS",
    0x202A: "LRE",
    0x202B: "RLE",
    0x202C: "PDF",
    0x202D: "LRO",
    0x202E: "RLO",
    0x2060: "WJ",
    0x2066: "LRI",
    0x2067: "RLI",
    0x2068: "FSI",
    0x2069: "PDI",
    0x3164: "HF",
    0xFEFF: "BOM",
    0xFFA0: "HHF",
}

# Every class of character that may not pass as it is. Ranges are listed rather than asked
# of `unicodedata`, so that the answer does not change with the Python version.
_SUSPECT = (
    "\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,8}\U000e007f"
_TOKEN = re.compile(f"{_FLAG}|\r\n|[{_SUSPECT}]")
_ASCII_TOKEN = re.compile("\r\n|[\x00-\x1f\x7f]")
# Blocks that hold combining marks: only a text with one of these is worth walking.
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0711\u0730-\u074a\u07a6-\u07b0\u07eb-\u07f3\u0816-\u0d4d\u0dca-\u1a7f"
    "\u1ab0-\u1aff\u1b00-\u1cff\u1dc0-\u1dff\u20d0-\u20ff\u2cef-\u2cf1\u2de0-\u2dff"
    "\u302a-\u302f\u3099\u309a\ua66f-\ua69f\ua6f0-\uabed\ufe20-\ufe2f\U00010000-\U0001f000]"
)
_EMOJI_MODIFIERS = frozenset(chr(c) for c in range(0x1F3FB, 0x1F400))


def safe(text: str, *, newlines: bool = False) -> str:
    """`text` with nothing in it that a terminal obeys or a reader cannot see.

    Args:
        text: Anything, lone surrogates and NULs included.
        newlines: Keep line breaks (as `\\n`, whatever they were); else they are marked `↵`.
    """
    if text.isascii():
        if text.isprintable():
            return text
        pattern = _ASCII_TOKEN
    else:
        pattern = _TOKEN
    if pattern.search(text):
        text = pattern.sub(lambda found: _replace(found, newlines), text)
        if "\t" in text:
            text = "\n".join(_expand_tabs(line) for line in text.split("\n"))
    return text if text.isascii() or not _MARKS.search(text) else _tame_marks(text)


def one_line(text: str) -> str:
    """`text` safe on a single line, runs of white space folded: for previews and subjects."""
    return safe(" ".join(text.split())) if text else ""


def link_host(url: str) -> str:
    """The host that `url` really leads to, as it goes on the wire (punycode).

    An internationalised name is preceded by `⚠ `, since its letters may only look like
    those of another; so is a URL that carries something like a host before an `@`.
    Empty when there is no host in it.
    """
    cleaned = re.sub(r"[\x00-\x20\x7f]", "", url).replace("\\", "/")
    try:
        parts = urlsplit(cleaned)
        host, user = parts.hostname or "", parts.username or ""
    except ValueError:
        return "⚠ " + safe(cleaned[:60])
    if not host:
        if parts.scheme.lower() in ("mailto", "xmpp", "sip") and "@" in parts.path:
            return link_host("//" + parts.path.rpartition("@")[2])
        return ""
    wire = punycode(host)
    tricky = wire != host or "xn--" in wire or "." in user or "%" in host
    return safe(f"⚠ {wire}" if tricky else wire)


def punycode(host: str) -> str:
    """`host` with each label that is not ASCII in its `xn--` form (RFC 3492)."""
    labels = []
    for label in unicodedata.normalize("NFKC", host).lower().split("."):
        if label.isascii():
            labels.append(label)
            continue
        try:
            labels.append("xn--" + label.encode("punycode").decode("ascii"))
        except UnicodeError:
            labels.append(safe(label))
    return ".".join(labels)


def _replace(found: re.Match[str], newlines: bool) -> str:
    piece = found[0]
    if piece in "\t":  # expanded when the rest is done
        return piece
    if len(piece) > 2:  # an emoji flag spelt in tags: 🏴 and its region, readable
        region = "".join(chr(ord(tag) - 0xE0000) for tag in piece[1:-1])
        return f"{piece[0]}⟨{region}⟩"
    if piece in ("\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"):
        return "\n" if newlines else "↵"
    if piece in _KEPT_IN_CONTEXT and _belongs(found.string, found.start()):
        return piece
    return mark(piece)


def mark(character: str) -> str:
    """What is shown in the place of a character that is not: `␛`, `⟨RLO⟩`, `⟨9B⟩`."""
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xE0020 <= code <= 0xE007E:
        return f"⟨TAG {chr(code - 0xE0000)}⟩"
    return f"⟨{_NAMES.get(code) or format(code, '02X')}⟩"


_KEPT_IN_CONTEXT = frozenset(
    ["\u200c", "\u200d", *map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0100, 0xE01F0))]
)


def _belongs(text: str, at: int) -> bool:
    """Whether the joiner or variation selector at `at` does its proper work there."""
    before = text[at - 1] if at else ""
    after = text[at + 1] if at + 1 < len(text) else ""
    if not before:
        return False
    character = text[at]
    if character == "\u200d":
        start = at - 2 if before == "\ufe0f" or before in _EMOJI_MODIFIERS else at - 1
        return (start >= 0 and _pictograph(text[start]) and _pictograph(after)) or (
            _joining_script(before) and _joining_script(after)
        )
    if character == "\u200c":
        return _joining_script(before) and _joining_script(after)
    if character >= "\U000e0100" or character < "\ufe0e":
        return _ideograph(before) or (character == "\ufe00" and before in "∩∪≨≩⊊⊋⊓⊔⋚⋛")
    return _pictograph(before) or before in "0123456789#*"


def _pictograph(character: str) -> bool:
    if not character:
        return False
    code = ord(character)
    return (
        0x1F000 <= code <= 0x1FAFF
        or 0x2190 <= code <= 0x2BFF
        or code in (0x00A9, 0x00AE, 0x203C, 0x2049, 0x2122, 0x2139, 0x3030, 0x303D, 0x3297, 0x3299)
    )


def _ideograph(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff"


def _joining_script(character: str) -> bool:
    """Arabic, Syriac, N'Ko, the Indic and Mongolian scripts: joiners change their letters."""
    if not character:
        return False
    return (
        "\u0600" <= character <= "\u0dff"
        or "\u1000" <= character <= "\u109f"
        or ("\u1780" <= character <= "\u18af")
    )


def _tame_marks(text: str) -> str:
    """Give a base to marks that have none, and cut stacks of them down."""
    out: list[str] = []
    run = dropped = 0
    bare = True
    for character in text:
        if character.isalnum() or unicodedata.category(character) not in ("Mn", "Me"):
            if dropped:
                out.append(f"⟨+{dropped}⟩")
            run = dropped = 0
            bare = character == "\n"
        else:
            run += 1
            if bare:
                out.append("◌")
                bare = False
            if run > MOST_MARKS:
                dropped += 1
                continue
        out.append(character)
    if dropped:
        out.append(f"⟨+{dropped}⟩")
    return "".join(out)


def _expand_tabs(line: str) -> str:
    from rich.cells import cell_len

    pieces = line.split("\t")
    width = 0
    out = []
    for piece in pieces[:-1]:
        width += cell_len(piece)
        gap = TAB - width % TAB
        width += gap
        out.append(piece + " " * gap)
    return "".join([*out, pieces[-1]])
