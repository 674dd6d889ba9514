"""Updates that wait at Telegram → ledger and search, against python-telegram-bot's own
Application taking the same updates and doing nothing with them.

The Bot API server is the tests' own, in a process of its own; both sides poll it over HTTP.
The peer reads each update into its classes and throws it away; ours has it committed, threaded
and searchable before it confirms it.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench import desks
from bench.mailserver import Progress, engine, processes
from bench.pairs import Pair, interleave
from bench.report import QUICK, Report, Sizes
from bench.terminal import resident
from store import search
from store.database import open_database
from tests.servers.bot_api.control import RemoteBotApi, RemoteThing

WORDS = (
    *("hello", "where", "is", "my", "order", "parcel", "refund", "size", "please", "№12"),
    *("доставка", "коли", "буде", "дякую", "👍"),
)
PEOPLE = 2_000
_FIRST_BOT = 900_000


def run(report: Report, sizes: Sizes) -> None:
    updates = 10_000 if sizes.messages != QUICK.messages else 1_000
    report.title(f"{updates:,} queued updates from a Bot API server on loopback")
    command = (sys.executable, "-m", "tests.servers.bot_api", "--until-eof")
    process = subprocess.Popen(
        command, cwd=desks.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with desks.scratch() as place:
            bench = _Bench(place, process.stdout.readline().strip(), updates)
            ours, peer = interleave(sizes.rounds, bench.ours, bench.peer)
            name = "python-telegram-bot's Application, idle"
            report.pair(Pair("first update → last, in the store", "s", ours, name, peer))
            report.pair(
                Pair("the same from exec on", "s", bench.whole[0][1:], name, bench.whole[1][1:])
            )
            rates = [updates / seconds for seconds in ours]
            report.say(
                f"  updates a second: {min(rates):,.0f}–{max(rates):,.0f} stored,"
                f" {updates / max(peer):,.0f}–{updates / min(peer):,.0f} by the peer;"
                f" engine after it {bench.memory / 1e6:.0f} MB resident"
            )
    finally:
        process.stdin.close()
        process.wait(15)


class _Bench:
    def __init__(self, place: Path, url: str, updates: int) -> None:
        self._place = place
        self._url = url
        self._server = RemoteBotApi(url)
        self._updates = updates
        self._bots = 0
        self.whole: tuple[list[float], list[float]] = ([], [])
        """Seconds from exec on: ours, the peer's."""
        self.memory = 0

    def ours(self) -> float:
        token = self._filled_bot()
        home = self._place / "ours"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(mode=0o700)
        secret = home / "token"
        secret.write_text(token)
        secret.chmod(0o600)
        (home / "config.toml").write_text(
            '[desk]\nname = "Bench"\n\n[accounts.bot]\nchannel = "telegram"\n'
            f'token = "file:{secret}"\nbase_url = "{self._url}/bot"\n'
        )
        started = time.perf_counter()
        with engine(home) as process:
            progress = Progress(home, process)
            before = progress.wait(lambda found: found > 0, 0.005)
            first = time.perf_counter()
            progress.wait(lambda found: found >= self._updates, 0.005)
            ended = time.perf_counter()
            progress.close()
            self.memory = sum(resident(pid) for pid in processes(process.pid))
        self._verify(home)
        self.whole[0].append(ended - started)
        return (ended - first) * self._updates / max(1, self._updates - before)

    def peer(self) -> float:
        token = self._filled_bot()
        base = f"{self._url}/bot"
        command = (
            sys.executable, "-m", "bench.idle_application", base, token, str(self._updates)
        )  # fmt: skip
        started = time.perf_counter()
        with subprocess.Popen(
            command, cwd=desks.ROOT, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            spent = float(process.stdout.readline())
            self.whole[1].append(time.perf_counter() - started)
            return spent

    def _filled_bot(self) -> str:
        """A new bot for whom the same updates wait."""
        self._bots += 1
        token = f"{_FIRST_BOT + self._bots}:{'A' * 35}"
        bot: RemoteThing = self._server.add_bot(token)
        bot.push_all(_updates(self._updates))
        return token

    def _verify(self, home: Path) -> None:
        db = open_database(home / "desk.sqlite", readonly=True)
        try:
            stored = db.execute("SELECT count(*) FROM messages").fetchone()[0]
            indexed = db.execute("SELECT count(*) FROM message_search").fetchone()[0]
            if not stored == indexed == self._updates or not search.search(db, "parcel", limit=1):
                raise RuntimeError(f"{self._updates} updates: {stored} stored, {indexed} indexed")
        finally:
            db.close()


def _updates(number: int) -> list[dict[str, Any]]:
    chance = random.Random(7)  # noqa: S311 - not a secret
    now = int(time.time())
    found: list[dict[str, Any]] = []
    for at in range(number):
        who = chance.randrange(PEOPLE)
        person = {"id": 5_000_000 + who, "first_name": f"Ann{who}", "last_name": "Lee"}
        message = {
            "message_id": at + 1,
            "date": now - (number - at) // 10,
            "from": {**person, "is_bot": False, "language_code": "uk"},
            "chat": {**person, "type": "private"},
            "text": " ".join(chance.choices(WORDS, k=chance.randrange(3, 25))),
        }
        found.append({"message": message})
    return found
