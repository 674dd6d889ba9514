"""Whatever order a chat's updates come in, in whatever batches, however often: the same desk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import Address, Inbound, Notice, Received
from store import check, conversations, ledger, messages
from store.blobs import for_database
from store.model import Message
from tests.desk.chatting import SECOND, Chat, photo
from tests.desk.office import START, Office


@st.composite
def chats(draw: st.DrawFn) -> list[Received]:
    """What two people write, show, change, take back and mark, in the order in which they do."""
    ann = Chat()
    people = [ann, Chat(Address("88", "Bob"), updates=ann.updates)]
    items: list[Received] = []
    written: list[tuple[Chat, Inbound]] = []
    for n in range(draw(st.integers(2, 14))):
        at = START + n * draw(st.sampled_from([SECOND, SECOND, 0]))
        for one in people:
            one.at = at
        kinds = ["say", "say", "picture", "picture"]
        if written:
            kinds += ["edit", "edit", "react", "delete"]
        kind = draw(st.sampled_from(kinds))
        if kind in ("say", "picture"):
            chat = draw(st.sampled_from(people))
            if kind == "say":
                item: Received = chat.says(f"text {n}")
            else:
                caption = draw(st.sampled_from(["", f"caption {n}"]))
                item = chat.picture(draw(st.sampled_from(["", "one", "two"])), caption)
            assert isinstance(item, Inbound)
            written.append((chat, item))
        else:
            chat, first = draw(st.sampled_from(written))
            if kind == "edit":
                other = draw(st.booleans())
                files = (photo(900 + n),) if first.files and other else first.files
                text = f"text {n} changed"
                item = chat.edits(first, text, after=at - first.arrived_at + 1, files=files)
            elif kind == "react":
                emoji = draw(st.lists(st.sampled_from("👍❤"), max_size=2, unique=True))
                item = chat.reacts(first, *emoji, at=at)
            else:
                item = chat.notice("deleted", [first.message_key])
        items.append(item)
    return items


def _desk(directory: Path, batches: Sequence[Sequence[Received]]) -> Any:
    with Office.open(directory) as office:
        for batch in batches:
            office.take(*batch, account=office.chat)
        db = office.desk.db
        assert check.check(db, for_database(db)) == []
        stored = [
            message
            for one in conversations.all(db)
            for message in messages.of_conversation(db, one.id)
        ]
        receipts = {r.external_id: r for r in ledger.all(db)}
        assert receipts.keys() == {item.external_id for batch in batches for item in batch}
        keys_of = {message.id: _keys(message) for message in stored}
        for batch in batches:
            for item in batch:
                receipt = receipts[item.external_id]
                if receipt.message_id is not None:
                    named = _named(item)
                    assert named in keys_of[receipt.message_id]
                assert receipt.outcome != "accepted" or receipt.message_id is not None
        everything = sorted(key for keys in keys_of.values() for key in keys)
        assert len(everything) == len(set(everything))
        assert all("defects" not in message.details for message in stored)
        people = db.execute("SELECT count(*) FROM customers").fetchone()[0]
        return people, sorted((_shown(message) for message in stored), key=repr)


def _named(item: Received) -> str:
    if isinstance(item, Inbound):
        return item.message_key
    assert isinstance(item, Notice)
    return item.keys[0]


def _keys(message: Message) -> list[str]:
    parts = message.details.get("album_parts") or ()
    return [part["key"] for part in parts] or [message.external_id]


def _shown(message: Message) -> dict[str, Any]:
    details = message.details
    return {
        "keys": _keys(message),
        "text": message.text,
        "files": [file.name for file in message.attachments],
        "edits": [
            (e["text"], e["until"], [f["name"] for f in e.get("files", ())])
            for e in details.get("edits", ())
        ],
        "edited_at": details.get("edited_at"),
        "reactions": details.get("reactions") or {},
        "deleted": sorted(details.get("deleted_parts") or ()) or bool(details.get("deleted_at")),
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(chats(), st.randoms(use_true_random=False), st.integers(1, 6), st.integers(0, 4))
def test_the_same_from_any_order_and_any_batches(
    tmp_path_factory: pytest.TempPathFactory,
    happened: list[Received],
    dice: Random,
    size: int,
    again: int,
) -> None:
    shuffled = [*happened, *dice.choices(happened, k=again)]
    dice.shuffle(shuffled)
    batches = [shuffled[first : first + size] for first in range(0, len(shuffled), size)]
    in_order = _desk(tmp_path_factory.mktemp("order"), [[item] for item in happened])
    assert _desk(tmp_path_factory.mktemp("shuffled"), batches) == in_order
