"""Events as the relay tells them."""

from __future__ import annotations

from typing import Any

from connectors.contract import Received, Signal
from connectors.webchat.reading import read_event

EPOCH = "e1"
NOW = 1_790_000_000_000
ANN = "v_AAAAAAAAAAAAAAAAAAAAAA"
BOB = "v_BBBBBBBBBBBBBBBBBBBBBB"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CONTEXT = {
    "page": "https://acme.example/boots?size=42",
    "title": "Boots",
    "referrer": "https://search.example/",
    "user_agent": FIREFOX,
    "language": "uk-UA",
    "timezone": "Europe/Kyiv",
}
SIGNED = {"sub": "42", "email": "ann@example.org", "email_verified": True, "name": "Ann Lee"}


def event(kind: str, number: int | None = 7, **fields: Any) -> dict[str, Any]:
    made = {"type": kind, "visitor": ANN, "at": NOW, "epoch": EPOCH, "identity": None, **fields}
    return made if number is None else {"id": number, **made}


def read(kind: str, number: int | None = 7, **fields: Any) -> Received | Signal | None:
    return read_event(event(kind, number, **fields), EPOCH, now=NOW)
