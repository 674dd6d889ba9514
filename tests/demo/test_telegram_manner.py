"""Practice customers on Telegram: what they do beside writing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config.model import OtherAccount
from connectors.conformance import MemoryIntake, running
from connectors.contract import Address, Inbound, Notice, Outgoing, Received, Remote
from connectors.practice.arrivals import arrival
from connectors.practice.connector import PracticeConnector
from connectors.practice.log import Log
from connectors.practice.street import Street


def practice(directory: Path, channel: str) -> PracticeConnector:
    options = {"as": channel, "directory": str(directory), "speed": 500.0}
    settings = OtherAccount(channel, "practice", "@shop_bot", "Shop", options)
    return PracticeConnector(channel, settings)


def day(hours: float = 6) -> Iterator[Received]:
    """What comes in a day on which every customer is answered at once."""
    street = Street("telegram", seed=1, share=0, shares=1, speed=1.0, start=0)
    for now in range(0, int(hours * 3_600_000), 5_000):
        for spoken in street.advance(now):
            received = arrival("telegram", "@shop_bot", spoken)
            yield received
            if isinstance(received, Inbound) and received.text:
                key = f"{received.chat}:reply{spoken.number}"
                street.hear(received.chat, "It is on its way.", key, now)


@pytest.fixture(scope="module")
def arrived() -> list[Received]:
    return list(day())


def test_they_do_what_people_do_there(arrived: list[Received]) -> None:
    messages = [item for item in arrived if isinstance(item, Inbound)]
    kinds = {str(m.details["media"]["kind"]) for m in messages if "media" in m.details}
    assert {"photo", "voice", "sticker", "venue"} <= kinds
    assert any(m.edit_of for m in messages)
    assert any(m.in_reply_to for m in messages)
    reactions = [item for item in arrived if isinstance(item, Notice) and item.kind == "reaction"]
    assert reactions
    assert all(":reply" in key for notice in reactions for key in notice.keys)


def test_an_edit_names_an_earlier_message_of_the_same_chat(arrived: list[Received]) -> None:
    keys: set[str] = set()
    for item in arrived:
        if isinstance(item, Inbound):
            assert not item.edit_of or item.edit_of in keys
            keys.add(item.message_key)


def test_an_album_is_of_one_chat(arrived: list[Received]) -> None:
    albums: dict[str, set[str]] = {}
    for item in arrived:
        if isinstance(item, Inbound) and item.joins:
            albums.setdefault(item.joins, set()).add(item.chat)
    assert albums
    assert all(len(chats) == 1 for chats in albums.values())


async def test_files_are_fetched(tmp_path: Path, arrived: list[Received]) -> None:
    connector = practice(tmp_path, "telegram")
    starts = {".png": b"\x89PNG", ".wav": b"RIFF"}
    seen: set[str] = set()
    for item in arrived:
        for file in item.files if isinstance(item, Inbound) else ():
            ending = Path(file.name).suffix
            if ending in seen:
                continue
            seen.add(ending)
            assert isinstance(file.content, Remote)
            into = tmp_path / file.name
            await connector.fetch(file.content.reference, into)
            assert into.read_bytes().startswith(starts[ending])
    assert seen == set(starts)


async def test_who_is_sent_a_link_opens_it_in_telegram(tmp_path: Path) -> None:
    mail, telegram = practice(tmp_path, "email"), practice(tmp_path, "telegram")
    mails, chats = MemoryIntake(), MemoryIntake()
    async with running(mail, mails), running(telegram, chats):
        await mails.until(lambda: bool(mails.messages))
        who = mails.messages[0].sender
        url = telegram.capabilities.link.format(payload="o_practice-payload")
        assert url == "https://t.me/shop_bot?start=o_practice-payload"
        await mail.send(
            Outgoing(key="k", account="email", to=[who], text=f"Go on in Telegram: {url}")
        )

        def started() -> list[Notice]:
            notices = [item for item in chats.items if isinstance(item, Notice)]
            return [notice for notice in notices if notice.kind == "started"]

        await chats.until(lambda: bool(started()))
    assert started()[0].text == "o_practice-payload"
    assert started()[0].who == Address(started()[0].chat, mails.messages[0].sender.name)


async def test_edits_and_deletions_reach_the_customer_once(tmp_path: Path) -> None:
    connector = practice(tmp_path, "telegram")
    message = Outgoing(key="k", account="telegram", to=(), text="Tomorrow.", chat="700")
    sent = await connector.send(message)
    corrected = replace(message, text="On Friday.")
    for _again in range(2):
        await connector.edit(corrected, [sent.external_id])
        await connector.delete(message, [sent.external_id])
    kinds = [(entry.kind, entry.text) for entry in Log(tmp_path / "telegram.jsonl")]
    assert kinds == [("sent", "Tomorrow."), ("edited", "On Friday."), ("deleted", "")]
