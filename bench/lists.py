"""The inbox's lists at 200,000 conversations: what is read while an agent looks, in ms.

    python -m bench.lists [CONVERSATIONS]

Counts of saved searches are listed once and then asked about what changed; both are reads of the
store's own thread, behind which a key's read may come.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from bench.desks import made, shape
from bench.pairs import quantile
from config.model import Config, Home
from omnitui.tui.link import saved_search
from omnitui.tui.link.data import DeskData
from omnitui.tui.link.desk_link import DeskLink
from omnitui.tui.station.saved_counts import MOST
from store import customers, mentions
from store.database import Store, open_database, transaction
from store.driver import Connection
from store.model import ConversationId, MessageId, Sort

AGENT = "ann"
NOW = 1_760_000_000_000
SAVED = (
    "tag:vip",
    "tag:rare",
    "is:unread",
    "is:unread tag:b2b priority:urgent",
    "assignee:bob -tag:vip",
    "is:closed tag:vip",
    "mentions:me",
    "sort:newest tag:vip",
)
ORDERS: tuple[Sort, ...] = ("waiting", "newest", "oldest", "priority")


async def main(number: int) -> int:
    home = made(f"lists-{number}-{shape()}", lambda directory: _fill(directory, number))
    store = await Store.open(home / "desk.sqlite")
    try:
        link = DeskLink(store, Config(None, Home(home, home, home)), AGENT)
        data = DeskData(store, AGENT, link.config)
        for order in ORDERS:
            page = await data.inbox_page("all", sort=order)
            edge = page.rows[-1].conversation
            await _row(f"first page, {order}", partial(data.inbox_page, "all", sort=order))
            await _row(
                f"next page, {order}", partial(data.inbox_page, "all", sort=order, after=edge)
            )
        last = (await data.inbox_page("all", last=True)).rows[-1].conversation
        await _row("next who waits, from the end", partial(data.inbox_waiting, "all", "", last, 1))
        await _row("numbers of the whole list", partial(data.inbox_ids, "all", "", 10_000))
        await _row("counts of the built-in views", link.counts)
        changed = [ConversationId(1 + 37 * step) for step in range(20)]
        for query in SAVED:
            await _listing(link, query)
            await _row(
                f"20 that changed: {query}",
                partial(saved_search.still_listed, link, query, changed),
            )
    finally:
        await store.close()
    return 0


async def _row(name: str, work: Callable[[], Awaitable[object]], times: int = 15) -> None:
    await work()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - began) * 1000)
    print(f"{name:48} p50 {quantile(taken, 0.5):6.1f}  p99 {quantile(taken, 0.99):6.1f} ms")


async def _listing(link: DeskLink, query: str) -> None:
    """A saved search listed for the first time: how long one read takes, how many there are."""
    taken: list[float] = []

    async def rest(seconds: float) -> None:
        taken.append(seconds * 1000)

    for _ in range(5):
        found = await saved_search.listed(link, query, MOST, rest)
    number = f"{min(MOST, len(found.ids))}{'+' if found.more else ''}"
    print(
        f"{f'listed once: {query}':48} p50 {quantile(taken, 0.5):6.1f}  max {max(taken):6.1f} ms"
        f" a read, {len(taken) // 5} reads: {number}"
    )


def _fill(home: Path, number: int) -> None:
    """Conversations without messages: the lists read none."""
    chance = random.Random(7)  # noqa: S311 (any numbers will do)
    db = open_database(home / "desk.sqlite")
    with transaction(db):
        people = [customers.create(db, name=f"Customer {n}", at=NOW) for n in range(1000)]
        db.executemany(
            "INSERT INTO conversations (id, customer_id, subject, status, assignee, priority,"
            " channels, created_at, last_message_at, waiting_since, snoozed_until, last_inbound_id,"
            " preview) VALUES (?, ?, ?, ?, ?, ?, '[\"email\"]', ?, ?, ?, ?, ?, ?)",
            (_conversation(chance, one, people) for one in range(1, number + 1)),
        )
        for tag, step in (("vip", 7), ("b2b", 11), ("rare", 9999)):
            db.executemany(
                "INSERT INTO conversation_tags VALUES (?, ?)",
                [(one, tag) for one in range(1, number + 1, step)],
            )
        _name(db, number)
    db.close()


def _conversation(chance: random.Random, one: int, people: Sequence[int]) -> tuple[object, ...]:
    status = chance.choices(["open", "pending", "closed", "snoozed"], [70, 10, 15, 5])[0]
    last = NOW - chance.randrange(10**10)
    return (
        one,
        chance.choice(people),
        f"Order {one}",
        status,
        chance.choice(["", "ann", "bob", "cid"]),
        chance.choices([0, 1, 2], [90, 8, 2])[0],
        last,
        last,
        last if status == "open" and chance.random() < 0.5 else None,
        last if status == "snoozed" else None,
        one if chance.random() < 0.01 else None,
        "some words of what was written last " * 3,
    )


def _name(db: Connection, number: int) -> None:
    """Notes that name the agent."""
    from store import messages
    from store.model import CustomerId, NewMessage

    for one in range(1, number + 1, max(1, number // 3000)):
        room = ConversationId(one)
        [(customer,)] = db.execute("SELECT customer_id FROM conversations WHERE id = ?", (one,))
        at = NOW + one
        note = messages.insert(
            db,
            NewMessage(room, CustomerId(customer), "email", "note", "sent", "@ann look", at, at),
        )
        mentions.add(db, room, MessageId(note.id), [AGENT], at)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if sys.argv[1:] else 200_000)))
