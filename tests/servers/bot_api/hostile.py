"""Texts as the world sends them, and entities that lie rightly in them."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

ENTITY_TYPES = (
    "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold",
    "italic", "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote",
    "code", "pre", "text_link", "text_mention", "custom_emoji", "date_time",
)  # fmt: skip
PIECES = (
    "hello", "Привіт", "مرحبا", "שלום", "你好", "नमस्ते", "a", " ", "  ", "\n", "\n\n", "\t",
    # Emoji: astral, joined, flags, skin tones, keycaps, with a variation selector.
    "😀", "👨\u200d👩\u200d👧\u200d👦", "🏳️\u200d🌈", "🇺🇦", "👍🏽", "1️⃣", "❤️",
    # Combining, bidirectional and invisible characters.
    "e\u0301", "Z\u0337\u0327\u0349a\u0336", "\u202eevil\u202c", "\u2066x\u2069", "\u200b",
    "\u200d", "\ufeff", "ﷺ", "\u2028",
    # Control characters and what terminals obey.
    "\x00", "\x07", "\x1b[31m", "\x1b]0;t\x07", "\x7f", "\x9b1m", "\r", "\r\n",
    # The edges of the surrogates and of the planes.
    "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff",
    # Markup, and what only looks like it.
    "*", "_", "__", "~~", "||", "`", "```", "**", "[a](b)", "> q", "\\", "<b>", "&amp;",
    "https://x.org/a_b?c=*d*", "@some_body", "#tag", "/start", "a@b.co", "+380441234567", "5*3*2",
    "snake_case_name", "C:\\_old",
)  # fmt: skip
LANGUAGES = ("en", "uk", "ru", "de", "fa", "zh-hans", "pt-br", "x")


@cache
def texts(min_size: int = 0, max_pieces: int = 12) -> st.SearchStrategy[str]:
    """Emoji, both directions, control characters, the edges of the surrogates, markup."""
    wild = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
    pieces = st.lists(st.one_of(st.sampled_from(PIECES), wild), max_size=max_pieces)
    made = pieces.map("".join)
    return made.map(lambda text: text or "x") if min_size else made


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@st.composite
def entities(draw: st.DrawFn, text: str, users: st.SearchStrategy[Any]) -> list[dict[str, Any]]:
    """In order, possibly overlapping; each covers whole characters of the text, at least one."""
    if not text:
        return []
    found: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        kind = draw(st.sampled_from((*ENTITY_TYPES, "of_the_future")))
        each: dict[str, Any] = {
            "type": kind,
            "offset": units(text[:start]),
            "length": units(text[start:end]),
        }
        match kind:
            case "text_link":
                each["url"] = draw(st.sampled_from(LINKS))
            case "text_mention":
                each["user"] = draw(users)
            case "pre" if draw(st.booleans()):
                each["language"] = draw(st.sampled_from(("python", "c++", "", "`", "a b")))
            case "custom_emoji":
                each["custom_emoji_id"] = "5368324170671202286"
            case "date_time":
                each["unix_time"] = draw(st.integers(0, 2**31 - 1))
        found.append(each)
    return sorted(found, key=lambda each: (each["offset"], -each["length"]))


LINKS = (
    "https://example.org/", "http://x.org/(a)?b=c_d*e", "tg://user?id=42", "tg://resolve?domain=a",
    "javascript:alert(1)", "https://example.org/a b", "mailto:a@b.co", "https://пример.рф/",
)  # fmt: skip

users_of_no_account = st.just({"id": 99, "is_bot": False, "first_name": "Nobody"})
"""For entities that mention somebody, where it does not matter whom."""
