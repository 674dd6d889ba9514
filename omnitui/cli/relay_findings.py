"""What `doctor` finds out about [relay]: secrets, origins, where it listens and keeps things."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from config.i18n import _
from config.model import Config
from config.relay import RelaySettings
from config.secret_ref import SecretRef
from config.secrets import SecretError, resolve
from config.urls import is_loopback
from omnitui.cli.finding import Finding, fail, ok, warn

LEAST_TOKEN = 16
"""Characters of a desk's token below which it can be guessed."""
LEAST_IDENTITY = 32
"""Bytes of an HS256 key (RFC 7518 §3.2)."""


def findings(config: Config) -> Iterator[Finding]:
    """Nothing without a [relay]."""
    settings = config.relay
    if settings is None:
        return
    name = _("relay")
    if not settings.sites:
        yield warn(
            name,
            _("There is no site in [relay] yet."),
            _("Add one with “omnitui relay add-site NAME --origin https://…”."),
        )
        return
    yield from _secrets(settings)
    yield from _origins(settings)
    yield _listens(settings)
    yield _directory(name, settings.directory or config.home.data / "relay")


def _secrets(settings: RelaySettings) -> Iterator[Finding]:
    tokens: dict[str, str] = {}
    for site in settings.sites.values():
        name = _("secret of {owner}").format(owner=f"relay.sites.{site.name}")
        token = _resolved(site.desk_token)
        if token is not None and len(token) < LEAST_TOKEN:
            yield fail(
                name,
                _("The desk token in {ref} is too short to be safe.").format(ref=site.desk_token),
                _("Put a longer one there and on the desk: openssl rand -base64 32"),
            )
        elif token is not None and token in tokens:
            yield fail(
                name,
                _("It has the same desk token as the site “{other}”.").format(other=tokens[token]),
                _("Give each site its own; the relay tells them apart by it."),
            )
        elif token is not None:
            tokens[token] = site.name
        identity = _resolved(site.identity_secret)
        if identity is not None and len(identity.encode()) < LEAST_IDENTITY:
            yield warn(
                name,
                _("identity_secret in {ref} is shorter than {n} bytes.").format(
                    ref=site.identity_secret, n=LEAST_IDENTITY
                ),
                _("Put a longer one there and on the site's server: openssl rand -base64 32"),
            )


def _origins(settings: RelaySettings) -> Iterator[Finding]:
    for site in settings.sites.values():
        name = _("origins of {site}").format(site=site.name)
        loopback = [
            each for each in site.allowed_origins if is_loopback(urlsplit(each).hostname or "")
        ]
        if loopback:
            yield warn(
                name,
                _("{origin} is a page on this machine only.").format(origin=loopback[0]),
                _("Take it out of allowed_origins when you have done with trying."),
            )
        else:
            yield ok(name, ", ".join(site.allowed_origins))


def _listens(settings: RelaySettings) -> Finding:
    name = _("relay")
    host, port = settings.listen
    detail = _("listens on {host}:{port}").format(host=host, port=port)
    if not is_loopback(host) and settings.trusted_proxies == 0:
        return warn(
            name,
            detail,
            _("Browsers need https: let a web server with TLS stand before it, listen on 127.0.0.1"
              " and set trusted_proxies = 1."),
        )  # fmt: skip
    if settings.url.startswith("https://") and settings.trusted_proxies == 0:
        return warn(
            name,
            detail,
            _("Set trusted_proxies = 1: else all visitors count as one address, that of the web"
              " server before the relay."),
        )  # fmt: skip
    return ok(name, detail)


def _directory(name: str, directory: Path) -> Finding:
    from store.disk import require_local
    from store.errors import NotLocal

    try:
        require_local(directory / "relay.sqlite")
    except NotLocal as error:
        return fail(name, str(error))
    place = next(p for p in (directory, *directory.parents) if p.exists())
    if not os.access(place, os.W_OK | os.X_OK):
        return fail(
            name,
            _("This user may not write to {path}.").format(path=place),
            _("Give this user write access, or set `directory` in [relay]."),
        )
    return ok(name, _("keeps messages and files in {path}").format(path=directory))


def _resolved(ref: SecretRef | None) -> str | None:
    """None: there is none, or the line about it says why it cannot be had."""
    if ref is None:
        return None
    try:
        return resolve(ref)
    except SecretError:
        return None
