"""The settings of [relay], its limits and its sites."""

from __future__ import annotations

from config import values
from config.setting import Setting
from config.values import Integer

RELAY = (
    Setting(
        "listen",
        values.listen,
        "address:port",
        '"127.0.0.1:8800"',
        "Where the relay listens; put a web server with TLS before it.",
    ),
)

_COUNT = Integer(least=1)


def _limit(key: str, default: int, doc: str) -> Setting:
    return Setting(key, _COUNT, "number", str(default), doc)


RELAY_LIMITS = (
    _limit("connections_per_visitor", 10, "Open connections of one visitor."),
    _limit("connections_per_address", 50, "Open connections from one IP address."),
    _limit("connections_per_site", 10_000, "Open connections on one site."),
    _limit("messages_per_minute", 60, "Messages a minute of one visitor."),
    _limit("messages_per_minute_per_address", 600, "Messages a minute from one IP address."),
    _limit("message_bytes", 16_384, "Bytes of one message's text."),
    _limit("upload_bytes", 20_971_520, "Bytes of one uploaded file."),
)

RELAY_SITE = (
    Setting(
        "desk_token",
        values.secret,
        "secret",
        '"file:/run/credentials/desk-token"',
        "What the desk proves itself with, as a reference.",
        required=True,
    ),
    Setting(
        "allowed_origins",
        values.origins,
        "list of origins",
        '["https://acme.example"]',
        "The sites on which the widget may open chats.",
        required=True,
    ),
    Setting(
        "identity_secret",
        values.secret,
        "secret",
        '"file:/run/credentials/identity"',
        "The key of the HS256 JWT that your site signs for visitors who are logged in.",
        default=False,
    ),
)
