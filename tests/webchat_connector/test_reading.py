"""What each event of the relay becomes for the desk."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.contract import Ignored, Inbound, Notice, Quarantined, Remote, Signal
from connectors.webchat.again import read_again
from connectors.webchat.protocol import DURABLE
from connectors.webchat.reading import read_event, read_present
from connectors.webchat.reading.browser import browser_of
from tests.webchat_connector.samples import ANN, BOB, CONTEXT, EPOCH, NOW, SIGNED, event, read


def message(**fields: Any) -> Inbound:
    found = read("message", **{"seq": 3, "mid": "m1", "text": "Hi", "files": [], **fields})
    assert isinstance(found, Inbound)
    return found


def notice(kind: str, **fields: Any) -> Notice:
    found = read(kind, **fields)
    assert isinstance(found, Notice)
    return found


def test_a_message_of_somebody_unknown() -> None:
    found = message(context=CONTEXT)
    assert (found.external_id, found.message_key, found.chat) == (f"{EPOCH}/7", f"{ANN}:3", ANN)
    assert (found.sender.address, found.sender.name) == (ANN, "")
    assert (found.text, found.arrived_at, found.direction) == ("Hi", NOW, "in")
    assert found.proofs == ("platform",)
    assert found.aliases == ()
    assert found.details == {
        "page": "https://acme.example/boots?size=42",
        "title": "Boots",
        "referrer": "https://search.example/",
        "browser": "Firefox 140 on Linux",
        "language": "uk-UA",
        "timezone": "Europe/Kyiv",
    }


def test_a_message_of_somebody_whom_the_site_has_signed_in() -> None:
    found = message(identity=SIGNED)
    assert found.sender.name == "Ann Lee"
    assert found.proofs == ("jwt",)
    assert found.aliases == (("email", "ann@example.org"),)


@pytest.mark.parametrize(
    "changed",
    [{"email": None}, {"email_verified": False}, {"email": "ann"}, {"email": "a@b\r\nBcc: c@d"}],
)
def test_an_address_that_the_site_does_not_vouch_for_is_none(changed: dict[str, Any]) -> None:
    found = message(identity=SIGNED | changed)
    assert found.proofs == ("jwt",)
    assert found.aliases == ()


def test_text_is_taken_as_it_is() -> None:
    for text in ("\x1b]0;x\x07\u202e<b>*x*</b>\u2028\x85", " \n ", "a" * 20_000):
        assert message(text=text).text == text
    assert message(text="half \ud83d").text.encode()


def test_what_is_written_decides_whether_it_is_the_same_message() -> None:
    same = message().content_hash
    assert message(context=CONTEXT, at=NOW + 5).content_hash == same
    for changed in ({"text": "Ho"}, {"mid": "m2"}, {"visitor": BOB}, {"files": [{"id": "f"}]}):
        assert message(**changed).content_hash != same


def test_files_stay_with_the_relay_until_they_are_asked_for() -> None:
    sent = {"id": "F1_-", "name": "../a/photo.png", "type": "image/png", "size": 1234, "url": "x"}
    (file,) = message(text="", files=[sent]).files
    assert (file.name, file.type) == ("photo.png", "image/png")
    assert isinstance(file.content, Remote)
    assert file.content.size == 1234
    reference = json.loads(file.content.reference)
    assert (reference["id"], reference["unique"]) == ("F1_-", "F1_-")


def test_a_file_that_cannot_be_asked_for_keeps_no_text_away() -> None:
    found = message(text="see", files=[{"id": "../etc", "name": "x"}])
    assert found.text == "see"
    assert isinstance(found.files[0].content, Remote)
    assert found.files[0].content.refusal


def test_a_form() -> None:
    found = notice("form", fields={"name": "Ann", "phone": " 1 ", "n": 3, "": "x"}, offline=True)
    assert found.details["fields"] == {"name": "Ann", "phone": "1"}
    assert found.details["offline"] is True
    assert found.who is not None
    assert found.who.name == "", "what is typed into a form is hearsay"
    assert found.aliases == ()


def test_signing_in() -> None:
    found = notice("identified", **SIGNED, was=BOB)
    assert (found.proofs, found.aliases) == (("jwt",), (("email", "ann@example.org"),))
    assert (found.details["name"], found.details["was"]) == ("Ann Lee", BOB)
    assert "was" not in notice("identified", **SIGNED, was=None).details
    assert isinstance(read("identified", name="Ann"), Quarantined)


def test_codes() -> None:
    assert notice("verify", email="ann@example.org").details["email"] == "ann@example.org"
    assert isinstance(read("verify", email="nobody"), Ignored)
    found = notice("code", code="123456")
    assert (found.kind, found.details["code"]) == ("verify", "123456")


def test_marks_and_the_rest() -> None:
    for kind in ("delivered", "read"):
        assert notice(kind, seq=9).keys == (f"{ANN}:9",)
        assert isinstance(read(kind), Quarantined)
    assert notice("started", link="abc_-").text == "abc_-"
    assert notice("ended").kind == "ended"
    assert notice("transcript").kind == "transcript"


def test_what_is_true_for_the_moment() -> None:
    found = read("typing", None)
    assert isinstance(found, Signal)
    assert (found.kind, found.chat, found.details) == ("typing", ANN, {})
    stopped = read("typing", None, stopped=True)
    assert isinstance(stopped, Signal)
    assert stopped.details == {"stopped": True}
    visit = read("visit", None, **CONTEXT)
    assert isinstance(visit, Signal)
    assert visit.details["browser"] == "Firefox 140 on Linux"
    assert isinstance(read("offline", None), Signal)
    assert read("online", None, visitor="../x") is None


def test_who_is_there() -> None:
    found = read_present([{"visitor": ANN, "at": NOW, **CONTEXT}, {"visitor": 3}, None, 7])
    assert [(each.kind, each.chat, each.details["title"]) for each in found] == [
        ("online", ANN, "Boots")
    ]
    assert read_present({"a": 1}) == []


def test_an_event_of_a_newer_relay_is_kept() -> None:
    found = read("rating", stars=5)
    assert isinstance(found, Quarantined)
    assert isinstance(found.raw, bytes)
    assert (found.external_id, json.loads(found.raw)["stars"]) == (f"{EPOCH}/7", 5)
    assert "rating" in found.reason


def test_addresses_that_lead_to_no_page_are_left_out() -> None:
    for page in (
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc",
        "http://",
        "http://[",
        7,
    ):
        assert "page" not in message(context={"page": page}).details
    for language in ("en\n", "x" * 99, "e", "<b>"):
        assert "language" not in message(context={"language": language}).details
    for zone in ("../../etc", "Europe/Kyiv\x1b", "9"):
        assert "timezone" not in message(context={"timezone": zone}).details


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
         " Gecko) Version/18.2 Mobile/15E148 Safari/604.1", "Mobile Safari 18 on iOS 18"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
         " Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0", "Edge 130 on Windows 10"),
        ("me", ""),
        ("", ""),
        ("Firefox/1" * 100, ""),
        ("Firefox/140.0\x1b[2J", ""),
    ],
)  # fmt: skip
def test_a_browser_in_words(user_agent: str, words: str) -> None:
    assert browser_of(user_agent) == words


def test_the_quarantine_gives_an_event_back() -> None:
    raw = json.dumps(event("message", seq=3, text="Hi")).encode()
    found = read_again(raw, f"{EPOCH}.1/7")
    assert isinstance(found, Inbound)
    assert found.external_id == f"{EPOCH}.1/7"
    for broken in (b"", b"{", b"\xff", b'{"type": "typing", "visitor": "%s"}' % ANN.encode()):
        again = read_again(broken, f"{EPOCH}/unreadable/ab")
        assert isinstance(again, Quarantined)
        assert again.external_id == f"{EPOCH}/unreadable/ab"


def test_every_kind_that_is_kept_ends_somewhere() -> None:
    for kind in DURABLE:
        found = read_event({"type": kind, "id": 1, "visitor": ANN}, EPOCH)
        assert not isinstance(found, Signal | None)
