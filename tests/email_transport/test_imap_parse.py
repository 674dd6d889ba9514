"""What responses say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.email.imap import parse as imap_parse
from connectors.email.imap.framer import Framer, Response
from connectors.email.imap.mailbox_name import decode_mailbox, encode_mailbox, quote
from connectors.email.imap.parse import Folder

MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


def one(wire: bytes) -> Response:
    (response,) = Framer().feed(wire)
    return (response[0].removeprefix(b"* "), *response[1:])


def test_a_message_with_everything() -> None:
    found = imap_parse.fetched(
        one(
            b'* 5 FETCH (UID 77 FLAGS (\\Seen $Junk) INTERNALDATE " 7-Jul-1996 02:44:25 -0700" '
            b"RFC822.SIZE 9 BODY[]<0> {9}\r\nA) {3}\r\n* MODSEQ (12))\r\n"
        )
    )
    assert found is not None
    assert (found.uid, found.size, found.body, found.whole) == (77, 9, b"A) {3}\r\n*", False)
    assert found.flags == {"\\Seen", "$Junk"}
    assert found.arrived_at == 836732665000


def test_a_server_that_ignores_the_piece_asked_for_sent_the_whole() -> None:
    found = imap_parse.fetched(one(b"* 5 FETCH (BODY[] {2}\r\nhi UID 3)\r\n"))
    assert found is not None
    assert (found.uid, found.whole, found.body) == (3, True, b"hi")


@pytest.mark.parametrize("body", [b"NIL", b'""', b'"a \\"b\\" \\\\"'])
def test_bodies_that_are_no_literal(body: bytes) -> None:
    found = imap_parse.fetched(one(b"* 5 FETCH (UID 3 BODY[]<0> " + body + b")\r\n"))
    assert found is not None
    assert found.body == {b"NIL": None, b'""': b"", b'"a \\"b\\" \\\\"': b'a "b" \\'}[body]


def test_what_is_no_fetch_or_names_no_uid_is_none() -> None:
    assert imap_parse.fetched((b"5 EXISTS",)) is None
    assert imap_parse.fetched((b"5 FETCH (FLAGS (\\Seen))",)) is None
    assert imap_parse.fetched((b"5 FETCH (UID x",)) is None


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5))
def test_no_bytes_make_parsing_fail(pieces: list[bytes]) -> None:
    response = tuple(pieces)
    imap_parse.values(response)
    imap_parse.folder(response)
    imap_parse.status(response)
    imap_parse.fetched((b"1 FETCH (" + pieces[0], *pieces[1:]))
    imap_parse.code(pieces[0])
    imap_parse.internal_date(pieces[0])
    imap_parse.uids([response])


def test_folders() -> None:
    found = imap_parse.folder(one(b'* LIST (\\HasNoChildren \\Sent) "/" "a \\"b\\" &BB8-"\r\n'))
    name = 'a "b" П'
    assert found == Folder(name, "/", frozenset({"\\hasnochildren", "\\sent"}), name)
    assert imap_parse.folder(one(b"* LIST () NIL {5}\r\ninbox\r\n")) == Folder(
        "INBOX", "", frozenset(), "INBOX"
    )


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)).map(
        lambda d: d.replace(microsecond=0)
    ),
    st.integers(-14 * 4, 14 * 4),
)
def test_internal_dates(moment: datetime, quarters: int) -> None:
    there = moment.replace(tzinfo=timezone(timedelta(minutes=15 * quarters)))
    month = MONTHS[3 * moment.month - 3 : 3 * moment.month]
    text = there.strftime(f"%d-{month}-%Y %H:%M:%S %z")
    assert imap_parse.internal_date(text.encode()) == there.timestamp() * 1000


def test_dates_that_are_none() -> None:
    assert imap_parse.internal_date(b"31-Feb-2020 00:00:00 +0000") is None
    assert imap_parse.internal_date(b"") is None
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert imap_parse.internal_date(b"01-Jan-1970 00:00:00 +0000") == epoch.timestamp()


@given(st.sets(st.integers(1, 60), min_size=1))
def test_uid_sets_name_exactly_their_numbers(numbers: set[int]) -> None:
    named: set[int] = set()
    for part in imap_parse.uid_set(sorted(numbers)).split(","):
        first, _, last = part.partition(":")
        named |= set(range(int(first), int(last or first) + 1))
    assert named == numbers


@given(st.text(max_size=40))
def test_mailbox_names_round_trip(name: str) -> None:
    encoded = encode_mailbox(name)
    assert encoded.isascii()
    assert encoded.isprintable() or not encoded
    assert decode_mailbox(encoded.encode()) == name


def test_mailbox_names_as_in_the_standard() -> None:
    # The example of RFC 3501 §5.1.3.
    assert encode_mailbox("~peter/mail/台北/日本語") == "~peter/mail/&U,BTFw-/&ZeVnLIqe-"
    assert encode_mailbox("Tom & Jerry") == "Tom &- Jerry"
    assert decode_mailbox("Привіт".encode()) == "Привіт"
    assert decode_mailbox(b"a &!!- b") == "a &!!- b"
    assert quote('a"b\\c') == '"a\\"b\\\\c"'
