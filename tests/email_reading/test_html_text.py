"""HTML mail as text that people can read, in bounded time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.email.html_text import render


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two<br>lines</p>", "One\n\nTwo\nlines"),
        ("<div>One</div><div>Two</div>", "One\nTwo"),
        ("<ul><li>a</li><li>b<ol><li>c</li><li>d</li></ol></li></ul>", "- a\n- b\n  1. c\n  2. d"),
        ("<table><tr><td>Shoe</td><td>2</td></tr><tr><td>Box</td><td>1</td></tr></table>",
         "Shoe  2\nBox   1"),
        ('<a href="https://evil.example/x">https://bank.example</a>',
         "https://bank.example (https://evil.example/x)"),
        ('<a href="https://bank.example/">bank.example</a>', "bank.example"),
        ('<a href="https://a.example/reset?t=1">Click here</a>',
         "Click here (https://a.example/reset?t=1)"),
        ('<a href="mailto:a@b.c">a@b.c</a> <a href="mailto:a@b.c">Ann</a>', "a@b.c Ann (a@b.c)"),
        ('<a href="javascript:alert(1)">x</a>', "x"),
        ('<img src="https://t.example/p.gif"><img alt="A cat"><img alt="😀">', "[A cat]😀"),
        ("<style>p{}</style><script>x</script><title>t</title>text<!-- no -->", "text"),
        ('<span style="display:none">secret</span>shown', "shown"),
        ("a &amp; b &lt;c&gt; &nbsp; d", "a & b <c>   d"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<p class=MsoNormal>a</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>b</p>", "a\n\nb"),
        ("plain text, no tags", "plain text, no tags"),
        ("<p>never closed <b>bold", "never closed bold"),
        ("<blockquote>said</blockquote>", "> said"),
        ("", ""),
        ("   \n ", ""),
    ],
)  # fmt: skip
def test_readable(html: str, text: str) -> None:
    assert render(html).text == text


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "piece",
    ["<div>", "<div>a", "<table><tr><td>", "<blockquote>x", "<", "<a href=x>y", "&", "<b><i>x",
     "<p>x", "<li>", "<!--", "<a ", "<span></span>", '<a href="', "<td>x<br>", "]]>", "<?x"],
)  # fmt: skip
def test_hostile_html_costs_little(piece: str) -> None:
    rendered = render(piece * (200_000 // len(piece)))
    assert len(rendered.lines) == len(rendered.marks)


def test_deep_html_keeps_its_words() -> None:
    assert "word" in render("<span>" * 50_000 + "word" + "</span>" * 50_000).text


def test_long_html_is_cut_and_told() -> None:
    rendered = render("<p>" + "x" * 2_200_000)
    assert "cut" in rendered.defect


@given(st.text(alphabet="<>/abp =\"'divspan&;!-\n\0\ud83d", max_size=200))
@settings(deadline=None)
def test_any_html_is_rendered(html: str) -> None:
    rendered = render(html)
    assert len(rendered.lines) == len(rendered.marks)
