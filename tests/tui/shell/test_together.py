"""Two agents at two screens on one store: what one does the other sees without a key."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config.access import Access
from config.model import AgentSettings, TeamSettings
from omnitui.desk import commands
from omnitui.desk.command import Done
from omnitui.desk.context import Desk
from omnitui.desk.session import OwnDraft, Session
from omnitui.desk.together import silence
from omnitui.desk.visiting import presence, typing
from store import outbox
from store.clock import now
from store.driver import Connection
from store.model import ConversationId, MessageId
from tests.tui.shell.shop import AGENT, Shop

FIRST = ConversationId(1)


def does(
    shop: Shop, line: str, agent: str = "bob", here: ConversationId = FIRST, ago: int = 0
) -> Done:
    """What a colleague does at another screen, or did so many milliseconds ago."""

    def run(db: Connection) -> Done:
        desk = Desk(db, shop.config, agent, lambda: now() - ago)
        return commands.run(Session(desk, here, OwnDraft("We are looking for it.")), line)

    return shop.write(run)


def looks(shop: Shop, agent: str = "bob", here: ConversationId | None = FIRST) -> None:
    def beat(db: Connection) -> None:
        presence.beat(Desk(db, shop.config, agent), f"other:{agent}", now(), here)

    shop.write(beat)


def team(shop: Shop, role: str = "supervisor", **settings: object) -> Shop:
    access = Access(role=role)  # type: ignore[arg-type]
    made = TeamSettings(**settings)  # type: ignore[arg-type]
    return Shop(replace(shop.config, team=made, access=access), shop.numbers)


async def test_two_screens_show_each_other_and_the_second_reply_is_stopped(shop: Shop) -> None:
    async with shop.screen((100, 30)) as ann, shop.screen((100, 30), "bob") as bob:
        await ann.press("enter")
        await bob.press("enter")
        await ann.sees("bob: looking, too")
        await bob.sees("ann: looking, too")
        await ann.press("r")
        await ann.type("We are looking for it.")
        await bob.sees("ann: writing, too")
        await bob.press("r")
        await bob.type("It was lost.")
        await ann.sees("bob: writing, too")
        await ann.press("ctrl+s")
        await bob.sees("ann has just answered here: look before you send.")
        await bob.press("ctrl+s")
        await bob.sees("has answered, and can take it back for", "“We are looking for it.”")
        assert [m.text for m in shop.messages(FIRST) if m.direction == "out"] == [
            "We are looking for it."
        ]
        assert bob.station.box.field.text == "It was lost."
        await bob.press("ctrl+s")
        await bob.until(lambda: len([m for m in shop.messages(FIRST) if m.direction == "out"]) == 2)


async def test_who_rests_with_a_reply_begun_is_told_of(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omnitui.tui.link.glance_data.FRESH", 0)  # nobody's keys are fresh
    async with shop.screen((100, 30)) as ann, shop.screen((100, 30), "bob") as bob:
        await ann.press("enter")
        await bob.press("enter", "r")
        await ann.sees("bob: looking, too")
        await bob.type("We are looking for it.")
        await ann.sees("bob: has begun a reply")


async def test_what_is_given_and_taken_is_said_and_asked(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        does(shop, f"assign {AGENT}")
        await ui.sees("bob gives Olena Koval to you (#1).", "1 Mine 1")
        does(shop, "assign me yes")
        await ui.sees("bob has taken Olena Koval from you (#1).")
        await ui.sees_no("1 Mine 1")
        await ui.press("3", "a", "c")
        await ui.sees("bob has it since")
        assert shop.conversation(FIRST).assignee == "bob"
        looks(shop)
        await ui.sees("[BO]")
        await ui.press("a", "a")
        await ui.sees(", and is there. Take it from")
        assert shop.conversation(FIRST).assignee == "bob"
        await ui.press("y")
        await ui.until(lambda: shop.conversation(FIRST).assignee == AGENT)


async def test_what_is_watched_is_marked_and_told(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("a", "w")
        await ui.sees("You watch it", "★")
        await ui.press("j")
        await ui.sees("▌● ✉")
        does(shop, "note Nothing yet")
        await ui.sees("You watch Olena Koval: bob kept a note (#1).")
        await ui.press("k", "a", "u")
        await ui.sees_no("★")


async def test_the_customers_of_one_who_is_silent_come_last_and_are_taken_over(
    shop: Shop,
) -> None:
    shop = team(shop, reclaim_after=1800)
    for here in (1, 2, 3):
        if here != 1:
            does(shop, "close", here=ConversationId(here))
    does(shop, "assign bob yes", ago=3_600_000)
    async with shop.screen((80, 24)) as ui:
        shop.write(lambda db: silence.update(Desk(db, shop.config, "engine")))
        await ui.press("3")
        await ui.sees("silent BO")
        await ui.press("2", "J")
        await ui.sees("Nobody else waits: this is bob's, who is silent.")
        await ui.press("a", "c")
        await ui.sees("Yours: bob has been silent.", "taken over by ann: bob was silent")
        assert shop.conversation(FIRST).assignee == AGENT


async def test_who_is_here_and_what_they_write(shop: Shop) -> None:
    shop = team(shop, drafts="supervisors")
    looks(shop)

    def writes(db: Connection) -> None:
        from omnitui.desk.session import StoredDraft

        desk = Desk(db, shop.config, "bob")
        commands.run(Session(desk, FIRST, StoredDraft(desk, FIRST)), "reply set Dear Olena")
        typing.note(desk, FIRST)

    async with shop.screen((140, 40)) as ui:
        shop.write(writes)
        await ui.press("enter")
        await ui.sees("draft of bob: Dear Olena")
        ui.app.commander.enter("drafts")
        await ui.sees("What colleagues are writing here", "draft of bob:")
        await ui.press("escape", "P", "p")
        await ui.sees("Who is here", "ann (you)", "#1 Olena Koval", "Supervisors see what you")


async def test_an_agent_is_told_that_supervisors_see_it_and_sees_nobody_elses(shop: Shop) -> None:
    shop = team(shop, role="agent", drafts="supervisors")
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await ui.sees("Supervisors see this while you write it.")
        ui.app.commander.enter("drafts")
        await ui.sees("supervisor")
        await ui.sees_no("What colleagues are writing")


async def test_a_name_that_a_colleague_changed_meanwhile_is_not_overwritten_unseen(
    shop: Shop,
) -> None:
    async with shop.screen((100, 30)) as ui:
        await ui.press("enter", "E", "n")
        await ui.sees("─ Name")
        does(shop, "customer name Olena Koval-Lis")
        await ui.press("ctrl+u")
        await ui.type("Olena Lis")
        await ui.press("enter")
        await ui.sees("bob has changed it meanwhile to “Olena Koval-Lis”.")
        await ui.press("enter")
        await ui.until(lambda: shop.conversation(FIRST).customer_name == "Olena Lis")


async def test_everything_that_a_colleague_does_is_seen_without_a_key(shop: Shop) -> None:
    async with shop.screen((160, 45)) as ui:
        await ui.press("enter")
        inbox = ui.station.inbox
        does(shop, "tag add vip")
        await ui.until(lambda: "vip" in getattr(inbox.selected_conversation, "tags", ()))
        does(shop, "note Please wait")
        await ui.sees("Please wait")
        does(shop, "customer company Koval Farm")
        await ui.sees("Koval Farm")
        does(shop, "customer name Olena Lis")
        await ui.sees("✉ Olena Lis ")
        does(shop, "status pending")
        await ui.sees("set to wait for the customer by bob")
        does(shop, "subject Order seventeen")
        await ui.sees("▾ Order seventeen")


async def test_what_colleagues_do_to_mine_is_told_and_named_counts_more(shop: Shop) -> None:
    for here in (1, 2):
        does(shop, f"assign {AGENT} yes", here=ConversationId(here))
    async with shop.screen((80, 24)) as ui:
        await ui.press("3")
        does(shop, "close")
        await ui.sees("bob has closed Olena Koval, who is yours (#1).")
        does(shop, f"hand over {AGENT} Please call her", "eve", ConversationId(3))
        await ui.sees("eve gives", "to you, with a note (#3).")
        does(shop, "assign eve yes", here=ConversationId(3))
        await ui.sees("bob has given", "who was yours, to eve (#3).")
        await ui.press("a", "w")
        await ui.sees("You watch it")
        selected = ui.station.inbox.selected
        assert selected is not None
        does(shop, f"note @{AGENT} look please", here=selected)
        await ui.sees("bob names you in a note: 6 shows it.")


async def test_a_colleague_who_closes_it_while_one_writes_is_told(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await ui.type("We are looking")
        does(shop, "close")
        await ui.sees("bob has just closed it: look before you send.")


async def test_undo_leaves_what_a_colleague_has_changed_since(shop: Shop) -> None:
    async with shop.screen((140, 40)) as ui:
        await ui.press("3", "space", "j", "space", "s", "t")
        await ui.sees("Snoozed until", "(2 conversations)")
        does(shop, "close")
        await ui.press("u")
        await ui.sees("1 conversation not: bob has changed it since: that stays as it is.")
        assert shop.conversation(FIRST).status == "closed"
        assert shop.conversation(ConversationId(2)).status != "snoozed"


async def test_undo_takes_back_what_has_not_left_and_goes_on_below_what_is_gone(
    shop: Shop,
) -> None:
    async with shop.with_desk(undo_send=600).screen((140, 40)) as ui:
        undo = ui.app.commander.push_undo
        undo("Not urgent any more.", [(FIRST, "priority high")])
        undo("Of one who was erased.", [(ConversationId(99), "priority high")])
        ui.app.commander.undo()
        await ui.sees("There is no conversation 99.")
        ui.app.commander.undo()
        await ui.until(lambda: shop.conversation(FIRST).priority > 0)
        lines = [
            (here, does(shop, "reply send", AGENT, here).undo)
            for here in map(ConversationId, (1, 2, 3))
        ]
        number = MessageId(int(lines[1][1].split()[-1]))
        shop.write(lambda db: outbox.claim(db, number, now() + 3_600_000))
        undo("Replies on their way", lines)
        ui.app.commander.undo()
        await ui.sees("1 conversation not: Too late: it is being sent this moment.")
        states = [shop.messages(here)[-1].state for here, _line in lines]
        assert states == ["cancelled", "sending", "cancelled"]


async def test_two_screens_of_one_agent_show_the_same_draft(shop: Shop) -> None:
    other = shop.arrive("Olena Koval", "And this?", subject="Another", minutes_ago=1)
    async with shop.screen((80, 24)) as office, shop.screen((80, 24)) as home:
        await office.press("enter", "r")
        await home.press("enter")
        await office.type("It was sent today.")
        await home.sees("Draft: It was sent today.")
        await home.press("r")
        await home.type(" Sorry!")
        await office.until(lambda: office.station.box.text == "It was sent today. Sorry!")
        await home.press("ctrl+s")
        await office.until(lambda: not office.station.box.text)
        assert [m.text for m in shop.messages(FIRST)[1:]] == ["It was sent today. Sorry!"]
        await office.type("Or not")
        await office.until(lambda: shop.draft(FIRST) == "Or not" and not office.app.keeper.unsaved)
        does(shop, f"join {other}")  # their words go along, and stay under their hands
        assert shop.draft(other) == "Or not"
        await office.station.glance.read()
        assert office.station.box.text == "Or not"


async def test_what_is_a_third_colleagues_is_handed_over_after_a_question(shop: Shop) -> None:
    agents = {name: AgentSettings() for name in (AGENT, "bob", "eve")}
    shop = Shop(replace(shop.config, agents=agents), shop.numbers)
    does(shop, "assign me")
    looks(shop)
    async with shop.screen((80, 24)) as ui:
        await ui.press("3")
        await ui.sees("BO")
        await ui.press("i")
        await ui.type("@ev")
        await ui.sees("Colleague", "eve")
        await ui.press("enter")
        await ui.type("call her")
        await ui.sees("@eve call her")
        await ui.press("f3", "h")
        await ui.sees("bob has it since", "Does it go to")
        assert shop.conversation(FIRST).assignee == "bob"
        await ui.press("y")
        await ui.sees("Handed over to eve.")
        assert shop.conversation(FIRST).assignee == "eve"


async def test_a_reader_is_offered_no_menu_of_work(shop: Shop) -> None:
    async with team(shop, "reader").screen((80, 24)) as ui:
        await ui.sees("/ search")
        assert "a assign" not in ui.text()
        await ui.press("a")
        await ui.sees("You may look, not write")


async def test_one_who_only_looks_is_not_among_those_to_whom_it_is_given(shop: Shop) -> None:
    agents = {name: AgentSettings() for name in (AGENT, "bob", "yulia")}
    shop = team(Shop(replace(shop.config, agents=agents), shop.numbers), readers=("yulia",))
    async with shop.screen((80, 24)) as ui:
        await ui.press("a", "o")
        await ui.sees("Assign to", "bob")
        assert "yulia" not in ui.text()
        await ui.press("escape", "i")
        await ui.type("@")
        await ui.sees("Colleague", "bob", "yulia")
