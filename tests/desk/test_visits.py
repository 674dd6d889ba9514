"""Who is there, where they are, who types, and who left in the middle of a conversation."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.contract import Address, Notice, Signal
from omnitui.desk import view
from omnitui.desk.visiting import visits
from store import accounts, customers, events, typing
from store import visits as store_visits
from store.visits import LEFT_AFTER, Visit
from tests.desk.office import DAY, MINUTE
from tests.desk.visiting import Site, Visitor, site_account


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site.open(tmp_path) as opened:
        opened.online()
        yield opened


def visit(site: Site, address: str = "v_ann7") -> Visit:
    found = store_visits.get(site.office.desk.db, site.account.id, address)
    assert found is not None
    return found


def test_where_somebody_is_is_known_while_they_are_there(site: Site) -> None:
    ann = Visitor(site)
    came = site.office.clock.at
    site.signal(ann.signal("online", page="https://a.example/", browser="Firefox 140 on Linux"))
    site.office.clock.pass_(1_000)
    site.signal(ann.signal("visit", page="https://a.example/shoes", title="Shoes"))
    there = visit(site)
    assert (there.online, there.at, there.seen_at) == (True, came, came + 1_000)
    assert there.details == {
        "page": "https://a.example/shoes",
        "title": "Shoes",
        "browser": "Firefox 140 on Linux",
    }
    site.office.clock.pass_(1_000)
    site.signal(ann.signal("offline"))
    assert (visit(site).online, visit(site).at) == (False, came + 2_000)
    assert visit(site).details["title"] == "Shoes"
    assert site.office.log("chat.event") == []


def test_who_is_there_is_there_alone(site: Site) -> None:
    ann, bob, eve = (Visitor(site, f"v_{n}") for n in ("ann", "bob", "eve"))
    site.signal(ann.signal("online"), bob.signal("online"))
    site.present(bob.signal("online"), eve.signal("online"))
    db = site.office.desk.db
    assert [v.address for v in store_visits.online(db, site.account.id)] == ["v_bob", "v_eve"]
    other = site_account(site.office, "shop")
    visits.nobody(site.office.desk, other)
    assert len(store_visits.online(db, site.account.id)) == 2
    visits.nobody(site.office.desk, site.account)
    assert store_visits.online(db, site.account.id) == []


def test_a_message_says_where_its_writer_is(site: Site) -> None:
    ann = Visitor(site)
    message = site.got(
        ann.says(page="https://a.example/", language="uk-UA", timezone="Europe/Kyiv")
    )
    customer = customers.get(site.office.desk.db, message.customer_id)
    assert (customer.language, customer.timezone) == ("uk", "Europe/Kyiv")
    assert visit(site).details["page"] == "https://a.example/"
    assert not visit(site).online  # the channel tells that
    # What an agent or they themselves have said stays.
    site.got(ann.says(page="https://a.example/2", language="pl", timezone="Europe/Warsaw"))
    customer = customers.get(site.office.desk.db, message.customer_id)
    assert (customer.language, customer.timezone) == ("uk", "Europe/Kyiv")
    shown = view.customer_json(site.office.desk, customer, full=True)["visit"]
    assert (shown["page"], shown["online"], shown["account"]) == (
        "https://a.example/2",
        False,
        "site",
    )


@pytest.mark.parametrize("zone", ["Mars/Phobos", "../../etc/passwd", "\0", "x" * 5_000])
def test_a_strange_time_zone_is_none(site: Site, zone: str) -> None:
    message = site.got(Visitor(site).says(timezone=zone, language="💥\ud800"))
    customer = customers.get(site.office.desk.db, message.customer_id)
    assert (customer.timezone, customer.language) == ("", "")


def test_a_stranger_s_visit_is_forgotten_after_a_day(site: Site) -> None:
    ann, bob = Visitor(site), Visitor(site, "v_bob")
    site.got(ann.says(page="https://a.example/"))
    site.signal(bob.signal("online"), bob.signal("offline"))
    site.office.clock.pass_(2 * DAY)
    site.present()
    db = site.office.desk.db
    assert store_visits.get(db, site.account.id, "v_bob") is None
    assert visit(site).chat == "v_ann7"


# -- typing


def test_a_visitor_s_typing_is_seen_until_they_stop_or_send(site: Site) -> None:
    ann = Visitor(site)
    room = site.got(ann.says()).conversation_id
    db = site.office.desk.db

    def typing_now() -> list[tuple[int, str]]:
        return [(t.conversation_id, t.who) for t in typing.fresh(db, 0)]

    before = events.last_id(db)
    site.signal(ann.signal("typing"))
    assert typing_now() == [(room, "")]
    site.signal(ann.signal("typing", stopped=True))
    assert typing_now() == []
    site.signal(ann.signal("typing"))
    assert events.last_id(db) == before
    site.got(ann.says("There"))
    assert typing_now() == []


def test_a_stranger_s_typing_is_nobody_s(site: Site) -> None:
    site.signal(Visitor(site).signal("typing"))
    site.signal(Signal("typing", 0, "", Address("")))
    assert typing.fresh(site.office.desk.db, 0) == []


# -- who left


def leaves(site: Site, visitor: Visitor) -> None:
    site.signal(visitor.signal("offline"))
    site.office.clock.pass_(LEFT_AFTER)
    site.tell_who_left()


def returns(site: Site, visitor: Visitor) -> None:
    site.office.clock.pass_(MINUTE)
    site.signal(visitor.signal("online"))


def test_leaving_is_told_once_between_two_messages(site: Site) -> None:
    ann = Visitor(site)
    site.signal(ann.signal("online"))
    room = site.got(ann.says()).conversation_id
    went = site.office.clock.pass_(1_000)
    for _ in range(3):
        leaves(site, ann)
        returns(site, ann)
    assert site.events(room) == ["left", "returned"]
    assert site.office.log("chat.event")[0].data["at"] == went
    site.answer(room, ann)
    leaves(site, ann)
    returns(site, ann)
    assert site.events(room) == ["left", "returned"] * 2


def test_a_reload_is_no_leaving(site: Site) -> None:
    ann = Visitor(site)
    site.signal(ann.signal("online"))
    room = site.got(ann.says()).conversation_id
    site.signal(ann.signal("offline"))
    assert site.tell_who_left() == site.office.clock.at + LEFT_AFTER
    site.office.clock.pass_(LEFT_AFTER - 1)
    site.signal(ann.signal("online"))
    site.office.clock.pass_(MINUTE)
    assert site.tell_who_left() is None
    assert site.events(room) == []


def test_leaving_a_closed_conversation_or_none_is_not_told(site: Site) -> None:
    ann, bob = Visitor(site), Visitor(site, "v_bob")
    room = site.got(ann.says()).conversation_id
    site.office.do(room, "close")
    site.signal(ann.signal("online"), bob.signal("online"))
    leaves(site, ann)
    leaves(site, bob)
    returns(site, ann)
    assert site.office.log("chat.event") == []


def test_whoever_is_back_with_the_connection_has_not_left(site: Site) -> None:
    ann, bob = Visitor(site), Visitor(site, "v_bob")
    site.signal(ann.signal("online"), bob.signal("online"))
    rooms = [site.got(one.says()).conversation_id for one in (ann, bob)]
    cut = site.office.clock.pass_(1_000)
    visits.nobody(site.office.desk, site.account)
    accounts.set_state(site.office.desk.db, site.account.id, "retrying", "", cut)
    site.office.clock.pass_(10 * MINUTE)
    assert site.tell_who_left() is not None  # looked at again once there is a connection
    assert [site.events(room) for room in rooms] == [[], []]
    site.online()
    site.present(ann.signal("online"))
    site.tell_who_left()
    assert [site.events(room) for room in rooms] == [[], ["left"]]
    assert site.office.log("chat.event")[0].data["at"] == cut


# -- many of them


def test_a_thousand_visitors_are_written_cheaply(site: Site) -> None:
    """Pages turned by 1,000 visitors, of whom 100 have written and 100 type: well below the
    minute in which it happens, and nothing of it becomes history."""
    people = [Visitor(site, f"v_{n:04}") for n in range(1_000)]
    site.take(*(one.says() for one in people[:100]))
    before = events.last_id(site.office.desk.db)
    signals = [one.signal("online", page="https://a.example/") for one in people]
    signals += [one.signal("visit", page="https://a.example/2") for one in people]
    signals += [one.signal("typing") for one in people[:100]]
    started = time.process_time()
    for start in range(0, len(signals), 50):
        site.signal(*signals[start : start + 50])
    spent = time.process_time() - started
    assert len(store_visits.online(site.office.desk.db, site.account.id)) == 1_000
    assert events.last_id(site.office.desk.db) == before
    assert spent < 3  # of this process; it is 0.2 s


def test_a_chat_that_tells_of_no_visits_makes_none(site: Site) -> None:
    office, db = site.office, site.office.desk.db
    line = office.line("77", details={"language": "uk"})
    message = office.got(line)
    office.take(
        Notice("started/1", "started", office.clock.at, "78", Address("78"), details=line.details),
        account=office.chat,
    )
    assert db.execute("SELECT count(*) FROM visits").fetchone() == (0,)
    assert customers.get(db, message.customer_id).language == "uk"
