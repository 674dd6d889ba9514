"""The relay's settings. Apart from `config.model`, since no screen and no engine needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal

from config.secret_ref import SecretRef

Network = IPv4Network | IPv6Network
FieldType = Literal["text", "email", "tel", "textarea", "select", "checkbox"]
FIELD_TYPES: tuple[FieldType, ...] = ("text", "email", "tel", "textarea", "select", "checkbox")
MOST_FIELDS = 20
"""Fields of one form."""

UPLOAD_TYPES = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/heic",
    "application/pdf",
    "text/plain",
    "text/csv",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "video/mp4",
    "video/webm",
    "application/zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
)
"""What the relay can tell by its content; nothing else can be let through."""

DEFAULT_UPLOAD_TYPES = tuple(
    name for name in UPLOAD_TYPES if name not in ("application/zip", "image/heic")
)

TEXT_KEYS = tuple(
    """
    open close title online away queue wait greeting greeting_away messages write send
    attach menu earlier newer you agent typing sending sent delivered read edited deleted
    failed too_many too_large blocked offline connecting start leave field_name field_email
    field_phone field_order field_message sound notify transcript end ended cancel code_send
    code_ask code_check code_wrong code_expired code_refused transcript_sent file_large
    file_type files_most remove privacy
    """.split()  # noqa: SIM905 - words read better as one text
)
"""What of the widget's words a site may put otherwise; a test holds it to the widget's own."""


@dataclass(frozen=True, slots=True)
class RelayLimits:
    connections_per_visitor: int = 10
    connections_per_address: int = 50
    """An address is one IPv4 address or one IPv6 /64, here and below."""
    connections_per_site: int = 10_000
    attempts_per_minute_per_address: int = 120
    """Handshakes and the opening requests of long polls."""
    requests_per_minute_per_address: int = 1_200
    """HTTP requests of visitors."""
    frames_per_minute: int = 600
    """Frames of any kind, of one visitor."""
    messages_per_minute: int = 60
    """Of one visitor."""
    messages_per_minute_per_address: int = 600
    messages_per_minute_per_site: int = 12_000
    message_bytes: int = 16_384
    text_bytes_per_hour_per_address: int = 67_108_864
    """Bytes of all durable frames: what fills the relay's disk is counted, not only how often."""
    visitors_per_hour_per_address: int = 600
    """Visitors who write for the first time: each is a conversation on the desk."""
    codes_per_hour_per_address: int = 30
    """One-time codes asked for: each is a mail to whomever the visitor names."""
    uploads_per_minute: int = 10
    """Of one visitor."""
    uploads_per_minute_per_address: int = 60
    upload_bytes: int = 20_971_520
    upload_bytes_per_hour: int = 209_715_200
    """Of one visitor."""
    upload_bytes_per_hour_per_address: int = 1_073_741_824
    storage_bytes_per_site: int = 10_737_418_240
    """Files of one site, visitors' and agents'."""
    free_bytes: int = 268_435_456
    """Uploads are refused when the disk has less; messages go on."""

    @classmethod
    def of(cls, given: Mapping[str, int]) -> RelayLimits:
        """What is not given is its default, or more where a given one could not be used up
        otherwise: who lets 400 connections through from one address need not find out which
        other limits stand in their way."""
        usual = asdict(cls())
        found = {**usual, **given}
        for name, followed in _FOLLOWING:
            if name not in given:
                found[name] = max(found[name], found[followed] * usual[name] // usual[followed])
        return cls(**found)


_FOLLOWING = (
    ("attempts_per_minute_per_address", "connections_per_address"),
    ("requests_per_minute_per_address", "connections_per_address"),
    ("visitors_per_hour_per_address", "connections_per_address"),
    ("connections_per_site", "connections_per_address"),
    ("frames_per_minute", "messages_per_minute"),
    ("messages_per_minute_per_address", "messages_per_minute"),
    ("messages_per_minute_per_address", "connections_per_address"),
    ("messages_per_minute_per_site", "messages_per_minute_per_address"),
    ("text_bytes_per_hour_per_address", "message_bytes"),
    ("text_bytes_per_hour_per_address", "messages_per_minute_per_address"),
    ("uploads_per_minute_per_address", "uploads_per_minute"),
    ("upload_bytes_per_hour", "upload_bytes"),
    ("upload_bytes_per_hour_per_address", "upload_bytes_per_hour"),
)
"""A limit, and the one with which it grows in the proportion of their defaults."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form; what a visitor writes into it is hearsay."""

    name: str
    """Letters, digits, `_` and `-`; unique in its form."""
    type: FieldType = "text"
    label: Mapping[str, str] = field(default_factory=dict)
    """By language; "" is for every other. Empty: the widget's own word for name, email, phone,
    order or message, else `name`."""
    required: bool = False
    options: tuple[str, ...] = ()
    """Of a `select`."""


OFFLINE_FORM = (
    FormField("name"),
    FormField("email", "email", required=True),
    FormField("message", "textarea", required=True),
)


@dataclass(frozen=True, slots=True)
class RelaySite:
    name: str
    """The key under [relay.sites]; `?site=` of the widget."""
    desk_token: SecretRef
    allowed_origins: tuple[str, ...]
    identity_secret: SecretRef | None = None
    title: str = ""
    """Over the chat; empty: the widget's own word for it."""
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Language → key → text, put over the widget's own."""
    form: tuple[FormField, ...] = ()
    """Asked before the first message."""
    offline_form: tuple[FormField, ...] = OFFLINE_FORM
    """Shown instead of the chat while nobody is there; empty: visitors just write."""
    uploads: bool = True
    upload_types: tuple[str, ...] = DEFAULT_UPLOAD_TYPES
    blocked_networks: tuple[Network, ...] = ()
    privacy_url: str = ""
    color: str = ""
    """`#rrggbb`; empty: the widget's own."""
    position: Literal["right", "left"] = "right"
    sound: bool = False
    """Whether the widget's sound is on until the visitor turns it off."""
    transcript: bool = True
    """Visitors may ask for the chat by e-mail."""
    verify: bool = True
    """Visitors may prove an e-mail address by a one-time code."""

    @property
    def types(self) -> tuple[str, ...]:
        """What may be uploaded; empty: nothing."""
        return self.upload_types if self.uploads else ()


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """Read by `omnitui relay` only."""

    listen: tuple[str, int] = ("127.0.0.1", 8800)
    url: str = ""
    """Where visitors' browsers reach it, without a slash at its end; empty: not said."""
    directory: Path | None = None
    """Where messages and files are; None: `relay` in the desk's data directory."""
    trusted_proxies: int = 0
    """How many reverse proxies stand before it."""
    retention: int = 30 * 86_400
    """Seconds for which messages and files are kept; undelivered ones are kept regardless."""
    identity_session: int = 12 * 3_600
    """Seconds for which a signed-in visitor's token is good after the site's last JWT."""
    visitor_session: int = 400 * 86_400
    """Seconds for which an anonymous visitor's token is good; renewed at every visit."""
    metrics_token: SecretRef | None = None
    """None: metrics are told to this machine only."""
    limits: RelayLimits = field(default_factory=RelayLimits)
    sites: Mapping[str, RelaySite] = field(default_factory=dict)
