"""What costs others something when it is done in masses, and what a page gives away unawares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config.relay import RelayLimits
from connectors.webchat.relay import frames
from connectors.webchat.relay.event_stream import server_sent
from connectors.webchat.relay.limits import Limits
from omnitui.desk import one_time_codes
from omnitui.desk.persons import suggest
from store import one_time_codes as codes
from store import suggestions
from tests.desk.leaving import ANN_MAIL, Shop
from tests.desk.test_web_links import linked, mailed, opens, results
from tests.desk.visiting import Visitor


@pytest.fixture(autouse=True)
def _relay_lives() -> None:
    """No relay is needed here."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Shop]:
    with Shop.opened(tmp_path) as opened:
        yield opened


def test_a_crowd_of_visitors_cannot_make_the_mailbox_a_spammers(
    desk: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_time_codes, "ALL_AN_HOUR", 2)
    for number in range(4):
        visitor = Visitor(desk, f"v_{number}")
        desk.take(visitor.notice("verify", email=f"victim{number}@example.org"))
    assert len(desk.mails()) == 2
    told = [one.state for one in codes.to_tell(desk.office.desk.db, desk.account.id)]
    assert told == ["sent", "sent", "refused", "refused"]
    desk.office.clock.pass_(3_700_000)
    desk.take(Visitor(desk, "v_late").notice("verify", email="late@example.org"))
    assert len(desk.mails()) == 3


def test_impostors_do_not_bury_a_customer_in_suggestions(desk: Shop) -> None:
    ann = mailed(desk).customer_id
    for number in range(suggest.MOST_CLAIMED + 3):
        visitor = Visitor(desk, f"v_{number}")
        desk.take(visitor.notice("form", fields={"email": ANN_MAIL}))
    assert len(suggestions.of_customer(desk.office.desk.db, ann)) == suggest.MOST_CLAIMED


def test_one_visitor_cannot_claim_to_be_everybody(desk: Shop) -> None:
    for number in range(suggest.MOST_CLAIMS + 2):
        desk.office.got(desk.office.letter(f"C <c{number}@example.org>", proofs=("dmarc",)))
    mallory = Visitor(desk, "v_mallory")
    fields = {f"f{number}": f"c{number}@example.org" for number in range(suggest.MOST_CLAIMS + 2)}
    desk.take(mallory.notice("form", fields=fields))
    found = suggestions.of_customer(desk.office.desk.db, desk.customer(mallory))
    assert len(found) == suggest.MOST_CLAIMS


def test_a_link_passed_on_to_who_is_signed_in_joins_nobody(desk: Shop) -> None:
    """Else whoever passed it on would get the answers to the other one by mail."""
    mallory = mailed(desk)
    payload = linked(desk, mallory.conversation_id)
    victim = Visitor(desk, "v_victim")
    desk.comes(victim)
    signed = replace(
        victim.notice("started"),
        text=payload,
        proofs=("jwt",),
        aliases=(("email", "victim@example.org"),),
    )
    desk.take(signed)
    assert results(desk) == ["somebody-else"]
    assert desk.customer(victim) != mallory.customer_id
    (suggested,) = suggestions.of_customer(desk.office.desk.db, mallory.customer_id)
    assert suggested.reason == "opened-link"
    # It was for somebody, who can open it still.
    browser = Visitor(desk, "v_right")
    opens(desk, browser, payload)
    assert desk.customer(browser) == mallory.customer_id


def test_one_address_is_limited_in_text_newcomers_and_codes_too() -> None:
    limits = Limits(
        RelayLimits(
            text_bytes_per_hour_per_address=100,
            visitors_per_hour_per_address=2,
            codes_per_hour_per_address=1,
        ),
        clock=lambda: 0.0,
    )
    assert limits.message("s", "v1", "192.0.2.1", size=60, new=True) == 0
    assert limits.message("s", "v2", "192.0.2.1", size=60, new=True) > 0, "bytes"
    assert limits.message("s", "v2", "192.0.2.1", size=1, new=True, code=True) == 0
    assert limits.message("s", "v3", "192.0.2.1", size=1, new=True) > 0, "newcomers"
    assert limits.message("s", "v2", "192.0.2.1", size=1, code=True) > 0, "codes"
    assert limits.message("s", "v2", "192.0.2.1", size=1) == 0
    assert limits.message("s", "v4", "192.0.2.2", size=60, new=True, code=True) == 0


def test_limits_that_are_not_given_follow_those_that_are() -> None:
    assert RelayLimits.of({}) == RelayLimits()
    more = RelayLimits.of({"connections_per_address": 500, "messages_per_minute": 600})
    assert more.attempts_per_minute_per_address == 1_200
    assert more.frames_per_minute == more.messages_per_minute_per_address == 6_000
    assert more.visitors_per_hour_per_address == 6_000
    fewer = RelayLimits.of({"connections_per_address": 5, "messages_per_minute": 6})
    assert fewer.attempts_per_minute_per_address == 120
    given = RelayLimits.of({"connections_per_address": 500, "attempts_per_minute_per_address": 7})
    assert given.attempts_per_minute_per_address == 7


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        ("https://a.example/reset?reset_token=s3cret&step=2", "https://a.example/reset?reset_token=***&step=2"),
        ("https://a.example/#access_token=s3cret&state=x", "https://a.example/#access_token=***&state=x"),
        ("https://ann:s3cret@a.example/x", "https://a.example/x"),
        ("https://a.example/cb?code=s3cret", "https://a.example/cb?code=***"),
        ("https://a.example/#omnitui=s3cret", "https://a.example/#omnitui=***"),
        ("https://a.example/@ann?keyboard=qwerty&x", "https://a.example/@ann?keyboard=qwerty&x"),
        ("javascript:alert(1)//https://a.example", ""),
    ],
)  # fmt: skip
def test_what_opens_doors_is_not_kept_of_a_pages_address(page: str, kept: str) -> None:
    hello = frames.read({"type": "hello", "page": page, "referrer": page}, 100)
    assert isinstance(hello, frames.Hello)
    assert hello.context.page == hello.context.referrer == kept


def test_a_visitors_text_ends_no_line_of_a_desk_that_reads_carelessly() -> None:
    told = server_sent("message", {"text": "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\r\n\nh"}, 7)
    assert len(told.splitlines()) == 4
