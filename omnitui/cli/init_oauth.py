"""The OAuth part of `omnitui init`: with whom, as which client, and the log-in itself."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, cast

from config import mail_providers, values
from config.i18n import _
from config.model import EmailAccount, Home, OAuthSettings
from config.oauth_providers import ANY_TENANT, OAUTH_PROVIDERS
from config.secret_ref import SecretRef
from config.token_store import Tokens
from omnitui.cli.failure import Failure, WrongUsage
from omnitui.cli.init_options import given, secret_from
from omnitui.cli.init_plan import CLIENT_VARIABLE, Plan, Secret
from omnitui.cli.prompt import Prompt

if TYPE_CHECKING:
    from connectors.email.login.oauth_endpoint import Endpoint, Grant

Provider = Literal["google", "microsoft", "custom"]
_SETUP = {"google": "docs/setup.md#gmail", "microsoft": "docs/setup.md#microsoft-365"}


def provider(
    args: argparse.Namespace,
    settings: EmailAccount,
    earlier: OAuthSettings | None,
    prompt: Prompt,
    *,
    again: bool,
) -> Provider | None:
    """With whom to log in; None: with a password. Raises `WrongUsage`."""
    if args.oauth is not None:
        choice = values.Choice("google", "microsoft", "custom")
        return cast(Provider, given(args.oauth, choice, "--oauth"))
    if args.password_from is not None:
        return None
    if earlier is not None:
        return earlier.provider
    if again:
        return None
    likely = mail_providers.oauth_provider(settings.imap)
    if not likely:
        return None
    ways = {
        "google": {
            "p": _("with an app password: the simple way; the account needs 2-step verification"),
            "o": _("with OAuth: needs a client of your own at Google"),
        },
        "microsoft": {
            "o": _("with OAuth: needs a client of your own at Microsoft"),
            "p": _("with a password: only where an administrator has allowed it"),
        },
    }[likely]
    # A script that gives no password is told so, rather than led to a browser.
    default = "p" if likely == "google" or prompt.assume else "o"
    return (
        likely
        if prompt.choose(_("How is this mailbox logged into?"), ways, default) == "o"
        else None
    )


def log_in(
    args: argparse.Namespace,
    home: Home,
    settings: EmailAccount,
    chosen: Provider,
    earlier: OAuthSettings | None,
    prompt: Prompt,
    *,
    again: bool,
) -> Plan:
    """Ask what is not known of the client, then log in. Raises `Failure`, `ChannelError`."""
    same = earlier if earlier is not None and earlier.provider == chosen else None
    if same is not None and again:
        oauth, secret = _changed(args, same)
    else:
        oauth, secret = _client(args, home, settings, chosen, same, prompt)
    plan = Plan(replace(settings, oauth=oauth), client_secret=secret, again=again)
    return anew(plan, args, prompt)


def anew(plan: Plan, args: argparse.Namespace, prompt: Prompt) -> Plan:
    """The plan with the tokens of a new log-in. Raises `Failure`, `ChannelError`."""
    from connectors.email.login.log_in import lacks
    from connectors.email.login.oauth import from_grant
    from connectors.email.login.oauth_endpoint import Endpoint

    endpoint = Endpoint(plan.settings)
    by_browser = args.browser or not endpoint.oauth.device_url
    with plan.in_environment():
        if by_browser:
            grant = _by_browser(endpoint, plan.settings, args.port, prompt)
        else:
            grant = _by_code(endpoint, prompt)
    if lacking := lacks(endpoint.oauth.scopes, grant.scopes):
        raise Failure(
            _("The log-in does not allow {scopes}; log in again and leave everything ticked.")
            .format(scopes=" ".join(lacking))
        )  # fmt: skip
    tokens: Tokens = from_grant(grant)
    if not tokens.refresh_token:
        raise Failure(
            _("The provider gave access for an hour only and no refresh token; the client must be"
              " allowed offline access.")
        )  # fmt: skip
    prompt.say(_("Logged in."))
    return replace(plan, tokens=tokens)


def _by_code(endpoint: Endpoint, prompt: Prompt) -> Grant:
    from connectors.email.login import oauth_device

    code = oauth_device.begin(endpoint)
    prompt.say(_("Open {url} on any device and type the code {code}").format(
        url=code.url, code=code.user_code
    ))  # fmt: skip
    if code.direct_url:
        prompt.say(_("or open {url}").format(url=code.direct_url))
    prompt.say(_("Waiting until you have logged in there… (Ctrl-C stops)"))
    return oauth_device.wait(endpoint, code)


def _by_browser(endpoint: Endpoint, settings: EmailAccount, port: int, prompt: Prompt) -> Grant:
    from connectors.email.login.oauth_browser import BrowserLogIn, NotOurs

    if not endpoint.oauth.authorize_url:
        raise WrongUsage(_("--browser: this provider has no authorize_url."))
    try:
        with BrowserLogIn(endpoint, settings, port) as browser:
            prompt.say(_("Open this address in a browser and log in:"))
            prompt.say()
            prompt.say(browser.url)
            prompt.say()
            typed = sys.stdin.fileno() if prompt.interactive and sys.stdin.isatty() else None
            if typed is not None:
                prompt.say(
                    _("Is the browser on another machine? Then the last page does not open there:"
                      " copy its address (it begins with http://{host}:{port}) and paste it here.")
                    .format(host="localhost" if "localhost" in browser.url else "127.0.0.1",
                            port=browser.port)
                )  # fmt: skip
            prompt.say(_("Waiting until you have logged in there… (Ctrl-C stops)"))
            while True:
                answer = browser.wait(typed)
                if isinstance(answer, str):
                    if not answer.strip():
                        continue
                    try:
                        answer = browser.pasted(answer)
                    except NotOurs:
                        prompt.say(_("That is not the address of this log-in's last page."))
                        continue
                return browser.exchange(answer)
    except OSError as error:
        raise Failure(
            _("Port {port} of this machine cannot be listened on: {why}.").format(
                port=port, why=error.strerror
            )
        ) from None


def _changed(args: argparse.Namespace, oauth: OAuthSettings) -> tuple[OAuthSettings, Secret | None]:
    """The client as it is, but for what the command line says."""
    if args.client_id:
        oauth = replace(oauth, client_id=args.client_id)
    if args.client_secret_from is None:
        return oauth, None
    secret = _client_secret(args)
    return replace(oauth, client_secret=secret.ref), secret


def _client(
    args: argparse.Namespace,
    home: Home,
    settings: EmailAccount,
    chosen: Provider,
    same: OAuthSettings | None,
    prompt: Prompt,
) -> tuple[OAuthSettings, Secret | None]:
    known = OAUTH_PROVIDERS.get(chosen)
    if not args.client_id and chosen in _SETUP and same is None:
        prompt.say(
            _("omnitui logs in as a client of your own: {where} says in a few steps how to make"
              " one.").format(where=_SETUP[chosen])
        )  # fmt: skip
    client_id = args.client_id or prompt.ask(
        _("Client ID"), same.client_id if same else "", option="--client-id", check=values.filled
    )
    secret: Secret | None = None
    kept = same.client_secret if same else None
    if args.client_secret_from is not None:
        secret = _client_secret(args)
    elif kept is None and chosen == "google":
        secret = _typed_secret(prompt)
    elif kept is None and chosen == "custom" and prompt.interactive and same is None:
        asked = prompt.confirm(_("Does this client have a secret?"), default=False)
        secret = _typed_secret(prompt) if asked else None
    ref = secret.ref if secret else kept
    token_file = home.state / "oauth" / f"{settings.name}.json"
    if known is not None:
        tenant = ""
        if "{tenant}" in known.token_url:
            tenant = args.tenant or (same.tenant if same else ANY_TENANT)
            if args.tenant is None:
                tenant = prompt.ask(
                    _("Directory (tenant) ID, where the client is for one directory"), tenant,
                    check=values.word,
                )  # fmt: skip
            tenant = given(tenant, values.word, "--tenant")
        urls = {
            key: getattr(known, key).format(tenant=tenant)
            for key in ("authorize_url", "token_url", "device_url")
        }
        scopes = tuple(args.scope) if args.scope else (same.scopes if same else known.scopes)
        return OAuthSettings(
            chosen, client_id, token_file=token_file, client_secret=ref, tenant=tenant,
            scopes=scopes, refresh_token=same.refresh_token if same else None, **urls,
        ), secret  # fmt: skip

    def url(name: str, likely: str, *, needed: bool) -> str:
        found = given(getattr(args, f"{name}_url"), values.web_url, f"--{name}-url") or likely
        if found or not needed:
            return str(found)
        return prompt.ask(
            _("Address of the {what} endpoint").format(what=name),
            option=f"--{name}-url", check=values.web_url,
        )  # fmt: skip

    device = url("device", same.device_url if same else "", needed=False)
    authorize = url("authorize", same.authorize_url if same else "", needed=not device)
    scopes = tuple(args.scope or ()) or (same.scopes if same else ())
    if not scopes:
        scopes = tuple(prompt.ask(_("Scopes to ask for"), option="--scope").split())
    return OAuthSettings(
        chosen, client_id, url("token", same.token_url if same else "", needed=True), token_file,
        client_secret=ref, authorize_url=authorize, device_url=device, scopes=scopes,
        refresh_token=same.refresh_token if same else None,
    ), secret  # fmt: skip


def _client_secret(args: argparse.Namespace) -> Secret:
    return secret_from(args.client_secret_from, "--client-secret-from", CLIENT_VARIABLE)


def _typed_secret(prompt: Prompt) -> Secret:
    typed = prompt.secret(_("Client secret (not shown)"), option="--client-secret-from")
    return Secret(SecretRef("env", CLIENT_VARIABLE), typed)
