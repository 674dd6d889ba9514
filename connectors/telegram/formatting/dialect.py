"""What the light Markdown of messages is made of, for its writer and its reader.

`**bold**`, `_italic_` (also `*italic*`), `__underline__`, `~~strike~~`, `||spoiler||`,
`` `code` ``, ```` ``` ````-fenced blocks with a language, `[text](https://…)`, lines that begin
with `> ` (`>! `: shown folded). None of it inside a word, nothing but fences over several lines. A
backslash is an escape only where it stands by itself before what would be read as markup: paths
and ¯\\_(ツ)_/¯ stay as typed.

What Telegram can format and this cannot say (a part of a word, two formats that touch) is said
with a joint: U+2060 WORD JOINER beside markup parts it from a word, and is no part of the text.
The joint with a backslash makes any mark a plain character.
"""

from __future__ import annotations

import re
import unicodedata

JOINT = "\u2060"

MARKS = {
    "bold": "**",
    "italic": "_",
    "underline": "__",
    "strikethrough": "~~",
    "spoiler": "||",
}
DELIMITERS = frozenset("*_~|")
ESCAPABLE = frozenset("\\*_~|`[]>" + JOINT)

KIND_OF_RUN = {
    "*": ("italic",),
    "**": ("bold",),
    "***": ("bold", "italic"),
    "_": ("italic",),
    "__": ("underline",),
    "___": ("underline", "italic"),
    "~~": ("strikethrough",),
    "||": ("spoiler",),
}
"""From outside to inside."""

QUOTE = "> "
FOLDED_QUOTE = ">! "
NEW_QUOTE = f">{JOINT} "
"""Begins a quote right after another one."""
MENTION = "tg://user?id="

FENCE = re.compile(r"(`{3,})([\w+#./:-]{0,64})[ \t]*")
"""A whole line that opens a block."""

LITERAL = re.compile(
    rf"(?<!\w)(?:(?:https?|ftp|tg)://|www\.)[^\s<>\"`{JOINT}]+"
    rf"|(?<!\w)[a-z]:\\[^\s`{JOINT}]*"
    rf"|(?<![^\s])\\\\\w[^\s`{JOINT}]*",
    re.I,
)
"""Addresses and paths: nothing in them is markup."""

# Scripts that put no spaces between words: what is written in them has no inside of a word.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)


def in_word(character: str) -> bool:
    """Whether markup next to this character would be inside of a word."""
    if character.isalnum() or character == "_":
        return not _UNSPACED.match(character)
    return bool(character) and unicodedata.category(character)[0] == "M"


def can_open(left: str, right: str) -> bool:
    """Of delimiters between these two characters; "" is a line's edge."""
    return bool(right) and not right.isspace() and left != "\\" and not in_word(left)


def can_close(left: str, right: str) -> bool:
    return bool(left) and not left.isspace() and not in_word(right)


def clean(character: str) -> bool:
    """Whether a backslash after this character may be an escape; "" is a line's start."""
    return (
        not character
        or character.isspace()
        or character in "([{<\"'«„“‘¿¡"
        or character in DELIMITERS
    )


def runs(cluster: str) -> list[str]:
    """A row of delimiters, parted where the character changes."""
    return [match[0] for match in _RUN.finditer(cluster)]


_RUN = re.compile(r"(.)\1*", re.S)
