"""A practice run without a screen, an engine or a clock: the customers of a scenario, a real
store and the desk's own commands, at times that a test says."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

from config.load import load
from config.model import Home
from connectors.contract import Received
from connectors.practice.arrivals import arrival
from connectors.practice.log import Entry, Log
from connectors.practice.playing import Playing, began
from connectors.practice.scenario import CHANNELS, Scenario
from connectors.practice.scenario_file import read_scenario
from omnitui.demo import cards
from omnitui.demo.practice.run import PracticeRun
from omnitui.desk import commands
from omnitui.desk.arriving import intake
from omnitui.desk.context import Desk
from omnitui.desk.replying.outbox import outgoing
from omnitui.desk.session import OwnDraft, Session
from store import accounts, conversations, outbox
from store.database import transaction
from store.driver import Connection
from store.model import Conversation
from tests.fresh_store import fresh_store

AGENT = "ann"
SECOND = 1000
STEP = 5 * SECOND

ANN = """
    [[customers]]
    id = "ann"
    name = "Ann Lee"
    [[customers.matters]]
    id = "tent"
    at = "0s"
    channel = "email"
    subject = "Tent"
    says = ["Where is it?"]
    [customers.matters.expect]
    within = "5m"
    {expect}
"""
"""A scenario of one customer; what is expected of its answer is to be filled in."""


def written(directory: Path, text: str, name: str = "mine") -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name}.toml"
    head = 'title = "Mine"\nabout = "A test."\n'
    path.write_text(head + dedent(text), encoding="utf-8")
    return path


def scenario(directory: Path, text: str) -> Scenario:
    return read_scenario(written(directory, text))


@dataclass
class Rehearsal:
    scenario: Scenario
    directory: Path
    pace: float = 1.0
    history: Path | None = None
    now: int = 1_700_000_000_000
    streets: list[Playing] = field(default_factory=list)

    def __post_init__(self) -> None:
        home = Home(self.directory, self.directory, self.directory / "state")
        self.directory.mkdir(parents=True, exist_ok=True)
        home.config_file.write_text(f'[desk]\nname = "Northwind"\n{cards.SETTINGS}\n', "utf-8")
        self.config = load(home)
        self.db: Connection = fresh_store(home.store_file)
        with transaction(self.db):
            for channel in CHANNELS:
                address = "help@northwind.example" if channel == "email" else "northwind"
                accounts.ensure(
                    self.db, channel, channel, address=address, display_name="Northwind"
                )
        self.run = PracticeRun(
            self.scenario, self.config, AGENT, self.pace, self.history, now=lambda: self.now
        )
        self.streets = [
            Playing(self.scenario, channel, self.run.directory, self.pace) for channel in CHANNELS
        ]
        self.run.begin()
        assert began(self.run.directory) == self.now

    def wait(self, seconds: float) -> None:
        """Time goes by, in steps."""
        until = self.now + round(seconds * SECOND)
        while self.now < until:
            self.now = min(until, self.now + STEP)
            self._send()
            self._receive()

    def _receive(self) -> None:
        for street in self.streets:
            spoken = street.advance(self.now)
            for one in spoken:
                self.take(street.channel, arrival(street.channel, "help@northwind.example", one))

    def take(self, account: str, received: Received) -> None:
        """One message comes in."""
        with transaction(self.db):
            desk = Desk(self.db, self.config, "engine", clock=lambda: self.now)
            intake.accept(desk, accounts.get(self.db, account), [received])

    def _send(self) -> None:
        with transaction(self.db):
            for entry in outbox.due(self.db, self.now):
                desk = Desk(self.db, self.config, "engine", clock=lambda: self.now)
                out = outgoing(desk, entry)
                assert outbox.claim(self.db, entry.message_id, self.now)
                outbox.settle_sent(self.db, entry.message_id, out.key, self.now)
                who = out.chat or out.to[0].address
                Log(self.run.directory / f"{entry.channel}.jsonl").append(
                    Entry("sent", self.now, out.key, who, out.text, about=out.in_reply_to)
                )

    def of(self, name: str) -> Conversation:
        """The last conversation of somebody."""
        found = [c for c in conversations.all(self.db) if c.customer_name == name]
        assert found, f"{name} has not written"
        return max(found, key=lambda one: one.id)

    def do(self, name: str, *lines: str) -> None:
        """What an agent does in the conversation of `name`."""
        desk = Desk(self.db, self.config, AGENT, clock=lambda: self.now)
        session = Session(desk, self.of(name).id, OwnDraft())
        for line in lines:
            with transaction(self.db):
                commands.run(session, line)

    def answer(self, name: str, text: str) -> None:
        self.do(name, f"reply set {text}", "reply send")
