"""The server against the API's own specification: nothing missing, nothing made up."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telegram import Update

from tests.corpora import named
from tests.servers.bot_api import BotApi, pictures, spec
from tests.servers.bot_api.posted import covered
from tests.servers.bot_api.strategies import CONTENTS, chats, messages, updates
from tests.servers.bot_api.strip_spec import TARGET, text

slow_to_make = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.mark.corpus
def test_the_stripped_specification_is_the_published_one() -> None:
    published = json.loads(named("telegram", "api.json").read_text("utf-8"))
    assert TARGET.read_text("utf-8") == text(published)


def test_a_smallest_value_of_every_type_is_valid_and_nothing_less_is() -> None:
    for name, kind in spec.TYPES.items():
        value = spec.smallest(name)
        assert spec.problem(name, value) is None, name
        for each in kind.fields.values():
            if each.required:
                less = {key: kept for key, kept in value.items() if key != each.name}
                assert spec.problem(name, less), f"{name} without {each.name}"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Integer", True),
        ("Integer", 2**63),
        ("String", 5),
        ("String", "\ud83d"),
        ("Boolean", 1),
        ("User", {"id": 1, "is_bot": False, "first_name": "x", "nonsense": 1}),
        ("MessageOrigin", {"type": "nobody", "date": 1}),
        ("Array of Update", {"update_id": 1}),
        ("Update", {"update_id": 1, "message": {"message_id": 1}}),
    ],
)
def test_what_is_not_valid_is_found(kind: str, value: Any) -> None:
    assert spec.problem(kind, value)


ARGUMENTS: dict[str, Any] = {
    "chat_id": 42,
    "from_chat_id": 42,
    "user_id": 42,
    "text": "hello",
    "question": "Which?",
    "options": [{"text": "a"}, {"text": "b"}],
    "action": "typing",
    "commands": [{"command": "help", "description": "Help"}],
    "reaction": [{"type": "emoji", "emoji": "👍"}],
    "business_connection_id": None,
    "emoji": "🎲",
    "phone_number": "+380441234567",
}


async def test_every_method_answers_as_the_specification_says(bot_api: BotApi) -> None:
    ann = bot_api.user("Ann", id=42)
    business = bot_api.business(bot_api.user("Owner", id=777))
    business.customer(ann).says("hello")
    files = bot_api.world.files
    fine = []
    async with httpx.AsyncClient(base_url=f"{bot_api.url}/bot{bot_api.token}/") as client:
        for method in spec.METHODS.values():
            if method.name in ("logOut", "close", "setWebhook", "sendMediaGroup"):
                continue
            sent = await client.post("sendMessage", json={"chat_id": 42, "text": "one"})
            arguments = {
                name: ARGUMENTS.get(name, spec.smallest(each.types))
                for name, each in method.fields.items()
                if each.required or name in ("chat_id", "message_id", "text")
            }
            if "business_connection_id" in arguments:
                arguments["business_connection_id"] = business.id
            if "message_id" in arguments:
                arguments["message_id"] = sent.json()["result"]["message_id"]
            if "message_ids" in arguments:
                arguments["message_ids"] = [sent.json()["result"]["message_id"]]
            for kind in method.fields:
                if kind in ("photo", "document", "audio", "video", "voice", "animation",
                            "video_note", "sticker", "file_id"):  # fmt: skip
                    arguments[kind] = files.add(pictures.png(), kind).file_id
            answer = await client.post(method.name, json=arguments)
            body = answer.json()
            if body["ok"]:
                fine.append(method.name)
                assert spec.problem(method.returns, body["result"]) is None, method.name
            else:
                assert answer.status_code == body["error_code"] == 400, (method.name, body)
                assert body["description"].startswith("Bad Request: "), method.name
    assert len(fine) > 140, sorted(set(spec.METHODS) - set(fine))


async def test_every_required_parameter_is_required(bot_api: BotApi) -> None:
    async with httpx.AsyncClient(base_url=f"{bot_api.url}/bot{bot_api.token}/") as client:
        for method in spec.METHODS.values():
            if not any(each.required for each in method.fields.values()):
                continue
            answer = await client.post(method.name, json={})
            assert answer.status_code == 400, method.name
            assert answer.json()["description"].startswith("Bad Request: "), method.name


@slow_to_make
@given(updates())
def test_generated_updates_are_valid_and_the_library_reads_them(update: dict[str, Any]) -> None:
    assert spec.problem("Update", update) is None
    assert Update.de_json(json.loads(json.dumps(update)), None).update_id == update["update_id"]


@slow_to_make
@given(st.sampled_from(CONTENTS).flatmap(lambda kind: st.tuples(st.just(kind), messages(kind))))
def test_generated_messages_are_what_was_asked_for(made: tuple[str, dict[str, Any]]) -> None:
    kind, message = made
    assert kind in message
    assert spec.problem("Message", message) is None


@slow_to_make
@given(messages("text"))
def test_generated_entities_lie_in_their_text(message: dict[str, Any]) -> None:
    for entity in message.get("entities", ()):
        assert entity["length"] > 0
        part = covered(message["text"], entity)
        assert part
        assert "\ufffd" not in part
        assert part in message["text"]


@given(chats())
def test_generated_chats_agree_with_themselves(chat: dict[str, Any]) -> None:
    assert (chat["id"] > 0) == (chat["type"] == "private")
    assert ("title" in chat) != (chat["type"] == "private")


def test_every_kind_of_update_and_content_can_be_made() -> None:
    for kind in spec.UPDATE_KINDS:
        assert updates(kind).validate() is None
    for kind in CONTENTS:
        assert messages(kind).validate() is None
