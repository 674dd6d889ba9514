"""Events of the relay, as JSON, understood: what each becomes is in docs/webchat.md."""

from __future__ import annotations

from connectors.webchat.reading.event import external_id_of, moment_of, read_event, read_present
from connectors.webchat.reading.values import read_json

__all__ = ["external_id_of", "moment_of", "read_event", "read_json", "read_present"]
