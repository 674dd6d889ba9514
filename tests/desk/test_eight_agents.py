"""Eight agents change the same conversation at once with random commands, each over a connection
of its own: whatever was accepted is in the log once, each change begins where the last one ended,
and what the log says is how it stands in the end."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import pytest

from config.model import AgentSettings, Config, DeskSettings, Home
from omnitui.desk import commands
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.replying.reply_stops import NewMessageArrived
from omnitui.desk.session import OwnDraft, Session
from store import conversations, events, messages, watches
from store.blobs import for_database
from store.check import check
from store.database import open_database, transaction
from store.model import ConversationId, Event
from tests.desk.office import Office

AGENTS = tuple(f"agent{number}" for number in range(8))
TAGS = ("red", "green", "blue")


@dataclass(frozen=True, slots=True)
class Accepted:
    agent: str
    line: str
    undo: str


def chosen(chance: random.Random, agent: str, number: int) -> str:
    """A command line."""
    other = chance.choice(AGENTS)
    return chance.choice(
        (
            "claim",
            f"assign {other}",
            "unassign",
            f"status {chance.choice(('open', 'pending', 'closed'))}",
            f"priority {chance.choice(('low', 'normal', 'high', 'urgent'))}",
            f"tag add {chance.choice(TAGS)}",
            f"tag remove {chance.choice(TAGS)}",
            f"subject {agent} {number}",
            f"note {agent} {number}",
            f"hand over {other} {agent} hands over {number}",
            f"customer name {agent} {number}",
            "watch",
            "unwatch",
            "reply send",
        )
    )


def work(path: Path, config: Config, here: int, agent: str, seed: int, many: int) -> list[Accepted]:
    """One agent's doings; those that were accepted."""
    chance = random.Random(f"{seed}{agent}")
    room = ConversationId(here)
    found = []
    with closing(open_database(path)) as db:
        seen = messages.newest_id(db)
        for number in range(many):
            line = chosen(chance, agent, number)
            if chance.random() < 0.2 and found and found[-1].undo:
                line = found[-1].undo
            session = Session(
                Desk(db, config, agent), room, OwnDraft(f"{agent} answers {number}"), if_last=seen
            )
            try:
                with transaction(db):
                    done = commands.run(session, line)
            except NewMessageArrived as stop:
                seen = stop.message_id
            except CommandError:
                pass
            else:
                if done.undo:
                    found.append(Accepted(agent, line, done.undo))
    return found


def run(office: Office, pool: Executor, seed: int, many: int) -> list[Accepted]:
    here = office.got(office.letter()).conversation_id
    config = Config(
        None,
        Home(*([office.desk.config.home.store_file.parent] * 3)),
        DeskSettings(name="Acme", undo_send=3600),
        agents={agent: AgentSettings() for agent in AGENTS},
    )
    path = office.desk.config.home.store_file
    jobs = [pool.submit(work, path, config, int(here), agent, seed, many) for agent in AGENTS]
    accepted = [one for job in jobs for one in job.result(timeout=300)]
    audit(office, here, accepted)
    return accepted


def audit(office: Office, here: ConversationId, accepted: Sequence[Accepted]) -> None:
    db = office.desk.db
    log = [e for e in events.after(db, 0, 1_000_000) if e.conversation_id == here]
    found = office.conversation(here)
    by = {kind: [e for e in log if e.kind == kind] for kind in {e.kind for e in log}}

    assert chain(by.get("conversation.assigned", []), "assignee", "") == found.assignee
    assert chain(by.get("conversation.status", []), "status", "open") == found.status
    priorities = {"low": -1, "normal": 0, "high": 1, "urgent": 2}
    assert priorities[chain(by.get("conversation.priority", []), "priority", "normal")] == (
        found.priority
    )
    renamed = [e for e in by.get("customer.changed", []) if e.data["field"] == "name"]
    assert chain(renamed, "value", renamed[0].data["before"] if renamed else "") == (
        found.customer_name
    )
    tags: set[str] = set()
    watching: set[str] = set()
    for event in log:
        match event.kind:
            case "conversation.tagged":
                assert event.data["tag"] not in tags
                tags.add(event.data["tag"])
            case "conversation.untagged":
                tags.remove(event.data["tag"])
            case "conversation.watched":
                assert event.actor not in watching
                watching.add(event.actor)
            case "conversation.unwatched":
                watching.remove(event.actor)
    assert tags == set(found.tags)
    assert watching == set(watches.of_conversation(db, here))

    # Of each command exactly one event: none lost, none twice.
    for first, kind in (
        ("subject ", "conversation.subject"),
        ("priority ", "conversation.priority"),
        ("tag add ", "conversation.tagged"),
        ("tag remove ", "conversation.untagged"),
        ("customer name", "customer.changed"),
    ):
        told = Counter(e.actor for e in by.get(kind, []))
        assert told == Counter(one.agent for one in accepted if one.line.startswith(first)), kind
    history = messages.of_conversation(db, here)
    notes = Counter(m.text for m in history if m.direction == "note")
    wanted = [one.line for one in accepted if one.line.startswith(("note agent", "hand over"))]
    assert sum(notes.values()) == len(wanted)
    assert set(notes.values()) <= {1}
    sent = [m for m in history if m.direction == "out"]
    assert len(sent) == sum(one.line == "reply send" for one in accepted)
    for one in accepted:  # what takes an assignment back names who got it, and who had it
        if one.line.startswith("assign agent"):
            assert one.undo.startswith(f"assign back {one.line.removeprefix('assign ')} ")
    assert check(db, for_database(db)) == []


def chain(changes: Sequence[Event], key: str, first: str) -> str:
    """Each change begins where the last one ended; where the last one did."""
    stands = first
    for event in changes:
        assert event.data["before"] == stands, event
        stands = event.data[key]
    return stands


def test_eight_agents_on_one_conversation_lose_nothing(office: Office) -> None:
    with ThreadPoolExecutor(len(AGENTS)) as pool:
        accepted = run(office, pool, seed=1, many=12)
    assert len({one.agent for one in accepted}) == len(AGENTS)
    assert len(accepted) > 30


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_eight_processes_on_one_conversation_lose_nothing(office: Office, seed: int) -> None:
    with ProcessPoolExecutor(len(AGENTS), get_context("spawn")) as pool:
        accepted = run(office, pool, seed, many=250)
    assert len(accepted) > 500


def test_of_two_who_send_at_the_same_moment_one_is_stopped(office: Office) -> None:
    here = office.got(office.letter()).conversation_id
    seen = messages.newest_id(office.desk.db)
    path = office.desk.config.home.store_file

    def send(agent: str) -> str:
        with closing(open_database(path)) as db:
            desk = Desk(db, office.desk.config, agent)
            session = Session(desk, here, OwnDraft(f"From {agent}"), if_last=seen)
            try:
                with transaction(db):
                    commands.run(session, "reply send")
            except NewMessageArrived as stop:
                return str(stop)
        return ""

    for _round in range(5):
        with ThreadPoolExecutor(2) as pool:
            said = list(pool.map(send, ("bea", "bob")))
        assert sorted(map(bool, said)) == [False, True]
        assert "Look, then send again." in "".join(said)
        seen = messages.newest_id(office.desk.db)
    assert conversations.get(office.desk.db, here).messages == 6
