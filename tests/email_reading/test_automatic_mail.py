"""Mail that no person wrote for us, delivery failures, and proof of who wrote."""

from __future__ import annotations

import pytest

from connectors.contract import AutoReply
from connectors.email.read import read_mail
from tests.corpora import corpora
from tests.email_reading.samples import mail, plain


@pytest.mark.parametrize(
    ("headers", "text", "kind"),
    [
        (["Auto-Submitted: auto-replied (vacation)"], "x", "out-of-office"),
        (["Auto-Submitted: auto-replied"], "I am out of the office until Monday.", "out-of-office"),
        (["Auto-Submitted: auto-replied"], "We got your ticket.", "auto"),
        (["Auto-Submitted: auto-generated"], "I was out of office when it broke", "auto"),
        (["X-Autoreply: yes", "Precedence: bulk"], "Я у відпустці", "out-of-office"),
        (["Precedence: auto_reply"], "x", "auto"),
        (["List-Id: Riders <riders.example.org>"], "x", "bulk"),
        (["Precedence: list"], "x", "bulk"),
        (["List-Unsubscribe: <https://example.org/u>"], "x", "bulk"),
        (["Return-Path: <>"], "x", "auto"),
    ],
)
def test_declared_automatic(headers: list[str], text: str, kind: str) -> None:
    found = read_mail(plain(text, *headers)).auto_reply
    assert found
    assert found.kind == kind
    assert found.evidence


@pytest.mark.parametrize(
    "subject",
    ["Automatic reply: Order", "Auto-Reply: Order", "Out of Office: Order", "Autoreply: Order",
     "Automatic reply", "Автоматична відповідь: Замовлення", "Автовідповідь: Замовлення",
     "Поза офісом: Замовлення", "Автоматический ответ: Заказ", "Автоответ: Заказ",
     "Вне офиса: Заказ", "Odpowiedź automatyczna: Zamówienie", "Autoodpowiedź: X",
     "Nieobecność w biurze: X", "Abwesenheitsnotiz: X", "Automatische Antwort: X",
     "Réponse automatique : X", "Absence du bureau : X", "Respuesta automática: X",
     "Fuera de la oficina: X", "Risposta automatica: X", "Fuori sede: X",
     "Resposta automática: X", "Automatisch antwoord: X", "Afwezig: X", "Automatiskt svar: X",
     "Frånvaro: X", "Autosvar: X", "Automatisk svar: X", "Automaattinen vastaus: X",
     "Automatická odpověď: X", "Automatická odpoveď: X", "Automatikus válasz: X",
     "Răspuns automat: X", "Otomatik yanıt: X", "Αυτόματη απάντηση: X", "Автоматичен отговор: X",
     "自動返信: X", "自动回复: X", "자동 회신: X"],
)  # fmt: skip
def test_subjects_of_auto_responders(subject: str) -> None:
    assert read_mail(mail("From: a@b.c", f"Subject: {subject}", "", "x")).auto_reply
    # A person who answers one is a person.
    assert not read_mail(mail("From: a@b.c", f"Subject: Re: {subject}", "", "x")).auto_reply


@pytest.mark.parametrize(
    "subject",
    ["Out of office next week, please deliver after", "On vacation until Monday, please wait",
     "I'm on vacation: change my delivery", "Auto: brakes squeak", "Away from my desk today",
     "В отпуске: перенесите доставку", "Autoresponder in your product does not work?",
     "Automatic door does not open", "Read my mail please", "Delivered to the wrong door"],
)  # fmt: skip
def test_people_speak_of_holidays_too(subject: str) -> None:
    raw = plain("I will be out of office next week.").replace(b"Subject: Order", b"")
    raw = f"Subject: {subject}\r\n".encode() + raw
    assert read_mail(raw).auto_reply is None


def test_an_absence_in_an_answer_is_a_machines() -> None:
    raw = plain("I am out of the office until Monday.", "In-Reply-To: <ours@acme.example>")
    found = read_mail(raw.replace(b"Subject: Order", b"Subject: I am away")).auto_reply
    assert found
    assert found.kind == "out-of-office"


RECEIPT = [
    "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
    "", "--b", "Content-Type: text/plain", "", "Your message was read.", "--b",
    "Content-Type: message/disposition-notification", "",
    "Final-Recipient: rfc822;ann@example.org", "Original-Message-ID: <ours@acme.example>",
    "Disposition: manual-action/MDN-sent-manually; displayed", "--b--",
]  # fmt: skip


def test_a_read_receipt_names_the_mail_that_was_read() -> None:
    found = read_mail(mail("From: ann@example.org", "Subject: Read: Order", *RECEIPT))
    assert found.auto_reply
    assert (found.auto_reply.kind, found.auto_reply.report) == ("auto", "read-receipt")
    assert found.details["report"]["message_id"] == "ours@acme.example"
    assert found.details["report"]["recipient"] == "ann@example.org"
    assert found.bounce is None


@pytest.mark.parametrize(
    ("subject", "text"),
    [("Read: Order", "Your message was read on Friday"), ("Прочитано: Заказ", "было прочитано"),
     ("Przeczytano: X", "Wiadomość została przeczytana"), ("Gelesen: X", "wurde gelesen")],
)  # fmt: skip
def test_a_receipt_without_its_form(subject: str, text: str) -> None:
    def kind(*headers: str) -> str:
        head = [f"Subject: {subject}", *headers, "Content-Type: text/plain; charset=utf-8"]
        found = read_mail(mail("From: ann@example.org", *head, "", text)).auto_reply
        return found.report if found else ""

    assert kind("In-Reply-To: <ours@acme.example>") == "read-receipt"
    assert kind() == ""


def test_an_abuse_report_names_the_mail_that_was_complained_of() -> None:
    raw = mail(
        "From: feedback@isp.example",
        "Subject: FW: Newsletter",
        "Content-Type: multipart/report; report-type=feedback-report; boundary=b",
        "", "--b", "Content-Type: text/plain", "", "This is an email abuse report.", "--b",
        "Content-Type: message/feedback-report", "", "Feedback-Type: abuse",
        "Original-Rcpt-To: <joe@isp.example>", "--b", "Content-Type: message/rfc822", "",
        "Message-ID: <ours@acme.example>", "To: undisclosed", "", "x", "--b--",
    )  # fmt: skip
    found = read_mail(raw)
    assert found.auto_reply
    assert found.auto_reply.report == "abuse"
    assert found.details["report"] == {
        "message_id": "ours@acme.example",
        "recipient": "joe@isp.example",
        "feedback_type": "abuse",
    }
    assert found.bounce is None


@pytest.mark.parametrize(
    "headers",
    [[], ["Auto-Submitted: no"], ["X-Auto-Response-Suppress: All"], ["Precedence: normal"],
     ["X-Autoreply: no"]],
)  # fmt: skip
def test_people_are_people(headers: list[str]) -> None:
    found = read_mail(plain("I am out of the office, please ring me.", *headers))
    assert found.auto_reply is None
    assert found.bounce is None


def test_a_group_that_is_our_own_address_makes_no_list() -> None:
    raw = plain("x", "List-Id: <support.acme.example>", "Precedence: list")
    assert read_mail(raw).auto_reply
    assert read_mail(raw, own_addresses={"support@acme.example"}).auto_reply is None


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "recipient", "status", "hard"),
    [
        ("lhost-activehunter-01", "kijitora@example.org", "5.1.1", True),
        ("lhost-domino-02", "kijitora@example.co.jp", "5.0.0", True),
        ("lhost-exchange2003-03", "kijitora@example.jp", "", True),
        ("lhost-exim-01", "kijitora@example.ed.jp", "5.7.0", False),
        ("lhost-gmail-17", "mikeneko@libsisimai.org", "", False),
        ("lhost-kddi-03", "kijitora@00000000000000.dion.ne.jp", "", False),
        ("lhost-mailru-06", "nyan@haineko.org", "", True),
        ("lhost-office365-08", "nyaan@neko.example.jp", "5.4.316", False),
        ("lhost-postfix-13", "kijitora@example.jp", "5.2.1", True),
        ("lhost-qmail-01", "kijitora@example.ne.jp", "5.5.0", True),
        ("rfc3464-06", "kijitora@example.net", "5.5.0", True),
        ("rhost-apple-04", "pseudo-local-part-of-icloud@icloud.com", "5.1.1", True),
    ],
)
def test_bounces_of_many_servers(name: str, recipient: str, status: str, hard: bool) -> None:
    found = read_mail((corpora("bounces") / f"{name}.eml").read_bytes()).bounce
    assert found
    assert (found.recipient, found.status, found.hard) == (recipient, status, hard)
    assert found.action == ("delayed" if name == "lhost-gmail-17" else "failed")


@pytest.mark.corpus
def test_a_report_that_all_went_well_is_no_bounce() -> None:
    assert read_mail((corpora("bounces") / "lhost-amazonses-12.eml").read_bytes()).bounce is None


@pytest.mark.corpus
def test_a_bounce_names_the_mail_that_failed() -> None:
    found = read_mail((corpora("bounces") / "lhost-postfix-13.eml").read_bytes())
    assert found.bounce
    assert found.bounce.original_message_id == "20150213024748.CEEDB20C16@2jo.example.jp"
    assert found.auto_reply is None


def test_a_customer_who_complains_about_a_bounce_is_no_bounce() -> None:
    found = read_mail(plain("My mail was returned: could not be delivered, user unknown. Why?"))
    assert found.bounce is None


def _proofs(*headers: str, sender: str = "ann@example.org") -> tuple[str, ...]:
    raw = mail(*headers, f"From: {sender}", "", "x")
    return tuple(read_mail(raw, trusted_authserv="mx.acme.example").proofs)


PASS = (
    "Authentication-Results: mx.acme.example; spf=pass; dmarc=pass (p=reject)"
    " header.from=example.org"
)


def test_dmarc_of_our_own_server_is_proof() -> None:
    assert _proofs(PASS) == ("dmarc",)
    assert read_mail(mail(PASS, "From: ann@example.org", "", "x")).proofs == ()


@pytest.mark.parametrize(
    "headers",
    [
        ["Authentication-Results: mx.evil.example; dmarc=pass header.from=example.org"],
        ["Authentication-Results: mx.acme.example; dmarc=fail header.from=example.org"],
        ["Authentication-Results: mx.acme.example; dmarc=pass header.from=evil.example"],
        ["Authentication-Results: mx.acme.example; dkim=pass; spf=pass"],
        ["Authentication-Results: mx.acme.example; none (dmarc=pass header.from=example.org)"],
        # Below the Received line of our server stands what the sender wrote.
        ["Authentication-Results: mx.acme.example; spf=pass", "Received: from evil", PASS],
        ["Authentication-Results: mx.acme.example; dmarc=fail header.from=example.org", PASS],
        [PASS, "From: boss@example.org"],
    ],
)
def test_what_is_no_proof(headers: list[str]) -> None:
    assert _proofs(*headers) == ()


OWN = {"support@acme.example"}
DISCUSSED = ("List-Id: Riders <riders.example.org>", "List-Post: <mailto:riders@example.org>")


@pytest.mark.parametrize(
    "headers",
    [
        ["X-BeenThere: support@acme.example", "List-Id: <helpers.lists.acme.example>"],
        ["Delivered-To: mailing list support@acme.example", "Precedence: bulk"],
        ["Mailing-List: list support@acme.example; contact support+owners@acme.example",
         "List-Id: x", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"],
    ],
)  # fmt: skip
def test_our_own_group_by_whatever_names_it(headers: list[str]) -> None:
    raw = plain("x", *headers, "Precedence: list")
    assert read_mail(raw).auto_reply is not None
    assert read_mail(raw, own_addresses=OWN).auto_reply is None


def test_another_address_that_ends_like_ours_is_no_group_of_ours() -> None:
    lines = ["From: ann@home.example", "To: it-support@acme.example", "List-Id: x"]
    lines += ["List-Post: <mailto:it-support@acme.example>", "", "Hello"]
    found = read_mail("\n".join(lines).encode(), own_addresses=OWN).auto_reply
    assert found is not None
    assert found.kind == "bulk"


@pytest.mark.parametrize(
    ("headers", "person"),
    [
        ([*DISCUSSED, "Precedence: list", "List-Unsubscribe: <https://x>"], True),
        ([*DISCUSSED, "Precedence: Bulk", "List-Unsubscribe-Post: x"], True),
        (["List-Id: Riders <riders.example.org>"], True),
        (["List-Id: News <news.example.org>", "List-Unsubscribe: <https://x>"], False),
        (["List-Id: News <news.example.org>", "List-Post: NO", "Precedence: list"], False),
        (["List-Id: News <news.example.org>", "Feedback-ID: 1:a:b"], False),
        ([*DISCUSSED, "X-Campaign: spring"], False),
        (["List-Unsubscribe: <https://x>"], False),
        (["Precedence: bulk"], False),
    ],
)
def test_a_list_and_us_as_well(headers: list[str], person: bool) -> None:
    def read(to: str, sender: str = "Ann <ann@home.example>") -> AutoReply | None:
        lines = [f"From: {sender}", f"To: {to}", "Message-ID: <1@x>", *headers, "", "Hello"]
        return read_mail("\n".join(lines).encode(), own_addresses=OWN).auto_reply

    assert (read("riders@example.org, Support@acme.example") is None) is person
    assert read("riders@example.org") is not None
    assert read("support@acme.example", "Riders <no-reply@example.org>") is not None
