"""One site that the relay serves, with its secrets, and what its widget is told of it."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from config.relay import FormField, RelaySettings, RelaySite
from config.secret_ref import SecretRef
from connectors.webchat.protocol import MOST_FILES
from connectors.webchat.relay import logs, site_identity


@dataclass(frozen=True, slots=True)
class Site:
    settings: RelaySite
    desk_token: str = field(repr=False)
    identity_secret: str | None = field(repr=False)
    origins: frozenset[str]
    limits: dict[str, Any]
    """As `welcome` and GET /v1/site tell them."""

    @property
    def name(self) -> str:
        return self.settings.name

    def is_desk(self, token: str) -> bool:
        """Compared in a time that tells nothing."""
        return hmac.compare_digest(token.encode(errors="replace"), self.desk_token.encode())

    def allows(self, origin: str | None) -> bool:
        """Whether the widget may run on a page of this origin (as browsers write it)."""
        return origin is not None and origin in self.origins

    def describe(self) -> dict[str, Any]:
        """What the widget needs to draw itself."""
        s = self.settings
        return {
            "title": s.title,
            "texts": {language: dict(texts) for language, texts in s.texts.items()},
            "form": [_field(each) for each in s.form],
            "offline_form": [_field(each) for each in s.offline_form],
            "privacy_url": s.privacy_url,
            "color": s.color,
            "position": s.position,
            "sound": s.sound,
            "transcript": s.transcript,
            "verify": s.verify,
            "uploads": bool(s.types),
        }

    def form_fields(self, offline: bool) -> dict[str, FormField]:
        """What a form may hold; both are taken, since it may have changed under an open page."""
        form = self.settings.offline_form if offline else self.settings.form
        return {
            each.name: each for each in (*form, *self.settings.form, *self.settings.offline_form)
        }


def open_sites(
    settings: RelaySettings,
    secret: Callable[[SecretRef], str],
    own_origins: frozenset[str] = frozenset(),
) -> dict[str, Site]:
    """All sites of the settings. `own_origins` are allowed on each: the test page's.

    Raises `SecretError`, `WeakSecret`; may take seconds.
    """
    sites = {
        name: _open(site, settings, secret, own_origins) for name, site in settings.sites.items()
    }
    tokens: dict[str, str] = {}
    for name, site in sites.items():
        other = tokens.setdefault(site.desk_token, name)
        if other != name:
            raise site_identity.WeakSecret(
                f"The sites {other} and {name} have the same desk_token; give each its own."
            )
    return sites


def _open(
    site: RelaySite,
    settings: RelaySettings,
    secret: Callable[[SecretRef], str],
    own_origins: frozenset[str],
) -> Site:
    identity = secret(site.identity_secret) if site.identity_secret else None
    if identity is not None:
        site_identity.check_secret(identity)
        if len(identity.encode()) < site_identity.GOOD_SECRET:
            logs.log("short identity_secret", logging.WARNING, site=site.name)
    limits = {
        "message_bytes": settings.limits.message_bytes,
        "upload_bytes": settings.limits.upload_bytes,
        "upload_types": list(site.types),
        "files": MOST_FILES,
    }
    origins = frozenset(site.allowed_origins) | own_origins
    return Site(site, secret(site.desk_token), identity, origins, limits)


def _field(field: FormField) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type,
        "label": dict(field.label),
        "required": field.required,
        "options": list(field.options),
    }
