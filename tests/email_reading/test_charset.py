"""Text from bytes whose charset label is right, wrong, unknown or missing."""

# ruff: noqa: E501 - tables
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.email.mime import charset

RUSSIAN = "Здравствуйте, мой заказ до сих пор не пришёл. Когда его доставят?"
UKRAINIAN = "Доброго дня, моє замовлення ще не надійшло. Коли його доставлять?"


@pytest.mark.parametrize("real", ["cp1251", "koi8-r", "iso8859-5", "cp866", "utf-8"])
@pytest.mark.parametrize("label", ["", "us-ascii", "iso-8859-1", "x-unknown", "no-such-charset"])
def test_cyrillic_without_a_true_label(real: str, label: str) -> None:
    text, defect = charset.decode(RUSSIAN.encode(real), label)
    assert text == RUSSIAN
    assert defect


@pytest.mark.parametrize("real", ["cp1251", "koi8-u", "utf-8"])
def test_ukrainian_without_a_label(real: str) -> None:
    assert charset.decode(UKRAINIAN.encode(real))[0] == UKRAINIAN


@pytest.mark.parametrize(
    ("real", "label"),
    [("cp1251", "koi8-r"), ("koi8-r", "windows-1251"), ("cp1251", "iso-8859-5"),
     ("utf-8", "windows-1251"), ("utf-8", "koi8-r"), ("cp1251", "utf-8"), ("koi8-r", "utf-8")],
)  # fmt: skip
def test_one_cyrillic_charset_labelled_as_another(real: str, label: str) -> None:
    text, defect = charset.decode(RUSSIAN.encode(real), label)
    assert text == RUSSIAN
    assert "really" in defect


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (RUSSIAN, "windows-1251"), (RUSSIAN, "koi8-r"), (RUSSIAN, "iso-8859-5"),
        (UKRAINIAN, "koi8-u"), ("МОСКВА", "koi8-r"), ("МОСКВА", "windows-1251"),
        ("żółć i gęś", "iso-8859-2"), ("Grüße aus Köln", "iso-8859-1"), ("naïve café", "latin1"),
        ("日本語のメール", "iso-2022-jp"), ("日本語のメール", "shift_jis"), ("你好，世界", "gb2312"),
        ("안녕하세요", "ks_c_5601-1987"), ("€ 12 – “so”", "windows-1252"), ("שלום", "windows-1255"),
        ("€uro", "utf-8"), ("γειά", "iso-8859-7"), ("سلام", "windows-1256"),
    ],
)  # fmt: skip
def test_a_true_label_is_believed(text: str, label: str) -> None:
    codec = charset.codec_of(label)
    assert codec
    assert charset.decode(text.encode(codec), label) == (text, "")


@pytest.mark.parametrize(
    ("text", "real", "label"),
    [
        (UKRAINIAN, "koi8-u", "koi8-r"), (UKRAINIAN, "mac_cyrillic", "x-mac-ukrainian"),
        (RUSSIAN, "utf-7", "unicode-1-1-utf-7"), (RUSSIAN, "utf-8", "iso-2022-jp"),
        ("Dzień dobry, zamówienie nie dotarło, proszę", "iso8859-2", "iso-8859-1"),
        ("Dzień dobry, zamówienie nie dotarło, proszę", "cp1250", "windows-1252"),
        ("こんにちは、注文がまだ届いていません", "cp932", ""),
        ("こんにちは、注文がまだ届いていません", "euc-jp", "shift_jis"),
        ("こんにちは、注文がまだ届いていません", "cp932", "iso-2022-jp"),
        ("你好，我的订单还没有到，镕", "gb18030", "gb2312"), ("你好，订单", "hz", "hz-gb-2312"),
        ("안녕하세요 똠", "cp949", "ks_c_5601"), ("안녕", "iso2022_kr", "iso-2022-kr"),
        ("Žluťoučký kůň", "mac_latin2", "x-mac-ce"), ("Grüße", "mac_roman", "macintosh"),
    ],
)  # fmt: skip
def test_labels_that_say_it_in_their_own_way(text: str, real: str, label: str) -> None:
    assert charset.decode(text.encode(real), label)[0] == text


def test_signs_that_windows_adds_to_iso_2022_jp() -> None:
    assert charset.decode(b"\x1b$B-!\x1b(B \x1b$B$3\x1b(B", "iso-2022-jp") == ("① こ", "")


def test_byte_order_marks() -> None:
    assert charset.decode("привет".encode("utf-16"), "")[0] == "привет"
    assert charset.decode(b"\xef\xbb\xbfhello", "utf-8") == ("hello", "")
    assert charset.decode("привет".encode("utf-8-sig"), "windows-1251")[0] == "привет"


def test_nul_bytes_go_and_are_told() -> None:
    assert charset.decode(b"a\0b", "utf-8") == ("ab", "NUL bytes removed")
    assert charset.decode("hello there".encode("utf-16-le"), "us-ascii")[0] == "hello there"


def test_a_few_broken_bytes_leave_the_rest_readable() -> None:
    text, defect = charset.decode("Привіт".encode() + b"\xff" + " усім".encode(), "utf-8")
    assert text == "Привіт\ufffd усім"
    assert defect


@pytest.mark.parametrize("label", ["rot13", "base64", "idna", "punycode", "unicode_escape", "zip",
                                   "undefined", "hex", "../../etc/passwd", "a" * 500, "\0"])  # fmt: skip
def test_labels_that_are_no_charset(label: str) -> None:
    assert charset.codec_of(label) is None
    assert charset.decode(b"text", label)[0] == "text"


@given(
    st.binary(max_size=300),
    st.sampled_from(["", "utf-8", "utf-7", "utf-16", "koi8-r", "windows-1251", "gb2312", "big5",
                     "iso-2022-jp", "hz-gb-2312", "us-ascii", "x-unknown", "cp1252", "utf-32"]),
)  # fmt: skip
@settings(deadline=None)
def test_any_bytes_become_clean_text(data: bytes, label: str) -> None:
    text, _defect = charset.decode(data, label)
    text.encode("utf-8")
    assert "\0" not in text


@pytest.mark.parametrize("text", ["Hej då, ÅÄÖ åäö", "ÅÄÖ och åäö på ön", "où êtes-vous, ÉÈÀ"])
def test_accents_rightly_labelled_are_not_taken_for_cyrillic(text: str) -> None:
    assert charset.decode(text.encode("cp1252"), "windows-1252") == (text, "")
    assert charset.decode(text.encode("latin-1"), "iso-8859-1") == (text, "")
