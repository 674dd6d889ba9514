"""Whatever comes is one item: never an error, nothing lost, nothing that breaks the store."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from httpx_sse import ServerSentEvent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import Ignored, Inbound, Notice, Quarantined, Received, Remote, Signal
from connectors.webchat.batches import understood
from connectors.webchat.place import Place
from connectors.webchat.protocol import DURABLE, FLEETING, VISITOR
from connectors.webchat.reading import read_event, read_present
from tests.webchat_connector.samples import ANN, BOB, CONTEXT, EPOCH, NOW, SIGNED, event

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
    | st.text(st.characters(), max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)  # fmt: skip
files = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.text("abcZ09_-", min_size=1, max_size=40) | anything,
            "name": st.text(max_size=300) | anything,
            "type": st.sampled_from(["image/png", "text/html; charset=x"]) | anything,
            "size": st.integers(-1, 2**70) | anything,
            "sha256": st.just("0" * 64) | anything,
        },
    ),
    max_size=4,
)
signed = st.fixed_dictionaries(
    {}, optional={name: st.just(value) | anything for name, value in SIGNED.items()}
)
context = st.fixed_dictionaries(
    {}, optional={name: st.just(value) | st.text() | anything for name, value in CONTEXT.items()}
)
events = st.fixed_dictionaries(
    {},
    optional={
        "id": st.integers(0, 2**53 - 1) | anything,
        "type": st.sampled_from([*DURABLE, *FLEETING, "new"]) | anything,
        "visitor": st.sampled_from([ANN, BOB]) | st.from_regex(VISITOR, fullmatch=True) | anything,
        "at": st.just(NOW) | anything,
        "seq": st.integers(1, 10**6) | anything,
        "mid": st.text(max_size=20) | anything,
        "text": st.text() | anything,
        "files": files | anything,
        "identity": st.none() | signed | anything,
        "context": context | anything,
        "fields": st.dictionaries(st.text(max_size=9), st.text(max_size=9)) | anything,
        "sub": st.text() | anything,
        "email": st.just("ann@example.org") | anything,
        "name": st.text() | anything,
        "was": st.just(BOB) | anything,
        "code": st.text() | anything,
        "link": st.text() | anything,
        "stopped": st.booleans() | anything,
    },
)
slow_to_make = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def check(found: Received | Signal | None) -> None:
    if found is None:
        return
    if isinstance(found, Signal):
        assert found.who.address == found.chat
        json.dumps(dict(found.details), allow_nan=False).encode()
        return
    assert found.external_id.startswith(f"{EPOCH}/")
    if isinstance(found, Quarantined | Ignored):
        assert found.reason
        return
    assert VISITOR.fullmatch(found.chat)
    json.dumps(dict(found.details), allow_nan=False).encode()
    found.text.encode()
    assert set(found.proofs) in ({"platform"}, {"jwt"})
    assert not found.aliases or found.proofs == ("jwt",)
    if isinstance(found, Notice):
        assert found.who is not None
        assert found.who.name.isprintable() or found.who.name
        return
    assert isinstance(found, Inbound)
    assert found.message_key.startswith(f"{found.chat}:")
    assert 0 < found.arrived_at < 2**53
    assert len(found.content_hash) == 64
    for file in found.files:
        assert isinstance(file.content, Remote)
        assert file.name.isprintable()
        assert not set(file.name) & set("/\\")
        file.name.encode()


@given(events | anything, st.sampled_from(["", *DURABLE, *FLEETING]))
@slow_to_make
def test_any_event(made: Any, kind: str) -> None:
    found = read_event(made, EPOCH, kind=kind, now=NOW)
    check(found)
    assert read_event(made, EPOCH, kind=kind, now=NOW) == found
    for each in read_present([made, made]):
        check(each)


@given(
    st.sampled_from(DURABLE),
    events,
    st.sampled_from(["id", "visitor", "type"]),
    st.integers(1, 2**40),
)
@slow_to_make
def test_what_has_a_number_is_always_one_item(
    kind: str, made: dict[str, Any], missing: str, number: int
) -> None:
    made = made | event(kind, number)
    del made[missing]
    found = read_event(made, EPOCH, kind=kind, number=number, now=NOW)
    assert found is not None
    assert not isinstance(found, Signal)
    assert found.external_id == f"{EPOCH}/{number}"


texts = st.text(max_size=40) | events.map(lambda made: json.dumps(made)) | st.just("[" * 100_000)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([*DURABLE, *FLEETING, ""]), texts)))
@slow_to_make
def test_a_stream_of_anything(stream: list[tuple[bool, str, str]]) -> None:
    """What the stream numbers ends in the ledger, under that number where it says no other."""
    number, numbered = 0, set()
    batch = []
    for counts, kind, data in stream:
        if counts:
            number += 1
            if not data.startswith("{"):
                numbered.add(f"{EPOCH}/{number}")
        batch.append(ServerSentEvent(kind, data, str(number) if number else ""))
    items, signals, place = understood(batch, Place(EPOCH, 0))
    for item in (*items, *signals):
        check(item)
    if all(not data.startswith("{") for _counts, _kind, data in stream):
        assert numbered <= {item.external_id for item in items}
        assert place.event == number


def test_the_engine_pays_for_no_browser_tables_before_a_visitor_comes() -> None:
    code = (
        "import sys, connectors.webchat.connector;"
        "print([m for m in ('ua_parser', 'starlette', 'uvicorn', 'websockets', 'jwt')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
