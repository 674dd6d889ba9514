"""`omnitui init`: ask for a mailbox, test it both ways, keep its secret, write config.toml."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from config import mail_providers, secrets, values
from config.edit import ConfigFile
from config.home import absolute, find_home
from config.i18n import _, choose_language, ngettext, set_language
from config.load import load
from config.model import Config, EmailAccount, Home, ServerUrl
from config.problems import BadValue, ConfigError
from config.secret_ref import SecretRef
from config.secret_syntax import parse_ref
from config.source import read_source
from config.urls import Protocol, format_server_url, parse_server_url
from connectors.contract import AuthFailed, Check
from omnitui.cli.failure import Failure, WrongUsage
from omnitui.cli.prompt import Prompt

TRIAL_VARIABLE = "OMNITUI_INIT_PASSWORD"
"""Where a typed password is while it is tried: in this process alone, on no disk."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--address", help=_("the e-mail address customers write to"))
    parser.add_argument("--name", help=_("the name customers see beside the address"))
    parser.add_argument("--account", help=_("what the account is called in config.toml"))
    parser.add_argument("--imap", metavar="URL", help=_("imaps://user@host, or just the host"))
    parser.add_argument("--smtp", metavar="URL", help=_("smtps://user@host, or just the host"))
    parser.add_argument("--tls-ca", metavar="FILE", help=_("certificates to trust (PEM)"))
    parser.add_argument(
        "--password-from",
        metavar="REF",
        help=_("keyring:…, env:…, file:…, command:…, or “-” for a line on standard input"),
    )
    parser.add_argument("--desk", metavar="NAME", help=_("the desk's name, shown to agents"))
    parser.add_argument(
        "--team", action="store_true", help=_("the engine is a service; screens never start one")
    )
    parser.add_argument("--no-check", action="store_true", help=_("do not test the connection"))
    parser.add_argument("--yes", action="store_true", help=_("ask nothing; take what is likely"))


@dataclass(frozen=True, slots=True)
class Secret:
    """The password: where it is, or the words just typed, which are not yet kept anywhere."""

    ref: SecretRef
    typed: str = ""

    def __repr__(self) -> str:
        return f"Secret({self.ref})"


def run(args: argparse.Namespace) -> int:
    """Ask, test, write. Returns 0; 130 after Ctrl-C. Raises `Failure`, `ConfigError`."""
    set_language("")
    prompt = Prompt(assume=args.yes)
    try:
        _set_up(args, prompt)
    except KeyboardInterrupt:
        print("\n" + _("Stopped; nothing was changed."), file=sys.stderr)
        return 130
    return 0


def _set_up(args: argparse.Namespace, prompt: Prompt) -> None:
    home = find_home(Path(args.home) if args.home else None)
    before = _existing(home, prompt)
    if before.desk.language:
        set_language(choose_language("", before.desk.language))
    prompt.say(_("The desk is in {path}.").format(path=home.config))
    settings, secret = _account(args, before, prompt)
    while not args.no_check:
        failed = _try(settings, secret, prompt)
        if not failed:
            break
        again = _after_failure(failed, settings, secret, prompt)
        if again is None:
            break
        settings, secret = again
    _keep(home, before, settings, secret, args, prompt)


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


# Questions


def _account(
    args: argparse.Namespace, before: Config, prompt: Prompt
) -> tuple[EmailAccount, Secret]:
    address = _given(args.address, values.address, "--address") or prompt.ask(
        _("E-mail address that customers write to"), option="--address", check=values.address
    )
    same = _with_address(before, address)
    display = args.name if args.name is not None else None
    if display is None:
        default = (same.display_name if same else "") or before.desk.name
        default = _company(address) if default == "omnitui" else default
        display = prompt.ask(_("Name that customers see"), default, check=values.one_line)
    name = args.account or (same.name if same else _free_name(address, before))
    if not re.fullmatch(r"[\w.+-]+", name):
        raise WrongUsage(_("--account: letters, digits, “-”, “_” and “.” only."))
    if note := mail_providers.note(address):
        prompt.say(note)
    imap, smtp = _servers(args, address, same, prompt)
    tls_ca = absolute(Path(args.tls_ca)) if args.tls_ca else (same.tls_ca if same else None)
    secret = _secret(args, name, address, prompt)
    provider = mail_providers.provider(address)
    settings = EmailAccount(
        name=name,
        address=address,
        display_name=values.one_line(display),
        imap=imap,
        smtp=smtp,
        password=secret.ref,
        smtp_password=None,
        tls_ca=tls_ca,
        save_sent=not (provider and provider.saves_sent),
    )
    return settings, secret


def _servers(
    args: argparse.Namespace, address: str, same: EmailAccount | None, prompt: Prompt
) -> tuple[ServerUrl, ServerUrl]:
    likely: dict[Protocol, ServerUrl] = {}
    if same is not None:
        likely = {"imap": same.imap, "smtp": same.smtp}
    elif not (args.imap and args.smtp):
        guesses = [mail_providers.guesses(address, p) for p in ("imap", "smtp")]
        if mail_providers.provider(address) is None:
            from omnitui.cli.server_search import first_that_answers

            prompt.say(_("Looking for the mail servers…"))
            imap, smtp = first_that_answers(*guesses)
        else:
            imap, smtp = None, None
        likely = {"imap": imap or guesses[0][0], "smtp": smtp or guesses[1][0]}
    found = []
    questions: dict[Protocol, str] = {
        "imap": _("IMAP server (reading)"),
        "smtp": _("SMTP server (sending)"),
    }
    for protocol, question in questions.items():
        given = getattr(args, protocol)
        if given:
            found.append(_given(given, lambda v, p=protocol: complete(v, p, address), protocol))
            continue
        answer = prompt.ask(
            question,
            format_server_url(likely[protocol]),
            option=f"--{protocol}",
            check=lambda v, p=protocol: complete(v, p, address),  # type: ignore[misc]
        )
        found.append(complete(answer, protocol, address))
    return found[0], found[1]


def complete(text: str, protocol: Protocol, address: str) -> ServerUrl:
    """A URL, or only a host or host:port, made whole: TLS, and the address as the user."""
    text = text.strip()
    if "://" not in text:
        _host, _colon, port = text.rpartition(":")
        starttls = port in ("143", "587", "25")
        text = f"{protocol}{'+starttls' if starttls else 's'}://{text}"
        url = parse_server_url(text, protocol)
        return url if url.user else replace(url, user=address)
    url = parse_server_url(text, protocol)
    # An IMAP server always wants a user; an SMTP URL without one means no AUTH.
    return replace(url, user=address) if protocol == "imap" and not url.user else url


def _secret(args: argparse.Namespace, name: str, address: str, prompt: Prompt) -> Secret:
    given = args.password_from
    if given is None:
        typed = prompt.secret(
            _("Password of {address} (not shown)").format(address=address),
            option="--password-from",
        )
        return Secret(SecretRef("env", TRIAL_VARIABLE), typed)
    if given == "-":
        typed = sys.stdin.readline().rstrip("\r\n")
        if not typed:
            raise Failure(_("There was no password on standard input."))
        return Secret(SecretRef("env", TRIAL_VARIABLE), typed)
    try:
        ref = parse_ref(given)
    except BadValue:
        raise WrongUsage(
            _("--password-from needs keyring:…, env:…, file:…, command:… or “-”, never the"
              " password itself.")
        ) from None  # fmt: skip
    if ref.scheme == "file":
        ref = SecretRef("file", str(absolute(Path(ref.value))))
    secrets.resolve(ref)
    return Secret(ref)


def _given(value: str | None, read: Any, option: str) -> Any:
    if value is None:
        return None
    try:
        return read(value)
    except BadValue as bad:
        option = option if option.startswith("--") else f"--{option}"
        raise WrongUsage(f"{option}: {bad.sentence} {bad.hint}".strip()) from None


# Testing


def _try(settings: EmailAccount, secret: Secret, prompt: Prompt) -> list[Check]:
    """The checks that failed; every one is said."""
    from omnitui.cli.account_check import NotInstalled, check_account

    prompt.say(_("Testing the connection…"))
    if secret.typed:
        os.environ[TRIAL_VARIABLE] = secret.typed
    try:
        checks = check_account(settings)
    except NotInstalled as error:
        prompt.say(str(error) + " " + _("The connection was not tested."))
        return []
    finally:
        os.environ.pop(TRIAL_VARIABLE, None)
    for check in checks:
        mark = "✓" if check.ok else "✗"
        prompt.say(f"  {mark} {check.name}: {check.detail}")
    return [check for check in checks if not check.ok]


def _after_failure(
    failed: Sequence[Check], settings: EmailAccount, secret: Secret, prompt: Prompt
) -> tuple[EmailAccount, Secret] | None:
    """What to try instead; None keeps it as it is. Raises `Failure` to give up."""
    wrong_password = any(isinstance(check.error, AuthFailed) for check in failed)
    if not prompt.interactive:
        if not any(check.error for check in failed):
            return None  # both servers let us in; a missing folder can be seen to later
        raise Failure(
            ngettext(
                "{n} test failed; nothing was changed (--no-check writes it all the same).",
                "{n} tests failed; nothing was changed (--no-check writes it all the same).",
                len(failed),
            ).format(n=len(failed))
        )
    answer = prompt.choose(
        _("What now?"),
        {
            "p": _("type the password again"),
            "s": _("change the servers"),
            "t": _("test once more"),
            "k": _("keep it as it is and write it"),
            "q": _("quit; nothing is changed"),
        },
        "p" if wrong_password and secret.typed else "s",
    )
    if answer == "q":
        raise Failure(_("Nothing was changed."))
    if answer == "k":
        return None
    if answer == "p":
        question = _("Password of {address} (not shown)").format(address=settings.address)
        typed = prompt.secret(question, option="--password-from")
        secret = Secret(SecretRef("env", TRIAL_VARIABLE), typed)
        settings = replace(settings, password=secret.ref)
    elif answer == "s":
        no_flags = argparse.Namespace(imap=None, smtp=None)
        imap, smtp = _servers(no_flags, settings.address, settings, prompt)
        settings = replace(settings, imap=imap, smtp=smtp)
    return settings, secret


# Writing


def _keep(
    home: Home,
    before: Config,
    settings: EmailAccount,
    secret: Secret,
    args: argparse.Namespace,
    prompt: Prompt,
) -> None:
    """Keep the secret, then write the file; if that fails the secret is taken back."""
    from omnitui.cli.secret_place import Placed, place

    placed = Placed(secret.ref)
    if secret.typed:
        placed = place(home, settings.name, secret.typed)
    try:
        _write(home, before, settings, placed.ref, args)
        load(home)
    except BaseException:
        placed.take_back()
        raise
    if placed.ref.scheme == "file" and secret.typed:
        prompt.say(
            _("There is no keyring here, so the password is in {path}, readable by you alone.")
            .format(path=placed.ref.value)
        )  # fmt: skip
    elif secret.typed:
        prompt.say(_("The password is in the keyring ({ref}).").format(ref=placed.ref))
    prompt.say(_("Written: {path}").format(path=home.config_file))
    prompt.say(_("“omnitui” opens the screen; “omnitui doctor” checks everything."))


def _write(
    home: Home, before: Config, settings: EmailAccount, ref: SecretRef, args: argparse.Namespace
) -> None:
    source = read_source(home.config_file)
    file = ConfigFile(home.config_file, source.text if source else _first_text(args, settings))
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
        "password": str(ref),
    }
    if settings.tls_ca is not None:
        account["tls_ca"] = str(settings.tls_ca)
    if not settings.save_sent:
        account["save_sent"] = False
    file.set_account(settings.name, account)
    file.save()


def _first_text(args: argparse.Namespace, settings: EmailAccount) -> str:
    import json

    name = args.desk or settings.display_name
    engine = 'engine = "service"\n' if args.team else ""
    # A JSON string is a TOML basic string.
    return (
        "# Settings of this desk. Every one is explained in docs/configuration.md.\n\n"
        f"[desk]\nname = {json.dumps(name, ensure_ascii=False)}\n{engine}\n"
    )


def _with_address(config: Config, address: str) -> EmailAccount | None:
    return next(
        (
            account
            for account in config.accounts.values()
            if isinstance(account, EmailAccount)
            and account.address.casefold() == address.casefold()
        ),
        None,
    )


def _free_name(address: str, config: Config) -> str:
    """`support` for support@acme.example; with the domain, then a number, where it is taken."""
    local, _at, domain = address.partition("@")
    plain = re.sub(r"[^\w-]+", "-", local).strip("-") or "mail"
    company = re.sub(r"[^\w-]+", "-", domain.partition(".")[0])
    names = [plain, f"{plain}-{company}", *(f"{plain}-{n}" for n in range(2, 1000))]
    return next(name for name in names if name not in config.accounts)


def _company(address: str) -> str:
    """`Acme` for support@acme.example; the local part at a provider of mailboxes."""
    local, _at, domain = address.partition("@")
    word = local if mail_providers.provider(address) else domain.partition(".")[0]
    return word[:1].upper() + word[1:]
