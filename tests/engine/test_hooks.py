"""Hooks run once, whatever becomes of the engine, and nothing else waits for them."""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omnitui.desk import commands
from omnitui.desk.context import Desk
from omnitui.desk.session import OwnDraft, Session
from store import conversations, events, hooks, messages
from store.clock import now
from store.hooks import Run
from store.model import Conversation, Message
from tests.engine.desk_home import DeskHome, until

ROOT = Path(__file__).parents[2]


def add(desk: DeskHome, text: str) -> None:
    path = desk.directory / "config.toml"
    path.write_text(f"{path.read_text()}\n{text}\n")
    path.chmod(0o600)


def program(desk: DeskHome, body: str) -> Path:
    path = desk.directory / "program"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o700)
    return path


def runs(desk: DeskHome) -> list[Run]:
    return desk.read(lambda d: hooks.runs(d.db))[::-1]


def settled(desk: DeskHome, count: int) -> list[Run]:
    """That many runs, all at their end."""

    def true(d: Desk) -> bool:
        found = hooks.runs(d.db)
        return len(found) >= count and all(r.state not in ("running", "queued") for r in found)

    desk.eventually(true)
    return runs(desk)


def only(desk: DeskHome) -> Conversation:
    (found,) = desk.read(lambda d: conversations.all(d.db))
    return found


def test_commands_run_on_what_the_search_finds(make_desk: Callable[..., DeskHome]) -> None:
    desk = make_desk(chat=True)
    add(
        desk,
        """
[[hooks]]
name = "refunds"
on = ["message.received"]
where = "refund is:unassigned"
do = ["assign kate", "tag add refund ; priority high", "note By itself."]
""",
    )
    desk.place.say("Where is my parcel?", "bo")
    desk.place.say("I want a refund.", "ann")
    # Here nobody is unassigned any more, though both came at once.
    desk.place.say("A refund, please!", "ann")
    desk.start()
    desk.eventually(lambda d: sum(e.kind == "message.received" for e in events.after(d.db, 0)) == 3)
    (run,) = settled(desk, 1)
    assert (run.hook, run.kind, run.state) == ("refunds", "message.received", "done")
    found = {c.assignee: c for c in desk.read(lambda d: conversations.all(d.db))}
    assert set(found) == {"", "kate"}
    mine = found["kate"]
    assert (mine.tags, mine.priority) == (("refund",), 1)
    told = desk.read(lambda d: events.of_conversation(d.db, mine.id))
    by_hook = [e for e in told if e.actor == "hook:refunds"]
    assert {e.kind for e in by_hook} >= {
        "conversation.assigned",
        "conversation.tagged",
        "message.noted",
    }
    assert all(e.data["hook"] == "refunds" for e in by_hook)


def test_of_a_message_the_search_has_to_find_that_very_one(
    make_desk: Callable[..., DeskHome],
) -> None:
    desk = make_desk(chat=True)
    add(
        desk,
        """
[[hooks]]
name = "word"
on = ["message.received"]
where = "refund"
do = ["note About money."]

[[hooks]]
name = "answered"
on = ["message.sent"]
where = "refund -later channel:scripted tag:paid"
do = ["tag add answered"]
""",
    )
    for text in ("A refund, please", "Thanks!", "Is the refund late?", "REFUND", "Fund re"):
        desk.place.say(text, "ann")
    desk.start()
    found = settled(desk, 3)
    desk.eventually(lambda d: len([m for m in history(d) if m.direction == "in"]) == 5)
    by_id = {m.id: m.text for m in desk.read(history)}
    assert [by_id[r.message_id] for r in found if r.message_id] == [
        "A refund, please", "Is the refund late?", "REFUND",
    ]  # fmt: skip
    do(desk, "tag add paid", "reply set Your refund comes later.", "reply send")
    do(desk, "reply set Hello.", "reply send")
    do(desk, "reply set The refund left.", "reply send")
    desk.eventually(lambda d: hooks.runs(d.db, hook="answered"))
    until(lambda: len(desk.place.sent()) == 3)
    (run,) = desk.read(lambda d: hooks.runs(d.db, hook="answered"))
    assert desk.read(lambda d: messages.get(d.db, run.message_id)).text == "The refund left."
    assert "answered" in only(desk).tags


def history(desk: Desk) -> list[Message]:
    return [
        message
        for conversation in conversations.all(desk.db)
        for message in messages.of_conversation(desk.db, conversation.id)
    ]


def test_a_command_that_fails_leaves_nothing_of_the_others(desk: DeskHome) -> None:
    add(desk, """
[[hooks]]
name = "half"
on = ["message.received"]
do = ["tag add half", "outbox cancel 999"]
""")  # fmt: skip
    desk.place.deliver("Hello")
    desk.start()
    (run,) = settled(desk, 1)
    assert run.state == "failed"
    assert run.error.startswith("outbox cancel 999: ")
    assert only(desk).tags == ()
    told = desk.read(lambda d: events.after(d.db, 0))
    (failure,) = [e for e in told if e.kind == "hook.failed"]
    assert failure.data["reason"] == run.error


def test_a_program_gets_the_conversation_and_the_event(
    desk: DeskHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "hush")
    out = desk.directory / "out"
    program(desk, f"cat >{out}.json; env >{out}.env; pwd >{out}.pwd; mv {out}.json {out}")
    add(desk, """
[[hooks]]
name = "tell"
on = "conversation.status"
when = { status = "closed", why = ["command", "ended"] }
run = "./program --quiet"
""")  # fmt: skip
    add(desk, '[accounts.two]\nchannel = "scripted"\ndirectory = "/nonexistent/two"\n'
        'password = "env:HOOK_SECRET"')  # fmt: skip
    desk.place.deliver("Done, thanks.")
    desk.start(env=dict(os.environ))
    desk.eventually(lambda d: conversations.all(d.db))
    id_ = only(desk).id
    do(desk, "status pending", "close")
    (run,) = settled(desk, 1)
    assert (run.state, run.error) == ("done", "")
    given: dict[str, Any] = json.loads(out.read_text())
    assert given["id"] == id_
    assert given["messages"][0]["text"] == "Done, thanks."
    assert given["event"]["kind"] == "conversation.status"
    assert given["event"]["data"]["status"] == "closed"
    assert given["event"]["actor"] == "tester"
    assert given["about"]["identities"][0]["address"] == "ann@example.test"
    environ = dict(line.split("=", 1) for line in Path(f"{out}.env").read_text().splitlines())
    assert environ["OMNITUI_CONVERSATION"] == str(id_)
    assert environ["OMNITUI_HOOK"] == "tell"
    assert environ["OMNITUI_HOME"] == str(desk.directory)
    assert Path(f"{out}.pwd").read_text().strip() == os.path.realpath(desk.directory)


def do(desk: DeskHome, *lines: str, agent: str = "tester") -> None:
    def work(d: Desk) -> None:
        session = Session(d, conversations.all(d.db)[0].id, OwnDraft())
        for line in lines:
            commands.run(session, line)

    desk.write(work, agent)


def test_a_program_runs_once_and_what_died_with_the_engine_is_unknown(desk: DeskHome) -> None:
    ran = desk.directory / "ran"
    program(desk, f"echo x >>{ran}; exec sleep 60")
    add(desk, '[[hooks]]\nname = "slow"\non = ["message.received"]\nrun = ["./program"]')
    desk.place.deliver("one")
    process = desk.start()
    until(ran.exists)
    desk.kill(process)
    assert [r.state for r in runs(desk)] == ["running"]
    desk.place.deliver("two")
    process = desk.start()
    until(lambda: ran.read_text() == "x\nx\n", lambda: desk.log)
    desk.kill(process)
    process = desk.start()
    first, second = settled(desk, 2)
    assert (first.state, second.state) == ("unknown", "unknown")
    assert first.error
    kinds = [e.kind for e in desk.read(lambda d: events.after(d.db, 0))]
    assert kinds.count("hook.unknown") == 2
    # Who looked may have it run again, and then it does once.
    program(desk, f"echo again >>{ran}")
    desk.write(lambda d: hooks.ask_again(d.db, first.id))
    desk.eventually(lambda d: hooks.get(d.db, first.id).state == "done")
    assert ran.read_text() == "x\nx\nagain\n"
    assert desk.stop(process) == 0
    assert [(r.state, r.attempts) for r in runs(desk)] == [("done", 2), ("unknown", 1)]


def test_commands_are_exactly_once_through_kills(desk: DeskHome) -> None:
    """The engine dies again and again at any moment; each message gets its one note."""
    add(desk, '[[hooks]]\nname = "each"\non = ["message.received"]\ndo = ["note Seen."]')
    wanted = 40
    for number in range(wanted):
        desk.place.deliver(f"Message {number}", sender=f"c{number}@example.test")
    for pause in (0.05, 0.12, 0.2, 0.3):
        process = desk.start()
        time.sleep(pause)  # an awkward moment, a different one each time
        desk.kill(process)
    desk.start()
    desk.eventually(lambda d: len(hooks.runs(d.db, limit=100)) == wanted)

    def notes(d: Desk) -> list[int]:
        return [
            sum(m.direction == "note" for m in messages.of_conversation(d.db, c.id))
            for c in conversations.all(d.db)
        ]

    desk.eventually(lambda d: len(notes(d)) == wanted)
    assert desk.read(notes) == [1] * wanted


@pytest.mark.slow
def test_through_many_kills_nothing_runs_twice(desk: DeskHome) -> None:
    """Engines die at random moments; messages keep coming."""
    ran = desk.directory / "ran"
    program(desk, f"echo $OMNITUI_EVENT_ID >>{ran}; sleep 0.02; echo $OMNITUI_EVENT_ID >>{ran}.end")
    add(desk, '[[hooks]]\nname = "note"\non = ["message.received"]\ndo = ["note N.", "tag add n"]\n'
        '[[hooks]]\nname = "run"\non = ["message.received"]\nrun = "./program"')  # fmt: skip
    chance = random.Random(7)
    sent = 0
    for _cycle in range(40):
        for _message in range(chance.randrange(6)):
            desk.place.deliver(f"Message {sent}", sender=f"c{sent}@x{sent}.test")
            sent += 1
        process = desk.start(wait=False)
        time.sleep(chance.uniform(0.05, 0.9))  # an awkward moment
        desk.kill(process)
    desk.start()

    def all_ran(d: Desk) -> bool:
        found = hooks.runs(d.db, limit=10 * sent)
        return len(found) == 2 * sent and all(run.state != "running" for run in found)

    desk.eventually(all_ran)
    notes = desk.read(
        lambda d: [
            sum(m.direction == "note" for m in messages.of_conversation(d.db, c.id))
            for c in conversations.all(d.db)
        ]
    )
    assert notes == [1] * sent
    begun, ended = (Path(f"{ran}{end}").read_text().split() for end in ("", ".end"))
    assert len(set(begun)) == len(begun)
    of_programs = desk.read(lambda d: hooks.runs(d.db, hook="run", limit=10 * sent))
    done = {str(run.event_id) for run in of_programs if run.state == "done"}
    unknown = {str(run.event_id) for run in of_programs if run.state == "unknown"}
    assert len(done) + len(unknown) == sent
    # What is said to be done was done; what was begun and is not, is said to be unknown.
    assert done <= set(ended)
    assert set(begun) <= done | unknown
    assert unknown


def test_a_slow_program_keeps_nobody_waiting(desk: DeskHome) -> None:
    program(desk, "exec sleep 30")
    add(desk, '[[hooks]]\nname = "slow"\non = ["message.received"]\nrun = "./program"\n'
        'timeout = "1s"\n[[hooks]]\nname = "quick"\non = ["message.received"]\n'
        'do = ["tag add seen"]')  # fmt: skip
    desk.place.deliver("one")
    desk.start()
    desk.eventually(lambda d: [r for r in hooks.runs(d.db, hook="slow") if r.state == "running"])
    began = now()
    desk.place.deliver("two", sender="bo@example.test")
    desk.eventually(lambda d: len(hooks.runs(d.db, hook="quick")) == 2)
    assert all("seen" in c.tags for c in desk.read(lambda d: conversations.all(d.db)))
    assert now() - began < 15_000
    found = [r for r in settled(desk, 4) if r.hook == "slow"]
    assert [r.state for r in found] == ["failed", "failed"]
    assert "longer than 1 second" in found[0].error


def test_a_slow_program_holds_up_its_own_conversation_alone(desk: DeskHome) -> None:
    log = desk.directory / "log"
    program(desk, f'grep -q "Slow" && until [ -e go ]; do sleep 0.02; done; echo $OMNITUI_EVENT >>'
            f'{log}.$OMNITUI_CONVERSATION; echo $OMNITUI_EVENT_ID >>{log}')  # fmt: skip
    add(desk, '[[hooks]]\nname = "tell"\non = ["message.received", "conversation.tagged"]\n'
        'run = "./program"')  # fmt: skip
    desk.place.deliver("Slow, please", sender="ann@example.test")
    desk.start()
    desk.eventually(lambda d: [r for r in hooks.runs(d.db) if r.state == "running"])
    do(desk, "tag add later")
    for sender in ("bo", "cy", "di"):
        desk.place.deliver("Hello", sender=f"{sender}@example.test")
    desk.eventually(lambda d: sum(r.state == "done" for r in hooks.runs(d.db)) == 3)
    first, second, *others = runs(desk)
    assert (first.state, second.state, second.attempts) == ("running", "queued", 0)
    assert [r.state for r in others] == ["done"] * 3
    (desk.directory / "go").touch()
    assert [(r.state, r.attempts) for r in settled(desk, 5)] == [("done", 1)] * 5
    order = [int(word) for word in log.read_text().split()]
    assert order.index(first.event_id) < order.index(second.event_id)


def test_how_programs_fail_is_said(desk: DeskHome) -> None:
    program(desk, 'read line; echo "first" >&2; echo "no \033[31msuch order" >&2; exit 3')
    add(desk, '[[hooks]]\nname = "bad"\non = ["message.received"]\nrun = ["./program"]\n'
        '[[hooks]]\nname = "missing"\non = ["message.received"]\nrun = ["./no-such"]\n'
        '[[hooks]]\nname = "killed"\non = ["message.received"]\n'
        "run = [\"sh\", \"-c\", \"kill -9 $$\"]\n"
        '[[hooks]]\nname = "left"\non = ["message.received"]\n'
        "run = [\"sh\", \"-c\", \"sleep 60 & echo $! >left\"]")  # fmt: skip
    desk.place.deliver("Hello " + "x" * 200_000)
    desk.start()
    found = {r.hook: r for r in settled(desk, 4)}
    assert found["bad"].state == "failed"
    assert "status 3" in found["bad"].error
    assert found["bad"].error.endswith("no  [31msuch order")
    assert "cannot be started" in found["missing"].error
    assert "SIGKILL" in found["killed"].error
    assert found["left"].state == "done"
    left = int((desk.directory / "left").read_text())
    until(lambda: not alive(left))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_what_a_hook_does_starts_no_hook_unless_it_says_so(desk: DeskHome) -> None:
    add(desk, '[[hooks]]\nname = "a"\non = ["message.received", "conversation.*"]\n'
        'do = ["tag add a", "note A."]\n'
        '[[hooks]]\nname = "plain"\non = ["conversation.tagged"]\ndo = ["tag add plain"]\n'
        '[[hooks]]\nname = "b"\nchain = true\non = ["conversation.tagged"]\n'
        'when = { tag = ["a", "b", "c"] }\ndo = ["tag add b"]\n'
        '[[hooks]]\nname = "c"\nchain = true\non = ["conversation.tagged"]\n'
        'do = ["tag add c"]')  # fmt: skip
    desk.place.deliver("Hello")
    desk.start()
    desk.eventually(lambda d: set(conversations.all(d.db)[:1][0].tags) >= {"a", "b", "c"}
                    if conversations.all(d.db) else False)  # fmt: skip
    last = desk.read(lambda d: events.last_id(d.db))
    desk.place.deliver("Again", sender="bo@example.test")
    desk.eventually(
        lambda d: len([c for c in conversations.all(d.db) if set(c.tags) >= {"a", "b", "c"}]) == 2
    )
    assert desk.read(lambda d: events.last_id(d.db)) > last
    assert not [c for c in desk.read(lambda d: conversations.all(d.db)) if "plain" in c.tags]
    chains = {e.data.get("hook") for e in desk.read(lambda d: events.after(d.db, 0))}
    assert {"a", "a b", "a c"} <= chains
    assert not any(len(set(c.split())) < len(c.split()) for c in chains if c)


def test_what_a_program_does_by_the_command_line_is_the_hooks(desk: DeskHome) -> None:
    main = f"{sys.executable} -m omnitui.cli.main"
    program(desk, f'PYTHONPATH={ROOT} exec {main} do $OMNITUI_CONVERSATION "tag add n$$"')
    add(desk, '[[hooks]]\nname = "loop"\non = ["message.received", "conversation.tagged"]\n'
        'chain = true\nrun = "./program"')  # fmt: skip
    desk.place.deliver("Hello")
    desk.start()
    (run,) = settled(desk, 1)
    assert (run.state, run.error) == ("done", "")
    tagged = [
        e for e in desk.read(lambda d: events.after(d.db, 0)) if e.kind == "conversation.tagged"
    ]
    assert [e.data["hook"] for e in tagged] == ["loop"]
    assert tagged[0].actor != "hook:loop"
    desk.place.deliver("Once more", sender="bo@example.test")
    settled(desk, 2)
    assert len(runs(desk)) == 2


def test_a_hooks_answer_is_automatic_and_goes_once(make_desk: Callable[..., DeskHome]) -> None:
    desk = make_desk(chat=True)
    add(
        desk,
        """
[[hooks]]
name = "ack"
on = ["message.received", "message.sent"]
chain = true
do = ["reply set We have your message.", "reply send"]
""",
    )
    desk.place.say("Hello", "ann")
    desk.start()
    until(lambda: len(desk.place.sent()) == 1, lambda: desk.log)
    desk.place.say("Hello again", "ann")
    first, second = settled(desk, 2)
    assert (first.state, second.state) == ("done", "failed")
    assert "has had this automatic answer" in second.error
    history = desk.read(lambda d: messages.of_conversation(d.db, only(desk).id))
    (sent,) = [m for m in history if m.direction == "out"]
    assert sent.details["automatic"] == "hook:ack"
    assert (sent.author, sent.details["agent"]) == ("Test", "hook:ack")
    assert len(desk.place.sent()) == 1


def test_a_new_hook_begins_with_what_happens_from_then_on(desk: DeskHome) -> None:
    desk.place.deliver("Before")
    process = desk.start()
    desk.eventually(lambda d: conversations.all(d.db))
    assert desk.stop(process) == 0
    config = (desk.directory / "config.toml").read_text()
    add(desk, '[[hooks]]\nname = "new"\non = ["message.received"]\ndo = ["tag add new"]')
    process = desk.start()
    desk.eventually(lambda d: hooks.upto(d.db, "new") is not None)
    # What happens while no engine runs is made up for.
    assert desk.stop(process) == 0
    do(desk, "tag add by-hand")
    desk.place.deliver("After", sender="bo@example.test")
    process = desk.start()
    settled(desk, 1)
    tags = sorted(c.tags for c in desk.read(lambda d: conversations.all(d.db)))
    assert tags == [("by-hand",), ("new",)]
    assert desk.stop(process) == 0
    (desk.directory / "config.toml").write_text(config)
    desk.stop(desk.start())
    assert desk.read(lambda d: hooks.upto(d.db, "new")) is None


def test_what_started_nothing_does_not_start_a_hook_after_a_restart(desk: DeskHome) -> None:
    """The search is asked when something happens, not of the past, as things are later."""
    hook = '[[hooks]]\nname = "{}"\non = ["message.received"]\n{}do = ["note By itself."]\n'
    add(desk, hook.format("picky", 'where = "tag:vip"\n') + hook.format("any", ""))
    process = desk.start()
    desk.place.deliver("Before")
    settled(desk, 1)
    desk.eventually(lambda d: hooks.waiting(d.db, "picky", ["message.received"]) == 0)
    assert desk.stop(process) == 0
    do(desk, "tag add vip")
    process = desk.start()
    desk.place.deliver("After", sender="bo@example.test")
    assert [run.hook for run in settled(desk, 2)] == ["any", "any"]
    assert desk.stop(process) == 0


def test_an_engine_that_ends_gives_a_program_a_moment(desk: DeskHome) -> None:
    program(desk, "touch begun; sleep 0.5; touch ended")
    add(desk, '[[hooks]]\nname = "calm"\non = ["message.received"]\nrun = "./program"')
    desk.place.deliver("one")
    process = desk.start()
    until((desk.directory / "begun").exists)
    assert desk.stop(process) == 0
    assert [r.state for r in runs(desk)] == ["done"]
    program(desk, "touch begun-again; exec sleep 60")
    desk.place.deliver("two")
    process = desk.start()
    until((desk.directory / "begun-again").exists)
    assert desk.stop(process) == 0
    assert [r.state for r in runs(desk)] == ["done", "unknown"]


@pytest.mark.parametrize("what", ["file", "directory", "program"])
def test_what_others_can_write_is_not_run(desk: DeskHome, what: str) -> None:
    path = program(desk, "touch ran")
    add(desk, '[[hooks]]\nname = "x"\non = ["message.received"]\nrun = "./program"')
    place = {"file": desk.directory / "config.toml", "directory": desk.directory, "program": path}
    place[what].chmod(0o777)
    desk.place.deliver("Hello")
    if what == "program":
        desk.start()
        (run,) = settled(desk, 1)
        assert (run.state, "chmod go-w" in run.error) == ("failed", True)
    else:
        process = desk.start(wait=False)
        assert process.wait(20) == 1
        assert "chmod go-w" in desk.log
    assert not (desk.directory / "ran").exists()


def test_a_wrong_hook_is_told_and_the_others_run(desk: DeskHome) -> None:
    add(desk, '[[hooks]]\nname = "wrong"\non = ["message.received"]\ndo = ["asign kate"]\n'
        '[[hooks]]\nname = "odd"\non = ["message.received"]\nwhere = "stattus:open"\n'
        'do = ["tag add odd"]\n'
        '[[hooks]]\nname = "right"\non = ["message.received"]\ndo = ["tag add right"]')  # fmt: skip
    desk.place.deliver("Hello")
    desk.start()
    (run,) = settled(desk, 1)
    assert run.hook == "right"
    assert "wrong: asign kate: There is no command" in desk.log
    assert "odd: " in desk.log
