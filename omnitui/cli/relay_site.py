"""`omnitui relay add-site`: a site in config.toml, its secrets in files, and what goes where."""

from __future__ import annotations

import argparse
import contextlib
import secrets
import shlex
from collections.abc import Callable, Sequence

from config import relay_values, values
from config import secrets as secret_places
from config.edit import ConfigFile
from config.i18n import _
from config.load import load
from config.model import Config, Home
from config.problems import BadValue
from config.relay import RelaySettings
from config.secret_ref import SecretRef
from config.source import read_source
from config.urls import parse_origin
from omnitui.cli.access import config_of
from omnitui.cli.failure import Failure, WrongUsage

SECRET_BYTES = 32
_UNKNOWN_URL = "https://YOUR-RELAY"


def add_site(args: argparse.Namespace) -> int:
    """Raises `Failure`, `ConfigError`, `SecretError`; nothing is left half done then."""
    config = config_of(args, personal=False)
    name = _site(args.name, config)
    origins = [_read(parse_origin, each, "--origin") for each in args.origin]
    url = _read(values.web_url, args.url, "--url") if args.url else ""
    with contextlib.ExitStack() as undone_on_failure:
        desk_token = _secret(config.home, f"relay-{name}-desk-token", undone_on_failure)
        identity = None
        if args.identity:
            identity = _secret(config.home, f"relay-{name}-identity", undone_on_failure)
        _write(config.home, name, list(dict.fromkeys(origins)), desk_token, identity, url)
        settings = load(config.home).relay
        undone_on_failure.pop_all()
    assert settings is not None
    _tell(config.home, settings, name, desk_token, identity)
    return 0


def _site(name: str, config: Config) -> str:
    name = _read(relay_values.site_name, name, "NAME")
    if config.relay is not None and name in config.relay.sites:
        raise Failure(
            _("There is a site “{name}” already; change it in {path}.").format(
                name=name, path=config.home.config_file
            )
        )
    return name


def _secret(home: Home, name: str, undone: contextlib.ExitStack) -> SecretRef:
    """A new secret in a 0600 file of its own; `undone` takes it away again."""
    ref = SecretRef("file", str(home.state / "secrets" / name))
    try:
        secret_places.resolve(ref)
    except secret_places.SecretError:
        pass
    else:  # of a site that was taken out of the file: its desk may still use it
        return ref
    secret_places.store(ref, secrets.token_urlsafe(SECRET_BYTES))
    undone.callback(secret_places.delete, ref)
    return ref


def _write(
    home: Home,
    name: str,
    origins: Sequence[str],
    desk_token: SecretRef,
    identity: SecretRef | None,
    url: str,
) -> None:
    source = read_source(home.config_file)
    file = ConfigFile(home.config_file, source.text if source is not None else "")
    relay = source.data.get("relay", {}) if source is not None else {}
    if url:
        file.set(("relay", "url"), url)
        if url.startswith("https://") and not {"listen", "trusted_proxies"} & set(relay):
            # It listens on loopback without TLS, so there is a web server before it.
            file.set(("relay", "trusted_proxies"), 1)
    settings: dict[str, object] = {
        "desk_token": str(desk_token),
        "allowed_origins": list(origins),
    }
    if identity is not None:
        settings["identity_secret"] = str(identity)
    file.set_table(("relay", "sites", name), settings)
    file.save()


def _tell(
    home: Home,
    settings: RelaySettings,
    name: str,
    desk_token: SecretRef,
    identity: SecretRef | None,
) -> None:
    url = settings.url or _UNKNOWN_URL
    print(_("Written: {path}").format(path=home.config_file))
    if not settings.url:
        print(
            _("{url} stands for where visitors reach the relay (--url, or `url` in [relay]).")
            .format(url=_UNKNOWN_URL)
        )  # fmt: skip
    print("\n" + _("On each page that shall have the chat:"))
    print(f'  <script src="{url}/widget.js" data-site="{name}" async></script>')
    if identity is not None:
        print("\n" + _("For visitors who are logged in, the site's server signs a JWT and its page"
                     " hands it over:"))  # fmt: skip
        print(
            "  omnitui.identify(jwt)  // HS256, "
            + _("key: the text in {file}; claims: {claims}").format(
                file=identity.value, claims="sub, exp (≤ 7 d), email, name"
            )
        )
    print("\n" + _("On the desk (copy the file {file} there first, chmod 600):").format(
        file=desk_token.value
    ))  # fmt: skip
    token = shlex.quote(str(desk_token))
    print(f"  omnitui init --webchat --relay {shlex.quote(url)} --token-from {token}")
    print(_("or in its config.toml:"))
    print(
        f'  [accounts.{name}]\n  channel = "webchat"\n  relay = "{url}"\n  token = "{desk_token}"'
    )
    print("\n" + _("Start the relay with “omnitui relay”, or restart it."))


def _read(read: Callable[[str], str], given: str, option: str) -> str:
    try:
        return read(given.strip())
    except BadValue as bad:
        raise WrongUsage(f"{option}: {bad.sentence} {bad.hint}".rstrip()) from None
