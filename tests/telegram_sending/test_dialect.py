"""What light Markdown is taken for formatting, and what stays as typed."""

from __future__ import annotations

import time

import pytest

from connectors.telegram.formatting import Entity, Formatted, to_entities, to_markdown

TYPED = [
    "5*3*2 = 30", "2**8 and 2**9", "snake_case_name, _private", "C:\\_old_\\_new_",
    "\\\\nas\\_a_\\*b*",
    "* item\n* item", "- item\n- item", "1. one\n2. two", "# 1 issue", "~~ alone", "a ~~ b ~~ c",
    "[1](2)", "[x](y z)", "array[0](x)", "a || b || c", "a|b", "if (a||b)", "¯\\_(ツ)_/¯", "*",
    "**",
    "_", "__", "****", "____", "||||", "~~~~", "* * *", "---", "***", "`", "``", "```", "```\n",
    "don`t and can`t", "об`єкт м`яч", "https://example.org/a_b_c*d*?x=_y_", "www.example.org/_a_",
    "f(*args, **kwargs)", "SELECT * FROM a WHERE b = '*'", "a_b@example.org",  ">x", "a > b",
    "3 < 4 > 2", "(c) [sic] {x}", "&amp; <b>bold</b>", "\\", "\\n", "\\\\", "50% * 2 * 3", "* a*b",
    "_ a _", "** a **", "5'10\" * 3", "!important", "  indented\n\ttab", "\n\n",
    "👍 *", "@user_name_x #tag_one_two", "++c++", "x^2_3", "a__b__c", "`` ` ``", "[](https://a.b)",
    "[a](javascript:alert(1))", "text\n>\nmore", "\\* no escape", "```py\nunclosed", "",
]  # fmt: skip


@pytest.mark.parametrize("text", TYPED)
def test_what_is_typed_without_meaning_it_stays(text: str) -> None:
    found = to_entities(text)
    assert found.text == text
    assert found.entities == ()


@pytest.mark.parametrize(
    ("markdown", "text", "covered"),
    [
        ("**a** *b* _c_ __d__ ~~e~~ ||f|| `g`", "a b c d e f g",
         ["bold:a", "italic:b", "italic:c", "underline:d", "strikethrough:e", "spoiler:f",
          "code:g"]),
        ("**_both_**", "both", ["bold:both", "italic:both"]),
        ("***both***", "both", ["bold:both", "italic:both"]),
        ("**bold _in_ it**", "bold in it", ["bold:bold in it", "italic:in"]),
        ("(**a**), “_b_”!", "(a), “b”!", ["bold:a", "italic:b"]),
        ("**a\n**b**", "**a\nb", ["bold:b"]),
        ("**Price:** 5*3 and `a*b*c`", "Price: 5*3 and a*b*c", ["bold:Price:", "code:a*b*c"]),
        ("这是**粗体**文字", "这是粗体文字", ["bold:粗体"]),
        ("`Foo`s", "Foos", ["code:Foo"]),
        ("[**a** b](https://x.org)", "a b", ["text_link:a b", "bold:a"]),
        ("**[a](https://x.org)**", "a", ["text_link:a", "bold:a"]),
        ("**https://x.org/a_b**.", "https://x.org/a_b.", ["bold:https://x.org/a_b"]),
        ("[mail us](mailto:a@b.org)", "mail us (a@b.org)", []),
        ("[a@b.org](mailto:a@b.org)", "a@b.org", []),
        ("> a\n> **b**\nc", "a\nb\nc", ["blockquote:a\nb", "bold:b"]),
        (">! a\n> b", "a\nb", ["expandable_blockquote:a\nb"]),
        ("> a\n>\n> b", "a\n\nb", ["blockquote:a\n\nb"]),
        ("x\n```python\na = **1**\n\n  b\n```\ny", "x\na = **1**\n\n  b\ny",
         ["pre:a = **1**\n\n  b"]),
        ("> ```\n> x\n> ```", "x", ["blockquote:x", "pre:x"]),
        ("```\nlast``` \nx", "last\nx", ["pre:last"]),
        ("see ```x = 1``` there", "see x = 1 there", ["pre:x = 1"]),
        ("\\*not\\* \\_not_ \\`not` \\[a](https://b.c)", "*not* _not_ `not` [a](https://b.c)", []),
        ("\\> no quote", "> no quote", []),
        ("**C:\\dir\\**", "C:\\dir\\", ["bold:C:\\dir\\"]),
    ],
)  # fmt: skip
def test_what_is_meant_is_formatted(markdown: str, text: str, covered: list[str]) -> None:
    found = to_entities(markdown)
    assert found.text == text
    shown = [f"{e.type}:{_covered(found, e)}" for e in found.entities]
    assert sorted(shown) == sorted(covered)


def _covered(found: Formatted, entity: Entity) -> str:
    raw = found.text.encode("utf-16-le")
    return raw[entity.offset * 2 : entity.end * 2].decode("utf-16-le")


def written(text: str, *entities: tuple[str, str]) -> str:
    """`to_markdown` with entities over the first place of a word."""
    return to_markdown(
        text,
        [
            {
                "type": kind,
                "offset": len(text[: text.index(word)].encode("utf-16-le")) // 2,
                "length": len(word.encode("utf-16-le")) // 2,
                "url": "https://example.org/a_b",
            }
            for kind, word in entities
        ],
    )


def test_what_a_customer_formatted_reads_well() -> None:
    assert written("👍 so bold", ("bold", "bold")) == "👍 so **bold**"
    assert written("one\ntwo", ("bold", "one\ntwo")) == "**one**\n**two**"
    assert written("a bold ", ("bold", " bold ")) == "a **bold** "
    assert written("see here", ("text_link", "here")) == "see [here](https://example.org/a_b)"
    assert written("q\nr\nmine", ("blockquote", "q\nr")) == "> q\n> r\nmine"
    assert written("a\nx=1\nb", ("pre", "x=1")) == "a\n```\nx=1\n```\nb"
    assert written("snake_case 5*3 and it", ("italic", "it")) == "snake_case 5*3 and _it_"
    # Escaped only where it would be read as more than it is.
    assert written("*no* but yes", ("bold", "yes")) == "\\*no* but **yes**"
    assert written("> no but yes", ("bold", "yes")) == "\\> no but **yes**"
    assert written("@ann #tag https://a.b", ("mention", "@ann")) == "@ann #tag https://a.b"


@pytest.mark.parametrize("size", [8_000, pytest.param(50_000, marks=pytest.mark.slow)])
def test_long_texts_take_no_time(size: int) -> None:
    """Each of these is quadratic for a careless reader."""
    for piece in (
        "*a ",
        "**a _b ",
        "`a ``b ```c ",
        "[",
        "[a](https://x ",
        "\\*",
        "```\n",
        "> a\n",
        "[\\",
        "[a](https://",
        "_*~|",
        "\\` ",
        "**b**\n",
        "\u2060\\*",
        "www.",
        "a:\\",
    ):
        text = piece * (size // len(piece))
        began = time.process_time()
        to_entities(text)
        to_markdown(text, [{"type": "bold", "offset": 0, "length": len(text)}])
        # 50,000 take 1 s at most on a slow machine; what is quadratic takes a minute.
        assert time.process_time() - began < size / 5_000, piece
