"""What a practice run is told to have been: from real conversations at times that are known."""

from __future__ import annotations

import json
from pathlib import Path

from omnitui.demo.practice import past, telling
from omnitui.demo.practice.debrief import Debrief, MatterDebrief
from omnitui.demo.practice.judging import Finding
from omnitui.demo.practice.runs import earlier
from omnitui.demo.practice.scenarios import find
from store.model import ConversationId
from tests.demo.rehearsal import Rehearsal, scenario

ANN = """
    [[customers]]
    id = "ann"
    name = "Ann Lee"
    email = "ann@lee.example"
    [[customers.matters]]
    id = "refund"
    at = "10s"
    channel = "email"
    subject = "Money back"
    says = ["Where is my money?"]
    [[customers.matters.reactions]]
    says = ["Thank you!"]
    content = true
    after = "5s"
    [[customers.matters.waits]]
    after = "5m"
    says = ["Never mind."]
    leaves = true
    [customers.matters.expect]
    within = "1m"
    never_waits = "2m"
    templates = ["refund-approved"]
    says = ["Friday | tomorrow"]
    avoids = ["calm down"]
    by_name = true
    answers = 1
    channel = "email"
    tags = ["refund"]
    priority = "high"
    assignee = "me"
    status = "closed"
    note = ["4711"]
    hint = "Look into the past."
"""


def only(debrief: Debrief) -> MatterDebrief:
    [matter] = debrief.matters
    return matter


def missed(matter: MatterDebrief) -> list[str]:
    return [finding.expected for finding in matter.findings if not finding.met]


def test_all_as_expected(tmp_path: Path) -> None:
    mine = Rehearsal(scenario(tmp_path, ANN), tmp_path / "desk")
    mine.wait(40)
    mine.do(
        "Ann Lee",
        "template insert refund-approved",
        "reply set Dear Ann, your refund is approved. The money goes back the way you paid;"
        " banks usually need three to five working days to show it: by Friday.",
        "reply send",
        "tag add refund",
        "priority high",
        "assign me",
        "note the parcel 4711 is here",
    )
    mine.wait(30)
    mine.do("Ann Lee", "close")
    mine.run.pressed(mine.of("Ann Lee").id, typed=False)
    mine.run.pressed(mine.of("Ann Lee").id, typed=True)
    mine.run.pressed(None, typed=False)
    debrief = mine.run.finish(mine.db)
    matter = only(debrief)
    assert missed(matter) == []
    assert (matter.outcome, matter.first_reply, matter.answers) == ("content", 30.0, 1)
    assert matter.templates == ("refund-approved",)
    assert debrief.over
    assert (debrief.met, debrief.of) == (14, 14)
    assert (debrief.keys.pressed, debrief.keys.typed) == (2, 1)
    assert (matter.keys.pressed, matter.keys.typed) == (1, 1)
    assert matter.fastest == (
        "T … Enter ^S", "i … ^S", "t t … Enter", "p h", "a a", "x",
    )  # fmt: skip
    assert matter.fastest_presses == 3 + 2 + 3 + 2 + 2 + 1


def test_nothing_as_expected_and_why(tmp_path: Path) -> None:
    mine = Rehearsal(scenario(tmp_path, ANN), tmp_path / "desk")
    mine.wait(200)
    mine.answer("Ann Lee", "Calm down. It is on its way.")
    mine.wait(60)
    matter = only(mine.run.debrief(mine.db))
    found = {finding.expected: finding for finding in matter.findings if not finding.met}
    assert found["A first answer within 1 min."].found == "it took 3 min 10 s"
    assert found["A first answer within 1 min."].late
    assert found["No message waits longer than 2 min."].found == "one waited 3 min 10 s"
    assert found["Template: refund-approved."] == Finding(
        "Template: refund-approved.", False, "no template", "T chooses one"
    )
    assert "The customer is told “Friday”." in found
    assert found["“calm down” is not said."].late
    assert found["Tag: refund."].look == "t t"
    assert found["Priority: high."].found == "normal"
    assert found["Assigned to: ann."].found == "nobody"
    assert found["Status: closed."].found == "open"
    assert "A note that says “4711”." in found
    assert "They are called by their name." in found
    assert "The customer does not give up." not in found
    lines = "\n".join(f"{one.label} {one.text}" for one in mine.run.so_far(mine.db))
    assert "✗ A first answer within 1 min. It was: it took 3 min 10 s." in lines
    assert "○ Status: closed. → x" in lines
    lines = "\n".join(f"{one.label} {one.text}" for one in mine.run.end(mine.db))
    assert "hint Look into the past." in lines
    assert "✗ Status: closed. It was: open. → x" in lines


def test_who_is_not_answered_gives_up(tmp_path: Path) -> None:
    mine = Rehearsal(scenario(tmp_path, ANN), tmp_path / "desk")
    mine.wait(60)
    assert not mine.run.standing(mine.db).over
    waiting = only(mine.run.debrief(mine.db))
    assert (waiting.outcome, waiting.first_reply, waiting.longest_wait) == ("waits", None, 50.0)
    mine.wait(400)
    standing = mine.run.standing(mine.db)
    assert standing.over
    matter = only(mine.run.debrief(mine.db))
    assert matter.outcome == "left"
    assert "The customer does not give up." in missed(matter)
    # What is too late is not asked for any more.
    assert standing.open == sum(not f.met and not f.late for f in matter.findings)


def test_before_somebody_writes_nothing_is_expected_of_them(tmp_path: Path) -> None:
    mine = Rehearsal(scenario(tmp_path, ANN), tmp_path / "desk")
    mine.wait(5)
    debrief = mine.run.finish(mine.db)
    assert (debrief.of, debrief.come, debrief.answers) == (0, [], 0)
    text = telling.as_text(telling.told(debrief), debrief.title)
    assert "nobody was answered" in text
    assert "Had not written yet: Ann Lee" in text


def test_times_are_the_scenarios_at_any_pace(tmp_path: Path) -> None:
    mine = Rehearsal(scenario(tmp_path, ANN), tmp_path / "desk", pace=2.0)
    mine.wait(20)  # ten seconds after the first words
    mine.answer("Ann Lee", "Here.")
    mine.wait(20)
    matter = only(mine.run.debrief(mine.db))
    assert matter.first_reply == 30.0
    assert matter.outcome == "content"


def test_a_reply_that_was_taken_back_is_none_and_one_for_later_comes_later(tmp_path: Path) -> None:
    mine = Rehearsal(scenario(tmp_path, ANN), tmp_path / "desk")
    mine.wait(15)
    mine.answer("Ann Lee", "Here.")
    mine.do("Ann Lee", "outbox cancel")
    mine.wait(5)
    assert only(mine.run.debrief(mine.db)).answers == 0
    mine.do("Ann Lee", "reply set Later.", "reply send 2h")
    matter = only(mine.run.debrief(mine.db))
    assert matter.answers == 1
    assert matter.first_reply is not None
    assert matter.first_reply > 7200 - 60


def test_the_end_is_the_end(tmp_path: Path) -> None:
    """Nobody writes after it, keys do not count, and it is told the same again."""
    mine = Rehearsal(scenario(tmp_path, ANN), tmp_path / "desk")
    mine.wait(60)
    first = mine.run.end(mine.db)
    assert mine.run.ended
    mine.wait(320)
    mine.run.pressed(ConversationId(1), typed=False)
    assert mine.of("Ann Lee").messages == 1
    assert mine.run.end(mine.db) == first
    assert mine.run.so_far(mine.db) == first


def test_runs_are_compared(tmp_path: Path) -> None:
    history = tmp_path / "state" / "practice.jsonl"
    mine = scenario(tmp_path, ANN)
    for number, seconds in enumerate((250, 30)):
        run = Rehearsal(mine, tmp_path / f"desk{number}", history=history)
        run.wait(10 + seconds)
        run.answer("Ann Lee", "Dear Ann, on Friday.")
        run.wait(30)
        run.run.pressed(None, typed=False)
        last = run.run.finish(run.db)
        run.run.finish(run.db)
    assert [one.first_reply for one in earlier(history, "mine")] == [250.0, 30.0]
    text = telling.as_text(telling.told(last), last.title)
    assert "last time" in text
    assert "first reply 4 min 10 s" in text
    with history.open("a", encoding="utf-8") as file:
        file.write('{"scenario": "mine", "at": 1\n[]\n{"scenario": "mine"}\n')
    assert len(earlier(history, "mine")) == 2
    assert earlier(history, "other") == ()


def test_a_debrief_is_json(tmp_path: Path) -> None:
    mine = Rehearsal(scenario(tmp_path, ANN), tmp_path / "desk")
    mine.wait(30)
    mine.answer("Ann Lee", "Dear Ann, on Friday.")
    mine.wait(30)
    told = json.loads(json.dumps(mine.run.finish(mine.db).as_json()))
    assert told["scenario"] == "mine"
    assert told["first_reply"] == 20.0
    assert told["points"]["of"] == 14
    [matter] = told["matters"]
    assert matter["customer"] == "Ann Lee"
    assert {"expected", "met", "found", "look", "late"} == set(matter["findings"][0])


def test_an_angry_customer_on_two_channels_is_one_conversation(tmp_path: Path) -> None:
    """The shipped scenario, played through: by mail, then Telegram; the stranger is merged."""
    mine = Rehearsal(find("two-channels"), tmp_path / "desk")
    mine.wait(60)
    assert mine.of("Samuel Osei").channels == ("email",)
    mine.wait(70)
    assert mine.of("Samuel Osei").channels[0] == "telegram"
    mine.answer("Samuel Osei", "Samuel, you are right: your refund leaves today.")
    mine.wait(60)
    assert mine.of("Samuel Osei").messages == 5
    mine.answer("Samuel Osei", "It takes three to five days, Samuel.")
    mine.wait(30)
    debrief = mine.run.debrief(mine.db)
    samuel = debrief.matters[0]
    assert (samuel.outcome, samuel.channels) == ("content", ("email", "telegram"))
    assert set(missed(samuel)) == {
        "A first answer within 2 min.",
        "Tag: refund.",
        "Priority: high.",
        "Assigned to: ann.",
        "A note for colleagues.",
    }


def test_a_stranger_is_the_customer_once_an_agent_says_so(tmp_path: Path) -> None:
    """The past of the shipped scenario, as it is written before it begins, is what tells."""
    mine = Rehearsal(find("two-channels"), tmp_path / "desk")
    for told in past.earlier(mine.scenario, mine.now):
        mine.take(told.account, told.inbound)
    mine.wait(60)
    oksana = "They and oksana are one customer."
    assert oksana in missed(mine.run.debrief(mine.db).matters[1])
    mine.do("Оксана Левчук", "suggestion accept")
    assert oksana not in missed(mine.run.debrief(mine.db).matters[1])


def test_the_briefing_names_the_keys_in_use(tmp_path: Path) -> None:
    mine = Rehearsal(scenario(tmp_path, ANN), tmp_path / "desk")
    lines = {line.label: line.text for line in mine.run.briefing()}
    assert lines[""] == ""
    assert lines["who writes"] == "1 customer · English · e-mail"
    assert lines["answer"] == "r writes, T with a template, ^S sends"
