"""The practice desk: real enough to search and scroll, quick to make, kept when asked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import httpx
import pytest

from config.home import find_home
from config.model import WebchatAccount
from connectors.contract import Inbound
from omnitui.demo import relay
from omnitui.demo.desk import ACCOUNTS, prepare
from omnitui.demo.past import past
from omnitui.demo.people import past_customers
from store import conversations, messages, search, suggestions
from store.blobs import for_database
from store.check import check
from store.clock import now
from store.database import open_database


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a practice desk; making one takes a while."""
    made = tmp_path_factory.mktemp("practice") / "desk"
    prepare(made, speed=1.0)
    return made


def test_the_desk_has_a_past_and_customers_who_wait(directory: Path) -> None:
    config = prepare(directory, speed=1.0)
    assert set(config.accounts) == {*ACCOUNTS, relay.ACCOUNT}
    db = open_database(config.home.store_file, create=False)
    try:
        everything = conversations.all(db)
        statuses = Counter(conversation.status for conversation in everything)
        assert statuses["closed"] > 250
        assert 5 <= statuses["open"] <= 60
        assert sum(conversation.messages for conversation in everything) > 2_000
        assert {c for conversation in everything for c in conversation.channels} == set(ACCOUNTS)
        waiting = next(c for c in everything if c.status == "open")
        assert waiting.waiting_since is not None
        assert messages.of_conversation(db, waiting.id)[-1].direction == "in"
        for word in ("refund", "наплічник", "рюкзак", "plecak"):
            assert search.search(db, word), word
        assert check(db, for_database(db)) == []
    finally:
        db.close()


def test_somebody_goes_on_with_one_matter_on_every_channel(directory: Path) -> None:
    db = open_database(prepare(directory, speed=1.0).home.store_file, create=False)
    try:
        hers = [c for c in conversations.all(db) if c.customer_name == "Nadia Brandt"]
        matter, stranger = sorted(hers, key=lambda one: one.id)
        assert matter.channels == ("telegram", "email", "webchat")
        assert matter.status == "open"
        told = [m.details.get("placed") for m in messages.of_conversation(db, matter.id)]
        assert told == [None, "chat", "continued", "in-reply-to", "continued"]
        # Whoever writes of her order from another address is not her before an agent says so.
        (asked,) = suggestions.of_customer(db, matter.customer_id)
        assert {asked.customer_id, asked.other_id} == {matter.customer_id, stranger.customer_id}
    finally:
        db.close()


def test_a_kept_desk_goes_on(directory: Path) -> None:
    config = prepare(directory, speed=1.0)
    made = config.home.store_file.stat().st_ino
    settings = find_home(directory).config_file
    settings.write_text(settings.read_text() + '\n[views]\nrefunds = "tag:refund"\n')
    again = prepare(directory, speed=1.0)
    assert again.home.store_file.stat().st_ino == made
    assert again.views == {"refunds": "tag:refund"}


def test_the_past_is_over_and_in_order() -> None:
    at = now()
    answers = {(name, "en"): "Yes." for names in _answers() for name in names}
    told = past(at, answers)
    times = [message.at for message in told]
    assert times == sorted(times)
    assert times[-1] <= at
    keys = [m.inbound.message_key for m in told if isinstance(m.inbound, Inbound)]
    assert len(keys) == len(set(keys))


def test_the_people_of_the_past_have_addresses_of_their_own() -> None:
    people = past_customers(500)
    assert len({person.email for person in people}) == 500
    assert all(person.email.isascii() for person in people)


def _answers() -> list[tuple[str, ...]]:
    from omnitui.demo.past import ANSWERS

    return [*ANSWERS.values(), ("thanks-close",)]


def test_one_can_chat_with_oneself(directory: Path) -> None:
    config = prepare(directory, speed=1.0)
    with relay.running(config.home) as page:
        account = prepare(directory, speed=1.0).accounts[relay.ACCOUNT]
        assert isinstance(account, WebchatAccount)
        assert account.relay == page
        assert account.page.startswith(page)
        shown = httpx.get(page)
        assert 'data-site="northwind"' in shown.text
        assert httpx.get(f"{page}/widget.js").status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(page)


def test_the_relay_ends_with_who_started_it(directory: Path) -> None:
    """However that one ends: the kernel closes the pipe."""
    process, address = relay._start(find_home(directory), "127.0.0.1:0")
    try:
        assert address
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
