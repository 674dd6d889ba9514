"""Mails after visitors and codes by mail, by a real engine: also one that is killed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from omnitui.desk.replying import reply
from store import conversations, messages
from store.model import ConversationId, MessageId
from tests.engine.desk_home import DeskHome, until
from tests.servers.forked import Forked, fork

CONFIG = """
[desk]
name = "Acme"
undo_send = 0

[accounts.site]
channel = "webchat"
relay = "http://127.0.0.1:9"
token = "env:NONE"
follow_up_after = "1s"
follow_up_every = "1s"

[accounts.support]
channel = "email"
address = "support@acme.test"
imap = "imap://support@localhost:9"
smtp = "smtp://localhost:9"
password = "env:NONE"
"""


class Shop(DeskHome):
    def __init__(self, directory: Path) -> None:
        super().__init__(directory, ("site", "support"))
        (directory / "config.toml").write_text(CONFIG)

    def run(self) -> Forked:
        before = self.log.count("engine: process")
        with (self.directory / "stderr.log").open("ab") as log:
            process = fork(
                "tests.engine.run_web_engine", str(self.directory),
                stdout=log.fileno(), stderr=log.fileno(),
            )  # fmt: skip
        self.processes.append(process)
        until(lambda: self.log.count("engine: process") > before, lambda: self.log)
        return process

    def visitor(self, **line: Any) -> None:
        with (self.places["site"].directory / "inbox.jsonl").open("a") as file:
            file.write(json.dumps({"chat": "ann", **line}) + "\n")

    def room(self) -> ConversationId:
        self.eventually(lambda d: conversations.all(d.db))
        return self.read(lambda d: conversations.all(d.db)[0].id)

    def answer(self, text: str) -> MessageId:
        room = self.room()
        return self.write(lambda d: reply.queue(d, room, text, undo_delay=0))

    def mails(self) -> list[dict[str, Any]]:
        return self.places["support"].sent()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "desk")
    yield made
    made.close()


def test_what_she_missed_goes_after_her_once_though_the_engine_is_killed(shop: Shop) -> None:
    mailbox = shop.places["support"]
    mailbox.fault("send hang-after")
    process = shop.run()
    shop.visitor(text="Is it in stock?")
    shop.visitor(signal="online")
    first = shop.answer("One.")
    shop.eventually(lambda d: messages.get(d.db, first).state == "sent")
    assert shop.mails() == [], "she is there"
    shop.visitor(signal="offline")
    until(shop.mails, lambda: shop.log)
    shop.kill(process)
    mailbox.fault()
    shop.run()
    mail_id = shop.read(lambda d: messages.get(d.db, first).details["followed_up"])
    shop.eventually(lambda d: messages.get(d.db, mail_id).state == "sent")
    # The next reply goes after her, alone.
    second = shop.answer("Two.")
    shop.eventually(lambda d: messages.get(d.db, second).details.get("followed_up"))
    until(lambda: len(shop.mails()) == 2, lambda: shop.log)
    assert [mail["to"] for mail in shop.mails()] == [["ann@home.test"]] * 2
    assert ["One." in mail["text"] for mail in mailbox.lines("attempts")] == [True, False]


def test_a_code_proves_an_address_and_the_chat_is_told(shop: Shop) -> None:
    site = shop.places["site"]
    site.fault("told unreachable")
    process = shop.run()
    shop.visitor(notice="verify", details={"email": "new@home.test"})
    until(shop.mails, lambda: shop.log)
    (mail,) = shop.mails()
    found = re.search(r"\b\d{6}\b", mail["text"])
    assert found
    # The chat could not be told, and the engine died: it is told all the same.
    shop.kill(process)
    site.fault()
    shop.run()
    until(lambda: site.lines("told"), lambda: shop.log)
    shop.visitor(notice="verify", details={"code": found[0]})
    until(lambda: len(site.lines("told")) == 2, lambda: shop.log)
    assert [line["state"] for line in site.lines("told")] == ["sent", "proven"]
    assert len(shop.mails()) == 1
    assert found[0] not in shop.log
