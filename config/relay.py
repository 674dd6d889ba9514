"""The relay's settings. Apart from `config.model`, since no screen and no engine needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from config.secret_ref import SecretRef


@dataclass(frozen=True, slots=True)
class RelayLimits:
    connections_per_visitor: int = 10
    connections_per_address: int = 50
    connections_per_site: int = 10_000
    messages_per_minute: int = 60
    """Of one visitor."""
    messages_per_minute_per_address: int = 600
    message_bytes: int = 16_384
    upload_bytes: int = 20_971_520


@dataclass(frozen=True, slots=True)
class RelaySite:
    name: str
    """The key under [relay.sites]; `?site=` of the widget."""
    desk_token: SecretRef
    allowed_origins: tuple[str, ...]
    identity_secret: SecretRef | None = None


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """Read by `omnitui relay` only."""

    listen: tuple[str, int] = ("127.0.0.1", 8800)
    limits: RelayLimits = field(default_factory=RelayLimits)
    sites: Mapping[str, RelaySite] = field(default_factory=dict)
