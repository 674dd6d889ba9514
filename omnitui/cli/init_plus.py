"""`omnitui init --prove-plus`: find out whether plus-addresses arrive, and use them then."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path

from config.edit import ConfigFile
from config.home import find_home
from config.i18n import _, choose_language, set_language
from config.load import load
from config.model import Config, EmailAccount
from config.secrets import SecretError
from config.source import read_source
from connectors.contract import ChannelError, Rejected
from omnitui.cli.failure import Failure, WrongUsage
from omnitui.cli.prompt import Prompt

_SENDING = 60.0
"""Seconds for connecting and sending, beside the waiting."""


def prove(args: argparse.Namespace, prompt: Prompt) -> None:
    """Send, wait, tell; set `plus_address = true` when the mail arrived. Raises `Failure`."""
    config = load(find_home(Path(args.home) if args.home else None))
    if config.desk.language:
        set_language(choose_language("", config.desk.language))
    account = _chosen(config, args.account)
    prompt.say(
        _("Sending a mail from {address} to itself, and waiting for it…").format(
            address=account.address
        )
    )
    try:
        to, folder = asyncio.run(_tried(account, max(0.0, args.wait)))
    except Rejected as error:
        raise Failure(_not_proven(str(error), account)) from None
    except TimeoutError:
        raise Failure(_("The servers did not answer in time; nothing was changed.")) from None
    except (ChannelError, SecretError) as error:
        raise Failure(f"{error} " + _("Nothing was changed.")) from None
    if folder is None:
        sentence = _("What was sent to {to} is in none of the folders that are read after {n} s.")
        raise Failure(_not_proven(sentence.format(to=to, n=round(args.wait)), account))
    prompt.say(_("✓ {to} arrives in {folder}.").format(to=to, folder=folder))
    if account.plus_address:
        prompt.say(_("plus_address = true is set already."))
        return
    _switch_on(config, account.name)
    prompt.say(
        _("Written: {path}: plus_address = true. An engine that runs goes by it when it is"
          " started anew.").format(path=config.home.config_file)
    )  # fmt: skip


def _chosen(config: Config, name: str | None) -> EmailAccount:
    mailboxes = {n: a for n, a in config.accounts.items() if isinstance(a, EmailAccount)}
    if name is None and len(mailboxes) == 1:
        return next(iter(mailboxes.values()))
    if name is None or name not in mailboxes:
        known = ", ".join(mailboxes) or _("none")
        raise WrongUsage(
            _("--account: name the mailbox to try; there is: {known}.").format(known=known)
        )
    return mailboxes[name]


async def _tried(account: EmailAccount, wait: float) -> tuple[str, str | None]:
    from connectors.email.connector import EmailConnector

    # No copy in Sent: it would be in the way of agents, and of the proof.
    connector = EmailConnector(account.name, replace(account, save_sent=False))
    try:
        async with asyncio.timeout(wait + _SENDING):
            return await connector.prove_plus_address(wait)
    finally:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                await connector.close()


def _not_proven(why: str, account: EmailAccount) -> str:
    if account.plus_address:
        return f"{why} " + _(
            "Answers to plus-addresses get lost there: take “plus_address = true” out of"
            " [accounts.{name}]."
        ).format(name=account.name)
    return f"{why} " + _("Plus-addresses stay off; nothing was changed.")


def _switch_on(config: Config, name: str) -> None:
    path = config.home.config_file
    source = read_source(path)
    file = ConfigFile(path, source.text if source else "")
    file.set(("accounts", name, "plus_address"), True)
    file.save()
    load(config.home)
