"""The practice channel keeps the contract of a real one, and its customers answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.model import OtherAccount
from connectors.conformance import ConnectorConformance, Harness, MemoryIntake, running
from connectors.contract import Address, Connector, Misconfigured, Outgoing
from connectors.practice.connector import POSES, PracticeConnector
from connectors.practice.log import Entry, Log
from connectors.practice.playing import begin
from connectors.practice.story import LANGUAGES, person, pool
from connectors.practice.street import Street
from connectors.practice.visiting import Visiting
from store.clock import now


class PracticeHarness:
    def __init__(self, directory: Path, channel: str) -> None:
        self.directory = directory
        self.channel = channel

    def connector(self) -> Connector:
        options = {"as": self.channel, "directory": str(self.directory), "speed": 200.0}
        return PracticeConnector(
            "practice", OtherAccount("practice", "practice", "desk@shop.example", "Shop", options)
        )

    def broken(self) -> Connector | None:
        return None

    async def customer_writes(self) -> str | None:
        return None

    def outgoing(self, key: str, text: str) -> Outgoing:
        return Outgoing(
            key=key, account="practice", to=[Address("ann@customers.example")], text=text
        )

    async def delivered(self, key: str) -> int:
        return sum(entry.key == key for entry in Log(self.directory / f"{self.channel}.jsonl"))


class TestPracticeConformance(ConnectorConformance):
    @pytest.fixture(params=sorted(POSES))
    def harness(self, tmp_path: Path, request: pytest.FixtureRequest) -> Harness:
        return PracticeHarness(tmp_path / "practice", request.param)


def test_settings_that_cannot_work_are_told() -> None:
    with pytest.raises(Misconfigured, match="carrier-pigeon"):
        PracticeConnector("p", OtherAccount("p", "practice", options={"as": "carrier-pigeon"}))
    with pytest.raises(Misconfigured, match="directory"):
        PracticeConnector("p", OtherAccount("p", "practice", options={"as": "email"}))


async def test_a_customer_answers_the_agent(tmp_path: Path) -> None:
    harness = PracticeHarness(tmp_path / "practice", "email")
    connector, intake = harness.connector(), MemoryIntake()
    async with running(connector, intake):
        await intake.until(lambda: bool(intake.messages))
        first = intake.messages[0]
        message = Outgoing(
            key="reply.1@desk.example",
            account="practice",
            to=[first.sender],
            text="May I have the number?",
        )
        await connector.send(message)
        await intake.until(lambda: any(m.in_reply_to == message.key for m in intake.messages))
    answer = next(m for m in intake.messages if m.in_reply_to == message.key)
    assert answer.sender == first.sender
    assert answer.subject.startswith("Re: ")
    assert message.key in answer.references


async def test_sending_twice_reaches_the_customer_once(tmp_path: Path) -> None:
    harness = PracticeHarness(tmp_path / "practice", "telegram")
    connector = harness.connector()
    message = harness.outgoing("twice@desk.example", "Hello")
    await connector.send(message)
    await connector.send(message)
    assert await harness.delivered(message.key) == 1


def test_the_log_outlives_a_torn_line_and_odd_line_ends(tmp_path: Path) -> None:
    log = Log(tmp_path / "email.jsonl")
    assert log.append(Entry("sent", 1, "first", "ann", "one\u2028two\x85three"))
    with log.path.open("a", encoding="utf-8") as file:
        file.write('{"kind": "sent", "at": 2, "ke')
    assert log.append(Entry("sent", 3, "second", "ann", "four"))
    assert [entry.key for entry in log] == ["first", "second"]
    assert next(iter(log)).text == "one\u2028two\x85three"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_kind_of_customer(language: str) -> None:
    kinds = {story.id for story in pool(language).stories}
    assert {"order-status", "delivery", "refund", "sizes", "broken", "angry"} <= kinds
    assert {"comes-back", "changes-mind"} <= kinds


@given(number=st.integers(0, 5000), seed=st.integers(0, 100))
def test_nothing_is_left_unfilled(number: int, seed: int) -> None:
    customer = person(number, seed)
    story = customer.story
    for text in (story.subject, *story.opens, *story.then, story.asks, story.adds, story.returns):
        assert "{" not in customer.say(text)


@given(st.lists(st.tuples(st.integers(1, 60_000), st.booleans()), max_size=40))
def test_a_street_restored_from_its_state_says_the_same(steps: list[tuple[int, bool]]) -> None:
    def street() -> Street:
        return Street("email", seed=3, share=0, shares=3, speed=1.0, start=0)

    whole, restarted = street(), street()
    now = 0
    for step, restart in steps:
        now += step
        if restart:
            state = restarted.to_json()
            restarted = street()
            restarted.restore(state)
        said = whole.advance(now)
        assert restarted.advance(now) == said
        for utterance in said:
            for each in (whole, restarted):
                each.hear(utterance.person.email, "Why?", f"k{utterance.number}", now)


async def test_a_visitor_of_the_practice_chat_reads_and_leaves(tmp_path: Path) -> None:
    harness = PracticeHarness(tmp_path / "practice", "webchat")
    connector, intake = harness.connector(), MemoryIntake()
    async with running(connector, intake):
        await intake.until(lambda: bool(intake.messages))
        first = intake.messages[0]
        message = Outgoing(
            key="reply.1@desk.example",
            account="practice",
            to=[first.sender],
            text="It is on its way.",
            chat=first.chat,
        )
        sent = await connector.send(message)
        assert sent.external_id.startswith(f"{first.chat}:")
        assert await connector.find_sent(message) == sent
        marks = {f"{kind}/{sent.external_id}" for kind in ("delivered", "read")}
        await intake.until(lambda: marks <= {one.external_id for one in intake.items})


def test_who_is_about_to_write_types_and_who_has_no_more_to_say_leaves() -> None:
    visiting, somebody = Visiting("shop.example", speed=1.0), person(2)
    here = visiting.writes(somebody, 0)
    assert here.kind == "online"
    assert str(here.details["page"]).startswith("https://shop.example/")
    assert visiting.advance(10_000, [(somebody, 20_000)]) == ([], [])
    signals, _marks = visiting.advance(15_000, [(somebody, 20_000)])
    assert [one.kind for one in signals] == ["typing"]
    signals, _marks = visiting.advance(400_000, [])
    assert [one.kind for one in signals] == ["offline"]
    assert visiting.gets(somebody.chat, "k:1", 500_000) is None


SCENARIO = """
title = "One"
about = "One customer."
[[customers]]
id = "ann"
name = "Ann Lee"
[[customers.matters]]
id = "chat"
at = "0s"
channel = "webchat"
says = ["hello"]
[[customers.matters.reactions]]
says = ["by mail, then"]
photo = true
on = "email"
after = "1s"
"""


def _played(directory: Path, channel: str) -> PracticeConnector:
    options = {
        "as": channel,
        "directory": str(directory / "practice"),
        "speed": 20.0,
        "scenario": str(directory / "one.toml"),
    }
    settings = OtherAccount(channel, "practice", "help@shop.example", "Shop", options)
    return PracticeConnector(channel, settings)


async def test_a_scenario_is_played_on_all_channels_once_it_begins(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(SCENARIO, encoding="utf-8")
    chat, mail = _played(tmp_path, "webchat"), _played(tmp_path, "email")
    chats, mails = MemoryIntake(), MemoryIntake()
    async with running(chat, chats), running(mail, mails):
        assert chats.messages == []
        begin(tmp_path / "practice", now())
        await chats.until(lambda: bool(chats.messages))
        first = chats.messages[0]
        assert (first.text, first.sender.name) == ("hello", "Ann Lee")
        await chat.send(Outgoing(key="k", account="webchat", to=[], text="Hi!", chat=first.chat))
        await mails.until(lambda: bool(mails.messages))
    second = mails.messages[0]
    assert (second.text, len(second.files)) == ("by mail, then", 1)
    assert ("webchat", first.chat) in second.aliases
    # Another engine goes on where this one was: nothing comes twice.
    again = MemoryIntake()
    again.place = mails.place
    assert again.place["told"] == [100]


async def test_a_scenario_with_a_mistake_stops_its_account(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text('title = "One"\nabuot = "?"\n', encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"one\.toml:2"):
        await _played(tmp_path, "email").run(MemoryIntake())
