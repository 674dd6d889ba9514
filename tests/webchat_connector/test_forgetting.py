"""Who was erased is forgotten at the relay, with every word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from connectors.webchat.connector import WebchatConnector
from store.driver import sqlite3
from tests.webchat_connector.conftest import AccountMaker, Shop


async def test_the_relay_forgets_whoever_was_erased(shop: Shop, account: AccountMaker) -> None:
    connector = WebchatConnector("site", account(shop.relay.url, shop.token))
    visitor = shop.visitor()
    try:
        await visitor.open()
        await visitor.write("My name is Zebulonq")
        (database,) = shop.relay.directory.rglob("*.sqlite")
        assert any("Zebulonq" in str(row) for row in rows(database))
        visitor_id = visitor.id
        await connector.bar(visitor_id, True)
        await connector.forget(visitor_id)
        await connector.forget(visitor_id)  # once more changes nothing
        await connector.forget(f"{visitor_id[:-4]}0000")
        with pytest.raises(AssertionError, match="closed with 4401"):
            await visitor.open()  # their token is refused
        visitor.token, visitor.messages = None, {}
        await visitor.open()
        assert visitor.id != visitor_id
    finally:
        await visitor.close()
        await connector.close()
    assert not any("Zebulonq" in str(row) for row in rows(database))


def rows(database: Path) -> Iterator[tuple[object, ...]]:
    """Everything in it, as the relay itself would read it."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as db:
        for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'"):
            yield from db.execute(f"SELECT * FROM {table}")
