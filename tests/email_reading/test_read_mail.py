"""Whole mails, broken in the ways that real ones are: nothing raises, nothing readable is lost."""

# ruff: noqa: E501 - a header a line
from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Address
from connectors.email.read import read_mail
from tests.corpora import named
from tests.email_reading.samples import mail, plain


def test_an_ordinary_mail() -> None:
    found = read_mail(
        plain("Where is it?\n\nAnn", "In-Reply-To: <omnitui.tok-1@acme.example>",
              "References: <a@b> <omnitui.tok-1@acme.example>", "Cc: Bob <bob@example.org>"),
        external_id="INBOX/1/2", arrived_at=5,
    )  # fmt: skip
    assert found.external_id == "INBOX/1/2"
    assert found.message_key == "one@example.org"
    assert found.sender == Address("ann@example.org", "Ann")
    assert found.to == [Address("support@acme.example")]
    assert found.cc == [Address("bob@example.org", "Bob")]
    assert found.subject == "Order"
    assert found.text == "Where is it?\n\nAnn"
    assert (found.sent_at, found.arrived_at) == (1704448800000, 5)
    assert found.in_reply_to == "omnitui.tok-1@acme.example"
    assert found.references == ["a@b", "omnitui.tok-1@acme.example"]
    assert found.tokens == ["tok-1"]
    assert found.defects == []
    assert found.direction == "in"
    assert found.auto_reply is found.bounce is None


@given(st.binary(max_size=600))
@settings(max_examples=150, deadline=None)
def test_no_bytes_raise(data: bytes) -> None:
    found = read_mail(data)
    assert found.message_key
    assert len(found.content_hash) == 64
    for text in (found.text, found.quoted, found.subject, *found.defects):
        text.encode("utf-8")


_PIECES = st.sampled_from(
    [b"From: a@b\r\n", b"From:\xff\xfe\r\n", b"Content-Type: multipart/mixed; boundary=x\r\n", b"--x\r\n",
     b"--x--\r\n", b"\r\n", b"\n", b"\r", b"\0", b"Content-Type: text/html; charset=utf-7\r\n", b"=?utf-8?B?",
     b"?=", b"Content-Transfer-Encoding: base64\r\n", b"SGVsbG8=", b"begin 644 a\n", b"`\nend\n", b"> quoted\n",
     b"On Monday, Ann <a@b.c> wrote:\n", b"<div class=gmail_quote>", b"<blockquote>", b"\xd0", b" folded\r\n",
     b"Content-Disposition: attachment; filename*0*=utf-8''%\r\n", b"Content-Type: message/rfc822\r\n", b"-- \n",
     b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n", b"Date: x\r\n",
     b"Content-Type: message/delivery-status\r\n", b"Final-Recipient: rfc822; a@b.c\n", b"Subject: =?x?q?=ff?=\r\n",
     b"Content-Type: text/calendar\r\n", b"BEGIN:VEVENT\nSUMMARY:x\n", b"To: \"a <b\r\n", b"+AGE-", b"=3D=\r\n"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=40).map(b"".join))
@settings(max_examples=150, deadline=None)
def test_no_mixture_of_mail_pieces_raises(data: bytes) -> None:
    found = read_mail(data)
    for text in (found.text, found.quoted, found.signature, found.sender.name):
        text.encode("utf-8")
    assert all(len(file.read()) >= 0 for file in found.files)


def test_junk_in_base64() -> None:
    found = read_mail(
        mail("From: a@b.c", "Content-Type: image/png", "Content-Transfer-Encoding: base64", "",
             "SGVs\x0bbG8g\x0cd29", "ybGQ!x")
    )  # fmt: skip
    assert found.files[0].read().startswith(b"Hello world")


@pytest.mark.corpus
def test_boundary_never_closed() -> None:
    found = read_mail(named("mime", "bad-final-boundary.raw").read_bytes())
    assert found.text == "A text section"
    assert [file.name for file in found.files] == ["foo_9E5D72.zip"]
    assert any("not closed" in defect for defect in found.defects)


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "text", "files"),
    [
        ("bad-header-wrap.raw", "A text section", ["7DDA4_foo_9E5D72.zip"]),
        ("mime-bad-content-type.raw", "Thank you", ["Invoice_302232133150612.pdf"]),
        ("mime-bad-8bit-filename.raw", "Text part", ["管理.doc"]),
        ("unk-encoding-part.raw", "A text section", ["foo_9E5D72.zip"]),
        ("unk-charset-html-only.raw", "Hello World!", []),
        ("incorrect-charset.raw", "Using Unicode/UTF-8", []),
        ("mime-bad-content-transfer-encoding.raw", "ploozdect", []),
        ("chardet-success-big-5.raw", "顏是家訓", []),
        ("mime-signed.raw", "Section one", ["signature.asc"]),
        ("other-multi-related.raw", "Plain text.", ["image001.png", "image002.png"]),
        ("bad-header-start.raw", "A text section", []),
    ],
)
def test_broken_mails_of_others(name: str, text: str, files: list[str]) -> None:
    found = read_mail(named("mime", name).read_bytes())
    assert found.text.startswith(text)
    assert [file.name for file in found.files] == files


@pytest.mark.corpus
def test_html_parts_between_texts_keep_their_order() -> None:
    found = read_mail(named("mime", "mime-mixed-related.raw").read_bytes())
    assert found.text == "html1\n\nhtml2"


def test_declared_boundary_wrong_but_found_in_the_body() -> None:
    found = read_mail(
        mail("From: a@b.c", 'Content-Type: multipart/mixed; boundary="wrong"', "", "--right",
             "Content-Type: text/plain", "", "hello", "--right",
             'Content-Type: application/pdf; name="x.pdf"', "", "PDF", "--right--")
    )  # fmt: skip
    assert found.text == "hello"
    assert [file.name for file in found.files] == ["x.pdf"]


def test_multipart_without_any_part_shows_its_text() -> None:
    found = read_mail(mail("From: a@b.c", "Content-Type: multipart/mixed", "", "still readable"))
    assert found.text == "still readable"
    assert any("boundary" in defect for defect in found.defects)


def test_nesting_without_end() -> None:
    lines = ["From: a@b.c"]
    for depth in range(200):
        lines += [f"Content-Type: multipart/mixed; boundary=b{depth}", "", f"--b{depth}"]
    lines += ["Content-Type: text/plain", "", "deep"]
    found = read_mail(mail(*lines))
    assert any("deeper" in defect for defect in found.defects)
    assert found.files


@pytest.mark.timeout(20)
def test_thousands_of_parts() -> None:
    parts: list[str] = []
    for number in range(5_000):
        parts += ["--x", "Content-Type: image/png", "", str(number)]
    found = read_mail(mail("From: a@b.c", "Content-Type: multipart/mixed; boundary=x", "", *parts))
    assert len(found.files) > 1_000
    assert any("parts" in defect for defect in found.defects)


@pytest.mark.timeout(20)
def test_a_header_of_a_megabyte() -> None:
    found = read_mail(
        mail("From: a@b.c", "Subject: " + "x" * (1 << 20), "To: " + "a@b.c, " * 150_000, "", "hi")
    )
    assert found.text == "hi"
    assert len(found.subject) <= 64 << 10
    assert len(found.to) == 10_000


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece",
    [b'"', b"(", b"<", b"=?", b'"\\', b"=?a?q?b", b"a:", b"=?utf-8?B?", b';a="\\', b"> ", b"@,"],
)
def test_headers_made_to_cost_time(piece: bytes) -> None:
    junk = piece * (100_000 // len(piece))
    found = read_mail(
        b"From: " + junk + b"\r\nTo: " + junk + b"\r\nSubject: " + junk + b"\r\nReferences: " + junk
        + b"\r\nContent-Type: text/plain; " + junk + b"\r\n\r\nhi"
    )  # fmt: skip
    assert found.text == "hi"


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "line", [">", "> " * 50, "From: a", "-- ", "On", "a:", "_" * 60, "Sent from my", "--", "* " * 40,
             "On Monday, 5 May 2024 at 10:00 Ann", "1.2.3.4.5.6:", "a" * 100, "a@" * 100, "to:\n\n\n", "From: @to: @to: @to: subject" * 9, "user unknown <"]
)  # fmt: skip
def test_bodies_made_to_cost_time(line: str) -> None:
    text = "\n".join([line] * 20_000)
    assert read_mail(plain(text)).message_key
    assert read_mail(plain(line * 5_000)).message_key
    assert read_mail(plain(text, "Return-Path: <>")).message_key


def test_a_missing_message_id_is_made_from_the_content() -> None:
    one = read_mail(mail("From: a@b.c", "Subject: x", "", "text"))
    again = read_mail(mail("Received: by x", "From: a@b.c", "Subject:  x", "", "text", ""))
    other = read_mail(mail("From: a@b.c", "Subject: x", "", "another text"))
    assert one.message_key == again.message_key != other.message_key
    assert "no Message-ID" in one.defects


def test_two_message_ids() -> None:
    found = read_mail(mail("Message-ID: <>", "Message-ID: <b@c>", "From: a@b.c", "", "x"))
    assert found.message_key == "b@c"
    assert "more than one Message-Id header" in found.defects


def test_no_empty_line_before_the_body() -> None:
    found = read_mail(mail("From: a@b.c", "Subject: x", "Hello there,", "my order is late", ""))
    assert found.subject == "x"
    assert found.text == "Hello there,\nmy order is late"


def test_attachment_names_stay_in_their_directory() -> None:
    found = read_mail(
        mail("From: a@b.c", "Content-Type: application/pdf",
             'Content-Disposition: attachment; filename="../../etc/cron.d/evil\t.pdf"', "", "x")
    )  # fmt: skip
    assert found.files[0].name == "evil.pdf" or found.files[0].name == "evil .pdf"


def test_uuencoded_file_in_the_text() -> None:
    found = read_mail(plain("See this\n\nbegin 644 hi.txt\n#:&D*\n`\nend\n\nBye"))
    assert found.text == "See this\n\n\nBye"
    assert [(file.name, file.read()) for file in found.files] == [("hi.txt", b"hi\n")]


def test_calendar_invitation_is_one_line() -> None:
    found = read_mail(
        mail("From: a@b.c", 'Content-Type: text/calendar; method=REQUEST; name="invite.ics"', "",
             "BEGIN:VCALENDAR", "METHOD:REQUEST", "BEGIN:VEVENT", "DTSTART;TZID=Europe/Kyiv:20240506T100000",
             "SUMMARY:Stand-up\\, daily", "LOCATION:Room 4", "END:VEVENT", "END:VCALENDAR")
    )  # fmt: skip
    assert found.text == "Invitation: Stand-up, daily, 2024-05-06 10:00 (Europe/Kyiv), Room 4"
    assert [file.name for file in found.files] == ["invite.ics"]


@pytest.mark.corpus
def test_attached_mail_is_a_file_with_its_subject() -> None:
    found = read_mail(named("mime", "simple-embedded-message.eml").read_bytes())
    assert found.text == "This is the message body."
    assert [file.name for file in found.files] == ["embedded message.eml"]


def test_inline_pgp_signature() -> None:
    found = read_mail(
        plain("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n- -- dash\n"
              "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n")
    )  # fmt: skip
    assert found.text == "Hello\n-- dash"
    assert found.details["signed"] == "pgp"


def test_own_mail_to_others_is_out_and_a_site_form_is_in() -> None:
    own = {"support@acme.example"}
    ours = mail("From: support@acme.example", "To: ann@example.org", "", "x")
    form = mail(
        "From: Support@acme.example", "To: x@acme.example", "Reply-To: ann@example.org", "", "x"
    )
    self_sent = mail("From: support@acme.example", "To: support@acme.example", "", "x")
    assert read_mail(ours, own_addresses=own).direction == "out"
    assert read_mail(form, own_addresses=own).direction == "in"
    assert read_mail(self_sent, own_addresses=own).direction == "in"
    forged = (
        b"Authentication-Results: mx.acme.example; dmarc=fail header.from=acme.example\r\n" + ours
    )
    assert read_mail(
        forged, own_addresses=own, trusted_authserv="mx.acme.example"
    ).direction == "in"  # fmt: skip


def test_a_large_mail_on_disk_puts_its_attachment_on_disk(tmp_path: Path) -> None:
    content = bytes(range(256)) * 12_000
    raw = tmp_path / "mail"
    raw.write_bytes(
        mail("From: a@b.c", "Content-Type: multipart/mixed; boundary=x", "", "--x", "", "see file", "--x",
             "Content-Type: application/pdf; name=big.pdf", "Content-Transfer-Encoding: base64", "",
             base64.encodebytes(content).replace(b"\n", b"\r\n"), "--x--")
    )  # fmt: skip
    spool = tmp_path / "spool"
    spool.mkdir()
    found = read_mail(raw, spool=spool)
    assert found.text == "see file"
    assert isinstance(found.files[0].content, Path)
    assert found.files[0].read() == content
    assert found.content_hash == read_mail(raw.read_bytes()).content_hash
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    assert read_mail(empty).text == ""


def test_the_same_mail_by_two_mailboxes_has_one_hash() -> None:
    written = plain("Hello\n> quoted")
    one = (
        b"Return-Path: <ann@example.org>\r\nReceived: from a by b\r\nX-Spam-Score: 1\r\n" + written
    )
    other = (
        b"Delivered-To: x@y\nReceived: from c by d\nARC-Seal: i=1\n" + written.replace(b"\r\n", b"\n") + b"\n\n"
    )  # fmt: skip
    folded = written.replace(b"To: support", b"To:\r\n\tsupport")
    assert (
        read_mail(one).content_hash
        == read_mail(other).content_hash
        == read_mail(folded).content_hash
    )
    assert read_mail(written + b"!").content_hash != read_mail(written).content_hash
    assert (
        read_mail(written.replace(b"Order", b"order")).content_hash
        != read_mail(written).content_hash
    )
