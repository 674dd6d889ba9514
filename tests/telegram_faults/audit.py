"""After everything: what the server has against what the desk has, counted."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from store.blobs import for_database
from store.database import open_database
from tests.servers.findings import Findings as Found
from tests.servers.findings import on_its_way
from tests.telegram_faults.town import Town

Files = dict[str, list[bytes]]


@dataclass
class Findings(Found):
    customers: int = 0
    """Messages of customers."""

    def __str__(self) -> str:
        return f"{self.customers} from customers; replies: {self.shown_states}; {self.counted}"


def unsettled(town: Town) -> list[str]:
    """What is still on its way, in or out."""
    # First of all: once Telegram has nothing left, all that it had is in the store.
    updates = town.api.get("bot").get("updates")
    found = [f"update {number}" for number in updates.get("waiting")]
    return found + on_its_way(town.desk.read)


def audit(town: Town) -> Findings:
    findings = Findings()
    findings.stuck += unsettled(town)
    heard = {}
    for customer in town.customers:
        seen = customer.sees()
        address = customer.get("address")
        _customer(town, findings, address, [each for each in seen if not each.by_bot])
        heard[address] = [each for each in seen if each.by_bot]
    _answers(town, findings, heard)
    _ledger(town, findings)
    _secret(town, findings)
    findings.wrong += [f"the server: {each}" for each in town.api.get("problems")]
    return findings


def _customer(town: Town, findings: Findings, chat: str, seen: list[Any]) -> None:
    """Everything once, in its order, as it is now, with its files."""
    units: dict[str, list[Any]] = {}
    for each in seen:
        units.setdefault(each.album or each.key, []).append(each)
    findings.customers += len(units)
    rows = town.desk.read(
        "SELECT id, external_id, text, details FROM messages WHERE direction = 'in'"
        " AND details ->> '$.chat' = ? ORDER BY position",
        chat,
    )
    by_key: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_key[row[1]].append(row)
    order = []
    for name, pieces in units.items():
        found = [row for piece in pieces for row in by_key.pop(piece.key, ())]
        if not found:
            findings.lost.append(f"{name} of {chat}")
            continue
        if len(found) > 1:
            findings.doubled.append(f"{name} of {chat}: {found}")
        number, _key, text, raw = found[0]
        order.append(number)
        wanted = next((piece.text for piece in pieces if piece.text), "")
        if text != wanted:
            findings.wrong.append(f"{name} of {chat} says {text!r}, not {wanted!r}")
        _same_files(town, findings, f"{name} of {chat}", number, pieces)
        details = json.loads(raw)
        shown = (details.get("reactions") or {}).get(chat, {}).get("emoji", [])
        if len(pieces) == 1 and shown != list(pieces[0].reactions):
            findings.wrong.append(f"{name} of {chat} shows {shown}, not {pieces[0].reactions}")
    findings.wrong += [f"{key} of {chat} was never written" for key in by_key]
    if order != [row[0] for row in rows if row[0] in order]:
        findings.wrong.append(f"{chat} is out of order: {order}")


def _same_files(town: Town, findings: Findings, name: str, message: int, pieces: list[Any]) -> None:
    wanted = [piece.file for piece in pieces if piece.file is not None]
    db = open_database(town.desk.directory / "desk.sqlite", readonly=True)
    try:
        blobs = for_database(db)
        there = [
            blobs.read(db, blob) if blob else problem
            for blob, problem in db.execute(
                "SELECT blob, problem FROM attachments WHERE message_id = ? AND NOT replaced"
                " ORDER BY place, id",
                (message,),
            )
        ]
    finally:
        db.close()
    if there != wanted:
        sizes = [len(each) for each in there], [len(each) for each in wanted]
        findings.wrong.append(f"{name}: files differ: {sizes}")


def _answers(town: Town, findings: Findings, heard: dict[str, list[Any]]) -> None:
    lines: dict[str, list[str]] = defaultdict(list)
    """First word of a line → the chats in which it stands."""
    files: dict[bytes, list[str]] = defaultdict(list)
    for chat, seen in heard.items():
        for each in seen:
            for line in each.text.splitlines():
                if line.strip():
                    lines[line.split()[0]].append(chat)
            if each.file is not None:
                files[each.file].append(chat)
    for answer in town.answers:
        state, text, _details = town.state(answer)
        findings.states[state] += 1
        if state == "failed":
            findings.wrong.append(f"{answer.name} failed")
        for what, chats in [
            *((line.split()[0], lines.pop(line.split()[0], [])) for line in answer.lines),
            *((f"{answer.name} file", files.pop(content, [])) for content in answer.files),
        ]:
            if set(chats) - {answer.chat}:
                findings.wrong.append(f"{what} is in {chats}, not in {answer.chat}")
            if len(chats) > answer.tries:
                findings.doubled.append(f"{what} {len(chats)} times, {state}")
            if state == "sent" and not chats:
                findings.lost.append(f"{what} is “sent” and was never seen")
        if answer.edited and state == "sent":
            shown = [e.text for e in heard[answer.chat] if e.text.startswith(f"{answer.name}0")]
            if text not in shown or (answer.tries == 1 and shown != [text]):
                findings.wrong.append(f"{answer.name} reads {shown}, here {text!r}")
    findings.wrong += [f"nobody wrote {each}" for each in [*lines, *files]]
    for chat, seen in heard.items():
        _in_order(town, findings, chat, seen)


def _in_order(town: Town, findings: Findings, chat: str, seen: list[Any]) -> None:
    """What the server said yes to at once; the rest may have come late, or twice."""
    certain = {
        answer.name
        for answer in town.answers
        if answer.tries == 1 and town.state(answer)[0] == "sent"
    }
    names = [
        f"{word.partition('.')[0]}."
        for each in seen
        for word in each.text.split()
        if word.startswith("r") and "." in word
    ]
    numbers = [int(name[1:-1]) for name in names if name in certain]
    if numbers != sorted(numbers):
        findings.wrong.append(f"{chat}: replies out of order: {list(dict.fromkeys(numbers))}")


def _ledger(town: Town, findings: Findings) -> None:
    pushed = {str(each["update_id"]) for each in town.api.get("bot").get("updates").get("pushed")}
    rows = town.desk.read("SELECT external_id, outcome, reason FROM ledger")
    kept = {row[0] for row in rows}
    findings.lost += [f"update {each} is not in the ledger" for each in sorted(pushed - kept)]
    findings.wrong += [f"the ledger has made up {each}" for each in sorted(kept - pushed)]
    findings.wrong += [f"quarantined: {row}" for row in rows if row[1] == "quarantined"]


def _secret(town: Town, findings: Findings) -> None:
    """The token is where it was put, and nowhere else."""
    secret = town.desk.token.partition(":")[2].encode()
    for path in town.desk.directory.rglob("*"):
        if path.is_file() and path.name != "token0" and secret in path.read_bytes():
            findings.wrong.append(f"the token stands in {path.name}")
    log = town.desk.log
    findings.wrong += [line for line in log.splitlines() if " ERROR " in line or "CRITICAL" in line]
