"""Replies of every program and language of the table, and what holds for any text."""

# ruff: noqa: E501 - what programs write stands on one line, as they write it
from __future__ import annotations

import re
import time
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.email.html.render import render
from connectors.email.replies.quote import Split, split_lines, split_text
from tests.email_reading.reply_table import ADDRESS, Case, cases, table

# Shown with the quote, knowingly: a name and a date without "wrote" above unmarked text could
# be a schedule; Roundcube's Hebrew line has its colon at the wrong end; the rest is garbled.
FLOOR = 0.995
# Each language, and the whole table, look at the same splits.
pytestmark = pytest.mark.xdist_group("reply-table")
_WORD = re.compile(r"[^\W_]+")


@cache
def _split(case: Case) -> Split:
    if not case.html:
        return split_text(case.body)
    rendered = render(case.body)
    return split_lines(rendered.lines, rendered.marks)


def _words(text: str) -> str:
    return " ".join(text.split())


def _fine(case: Case) -> bool:
    found = _split(case)
    return _words(found.text) == _words(case.new) and (
        _words(case.signature) in _words(found.signature)
    )


@pytest.mark.parametrize("language", table())
def test_every_program_in_each_language(language: str) -> None:
    rows = list(cases(language))
    missed = [case.name for case in rows if not _fine(case)]
    assert len(rows) >= 100
    assert len(missed) <= max(9, (1 - FLOOR) * len(rows)), missed


def test_the_whole_table() -> None:
    rows = list(cases())
    hidden = 0
    fine = 0
    for case in rows:
        found = _split(case)
        fine += _fine(case)
        hidden += not set(_WORD.findall(case.new)) <= set(_WORD.findall(found.text))
    print(f"{fine} of {len(rows)} replies split exactly, new text hidden in {hidden}")
    assert fine / len(rows) >= FLOOR
    assert hidden == 0


SAYINGS = (
    "Where is my order 4711?", "It is broken.", "Коли відправите посилку?", "Да, верно.",
    "Please call me: +380 44 123 45 67", "I wrote to you on Monday.", "See https://example.org/a",
    "- a lamp", "- a desk", "He said: no.", "From Kyiv to Lviv", "Proszę o fakturę.",
    "Size: XL", "5 > 3 and 2 < 4", "Wann kommt die Ware?", "Thank you in advance!",
    "The error is: out of paper", "C:\\> dir", "To be honest, I am angry.", "10:00 would be fine",
)  # fmt: skip
LANGUAGES = table()


@st.composite
def replies(draw: st.DrawFn) -> tuple[str, str]:
    """A mail and what is new in it: sayings above an introduction and marked lines."""
    row = LANGUAGES[draw(st.sampled_from(sorted(LANGUAGES)))]
    paragraphs = draw(
        st.lists(st.lists(st.sampled_from(SAYINGS), min_size=1, max_size=3), min_size=1, max_size=4)
    )
    new = "\n\n".join("\n".join(lines) for lines in paragraphs)
    intro = draw(st.sampled_from(row["attributions"]))
    if intro.startswith((":", ">")) or "\n" in intro:
        intro = row["attributions"][0]
    intro = intro.replace("{n}", row["name"]).replace("{m}", ADDRESS)
    old = draw(st.lists(st.sampled_from((*row["old"], *SAYINGS)), min_size=1, max_size=5))
    marked = "\n".join(f"> {line}" for line in old)
    ending = draw(st.sampled_from(("", f"\n\n{row['devices'][0]}", f"\n\n-- \n{row['name']}")))
    return f"{new}{ending}\n\n{intro}\n\n{marked}\n", new


@given(replies())
@settings(deadline=None, max_examples=300)
def test_what_was_newly_written_is_found_whatever_it_is(reply: tuple[str, str]) -> None:
    body, new = reply
    assert _words(split_text(body).text) == _words(new)


LINES = st.sampled_from(
    (
        *SAYINGS, "", "", "> old", ">> older", ">", "-- ", "--", "___", "Regards,", "Ann", "/Ann",
        "On 6 May 2024 at 10:00, Ann <a@b.c> wrote:", "-----Original Message-----", "From: A <a@b.c>",
        "Sent: 6 May 2024 10:00", "To: B", "Subject: C", "Sent from my iPhone", "| x", "Ann> y",
        "Reply above this line", "This confidential e-mail is meant for the addressee only.", "Delete it.",
    )
)  # fmt: skip


@given(st.lists(LINES, max_size=25), st.booleans())
@settings(deadline=None, max_examples=300)
def test_nothing_is_lost_and_order_is_kept(lines: list[str], reply: bool) -> None:
    found = split_text("\n".join(lines), reply=reply)
    parts = [found.text, found.quoted, found.signature]
    words = sorted(word for part in parts for word in _WORD.findall(part))
    assert words == sorted(_WORD.findall("\n".join(lines)))
    sent = [line.rstrip() for line in lines]
    for part in parts:
        at = 0
        for line in part.split("\n"):
            if line:
                at = sent.index(line, at) + 1


NEAR = (
    "On May 5, 2024 at 10:00 I wrote:", "From: Ann <a@b.c>", "> quoted line:", "note: something 10:00",
    "ann@example.org said:", "Sent from my iPhone", "My friend wrote", "____________", ">>> a",
    "please reply above the line", "Subject: a", "Regards", "Message: confidential, addressee", "a@",
)  # fmt: skip


@pytest.mark.parametrize("line", NEAR)
def test_a_megabyte_of_what_nearly_is_a_quote_costs_as_much_as_it_is_long(line: str) -> None:
    def cost(size: int) -> float:
        text = f"{line}\n" * (size // (len(line) + 1))
        start = time.process_time()
        split_text(text)
        return time.process_time() - start

    small = min(cost(250_000) for _ in range(2))
    assert cost(1_000_000) < 12 * small + 0.1
