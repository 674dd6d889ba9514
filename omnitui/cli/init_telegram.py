"""The Telegram part of `omnitui init`: the token, whether it works, and where it is kept."""

from __future__ import annotations

import argparse
import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config import telegram_values
from config.home import absolute
from config.i18n import _
from config.model import Config, Home, TelegramAccount
from connectors.contract import Check
from omnitui.cli.failure import Failure, WrongUsage
from omnitui.cli.init_options import given
from omnitui.cli.init_plan import Secret
from omnitui.cli.init_token import IN_ENVIRONMENT, TokenPlan, keep, token_of, within_reason
from omnitui.cli.prompt import Prompt

if TYPE_CHECKING:
    from connectors.telegram.bot import Me

BotPlan = TokenPlan[TelegramAccount]


def set_up(args: argparse.Namespace, home: Home, before: Config, prompt: Prompt) -> None:
    """Ask, test, write. Raises `Failure`, `SecretError`, `ConfigError`."""
    plan = _ask(args, home, before, prompt)
    me = None
    if not args.no_check:
        plan, me = _until_it_works(plan, prompt)
    plan = _named(args, plan, me, before)
    plan = _groups(args, plan, me, prompt)
    again = _("The engine tries the bot again at once.")
    keep(home, plan, _facts, args, prompt, tried_again=again)
    if plan.account.address:
        name = plan.account.address[1:]
        prompt.say(_("Customers reach it at https://t.me/{name}").format(name=name))
    prompt.say(_("“omnitui” opens the screen; “omnitui doctor” checks everything."))


def _ask(args: argparse.Namespace, home: Home, before: Config, prompt: Prompt) -> BotPlan:
    same = None
    if args.account:
        if not re.fullmatch(r"[\w.+-]+", args.account):
            raise WrongUsage(_("--account: letters, digits, “-”, “_” and “.” only."))
        found = before.accounts.get(args.account)
        if found is not None and not isinstance(found, TelegramAccount):
            raise WrongUsage(
                _("--account: {name} is there already and is no bot.").format(name=args.account)
            )
        same = found
    name = args.account or "bot"
    account = same or TelegramAccount(
        name, IN_ENVIRONMENT, home.state / "telegram" / f"{name}.webhook"
    )
    changes: dict[str, Any] = {
        "base_url": given(args.base_url, telegram_values.bot_api_url, "--base-url"),
        "proxy": given(args.proxy, telegram_values.proxy_url, "--proxy"),
        "tls_ca": absolute(Path(args.tls_ca)) if args.tls_ca else None,
        "display_name": args.name,
    }
    account = replace(account, **{k: v for k, v in changes.items() if v is not None})
    if same is None:
        prompt.say(
            _("In Telegram write /newbot to @BotFather: it asks for a name and gives a token.")
        )
    token = _token(args.token_from, prompt)
    return BotPlan(replace(account, token=token.ref), token, same, named=bool(args.account))


def _token(token_from: str | None, prompt: Prompt) -> Secret:
    return token_of(
        token_from,
        prompt,
        _("Token of the bot (not shown)"),
        form=r"\d+:[A-Za-z0-9_-]+",
        otherwise=_("That is no token: they look like 123456:ABC-DEF…"),
    )


def _until_it_works(plan: BotPlan, prompt: Prompt) -> tuple[BotPlan, Me | None]:
    """The plan that the bot answered to, or that the person keeps all the same."""
    while True:
        prompt.say(_("Asking Telegram who the bot is…"))
        with plan.in_environment():
            me, checks = asyncio.run(within_reason(_("bot"), _tried(plan.account)))
        for check in checks:
            prompt.say(f"  {'✓' if check.ok else '✗'} {check.name}: {check.detail}")
        failed = [check for check in checks if not check.ok]
        if me is not None or not failed:
            return plan, me
        if not prompt.interactive:
            raise Failure(
                _("The bot does not answer; nothing was changed (--no-check writes it all the"
                  " same).")
            )  # fmt: skip
        choices = {
            "p": _("type the token again"),
            "t": _("test once more"),
            "k": _("keep it as it is and write it"),
            "q": _("quit; nothing is changed"),
        }
        refused = any(check.error is not None and not check.error.retry for check in failed)
        answer = prompt.choose(_("What now?"), choices, "p" if refused else "t")
        if answer == "q":
            raise Failure(_("Nothing was changed."))
        if answer == "k":
            return plan, None
        if answer == "p":
            token = _token(None, prompt)
            plan = replace(plan, account=replace(plan.account, token=token.ref), token=token)


async def _tried(account: TelegramAccount) -> tuple[Me, list[Check]]:
    from connectors.telegram import checks
    from connectors.telegram.bot import open_line

    line = await open_line(account)
    try:
        me = await line.me()
        return me, await checks.of(account, line, me)
    finally:
        await line.close()


def _named(args: argparse.Namespace, plan: BotPlan, me: Me | None, before: Config) -> BotPlan:
    """With the bot's own name, and as the account that it has already, if it has one."""
    account = plan.account
    if me is not None:
        account = replace(
            account, address=me.address, display_name=args.name or account.display_name or me.name
        )
        if not plan.named and plan.same is None:
            same = _with_address(before, me.address)
            if same is not None:
                return replace(
                    plan, account=replace(account, name=same.name), same=same, named=True
                )
    if not plan.named and account.name in before.accounts:
        names = [me.username.lower()] if me is not None and me.username else []
        names += [f"bot-{n}" for n in range(2, 1000)]
        account = replace(account, name=next(n for n in names if n not in before.accounts))
    return replace(plan, account=account)


def _with_address(config: Config, address: str) -> TelegramAccount | None:
    return next(
        (
            each
            for each in config.accounts.values()
            if isinstance(each, TelegramAccount) and each.address.casefold() == address.casefold()
        ),
        None,
    )


def _groups(args: argparse.Namespace, plan: BotPlan, me: Me | None, prompt: Prompt) -> BotPlan:
    groups = plan.account.groups or bool(args.groups)
    if not groups and plan.same is None and prompt.interactive:
        groups = prompt.confirm(
            _("Take in what is written in groups that the bot is added to?"), default=False
        )
    if groups and me is not None and not me.sees_groups:
        from connectors.telegram.checks import privacy_mode

        prompt.say(_("Mind: {text}.").format(text=privacy_mode()))
    return replace(plan, account=replace(plan.account, groups=groups))


def _facts(account: TelegramAccount) -> dict[str, Any]:
    """As it stands in config.toml, as far as `init` knows it: without what is the default."""
    facts: dict[str, Any] = {"channel": "telegram", "token": str(account.token)}
    for key, value in (
        ("address", account.address),
        ("name", account.display_name),
        ("proxy", account.proxy),
        ("tls_ca", str(account.tls_ca or "")),
        ("base_url", account.base_url if account.own_server else ""),
    ):
        if value:
            facts[key] = value
    if account.groups:
        facts["groups"] = True
    return facts
