"""Message-IDs as programs write them, and whose word of the sender counts."""

from __future__ import annotations

import pytest

from connectors.email.ids import read_id, read_ids
from connectors.email.read import read_mail


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (b"<a@b.example>", "a@b.example"),
        (b"", ""),
        (b"<>", ""),
        (b"<@>", ""),
        (b"< >", ""),
        (b"a@b.example", "a@b.example"),
        (b"<no-at-sign>", "no-at-sign"),
        (b"< a b @ c.example >", "ab@c.example"),
        (b"(a comment) <a@b.example> (another)", "a@b.example"),
        (b"a@b.example (a comment)", "a@b.example"),
        (b"Your message of <Tuesday> <a@b.example>", "a@b.example"),
        (b'"Ann" of Tuesday, <a@b.example>', "a@b.example"),
        (b"<a(b)@c.example>", "a(b)@c.example"),
        (b"not an id", ""),
    ],
)
def test_ids(value: bytes, name: str) -> None:
    assert read_id(value) == name


def test_references_without_what_names_nothing() -> None:
    assert read_ids(b"<a@b> <> <@>\r\n\t<c@d> (was) <a@b>") == ["a@b", "c@d"]


def test_a_mail_without_a_usable_id_has_one_from_its_content() -> None:
    mails = [
        read_mail(b"From: a@b.example\nMessage-ID: %b\nSubject: %b\n\nx" % (id_, subject))
        for id_ in (b"<>", b" ")
        for subject in (b"one", b"two")
    ]
    assert len({mail.message_key for mail in mails if mail.subject == "one"}) == 2
    assert all(mail.message_key.endswith("@missing.invalid") for mail in mails)
    again = read_mail(b"From: a@b.example\nMessage-ID: <>\nSubject: one\n\nx")
    assert again.message_key == mails[0].message_key


def test_of_two_message_ids_the_first_that_names_something_is_taken() -> None:
    mail = read_mail(b"From: a@b.example\nMessage-ID: <>\nMessage-ID: <x@y>\n\nx")
    assert mail.message_key == "x@y"
    assert any("more than one Message-Id" in defect for defect in mail.defects)


def test_every_mail_that_is_answered_is_known() -> None:
    mail = read_mail(b"From: a@b.example\nIn-Reply-To: <x@y> <z@y>\n\nx")
    assert mail.in_reply_to == "x@y"
    assert mail.details["also_answers"] == ["z@y"]


PASS = "Authentication-Results: mx.acme.example; dmarc=pass header.from=bank.example"


def _proofs(*headers: str) -> tuple[str, ...]:
    raw = "\n".join([*headers, "", "x"]).encode()
    return tuple(read_mail(raw, trusted_authserv="mx.acme.example").proofs)


@pytest.mark.parametrize(
    "sender",
    [
        "ann@bank.example",
        "Ann <ann@bank.example>",
        '"Lee; Ann: (x)" <ann@bank.example>',
        "=?utf-8?q?Ann?= <ann@bank.example>",
        "ann@bank.example (Ann)",
    ],
)
def test_one_author_who_is_shown_is_proven(sender: str) -> None:
    assert _proofs(PASS, f"From: {sender}") == ("dmarc",)


@pytest.mark.parametrize(
    "sender",
    [
        "team: ann@bank.example;",
        "ann@bank.example, eve@evil.example",
        "<ann@bank.example> <eve@evil.example>",
        "=?utf-8?q?ann=40bank=2Eexample?=",
        "=?utf-8?q?ann=40bank=2Eexample?= <eve@evil.example>",
        '"ann@bank.example" <eve@evil.example>',
        "ann@bank.example <eve@evil.example>",
        "(ann@bank.example) eve@evil.example",
        "ann@bank.example@evil.example",
        "ann@bank.example.evil.example",
        "",
    ],
)
def test_an_author_whom_our_server_may_have_seen_otherwise_is_not(sender: str) -> None:
    assert _proofs(PASS, f"From: {sender}") == ()


@pytest.mark.parametrize(
    "results",
    [
        # A sender chooses the words in quotes and in comments.
        'spf=pass smtp.mailfrom="a; dmarc=pass header.from=bank.example; b"@evil.example',
        "spf=pass (a ; dmarc=pass header.from=bank.example ; b) smtp.mailfrom=evil.example",
        'spf=pass (a "quote) smtp.mailfrom="b; dmarc=pass header.from=bank.example"@evil.example',
        "spf=pass (a \\) ; dmarc=pass header.from=bank.example) smtp.mailfrom=evil.example",
        'dmarc=pass reason="header.from=bank.example" header.from=evil.example',
        "dmarc=pass",
        "dmarc=none header.from=bank.example",
        "dmarc=pass header.from=bank.example; dmarc=fail header.from=bank.example",
        "dmarc=pass header.from=bank.example.evil.example",
    ],
)
def test_what_only_looks_like_a_pass(results: str) -> None:
    header = f"Authentication-Results: mx.acme.example; {results}"
    assert _proofs(header, "From: ann@bank.example") == ()


@pytest.mark.parametrize(
    "results",
    [
        "mx.acme.example 1; dmarc=pass (p=none) header.from=bank.example",
        "MX.acme.example.; DMARC = PASS header.from=Bank.Example.",
        "(c) mx.acme.example (d); dmarc=pass (p=reject (sp=none)) header.from=bank.example",
        '"mx.acme.example"; dmarc=pass action=none header.from="bank.example"',
    ],
)
def test_a_pass_however_it_is_written(results: str) -> None:
    assert _proofs(f"Authentication-Results: {results}", "From: ann@bank.example") == ("dmarc",)


def test_results_of_other_servers_do_not_hide_ours() -> None:
    other = "Authentication-Results: filter.example; dmarc=fail header.from=bank.example"
    arc = "ARC-Authentication-Results: i=1; mx.acme.example; dmarc=fail header.from=bank.example"
    split = "Authentication-Results: mx.acme.example; spf=fail"
    assert _proofs(other, arc, split, PASS, "From: ann@bank.example") == ("dmarc",)
    arc_pass = (
        "ARC-Authentication-Results: i=1; mx.acme.example; dmarc=pass header.from=bank.example"
    )
    assert _proofs(arc_pass, "From: ann@bank.example") == ()


def test_what_came_with_the_mail_does_not_count_where_our_server_spoke() -> None:
    ours = "Authentication-Results: mx.acme.example; dmarc=fail header.from=bank.example"
    between = "Authentication-Results: other.example; dmarc=pass"
    for trace in ("Received: from evil by mx.acme.example", between):
        assert _proofs(ours, trace, PASS, "From: ann@bank.example") == ()
