"""Header values as real senders write them: encoded words, addresses, parameters, dates, ids."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Address
from connectors.email import ids
from connectors.email.mime import dates, words
from connectors.email.mime.addresses import read_addresses
from connectors.email.mime.file_names import MAX_BYTES, FileNames, file_name
from connectors.email.mime.parameters import read_parameters


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b"plain", "plain"),
        (b"=?utf-8?Q?a=20b?= =?utf-8?q?c?=", "a bc"),
        (b"=?UTF-8?B?0J/R?= =?UTF-8?B?gNC40LI=?=", "Прив"),  # a letter split across two words
        (b"=?UTF-8?B?0J/RgNC4?==?UTF-8?B?0LI?=", "Прив"),  # glued, padding missing
        (b"=?utf-8?q?hello world?= x", "hello world x"),
        (b"=?koi8-r?b?8NLJ18XU?=", "Привет"),
        (b"a=?utf-8?Q?=C3=A9?=b", "aéb"),
        (b"=?utf-8?Q?a?=\r\n =?utf-8?Q?b?=", "ab"),
        (b"=?utf-8?Q?what?ever?=", "what?ever"),
        (b"=?no-such-charset?Q?abc?=", "abc"),
        ("Привіт світ".encode(), "Привіт світ"),
        ("Привет, как дела".encode("cp1251"), "Привет, как дела"),
        (b"=?utf-8?Q?line=0D=0ABcc:_x?=", "line Bcc: x"),
        (b"=?utf-8?B?!!!?=", ""),
        (b"=?utf-8?Q?unfinished", "unfinished"),
        (b"Re: =?utf-8?B?0J/RgNC40LLQtdGC", "Re: Привет"),
        (b"=?utf-8?Q?=D0=9F?", "П"),
        (b"=?utf-8?Q?unfinished and more", "=?utf-8?Q?unfinished and more"),
        (b"=? utf-8 ?Q ?=D0=9F?=", "П"),
        (b"=?UTF-8?B?0J_RgNC4?=", "При"),
        (b"=?iso-8859-1?Q?=D0=9F=D1=80=D0=B8=D0=B2=D0=B5=D1=82?=", "Привет"),
        (b"=?utf-8?Q?=F0=9F=98?==?utf-8?Q?=80?=", "😀"),
        (b'"=?utf-8?Q?caf=C3=A9?="', '"café"'),
        (b"=?utf-8*uk?Q?=D0=B0?=", "а"),
    ],
)
def test_encoded_words(raw: bytes, read: str) -> None:
    assert words.text(raw) == read


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b"Ann <a@b.c>", [("a@b.c", "Ann")]),
        (b"a@b.c", [("a@b.c", "")]),
        (b'"Doe, John" <j@x.y>, Bob Q <b@q.z>', [("j@x.y", "Doe, John"), ("b@q.z", "Bob Q")]),
        (b"Doe, John <j@x.y>", [("j@x.y", "Doe, John")]),
        (b"undisclosed-recipients:;", []),
        (b"team: a@x.y, b@x.y;, c@d.e", [("a@x.y", ""), ("b@x.y", ""), ("c@d.e", "")]),
        (b"=?utf-8?Q?Doe,_J=C3=B6hn?= <j@x.y>; k@l.m", [("j@x.y", "Doe, Jöhn"), ("k@l.m", "")]),
        (b"a@b.c (Ann B)", [("a@b.c", "Ann B")]),
        (b'"=?utf-8?B?0JDQvdC90LA=?=" <a@b.c>', [("a@b.c", "Анна")]),
        (b"Ann a@b.c", [("a@b.c", "Ann")]),
        (b"<a@b.c", [("a@b.c", "")]),
        (b'"Ann <a@b.c>, Bob <b@c.d>', [("a@b.c", "Ann"), ("b@c.d", "Bob")]),
        (b"mailto:a@b.c", [("a@b.c", "")]),
        (b'"a b"@example.org', [('"a b"@example.org', "")]),
        (b"=?utf-8?Q?Ann_<ann=40x.y>?=", [("ann@x.y", "Ann")]),
        (b"<@r1,@r2:a@b.c>", [("a@b.c", "")]),
        (b"'Ann' <a@b.c>", [("a@b.c", "Ann")]),
        (b"Hi (x(y)z) <a@b.c>", [("a@b.c", "Hi")]),
        ("Анна <a@b.c>".encode("cp1251"), [("a@b.c", "Анна")]),
        (b"", []),
    ],
)
def test_addresses(raw: bytes, read: list[tuple[str, str]]) -> None:
    assert read_addresses(raw)[0] == [Address(*each) for each in read]


def test_ten_thousand_recipients_are_kept_and_more_are_said_to_be_cut() -> None:
    people = b", ".join(b"Person %d <p%d@example.org>" % (i, i) for i in range(10_500))
    found, defect = read_addresses(people)
    assert found[9_999] == Address("p9999@example.org", "Person 9999")
    assert "more than 10000 addresses" in defect
    assert read_addresses(b", ".join(b"p%d@x.org" % i for i in range(10_000)))[1] == ""


@pytest.mark.parametrize(
    ("raw", "main", "parameters"),
    [
        (b'text/plain; charset="utf-8"; format=flowed', "text/plain",
         {"charset": "utf-8", "format": "flowed"}),
        (b"attachment; filename*0*=utf-8''%D0%9F; filename*1*=%D1%80; filename*2=\".pdf\"",
         "attachment", {"filename": "Пр.pdf"}),
        (b"attachment; filename*=UTF-8''na%20me.pdf; filename=x", "attachment",
         {"filename": "na me.pdf"}),
        (b'attachment; filename="=?utf-8?B?0J/RgC5wZGY=?="', "attachment", {"filename": "Пр.pdf"}),
        (b"a/b; name=my file.txt; x=y", "a/b", {"name": "my file.txt", "x": "y"}),
        (b'a/b; name="C:\\dir\\f.txt"', "a/b", {"name": "C:\\dir\\f.txt"}),
        (b'multipart/mixed; boundary="a;b"', "multipart/mixed", {"boundary": "a;b"}),
        (b'text/plain; name="abc; charset=utf-8', "text/plain",
         {"name": "abc", "charset": "utf-8"}),
        (b'application/pdf name="x.pdf"', "application/pdf", {"name": "x.pdf"}),
        (b"TEXT/Plain (a comment)", "text/plain", {}),
    ],
)  # fmt: skip
def test_parameters(raw: bytes, main: str, parameters: dict[str, str]) -> None:
    assert read_parameters(raw) == (main, parameters)


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("../../etc/passwd", "passwd"), ("C:\\Windows\\a.exe", "a.exe"), ("..", ""), (" ", ""),
        ("in\u202egpj.exe", "ingpj.exe"), ("a\x00b\n.pdf", "ab.pdf"), ("CON", "_CON"),
        ("nul.txt", "_nul.txt"), ("com1.tar.gz", "_com1.tar.gz"), ("console.log", "console.log"),
        ("=?utf-8?B?0J/RgC5wZGY=?=", "Пр.pdf"), ("смета.pdf", "смета.pdf"), ("a/", "a"),
    ],
)  # fmt: skip
def test_file_names_are_made_safe(given_name: str, safe: str) -> None:
    assert file_name(given_name) == safe


@given(st.text(max_size=400))
@settings(deadline=None)
def test_any_file_name(name: str) -> None:
    safe = file_name(name)
    assert len(safe.encode("utf-8", "replace")) <= MAX_BYTES
    assert "/" not in safe
    assert "\\" not in safe
    assert safe.isprintable()
    assert safe not in (".", "..")


def test_a_long_name_keeps_its_suffix() -> None:
    safe = file_name("я" * 300 + ".docx")
    assert safe.endswith("я.docx")
    assert len(safe.encode()) <= MAX_BYTES


def test_doubles_get_numbers() -> None:
    names = FileNames()
    given_names = ["a.pdf", "A.pdf", "a (2).pdf", "a.pdf", "noext", "noext"]
    assert [names.take(name) for name in given_names] == [
        "a.pdf", "A (2).pdf", "a (2) (2).pdf", "a (3).pdf", "noext", "noext (2)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("Fri, 5 Jan 2024 10:00:00 +0000", "2024-01-05T10:00:00Z"),
        ("Fri, 5 Jan 2024 10:00:00 -0500 (EST)", "2024-01-05T15:00:00Z"),
        ("5 Jan 24 10:00 GMT", "2024-01-05T10:00:00Z"),
        ("Fri,5 Jan 2024 10:00:00 +0300 (MSK)", "2024-01-05T07:00:00Z"),
        ("Fri, 5 Jan 2024 10:00:00 GMT+0200", "2024-01-05T08:00:00Z"),
        ("2024-01-05T10:00:00+02:00", "2024-01-05T08:00:00Z"),
        ("Sat, 31 Dec 2016 23:59:60 +0000", "2017-01-01T00:00:00Z"),
        ("Fri, 5 Jan 2024 10:00:00", None),  # no zone
        ("Fri, 5 Jan 2024 10:00:00 MSK", None),  # a zone nobody defined
        ("Fri, 32 Jan 2024 10:00:00 +0000", None),
        ("Tue, 30 Feb 2024 1:00:00 +0000", None),
        ("Fri, 5 Jan 2024 25:00:00 +0000", None),
        ("Fri, 5 Jan 2024 10:00:00 +9900", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_read_or_unknown(value: str, read: str | None) -> None:
    assert dates.rfc3339(dates.read_date(value)) == read


@given(st.text(max_size=80))
@settings(deadline=None)
def test_any_date_is_read_or_unknown(value: str) -> None:
    moment = dates.read_date(value)
    assert moment is None or isinstance(moment, int)


def test_ids() -> None:
    assert ids.read_id(b" <a@b>\r\n ") == "a@b"
    assert ids.read_id(b"<a\r\n @b>") == "a@b"
    assert ids.read_id(b"bare@id") == "bare@id"
    assert ids.read_id(b"") == ids.read_id(b"<>") == ""
    assert ids.read_id(b'Your message of "Monday" <a@b>') == "a@b"
    assert ids.read_ids(b"<a@b><c@d>\r\n <a@b> junk <e@f>") == ["a@b", "c@d", "e@f"]
    assert len(ids.read_ids(b" ".join(b"<%d@x>" % i for i in range(5000)))) == ids.MAX_IDS


def test_reply_tokens_come_from_our_ids_and_plus_addresses() -> None:
    found = ids.reply_tokens(
        ["omnitui.abc.def-1@acme.example", "other@x", "omnitui.@x"],
        ["support+omnitui.zzz@acme.example", "a+b@c.d"],
    )
    assert found == ["abc.def-1", "zzz"]
