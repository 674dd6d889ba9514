"""What a text says of who wrote it: little, and only what is likely to be theirs."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnitui.desk.persons.evidence import names, phones
from omnitui.desk.persons.evidence.stated import _ORDER, Reading

UKRAINE = Reading("UA")
POLAND = Reading("PL")
NOWHERE = Reading("")


def said(text: str, reading: Reading = UKRAINE) -> list[tuple[str, str]]:
    return [(one.kind, one.value) for one in reading.chat(text)]


@pytest.mark.parametrize(
    "written",
    [
        "+380671234567",
        "+38 (067) 123-45-67",
        "0038 067 123 45 67",
        "067 123 45 67",
        "0671234567",
        "(067) 123.45.67",
        "+380\u00a067\u2009123\u201345\u201367",
        "tel 380671234567",
    ],
)
def test_a_number_is_one_however_it_is_written(written: str) -> None:
    assert said(f"call me: {written}, thanks") == [("phone", "+380671234567")]


@pytest.mark.parametrize(
    "text",
    [
        "my parcel is 59000123456789",
        "IBAN UA21 3223 1300 0002 6007 2335 6600 1",
        "on 22.11.2026 at 14:30, or 2026-11-23",
        "10 000 000 UAH",
        "1 234 567 890 123",
        "version 10.20.30.40",
        "https://x.example/380671234567/y",
    ],
)
def test_other_figures_are_no_numbers(text: str) -> None:
    assert [one for one in said(text) if one[0] == "phone"] == []


def test_without_a_country_only_whole_numbers_are_understood() -> None:
    assert said("067 123 45 67", NOWHERE) == []
    assert said("+48 601 234 567", NOWHERE) == [("phone", "+48601234567")]
    assert said("zadzwoń: 601 234 567", POLAND) == [("phone", "+48601234567")]


def test_the_country_is_that_of_the_time_zone() -> None:
    assert phones.region_of("Europe/Warsaw", "en") == "PL"
    assert phones.region_of("Nowhere/Else", "uk") == "UA"
    assert phones.region_of("", "en") == ""


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("I am Joe@Home.Example.", "joe@home.example"),
        ("<mailto:joe.o'x+y@home.example>", "joe.o'x+y@home.example"),
        ("пошта: joe@xn--e1afmkfd.example", "joe@пример.example"),
        ("j\u043ee@home.example", "j\u043ee@home.example"),  # another letter, another address
    ],
)
def test_addresses(text: str, address: str) -> None:
    assert said(text) == [("email", address)]


def test_who_lists_addresses_speaks_of_others() -> None:
    assert said("a@x.example, b@x.example and c@x.example") == []
    assert said("067 123 45 67, 067 123 45 68, 067 123 45 69") == []


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("Where is my order 12345?", "12345"),
        ("order number: AB-12345", "AB12345"),
        ("Order #0012345", "0012345"),
        ("замовлення № 12345", "12345"),
        ("по замовленню 12345", "12345"),
        ("номер заказа: 12345", "12345"),
        ("zamówienie nr zx-12345", "ZX12345"),
        ("#12345", "12345"),
        ("№12345", "12345"),
    ],
)
def test_order_numbers(text: str, order: str) -> None:
    assert said(text) == [("order", order)]


@pytest.mark.parametrize("text", ["in order 5 to", "12345", "since 2019", "#123", "#fefefe1"])
def test_no_order_numbers(text: str) -> None:
    assert said(text) == []


def test_a_shop_has_numbers_of_its_own() -> None:
    own = Reading("UA", re.compile(r"\bORD-(\d{5})\b", re.IGNORECASE))
    assert said("it is ord-12345, not #99999", own) == [("order", "12345")]


def test_an_order_number_is_no_telephone() -> None:
    assert said("order 0671234567") == [("order", "0671234567")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hi, my name is Ann Lee and I ask", "ann lee"),
        ("мене звати Олена Коваль", "koval olena"),
        ("Nazywam się Łukasz Żak.", "lukasz zak"),
        ("my name is not important", ""),
    ],
)
def test_how_people_call_themselves(text: str, name: str) -> None:
    assert said(text) == ([("name", name)] if name else [])


def test_a_mail_speaks_of_others_and_its_signature_of_who_signs() -> None:
    def mailed(text: str, signature: str = "") -> list[tuple[str, str]]:
        return [(one.kind, one.value) for one in UKRAINE.mail("Hello", text, signature)]

    assert mailed("Please ask bob@work.example") == []
    assert mailed("My other address is ann@work.example") == [("email", "ann@work.example")]
    assert mailed("моя пошта ann@work.example") == [("email", "ann@work.example")]
    assert mailed("Hi", "Ann Lee\nann@work.example\n+380 67 123 45 67") == [
        ("email", "ann@work.example"),
        ("phone", "+380671234567"),
    ]
    assert [one.value for one in UKRAINE.mail("Order 12345", "Where is it?", "")] == ["12345"]


def test_a_form() -> None:
    fields = {
        "name": "Ann Lee",
        "Email": "Ann@Home.Example",
        "tel": "067 123 45 67",
        "order": "12345",
        "question": "my order 777 and bob@work.example",
    }
    assert [(one.kind, one.value) for one in UKRAINE.form(fields)] == [
        ("name", "ann lee"),
        ("email", "ann@home.example"),
        ("phone", "+380671234567"),
        ("order", "12345"),
    ]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Олена Коваль", "Olena Koval", True),
        ("Koval, Olena", "olena koval", True),
        ("José García", "Jose Garcia", True),
        ("Ann", "Ann Lee", True),
        ("Ann Lee", "Anna Leigh", False),
        ("Ann Lee", "Bob Lee", False),
        ("Jo", "Jo Ann", False),
        ("Visitor", "Visitor", False),
        ("", "", False),
        ("王小明", "王小明", True),
    ],
)
def test_names_that_may_be_one(one: str, other: str, alike: bool) -> None:
    assert names.similar(one, other) is alike
    assert names.similar(other, one) is alike


_PIECES = st.sampled_from(
    ["a", "@", ".", "1", " ", "-", "+", "(", "order ", "#", "№", "my name is ", "A", "\n", "380"]
)


@given(st.text() | st.lists(_PIECES, max_size=200).map("".join))
def test_any_text_is_read_and_what_is_found_is_short(text: str) -> None:
    for one in [*UKRAINE.chat(text), *UKRAINE.mail(text, text, text), *UKRAINE.form({text: text})]:
        assert one.value
        assert len(one.value) <= 400
        assert len(one.shown) <= 400


@pytest.mark.parametrize("piece", ["a", "a.", "1 ", "a@", "a@b.", "+", "0-", "my name is ", "#1"])
def test_no_text_takes_long(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    UKRAINE.chat("warm +380 67 123 45 67")
    began = time.process_time()
    UKRAINE.chat(text)
    UKRAINE.mail(text, text, text)
    assert time.process_time() - began < 1


_PIECES = [
    *("order ", "Order number: ", "№ ", "#", "заказа ", "zamówienie nr ", "INV-", "AB/", "1234"),
    *("1" * 23, " ", "\n", "@", "a", "é", "-", "id ", "номером: ", "_", "99", "word"),
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=14).map("".join))
def test_looking_only_before_digits_finds_every_order(text: str) -> None:
    everywhere = re.compile(f"(?:){_ORDER.pattern}", _ORDER.flags)
    assert Reading().orders(text) == Reading(order=everywhere).orders(text)
