"""Where the mail servers of an address are likely to be: known providers, else good guesses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from config.i18n import N_, _
from config.model import ServerUrl
from config.urls import PORTS, Protocol

Note = Literal["", "app-password", "oauth-only", "bridge", "enable-imap"]


@dataclass(frozen=True, slots=True)
class Provider:
    imap: str
    """`scheme://host[:port]` without a user."""
    smtp: str
    note: Note = ""
    saves_sent: bool = False
    """The provider itself files what is sent over its SMTP server."""


def _pair(imap: str, smtp: str, note: Note = "", *, saves_sent: bool = False) -> Provider:
    return Provider(f"imaps://{imap}", f"smtps://{smtp}", note, saves_sent)


_GMAIL = _pair("imap.gmail.com", "smtp.gmail.com", "app-password", saves_sent=True)
_MICROSOFT = Provider(
    "imaps://outlook.office365.com",
    "smtp+starttls://smtp.office365.com",
    "oauth-only",
    saves_sent=True,
)
_YAHOO = _pair("imap.mail.yahoo.com", "smtp.mail.yahoo.com", "app-password", saves_sent=True)
_ICLOUD = Provider("imaps://imap.mail.me.com", "smtp+starttls://smtp.mail.me.com", "app-password")
_GMX = _pair("imap.gmx.net", "mail.gmx.net", "enable-imap")
_MAIL_RU = _pair("imap.mail.ru", "smtp.mail.ru", "app-password")
_YANDEX = _pair("imap.yandex.ru", "smtp.yandex.ru", "app-password")
_PROTON = Provider("imap+starttls://127.0.0.1:1143", "smtp+starttls://127.0.0.1:1025", "bridge")
_O2 = _pair("poczta.o2.pl", "poczta.o2.pl")
_INTERIA = _pair("poczta.interia.pl", "poczta.interia.pl", "enable-imap")
_ONET = _pair("imap.poczta.onet.pl", "smtp.poczta.onet.pl", "app-password")

PROVIDERS: dict[str, Provider] = {
    "gmail.com": _GMAIL,
    "googlemail.com": _GMAIL,
    "outlook.com": _MICROSOFT,
    "hotmail.com": _MICROSOFT,
    "live.com": _MICROSOFT,
    "msn.com": _MICROSOFT,
    "yahoo.com": _YAHOO,
    "ymail.com": _YAHOO,
    "aol.com": _pair("imap.aol.com", "smtp.aol.com", "app-password"),
    "icloud.com": _ICLOUD,
    "me.com": _ICLOUD,
    "mac.com": _ICLOUD,
    "fastmail.com": _pair("imap.fastmail.com", "smtp.fastmail.com", "app-password"),
    "zoho.com": _pair("imap.zoho.com", "smtp.zoho.com", "enable-imap"),
    "zoho.eu": _pair("imap.zoho.eu", "smtp.zoho.eu", "enable-imap"),
    "gmx.net": _GMX,
    "gmx.de": _GMX,
    "gmx.at": _GMX,
    "gmx.com": _pair("imap.gmx.com", "mail.gmx.com", "enable-imap"),
    "web.de": Provider("imaps://imap.web.de", "smtp+starttls://smtp.web.de", "enable-imap"),
    "t-online.de": _pair("secureimap.t-online.de", "securesmtp.t-online.de", "app-password"),
    "mailbox.org": _pair("imap.mailbox.org", "smtp.mailbox.org"),
    "posteo.de": _pair("posteo.de", "posteo.de"),
    "posteo.net": _pair("posteo.de", "posteo.de"),
    "proton.me": _PROTON,
    "protonmail.com": _PROTON,
    "ukr.net": _pair("imap.ukr.net", "smtp.ukr.net", "app-password"),
    "mail.ru": _MAIL_RU,
    "bk.ru": _MAIL_RU,
    "list.ru": _MAIL_RU,
    "inbox.ru": _MAIL_RU,
    "yandex.ru": _YANDEX,
    "ya.ru": _YANDEX,
    "yandex.com": _pair("imap.yandex.com", "smtp.yandex.com", "app-password"),
    "rambler.ru": _pair("imap.rambler.ru", "smtp.rambler.ru", "enable-imap"),
    "wp.pl": _pair("imap.wp.pl", "smtp.wp.pl", "enable-imap"),
    "o2.pl": _O2,
    "tlen.pl": _O2,
    "interia.pl": _INTERIA,
    "poczta.fm": _INTERIA,
    "onet.pl": _ONET,
    "op.pl": _ONET,
    "seznam.cz": _pair("imap.seznam.cz", "smtp.seznam.cz"),
}

HOSTS: dict[str, Provider] = {"Google": _GMAIL, "Microsoft 365": _MICROSOFT}
"""Who has the mail of other people's domains."""

_NOTES: dict[Note, str] = {
    "app-password": N_(
        "{domain} wants an app password here, not the one you log in with: make one in the"
        " account's security settings."
    ),
    "oauth-only": N_(
        "{domain} lets programs in with OAuth only; a password works only where an administrator"
        " has allowed it."
    ),
    "bridge": N_("{domain} is reached through Proton Mail Bridge: start it, and use its password."),
    "enable-imap": N_("{domain} lets programs in only after IMAP is switched on in its settings."),
}


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower().rstrip(".")


def provider(address: str) -> Provider | None:
    return PROVIDERS.get(domain_of(address))


def saves_sent(server: ServerUrl) -> bool:
    """Whether the provider behind this SMTP server itself files what is sent over it: also for
    the domains of companies that have their mail there."""
    host = server.host.lower()
    return any(
        found.saves_sent and found.smtp.partition("://")[2].partition(":")[0] == host
        for found in PROVIDERS.values()
    )


def note(address: str) -> str:
    """What one has to know about the provider before giving a password; "" for nothing."""
    found = provider(address)
    text = _NOTES.get(found.note, "") if found else ""
    return _(text).format(domain=domain_of(address)) if text else ""


def oauth_provider(server: ServerUrl) -> Literal["", "google", "microsoft"]:
    """Whose log-in an IMAP server takes, told by its name."""
    host = server.host.lower()
    if host in ("imap.gmail.com", "imap.googlemail.com"):
        return "google"
    if host.endswith((".office365.com", ".office.com", ".outlook.com")):
        return "microsoft"
    return ""


def guesses(address: str, protocol: Protocol, hosted_by: Provider | None = None) -> list[ServerUrl]:
    """Servers to try for an address, the likeliest first; the user is the whole address."""
    found = hosted_by or provider(address)
    if found is not None:
        urls = [found.imap if protocol == "imap" else found.smtp]
    else:
        domain = domain_of(address)
        hosts = [f"{protocol}.{domain}", f"mail.{domain}", domain]
        schemes = [f"{protocol}s", f"{protocol}+starttls"]
        urls = [f"{scheme}://{host}" for scheme in schemes for host in hosts]
    return [_server(url, address) for url in urls]


def _server(url: str, user: str) -> ServerUrl:
    scheme, _sep, rest = url.partition("://")
    host, _colon, port = rest.partition(":")
    return ServerUrl(scheme, host, int(port or PORTS[scheme]), user)
