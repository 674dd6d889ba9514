"""After everything: what was delivered, accepted and sent against what the desk has, counted."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from omnitui.desk.view import PRIORITIES
from store.blobs import for_database
from store.check import check
from store.driver import Connection
from tests.servers.findings import Findings as Found
from tests.team_load.channel import words
from tests.team_load.office import ACCOUNTS, Office, Probe

_REPLY = re.compile(r"\[(a\d+r\d+x\d+)\]")
_BAD_LOG = re.compile(r"\b(WARNING|ERROR|CRITICAL|Traceback)\b.*|.*\blocked\b.*")
STATE = {
    "conversation.assigned": ("assignee", "assignee"),
    "conversation.priority": ("priority", "priority"),
    "conversation.subject": ("subject", "subject"),
    "conversation.status": ("status", "status"),
}
"""By kind of event, the column of the conversation and the event's fact that it must be."""


@dataclass
class Findings(Found):
    delivered: int = 0
    stored: int = 0
    replies: int = 0
    accepted: int = 0
    events: int = 0
    together: int = 0
    """Changes of the one conversation that many changed."""
    locked: int = 0
    exceptions: int = 0
    said: Counter[str] = field(default_factory=Counter)
    """Errors and warnings that screens showed."""
    unseen: Counter[str] = field(default_factory=Counter)
    """Keys whose frame never came, by kind: they were about something else by then, as a row that
    was the last. Whether a screen hangs is asked at the end."""
    instead: list[str] = field(default_factory=list)
    """What those screens showed."""
    codes: dict[str, int | None] = field(default_factory=dict)

    def __str__(self) -> str:
        return (
            f"{self.delivered:,} delivered, {self.stored:,} stored; {self.replies} replies sent"
            f" once each; {self.accepted} commands accepted, all logged; {self.together} changes"
            f" of one conversation; {self.events:,} events; locked {self.locked}, exceptions"
            f" {self.exceptions}; {self.unseen.total()} keys without their frame; {self.counted}"
        )


def audit(office: Office, probe: Probe | None, codes: dict[str, int | None]) -> Findings:
    """Screens and engine have ended, and nothing is on its way any more."""
    found = Findings(codes=codes)
    office.read(lambda desk: _store(office, desk.db, found))
    _screens(office, found)
    found.wrong += [f"{name} ended with {code}" for name, code in codes.items() if code != 0]
    for agent in (*office.agents, *([probe] if probe else [])):
        if agent.is_alive():
            found.stuck.append(f"{agent.name} did not end")
        if agent.failure is not None:
            found.wrong.append(f"{agent.name}: {agent.failure!r}")
    found.wrong += [f"engine: {m[0]}" for m in _BAD_LOG.finditer(office.log.read_text())]
    return found


def _store(office: Office, db: Connection, found: Findings) -> None:
    _incoming(office, db, found)
    _outgoing(office, db, found)
    _commands(office, db, found)
    _states(db, found)
    found.together = db.execute(
        "SELECT count(*) FROM events WHERE conversation_id = ? AND actor LIKE 'agent%'",
        (office.shared,),
    ).fetchone()[0]
    (found.events,) = db.execute("SELECT count(*) FROM events").fetchone()
    found.wrong += [f"store: {problem}" for problem in check(db, for_database(db))]


def _incoming(office: Office, db: Connection, found: Findings) -> None:
    found.delivered = office.delivered
    for name in ACCOUNTS:
        number = office.due[name].number
        there = Counter(
            row[0]
            for row in db.execute(
                "SELECT m.text FROM messages m JOIN accounts a ON a.id = m.account_id"
                " WHERE m.direction = 'in' AND a.name = ?",
                (name,),
            )
        )
        found.stored += there.total()
        for each in range(number):
            times = there.pop(words(name, each).strip(), 0)
            if not times:
                found.lost.append(f"message {each} of {name}")
            elif times > 1:
                found.doubled.append(f"message {each} of {name}: {times}")
        found.wrong += [f"{name}: {text!r} was never written" for text in there]
        receipts = db.execute(
            "SELECT count(*) FROM ledger l JOIN accounts a ON a.id = l.account_id"
            " WHERE a.name = ? AND l.outcome = 'accepted'",
            (name,),
        ).fetchone()[0]
        if receipts != number:
            found.wrong.append(f"{name}: {receipts} receipts of {number} messages")


def _outgoing(office: Office, db: Connection, found: Findings) -> None:
    handed: Counter[str] = Counter()
    for name in ACCOUNTS:
        path = office.directory / name / "sent.jsonl"
        for line in path.read_text().splitlines() if path.exists() else ():
            handed.update(_REPLY.findall(json.loads(line)["text"]))
    stored: Counter[str] = Counter()
    for text, state in db.execute("SELECT text, state FROM messages WHERE direction = 'out'"):
        found.replies += 1
        found.states[state] += 1
        stored.update(_REPLY.findall(text))
        if state != "sent":
            found.stuck.append(f"reply {text!r} is {state}")
    for token in stored.keys() | handed.keys():
        if handed[token] < stored[token]:
            found.lost.append(f"reply {token} was never sent")
        if handed[token] > 1 or stored[token] > 1:
            found.doubled.append(f"reply {token}: {stored[token]} stored, {handed[token]} sent")


def _commands(office: Office, db: Connection, found: Findings) -> None:
    """Whatever a screen was told to be done stands in the log as its agent's."""
    tagged = {
        (row[0], row[1])
        for row in db.execute(
            "SELECT actor, data ->> '$.tag' FROM events WHERE kind = 'conversation.tagged'"
        )
    }
    renamed = {
        (row[0], row[1])
        for row in db.execute(
            "SELECT actor, data ->> '$.subject' FROM events WHERE kind = 'conversation.subject'"
        )
    }
    noted = {
        row[0].strip() for row in db.execute("SELECT text FROM messages WHERE direction = 'note'")
    }
    queued = Counter(
        row[0] for row in db.execute("SELECT actor FROM events WHERE kind = 'message.queued'")
    )
    sends: Counter[str] = Counter()
    for agent, line in office.books():
        if line["kind"] != "accepted":
            continue
        found.accepted += 1
        verb, _space, rest = line["line"].partition(" ")
        if (
            (verb == "tag" and (agent, rest.removeprefix("add ")) not in tagged)
            or (verb == "subject" and (agent, rest) not in renamed)
            or (verb == "note" and rest.strip("' ") not in noted)
        ):
            found.lost.append(f"{agent}: {line['line']}")
        elif line["line"].startswith("reply send"):
            sends[agent] += 1
    for agent, number in sends.items():
        if queued[agent] != number:
            found.wrong.append(f"{agent}: {number} replies accepted, {queued[agent]} in the log")


def _states(db: Connection, found: Findings) -> None:
    """What each conversation is now is what its last event said, and each event's `before` is what
    the one before it said: nothing was overwritten unseen."""
    now: defaultdict[tuple[int, str], Any] = defaultdict(lambda: None)
    for id_, room, kind, data in db.execute(
        "SELECT id, conversation_id, kind, data FROM events WHERE kind IN"
        f" ({', '.join('?' * len(STATE))}) ORDER BY id",
        tuple(STATE),
    ):
        facts = json.loads(data)
        _column, fact = STATE[kind]
        before = now[room, kind]
        if before is not None and facts.get("before") != before:
            found.lost.append(
                f"event {id_} ({kind} of #{room}) came after {before!r}, and says"
                f" {facts.get('before')!r}"
            )
        now[room, kind] = facts.get(fact)
    for (room, kind), value in now.items():
        column = STATE[kind][0]
        (there,) = db.execute(
            f"SELECT {column} FROM conversations WHERE id = ?", (room,)
        ).fetchone()
        there = PRIORITIES[there] if column == "priority" else there
        if there != value:
            found.lost.append(f"#{room} has {column} {there!r}; its last event says {value!r}")
    tags: defaultdict[int, set[str]] = defaultdict(set)
    for room, kind, data in db.execute(
        "SELECT conversation_id, kind, data FROM events"
        " WHERE kind IN ('conversation.tagged', 'conversation.untagged') ORDER BY id"
    ):
        tag = json.loads(data)["tag"]
        (tags[room].add if kind.endswith(".tagged") else tags[room].discard)(tag)
    for room, wanted in tags.items():
        have = {r[0] for r in db.execute(
            "SELECT tag FROM conversation_tags WHERE conversation_id = ?", (room,))}  # fmt: skip
        if have != wanted:
            found.lost.append(f"#{room} has tags {have ^ wanted} too many or too few")


def _screens(office: Office, found: Findings) -> None:
    for agent, line in office.books():
        if line["kind"] == "said":
            found.said[f"{line['level']}: {line['sentence']}"] += 1
        elif line["kind"] == "locked":
            found.locked += 1
            found.wrong.append(f"{agent}: {line['sentence']} {line['at']}")
        elif line["kind"] == "exception":
            found.exceptions += 1
            found.wrong.append(f"{agent}: {''.join(line['trace'])}")
    for screen in office.screens:
        found.unseen.update(one.kind for one in screen.silent)
        found.instead += [f"{screen.agent}: {one.kind}\n{one.screen}" for one in screen.silent]
        if b"locked" in screen.tail:
            found.wrong.append(f"{screen.agent} shows that something is locked")
