"""The processes behind the commit figures: agents that write, and one that listens.

python -m bench.agents agent HOME SECONDS NUMBER
python -m bench.agents listen HOME SECONDS
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import sys
import time
from pathlib import Path

from store import conversations, events, messages
from store.clock import now
from store.database import Store, open_database, transaction
from store.errors import StoreLocked
from store.feed import ChangeFeed
from store.model import NewMessage

PAUSE = 0.15
"""Seconds between an agent's commits, on average."""
WARM = 2.0
"""Seconds that are not counted, while the others start."""
KIND = "bench.commit"


def agent(home: Path, seconds: int, number: int) -> None:
    """Write an answer, then sync a bare file, in turn; times on the clock all processes share."""
    chance = random.Random(number)  # noqa: S311
    db = open_database(home / "desk.sqlite")
    rooms = conversations.all(db, "status:open", 200)
    commits: list[tuple[float, float, int]] = []
    syncs: list[tuple[float, float]] = []
    busy = 0
    bare = os.open(home / f"bare-{number}", os.O_WRONLY | os.O_CREAT, 0o600)
    block = os.urandom(4096)
    begin = time.monotonic() + WARM
    while time.monotonic() < begin + seconds:
        time.sleep(chance.uniform(0, 2 * PAUSE))
        room = chance.choice(rooms)
        started = time.monotonic()
        try:
            with transaction(db):
                answer = messages.insert(
                    db,
                    NewMessage(
                        conversation_id=room.id,
                        customer_id=room.customer_id,
                        account_id=room.account_id,
                        channel="email",
                        direction="out",
                        state="queued",
                        author=f"agent{number}",
                        subject="Re: order",
                        text="We have sent it to you today, it will arrive on Tuesday. " * 5,
                        sent_at=now(),
                        arrived_at=now(),
                    ),
                )
                event = events.append(
                    db, f"agent{number}", KIND, at=now(), conversation_id=room.id,
                    message_id=answer.id,
                )  # fmt: skip
        except StoreLocked:
            busy += 1
            continue
        ended = time.monotonic()
        if ended > begin:
            commits.append((ended, (ended - started) * 1000, int(event)))
        time.sleep(chance.uniform(0, PAUSE / 5))
        started = time.monotonic()
        os.pwrite(bare, block, 4096 * (len(syncs) % 4096))
        os.fdatasync(bare)
        ended = time.monotonic()
        if ended > begin:
            syncs.append((ended, (ended - started) * 1000))
    os.close(bare)
    db.close()
    print(json.dumps({"commits": commits, "syncs": syncs, "busy": busy}))


async def listen(home: Path, seconds: int) -> None:
    """Print when each event was heard of."""
    heard: list[tuple[str, float]] = []
    store = await Store.open(home / "desk.sqlite")
    try:
        async with ChangeFeed(home / "desk.sqlite", store) as feed:
            print("listening", flush=True)
            with contextlib.suppress(TimeoutError):
                # Agents need a moment to start, and the last commit a moment to be heard.
                async with asyncio.timeout(seconds + WARM + 6):
                    async for found in feed:
                        at = time.monotonic()
                        heard += [(str(event.id), at) for event in found if event.kind == KIND]
    finally:
        await store.close()
    print(json.dumps(heard))


if __name__ == "__main__":
    role, home = sys.argv[1], Path(sys.argv[2])
    if role == "agent":
        agent(home, int(sys.argv[3]), int(sys.argv[4]))
    else:
        asyncio.run(listen(home, int(sys.argv[3])))
