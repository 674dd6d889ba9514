"""Random texts and valid entities over them, as Telegram may deliver them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from connectors.telegram.formatting import utf16_length

_PIECES = st.one_of(
    st.sampled_from(
        [
            *"*_~|`\\[]()>!-#\u2060", "**", "__", "~~", "||", "```", "``", "> ", ">! ", "\n",
            "\n\n", "\n> ", "\n```\n", "```py\n", " ", "  ", "\t", "a", "word", "snake_case",
            "2**8", "5*3*2",
            "C:\\_old_\\*", "\\*", "\\_", "\\\\", "¯\\_(ツ)_/¯", "https://ex.org/a_b_*c*",
            "www.a.b/_x_", "[x](https://a.b)", "](", "](https://a.b)", "👍", "👨‍👩‍👧", "🇺🇦",
            "é", "e\u0301",
            "שלום", "\u200f", "粗体", "ไทย", "\u00a0", "\u2028", "\r", "\x0b", "don`t",
            "@ann", "#tag",
        ]
    ),
    st.text(max_size=4),
)  # fmt: skip
texts = (
    st.lists(_PIECES, max_size=14)
    .map("".join)
    .map(lambda text: "".join(c for c in text if not "\ud800" <= c <= "\udfff"))
)
KINDS = [
    "bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "text_link",
    "text_mention", "blockquote", "expandable_blockquote", "mention", "url", "custom_emoji",
]  # fmt: skip
URLS = [
    "https://example.org/", "http://a.b/c_d_(e)*f*", "tg://resolve?domain=x", "https://ü.de/a b",
    "javascript:alert(1)", "https://a.b/\\_x_[y]",
]  # fmt: skip


@st.composite
def messages(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    text = draw(texts)
    length = utf16_length(text)
    entities = []
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, length))
        end = draw(st.integers(start, length))
        kind = draw(st.sampled_from(KINDS))
        entity: dict[str, Any] = {"type": kind, "offset": start, "length": end - start}
        if kind == "text_link":
            entity["url"] = draw(st.sampled_from(URLS))
        elif kind == "text_mention":
            entity["user"] = {"id": draw(st.integers(1, 99)), "first_name": "A", "is_bot": False}
        elif kind == "pre":
            entity["language"] = draw(st.sampled_from(["", "python", "c++", "objective c", "`"]))
        entities.append(entity)
    return text, entities
