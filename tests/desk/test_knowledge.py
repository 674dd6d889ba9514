"""Articles are files: read, found by what somebody types, and put into replies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnitui.desk.command import CommandError
from omnitui.desk.knowledge.light_markdown import headings, light
from omnitui.desk.knowledge.shelf import Shelf, first_place
from store import article_uses
from tests.desk.office import Office

RETURNS = """---
title: Returns and refunds
tags: [money, returns]
url: https://help.acme.example/returns
---
# Returns

You may send anything back within **30 days**.

## How long a refund takes

Banks need three to five working days. See [your bank](https://bank.example) or
[the other page](../other.md).

### Cards

Cards are slower.

## Shipping labels

1. Print the label
2. Put it on the box
   - not over the seam
"""
RETURNS_UK = """---
title: Повернення коштів
tags: [гроші]
---
Ви можете повернути товар протягом 30 днів. Кошти приходять за три дні.
"""
SIZES = "---\ntitle: Sizes of boots\nchannels: [telegram]\n---\nMeasure your foot in the evening.\n"


def folder(top: Path, **files: str) -> Path:
    for name, text in files.items():
        path = top / (name.replace("___", "/").replace("__", ".") + ".md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return top


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    made = Shelf([folder(tmp_path, money___returns=RETURNS, money___returns__uk=RETURNS_UK,
                         sizes=SIZES)])  # fmt: skip
    made.refresh()
    return made


def names(shelf: Shelf, query: str, *languages: str, **more: object) -> list[str]:
    return [one.article.name for one in shelf.search(query, languages, **more)]  # type: ignore[arg-type]


def test_an_article_a_name_a_variant_a_language(shelf: Shelf) -> None:
    found = shelf.get("money/returns")
    assert (found.title, found.tags) == ("Returns and refunds", ("money", "returns", "гроші"))
    assert found.variant("uk").title == "Повернення коштів"
    assert found.variant("pl").url == "https://help.acme.example/returns"
    assert shelf.get("sizes").channels == ("telegram",)
    with pytest.raises(CommandError, match="Did you mean “sizes”"):
        shelf.get("sise")


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("refund", "money/returns"),
        ("refunding", "money/returns"),
        ("three fiv", "money/returns"),
        ("повернення", "money/returns"),
        ("повернен", "money/returns"),
        ("поверненню коштам", "money/returns"),
        ("ГРОШІ", "money/returns"),
        ('"working days"', "money/returns"),
        ("evenig", "sizes"),
        ("boots refund", "money/returns"),
        ("s", "sizes"),
    ],
)
def test_what_is_typed_finds(shelf: Shelf, query: str, best: str) -> None:
    assert best in names(shelf, query)[:2]


def test_what_is_not_there_is_not_found(shelf: Shelf) -> None:
    assert names(shelf, "qqqqzz") == []
    assert names(shelf, '"days working"') == []
    assert "money/returns" not in names(shelf, "in -refund")
    assert names(shelf, "boots", channel="email") == []
    assert names(shelf, "boots", channel="telegram") == ["sizes"]
    assert names(shelf, "''\" ( * : NEAR(") == []


def test_without_words_the_most_used_come_first(shelf: Shelf) -> None:
    assert names(shelf, "") == ["money/returns", "sizes"]
    assert names(shelf, "", ranks={"sizes": 1}) == ["sizes", "money/returns"]
    assert names(shelf, "", desk_ranks={"sizes": 1}) == ["sizes", "money/returns"]


def test_what_a_customer_wrote_is_about(shelf: Shelf) -> None:
    text = "Hello, I sent the boots back two weeks ago, where are my refunds? I need them."
    assert names(shelf, text, how="about")[0] == "money/returns"
    assert names(shelf, "hello there", how="about") == []


def test_a_changed_file_is_read_again(shelf: Shelf, tmp_path: Path) -> None:
    assert not shelf.refresh()
    path = tmp_path / "sizes.md"
    path.write_text("---\ntitle: Gloves\n---\nMeasure the hand.")
    os.utime(path, (1, 1))
    assert shelf.refresh()
    assert names(shelf, "hand") == ["sizes"]
    assert names(shelf, "evening") == []
    path.unlink()
    folder(tmp_path, hats="---\ntitle: Hats\n---\nA hat.")
    told: list[tuple[int, int]] = []
    assert shelf.refresh(lambda done, of: told.append((done, of)))
    assert told == [(1, 1)]
    assert "sizes" not in names(shelf, "gloves")
    assert [one.name for one in shelf.all] == ["hats", "money/returns"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("---\ntitle: x\nurl: help.example\n---\nx", 3, "https://"),
        ("---\ntitle: x\nlink: y\n---\nx", 3, "unknown key “link”"),
        ("---\ntitle: x\n", 1, "no closing"),
    ],
)
def test_a_broken_file_is_told_with_its_line(
    shelf: Shelf, tmp_path: Path, text: str, line: int, words: str
) -> None:
    (tmp_path / "sizes.md").write_text(text)
    shelf.refresh()
    (problem,) = shelf.problems
    assert (problem.path.name, problem.line) == ("sizes.md", line)
    assert words in problem.reason
    assert [one.name for one in shelf.all] == ["money/returns"]
    folder(tmp_path, sizes=SIZES)
    shelf.refresh()
    assert shelf.problems == ()


def test_the_whole_and_parts_as_light_markdown(shelf: Shelf) -> None:
    article = shelf.get("money/returns").variant()
    assert [one.title for one in article.sections()] == [
        "Returns", "How long a refund takes", "Cards", "Shipping labels",
    ]  # fmt: skip
    whole = article.text()
    assert whole.startswith("**Returns**\n\nYou may send anything back within **30 days**.")
    takes = article.sections()[1]
    assert article.text(takes) == (
        "Banks need three to five working days. See [your bank](https://bank.example) or the other"
        " page.\n\n**Cards**\n\nCards are slower."
    )
    plain = article.text(takes, formatted=False)
    assert "your bank (https://bank.example)" in plain
    assert "*" not in plain
    labels = article.text(article.sections()[3])
    assert labels == "1. Print the label\n2. Put it on the box\n  - not over the seam"
    assert first_place(article, "cards slower") == article.body.split("\n").index(
        "Cards are slower."
    )


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("a\nb", "a b"),
        ("a  \nb", "a\nb"),
        ("# H\n\n- one\n- two\n\nend", "**H**\n\n- one\n- two\n\nend"),
        ("> said\n> so", "> said so"),
        ("```sh\nls\n```", "```sh\nls\n```"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n\nend", "a | b\n1 | 2\n\nend"),
        ("*i* __b__ ~~s~~ `c`", "_i_ **b** ~~s~~ `c`"),
        ("<https://x.example> ![pic](p.png)", "https://x.example pic"),
        ("<b>x</b> <!-- no -->", "x"),
        ("", ""),
    ],
)
def test_markdown_becomes_light(markdown: str, expected: str) -> None:
    assert light(markdown) == expected


@settings(max_examples=150)
@given(st.text(alphabet="#-*_`>[]()|\n 1.ab!~<é", max_size=80))
def test_any_markdown_is_written_and_its_headings_are_lines_of_it(text: str) -> None:
    light(text)
    light(text, formatted=False)
    lines = text.count("\n") + 1
    assert all(0 <= one.line < one.text_line <= lines for one in headings(text))


def office_with_articles(office: Office) -> Path:
    return folder(office.desk.config.home.articles, money___returns=RETURNS, sizes=SIZES)


def test_articles_go_into_the_draft_and_are_counted(office: Office) -> None:
    office_with_articles(office)
    id_ = office.got(office.letter("Ann Lee <ann@x.example>")).conversation_id
    office.do(id_, "reply set 'Hello Ann,'")
    done = office.do(id_, "article insert money/returns Shipping")
    assert office.session(id_).draft.get().text == (
        "Hello Ann,\n\n1. Print the label\n2. Put it on the box\n  - not over the seam"
    )
    office.do(id_, done.undo)
    assert office.session(id_).draft.get().text == "Hello Ann,"
    office.do(id_, "article link money/returns")
    assert office.session(id_).draft.get().text.endswith("https://help.acme.example/returns")
    assert article_uses.totals(office.desk.db) == {"money/returns": 2}
    with pytest.raises(CommandError, match="no heading “nothing”"):
        office.do(id_, "article insert money/returns nothing")
    with pytest.raises(CommandError, match="has no address"):
        office.do(id_, "article link sizes")
