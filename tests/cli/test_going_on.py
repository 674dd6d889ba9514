"""Links, merges and suggestions from a script."""

from __future__ import annotations

import re

from store import accounts
from tests.cli.conftest import Run, SmallDesk


def test_a_reply_with_a_link(desk: SmallDesk, run: Run) -> None:
    refused = run("do", "1", "link")
    assert "connect a Telegram bot" in refused.sentence
    with desk.open() as inside:
        able = {"link": "https://t.me/acme_bot?start={payload}"}
        accounts.ensure(inside.db, "bot", "telegram", capabilities=able)
    said = run("do", "1", "reply set 'Dear Ann,'", "link", "reply send")
    assert said.code == 0, said.err
    assert "good once" in said.out
    sent = run("show", "1", "--json").json["messages"][-1]
    assert sent["text"].startswith("Dear Ann,")
    assert re.search(r"t\.me/acme_bot\?start=omni[A-Za-z0-9]{28}\b", sent["text"])


def test_who_was_merged_is_shown_as_who_they_are(desk: SmallDesk, run: Run) -> None:
    asked = run("do", "1", "customer merge 2")
    assert "add “yes”" in asked.sentence
    assert "as merge 1" in run("do", "1", "customer merge 2", "--yes").out
    shown = run("customer", "2", "--json").json
    assert shown["id"] == 1
    assert [(one["merge"], one["customer"], one["name"]) for one in shown["merged"]] == [
        (1, 2, "Олена")
    ]
    assert "2 was merged" in run("customer", "2").out
    assert [one["id"] for one in run("customers", "--json").json] == [1]
    assert {one["customer_id"] for one in run("conversations", "--json").json} == {1}
    assert "is this customer now" in run("do", "1", "customer unmerge", "customer merge 2 yes").out
    assert run("do", "1", "customer unmerge").code == 0
    assert {one["id"] for one in run("customers", "--json").json} == {1, 2}
    assert run("customer", "2", "--json").json["merged"] == []
