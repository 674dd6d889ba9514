"""How a connection ends: the WebSocket close code, and the error frame that goes before it."""

from __future__ import annotations

from connectors.webchat.relay.hub import Ending

CLOSE_CODES: dict[Ending, int] = {
    "slow": 1013,
    "bad-frame": 4400,
    "not-text": 1003,
    "not-json": 1007,
    "bad-token": 4401,
    "bad-identity": 4401,
    "identity-needed": 4401,
    "no-identity": 4401,
    "blocked": 4403,
    "no-hello": 4408,
    "too-many": 4429,
    "unavailable": 1011,
    "draining": 4503,
}

SENTENCES: dict[Ending, str] = {
    "bad-token": "This token is not valid any more; start again without one.",
    "identity-needed": "This visitor is signed in by the site; send its JWT as `identity`.",
    "blocked": "This visitor or network is blocked.",
    "no-hello": "The first frame has to be `hello`, within 10 seconds.",
    "too-many": "Too many connections or frames; come back later.",
    "draining": "The relay is restarting; come back in a moment.",
}
"""Said in an error frame before the close, where the ending has not been explained already."""
