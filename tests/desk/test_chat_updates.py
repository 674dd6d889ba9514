"""Every kind of update that the Bot API's specification knows ends in the ledger, and the store
stays sound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import Inbound
from connectors.telegram.reading import BusinessConnection, ReadingContext, read_update
from store import check, ledger, messages
from store.blobs import for_database
from tests.desk.chatting import take
from tests.desk.office import START, Office
from tests.servers.bot_api.strategies import updates
from tests.telegram_reading import samples

OPEN = ReadingContext(
    1, "shopbot", groups=True, channels=True, connections={"bc777x1": BusinessConnection(777)}
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    st.lists(updates(), min_size=1, max_size=6, unique_by=lambda update: update["update_id"]),
    st.booleans(),
)
def test_any_updates(
    tmp_path_factory: pytest.TempPathFactory, came: list[dict[str, Any]], together: bool
) -> None:
    items = [read_update(update, OPEN, START) for update in came]
    with Office.open(tmp_path_factory.mktemp("desk")) as office:
        for batch in [items] if together else [[item] for item in items]:
            take(office, *batch)
        assert {r.outcome for r in take(office, *items)} == {"duplicate"}
        db = office.desk.db
        receipts = {r.external_id: r for r in ledger.all(db)}
        assert receipts.keys() == {item.external_id for item in items}
        for item in items:
            receipt = receipts[item.external_id]
            assert receipt.outcome != "ignored" or receipt.reason
            if isinstance(item, Inbound):
                assert receipt.message_id is not None
                assert messages.get(db, receipt.message_id).channel == "telegram"
        assert check.check(db, for_database(db)) == []


def test_a_chat_as_telegram_tells_it(tmp_path: Path) -> None:
    """One of everything, as JSON."""
    photo = {"photo": [samples.file("p1", 9_000, width=90, height=90)]}
    again = {"photo": [samples.file("p2", 9_000, width=90, height=90)]}
    start = samples.message(message_id=1, text="/start promo")
    hello = samples.message(message_id=2, text="Hello")
    told = [
        ("message", start),
        ("message", hello),
        ("edited_message", {**hello, "text": "Hello!", "edit_date": samples.DATE + 60}),
        ("message", samples.message(message_id=3, media_group_id="g1", caption="look", **photo)),
        ("message", samples.message(message_id=4, media_group_id="g1", **again)),
        ("message", samples.message(message_id=5, text="this", reply_to_message=hello)),
        (
            "message_reaction",
            {
                "chat": samples.ANNS_CHAT,
                "message_id": 4,
                "user": samples.ANN,
                "date": samples.DATE,
                "old_reaction": [],
                "new_reaction": [{"type": "emoji", "emoji": "👍"}],
            },
        ),
    ]
    items = [read_update(samples.update(*each), samples.OPEN, samples.NOW) for each in told]
    with Office.open(tmp_path) as office:
        receipts = take(office, *items)
        assert [r.outcome for r in receipts] == ["accepted"] * len(told)
        (here,) = {
            messages.get(office.desk.db, r.message_id).conversation_id
            for r in receipts
            if r.message_id is not None
        }
        written = messages.of_conversation(office.desk.db, here)
        assert [m.text for m in written] == ["Hello!", "look", "this"]
        hello_, album, this = written
        assert hello_.details["start_payload"] == "promo"
        assert [e["text"] for e in hello_.details["edits"]] == ["Hello"]
        assert len(album.attachments) == 2
        assert album.details["reactions"]["42"]["emoji"] == ["👍"]
        assert this.details["reply_to"]["text"] == "Hello"
        assert this.details["in_reply_to"] == hello_.external_id
