"""Which agents are there, what customers are told of it, and who waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.visiting import attendance, presence
from store.database import transaction
from store.model import ConversationId
from store.presence import FRESH
from tests.desk.office import DAY, HOUR, MINUTE
from tests.desk.visiting import Site, Visitor, site_account

AWAY_AFTER = 15 * MINUTE


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site.open(tmp_path) as opened:
        yield opened


def as_(site: Site, agent: str) -> Desk:
    return replace(site.office.desk, agent=agent)


def beat(site: Site, agent: str, screen: str = "host:1", *, room: int = 0, idle: int = 0) -> None:
    desk = as_(site, agent)
    with transaction(desk.db):
        presence.beat(desk, screen, desk.now() - idle, ConversationId(room) if room else None)


def test_who_has_a_screen_open_and_uses_it_is_there(site: Site) -> None:
    desk = site.office.desk
    assert presence.there(desk) == []
    beat(site, "ann", "host:1", idle=AWAY_AFTER + 1)
    beat(site, "bob", idle=AWAY_AFTER + 1)
    assert presence.there(desk) == []
    beat(site, "ann", "host:2")
    assert presence.there(desk) == ["ann"]
    assert [(p.agent, p.idle) for p in presence.present(desk)] == [("ann", False), ("bob", True)]
    presence.leave(as_(site, "ann"), "host:2")
    assert presence.there(desk) == []


def test_a_screen_that_falls_silent_is_closed(site: Site) -> None:
    beat(site, "ann")
    assert presence.next_change(site.office.desk) == site.office.clock.at + FRESH + 1
    site.office.clock.pass_(FRESH)
    assert presence.there(site.office.desk) == ["ann"]
    site.office.clock.pass_(1)
    assert presence.there(site.office.desk) == []
    assert presence.next_change(site.office.desk) is None


def test_who_looks_at_what(site: Site) -> None:
    room = site.got(Visitor(site).says()).conversation_id
    beat(site, "ann", room=room)
    beat(site, "bob", room=room)
    beat(site, "bob", "host:2", room=room)
    assert presence.looking(site.office.desk, ConversationId(room)) == ["bob"]
    assert presence.looking_at(as_(site, "eve")) == {room: ["ann", "bob"]}
    beat(site, "bob", room=0)
    beat(site, "bob", "host:2", room=0)
    assert presence.looking(site.office.desk, ConversationId(room)) == []


def test_away_and_back(site: Site) -> None:
    room = site.got(Visitor(site).says()).conversation_id
    beat(site, "ann")
    done = site.office.do(room, "presence away")
    assert done.undo == "presence back"
    assert presence.there(site.office.desk) == []
    assert presence.is_away(site.office.desk)
    assert attendance.state(site.office.desk, site.account) == "away"
    beat(site, "ann")  # a key does not bring them back
    assert presence.there(site.office.desk) == []
    assert site.office.do(room, "presence away").undo == ""
    assert site.office.do(room, done.undo).undo == "presence away"
    assert attendance.state(site.office.desk, site.account) == "online"
    assert [e.kind for e in site.office.log("agent.away")] == ["agent.away"]


def test_attendance_is_set_by_hand_and_left_to_itself(site: Site) -> None:
    desk, shop = site.office.desk, site_account(site.office, "shop")
    room = site.got(Visitor(site).says()).conversation_id

    def shown() -> tuple[str, str]:
        return attendance.state(desk, site.account), attendance.state(desk, shop)

    assert shown() == ("away", "away")
    assert site.office.do(room, "attendance online site").undo == "attendance auto site"
    assert shown() == ("online", "away")
    mixed = site.office.do(room, "attendance hidden")
    assert (shown(), mixed.undo) == (("hidden", "hidden"), "")
    assert site.office.do(room, "attendance auto").undo == "attendance hidden"
    beat(site, "bob")
    assert shown() == ("online", "online")
    with pytest.raises(CommandError, match="support"):
        site.office.do(room, "attendance away support")
    with pytest.raises(CommandError, match="not one of"):
        site.office.do(room, "attendance lunch")


def test_where_nobody_is_told_there_is_nothing_to_set(tmp_path: Path) -> None:
    from tests.desk.office import Office

    with Office.open(tmp_path) as office:
        room = office.got(office.letter()).conversation_id
        with pytest.raises(CommandError, match="No account"):
            office.do(room, "attendance away")


def test_doctor_says_what_customers_are_told(site: Site) -> None:
    from omnitui.cli.account_findings import attended

    def told() -> list[tuple[str, str]]:
        config = replace(site.office.desk.config, accounts={})
        return [(one.name, one.detail) for one in attended(config)]

    room = site.got(Visitor(site).says()).conversation_id
    assert told() == [("attendance of site", "away (there: nobody); 0 waiting")]
    site.office.do(room, "attendance hidden")
    assert told()[0][1].startswith("hidden (set by ann)")


# -- who waits


def test_the_queue_is_who_waits_for_a_first_answer(site: Site) -> None:
    desk = site.office.desk
    ann, bob, eve = (Visitor(site, f"v_{name}") for name in ("ann", "bob", "eve"))
    rooms = {}
    for one in (ann, bob, eve):
        site.office.clock.pass_(1_000)
        rooms[one.id] = site.got(one.says()).conversation_id
    site.office.got(site.office.letter())  # a mail waits elsewhere
    assert attendance.queue(desk, site.account) == {"v_ann": 1, "v_bob": 2, "v_eve": 3}
    site.answer(rooms["v_ann"], ann)
    assert attendance.queue(desk, site.account) == {"v_bob": 1, "v_eve": 2}
    site.office.clock.pass_(MINUTE)
    site.got(ann.says("And?"))
    assert "v_ann" not in attendance.queue(desk, site.account)
    site.office.do(rooms["v_bob"], "close")
    assert attendance.queue(desk, site.account) == {"v_eve": 1}
    # Much later they begin anew.
    site.answer(rooms["v_ann"], ann)
    site.office.clock.pass_(2 * HOUR)
    site.got(ann.says("Something else"))
    assert attendance.queue(desk, site.account) == {"v_eve": 1, "v_ann": 2}
    site.office.clock.pass_(2 * DAY)
    assert attendance.queue(desk, site.account) == {}


def test_who_went_away_holds_up_nobody(site: Site) -> None:
    ann, bob = Visitor(site, "v_ann"), Visitor(site, "v_bob")
    for one in (ann, bob):
        site.signal(one.signal("online"))
        site.got(one.says())
    site.signal(ann.signal("offline"))
    site.office.clock.pass_(MINUTE)
    assert attendance.queue(site.office.desk, site.account) == {"v_ann": 1, "v_bob": 2}
    site.office.clock.pass_(10 * MINUTE)
    assert attendance.queue(site.office.desk, site.account) == {"v_bob": 1}


def test_each_site_has_its_own_queue(site: Site) -> None:
    other = Site(site.office, site_account(site.office, "shop"))
    site.got(Visitor(site, "v_ann").says())
    other.got(Visitor(other, "v_bob").says())
    desk = site.office.desk
    assert attendance.current(desk, site.account).queue == {"v_ann": 1}
    assert attendance.current(desk, other.account).queue == {"v_bob": 1}


class Presence(RuleBasedStateMachine):
    """Screens open, close, idle and crash: who is there is who has a fresh, used screen and is
    not away; and it changes at no moment that nobody was told of."""

    @initialize()
    def begin(self) -> None:
        self.directory = TemporaryDirectory()
        self.opened = Site.open(Path(self.directory.name))
        self.site = self.opened.__enter__()
        self.site.office.desk.db.execute("PRAGMA synchronous = OFF")
        self.screens: dict[tuple[str, str], tuple[int, int]] = {}
        self.away: set[str] = set()

    @property
    def now(self) -> int:
        return self.site.office.clock.at

    agents = st.sampled_from(["ann", "bob"])
    names = st.sampled_from(["1", "2"])

    @rule(agent=agents, screen=names, idle=st.sampled_from([0, 5 * MINUTE, 14 * MINUTE, HOUR]))
    def beats(self, agent: str, screen: str, idle: int) -> None:
        beat(self.site, agent, screen, idle=idle)
        self.screens[agent, screen] = (self.now, self.now - idle)

    @rule(agent=agents, screen=names)
    def leaves(self, agent: str, screen: str) -> None:
        presence.leave(as_(self.site, agent), screen)
        self.screens.pop((agent, screen), None)

    @rule(agent=agents, away=st.booleans())
    def sets(self, agent: str, away: bool) -> None:
        changed = presence.set_away(as_(self.site, agent), away)
        assert changed == ((agent in self.away) != away)
        (self.away.add if away else self.away.discard)(agent)

    @rule(millis=st.sampled_from([1, 20_000, FRESH, 5 * MINUTE]))
    def waits(self, millis: int) -> None:
        """Never past a moment at which it changes without having been told of it."""
        before = presence.there(self.site.office.desk)
        changes_at = presence.next_change(self.site.office.desk)
        until = self.now + millis
        if changes_at is None or changes_at > until:
            self.site.office.clock.at = until
            assert presence.there(self.site.office.desk) == before
        else:
            assert changes_at > self.now
            self.site.office.clock.at = changes_at - 1
            assert presence.there(self.site.office.desk) == before
            self.site.office.clock.at = changes_at

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "screens"):
            return
        fresh = {k: v for k, v in self.screens.items() if self.now - v[0] <= FRESH}
        used = {a for (a, _s), (_at, active) in fresh.items() if self.now - active <= AWAY_AFTER}
        there = sorted(used - self.away)
        assert presence.there(self.site.office.desk) == there
        wanted = "online" if there else "away"
        assert attendance.state(self.site.office.desk, self.site.account) == wanted

    def teardown(self) -> None:
        if hasattr(self, "opened"):
            self.opened.__exit__(None, None, None)
            self.directory.cleanup()


TestPresence = Presence.TestCase
TestPresence.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
