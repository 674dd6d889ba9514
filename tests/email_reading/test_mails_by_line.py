"""Mails written down as their senders' programs make them, judged line by line, and read
through `inspect` as a script would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from connectors.email.inspect import inspect
from tests.email_reading.html_answers import PAGES, Page

_ANSWER = re.compile(r"(?:re|aw|sv|antw|antwort|odp|r|res|vs|ynt|回复)\s?:", re.I)
_ISOLATES = re.compile("[\u202a-\u202e\u200e\u200f]")


def _cases() -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    whole = (Path(__file__).parent / "mails_by_line.txt").read_text("utf-8")
    for case in whole.split("\n=== ")[1:]:
        head, _, rest = case.partition("\n")
        name, _, subject = head.partition(" | ")
        yield name, subject, [(line[0], line[2:]) for line in rest.split("\n") if line]


CASES = {name: (subject, lines) for name, subject, lines in _cases()}


def _mail(subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Kim Doe <kim@client.example>"
    mail["To"] = "desk@shop.example"
    mail["Subject"] = subject
    mail["Message-ID"] = "<new@client.example>"
    if _ANSWER.match(subject):
        mail["In-Reply-To"] = "<ours@shop.example>"
    return mail


def _words(text: str | None) -> str:
    """The text without marks of direction and delimiters, its spaces collapsed."""
    lines = _ISOLATES.sub("", text or "").split("\n")
    return " ".join(" ".join(line for line in lines if line.strip(" -_")).split())


@pytest.mark.parametrize("name", CASES)
def test_a_mail(name: str) -> None:
    subject, lines = CASES[name]
    mail = _mail(subject)
    mail.set_content("\n".join(line for _, line in lines) + "\n")
    found = inspect(mail.as_bytes())
    if "X" in {kind for kind, _ in lines}:
        text = _words(found["text"])
        assert all(_words(line) in text for kind, line in lines if kind == "T")
        return
    for kind, what in (("T", "text"), ("S", "signature")):
        least = _words("\n".join(line for each, line in lines if each == kind))
        most = _words("\n".join(line for each, line in lines if each in (kind, "A")))
        assert _words(found[what]) in (least, most), what


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_a_page(page: Page) -> None:
    mail = _mail(page.subject)
    if page.plain is None:
        mail.set_content(page.html, subtype="html")
    else:
        mail.set_content(page.plain)
        mail.add_alternative(page.html, subtype="html")
    found = inspect(mail.as_bytes())
    text = " ".join(found["text"].split())
    if page.how == "holds":
        assert page.text in text
    elif page.how == "words":
        assert re.findall(r"\w+", text) == re.findall(r"\w+", page.text)
    else:
        assert text.replace("*", "") == page.text
    if page.signature:
        assert " ".join((found["signature"] or "").split()) == page.signature


@pytest.mark.parametrize(
    "text",
    [
        "One: here is what I think.\n\nTwo: and this.",
        "CAUTION: outside mail.\n\nWhere is my order?",
        "FW: nothing came\nand I wait.\n\nAnn",
        "Good day\n\nWhere is it?",
    ],
)
def test_a_text_without_headers_is_read_as_text(text: str) -> None:
    found = inspect(text.encode())
    assert found["text"].split() == text.split()
    assert found["from"] is None
    assert "no sender" in found["defects"]


def test_an_empty_answer_above_an_unmarked_quote_shows_what_may_be_one() -> None:
    head = "From: Ann <a@shop.example>\nSent: 4 March 2025 10:00\nTo: Kim\nSubject: order\n\n"
    mail = _mail("Re: order")
    mail.set_content(head + "Which colour?\nblue\n")
    found = inspect(mail.as_bytes())
    assert found["text"].split() == ["Which", "colour?", "blue"]
    assert "Sent: 4 March" in found["quoted"]


def test_a_forward_without_a_comment_has_no_text() -> None:
    mail = _mail("Fwd: order")
    mail.set_content(
        "From: Ann <a@else.example>\nSent: 4 March 2025 10:00\nTo: Kim\nSubject: order\n\nHello"
    )
    found = inspect(mail.as_bytes())
    assert found["text"] == ""
    assert found["forwarded"]["from"]["address"] == "a@else.example"
