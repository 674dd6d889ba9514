"""Filled-in forms of many makes and languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnitui.desk.mail.web_form import parse

CONTACT_FORM_7 = """\
From: Ann Lee <ann@home.example>
Subject: My boiler

Message Body:
It leaks.

Since Monday.

--\x20
This e-mail was sent from a contact form on Acme (https://acme.example)
"""
ELEMENTOR = """\
Name: Ann Lee
Email: ann@home.example
Phone: +380 44 123 45 67
Message: It leaks.
Since Monday.

---

Date: September 22, 2026
Time: 10:00
Page URL: https://acme.example/contact
User Agent: Mozilla/5.0
Remote IP: 192.0.2.1
Powered by: Elementor
"""
BELOW = """\
Your name

Ann Lee

Your e-mail *

ann@home.example

Question

It leaks.

Since Monday.
"""
GERMAN = """\
Vorname: Ann
Nachname: Lee
E-Mail-Adresse: ann@home.example
Telefon: 030 1234567
Betreff: Heizung
Ihre Nachricht:
Sie tropft.
Seit Montag: jeden Tag.
"""
UKRAINIAN = """\
Ім'я: Олена Коваль
Пошта: olena@home.example
Телефон: 044 123 45 67
Тема: Котел
Повідомлення: Він тече.
"""
RUSSIAN = """\
*Имя:* Анна
*Электронная почта:* anna@home.example
*Контактный телефон:* 8 (495) 123-45-67
*Сообщение:* Он течёт.
IP: 192.0.2.1
"""
POLISH = """\
Imię i nazwisko: Anna Kowalska
Adres e-mail: anna@home.example
Telefon kontaktowy: 601 234 567
Temat: Piec
Treść wiadomości:
Cieknie.
"""
TILDA = """\
Request details:
Name: Анна
Email: anna@home.example
Phone: +7 (495) 123-45-67
Textarea: Он течёт.

Additional information:
Transaction ID: 1:2
Form Name: Contact
https://acme.example
-----
"""
TABLE = """\
Name | Ann Lee
E-mail | ann@home.example
Company | Home Ltd
Comments | It leaks.
"""


@pytest.mark.parametrize(
    ("text", "name", "email", "phone", "subject", "message"),
    [
        (CONTACT_FORM_7, "Ann Lee", "ann@home.example", "", "My boiler",
         "It leaks.\n\nSince Monday."),
        (ELEMENTOR, "Ann Lee", "ann@home.example", "+380 44 123 45 67", "",
         "It leaks.\nSince Monday."),
        (BELOW, "Ann Lee", "ann@home.example", "", "", "It leaks.\n\nSince Monday."),
        (GERMAN, "Ann Lee", "ann@home.example", "030 1234567", "Heizung",
         "Sie tropft.\nSeit Montag: jeden Tag."),
        (UKRAINIAN, "Олена Коваль", "olena@home.example", "044 123 45 67", "Котел", "Він тече."),
        (RUSSIAN, "Анна", "anna@home.example", "8 (495) 123-45-67", "", "Он течёт."),
        (POLISH, "Anna Kowalska", "anna@home.example", "601 234 567", "Piec", "Cieknie."),
        (TILDA, "Анна", "anna@home.example", "+7 (495) 123-45-67", "", "Он течёт."),
        (TABLE, "Ann Lee", "ann@home.example", "", "", "It leaks."),
    ],
)  # fmt: skip
def test_forms(text: str, name: str, email: str, phone: str, subject: str, message: str) -> None:
    form = parse(text)
    assert form is not None
    assert (form.name, form.email, form.phone) == (name, email, phone)
    assert (form.subject, form.message) == (subject, message)


@pytest.mark.parametrize(
    "text",
    ["", "Hello,\n\nyour backup is done.", "Status: ok\nTime: 10:00", "E-mail me a copy: yes"],
)
def test_what_names_nobody_is_no_form(text: str) -> None:
    assert parse(text) is None


def test_everything_that_was_filled_in_is_kept() -> None:
    form = parse(TABLE)
    assert form is not None
    assert ("Company", "Home Ltd") in form.fields


def test_what_somebody_writes_into_the_message_is_not_taken_for_the_form() -> None:
    form = parse("Email: ann@home.example\nMessage: Please write to\nE-mail: eve@other.example\n")
    assert form is not None
    assert form.email == "ann@home.example"
    assert "eve@other.example" in form.message


@given(st.text(alphabet=st.sampled_from("ab:@.|\n\t *-Email: Message"), max_size=400))
def test_no_text_is_too_odd(text: str) -> None:
    form = parse(text)
    assert form is None or "@" in form.email or form.phone
