"""`omnitui init`: ask for a mailbox, a bot or a web chat, test it, keep its secret, write
config.toml."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from config import values
from config.home import find_home
from config.i18n import _, choose_language, set_language
from config.load import load
from config.model import Config, Home, TelegramAccount, WebchatAccount
from config.problems import ConfigError
from config.source import read_source
from omnitui.cli.failure import Failure
from omnitui.cli.prompt import Prompt

TELEGRAM = "telegram"
WEBCHAT = "webchat"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--address", help=_("the e-mail address customers write to"))
    parser.add_argument("--name", help=_("the name customers see beside the address"))
    parser.add_argument(
        "--account",
        help=_("what the account is called in config.toml; of one that is there, only the log-in"
               " is asked for again"),
    )  # fmt: skip
    parser.add_argument("--imap", metavar="URL", help=_("imaps://user@host, or just the host"))
    parser.add_argument("--smtp", metavar="URL", help=_("smtps://user@host, or just the host"))
    parser.add_argument("--tls-ca", metavar="FILE", help=_("certificates to trust (PEM)"))
    parser.add_argument(
        "--password-from",
        metavar="REF",
        help=_("keyring:…, env:…, file:…, command:…, or “-” for a line on standard input"),
    )
    oauth = parser.add_argument_group(_("log-in with OAuth 2.0 instead of a password"))
    oauth.add_argument("--oauth", metavar="PROVIDER", help=_("google, microsoft or custom"))
    oauth.add_argument("--client-id", metavar="ID", help=_("the client made with the provider"))
    oauth.add_argument(
        "--client-secret-from", metavar="REF", help=_("where its secret is; like --password-from")
    )
    oauth.add_argument("--tenant", help=_("Microsoft: the directory, where the client is for one"))
    for name in ("authorize", "token", "device"):
        oauth.add_argument(f"--{name}-url", metavar="URL", help=_("custom: see configuration.md"))
    oauth.add_argument("--scope", action="append", help=_("what to ask for; may be repeated"))
    oauth.add_argument(
        "--browser",
        action="store_true",
        help=_("log in with a browser that comes back here, also where a code would do"),
    )
    oauth.add_argument(
        "--port", type=int, default=0, help=_("where the browser comes back to; for ssh -L")
    )
    plus = parser.add_argument_group(_("whether answers may come to address+…@"))
    plus.add_argument(
        "--prove-plus",
        action="store_true",
        help=_("of an account that is there: send a mail to such an address of its own, wait"
               " until it arrives, then set plus_address = true"),
    )  # fmt: skip
    plus.add_argument(
        "--wait", metavar="SECONDS", type=float, default=60.0, help=_("for so long; 60")
    )
    bot = parser.add_argument_group(_("a Telegram bot instead of a mailbox"))
    bot.add_argument("--telegram", action="store_true", help=_("set up a bot"))
    bot.add_argument(
        "--token-from", metavar="REF", help=_("where its token is; like --password-from")
    )
    bot.add_argument("--groups", action="store_true", help=_("take in groups, too"))
    bot.add_argument("--base-url", metavar="URL", help=_("a Bot API server of your own"))
    bot.add_argument("--proxy", metavar="URL", help=_("http://, https:// or socks5://"))
    chat = parser.add_argument_group(_("a web site's chat instead of a mailbox"))
    chat.add_argument(
        "--webchat",
        action="store_true",
        help=_("set up a web chat; its desk token comes by --token-from"),
    )
    chat.add_argument("--relay", metavar="URL", help=_("where its relay is reached"))
    chat.add_argument(
        "--page", metavar="URL", help=_("a page with the chat: one-time links lead there")
    )
    parser.add_argument("--desk", metavar="NAME", help=_("the desk's name, shown to agents"))
    _team_arguments(parser)
    parser.add_argument("--no-check", action="store_true", help=_("do not test the connection"))
    parser.add_argument("--yes", action="store_true", help=_("ask nothing; take what is likely"))


def _team_arguments(parser: argparse.ArgumentParser) -> None:
    team = parser.add_argument_group(
        _("a desk for a team, by root; run again it adds what is missing")
    )
    team.add_argument(
        "--team",
        action="store_true",
        help=_("make a service user, a group, directories, systemd units and sshd's part; the desk"
               " is /etc/omnitui unless --home says otherwise"),
    )  # fmt: skip
    team.add_argument("--agents", metavar="USERS", help=_("Unix users to let in: olena,ivan"))
    team.add_argument(
        "--supervisors", metavar="USERS", help=_("who of them may do everything: olena,@leads")
    )
    team.add_argument("--user", help=_("who runs the engine; omnitui"))
    team.add_argument("--group", help=_("whose members are the agents; omnitui"))
    team.add_argument(
        "--store", metavar="DIR", help=_("where the store is; /var/lib/omnitui/store")
    )
    team.add_argument(
        "--state", metavar="DIR", help=_("where the engine's own is; /var/lib/omnitui/engine")
    )
    team.add_argument("--backups", metavar="DIR", help=_("where backups go; /var/backups/omnitui"))
    team.add_argument("--units", metavar="DIR", help=_("where units go; /etc/systemd/system"))
    team.add_argument(
        "--sshd", metavar="DIR", help=_("where sshd's part goes; /etc/ssh/sshd_config.d")
    )
    team.add_argument("--dry-run", action="store_true", help=_("change nothing, show all of it"))
    team.add_argument("--no-account", action="store_true", help=_("set no mailbox or bot up now"))


def run(args: argparse.Namespace) -> int:
    """Ask, test, write. Returns 0; 130 after Ctrl-C. Raises `Failure`, `ConfigError`."""
    set_language("")
    prompt = Prompt(assume=args.yes)
    try:
        if args.team:
            return _set_up_team(args, prompt)
        if args.prove_plus:
            from omnitui.cli import init_plus

            init_plus.prove(args, prompt)
        else:
            _set_up(args, prompt)
    except KeyboardInterrupt:
        print("\n" + _("Stopped; nothing was changed."), file=sys.stderr)
        return 130
    return 0


def _set_up_team(args: argparse.Namespace, prompt: Prompt) -> int:
    """What root makes for a team; then its first account, unless it has one. 1 where a step could
    not be done."""
    from omnitui.cli.team import service, setting_up

    layout, whole = setting_up.set_up(args, prompt)
    if args.dry_run:
        return 0
    args.home, args.team = str(layout.home), False
    meant = args.address or args.account or args.telegram or args.webchat or args.relay
    if not meant and (args.no_account or args.yes or load(find_home(layout.home)).accounts):
        prompt.say(_("Accounts are added with: {command}").format(
            command=f"sudo {layout.program} --home {layout.home} init"
        ))  # fmt: skip
    else:
        prompt.say()
        try:
            _set_up(args, prompt)
        except KeyboardInterrupt:
            prompt.say("\n" + _("Accounts are added with: {command}").format(
                command=f"sudo {layout.program} --home {layout.home} init"
            ))  # fmt: skip
            return 130
        whole = service.told(service.start_anew(layout), prompt) and whole
    prompt.say(_("Look whether all is well: {command}").format(
        command=f"sudo {layout.program} --home {layout.home} doctor"
    ))  # fmt: skip
    return 0 if whole else 1


def _set_up(args: argparse.Namespace, prompt: Prompt) -> None:
    from omnitui.cli import init_questions, init_trial, init_writing, secret_place

    home = find_home(Path(args.home) if args.home else None)
    secret_place.as_root(home)
    before = _existing(home, prompt)
    if before.team is not None and os.geteuid() != 0:
        raise Failure(
            _("{path} is a team's desk: run this as root (sudo).").format(path=home.config)
        )
    if before.desk.language:
        set_language(choose_language("", before.desk.language))
    prompt.say(_("The desk is in {path}.").format(path=home.config))
    kind = _kind(args, before, prompt)
    if kind == TELEGRAM:
        from omnitui.cli import init_telegram

        init_telegram.set_up(args, home, before, prompt)
        return
    if kind == WEBCHAT:
        from omnitui.cli import init_webchat

        init_webchat.set_up(args, home, before, prompt)
        return
    plan = init_questions.ask(args, before, prompt)
    if not args.no_check:
        plan = init_trial.until_it_works(args, plan, prompt)
    init_writing.keep(home, before, plan, args, prompt)


def _kind(args: argparse.Namespace, before: Config, prompt: Prompt) -> str:
    """Which channel is set up, "" for a mailbox; asks for its address where nothing says so."""
    there = before.accounts.get(args.account) if args.account else None
    if args.webchat or args.relay:
        return WEBCHAT
    if args.telegram:
        return TELEGRAM
    if not args.address and isinstance(there, WebchatAccount):
        return WEBCHAT
    if args.token_from:
        return TELEGRAM
    if args.address or there is not None or not prompt.interactive:
        return TELEGRAM if isinstance(there, TelegramAccount) and not args.address else ""

    def address_or_kind(value: str) -> None:
        if value.casefold() not in (TELEGRAM, WEBCHAT):
            values.address(value)

    answer = prompt.ask(
        _("E-mail address that customers write to (or “telegram”, for a bot; “webchat”, for a web"
          " site's chat)"),
        option="--address",
        check=address_or_kind,
    )  # fmt: skip
    if answer.casefold() in (TELEGRAM, WEBCHAT):
        return answer.casefold()
    args.address = answer
    return ""


def _existing(home: Home, prompt: Prompt) -> Config:
    """The configuration there is. A plain secret in it is moved out first, if that is wanted."""
    try:
        return load(home)
    except ConfigError as error:
        from omnitui.cli import plain_secrets

        source = read_source(home.config_file)
        if source is None or not plain_secrets.find(source.data):
            raise
        prompt.say(str(error))
        if not prompt.confirm(_("Move the secrets out of the file now?")):
            raise
        for ref in plain_secrets.move(home, source):
            prompt.say(_("Moved to {ref}.").format(ref=ref))
        return load(home)
