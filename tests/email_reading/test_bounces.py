"""Delivery reports of many programs, in the words of many servers."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.email.inspect import inspect
from connectors.email.read import read_mail
from connectors.email.reports.dead_address import is_dead
from connectors.email.reports.failure_stage import Stage, stage
from tests.email_reading.samples import mail, plain

REPORTS = tomllib.loads((Path(__file__).parent / "reports.toml").read_text("utf-8"))["report"]
RCPT = " (in reply to RCPT TO command)"
DATA = " (in reply to end of DATA command)"


def _raw(report: dict[str, Any]) -> bytes:
    head = [report["head"]] if "head" in report else []
    sender = report.get("from", "Mail Delivery System <Mailer-Daemon@mail.acme.example>")
    return mail(
        *head,
        f"From: {sender}",
        "To: support@acme.example",
        f"Subject: {report['subject']}",
        "Content-Type: text/plain; charset=utf-8",
        "",
        report["body"].replace("\n", "\r\n"),
    )


@pytest.mark.parametrize("report", REPORTS, ids=[each["name"] for each in REPORTS])
def test_a_report_is_understood(report: dict[str, Any]) -> None:
    found = read_mail(_raw(report))
    assert found.bounce
    bounces = [found.bounce, *found.further_bounces]
    assert [each.recipient for each in bounces] == report["recipients"]
    assert [bool(each.hard) for each in bounces] == report["hard"]
    assert all(each.reason for each in bounces)
    assert found.bounce.original_message_id == report.get("original", "original@acme.example")
    if report.get("action", "failed"):
        assert found.bounce.action == report.get("action", "failed")
    if "status" in report:
        assert found.bounce.status == report["status"]
    assert found.auto_reply is None


@pytest.mark.parametrize("report", REPORTS, ids=[each["name"] for each in REPORTS])
@pytest.mark.parametrize("subject", ["Re: {}", "Fwd: {}", "Question", "{}"])
def test_a_person_who_quotes_a_report_is_no_bounce(report: dict[str, Any], subject: str) -> None:
    words = "I got this when I wrote to you:\n\n" + report["body"]
    raw = plain(words, f"X-Was: {report['name'].encode('ascii', 'ignore').decode()}").replace(
        b"Subject: Order", f"Subject: {subject.format(report['subject'])}".encode()
    )
    assert read_mail(raw).bounce is None


@pytest.mark.parametrize(
    ("dead", "status", "words"),
    [
        (True, "5.1.1", "550 5.1.1 Recipient address rejected: User unknown in local table" + RCPT),
        (True, "5.0.0", "550 No Such User Here" + RCPT),
        (True, "5.0.0", "550 Requested action not taken: mailbox unavailable" + RCPT),
        (True, "5.0.0", "554 delivery error: dd This user doesn't have a yahoo.com account" + RCPT),
        (True, "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address"),
        (True, "5.4.1", "550 5.4.1 Recipient address rejected: Access denied [x.outlook.com]"),
        (True, "5.4.4", "Name service error for name=a.example type=MX: Host not found"),
        (True, "5.1.0", "Domain a.example does not accept mail (nullMX)"),
        (True, "", "all relevant MX records point to non-existent hosts"),
        (True, "", "Unrouteable address"),
        (True, "5.1.6", "551 5.1.6 recipient no longer on server"),
        (True, "5.1.1", ""),
        (False, "4.4.3", "Name service error for name=a.example: Host not found, try again"),
        (False, "5.2.2", "552 5.2.2 mailbox full" + RCPT),
        (False, "5.1.1", "552 5.2.2 Over quota"),
        (False, "5.2.1", "The email account that you tried to reach is disabled."),
        (False, "5.7.1", "554 5.7.1 <joe@home.example>: Relay access denied" + RCPT),
        (False, "5.7.1", "554 5.7.1 Client host [192.0.2.1] blocked using a list; unknown user"),
        (False, "5.0.0", "550 User unknown" + DATA),
        (False, "5.1.0", "550 5.1.0 Sender address rejected: User unknown" + RCPT),
        (False, "5.1.8", "553 5.1.8 Domain of sender address a@b.example does not exist"),
        (False, "5.0.0", "550 Unknown user" + " (in reply to MAIL FROM command)"),
        (False, "5.7.26", "550 5.7.26 This mail has been blocked because it is unauthenticated"),
        (False, "5.3.4", "552 5.3.4 Message size exceeds fixed limit"),
        (False, "5.4.6", "554 5.4.6 Too many hops"),
        (False, "4.4.1", "connect to mx.a.example[192.0.2.1]:25: Connection timed out"),
        (False, "4.7.1", "450 4.7.1 Recipient address rejected: Greylisted" + RCPT),
        (False, "5.7.1", "see https://a.example/errors#user-unknown"),
        (None, "", " "),
    ],
)
def test_what_is_a_dead_address(dead: bool | None, status: str, words: str) -> None:
    assert is_dead(status, words, "failed", stage(words)) is dead
    if dead is not None:
        assert is_dead(status, words, "delayed", stage(words)) is False


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("rcpt", "host x said: 550 no (in reply to RCPT TO command)"),
        ("data", "SMTP error from remote mail server after end of data: host x: 550 no"),
        ("mail", "SMTP error from remote mail server after MAIL FROM:<a@b.example>: 550 no"),
        ("rcpt", "192.0.2.1 does not like recipient.\nRemote host said: 550 no"),
        ("data", "192.0.2.1 failed after I sent the message."),
        ("rcpt", ">>> RCPT To:<a@b.example>\n<<< 550 no"),
        ("data", ">>> RCPT To:<a@b.example>\n<<< 250 ok\n>>> DATA\n<<< 550 no"),
        ("rcpt", "mx.b.example [192.0.2.1] did not like our RCPT TO:\n550 no"),
        ("rcpt", "550 no (state 14)."),
        ("connect", "host mx refused to talk to me: 554 no"),
        ("", "550 no"),
    ],
)
def test_the_step_of_a_refusal(said: Stage, words: str) -> None:
    assert stage(words) == said


@pytest.mark.parametrize(
    ("cause", "action", "status", "words"),
    [
        ("user-unknown", "failed", "5.1.1", "550 5.1.1 User unknown" + RCPT),
        ("host-unknown", "failed", "5.1.2", "550 5.1.2 Host unknown: NXDOMAIN"),
        ("takes-no-mail", "failed", "5.1.10", "556 5.1.10 Domain does not accept mail (nullMX)"),
        ("moved", "failed", "5.1.6", "551 5.1.6 Mailbox has moved"),
        ("mailbox-full", "failed", "5.2.2", "552 5.2.2 Over quota"),
        ("mailbox-full", "delayed", "4.2.2", "452 4.2.2 Mailbox full"),
        ("too-big", "failed", "5.3.4", "552 5.3.4 Message size exceeds fixed limit"),
        ("suspended", "failed", "5.2.1", "550 5.2.1 The account is disabled"),
        ("spam", "failed", "5.7.1", "550 5.7.1 Message looks like spam" + DATA),
        ("blocked", "failed", "5.7.1", "554 5.7.1 Client host [192.0.2.1] blocked using rbl.x"),
        ("unauthenticated", "failed", "5.7.26", "550 5.7.26 This mail fails DMARC"),
        ("no-relaying", "failed", "5.7.1", "554 5.7.1 Relay access denied" + RCPT),
        ("rate-limited", "delayed", "4.7.1", "451 4.7.1 Greylisted, try again in 300 seconds"),
        ("expired", "failed", "4.4.7", "connection timed out, giving up"),
        ("", "delayed", "4.4.7", "connection timed out, try again later"),
        ("", "failed", "", "Something else altogether"),
    ],
)
def test_why_in_one_name(cause: str, action: str, status: str, words: str) -> None:
    fields = f"Final-Recipient: rfc822; joe@home.example\nAction: {action}\n"
    fields += f"Status: {status}\n" if status else ""
    found = read_mail(_dsn(fields + f"Diagnostic-Code: smtp; {words}")).bounce
    assert found is not None
    assert (found.action, found.cause) == (action, cause)


def _dsn(*groups: str, kind: str = "delivery-status") -> bytes:
    return mail(
        "From: MAILER-DAEMON@mail.acme.example",
        "Subject: Undelivered Mail Returned to Sender",
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"',
        "",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mail.acme.example",
        "",
        *"\n\n".join(groups).split("\n"),
        "--b",
        "Content-Type: text/rfc822-headers",
        "",
        "Message-ID: <original@acme.example>",
        "--b--",
    )


ALIAS = """Original-Recipient: rfc822;joe+2Bshop@home.example
Final-Recipient: rfc822;inner@box.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown"""
DELAYED = """Final-Recipient: rfc822;sue@work.example
Action: delayed
Status: 4.4.1"""
DELIVERED = """Final-Recipient: rfc822;ann@home.example
Action: delivered
Status: 2.0.0"""


def test_the_gravest_comes_first_and_what_went_well_is_left_out() -> None:
    found = read_mail(_dsn(DELIVERED, DELAYED, ALIAS))
    assert found.bounce
    assert (found.bounce.recipient, found.bounce.alias) == (
        "inner@box.example",
        "joe+shop@home.example",
    )
    assert [each.recipient for each in found.further_bounces] == ["sue@work.example"]
    shown = inspect(_dsn(DELIVERED, DELAYED, ALIAS))
    assert shown["bounce"]["hard"] is True
    assert [each["action"] for each in shown["further_bounces"]] == ["delayed"]


def test_a_report_of_success_is_no_bounce() -> None:
    found = read_mail(_dsn(DELIVERED))
    assert found.bounce is None
    assert found.auto_reply
    assert found.details["report"] == {
        "message_id": "original@acme.example",
        "recipient": "ann@home.example",
    }


def test_an_attached_report_sent_on_by_a_person_is_no_bounce() -> None:
    raw = _dsn(ALIAS).replace(b"multipart/report", b"multipart/mixed")
    raw = raw.replace(b"MAILER-DAEMON@mail.acme.example", b"Ann <ann@home.example>")
    raw = raw.replace(b"Subject: ", b"Subject: Fwd: ")
    assert read_mail(raw).bounce is None


def test_amazons_notice_in_json() -> None:
    notice = {
        "notificationType": "Bounce",
        "bounce": {
            "bouncedRecipients": [
                {"emailAddress": "joe@home.example", "status": "5.1.1", "action": "failed",
                 "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
            ]
        },
        "mail": {"headers": [{"name": "Message-ID", "value": "<original@acme.example>"}]},
    }  # fmt: skip
    raw = plain(json.dumps({"Type": "Notification", "Message": json.dumps(notice)}))
    found = read_mail(raw.replace(b"ann@example.org", b"no-reply@sns.amazonaws.com")).bounce
    assert found
    assert (found.recipient, found.hard) == ("joe@home.example", True)
    assert found.original_message_id == "original@acme.example"


@given(
    st.sampled_from(REPORTS),
    st.lists(
        st.sampled_from(
            ["joe@home.example", "<", ">", ":\n", "550 5.1.1 ", "\n\n", "x" * 70, "é" * 70,
             "ユ" * 70, "user unknown ", "mailbox ", ">>> RCPT ", "@", "a.b." * 20, "size ",
             "(expanded from: "]
        ),
        max_size=60,
    ),
    st.integers(0, 400),
)  # fmt: skip
@settings(max_examples=150, deadline=2_000)
def test_a_damaged_report_is_read_in_no_time(
    report: dict[str, Any], pieces: list[str], at: int
) -> None:
    body = report["body"]
    found = read_mail(_raw({**report, "body": body[:at] + "".join(pieces) + body[at:]}))
    if found.bounce:
        assert len(found.bounce.reason) <= 500
        assert found.bounce.action in ("failed", "delayed")
