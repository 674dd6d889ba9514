"""Several agents on one conversation: who gets it, who is told, who may take it over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from config.access import Access
from config.model import TeamSettings
from omnitui.desk.command import CommandError
from omnitui.desk.commands import NeedsConfirmation
from omnitui.desk.replying.reply_stops import ColleagueWrote
from omnitui.desk.rights import NotPermitted, require, right_of
from omnitui.desk.together import silence
from omnitui.desk.view import conversation_json
from omnitui.desk.visiting import presence
from store import conversations, inbox, mentions, messages, silences
from store.model import ConversationId
from tests.desk.office import HOUR, MINUTE, Office

HALF_AN_HOUR = 30 * MINUTE


def team(office: Office, **settings: object) -> None:
    """From here on it is a team's desk."""
    settings.setdefault("reclaim_after", 1800)
    office.desk = replace(
        office.desk,
        config=replace(office.desk.config, team=TeamSettings(**settings)),  # type: ignore[arg-type]
    )


def at_work(office: Office, agent: str, idle: int = 0) -> None:
    """They have a screen open, and touched it so many milliseconds ago."""
    colleague = replace(office.desk, agent=agent)
    presence.beat(colleague, f"{agent}-1", office.clock.at - idle)


def waiting(office: Office) -> ConversationId:
    return office.got(office.letter()).conversation_id


def test_of_two_who_claim_one_gets_it_and_the_other_is_told_who(office: Office) -> None:
    here = waiting(office)
    done = office.do(here, "claim")
    assert office.conversation(here).assignee == "ann"
    with pytest.raises(CommandError, match=r"ann has it since .*“assign me” takes it over"):
        office.do(here, "claim", agent="bea")
    assert office.conversation(here).assignee == "ann"
    assert office.do(here, "claim").message == "It is yours already."
    office.do(here, done.undo)
    assert office.conversation(here).assignee == ""


def test_taking_it_from_a_colleague_who_is_there_is_asked_about(office: Office) -> None:
    here = waiting(office)
    office.do(here, "assign bea")
    at_work(office, "bea")
    with pytest.raises(NeedsConfirmation, match=r"bea has it since .*, and is there") as asked:
        office.do(here, "assign me")
    assert "Take it from them?" in asked.value.question
    assert office.conversation(here).assignee == "bea"
    office.do(here, "assign me", confirmed=True)
    assert office.conversation(here).assignee == "ann"


def test_one_who_is_silent_is_not_asked_about(office: Office) -> None:
    here = waiting(office)
    office.do(here, "assign bea")
    at_work(office, "bea", idle=2 * HOUR)
    office.do(here, "assign me")
    assert office.conversation(here).assignee == "ann"


def test_undo_takes_nothing_from_who_got_it_meanwhile(office: Office) -> None:
    here = waiting(office)
    done = office.do(here, "assign bea")
    office.do(here, "assign bob", agent="bea")
    with pytest.raises(CommandError, match="bob has it since .* stays as it is"):
        office.do(here, done.undo)
    assert office.conversation(here).assignee == "bob"


def test_watching_shows_in_json_and_is_found(office: Office) -> None:
    here = waiting(office)
    done = office.do(here, "watch")
    assert conversation_json(office.desk, office.conversation(here))["watchers"] == ["ann"]
    found = conversations.all(office.desk.db, "is:watched", agent="ann")
    assert [one.id for one in found] == [here]
    assert conversations.all(office.desk.db, "is:watched", agent="bea") == []
    office.do(here, done.undo)
    assert conversations.all(office.desk.db, "is:watched", agent="ann") == []


def test_whoever_watched_watches_what_it_was_joined_into_until_that_is_undone(
    office: Office,
) -> None:
    here = waiting(office)
    other = office.got(office.letter("joe@home.example", subject="Other")).conversation_id
    office.do(here, "watch")
    done = office.do(here, f"join {other} yes")

    def watchers(id_: ConversationId) -> list[str]:
        return list(conversation_json(office.desk, office.conversation(id_))["watchers"])

    assert watchers(other) == ["ann"]
    office.do(other, done.undo)
    assert (watchers(here), watchers(other)) == (["ann"], [])


def test_a_customer_of_a_silent_colleague_is_offered_and_taken_without_asking(
    office: Office,
) -> None:
    team(office)
    here = waiting(office)
    office.do(here, "assign bea")
    at_work(office, "bea")
    assert silence.next_change(office.desk) == office.clock.at + HALF_AN_HOUR
    office.clock.pass_(HALF_AN_HOUR - 1)
    assert not silence.differs(office.desk)
    with pytest.raises(CommandError):
        office.do(here, "claim")
    office.clock.pass_(1)
    assert silence.update(office.desk) == 1
    assert not silence.differs(office.desk)
    found = conversations.all(office.desk.db, "is:silent", agent="ann")
    assert [one.id for one in found] == [here]
    assert inbox.listed(office.desk.db, "all", "ann", query="is:silent", limit=9) == [here]
    assert silences.next_for(office.desk.db, "ann") == here
    assert silences.next_for(office.desk.db, "bea") is None

    done = office.do(here, "claim")
    event = office.log("conversation.assigned")[-1]
    assert event.data["why"] == "silent" and event.data["before"] == "bea"
    assert mentions.unseen(office.desk.db, "bea") == 1, "they see it when they are back"
    assert silences.among(office.desk.db, [here]) == frozenset()
    office.do(here, done.undo)
    assert mentions.unseen(office.desk.db, "bea") == 0


def test_one_key_of_the_assignee_takes_it_off_the_list(office: Office) -> None:
    team(office)
    here = waiting(office)
    office.do(here, "assign bea")
    office.clock.pass_(HOUR)
    assert silence.update(office.desk) == 1, "bea was never seen here"
    at_work(office, "bea")
    assert silence.update(office.desk) == 1
    assert office.log("conversation.attended")[-1].conversation_id == here
    assert conversations.all(office.desk.db, "is:silent", agent="ann") == []


def test_who_is_away_is_silent_with_the_screen_open(office: Office) -> None:
    team(office)
    here = waiting(office)
    office.do(here, "assign bea")
    at_work(office, "bea")
    presence.set_away(replace(office.desk, agent="bea"), True)
    office.clock.pass_(HALF_AN_HOUR)
    at_work(office, "bea")
    assert silence.is_silent(office.desk, office.conversation(here))


def test_without_the_setting_nobody_is_silent(office: Office) -> None:
    here = waiting(office)
    office.do(here, "assign bea")
    office.clock.pass_(100 * HOUR)
    assert not silence.differs(office.desk) and silence.next_change(office.desk) is None
    assert not silence.is_silent(office.desk, office.conversation(here))


def test_all_that_somebody_has_goes_back_in_one_step_and_comes_back_in_one(
    office: Office,
) -> None:
    rooms = [waiting(office) for _n in range(4)]
    for room in rooms:
        office.do(room, "assign bea")
    office.do(rooms[1], "snooze 2d")
    office.do(rooms[3], "close")
    done = office.do(rooms[0], "reclaim bea")
    assert [office.conversation(room).assignee for room in rooms] == ["", "", "", "bea"]
    assert mentions.unseen(office.desk.db, "bea") == 3
    office.do(rooms[2], "claim")
    office.do(rooms[0], done.undo)
    assert [office.conversation(room).assignee for room in rooms] == ["bea", "bea", "ann", "bea"]


def test_reclaiming_is_a_supervisors() -> None:
    with pytest.raises(NotPermitted):
        require(Access(role="agent"), right_of("reclaim"))
    require(Access(role="supervisor"), right_of("reclaim back"))


def test_of_two_replies_the_second_is_stopped_and_shows_the_first(office: Office) -> None:
    here = waiting(office)
    seen = messages.newest_id(office.desk.db)
    office.do(here, "reply set It is on its way", agent="bea")
    office.do(here, "reply send", if_last=seen, agent="bea")
    office.do(here, "reply set We lost it")
    with pytest.raises(ColleagueWrote, match=r"can take it back for 10 s: “It is on its way”"):
        office.do(here, "reply send", if_last=seen)
    assert [
        m.text for m in messages.of_conversation(office.desk.db, here) if m.direction == "out"
    ] == ["It is on its way"]
    office.do(here, "reply send", if_last=messages.newest_id(office.desk.db))
    assert (
        len([m for m in messages.of_conversation(office.desk.db, here) if m.direction == "out"])
        == 2
    )


def test_a_reply_for_later_and_a_note_stop_it_too(office: Office) -> None:
    here = waiting(office)
    seen = messages.newest_id(office.desk.db)
    office.do(here, "reply set Tomorrow", agent="bea")
    office.do(here, "reply send 2d", if_last=seen, agent="bea")
    office.do(here, "reply set Now")
    with pytest.raises(ColleagueWrote, match="an answer waiting that goes out"):
        office.do(here, "reply send", if_last=seen)
    seen = messages.newest_id(office.desk.db)
    made = office.do(here, "note Do not answer them", agent="bea")
    with pytest.raises(ColleagueWrote, match="has kept a note meanwhile: “Do not answer them”"):
        office.do(here, "reply send", if_last=seen)
    office.do(here, made.undo, agent="bea")
    office.do(here, "reply send", if_last=seen)


def test_a_desk_that_says_nothing_has_no_screen_list(tmp_path: Path) -> None:
    with Office.open(tmp_path) as office:
        at_work(office, "bea")
        [one] = presence.present(office.desk)
        assert (one.agent, one.since, one.idle) == ("bea", office.clock.at, False)
