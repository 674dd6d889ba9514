"""The relay against a bare echo: Starlette on the same uvicorn, and Node's `ws`.

The peers say every text again and keep nothing; the relay answers when the message is on the
disk. All are asked by the same visitors, on loopback, in turn. Then the whole way: a visitor's
message until its words stand on an agent's screen, and an answer until the visitor has it,
while a thousand others write.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench import desks, programs
from bench.pairs import Pair, quantile
from bench.report import QUICK, Report, Sizes
from bench.terminal import resident
from bench.websocket_visitors import Visitor, crowd, paced, saturated, visit
from config.home import find_home
from config.load import load
from omnitui.desk.context import Desk
from omnitui.desk.replying import reply
from store.database import Connection, open_database, transaction
from store.model import ConversationId

VISITORS = 1_000
PERIOD = 10.0
"""Seconds between two messages of one visitor."""
PACED, SATURATED = 4.0, 2.0
"""Seconds of each in a round."""
STARTS = 3
IDLE = 5_000
"""Visitors that are only there, for the memory of each."""
BUSY = 64
"""Visitors that write again as soon as they are answered."""
SYNCS = 200
PATIENCE = 60.0
GIB = 1 << 30
Found = TypeVar("Found")


@dataclass(slots=True)
class Server:
    name: str
    process: subprocess.Popen[str]
    port: int
    path: str = "/"
    hello: str = ""

    async def come(self) -> Visitor:
        return await visit(self.port, self.path, hello=self.hello)


@dataclass(slots=True)
class Round:
    """One server's figures of one round."""

    p50: float
    p99: float
    rate: float


def run(report: Report, sizes: Sizes) -> None:
    quick = sizes.messages == QUICK.messages
    visitors = 100 if quick else VISITORS
    report.title(f"web chat: {visitors:,} visitors, each a message in {PERIOD:.0f} s")
    allow_many_files()
    with desks.scratch() as place, contextlib.ExitStack() as stack:
        home = place / "desk"
        configure(home)
        _starts(report, home)
        servers = [stack.enter_context(relay(home)), stack.enter_context(starlette())]
        if (node := stack.enter_context(node_ws(report))) is not None:
            servers.append(node)
        rounds, syncs = asyncio.run(_rounds(servers, visitors, sizes.rounds, home))
        _report(report, servers, rounds, syncs)
        sizes_of = [asyncio.run(_memory(one, 500 if quick else IDLE)) for one in servers]
        for server, each in zip(servers, sizes_of, strict=True):
            report.say(
                f"  {server.name}: {each / 1024:.1f} KB a visitor who is only there:"
                f" {GIB / each:,.0f} in a GiB"
            )
        report.say("  to reach: ≤ 40 KB a visitor, 20,000 in a GiB")
    with desks.scratch() as place:
        _whole_way(report, place / "desk", visitors, max(sizes.rounds * 3, 8))


def _report(
    report: Report, servers: list[Server], rounds: list[list[Round]], syncs: list[float]
) -> None:
    ours = rounds[0]
    for server, theirs in zip(servers[1:], rounds[1:], strict=True):
        for what, unit in (("p50", "ms"), ("p99", "ms"), ("rate", "messages/s")):
            name = f"write → acknowledged, {what}" if what != "rate" else f"{BUSY} that never wait"
            mine, peer = ([getattr(one, what) for one in side] for side in (ours, theirs))
            report.pair(Pair(name, unit, mine, server.name, peer))
    against = rounds[-1]
    limit = [one.p99 + sync for one, sync in zip(against, syncs, strict=True)]
    report.pair(
        Pair(
            "write → on the disk and acknowledged, p99", "ms", [one.p99 for one in ours],
            f"{servers[-1].name}'s p99 + one fdatasync", limit, "≤ 1",
        )
    )  # fmt: skip


def _starts(report: Report, home: Path) -> None:
    """Exec → listening, and the memory with nobody there yet."""
    sides: list[tuple[list[float], list[float]]] = [([], []), ([], [])]
    for _ in range(STARTS):
        for (seconds, memory), ours_now in zip(sides, (True, False), strict=True):
            began = time.perf_counter()
            with relay(home) if ours_now else starlette() as server:
                seconds.append(time.perf_counter() - began)
                memory.append(resident(server.process.pid) / 2**20)
    (ours, our_memory), (theirs, their_memory) = sides
    report.pair(Pair("exec → visitors can come", "s", ours, "bare Starlette echo", theirs))
    report.pair(Pair("resident, idle", "MB", our_memory, "bare Starlette echo", their_memory))


async def _rounds(
    servers: list[Server], visitors: int, number: int, home: Path
) -> tuple[list[list[Round]], list[float]]:
    """Of each server, and the disk's own p99 of each round. The first one is not counted."""
    crowds = [await crowd(visitors, server.come) for server in servers]
    rounds: list[list[Round]] = [[] for _ in servers]
    syncs: list[float] = []
    for turn in range(1 + number):
        found = [await _round(many) for many in crowds]
        disk = await asyncio.to_thread(_fdatasync, home)
        if turn:
            syncs.append(disk)
            for kept, one in zip(rounds, found, strict=True):
                kept.append(one)
    for many in crowds:
        for visitor in many:
            visitor.close()
    return rounds, syncs


async def _round(many: list[Visitor]) -> Round:
    taken = await paced(many, PERIOD, PACED)
    rate = await saturated(many[:BUSY], SATURATED)
    return Round(quantile(taken, 0.5), quantile(taken, 0.99), rate)


async def _memory(server: Server, number: int) -> float:
    """Bytes that the server grows by for each further visitor."""
    first = await crowd(100, server.come)
    before = resident(server.process.pid)
    more = await crowd(number, server.come)
    grown = resident(server.process.pid) - before
    for one in (*first, *more):
        one.close()
    return grown / number


def _fdatasync(home: Path) -> float:
    """What the disk itself takes, p99 in ms."""
    taken = []
    with tempfile.TemporaryFile(dir=home) as file:
        for _ in range(SYNCS):
            file.write(b"x" * 4096)
            file.flush()
            started = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - started) * 1000)
    return quantile(taken, 0.99)


# The whole way


def _whole_way(report: Report, home: Path, visitors: int, times: int) -> None:
    configure(home)
    with relay(home) as server, Crowd(server) as others:
        (home / "config.toml").write_text(
            (home / "config.toml").read_text()
            + f'\n[accounts.site]\nchannel = "webchat"\nrelay = "http://127.0.0.1:{server.port}"\n'
            f'token = "file:{home / "desk-token"}"\n'
        )
        ann = others.do(server.come())
        heard = _Heard(ann)
        agent = _Agent(home)
        with programs.omnitui(home).terminal() as screen:
            screen.until("1/1", timeout=PATIENCE)
            others.do(_say(ann, "begin0x"))
            screen.until("begin0x", timeout=PATIENCE)
            screen.send("\r")  # into the chat: the list's first row is soon another one
            screen.settle(0.5, 5)
            many = others.do(crowd(visitors, server.come))
            alone = [_there_and_back(agent, others, ann, heard, screen, n) for n in range(times)]
            writing = others.start(paced(many, PERIOD, 600))
            screen.settle(2, 2)
            busy = [
                _there_and_back(agent, others, ann, heard, screen, times + n) for n in range(times)
            ]
            writing.cancel()
        agent.close()
    for name, figures in (("nobody else", alone), (f"{visitors:,} others writing", busy)):
        for way, taken in zip(("visitor → screen", "answer → visitor"), zip(*figures, strict=True),
                              strict=True):  # fmt: skip
            report.say(
                f"{way}, {name}: p50 {quantile(taken, 0.5):.0f} ms, p99"
                f" {quantile(taken, 0.99):.0f} ms ({len(taken)} messages)"
            )
    report.say("  to reach: visitor → screen p99 ≤ 80 ms")


def _there_and_back(
    agent: _Agent, others: Crowd, ann: Visitor, heard: _Heard, screen: object, number: int
) -> tuple[float, float]:
    from bench.terminal import Terminal

    assert isinstance(screen, Terminal)
    token = f"token{number}x"
    started = time.perf_counter()
    others.do(_say(ann, token))
    there = screen.until(token, timeout=PATIENCE) + screen.started - started
    started = time.perf_counter()
    agent.answers(f"answer{number}x")
    back = heard.when(f"answer{number}x") - started
    screen.settle(0.2, 1)
    return there * 1000, back * 1000


async def _say(visitor: Visitor, token: str) -> None:
    visitor.send(json.dumps({"type": "message", "id": token, "text": f"{token} and more words"}))


class _Agent:
    """Answers the first chat of a desk, as a screen does: with everything open already."""

    def __init__(self, home: Path) -> None:
        self._config = load(find_home(home))
        self._home = home
        self._db: Connection | None = None

    def answers(self, text: str) -> None:
        if self._db is None:
            self._db = open_database(self._home / "desk.sqlite")
        with transaction(self._db):
            row = self._db.execute("SELECT min(conversation_id) FROM messages").fetchone()
            desk = Desk(self._db, self._config, agent="bench")
            reply.queue(desk, ConversationId(row[0]), text, undo_delay=0)

    def close(self) -> None:
        if self._db is not None:
            self._db.close()


class _Heard:
    """When a visitor got which text."""

    def __init__(self, visitor: Visitor) -> None:
        self._found: list[tuple[float, bytes]] = []
        self._news = threading.Event()
        visitor.heard = self._hear

    def _hear(self, text: bytes) -> None:
        self._found.append((time.perf_counter(), text))
        self._news.set()

    def when(self, words: str) -> float:
        deadline = time.perf_counter() + PATIENCE
        while time.perf_counter() < deadline:
            self._news.clear()
            for at, text in self._found:
                if words.encode() in text:
                    return at
            self._news.wait(1)
        raise TimeoutError(f"the visitor did not get {words}")


class Crowd:
    """A loop of its own for the visitors, while the bench looks at a screen."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="visitors", daemon=True)

    def __enter__(self) -> Crowd:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def start(self, work: Awaitable[Found]) -> Future[Found]:
        async def done() -> Found:
            return await work

        return asyncio.run_coroutine_threadsafe(done(), self._loop)

    def do(self, work: Awaitable[Found]) -> Found:
        return self.start(work).result(PATIENCE * 2)


# The servers


def configure(home: Path) -> None:
    """A desk with a relay whose limits stop nobody here."""
    home.mkdir(mode=0o700, exist_ok=True)
    token = home / "desk-token"
    token.write_text("bench-desk-token-0123456789abcdef0123456789")
    token.chmod(0o600)
    many = 1_000_000
    limits = "\n".join(
        f"{key} = {many}"
        for key in (
            "connections_per_address", "connections_per_site", "messages_per_minute",
            "messages_per_minute_per_address", "messages_per_minute_per_site",
            "attempts_per_minute_per_address", "requests_per_minute_per_address",
            "frames_per_minute", "visitors_per_hour_per_address",
        )
    )  # fmt: skip
    limits += f"\ntext_bytes_per_hour_per_address = {many * 10_000}"
    (home / "config.toml").write_text(
        '[desk]\nname = "Bench"\n\n[relay]\nlisten = "127.0.0.1:0"\n\n'
        f"[relay.limits]\n{limits}\n\n[relay.sites.bench]\n"
        f'desk_token = "file:{token}"\nallowed_origins = ["http://127.0.0.1"]\n'
    )


@contextlib.contextmanager
def relay(home: Path) -> Iterator[Server]:
    command = [sys.executable, "-m", "omnitui", "--home", str(home), "relay", "--test-page"]
    with (home / "relay.log").open("w") as log:
        process = subprocess.Popen(command, cwd=desks.ROOT, stderr=log, text=True)
        try:
            port = _port(home / "relay.log", process)
            hello = json.dumps({"type": "hello", "token": None, "after": None, "page": "http://x/"})
            yield Server("relay", process, port, "/v1/chat?site=bench", hello)
        finally:
            _end(process)


def _port(log: Path, process: subprocess.Popen[str]) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"listening on http://[^:]+:(\d+)", log.read_text()):
            return int(found[1])
        time.sleep(0.05)
    raise RuntimeError(f"the relay does not start:\n{log.read_text()}")


@contextlib.contextmanager
def starlette() -> Iterator[Server]:
    with _printing([sys.executable, "-m", "bench.echo_server"], {}) as (process, port):
        yield Server("bare Starlette echo", process, port)


@contextlib.contextmanager
def node_ws(report: Report) -> Iterator[Server | None]:
    script = Path(__file__).with_name("echo_server.js")
    if not shutil.which("node") or not Path("/usr/share/nodejs/ws").exists():
        report.missing("Node's ws", "nodejs node-ws")
        yield None
        return
    with _printing(["node", str(script)], {"NODE_PATH": "/usr/share/nodejs"}) as (process, port):
        yield Server("Node's ws, echo", process, port)


@contextlib.contextmanager
def _printing(
    command: list[str], env: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    process = subprocess.Popen(
        command, cwd=desks.ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, **env}
    )
    try:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def allow_many_files() -> None:
    """Each visitor is a socket in this process and one in the server's."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
