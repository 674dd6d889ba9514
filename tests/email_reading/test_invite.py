"""Calendars in mails: one line that says what is asked, whatever wrote them."""

# ruff: noqa: E501 - calendar lines
from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.email.mime.event import repetition
from connectors.email.mime.invite import events
from connectors.email.read import read_mail
from tests.email_reading.samples import mail


def calendar(*lines: str, method: str = "REQUEST") -> str:
    return "\r\n".join(
        ["BEGIN:VCALENDAR", f"METHOD:{method}", "BEGIN:VTIMEZONE", "TZID:x", "BEGIN:STANDARD",
         "DTSTART:16010101T000000", "END:STANDARD", "END:VTIMEZONE", "BEGIN:VEVENT", *lines,
         "BEGIN:VALARM", "DESCRIPTION:REMINDER", "TRIGGER:-PT15M", "END:VALARM",
         "END:VEVENT", "END:VCALENDAR"]
    )  # fmt: skip


START = 'DTSTART;TZID="FLE Standard Time":20240506T100000'
ANN = 'ORGANIZER;CN="Ann, Sales":mailto:ann@example.org'


@pytest.mark.parametrize(
    ("lines", "method", "line"),
    [
        (["SUMMARY:Stand-up\\, daily", START, "DTEND;TZID=x:20240506T103000", "LOCATION:Room 4", ANN], "REQUEST",
         "Invitation: Stand-up, daily, 2024-05-06 10:00–10:30 (FLE Standard Time), Room 4, by Ann, Sales <ann@example.org>"),
        (["SUMMARY:Demo", "DTSTART:20240506T080000Z", "DURATION:PT1H30M", "SEQUENCE:2"], "REQUEST",
         "Changed invitation: Demo, 2024-05-06 08:00–09:30 UTC"),
        (["SUMMARY:Fair", "DTSTART;VALUE=DATE:20240506", "DTEND;VALUE=DATE:20240509"], "PUBLISH",
         "Event: Fair, 2024-05-06 – 2024-05-08, all day"),
        (["SUMMARY:Fair", "DTSTART;VALUE=DATE:20240506", "DTEND;VALUE=DATE:20240507"], "CANCEL",
         "Cancelled: Fair, 2024-05-06, all day"),
        (["SUMMARY:Demo", "DTSTART:20240506T080000Z", ANN, "ATTENDEE;PARTSTAT=ACCEPTED;CN=Bob:mailto:bob@example.org"], "REPLY",
         "Accepted: Demo, 2024-05-06 08:00 UTC, by Bob <bob@example.org>"),
        (["SUMMARY:Demo", "ATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.org"], "REPLY",
         "Declined: Demo, by bob@example.org"),
        (["SUMMARY:Demo", "DTSTART:20240507T080000Z", "ATTENDEE;PARTSTAT=TENTATIVE:mailto:bob@example.org"], "COUNTER",
         "New time proposed: Demo, 2024-05-07 08:00 UTC, by bob@example.org"),
        (["SUMMARY:Weekly", "DTSTART:20240506T080000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=5"], "REQUEST",
         "Invitation: Weekly, 2024-05-06 08:00 UTC, every week on Mon, Wed, 5 times"),
        (["SUMMARY:Gone", "STATUS:CANCELLED"], "REQUEST", "Cancelled: Gone"),
        (["DTSTART:garbage"], "REQUEST", "Invitation: no subject"),
        (["SUMMARY:A fol", " ded line"], "REQUEST", "Invitation: A folded line"),
    ],
)  # fmt: skip
def test_one_line(lines: list[str], method: str, line: str) -> None:
    assert [event.line() for event in events(calendar(*lines, method=method))] == [line]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY", "every day"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20240630T220000Z", "every 2 weeks on Tue until 2024-06-30"),
        ("FREQ=MONTHLY;BYDAY=2TU", "every month on 2. Tue"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "every month on last Fri"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "every month on day 15"),
        ("FREQ=YEARLY;COUNT=1", "every year, 1 time"),
        ("FREQ=NEVER", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_repetition_in_words(rule: str, words: str) -> None:
    assert repetition(rule) == words


def test_an_invitation_says_what_its_description_says() -> None:
    text = calendar("SUMMARY:Demo", "DESCRIPTION:Let us meet.\\n\\nAnn")
    found = read_mail(
        mail("From: a@b.c", "Content-Type: text/calendar; charset=utf-8; method=REQUEST", "", text)
    )
    assert found.text == "Invitation: Demo\n\nLet us meet.\n\nAnn"
    assert found.details["calendar"] == ["Invitation: Demo"]


def test_the_same_calendar_as_part_and_as_file_is_one_meeting() -> None:
    text = calendar("SUMMARY:Demo", START)
    found = read_mail(
        mail("From: a@b.c", "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "Please come", "--b",
             "Content-Type: text/calendar; method=REQUEST", "", text, "--b",
             "Content-Type: application/ics; name=invite.ics", "", text, "--b--")
    )  # fmt: skip
    assert len(found.details["calendar"]) == 1
    assert found.text == "Please come"


def test_a_changed_date_of_a_series_is_not_a_second_meeting() -> None:
    text = calendar("SUMMARY:Weekly", "RRULE:FREQ=WEEKLY", "END:VEVENT", "BEGIN:VEVENT",
                    "RECURRENCE-ID:20240513T080000Z", "SUMMARY:Weekly, moved")  # fmt: skip
    assert [event.summary for event in events(text)] == ["Weekly"]


def test_a_calendar_cut_off() -> None:
    text = calendar("SUMMARY:Demo", START).partition("END:VEVENT")[0]
    assert [event.summary for event in events(text)] == ["Demo"]
    assert events("no calendar") == []


_PIECES = st.sampled_from(
    ["BEGIN:VCALENDAR\n", "BEGIN:VEVENT\n", "END:VEVENT\n", "BEGIN:VTODO\n", "DTSTART:", "DTEND:", "20240506T080000Z\n",
     "99999999T999999\n", "00010101\n", "DURATION:P999W\n", "RRULE:FREQ=WEEKLY;INTERVAL=", "0\n", ";TZID=\"x\n", "ATTENDEE;",
     "PARTSTAT=ACCEPTED:", "mailto:\n", "SUMMARY:\\n\\,\\\n", " folded\n", "METHOD:REPLY\n", "UNTIL=2024\n", ";", ":", "\n"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=30).map("".join))
@settings(deadline=None)
def test_any_calendar(text: str) -> None:
    json.dumps([event.line() for event in events(text, "request")])
