from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnitui.tui.text.inline import highlight, links, parse


def marked(line: str, *, formatted: bool = True) -> list[tuple[str, str]]:
    inline = parse(line, formatted=formatted)
    return [(span.kind, inline.text[span.start : span.end]) for span in inline.spans]


@pytest.mark.parametrize(
    ("line", "text", "spans"),
    [
        ("plain", "plain", []),
        ("a **bold** word", "a bold word", [("bold", "bold")]),
        ("an *italic* one", "an italic one", [("italic", "italic")]),
        ("an _italic_ one", "an italic one", [("italic", "italic")]),
        ("run `rm -rf *` now", "run rm -rf * now", [("code", "rm -rf *")]),
        ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name", []),
        ("~~gone~~", "gone", [("strike", "gone")]),
        ("__under__ a", "under a", [("underline", "under")]),
        ("||who did it||", "who did it", [("spoiler", "who did it")]),
        ("if a || b || c", "if a || b || c", []),
        ("**all _of_ it**", "all of it", [("bold", "all of it"), ("italic", "of")]),
        (r"\*not so\*", "*not so*", []),
        (r"C:\_old and 3\*4", r"C:\_old and 3\*4", []),
        ("ask [Ann](tg://user?id=42)", "ask Ann", [("link", "Ann")]),
        (
            "[our shop](https://shop.example/x)",
            "our shop ⟨shop.example⟩",
            [("link", "our shop"), ("host", " ⟨shop.example⟩")],
        ),
        (
            "[bank.example](https://evil.example)",
            "bank.example ⟨⚠ evil.example⟩",
            [("link", "bank.example"), ("warning", " ⟨⚠ evil.example⟩")],
        ),
        ("[x](javascript:alert)", "[x](javascript:alert)", []),
        (
            "(see https://a.example/b).",
            "(see https://a.example/b).",
            [("link", "https://"), ("host", "a.example"), ("link", "/b")],
        ),
    ],
)
def test_what_our_replies_mean(line: str, text: str, spans: list[tuple[str, str]]) -> None:
    assert parse(line, formatted=True).text == text
    assert marked(line) == spans


def test_a_customers_text_keeps_every_character() -> None:
    line = "2**3**4 `code` _x_ *y*"
    assert parse(line, formatted=False).text == line
    assert marked(line, formatted=False) == []


def test_a_lie_is_told_in_a_customers_text_too() -> None:
    assert ("warning", " ⟨⚠ evil.example⟩") in marked(
        "[https://bank.example](https://evil.example)", formatted=False
    )


@pytest.mark.parametrize(
    ("line", "lies"),
    [
        ("Log in at https://bank.example (http://evil.example/login)", True),
        ("Log in at https://bank.example:8443/in?x=1 (http://evil.example/login)", True),
        ("Log in at www.bank.online <http://evil.example/login>", True),
        ("Log in at bank.com?x=1 (http://evil.example/login)", True),
        ("Log in at https://bank.example/ (https://www.bank.example/login)", False),
        ("See report.pdf (https://files.example/report)", False),
    ],
)
def test_a_lie_behind_an_address_is_told_whatever_its_domain(line: str, lies: bool) -> None:
    assert any(kind == "warning" for kind, _text in marked(line, formatted=False)) is lies


@given(st.text("ab*_`~|[]() ./:htpsw\\", max_size=60), st.booleans())
def test_any_line_is_parsed_and_spans_lie_within(line: str, formatted: bool) -> None:
    inline = parse(line, formatted=formatted)
    for span in inline.spans:
        assert 0 <= span.start < span.end <= len(inline.text)


@given(st.text(max_size=40), st.text(max_size=3))
def test_highlight_marks_every_occurrence(line: str, needle: str) -> None:
    inline = highlight(parse(line, formatted=False), needle)
    found = [span for span in inline.spans if span.kind == "found"]
    for span in found:
        assert inline.text[span.start : span.end].casefold() == needle.casefold() or needle


def test_links_in_order_without_the_sentences_punctuation() -> None:
    text = "See https://a.example/x, [b](https://b.example/y) or (https://a.example/x)!"
    assert links(text) == ["https://a.example/x", "https://b.example/y"]
