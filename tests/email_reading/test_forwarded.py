"""Whose mail a forwarded one is, by what each program writes above it."""

# ruff: noqa: E501 - what programs write stands on one line, as they write it
from __future__ import annotations

from html import escape

import pytest

from connectors.contract import Address, Forwarded
from connectors.email.inspect import inspect
from connectors.email.read import read_mail
from tests.email_reading.reply_table import ADDRESS, table

ANN = Address("ann@example.org", "Ann Example")


def _mail(body: str, subject: str = "Fwd: Order", *, kind: str = "plain", more: str = "") -> bytes:
    return (
        f"From: Bob <bob@customer.example>\nTo: shop@example.com\nSubject: {subject}\n"
        f"Message-ID: <1@customer.example>\nDate: Mon, 6 May 2024 12:00:00 +0200\n{more}"
        f"Content-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{body}"
    ).encode()


BLOCKS = {
    "gmail": "---------- Forwarded message ---------\nFrom: Ann Example <ann@example.org>\nDate: Mon, May 6, 2024 at 10:00 AM\nSubject: Order 4711\nTo: <bob@customer.example>",
    "outlook": "From: Ann Example <ann@example.org>\nSent: Monday, May 6, 2024 10:00 AM\nTo: Bob\nSubject: Order 4711",
    "old outlook": "-----Original Message-----\nFrom: Ann Example [mailto:ann@example.org] \nSent: Monday, May 6, 2024 10:00 AM\nTo: Bob\nSubject: Order 4711",
    "apple": "Begin forwarded message:\n\nFrom: Ann Example <ann@example.org>\nSubject: Order 4711\nDate: 6 May 2024 at 10:00:00 CEST\nTo: Bob <bob@customer.example>",
    "thunderbird": "-------- Forwarded Message --------\nSubject: \tOrder 4711\nDate: \tMon, 6 May 2024 10:00:00 +0200\nFrom: \tAnn Example <ann@example.org>\nTo: \tbob@customer.example",
    "twice addressed": "From: Ann Example <ann@example.org<mailto:ann@example.org>>\nDate: Monday, 6 May 2024 at 10:00\nTo: Bob\nSubject: Order 4711",
    "marked": '> From: "Ann Example" <ann@example.org>\n> Date: 6 May 2024 10:00:00 CEST\n> To: Bob <bob@customer.example>\n> Subject: Order 4711',
    "bold": "*From:* Ann Example <ann@example.org>\n*Sent:* Monday, May 6, 2024 10:00 AM\n*To:* Bob\n*Subject:* Order 4711",
    "em client": '------ Forwarded Message ------\nFrom "Ann Example" <ann@example.org>\nTo "Bob" <bob@customer.example>\nDate 5/6/2024 10:00:00 AM\nSubject Order 4711',
}


@pytest.mark.parametrize("above", ["", "Please answer her.\n\n"])
@pytest.mark.parametrize("program", BLOCKS)
def test_forward_of_each_program(program: str, above: str) -> None:
    found = read_mail(_mail(f"{above}{BLOCKS[program]}\n\nWhere is my order?\n"))
    assert found.forwarded is not None
    assert found.forwarded.sender == ANN
    assert found.forwarded.subject == ("" if program == "em client" else "Order 4711")
    assert found.text == above.strip()
    assert "Where is my order?" in found.quoted


@pytest.mark.parametrize("language", table())
def test_forward_in_every_language(language: str) -> None:
    row = table()[language]
    blocks = [each for each in row["blocks"] if "{m}" in each]
    for block in blocks:
        body = block.replace("{n}", row["name"]).replace("{m}", ADDRESS)
        found = read_mail(_mail(f"{row['new']}\n\n{body}\n\n{row['old'][0]}\n")).forwarded
        assert found is not None, block
        assert found.sender.address == ADDRESS, block


def test_the_date_of_the_original_is_never_guessed() -> None:
    with_zone = read_mail(_mail(BLOCKS["thunderbird"])).forwarded
    without = read_mail(_mail(BLOCKS["gmail"])).forwarded
    assert with_zone == Forwarded(ANN, 1714982400000, "Order 4711")
    assert without is not None
    assert without.sent_at is None


def test_forward_in_html() -> None:
    page = (
        "<div>Please answer her.</div><div class='gmail_quote'><div class='gmail_attr'>---------- Forwarded message ---------<br>"
        + (
            f"From: <strong>Ann Example</strong> {escape('<ann@example.org>')}<br>Date: Mon, May 6, 2024<br>Subject: Order 4711<br>To: Bob<br></div>"
            "<br><div>Where is my order?</div></div>"
        )
    )
    found = read_mail(_mail(page, kind="html"))
    assert found.forwarded == Forwarded(ANN, None, "Order 4711")
    assert found.text == "Please answer her."


def test_yandex_names_the_sender_on_one_line() -> None:
    body = '-------- Пересылаемое сообщение --------\n06.05.2024, 10:00, "Ann Example" <ann@example.org>:\n\nГде заказ?\n-------- Конец пересылаемого сообщения --------\n'
    found = read_mail(_mail(body, "Fwd: Заказ"))
    assert found.forwarded is not None
    assert found.forwarded.sender == ANN


def test_forward_without_a_prefix() -> None:
    found = read_mail(_mail(BLOCKS["gmail"], "A customer of yours"))
    assert found.forwarded is not None
    assert found.forwarded.sender == ANN


@pytest.mark.parametrize("prefix", ["Fwd:", "FW:", "Fw:", "WG:", "TR:", "RV:", "I:", "PD:", "VS:", "VB:", "VL:", "Doorst:", "ENC:", "Пересл:", "[Fwd: x]", "İLT:", "转发：", "ΠΡΘ:"])  # fmt: skip
def test_prefixes_of_forwards(prefix: str) -> None:
    found = read_mail(_mail(BLOCKS["outlook"], f"{prefix} Order"))
    assert found.forwarded is not None


def test_an_attached_mail() -> None:
    raw = (
        "From: bob@customer.example\nTo: shop@example.com\nSubject: {subject}\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\n{text}\n'
        "--b\nContent-Type: message/rfc822\n\nFrom: Ann Example <ann@example.org>\n"
        "Subject: Order 4711\nDate: Mon, 6 May 2024 10:00:00 +0200\n\nWhere is my order?\n--b--\n"
    )
    expected = Forwarded(ANN, 1714982400000, "Order 4711")
    said = raw.format(subject="Fwd: Order", text="Please answer her.")
    assert read_mail(said.encode()).forwarded == expected
    assert read_mail(raw.format(subject="Order", text="").encode()).forwarded == expected
    evidence = raw.format(subject="Complaint", text="The mail that I got is attached.")
    assert read_mail(evidence.encode()).forwarded is None


@pytest.mark.parametrize(
    ("body", "subject", "more"),
    [
        # A reply quotes our own mail, or hers.
        (f"Thanks\n\n{BLOCKS['outlook']}\n\nold", "Re: Order", "In-Reply-To: <2@example.com>\n"),
        (f"Thanks\n\n{BLOCKS['outlook']}\n\nold", "AW: Fwd: Order", "In-Reply-To: <2@example.com>\n"),
        ("Thanks\n\nOn Mon, May 6, 2024 at 10:00 Ann <ann@example.org> wrote:\n> old", "Re: Order", ""),
        # What we wrote comes back: we are no customer.
        (BLOCKS["outlook"].replace("ann@example.org", "shop@example.com"), "Fwd: Order", ""),
        ("Fwd: is only in the subject", "Fwd: Order", ""),
        ("From: Kyiv\nTo: Lviv\nDate: 5 May\nhow much is it?", "Fwd: Order", ""),
    ],
)  # fmt: skip
def test_no_forward(body: str, subject: str, more: str) -> None:
    assert read_mail(_mail(body, subject, more=more)).forwarded is None


def test_our_own_other_address_is_no_customer() -> None:
    raw = _mail(BLOCKS["gmail"])
    assert read_mail(raw, own_addresses=["Ann@Example.org"]).forwarded is None


def test_inspect_tells_of_the_original() -> None:
    assert inspect(_mail(BLOCKS["thunderbird"]))["forwarded"] == {
        "from": {"name": "Ann Example", "address": "ann@example.org"},
        "date": "2024-05-06T08:00:00Z",
        "subject": "Order 4711",
    }
    assert inspect(_mail("Hello", "Order"))["forwarded"] is None
