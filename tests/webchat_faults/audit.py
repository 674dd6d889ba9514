"""After everything: what visitors have against what the desk has, counted."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from store.blobs import for_database
from store.database import open_database
from tests.servers.findings import Findings as Found
from tests.servers.findings import on_its_way
from tests.webchat_faults.browser import Browser, Tab
from tests.webchat_faults.carriers import Frame
from tests.webchat_faults.town import Town

_REPLY = re.compile(r"\br\d+\.")


@dataclass
class Findings(Found):
    visitors: int = 0
    """Messages of visitors that were acknowledged."""
    gone: int = 0
    """Those that an older database of the relay has taken with it."""
    mails: int = 0
    signed_in: int = 0
    connections: int = 0

    def __str__(self) -> str:
        return (
            f"{self.visitors} from visitors (gone with a restored relay {self.gone}); replies:"
            f" {self.shown_states}; {self.mails} mails after visitors; {self.signed_in} signed in;"
            f" {self.connections} connections; {self.counted}"
        )


def unsettled(town: Town) -> list[str]:
    """What is still on its way, in or out."""
    return [
        *town.waiting(),
        *(
            f"event {row} not acknowledged"
            for row in town.shop.from_relay("SELECT id, type FROM events WHERE site = 'acme'")
        ),
        *on_its_way(town.shop.rows),
    ]


def unfollowed(town: Town) -> list[str]:
    """Replies that a customer who has gone, and whose address is proven, has not seen, with no
    mail after them."""
    return [
        f"reply {row[0]} to {row[1]} did not go after them"
        for row in town.shop.rows(
            "SELECT f.message_id, f.address FROM follow_ups f JOIN messages m ON m.id ="
            " f.message_id JOIN identities i ON i.channel = 'webchat' AND i.address = f.address"
            " AND i.customer_id = m.customer_id LEFT JOIN visits v ON v.account_id = f.account_id"
            " AND v.address = f.address WHERE f.due_at IS NOT NULL AND NOT ifnull(v.online, 0)"
            " AND EXISTS (SELECT 1 FROM identities e WHERE e.customer_id = m.customer_id AND"
            " e.channel = 'email' AND e.proof <> '' AND e.flag = '')"
        )
    ]


class Audit:
    """Everybody's browser has a tab open, and nothing is on its way any more."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.found = Findings()
        self._moved = dict(
            town.shop.from_relay("SELECT visitor, moved_to FROM visitors WHERE moved_to NOT NULL")
        )
        self._homes: list[Path | None] = [None]
        if town.shop.second_directory.exists():
            self._homes.append(town.shop.second_directory)

    def _now(self, visitor: str) -> str:
        """Whom a visitor has become."""
        while visitor in self._moved:
            visitor = self._moved[visitor]
        return visitor

    async def run(self) -> Findings:
        town, found = self.town, self.found
        found.stuck += unsettled(town)
        self._visitors()
        self._order()
        shown = {browser.name: self._shown(browser) for browser in town.browsers}
        self._answers(shown)
        await self._histories(shown)
        self._marks()
        self._mails()
        self._ledger()
        self._secrets()
        for browser in town.browsers:
            found.wrong += browser.wrong
            found.connections += browser.connections
            found.signed_in += bool(browser.sub)
        return found

    # Visitors → desk

    def _visitors(self) -> None:
        town, found = self.town, self.found
        by_text: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for home in self._homes:
            for row in town.shop.rows(
                "SELECT m.text, m.details ->> '$.chat', m.id, a.name, m.customer_id FROM messages m"
                " JOIN accounts a ON a.id = m.account_id WHERE m.direction = 'in'",
                home=home,
            ):
                by_text[row[0]].append((*row, home))
        for one in town.written:
            rows = by_text.pop(one.text, [])
            if one.refused and not (town.restored and one.content):  # its file is gone
                found.wrong.append(f"{one.id} of {one.browser.name} was refused: {one.refused}")
            if not one.visitor:
                if len(rows) > 1:
                    found.doubled.append(f"{one.id}, never acknowledged: {rows}")
                continue
            found.visitors += 1
            if not rows:
                if one.at_risk:
                    found.gone += 1
                else:
                    found.lost.append(f"{one.id} of {one.browser.name} ({one.visitor})")
                continue
            homes = [row[-1] for row in rows]  # of two desks with one token, both may have it
            if len(set(homes)) < len(homes):
                found.doubled.append(f"{one.id} of {one.browser.name}: {rows}")
            _text, chat, message, _account, customer, home = rows[0]
            if home is not None:
                continue
            if chat != self._now(one.visitor) and not town.restored:
                found.wrong.append(
                    f"{one.id} of {one.browser.name} is {chat}'s, not {self._now(one.visitor)}'s"
                )
            self._belongs(one.id, one.browser, customer)
            if one.content is not None:
                self._same_files(one.id, message, [one.content])
        found.wrong += [f"{text!r} was never written" for text in by_text]

    def _belongs(self, name: str, browser: Browser, customer: int) -> None:
        """The customer has the address that the site has signed, and none of others."""
        while merged := self.town.shop.rows(
            "SELECT merged_into FROM customers WHERE id = ? AND merged_into NOT NULL", customer
        ):
            customer = merged[0][0]
        emails = {
            row[0]
            for row in self.town.shop.rows(
                "SELECT address FROM identities WHERE customer_id = ? AND channel = 'email'",
                customer,
            )
        }
        wanted = {self.town.email(browser.sub)} if browser.sub else set()
        if emails != wanted and (emails - wanted or not self.town.restored):
            self.found.wrong.append(f"{name} of {browser.name} is with {emails}, not {wanted}")

    def _same_files(self, name: str, message: int, wanted: list[bytes]) -> None:
        db = open_database(self.town.shop.directory / "desk.sqlite", readonly=True)
        try:
            blobs = for_database(db)
            there = [
                blobs.read(db, blob) if blob else str(problem).encode()
                for blob, problem in db.execute(
                    "SELECT blob, problem FROM attachments WHERE message_id = ? ORDER BY place, id",
                    (message,),
                )
            ]
        finally:
            db.close()
        if there != wanted:
            self.found.wrong.append(f"{name}: files differ: {[len(each) for each in there]}")

    def _order(self) -> None:
        """What one tab said stands in its order."""
        place = {
            row[0]: row[1]
            for row in self.town.shop.rows(
                "SELECT text, position FROM messages WHERE direction = 'in'"
            )
        }
        for browser in self.town.browsers:
            for order in browser.orders:
                places = [
                    (place[one.text], one.id)
                    for one in order
                    if one.visitor and one.text in place and not one.overtaken
                ]
                if places != sorted(places):
                    self.found.wrong.append(f"{browser.name} is out of order: {places}")

    # Desk → visitors

    def _shown(self, browser: Browser) -> list[dict[int, Frame]]:
        return [tab.shown for tab in browser.tabs]

    def _answers(self, shown: dict[str, list[dict[int, Frame]]]) -> None:
        town, found = self.town, self.found
        where: dict[str, list[tuple[Browser, Tab, Frame]]] = defaultdict(list)
        for browser in town.browsers:
            for tab in browser.tabs:
                for frame in tab.shown.values():
                    if frame["from"] == "agent" and not frame.get("deleted"):
                        where[frame["text"].split()[0]].append((browser, tab, frame))
        for answer in town.answers:
            state, text, details = town.state(answer)
            found.states[state] += 1
            there = where.pop(answer.name, [])
            if not answer.chat:
                continue  # by mail
            chat = self._now(answer.chat)
            if state == "failed" and not answer.at_risk and not town.restored:
                error = town.shop.rows("SELECT error FROM messages WHERE id = ?", answer.message)
                found.wrong.append(f"{answer.name} to {chat} failed: {error}")
            for browser, _tab, _frame in there:
                if browser.visitor != chat and not town.restored:
                    found.wrong.append(f"{answer.name} to {chat} is with {browser.visitor}")
            for tab in {tab for _b, tab, _f in there}:
                times = sum(1 for _b, other, _f in there if other is tab)
                if times > 1:
                    found.doubled.append(f"{answer.name} stands {times} times in one tab")
            if state != "sent":
                continue
            if details.get("deleted_at"):
                if there and not town.restored:
                    found.wrong.append(f"{answer.name} is deleted, and still shown")
                continue
            tabs = [tab for b in town.browsers if b.visitor == chat for tab in b.tabs]
            missing = [tab for tab in tabs if tab not in {each for _b, each, _f in there}]
            if missing and not answer.at_risk:
                found.lost.append(
                    f"{answer.name} to {chat} is “sent” and not in {len(missing)} of {len(tabs)}"
                )
            for _browser, _tab, frame in there:
                if frame["text"] != text and not town.restored:  # from before it was changed
                    found.wrong.append(f"{answer.name} reads {frame['text']!r}, here {text!r}")
        found.wrong += [f"nobody wrote {each}" for each in where]

    async def _histories(self, shown: dict[str, list[dict[int, Frame]]]) -> None:
        """Every tab shows what the relay has, and a new one would show the same; files too."""
        town, found = self.town, self.found
        async with httpx.AsyncClient(timeout=20, base_url=town.shop.own_url) as http:
            for browser in town.browsers:
                truth = {
                    row[0]: row[1:]
                    for row in town.shop.from_relay(
                        "SELECT m.seq, m.sender, m.text, m.files FROM messages m JOIN visitors v"
                        " ON v.id = m.owner WHERE v.visitor = ?",
                        browser.visitor,
                    )
                }
                for frames in shown[browser.name]:
                    seen = {seq: (f["from"], f["text"]) for seq, f in frames.items()}
                    if seen != {seq: row[:2] for seq, row in truth.items()}:
                        differ = sorted(set(seen.items()) ^ {(s, r[:2]) for s, r in truth.items()})
                        found.wrong.append(f"{browser.name} shows otherwise: {differ[:4]}")
                if sorted(truth) != list(range(1, len(truth) + 1)):
                    found.wrong.append(f"{browser.visitor} has gaps: {sorted(truth)}")
                await self._fetches(http, browser, truth)

    async def _fetches(
        self, http: httpx.AsyncClient, browser: Browser, truth: dict[int, Any]
    ) -> None:
        wanted = {one.text: [one.content] for one in self.town.written if one.content is not None}
        answers = {one.name: one for one in self.town.answers}
        for sender, text, raw in truth.values():
            files = json.loads(raw)
            if sender == "visitor":
                contents = wanted.get(text, [])
            else:
                answer = answers.get(text.split()[0]) if text else None
                contents = answer.files if answer else []
            got = []
            for file in files:
                answer_ = await http.get(f"/v1/files/{file['id']}/{file['name']}")
                got.append(answer_.content if answer_.status_code == 200 else b"")
            if got != contents and not self.town.restored:
                found = [len(each) for each in got], [len(each or b"") for each in contents]
                self.found.wrong.append(f"{browser.name}: files of {text!r} differ: {found}")

    # The rest

    def _marks(self) -> None:
        """What the relay knows of reading is what stands at the replies."""
        if self.town.restored or len(self._homes) > 1:  # another desk has heard of some
            return
        upto = {
            row[0]: row[1:]
            for row in self.town.shop.from_relay(
                "SELECT visitor, browser_has, visitor_read FROM visitors WHERE gone_at IS NULL"
            )
        }
        for answer in self.town.answers:
            ((key, raw, state),) = self.town.shop.rows(
                "SELECT external_id, details, state FROM messages WHERE id = ?", answer.message
            )
            if state != "sent" or not answer.chat:
                continue
            details = json.loads(raw)
            visitor, _colon, seq = key.rpartition(":")
            if visitor != self._now(answer.chat):
                self.found.wrong.append(f"{answer.name} is called {key}, not {answer.chat}")
                continue
            has, read = upto.get(visitor, (0, 0))
            for name, mark in (("delivered_at", has), ("read_at", read)):
                if bool(details.get(name)) != (int(seq) <= mark):
                    self.found.wrong.append(
                        f"{answer.name} ({key}) has {name} {details.get(name)}, marked up to {mark}"
                    )

    def _mails(self) -> None:
        """What went after visitors: once, and to the address that the site has signed."""
        town = self.town
        owners = {b.visitor: town.email(b.sub) for b in town.browsers if b.sub}
        carried: Counter[str] = Counter()
        targets = {one.name: self._now(one.chat) for one in town.answers}
        for letter in town.sink.taken:
            self.found.mails += 1
            said = letter.text.partition("\n> ")[0]
            for name in set(_REPLY.findall(said)):
                carried[name] += 1
                wanted = owners.get(targets.get(name, ""))
                if letter.to != (wanted,) and not town.restored:
                    self.found.wrong.append(f"{name} went to {letter.to}, not to {wanted}")
        for name, count in carried.items():
            if count > 1:
                self.found.doubled.append(f"{name} went after its visitor {count} times")

    def _ledger(self) -> None:
        """Every event has its row; of marks the older one may never have been told."""
        town, found = self.town, self.found
        rows = [
            row
            for home in self._homes
            for row in town.shop.rows(
                "SELECT external_id, outcome, reason FROM ledger l JOIN accounts a ON a.id ="
                " l.account_id WHERE a.name = 'site'",
                home=home,
            )
        ]
        found.wrong += [f"quarantined: {row}" for row in rows if row[1] == "quarantined"]
        found.wrong += [f"a second receipt: {row}" for row in rows if row[1] == "duplicate"]
        if town.restored:
            return
        kept = {int(row[0].rpartition("/")[2]) for row in rows}
        told = dict(town.shop.from_relay("SELECT id, type FROM seen_events WHERE site = 'acme'"))
        ((last,),) = town.shop.from_relay("SELECT last_event FROM sites WHERE name = 'acme'")
        if set(told) != set(range(1, last + 1)):
            found.wrong.append(f"events are numbered {sorted(told)[-3:]}, the last is {last}")
        missing = {n: kind for n, kind in told.items() if n not in kept}
        found.lost += [
            f"event {n} ({kind}) is not in the ledger"
            for n, kind in missing.items()
            if kind not in ("read", "delivered")
        ]
        found.wrong += [f"the ledger has made up {n}" for n in sorted(kept - set(told))]

    def _secrets(self) -> None:
        shop = self.town.shop
        for verb in ("relay", "serve"):
            log = shop.log(verb)
            for secret in (shop.desk_token, shop.identity_secret):
                if secret in log:
                    self.found.wrong.append(f"a secret stands in the log of {verb}")
            self.found.wrong += [
                line for line in log.splitlines() if " ERROR " in line or "CRITICAL" in line
            ]
            if "Traceback" in log:
                at = log.index("Traceback")
                self.found.wrong.append(f"{verb}: {log[at : at + 1500]}")
