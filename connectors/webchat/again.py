"""Events once more, out of the quarantine."""

from __future__ import annotations

from dataclasses import replace

from connectors.contract import Quarantined, Received, Signal
from connectors.webchat.reading import read_event, read_json


def read_again(raw: bytes, external_id: str) -> Received:
    """An event that was kept as it came. Never raises for what the JSON is."""
    epoch, _slash, number = external_id.rpartition("/")
    try:
        event = read_json(raw.decode("utf-8", "replace"))
    except ValueError:
        event = None
    found = read_event(event, epoch, number=int(number) if number.isdecimal() else 0)
    if found is None or isinstance(found, Signal):
        return Quarantined(external_id, "no event", raw)
    return replace(found, external_id=external_id)
