"""The JSON that outside programs rely on."""

from __future__ import annotations

import json

from connectors.contract import File
from omnitui.desk import view
from store import customers, messages
from tests.desk.office import Office


def test_a_conversation_as_show_has_it(office: Office) -> None:
    first = office.got(
        office.letter("Joe <joe@home.example>", files=(File("a.txt", "text/plain", b"abc"),))
    )
    office.do(first.conversation_id, "note Careful", "tag add refund", "assign me")
    office.reply(first.conversation_id)
    conversation = office.conversation(first.conversation_id)
    history = messages.of_conversation(office.desk.db, first.conversation_id)
    shown = json.loads(
        json.dumps(view.conversation_json(office.desk, conversation, messages=history))
    )
    assert {
        "id", "customer_id", "subject", "status", "assignee", "priority", "tags", "channels",
        "messages", "last_message_at",
    } <= shown.keys()  # fmt: skip
    assert (shown["status"], shown["assignee"], shown["tags"], shown["channels"]) == (
        "pending",
        "ann",
        ["refund"],
        ["email"],
    )
    assert [(m["direction"], m["state"]) for m in shown["messages"]] == [
        ("in", "received"),
        ("note", "received"),
        ("out", "queued"),
    ]
    came = shown["messages"][0]
    assert {
        "id", "direction", "channel", "account", "external_id", "author", "text", "sent_at",
        "state", "attachments",
    } <= came.keys()  # fmt: skip
    assert came["sent_at"] == "2026-09-21T14:13:20Z"
    assert came["attachments"][0]["name"] == "a.txt"
    listed = view.conversation_json(office.desk, conversation)
    assert "messages" not in listed
    assert listed["last_message_at"] == "2026-09-21T14:13:20Z"


def test_a_customer_in_full(office: Office) -> None:
    first = office.got(office.letter("Joe <joe@home.example>", proofs=("dmarc",)))
    office.do(first.conversation_id, "customer note Likes tea")
    customer = customers.get(office.desk.db, first.customer_id)
    shown = json.loads(json.dumps(view.customer_json(office.desk, customer, full=True)))
    assert shown["identities"][0]["address"] == "joe@home.example"
    assert shown["identities"][0]["verified"] is True
    assert shown["notes"][0]["text"] == "Likes tea"
    assert shown["conversations"][0]["id"] == first.conversation_id


def test_times_nobody_could_have_meant_are_unknown() -> None:
    assert view.rfc3339(None) is None
    assert view.rfc3339(10**18) is None
    assert view.rfc3339(1_500) == "1970-01-01T00:00:01.500Z"
