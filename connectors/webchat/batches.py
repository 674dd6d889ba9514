"""What has come of a stream, gathered and understood in one go."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

from httpx_sse import ServerSentEvent

from connectors.contract import Inbound, Notice, Received, Signal
from connectors.webchat.bounds import KEPT, WAITING
from connectors.webchat.place import Place
from connectors.webchat.reading import moment_of, read_event, read_json

BATCH = 500
"""The most that goes into one transaction."""
GATHER = 0.05
"""Seconds that a batch may take to be gathered, while more is at hand."""

log = logging.getLogger(__name__)


async def gathered(waiting: asyncio.Queue[ServerSentEvent]) -> list[ServerSentEvent]:
    """What is at hand: one event does not wait for another."""
    batch = [await waiting.get()]
    size, until = len(batch[0].data), time.monotonic() + GATHER
    while len(batch) < BATCH and size < WAITING and time.monotonic() < until:
        if waiting.empty():
            await asyncio.sleep(0)  # the rest of what has arrived already
            if waiting.empty():
                break
        batch.append(waiting.get_nowait())
        size += len(batch[-1].data)
    return batch


def understood(
    batch: Sequence[ServerSentEvent], place: Place
) -> tuple[list[Received], list[Signal], Place]:
    """What is new, what is true for the moment, and how far the store has read with that."""
    items: list[Received] = []
    signals: dict[tuple[str, str], Signal] = {}
    for event in batch:
        try:
            said = read_json(event.data)
        except ValueError:
            said = event.data[:KEPT]
        number = _number(said, event, place.event)
        if number is not None:
            at = moment_of(said)
            if place.has(number, at):
                continue
            if number <= place.event:
                log.warning("the relay's database was restored: event %d is another one", number)
                place = place.anew(number - 1)
            place = place.read_up_to(number, at)
        item = read_event(said, place.label, kind=event.event, number=number)
        if isinstance(item, Signal):
            # The last one of a kind counts; who has come and gone is of one kind.
            kind = "online" if item.kind == "offline" else item.kind
            signals.pop((item.chat, kind), None)
            signals[item.chat, kind] = item
        elif item is not None:
            items.append(item)
            if isinstance(item, Inbound | Notice):
                signals.pop((item.chat, "typing"), None)  # it is there: they type no more
    return items, list(signals.values()), place


def _number(said: object, event: ServerSentEvent, newest: int) -> int | None:
    """An event's number; None for one that is true for the moment."""
    found = said.get("id") if isinstance(said, dict) else None
    if type(found) is int and 0 <= found < 2**53:
        return found
    # A stream goes on saying the last number with what has none.
    number = int(event.id) if event.id.isdecimal() and len(event.id) < 17 else 0
    return number if number > newest else None
