"""New text apart from quotes and signature, by what each mail program writes."""

# ruff: noqa: E501 - what programs write stands on one line, as they write it
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.email.html.render import render
from connectors.email.replies.quote import Split, split_lines, split_text

INTROS = [
    "On Mon, Jan 5, 2024 at 10:00 AM Ann <ann@example.org> wrote:",
    "On 5 Jan 2024, at 10:00, Ann <ann@example.org> wrote:",
    "пт, 5 січ. 2024 р. о 10:00 Анна <ann@example.org> пише:",
    "05.01.24 10:00, Анна <ann@example.org> пише:",
    "пт, 5 янв. 2024 г. в 10:00, Анна <ann@example.org>:",
    '05.01.2024, 10:00, "Анна" <ann@example.org>:',
    "Пятница, 5 января 2024, 10:00 +03:00 от Анна <ann@example.org>:",
    "5 января 2024 г., 10:00, Анна написала:",
    "pt., 5 sty 2024 o 10:00 Anna <ann@example.org> napisał(a):",
    "W dniu 5.01.2024 o 10:00, Anna pisze:",
    "Am Fr., 5. Jan. 2024 um 10:00 Uhr schrieb Anna <ann@example.org>:",
    "Am 05.01.24 um 10:00 schrieb Anna:",
    "Le ven. 5 janv. 2024 à 10:00, Anne <ann@example.org> a écrit :",
    "El vie, 5 ene 2024 a las 10:00, Ana (<ann@example.org>) escribió:",
    "Il giorno ven 5 gen 2024 alle ore 10:00 Anna <ann@example.org> ha scritto:",
    "Op vr 5 jan 2024 om 10:00 schreef Anna <ann@example.org>:",
    "Em sex., 5 de jan. de 2024 às 10:00, Ana <ann@example.org> escreveu:",
    "Den fre 5 jan. 2024 kl 10:00 skrev Anna <ann@example.org>:",
    "pá 5. 1. 2024 v 10:00 odesílatel Anna <ann@example.org> napsal:",
]


@pytest.mark.parametrize("intro", INTROS)
@pytest.mark.parametrize("mark", ["> ", ""])
def test_attribution_lines_of_many_languages(intro: str, mark: str) -> None:
    found = split_text(f"Дякую, все гаразд!\n\n{intro}\n\n{mark}Old text\n{mark}more old text\n")
    assert found.text == "Дякую, все гаразд!"
    assert found.quoted.startswith(intro)
    assert "more old text" in found.quoted


def test_an_attribution_wrapped_over_lines() -> None:
    found = split_text(
        "Yes.\n\nOn Mon, Jan 5, 2024 at 10:00 AM Ann Example\n<ann@example.org>\nwrote:\n\n> Old\n"
    )
    assert found.text == "Yes."
    assert found.quoted.startswith("On Mon")


OUTLOOK = [
    "From: Ann <ann@example.org>\nSent: Friday, January 5, 2024 10:00 AM\nTo: Bob <b@c.d>\nSubject: Order",
    "Від: Анна <ann@example.org>\nНадіслано: 5 січня 2024 р. 10:00\nКому: Bob <b@c.d>\nТема: Order",
    "От: Анна <ann@example.org>\nОтправлено: 5 января 2024 г. 10:00\nКому: Bob <b@c.d>\nТема: Order",
    "Od: Anna <ann@example.org>\nWysłano: piątek, 5 stycznia 2024 10:00\nDo: Bob <b@c.d>\nTemat: Order",
    "Von: Anna <ann@example.org>\nGesendet: Freitag, 5. Januar 2024 10:00\nAn: Bob <b@c.d>\nBetreff: Order",
    "De : Anne <ann@example.org>\nEnvoyé : vendredi 5 janvier 2024 10:00\nÀ : Bob <b@c.d>\nObjet : Order",
    "*From:* Ann <ann@example.org>\n*Sent:* Friday, January 5, 2024 10:00 AM\n*To:* Bob <b@c.d>\n*Subject:* Order",
]


@pytest.mark.parametrize("block", OUTLOOK)
@pytest.mark.parametrize(
    "above", ["", "________________________________\n", "-----Original Message-----\n"]
)
def test_header_blocks_of_outlook(block: str, above: str) -> None:
    found = split_text(f"Thanks!\n\n{above}{block}\n\nOld text\n")
    assert found.text == "Thanks!"
    assert "Old text" in found.quoted


@pytest.mark.parametrize(
    "above",
    ["---------- Forwarded message ---------", "Begin forwarded message:", "-------- Пересилане повідомлення --------",
     "-------- Пересылаемое сообщение --------", "-------- Forwarded Message --------"],
)  # fmt: skip
def test_forwarded_mail_is_quoted(above: str) -> None:
    found = split_text(
        f"See below\n\n{above}\nFrom: Ann <ann@example.org>\nDate: 5 Jan 2024\nSubject: Hi\n\nOld text\n"
    )
    assert found.text == "See below"
    assert found.quoted.startswith(above[:5])


def test_answers_between_quotes_keep_their_order() -> None:
    text = "On 5 Jan 2024 10:00, Ann <a@b.c> wrote:\n> First?\n\nyes\n\n> Second?\n\nno\n"
    found = split_text(text)
    assert found == Split("yes\n\nno", found.quoted, "", interleaved=True)
    assert "First?" in found.quoted
    assert "Second?" in found.quoted


def test_an_answer_below_the_quote() -> None:
    found = split_text(
        "On 5 Jan 2024 10:00, Ann <a@b.c> wrote:\n> First?\n> Really?\n\nYes, really.\n"
    )
    assert found.text == "Yes, really."


@pytest.mark.parametrize(
    "text",
    [
        "My address:\n\nShevchenka 5\nKyiv",
        "He wrote: come at 10:00.\nSo I came.",
        "From: Kyiv\nTo: Lviv\nDate: 5 May\nhow much is the delivery?",
        "Here is what I need:\n- shoes\n- a box",
        "Sent from Kyiv yesterday, still not here",
        "Order: 12345\nName: Ann\nPhone: 555",
        "At 10:30 my colleague said:\nit is broken",
        "Subject to your terms: fine.\nTo: be honest, I am angry",
        "-----------\nI have two questions\n-----------\nwhy?",
        "Look:\n    >>> indented by hand",
        "On Monday I wrote to you:\nno answer so far",
    ],
)
def test_new_text_that_looks_like_a_quote_stays(text: str) -> None:
    assert split_text(text).text == text


@pytest.mark.parametrize(
    ("text", "new", "signature"),
    [
        ("Hello\n-- \nAnn\nAcme", "Hello", "Ann\nAcme"),
        ("Hello\n--\nAnn", "Hello", "Ann"),
        ("Hello\n\nSent from my iPhone", "Hello", "Sent from my iPhone"),
        ("Привіт\n\nНадіслано з iPhone", "Привіт", "Надіслано з iPhone"),
        ("Привет\n\nОтправлено с моего телефона", "Привет", "Отправлено с моего телефона"),
        ("Cześć\n\nWysłane z iPhone'a", "Cześć", "Wysłane z iPhone'a"),
        ("Hi\n\nGet Outlook for iOS", "Hi", "Get Outlook for iOS"),
        ("Hi\n\nSent from my desk, which is much easier than my mobile phone.", None, ""),
        ("a\n--\n" + "\n".join(f"line {n}" for n in range(30)), None, ""),
    ],
)
def test_signatures(text: str, new: str | None, signature: str) -> None:
    found = split_text(text)
    assert found.text == (text if new is None else new)
    assert found.signature == signature


HTML = {
    "gmail": '<div dir="ltr">New</div><br><div class="gmail_quote"><div class="gmail_attr">On Fri, Jan 5, 2024 '
    'at 10:00 AM Ann &lt;<a href="mailto:a@b.c">a@b.c</a>&gt; wrote:<br></div><blockquote class="gmail_quote" '
    'style="margin:0">Old</blockquote></div>',
    "outlook": '<p class="MsoNormal">New<o:p></o:p></p><div style="border:none;border-top:solid #E1E1E1 1.0pt;'
    'padding:3.0pt 0in 0in 0in"><p class="MsoNormal"><b>Skickat av:</b> Ann<br><b>X:</b> y</p></div><p>Old</p>',
    "outlook.com": '<div>New</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>Frm:</b> Ann<br></div>'
    "<div>Old</div>",
    "thunderbird": '<p>New</p><div class="moz-cite-prefix">05.01.24 10:00, Ann пише:<br></div>'
    '<blockquote type="cite">Old</blockquote>',
    "apple": 'New<br><div><br><blockquote type="cite"><div>On 5 Jan 2024, at 10:00, Ann &lt;a@b.c&gt; wrote:</div>'
    "<br><div>Old</div></blockquote></div>",
    "yahoo": '<div>New</div><div id="ydp1yahoo_quoted_1" class="ydp1yahoo_quoted"><div>On Friday, Ann wrote:</div>'
    "<div>Old</div></div>",
    "yandex": '<div>New</div><div>05.01.2024, 10:00, "Ann" &lt;a@b.c&gt;:</div><blockquote><p>Old</p></blockquote>',
    "mail.ru": 'New<br><blockquote style="border-left:1px solid #0857A6;margin:10px;padding:0 0 0 10px;">Пятница, '
    "5 января 2024, 10:00 +03:00 от Ann &lt;a@b.c&gt;:<br>Old</blockquote>",
    "proton": '<div>New</div><div class="protonmail_quote">On Friday, Ann wrote:<br><blockquote>Old</blockquote></div>',
}


@pytest.mark.parametrize("program", HTML)
def test_html_replies(program: str) -> None:
    rendered = render(f"<html><body>{HTML[program]}</body></html>")
    found = split_lines(rendered.lines, rendered.marks)
    assert found.text == "New"
    assert "Old" in found.quoted


def test_html_answers_between_quotes() -> None:
    rendered = render(
        '<div class="gmail_quote"><div class="gmail_attr">On Fri, Jan 5, 2024 at 10:00 Ann wrote:</div>'
        "<blockquote>First?</blockquote><div>yes</div><blockquote>Second?</blockquote><div>no</div></div>"
    )
    found = split_lines(rendered.lines, rendered.marks)
    assert found.text == "yes\n\nno"
    assert found.interleaved


def test_html_signature_and_indent() -> None:
    rendered = render(
        '<div>New</div><blockquote style="margin:0 0 0 40px;border:none;padding:0px">indented</blockquote>'
        '<div>-- <br><div class="gmail_signature">Ann</div></div>'
    )
    found = split_lines(rendered.lines, rendered.marks)
    assert found.text == "New\n\nindented"
    assert found.signature == "Ann"


@given(st.text(max_size=400))
@settings(deadline=None)
def test_every_line_lands_somewhere(text: str) -> None:
    found = split_text(text)
    whole = f"{found.text}\n{found.quoted}\n{found.signature}"
    for line in text.split("\n"):
        if line.strip() not in ("", "--", "—", "–", "__", "___"):
            assert line.rstrip() in whole
