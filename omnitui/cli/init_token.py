"""What `omnitui init` does alike for every account that has one token: it is asked for, tried and
kept."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from config import credentials
from config.home import instance_of
from config.i18n import _
from config.load import load
from config.model import Home, TelegramAccount, WebchatAccount
from config.secret_ref import SecretRef
from config.secrets import SecretError
from connectors.contract import ChannelError, Check
from omnitui.cli.init_options import secret_from
from omnitui.cli.init_plan import Secret
from omnitui.cli.init_writing import engine_tries_again, placed, write_account
from omnitui.cli.prompt import Prompt

TOKEN_VARIABLE = "OMNITUI_INIT_TOKEN"  # noqa: S105 - a name
IN_ENVIRONMENT = SecretRef("env", TOKEN_VARIABLE)
"""Where a typed token is while it is tried: in this process alone, on no disk."""
TIMEOUT = 60.0
"""Seconds in which the other end must answer."""

Settings = TypeVar("Settings", TelegramAccount, WebchatAccount)
Told = TypeVar("Told")


@dataclass(frozen=True)  # slots and generics do not go together in Python 3.11
class TokenPlan(Generic[Settings]):
    """`account` as it will be, but that a typed token is in this process's environment."""

    account: Settings
    token: Secret
    same: Settings | None = None
    """The account as it is in the file; None: there is none yet."""
    named: bool = False
    """What the account is called was given, not made up."""

    @contextlib.contextmanager
    def in_environment(self) -> Iterator[None]:
        """Inside, a typed token can be resolved."""
        if not self.token.typed:
            yield
            return
        os.environ[TOKEN_VARIABLE] = self.token.typed
        try:
            yield
        finally:
            os.environ.pop(TOKEN_VARIABLE, None)


def token_of(
    token_from: str | None, prompt: Prompt, question: str, *, form: str, otherwise: str
) -> Secret:
    """What --token-from says, else what is typed: until it is of that `form`, a regular
    expression; `otherwise` is said when it is not."""
    if token_from is not None:
        return secret_from(token_from, "--token-from", TOKEN_VARIABLE)
    while True:
        typed = prompt.secret(question, option="--token-from").strip()
        if re.fullmatch(form, typed):
            return Secret(IN_ENVIRONMENT, typed)
        prompt.say(f"  {otherwise}")


async def within_reason(
    name: str, asked: Awaitable[tuple[Told, list[Check]]]
) -> tuple[Told | None, list[Check]]:
    """What the other end told and how it is; None and why not, as a check called `name`, where
    it tells nothing."""
    try:
        async with asyncio.timeout(TIMEOUT):
            return await asked
    except TimeoutError:
        detail = _("There was no answer within {n} seconds.").format(n=int(TIMEOUT))
        return None, [Check(name, False, detail)]
    except ChannelError as error:
        return None, [Check(name, False, str(error), error)]
    except SecretError as error:
        return None, [Check(name, False, str(error))]


def keep(
    home: Home,
    plan: TokenPlan[Settings],
    facts_of: Callable[[Settings], dict[str, Any]],
    args: argparse.Namespace,
    prompt: Prompt,
    *,
    tried_again: str,
) -> None:
    """Keep the token, then write the file; if that fails the token is taken back. `facts_of` an
    account are what stands in config.toml; `tried_again` is said when only the token is new."""
    from omnitui.cli.secret_place import for_the_engine

    account = plan.account
    plan = replace(plan, token=for_the_engine(home, plan.token))
    with contextlib.ExitStack() as undone_on_failure:
        if plan.token.typed:
            there = plan.same.token if plan.same else None
            ref = placed(home, account.name, plan.token, there, undone_on_failure)
            account = replace(account, token=ref)
        changed = facts_of(account) != (facts_of(plan.same) if plan.same else None)
        if changed or args.desk or args.team:
            desk = args.desk or account.display_name or "omnitui"
            write_account(home, account.name, facts_of(account), args, desk)
        load(home)
        undone_on_failure.pop_all()
    if plan.token.typed:
        if account.token.scheme == "file":
            text = _("There is no keyring here, so the token is in {path}, readable by you alone.")
            prompt.say(text.format(path=account.token.value))
        elif account.token.scheme == "credential":
            text = _("The token is in {path}, readable by root alone; the engine is given it when"
                     " it starts: systemctl restart {unit}")  # fmt: skip
            path = credentials.path_of(account.token)
            prompt.say(text.format(path=path, unit=instance_of(path.parent.parent)))
        else:
            prompt.say(_("The token is in the keyring ({ref}).").format(ref=account.token))
    if changed:
        prompt.say(_("Written: {path}").format(path=home.config_file))
    elif engine_tries_again(home):
        prompt.say(tried_again)
