"""After everything: what was promised and handed over against what is stored, counted."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

from store.driver import sqlite3
from tests.servers.findings import Findings, on_its_way
from tests.team_faults.channel import content_of
from tests.team_faults.desk import ACCOUNTS, SERVICE, TownDesk
from tests.team_faults.seat import outlives
from tests.team_faults.town import Promise, Town

REASONED = ("failed", "unknown")
ENDS = (0, 1, -signal.SIGKILL, -signal.SIGTERM)
"""Of an engine; one that is told to end before it has begun does so by the signal itself."""


def unsettled(town: Town) -> list[str]:
    """What is still on its way, in or out."""
    try:
        found = on_its_way(town.desk.rows)
        (kept,) = town.desk.rows("SELECT count(*) FROM messages WHERE direction = 'in'")[0]
    except sqlite3.Error as error:
        return [str(error)]
    later = {f"reply {number} is queued: {error}" for number, error in _wanted_later(town.desk)}
    found = [each for each in found if each not in later]
    return found + [f"{town.written - kept} of customers"] * (town.written > kept)


def _wanted_later(desk: TownDesk) -> list[tuple[Any, ...]]:
    """Replies that wait for the time that their agent has chosen."""
    return desk.rows(
        "SELECT m.id, m.error FROM events e JOIN messages m ON m.id = e.message_id JOIN outbox o"
        " ON o.message_id = m.id WHERE e.kind = 'message.queued' AND m.state = 'queued'"
        " AND e.data ->> '$.send_at' = o.due_at AND o.due_at > ? AND o.attempts = 0",
        time.time_ns() // 1_000_000,
    )


def audit(town: Town) -> Findings:
    findings = Findings()
    findings.stuck += unsettled(town)
    findings.wrong += town.complaints
    for name in ACCOUNTS:
        _handed_over(town.desk, findings, name)
    for each in town.promises:
        if each.stood is not None and outlives(town.fair, each.stood):
            each.kept = True
    findings.lost += [
        f"{each.word} of {each.agent}, who types it: {each.said}"
        for each in town.unsaved
        if each.stood is not None and outlives(town.fair, each.stood)
    ]
    _promises(town.desk.rows, findings, town.promises)
    _went_out(town.desk, findings)
    _in_time(town.desk, findings)
    _by_the_clock(town.desk, findings)
    findings.wrong += _ended(town.desk)
    _log(town, findings)
    _whole(town.desk, findings, town.desk.home)
    for target, kept in town.backed_up[-3:]:
        _restored(town.desk, findings, target, kept)
    return findings


def _handed_over(desk: TownDesk, findings: Findings, account: str) -> None:
    """All that the channel gave, once, in its order, with its files."""
    lines = desk.places[account].inbox()
    rows = desk.rows(
        "SELECT m.id, m.text, (SELECT count(*) FROM ledger l WHERE l.message_id = m.id AND"
        " l.outcome = 'accepted') FROM messages m JOIN accounts a ON a.id = m.account_id"
        " WHERE m.direction = 'in' AND a.name = ? ORDER BY m.id",
        account,
    )
    times = Counter(text for _id, text, _receipts in rows)
    for line in lines:
        count = times.pop(line["text"], 0)
        if count == 0:
            findings.lost.append(f"{account}: {line['text']}")
        if count > 1:
            findings.doubled.append(f"{account}: {line['text']} {count} times")
    findings.wrong += [f"{account}: nobody wrote {text}" for text in times]
    findings.wrong += [f"{text} has {n} receipts" for _id, text, n in rows if n != 1]
    wanted = [line["text"] for line in lines]
    if [text for _id, text, _n in rows] != wanted and not findings.lost + findings.doubled:
        findings.wrong.append(f"{account}: out of order")
    blobs = {
        text: row
        for text, *row in desk.rows(
            "SELECT m.text, b.hash, t.size FROM attachments t JOIN messages m ON m.id ="
            " t.message_id LEFT JOIN blobs b ON b.hash = t.blob WHERE m.direction = 'in'"
        )
    }
    for line in lines:
        for size in line["sizes"]:
            digest = hashlib.sha256(content_of(line["text"], size)).hexdigest()
            if blobs.get(line["text"]) != [digest, size]:
                findings.lost.append(f"the file of {line['text']}: {blobs.get(line['text'])}")
    acked = [line["upto"] for line in desk.places[account].lines("acked")]
    if acked and acked[-1] > len(rows):
        findings.lost.append(f"{account}: {acked[-1]} acknowledged, {len(rows)} stored")


def _promises(read: Any, findings: Findings, promises: list[Promise]) -> None:
    """Words that agents wrote: each where it belongs, never twice."""
    out: Counter[str] = Counter()
    notes: Counter[str] = Counter()
    # A reply that failed may have been written once more.
    for direction, text in read(
        "SELECT direction, text FROM messages WHERE direction <> 'in' AND state <> 'failed'"
    ):
        (notes if direction == "note" else out).update(text.split())
    failed: Counter[str] = Counter()
    for (text,) in read("SELECT text FROM messages WHERE state = 'failed'"):
        failed.update(text.split())
    drafts: Counter[str] = Counter()
    for (text,) in read("SELECT text FROM drafts"):
        drafts.update(text.split())
    tagged = Counter(
        tag
        for (data,) in read("SELECT data FROM events WHERE kind = 'conversation.tagged'")
        for tag in [json.loads(data).get("tag")]
    )
    for each in promises:
        if each.kind == "undone":
            continue
        found = {"reply": out, "note": notes, "tag": tagged, "draft": out}[each.kind][each.word]
        what = f"{each.kind} {each.word} of {each.agent}"
        if found > 1:
            rows = read(
                "SELECT id, conversation_id, author, state, error, text FROM messages WHERE"
                f" direction <> 'in' AND text LIKE '%{each.word}%'"
            )
            findings.doubled.append(f"{what} is there {found} times: {rows}")
        if each.kind == "draft":
            found += drafts[each.word]
        if each.kept and not found and not failed[each.word]:
            findings.lost.append(f"{what} {each.said}".rstrip())
        if each.kept is False and found:
            findings.wrong.append(f"{what} was refused, and is stored: {each.said}")
    findings.wrong += _untold(read, promises)


def _untold(read: Any, promises: list[Promise]) -> list[str]:
    """What is stored has its events, by who did it."""
    said = Counter(
        actor for (actor,) in read("SELECT actor FROM events WHERE kind = 'message.queued'")
    )
    made = Counter(
        author for (author,) in read("SELECT author FROM messages WHERE direction = 'out'")
    )
    return [f"events {said}, replies {made}"] if said != made else []


def _went_out(desk: TownDesk, findings: Findings) -> None:
    """At most once each, and as the store says."""
    sent = {name: desk.places[name].sent() for name in ACCOUNTS}
    keys = Counter(line["key"] for lines in sent.values() for line in lines)
    findings.doubled += [f"{key} went out {n} times" for key, n in keys.items() if n > 1]
    heard = Counter(
        word for lines in sent.values() for line in lines for word in set(line["text"].split())
        if word[:1] in "rs" and word[1:-1].isdigit()
    )  # fmt: skip
    findings.doubled += [
        f"{word} reached customers {n} times" for word, n in heard.items() if n > 1
    ]
    for number, text in desk.rows(
        "SELECT m.id, m.text FROM messages m JOIN events e ON e.message_id = m.id"
        " WHERE e.kind = 'message.cancelled'"
    ):
        if any(heard[word] for word in text.split()):
            findings.wrong.append(
                f"message {number} was taken back, and reached a customer: {text}"
            )
    rows = desk.rows("SELECT id, state, error, text FROM messages WHERE direction = 'out'")
    for number, state, error, text in rows:
        findings.states[state] += 1
        there = [heard[word] for word in text.split() if word[:1] in "rs" and word[1:-1].isdigit()]
        if state == "sent" and not all(there):
            findings.lost.append(f"message {number} is “sent”, and nobody got it")
        if state in REASONED and not error:
            findings.wrong.append(f"message {number} is {state}, and nothing says why")
    known = {word for _n, _s, _e, text in rows for word in text.split()}
    findings.wrong += [f"{word} was never written" for word in heard if word not in known]


def _in_time(desk: TownDesk, findings: Findings) -> None:
    """What an agent has put off goes once, and not before the clock says so; what is to come later
    than now still waits. When it goes while the clock is wrong, that is what the clock said."""
    for number, wanted, first in desk.rows(
        "SELECT e.message_id, e.data ->> '$.send_at', o.first_attempt_at FROM events e JOIN outbox"
        " o ON o.message_id = e.message_id WHERE e.kind = 'message.queued'"
        " AND e.data ->> '$.send_at' IS NOT NULL"
    ):
        findings.states["put off"] += 1
        if first is not None and first < wanted:
            findings.wrong.append(f"message {number} went {wanted - first} ms before its time")
    snoozed: dict[int, int] = {}
    there: dict[int, int] = {}
    # One reading: the engine may wake one between two.
    for what, _id, number, at, data in desk.rows(
        "SELECT 'event', id, conversation_id, at, data FROM events WHERE kind ="
        " 'conversation.status' UNION ALL SELECT 'there', id, id, snoozed_until, NULL FROM"
        " conversations WHERE status = 'snoozed' ORDER BY 1, 2"
    ):
        if what == "there":
            there[number] = at
            continue
        told = json.loads(data)
        until = snoozed.pop(number, None)
        if told["why"] == "snooze-over":
            findings.states["woken"] += 1
            if until is None:
                findings.doubled.append(f"conversation {number} woke, and was not snoozed")
            elif at < until:
                findings.wrong.append(f"conversation {number} woke {until - at} ms too early")
        if told["status"] == "snoozed":
            snoozed[number] = told["until"]
    now = time.time_ns() // 1_000_000
    if there != snoozed:
        findings.lost.append(f"snoozed are {there}, and should be {snoozed}")
    findings.stuck += [
        f"conversation {number} sleeps on since {now - until} ms"
        for number, until in there.items()
        if until < now - 1000
    ]


def _by_the_clock(desk: TownDesk, findings: Findings) -> None:
    """The clock was set forward and back: nobody is here for ever, or was thrown out."""
    edge = time.time_ns() // 1_000_000 + 5_000
    for agent, at in desk.rows("SELECT agent, at FROM last_seen WHERE at > ?", edge):
        findings.wrong.append(f"{agent} was last seen in {(at - edge) // 1000} s")
    end = time.monotonic() + 15
    while here := desk.rows("SELECT agent, screen FROM presence"):
        if time.monotonic() > end:
            findings.stuck += [f"{agent}, whose screen is closed: {name}" for agent, name in here]
            return
        time.sleep(0.1)


def _ended(desk: TownDesk) -> list[str]:
    """Engines that ended as none should; one that had no memory left may do so at once."""
    found = []
    for one in desk.gone:
        code = one.process.poll()
        if code not in ENDS and not one.cut_short:
            found.append(f"an engine ended with {code}")
    return found


def _log(town: Town, findings: Findings) -> None:
    lines = town.desk.log.splitlines()
    for number, line in enumerate(lines):
        if (
            "Traceback" in line
            or "database is locked" in line
            or (
                (" ERROR " in line or "CRITICAL" in line)
                and not any(words in line for words in town.explained)
            )
        ):
            stack = itertools.takewhile(lambda each: not each[:2].isdigit(), lines[number + 1 :])
            findings.wrong.append("\n".join(["the engine's log:", line, *list(stack)[:40]]))
    for path in town.desk.top.rglob("omnitui.log"):
        findings.wrong.append(f"{path.parent.name}: {path.read_text()[:3000]}")


def _whole(desk: TownDesk, findings: Findings, home: Path) -> None:
    for argv in (["check"], ["audit", "verify"]):
        ran = desk.command("service", "--home", str(home), *argv, seconds=120)
        if ran.code:
            findings.wrong.append(f"{' '.join(argv)}: {ran.out} {ran.said}")


def _restored(desk: TownDesk, findings: Findings, target: Path, kept: list[Promise]) -> None:
    """A backup put back on another desk: whole, with all that was promised before it began."""
    home = desk.top / f"restored-{target.stem}"
    home.mkdir()
    if desk.root:
        os.chown(home, SERVICE, SERVICE)
    shutil.copy(desk.home / "config.toml", home)
    ran = desk.command("service", "--home", str(home), "restore", str(target), seconds=120)
    if ran.code:
        findings.wrong.append(f"restore: {ran.said}")
        return
    db = sqlite3.connect(home / "desk.sqlite")
    try:
        _promises(
            lambda question: db.execute(question).fetchall(),
            findings,
            [Promise(p.word, p.kind, p.agent, kept=True) for p in kept if p.kind != "draft"],
        )
    finally:
        db.close()
    _whole(desk, findings, home)
