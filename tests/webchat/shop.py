"""A shop with a web chat: one desk's directory, its relay and its engine as real processes.

Visitors reach the relay through `visitors`, the desk through `line`: proxies that break.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import httpx
import jwt

from config.home import find_home
from config.load import load
from omnitui.desk.commands import run
from omnitui.desk.context import Desk
from omnitui.desk.replying import reply
from omnitui.desk.session import OwnDraft, Session
from omnitui.desk.visiting import attendance
from omnitui.desk.visiting import typing as desk_typing
from store import accounts, conversations, events, identities, messages, typing, visits
from store.database import open_database, transaction
from store.driver import Connection
from store.model import Conversation, ConversationId, CustomerId, Message, MessageId
from store.visits import Visit
from tests.servers.chaos import ChaosProxy
from tests.servers.command import omnitui_at, start_omnitui
from tests.servers.forked import Forked
from tests.servers.process import free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
T = TypeVar("T")

LIMITS = {
    "connections_per_visitor": 50,
    "connections_per_address": 5_000,
    "attempts_per_minute_per_address": 100_000,
    "requests_per_minute_per_address": 100_000,
    "frames_per_minute": 100_000,
    "messages_per_minute": 100_000,
    "messages_per_minute_per_address": 100_000,
    "messages_per_minute_per_site": 100_000,
    "uploads_per_minute": 1_000,
    "uploads_per_minute_per_address": 1_000,
}
"""All of a test's visitors come from one address."""


class Shop:
    """`acme` and `other` are two sites of one relay, accounts `site` and `forms` of the desk.
    `other` asks a form of its visitors first, and another one while nobody is there."""

    def __init__(
        self,
        directory: Path,
        origins: Sequence[str],
        *,
        limits: dict[str, int] | None = None,
        site: str = "",
        more: str = "",
    ) -> None:
        """`limits`: of the relay; `site`: more of the account `site`; `more`: other tables."""
        self.directory = directory
        directory.mkdir(mode=0o700)
        self.port = free_port()
        self.visitors = ChaosProxy(self.port).start()
        self.line = ChaosProxy(self.port).start()
        self.identity_secret = secrets.token_urlsafe(48)
        self.desk_token = secrets.token_urlsafe(32)
        self.other_token = secrets.token_urlsafe(32)
        allowed = json.dumps(list(origins))
        lines = [f"{key} = {value}" for key, value in (LIMITS | (limits or {})).items()]
        (directory / "config.toml").write_text(
            f"""
[desk]
name = "Acme support"
timezone = "UTC"
undo_send = 0

[accounts.site]
channel = "webchat"
relay = "http://127.0.0.1:{self.line.port}"
token = "file:{self._secret("desk-token", self.desk_token)}"
{site}

[accounts.forms]
channel = "webchat"
relay = "http://127.0.0.1:{self.line.port}"
token = "file:{self._secret("other-token", self.other_token)}"

[relay]
listen = "127.0.0.1:{self.port}"

[relay.limits]
{chr(10).join(lines)}

[relay.sites.acme]
desk_token = "file:{directory / "desk-token"}"
allowed_origins = {allowed}
identity_secret = "file:{self._secret("identity", self.identity_secret)}"
title = "Acme"
offline_form = []

[relay.sites.other]
desk_token = "file:{directory / "other-token"}"
allowed_origins = {allowed}
identity_secret = "file:{self._secret("other-identity", secrets.token_urlsafe(48))}"
form = [
    {{ name = "name", required = true }},
    {{ name = "order", label = {{ en = "Your order", uk = "Ваше замовлення" }} }},
]
{more}
"""
        )
        self._config = load(find_home(directory))
        self._reader: Connection | None = None
        self.relay: Forked | None = None
        self.engine: Forked | None = None

    def _secret(self, name: str, value: str) -> Path:
        path = self.directory / name
        path.write_text(value)
        path.chmod(0o600)
        return path

    # Processes

    def start(self) -> Shop:
        self.start_engine()
        self.start_relay()
        return self

    def start_relay(self) -> None:
        self.relay = self._process("relay")
        said = f"listening on http://127.0.0.1:{self.port}"
        seen = self.log("relay").count(said)
        self.eventually(
            lambda: self.log("relay").count(said) > seen or self._ended(self.relay, "relay")
        )

    def start_engine(self) -> None:
        self.engine = self._process("serve")

    def _process(self, verb: str) -> Forked:
        with (self.directory / f"{verb}.log").open("ab") as log:
            return start_omnitui(self.directory, verb, log=log)

    def _ended(self, process: Forked | None, verb: str) -> bool:
        assert process is not None
        assert process.poll() is None, f"{verb} ended:\n{self.log(verb)}"
        return False

    def kill_relay(self) -> None:
        """As the kernel does it when memory runs out."""
        assert self.relay is not None
        self.relay.kill()
        self.relay.wait(10)

    def kill_engine(self) -> None:
        assert self.engine is not None
        self.engine.kill()
        self.engine.wait(10)

    def close(self) -> None:
        for process in (self.engine, self.relay):
            if process is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)
        if self._reader is not None:
            self._reader.close()
        self.visitors.close()
        self.line.close()

    def log(self, verb: str) -> str:
        path = self.directory / f"{verb}.log"
        return path.read_text() if path.exists() else ""

    def eventually(self, true: Callable[[], T], patience: float = PATIENCE) -> T:
        """What is true in the end."""
        end = time.monotonic() + patience
        while not (found := true()):
            if time.monotonic() > end:
                logs = "".join(self.log(verb)[-4000:] for verb in ("relay", "serve"))
                raise AssertionError(f"still not true after {patience} s\n{logs}")
            time.sleep(0.03)
        return found

    # The site

    @property
    def url(self) -> str:
        """The relay, as visitors reach it."""
        return f"http://127.0.0.1:{self.visitors.port}"

    @property
    def own_url(self) -> str:
        """The relay itself, with nothing between."""
        return f"http://127.0.0.1:{self.port}"

    def identity(self, sub: str, *, key: str = "", algorithm: str = "HS256", **claims: Any) -> str:
        """What the shop's own server signs for a customer who is logged in."""
        payload = {"sub": sub, "exp": int(time.time()) + 600, **claims}
        return jwt.encode(payload, key or self.identity_secret, algorithm=algorithm)

    def desk(self) -> httpx.Client:
        """A desk's end of the relay, for tests without an engine."""
        headers = {"Authorization": f"Bearer {self.desk_token}"}
        return httpx.Client(base_url=self.own_url, headers=headers, timeout=30)

    def told_at(self, site: str, origin: str) -> str:
        """The availability that a page there is told."""
        asked = httpx.get(
            f"{self.own_url}/v1/site", params={"site": site}, headers={"Origin": origin}
        )
        return str(asked.json()["availability"])

    # The store

    def look(self, question: Callable[[Connection], T]) -> T:
        if self._reader is None:
            self._reader = open_database(self.directory / "desk.sqlite", readonly=True)
        return question(self._reader)

    def write(self, work: Callable[[Desk], T], agent: str = "ann") -> T:
        """What a screen or a command of the agent does: one transaction."""
        db = open_database(self.directory / "desk.sqlite")
        try:
            with transaction(db):
                return work(Desk(db, self._config, agent))
        finally:
            db.close()

    def conversations(self, query: str = "") -> list[Conversation]:
        if not (self.directory / "desk.sqlite").exists():
            return []
        return self.look(lambda db: conversations.all(db, query))

    def messages(self, conversation: int) -> list[Message]:
        return self.look(lambda db: messages.of_conversation(db, conversation))

    def with_text(self, text: str) -> Message | None:
        """The one message from a visitor that says exactly this; never two."""
        found = self.look(
            lambda db: db.execute(
                "SELECT id FROM messages WHERE direction = 'in' AND text = ?", (text,)
            ).fetchall()
        )
        assert len(found) < 2, f"doubled: {text!r}"
        return self.look(lambda db: messages.get(db, found[0][0])) if found else None

    def arrived(self, text: str) -> Message:
        """Wait for that message."""
        return self.eventually(lambda: self.with_text(text))

    # The agent

    def answers(self, conversation: int, text: str, files: Sequence[Path] = ()) -> int:
        return int(
            self.write(
                lambda desk: reply.queue(desk, conversation, text, files=files, undo_delay=0)
            )
        )

    def command(self, conversation: int, *lines: str) -> None:
        """What `omnitui do` does."""

        def work(desk: Desk) -> None:
            session = Session(desk, conversation, OwnDraft())
            for line in lines:
                run(session, line)

        self.write(work)

    def cli(self, *argv: str, stdin: str = "") -> str:
        found = omnitui_at(self.directory, *argv, stdin=stdin)
        assert found.returncode == 0, found.stderr
        return found.stdout

    def state(self, message: int) -> str:
        return self.look(lambda db: messages.get(db, message)).state

    def memory(self) -> int:
        """Bytes that the relay has in RAM."""
        assert self.relay is not None
        status = Path(f"/proc/{self.relay.pid}/status").read_text("ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) << 10

    def attend(self, account: str, state: Literal["online", "away", "hidden"] | None) -> None:
        """The switch that agents set by hand; None: it goes by who is there."""
        self.eventually(lambda: self.capability(account, "attends"))
        self.write(lambda desk: attendance.put(desk, accounts.get(desk.db, account), state))

    def capability(self, account: str, name: str) -> Any:
        """What a channel has published that it can do."""
        found = self.look(accounts.all)
        return next((one.capabilities.get(name) for one in found if one.name == account), None)

    # What the agent's screen knows

    def details(self, message: int) -> Mapping[str, Any]:
        return self.look(lambda db: messages.get(db, MessageId(message))).details

    def visit(self, customer: int) -> Visit:
        """The customer's last one."""
        return self.look(lambda db: visits.of_customer(db, CustomerId(customer)))[0]

    def visitor_types(self, conversation: int) -> bool:
        rows = self.look(lambda db: typing.fresh(db, 0))
        return any(row.conversation_id == conversation and not row.who for row in rows)

    def agent_types(self, conversation: int) -> None:
        """As a screen does while keys are pressed."""
        assert self.write(lambda desk: desk_typing.note(desk, ConversationId(conversation)))

    def reads(self, conversation: int) -> None:
        """The agent looks at all there is."""
        last = self.messages(conversation)[-1].id

        def work(desk: Desk) -> None:
            conversations.mark_read(desk.db, desk.agent, ConversationId(conversation), last)

        self.write(work)

    def chat_events(self, conversation: int) -> list[str]:
        """What happened in the chat besides messages: `ended`, `form`, `verified`, …"""
        found = self.look(lambda db: events.of_conversation(db, ConversationId(conversation)))
        return [str(event.data.get("event")) for event in found if event.kind == "chat.event"]

    def identities(self, customer: int) -> set[tuple[str, str, str]]:
        """(channel, address, proof) of all that a customer is reached by."""
        found = self.look(lambda db: identities.of(db, CustomerId(customer)))
        return {(one.channel, one.address, one.proof) for one in found}

    def metric(self, name: str) -> float:
        """The sum of a metric of the relay over its labels."""
        text = httpx.get(f"{self.own_url}/metrics", timeout=10).text
        return sum(
            float(line.rsplit(" ", 1)[1])
            for line in text.splitlines()
            if re.match(rf"{name}(\{{|\s)", line)
        )
