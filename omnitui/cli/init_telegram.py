"""The Telegram part of `omnitui init`: the token, whether it works, and where it is kept."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config import telegram_values
from config.home import absolute
from config.i18n import _
from config.load import load
from config.model import Config, Home, TelegramAccount
from config.secret_ref import SecretRef
from config.secrets import SecretError
from connectors.contract import ChannelError, Check
from omnitui.cli.failure import Failure, WrongUsage
from omnitui.cli.init_options import given, secret_from
from omnitui.cli.init_plan import Secret
from omnitui.cli.init_writing import engine_tries_again, placed, write_account
from omnitui.cli.prompt import Prompt

if TYPE_CHECKING:
    from connectors.telegram.bot import Me

TOKEN_VARIABLE = "OMNITUI_INIT_TOKEN"  # noqa: S105 - a name
TIMEOUT = 60.0
"""Seconds in which the bot must answer."""


@dataclass(frozen=True, slots=True)
class BotPlan:
    """`account` as it will be, but that a typed token is in this process's environment."""

    account: TelegramAccount
    token: Secret
    same: TelegramAccount | None = None
    """The account as it is in the file; None: there is none yet."""
    named: bool = False
    """What the account is called was given, not made up."""

    @contextlib.contextmanager
    def in_environment(self) -> Iterator[None]:
        if not self.token.typed:
            yield
            return
        os.environ[TOKEN_VARIABLE] = self.token.typed
        try:
            yield
        finally:
            os.environ.pop(TOKEN_VARIABLE, None)


def set_up(args: argparse.Namespace, home: Home, before: Config, prompt: Prompt) -> None:
    """Ask, test, write. Raises `Failure`, `SecretError`, `ConfigError`."""
    plan = _ask(args, home, before, prompt)
    me = None
    if not args.no_check:
        plan, me = _until_it_works(plan, prompt)
    plan = _named(args, plan, me, before)
    plan = _groups(args, plan, me, prompt)
    _keep(home, plan, args, prompt)


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
        name, SecretRef("env", TOKEN_VARIABLE), home.state / "telegram" / f"{name}.webhook"
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
    token = _token(args, prompt)
    return BotPlan(replace(account, token=token.ref), token, same, named=bool(args.account))


def _token(args: argparse.Namespace, prompt: Prompt) -> Secret:
    if args.token_from is not None:
        return secret_from(args.token_from, "--token-from", TOKEN_VARIABLE)
    while True:
        typed = prompt.secret(_("Token of the bot (not shown)"), option="--token-from").strip()
        if re.fullmatch(r"\d+:[A-Za-z0-9_-]+", typed):
            return Secret(SecretRef("env", TOKEN_VARIABLE), typed)
        prompt.say("  " + _("That is no token: they look like 123456:ABC-DEF…"))


def _until_it_works(plan: BotPlan, prompt: Prompt) -> tuple[BotPlan, Me | None]:
    """The plan that the bot answered to, or that the person keeps all the same."""
    while True:
        prompt.say(_("Asking Telegram who the bot is…"))
        with plan.in_environment():
            me, checks = asyncio.run(_tried(plan.account))
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
            token = _token(argparse.Namespace(token_from=None), prompt)
            plan = replace(plan, account=replace(plan.account, token=token.ref), token=token)


async def _tried(account: TelegramAccount) -> tuple[Me | None, list[Check]]:
    from connectors.telegram import checks
    from connectors.telegram.bot import open_line

    name = _("bot")
    try:
        async with asyncio.timeout(TIMEOUT):
            line = await open_line(account)
            try:
                me = await line.me()
                return me, await checks.of(account, line, me)
            finally:
                await line.close()
    except TimeoutError:
        detail = _("There was no answer within {n} seconds.").format(n=int(TIMEOUT))
        return None, [Check(name, False, detail)]
    except ChannelError as error:
        return None, [Check(name, False, str(error), error)]
    except SecretError as error:
        return None, [Check(name, False, str(error))]


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


def _keep(home: Home, plan: BotPlan, args: argparse.Namespace, prompt: Prompt) -> None:
    """Keep the token, then write the file; if that fails the token is taken back."""
    account = plan.account
    with contextlib.ExitStack() as undone_on_failure:
        if plan.token.typed:
            there = plan.same.token if plan.same else None
            ref = placed(home, account.name, plan.token, there, undone_on_failure)
            account = replace(account, token=ref)
        changed = _facts(account) != (_facts(plan.same) if plan.same else None)
        if changed or args.desk or args.team:
            desk = args.desk or account.display_name or "omnitui"
            write_account(home, account.name, _facts(account), args, desk)
        load(home)
        undone_on_failure.pop_all()
    if plan.token.typed:
        if account.token.scheme == "file":
            text = _("There is no keyring here, so the token is in {path}, readable by you alone.")
            prompt.say(text.format(path=account.token.value))
        else:
            prompt.say(_("The token is in the keyring ({ref}).").format(ref=account.token))
    if changed:
        prompt.say(_("Written: {path}").format(path=home.config_file))
    elif engine_tries_again(home):
        prompt.say(_("The engine tries the bot again at once."))
    if account.address:
        prompt.say(_("Customers reach it at https://t.me/{name}").format(name=account.address[1:]))
    prompt.say(_("“omnitui” opens the screen; “omnitui doctor” checks everything."))


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
