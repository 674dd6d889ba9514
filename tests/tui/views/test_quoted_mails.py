from __future__ import annotations

from omnitui.tui.text.quoted_mails import header_blocks, set_apart

OUTLOOK = """From: Bob Marsh <bob@lipa.example>
Sent: Monday, November 16, 2026 9:19 AM
To: Ann Reed
Subject: RE: Order

Please see below.
Von: Іван <ivan@lipa.example>
Gesendet: Montag, 16. November 2026 09:18
An: Ann Reed
> Від: Олена <olena@lipa.example>
> Дата: пн, 16 лист. 2026 р.
> Кому: Ann
> Добрий день"""


def test_header_blocks_in_any_language_begin_a_mail() -> None:
    assert header_blocks(OUTLOOK.split("\n")) == [0, 6]
    apart = OUTLOOK.replace("An: Ann Reed\n", "An: Ann Reed\n\n")
    assert header_blocks(apart.split("\n")) == [0, 6, 10]


def test_lists_of_words_with_colons_are_no_mails() -> None:
    assert header_blocks(["Size: M", "Colour: blue", "Pieces: 2"]) == []
    assert header_blocks(["Note: call ann@lipa.example", "Time: 2026"]) == []
    assert header_blocks([]) == []


def test_an_empty_line_comes_before_each_but_the_first() -> None:
    assert set_apart(OUTLOOK).split("\n")[5:8] == [
        "Please see below.",
        "",
        "Von: Іван <ivan@lipa.example>",
    ]
    assert set_apart("no mail in it\n> at all") == "no mail in it\n> at all"
