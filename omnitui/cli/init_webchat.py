"""The web chat's part of `omnitui init`: the relay, its desk token, and whether they fit."""

from __future__ import annotations

import argparse
import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config import values
from config.home import absolute
from config.i18n import _
from config.model import Config, Home, WebchatAccount
from connectors.contract import Check
from omnitui.cli.failure import Failure, WrongUsage
from omnitui.cli.init_options import given
from omnitui.cli.init_plan import Secret
from omnitui.cli.init_token import IN_ENVIRONMENT, TokenPlan, keep, token_of, within_reason
from omnitui.cli.prompt import Prompt

if TYPE_CHECKING:
    from connectors.webchat.checks import Status

ChatPlan = TokenPlan[WebchatAccount]


def set_up(args: argparse.Namespace, home: Home, before: Config, prompt: Prompt) -> None:
    """Ask, test, write. Raises `Failure`, `SecretError`, `ConfigError`."""
    plan = _ask(args, before, prompt)
    told = None
    if not args.no_check:
        plan, told = _until_it_works(plan, prompt)
    plan = _named(plan, told, before)
    again = _("The engine tries the relay again at once.")
    keep(home, plan, _facts, args, prompt, tried_again=again)
    if told is not None:
        from connectors.webchat.checks import script_tag

        prompt.say(_("On each page that shall have the chat:"))
        prompt.say(f"  {script_tag(plan.account.relay, told.site)}")
    prompt.say(_("“omnitui” opens the screen; “omnitui doctor” checks everything."))


def _ask(args: argparse.Namespace, before: Config, prompt: Prompt) -> ChatPlan:
    same = None
    if args.account:
        if not re.fullmatch(r"[\w.+-]+", args.account):
            raise WrongUsage(_("--account: letters, digits, “-”, “_” and “.” only."))
        found = before.accounts.get(args.account)
        if found is not None and not isinstance(found, WebchatAccount):
            raise WrongUsage(
                _("--account: {name} is there already and is no web chat.").format(
                    name=args.account
                )
            )
        same = found
    relay = given(args.relay, values.web_url, "--relay")
    if relay is None:
        if same is None:
            prompt.say(_("The relay is set up on your server with “omnitui relay add-site”."))
        relay = prompt.ask(
            _("Address of the relay (https://…)"),
            same.relay if same is not None else "",
            option="--relay",
            check=values.web_url,
        )
        relay = values.web_url(relay)
    account = same or WebchatAccount(args.account or "site", relay, IN_ENVIRONMENT)
    changes: dict[str, Any] = {
        "relay": relay,
        "page": given(args.page, values.web_url, "--page"),
        "tls_ca": absolute(Path(args.tls_ca)) if args.tls_ca else None,
        "display_name": args.name,
    }
    account = replace(account, **{k: v for k, v in changes.items() if v is not None})
    token = _token(args.token_from, prompt)
    return ChatPlan(replace(account, token=token.ref), token, same, named=bool(args.account))


def _token(token_from: str | None, prompt: Prompt) -> Secret:
    return token_of(
        token_from,
        prompt,
        _("Desk token of the site, as “omnitui relay add-site” gave it (not shown)"),
        form=r"[A-Za-z0-9._~+/=-]{8,512}",
        otherwise=_("That is no token: they have no spaces and only letters, digits and a few"
                    " signs."),
    )  # fmt: skip


def _until_it_works(plan: ChatPlan, prompt: Prompt) -> tuple[ChatPlan, Status | None]:
    """The plan that the relay answered to, or that the person keeps all the same."""
    while True:
        prompt.say(_("Asking the relay whose chat it is…"))
        with plan.in_environment():
            told, checks = asyncio.run(within_reason(_("relay"), _tried(plan.account)))
        for check in checks:
            prompt.say(f"  {'✓' if check.ok else '✗'} {check.name}: {check.detail}")
        failed = [check for check in checks if not check.ok]
        if told is not None or not failed:
            return plan, told
        if not prompt.interactive:
            raise Failure(
                _("The relay does not answer as it should; nothing was changed (--no-check writes"
                  " it all the same).")
            )  # fmt: skip
        choices = {
            "r": _("type the relay's address again"),
            "p": _("type the token again"),
            "t": _("test once more"),
            "k": _("keep it as it is and write it"),
            "q": _("quit; nothing is changed"),
        }
        answer = prompt.choose(_("What now?"), choices, _likely(failed))
        if answer == "q":
            raise Failure(_("Nothing was changed."))
        if answer == "k":
            return plan, None
        if answer == "r":
            relay = prompt.ask(
                _("Address of the relay (https://…)"), plan.account.relay, check=values.web_url
            )
            plan = replace(plan, account=replace(plan.account, relay=values.web_url(relay)))
        if answer == "p":
            token = _token(None, prompt)
            plan = replace(plan, account=replace(plan.account, token=token.ref), token=token)


def _likely(failed: list[Check]) -> str:
    from connectors.contract import AuthFailed, Misconfigured

    errors = [check.error for check in failed]
    if any(isinstance(error, AuthFailed) for error in errors):
        return "p"
    return "r" if any(isinstance(error, Misconfigured) for error in errors) else "t"


async def _tried(account: WebchatAccount) -> tuple[Status, list[Check]]:
    from connectors.webchat import checks
    from connectors.webchat.client import open_line

    line = await open_line(account)
    try:
        told = await checks.status(line)
        return told, await checks.of(account, line)
    finally:
        await line.close()


def _named(plan: ChatPlan, told: Status | None, before: Config) -> ChatPlan:
    """With the site's own name, and as the account that it has already, if it has one."""
    account = plan.account
    if told is not None:
        account = replace(account, address=told.site)
        if not plan.named and plan.same is None:
            same = _of_site(before, account)
            if same is not None:
                kept = replace(
                    same,
                    token=account.token,
                    display_name=account.display_name or same.display_name,
                    page=account.page or same.page,
                    tls_ca=account.tls_ca or same.tls_ca,
                )
                return replace(plan, account=kept, same=same, named=True)
    if not plan.named and account.name in before.accounts:
        names = [told.site] if told is not None else []
        names += [f"site-{n}" for n in range(2, 1000)]
        account = replace(account, name=next(n for n in names if n not in before.accounts))
    return replace(plan, account=account)


def _of_site(config: Config, account: WebchatAccount) -> WebchatAccount | None:
    return next(
        (
            each
            for each in config.accounts.values()
            if isinstance(each, WebchatAccount)
            and (each.relay, each.address) == (account.relay, account.address)
        ),
        None,
    )


def _facts(account: WebchatAccount) -> dict[str, Any]:
    """As it stands in config.toml, as far as `init` knows it: without what is the default."""
    facts: dict[str, Any] = {
        "channel": "webchat",
        "relay": account.relay,
        "token": str(account.token),
    }
    for key, value in (
        ("address", account.address),
        ("name", account.display_name),
        ("page", account.page),
        ("tls_ca", str(account.tls_ca or "")),
    ):
        if value:
            facts[key] = value
    return facts
