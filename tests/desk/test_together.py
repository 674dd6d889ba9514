"""Several agents on one conversation: who gets it, who is told, who may take it over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config.access import Access, unix_user
from config.model import TeamSettings
from omnitui.cli.access import writing
from omnitui.desk.command import CommandError
from omnitui.desk.commands import NeedsConfirmation
from omnitui.desk.replying.reply_stops import ColleagueWrote
from omnitui.desk.rights import NotPermitted, require, right_of
from omnitui.desk.session import ChangedMeanwhile
from omnitui.desk.together import drafts, silence
from omnitui.desk.together.roster import roster
from omnitui.desk.together.taking_back import TakenSince
from omnitui.desk.view import conversation_json
from omnitui.desk.visiting import presence, typing
from store import conversations, inbox, mentions, messages, silences
from store import presence as store_presence
from store import typing as store_typing
from store.clock import now
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
    question = asked.value.question
    office.do(here, "assign me", confirmed=True, asked=question)
    assert office.conversation(here).assignee == "ann"
    # While the question stood, a third colleague got it: of them nobody was asked.
    at_work(office, "bob")
    office.do(here, "assign bob", confirmed=True)
    with pytest.raises(NeedsConfirmation, match="bob has it since"):
        office.do(here, "assign bea", confirmed=True, asked=question, agent="bea")


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
    with pytest.raises(CommandError, match=r"bob has it since .* stays as it is"):
        office.do(here, done.undo)
    assert office.conversation(here).assignee == "bob"


def test_handing_over_what_a_third_colleague_has_is_asked_about(office: Office) -> None:
    here = waiting(office)
    office.do(here, "assign bea")
    at_work(office, "bea")
    with pytest.raises(NeedsConfirmation, match=r"bea has it since .*, and is there"):
        office.do(here, "hand over bob Please call her")
    assert (office.conversation(here).assignee, len(office.log("message.noted"))) == ("bea", 0)
    office.do(here, "hand over bob Please call her", confirmed=True)
    assert office.conversation(here).assignee == "bob"


def test_one_who_only_looks_is_given_nothing(office: Office) -> None:
    team(office, readers=("yulia",))
    here = waiting(office)
    for line in ("assign yulia", "hand over yulia Look"):
        with pytest.raises(CommandError, match="yulia may only look here"):
            office.do(here, line, confirmed=True)


@pytest.mark.parametrize(
    ("line", "theirs"),
    [
        ("close", "status open"),
        ("snooze 2d", "close"),
        ("priority urgent", "priority low"),
        ("subject The cup", "subject The jug"),
        ("customer company Acme", "customer company Bolt"),
        ("customer language pl", "customer language uk"),
        ("customer timezone Europe/Kyiv", "customer timezone Europe/Warsaw"),
        ("customer field city Kyiv", "customer field city Lviv"),
    ],
)
def test_what_a_colleague_has_changed_since_is_not_taken_back(
    office: Office, line: str, theirs: str
) -> None:
    here = waiting(office)
    done = office.do(here, line, confirmed=True)
    again = office.do(here, theirs, agent="bea", confirmed=True)
    with pytest.raises(TakenSince, match="bea has changed it since"):
        office.do(here, done.undo, undoing=True)
    office.do(here, again.undo, agent="bea", undoing=True)
    with pytest.raises(TakenSince):
        office.do(here, done.undo, undoing=True)


def test_what_the_customer_has_opened_again_is_not_snoozed_by_an_undo(office: Office) -> None:
    here = waiting(office)
    office.do(here, "close")
    done = office.do(here, "reopen")
    office.do(here, "snooze 2d", agent="engine")
    with pytest.raises(TakenSince, match="by itself"):
        office.do(here, done.undo, undoing=True)


@pytest.mark.parametrize(
    ("field", "first", "second"),
    [("language", "pl", "uk"), ("timezone", "Europe/Kyiv", "Europe/Warsaw")],
)
def test_a_fact_chosen_from_a_list_is_not_put_over_a_colleagues(
    office: Office, field: str, first: str, second: str
) -> None:
    here = waiting(office)
    office.do(here, f"customer {field} {first}", agent="bea")
    with pytest.raises(ChangedMeanwhile, match="bea has changed it meanwhile") as changed:
        office.do(here, f"customer {field} {second}", was="")
    assert "Put yours there?" in changed.value.question
    office.do(here, f"customer {field} {second}", was=first)


def test_a_subject_that_a_colleague_has_just_given_is_asked_about(office: Office) -> None:
    here = waiting(office)
    office.do(here, "subject The cup", agent="bea")
    with pytest.raises(NeedsConfirmation, match="bea has just made the subject “The cup”"):
        office.do(here, "subject The jug")
    office.clock.pass_(2 * MINUTE)
    office.do(here, "subject The jug")
    assert office.conversation(here).subject == "The jug"


def test_who_was_given_it_a_moment_ago_is_not_silent_yet(office: Office) -> None:
    team(office)
    here = waiting(office)
    office.clock.pass_(HOUR)
    office.do(here, "assign bea")
    assert not silence.is_silent(office.desk, office.conversation(here))
    assert not silence.differs(office.desk)
    assert (silence.next_change(office.desk) or 0) > office.clock.at
    office.clock.pass_(HALF_AN_HOUR)
    assert silence.is_silent(office.desk, office.conversation(here))
    assert silence.update(office.desk) == 1


def test_who_works_by_the_command_line_is_not_silent(office: Office) -> None:
    team(office)
    with writing(office.desk.config):
        pass
    assert abs(store_presence.last_seen(office.desk.db)[unix_user()] - now()) < HOUR


def test_whoever_is_killed_while_they_write_writes_no_more(office: Office) -> None:
    here = waiting(office)
    at_work(office, "ann")
    at_work(office, "bea")
    typing.note(replace(office.desk, agent="bea"), here)
    dead = [one for one in presence.here(office.desk) if one.agent == "bea"]
    presence.lose(replace(office.desk, agent="engine"), dead)
    assert store_typing.fresh(office.desk.db, 0) == []


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
    assert (event.data["why"], event.data["before"]) == ("silent", "bea")
    assert mentions.unseen(office.desk.db, "bea") == 1, "they see it when they are back"
    assert silences.among(office.desk.db, [here]) == frozenset()
    office.do(here, done.undo)
    assert mentions.unseen(office.desk.db, "bea") == 0


def test_whoever_loses_it_is_told_though_its_last_note_named_them(office: Office) -> None:
    team(office)
    here = waiting(office)
    office.do(here, "hand over bea Please call her")
    for _time in range(2):  # they had it back in between
        office.do(here, "assign bea", confirmed=True)
        mentions.seen(office.desk.db, "bea", here, office.clock.at)
        office.clock.pass_(HOUR)
        done = office.do(here, "claim")
        assert mentions.unseen(office.desk.db, "bea") == 1
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
    assert not silence.differs(office.desk)
    assert silence.next_change(office.desk) is None
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


@pytest.mark.parametrize("first", ["ann", "bea"])
def test_when_both_replies_are_taken_back_the_customer_waits_again(
    office: Office, first: str
) -> None:
    here = waiting(office)
    undo = {
        agent: office.do(here, "reply set Two of us", "reply send", agent=agent).undo
        for agent in ("ann", "bea")
    }
    office.do(here, undo.pop(first), agent=first, undoing=True)
    assert office.conversation(here).status == "pending"
    for agent, line in undo.items():
        office.do(here, line, agent=agent, undoing=True)
    found = office.conversation(here)
    assert (found.status, found.waiting_since) == ("open", office.clock.at)


def test_what_a_colleague_set_to_wait_for_the_customer_goes_on_doing_so(office: Office) -> None:
    here = waiting(office)
    office.do(here, "reply set A", "reply send", "outbox cancel")
    office.do(here, "status pending", agent="bea")
    office.do(here, office.do(here, "reply set B", "reply send").undo, undoing=True)
    assert office.conversation(here).status == "pending"


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


def test_what_a_colleague_changed_meanwhile_is_shown_before_it_is_overwritten(
    office: Office,
) -> None:
    here = waiting(office)
    office.do(here, "customer name Joe Smith", agent="bea", was="")
    with pytest.raises(ChangedMeanwhile, match="bea has changed it meanwhile to “Joe Smith”") as no:
        office.do(here, "customer name Joseph", was="")
    office.do(here, "customer name Joseph", was=no.value.value)
    office.do(here, "customer field order 17", agent="bea", was="")
    with pytest.raises(ChangedMeanwhile, match="“17”"):
        office.do(here, "customer field order 18", was="16")
    office.do(here, "customer note Calls are best")
    office.do(here, "customer note edit 1 Mails", agent="bea", was="Calls are best")
    with pytest.raises(ChangedMeanwhile, match=r"bea .*“Mails”"):
        office.do(here, "customer note edit 1 Letters", was="Calls are best")
    office.do(here, "customer note edit 1 Letters", was="Mails")


def test_a_colleague_sees_that_one_writes_a_mail_and_one_who_is_alone_writes_nothing(
    office: Office,
) -> None:
    here = waiting(office)
    assert not typing.note(office.desk, here)
    at_work(office, "bea")
    assert typing.note(office.desk, here, inside=True)
    assert [one.who for one in store_typing.fresh(office.desk.db, 0)] == ["ann"]
    assert typing.chats(office.desk) == [], "the customer is told nothing"


def test_drafts_are_seen_by_supervisors_alone_and_only_where_the_desk_has_it_so(
    office: Office,
) -> None:
    here = waiting(office)
    office.do(here, "reply set Dear Joe", agent="bea")
    assert drafts.of(office.desk, here) == []
    team(office, drafts="supervisors")
    assert [(one.agent, one.text) for one in drafts.of(office.desk, here)] == [("bea", "Dear Joe")]
    config = replace(office.desk.config, access=Access(role="agent"))
    agent = replace(office.desk, config=config)
    assert drafts.visible(agent, here) == []
    with pytest.raises(NotPermitted):
        drafts.of(agent, here)
    team(office, drafts="own")
    assert drafts.of(office.desk, here) == []


def test_who_is_here_tells_a_supervisor_from_where(office: Office) -> None:
    here = waiting(office)
    office.do(here, "assign bea")
    colleague = replace(office.desk, agent="bea", source="ssh 192.0.2.7")
    presence.beat(colleague, "bea-1", office.clock.at, here)
    office.clock.pass_(5 * MINUTE)
    presence.beat(colleague, "bea-1", office.clock.at, here)
    bea = next(one for one in roster(office.desk) if one.agent == "bea")
    assert (bea.here, bea.since, bea.open) == (True, office.clock.at - 5 * MINUTE, 1)
    assert (bea.looks_at[0].id, bea.sources) == (here, ("ssh 192.0.2.7",))
    config = replace(office.desk.config, access=Access(role="agent"))
    bea = next(one for one in roster(replace(office.desk, config=config)) if one.agent == "bea")
    assert bea.sources == ()
