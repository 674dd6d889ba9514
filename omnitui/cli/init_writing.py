"""The end of `omnitui init`: secrets are put where they stay, then config.toml is written."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
from dataclasses import replace
from typing import Any

from config import credentials
from config.edit import ConfigFile
from config.home import instance_of
from config.i18n import _
from config.load import load
from config.model import Config, EmailAccount, Home, OAuthSettings
from config.oauth_providers import OAUTH_PROVIDERS
from config.secret_ref import SecretRef
from config.secrets import SecretError
from config.source import read_source
from config.token_store import Tokens, TokensBusy, TokenStore
from config.urls import format_server_url
from omnitui.cli.failure import Failure
from omnitui.cli.init_plan import Plan, Secret
from omnitui.cli.prompt import Prompt

_TURN = 60.0
"""Seconds to wait for the engine, should it be renewing the account's tokens."""


def keep(home: Home, before: Config, plan: Plan, args: argparse.Namespace, prompt: Prompt) -> None:
    """Keep the secrets, then write the file; if that fails the secrets are taken back."""
    from omnitui.cli.secret_place import for_the_engine

    if plan.password is not None:
        plan = replace(plan, password=for_the_engine(home, plan.password))
    if plan.client_secret is not None:
        plan = replace(plan, client_secret=for_the_engine(home, plan.client_secret))
    settings = plan.settings
    earlier = before.accounts.get(settings.name)
    with contextlib.ExitStack() as undone_on_failure:
        if plan.password is not None:
            ref = plan.password.ref
            if plan.password.typed:
                same = None
                if plan.again and isinstance(earlier, EmailAccount):
                    same = earlier.password
                ref = placed(home, settings.name, plan.password, same, undone_on_failure)
            settings = replace(settings, password=ref)
        if plan.client_secret is not None and plan.client_secret.typed and settings.oauth:
            ref = placed(
                home, f"{settings.name}-client", plan.client_secret, None, undone_on_failure
            )
            settings = replace(settings, oauth=replace(settings.oauth, client_secret=ref))
        if plan.tokens is not None and settings.oauth:
            oauth = _tokens_placed(settings, settings.oauth, plan.tokens, undone_on_failure)
            settings = replace(settings, oauth=oauth)
        changed = settings != earlier
        if changed or not plan.again:
            _write(home, settings, args)
        load(home)
        undone_on_failure.pop_all()
    _tell(plan, settings, prompt)
    if changed or not plan.again:
        prompt.say(_("Written: {path}").format(path=home.config_file))
    elif engine_tries_again(home):
        prompt.say(_("The engine tries the mailbox again at once."))
    prompt.say(_("“omnitui” opens the screen; “omnitui doctor” checks everything."))


def placed(
    home: Home, name: str, secret: Secret, there: SecretRef | None, undone: contextlib.ExitStack
) -> SecretRef:
    """Keep a typed secret: where the account has it already, else in the best place. `undone`
    takes it back."""
    from omnitui.cli.secret_place import out_of_reach, place, replace_at

    again = there is not None and there.scheme in ("keyring", "file", "credential")
    if there is not None and again and not out_of_reach(home, there):
        kept = replace_at(there, secret.typed)
    else:
        kept = place(home, name, secret.typed)
    undone.callback(kept.take_back)
    return kept.ref


def _tokens_placed(
    settings: EmailAccount, oauth: OAuthSettings, tokens: Tokens, undone: contextlib.ExitStack
) -> OAuthSettings:
    """Keep the tokens; `undone` puts back what was there before."""
    own_choice = oauth.refresh_token is None and not oauth.token_file.exists()
    if own_choice:
        oauth = replace(oauth, refresh_token=_in_keyring(settings.name, oauth))
    try:
        store = TokenStore(oauth)
        with store.locked(_TURN):
            before = _there(store)
            store.write(tokens)
    except TokensBusy:
        raise Failure(
            _("Another omnitui is renewing the access to this mailbox; try again in a minute.")
        ) from None
    except SecretError:
        if not own_choice or oauth.refresh_token is None:
            raise
        # The keyring answers and yet keeps nothing: the file then.
        oauth = replace(oauth, refresh_token=None)
        store = TokenStore(oauth)
        with store.locked(_TURN):
            before = _there(store)
            store.write(tokens)

    def take_back() -> None:
        with store.locked(_TURN):
            if before is None:
                store.delete()
            else:
                store.write(before)

    undone.callback(take_back)
    return oauth


def _in_keyring(name: str, oauth: OAuthSettings) -> SecretRef | None:
    """A place in the keyring where nothing is yet; None where there is no keyring."""
    from config import keyring_store
    from omnitui.cli.secret_place import free_in_keyring

    if keyring_store.why_not():
        return None
    return free_in_keyring(f"{name}-oauth", oauth.token_file)


def _there(store: TokenStore) -> Tokens | None:
    try:
        return store.read()
    except SecretError:
        return None


def _write(home: Home, settings: EmailAccount, args: argparse.Namespace) -> None:
    source = read_source(home.config_file)
    text = first_text(args.desk or settings.display_name, args.team)
    file = ConfigFile(home.config_file, source.text if source else text)
    if source and args.desk:
        file.set(("desk", "name"), args.desk)
    if source and args.team:
        file.set(("desk", "engine"), "service")
    account: dict[str, Any] = {
        "channel": "email",
        "address": settings.address,
        "name": settings.display_name,
        "imap": format_server_url(settings.imap),
        "smtp": format_server_url(settings.smtp),
    }
    if settings.password is not None:
        account["password"] = str(settings.password)
    if settings.tls_ca is not None:
        account["tls_ca"] = str(settings.tls_ca)
    if not settings.save_sent:
        account["save_sent"] = False
    if settings.oauth is not None:
        file.remove(("accounts", settings.name, "password"))
    there = file.accounts.get(settings.name, {}).get("oauth")
    if there is not None and (
        settings.oauth is None or there.get("provider") != settings.oauth.provider
    ):
        file.remove(("accounts", settings.name, "oauth"))
    file.set_account(settings.name, account)
    if settings.oauth is not None:
        file.set_table(("accounts", settings.name, "oauth"), _oauth_table(settings.oauth))
    file.save()


def _oauth_table(oauth: OAuthSettings) -> dict[str, Any]:
    """As it stands in config.toml: without what the provider's name says already."""
    table: dict[str, Any] = {"provider": oauth.provider, "client_id": oauth.client_id}
    known = OAUTH_PROVIDERS.get(oauth.provider)
    if known is None:
        for key in ("authorize_url", "token_url", "device_url"):
            if getattr(oauth, key):
                table[key] = getattr(oauth, key)
    if oauth.tenant:
        table["tenant"] = oauth.tenant
    if known is None or oauth.scopes != known.scopes:
        table["scopes"] = list(oauth.scopes)
    for key in ("client_secret", "refresh_token"):
        if (ref := getattr(oauth, key)) is not None:
            table[key] = str(ref)
    return table


def write_account(
    home: Home, name: str, facts: dict[str, Any], args: argparse.Namespace, desk: str
) -> None:
    """Put an account into config.toml as `facts` have it; `desk` is what a new desk is called."""
    source = read_source(home.config_file)
    file = ConfigFile(home.config_file, source.text if source else first_text(desk, args.team))
    if source and args.desk:
        file.set(("desk", "name"), args.desk)
    if source and args.team:
        file.set(("desk", "engine"), "service")
    file.set_account(name, facts)
    file.save()


def first_text(desk: str, team: bool) -> str:
    """The beginning of a new config.toml, for the desk of that name."""
    import json

    engine = 'engine = "service"\n' if team else ""
    # A JSON string is a TOML basic string.
    return (
        "# Settings of this desk. Every one is explained in docs/configuration.md.\n\n"
        f"[desk]\nname = {json.dumps(desk, ensure_ascii=False)}\n{engine}\n"
    )


def _tell(plan: Plan, settings: EmailAccount, prompt: Prompt) -> None:
    if plan.password is not None and plan.password.typed and settings.password is not None:
        ref = settings.password
        if ref.scheme == "credential":
            text = _("The password is in {path}, readable by root alone; the engine is given it"
                     " when it starts: systemctl restart {unit}")  # fmt: skip
            path = credentials.path_of(ref)
            prompt.say(text.format(path=path, unit=instance_of(path.parent.parent)))
        elif ref.scheme == "file":
            text = _("There is no keyring here, so the password is in {path}, readable by you"
                     " alone.")  # fmt: skip
            prompt.say(text.format(path=ref.value))
        else:
            prompt.say(_("The password is in the keyring ({ref}).").format(ref=ref))
    if plan.tokens is not None and settings.oauth is not None:
        token = settings.oauth.refresh_token
        if token is not None and token.scheme == "keyring":
            prompt.say(_("The refresh token is in the keyring ({ref}).").format(ref=token))
        else:
            path = settings.oauth.token_file
            text = _("The refresh token is in {path}, readable by you alone.")
            prompt.say(text.format(path=path))


def engine_tries_again(home: Home) -> bool:
    """A log-in that has failed is tried seldom: the running engine is told that it may work."""
    from omnitui.engine.lock import engine_running

    try:
        holder = engine_running(home.lock_file)
        if holder is None or not holder.pid or holder.host != os.uname().nodename:
            return False
        os.kill(holder.pid, signal.SIGHUP)
    except OSError:
        return False
    return True
