"""HTML mail as text that people can read, in bounded time."""

# ruff: noqa: E501 - mark-up
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.email.html.render import render


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


def test_a_table_of_data_stands_in_columns() -> None:
    page = (
        "<table><tr><th>Item</th><th>Qty</th><th>Price</th></tr>"
        "<tr><td><p>Shoe</p></td><td>1</td><td>€ 49.99</td></tr>"
        "<tr><td>Шнурки</td><td>12</td><td>€ 3.50</td></tr>"
        "<tr><td colspan=2>Total</td><td>€ 53.49</td></tr></table>"
    )
    assert render(page).lines == [
        "Item    Qty    Price",
        "Shoe      1  € 49.99",
        "Шнурки   12   € 3.50",
        "Total        € 53.49",
    ]


def test_tables_that_lay_out_a_page_flow() -> None:
    long = "A whole paragraph of text that nobody would put into a table of data, it is " * 2
    page = f"<table role=presentation><tr><td>{long}</td><td>side</td></tr>" * 2 + "</table>"
    assert render(page).text.count("paragraph") == 4
    cells = "".join(f"<td>Shoe {n}<br>€ {n}<br>Buy</td>" for n in (1, 2))
    page = f"<table><tr><td><table><tr>{cells}</tr></table></td></tr></table>"
    assert render(page).text == "Shoe 1\n€ 1\nBuy\nShoe 2\n€ 2\nBuy"


def test_no_cell_of_a_wide_row_is_lost() -> None:
    page = "<table>" + ("<tr>" + "".join(f"<td>c{n}" for n in range(60))) * 3 + "</table>"
    assert render(page).text.split() == [f"c{n}" for n in range(60)] * 3


def test_own_pictures_are_named_where_they_stand() -> None:
    page = 'a <img src="cid:x%40y" alt="Our logo"> <img src=pics/b.png> <img src="cid:z">'
    images = {"x@y": "logo.png", "pics/b.png": "b.png"}
    assert render(page, images).text == "a [image: logo.png – Our logo] [image: b.png] [image]"


@pytest.mark.parametrize(
    "style",
    ["display:none", "display: none !important", "visibility:hidden", "opacity:0",
     "max-height:0;overflow:hidden", "height:0px; overflow: hidden", "max-height: 0px; overflow:hidden"],
)  # fmt: skip
def test_what_nobody_sees_is_not_read(style: str) -> None:
    assert render(f'<div style="{style}">hidden</div>seen').text == "seen"


@pytest.mark.parametrize(
    "style", ["opacity:0.9", "mso-hide:all", "max-height:0", "line-height:0;overflow:hidden",
              "font-size:0", "max-height:00100px;overflow:hidden"],
)  # fmt: skip
def test_what_is_seen_is_read(style: str) -> None:
    assert render(f'<div style="{style}">seen</div>').text == "seen"


def test_padding_after_a_preheader_goes() -> None:
    page = (
        "<p>Sale&#847; &zwnj; &nbsp; &#8199; &#65279;&#847; &zwnj; &nbsp;</p><p>&zwnj;</p><p>x</p>"
    )
    assert render(page).text == "Sale\n\nx"
    assert render("<p>می‌خواهم</p>").text == "می‌خواهم"


def test_links_lead_where_they_lead() -> None:
    safe = (
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example%2Fb&amp;data=5"
    )
    assert render(f'<a href="{safe}">terms</a>').text == "terms (https://a.example/b)"
    counted = "https://a.example/b?utm_source=x&amp;id=7&amp;utm_medium=mail"
    assert render(f'<a href="{counted}">terms</a>').text == "terms (https://a.example/b?id=7)"
    google = "https://www.google.com/url?q=https://a.example/c&amp;sa=D"
    assert render(f'<a href="{google}">terms</a>').text == "terms (https://a.example/c)"


def test_a_newsletter_tells_its_host_once() -> None:
    link = "https://click.example/" + "x" * 120
    rendered = render("".join(f'<p><a href="{link}{n}">Story {n}</a></p>' for n in range(20)))
    assert rendered.lines[0] == "Story 0 (https://click.example/…)"
    assert rendered.lines[-1] == "Story 19"
    few = render(f'<p><a href="{link}">The document</a></p>')
    assert few.text == f"The document ({link})"


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "piece",
    ["<div>", "<div>a", "<table><tr><td>", "<blockquote>x", "<", "<a href=x>y", "&", "<b><i>x",
     "<p>x", "<table><tr><td>a<td>b<tr><td>c<td>d</table>", "<tr><td>a<td>b", "\u200c\u00a0 ", "<li>", "<!--", "<a ", "<span></span>", '<a href="', "<td>x<br>", "]]>", "<?x"],
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
