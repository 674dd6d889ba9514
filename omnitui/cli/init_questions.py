"""The questions of `omnitui init`."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path

from config import mail_providers, values
from config.home import absolute
from config.i18n import _
from config.model import Config, EmailAccount, ServerUrl
from config.secret_ref import SecretRef
from config.urls import Protocol, format_server_url, parse_server_url
from omnitui.cli import init_oauth
from omnitui.cli.failure import Failure, WrongUsage
from omnitui.cli.init_options import given, secret_from
from omnitui.cli.init_plan import PASSWORD_VARIABLE, Plan, Secret
from omnitui.cli.prompt import Prompt


def ask(args: argparse.Namespace, before: Config, prompt: Prompt) -> Plan:
    """Everything but whether it works. Raises `Failure`, `SecretError`, `ChannelError`."""
    again = before.accounts.get(args.account) if args.account and not args.address else None
    if again is None:
        settings = _new(args, before, prompt)
        same = _with_address(before, settings.address)
    elif isinstance(again, EmailAccount):
        settings = same = _changed(args, again)
        prompt.say(_("Logging in to {address} again.").format(address=settings.address))
    else:
        raise WrongUsage(
            _("--account: {name} is no mailbox, and only those are logged into here.").format(
                name=args.account
            )
        )
    settings = replace(settings, password=None, smtp_password=None, oauth=None)
    if same is not None:
        settings = replace(settings, smtp_password=same.smtp_password)
    earlier = same.oauth if same else None
    provider = init_oauth.provider(args, settings, earlier, prompt, again=again is not None)
    if provider:
        return init_oauth.log_in(
            args, before.home, settings, provider, earlier, prompt, again=again is not None
        )
    if again is not None and args.password_from is None:
        _can_be_typed(same)
    secret = password(args, settings.name, settings.address, prompt)
    return Plan(replace(settings, password=secret.ref), secret, again=again is not None)


def _new(args: argparse.Namespace, before: Config, prompt: Prompt) -> EmailAccount:
    address = given(args.address, values.address, "--address") or prompt.ask(
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
    imap, smtp = servers(args, address, same, prompt)
    tls_ca = absolute(Path(args.tls_ca)) if args.tls_ca else (same.tls_ca if same else None)
    return EmailAccount(
        name=name,
        address=address,
        display_name=values.one_line(display),
        imap=imap,
        smtp=smtp,
        password=None,
        smtp_password=None,
        tls_ca=tls_ca,
        save_sent=not mail_providers.saves_sent(smtp),
    )


def _changed(args: argparse.Namespace, account: EmailAccount) -> EmailAccount:
    """The account as it is, but for what the command line says."""
    if args.name is not None:
        account = replace(account, display_name=values.one_line(args.name))
    if args.tls_ca:
        account = replace(account, tls_ca=absolute(Path(args.tls_ca)))
    address = account.address
    for protocol in ("imap", "smtp"):
        if text := getattr(args, protocol):
            url = given(text, lambda v, p=protocol: complete(v, p, address), protocol)
            account = replace(account, **{protocol: url})
    return account


def servers(
    args: argparse.Namespace, address: str, same: EmailAccount | None, prompt: Prompt
) -> tuple[ServerUrl, ServerUrl]:
    likely: dict[Protocol, ServerUrl] = {}
    if same is not None:
        likely = {"imap": same.imap, "smtp": same.smtp}
    elif not (args.imap and args.smtp):
        guesses = [mail_providers.guesses(address, p) for p in ("imap", "smtp")]
        imap: ServerUrl | None = None
        smtp: ServerUrl | None = None
        if mail_providers.provider(address) is None:
            from omnitui.cli.server_search import first_that_answers, hosted_by

            prompt.say(_("Looking for the mail servers…"))
            domain = mail_providers.domain_of(address)
            if host := hosted_by(domain):
                prompt.say(_("The mail of {domain} is at {host}.").format(domain=domain, host=host))
                found_at = mail_providers.HOSTS[host]
                guesses = [mail_providers.guesses(address, p, found_at) for p in ("imap", "smtp")]
            else:
                imap, smtp = first_that_answers(*guesses)
        likely = {"imap": imap or guesses[0][0], "smtp": smtp or guesses[1][0]}
    found = []
    questions: dict[Protocol, str] = {
        "imap": _("IMAP server (reading)"),
        "smtp": _("SMTP server (sending)"),
    }
    for protocol, question in questions.items():
        text = getattr(args, protocol)
        if text:
            found.append(given(text, lambda v, p=protocol: complete(v, p, address), protocol))
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


def password(args: argparse.Namespace, name: str, address: str, prompt: Prompt) -> Secret:
    if args.password_from is not None:
        return secret_from(args.password_from, "--password-from", PASSWORD_VARIABLE)
    typed = prompt.secret(
        _("Password of {address} (not shown)").format(address=address), option="--password-from"
    )
    return Secret(SecretRef("env", PASSWORD_VARIABLE), typed)


def _can_be_typed(account: EmailAccount | None) -> None:
    """A password that a program or the environment gives cannot be changed from here."""
    ref = account.password if account else None
    if ref is not None and ref.scheme not in ("keyring", "file", "credential"):
        raise Failure(
            _("The password comes from {ref}: change it there, or name another place with"
              " --password-from.").format(ref=ref)
        )  # fmt: skip


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
