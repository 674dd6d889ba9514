"""Server URLs of the configuration: `imaps://user@host:993`, `smtp+starttls://…`, `https://…`."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import SplitResult, quote, unquote, urlsplit

from config.i18n import _
from config.model import ServerUrl
from config.problems import BadValue, nearest

Protocol = Literal["imap", "smtp"]

PORTS = {
    "imaps": 993,
    "imap+starttls": 143,
    "imap": 143,
    "smtps": 465,
    "smtp+starttls": 587,
    "smtp": 25,
}
_EXAMPLE = {
    "imap": "imaps://user@mail.example.org",
    "smtp": "smtp+starttls://user@mail.example.org",
}
_HOST = re.compile(r"[^\s/@?#%\\<>\"'`]+")


def parse_server_url(text: str, protocol: Protocol) -> ServerUrl:
    """A mail server's URL. The user is percent-encoded in `text` (RFC 3986 §3.2.1) and decoded
    here; the port defaults to the scheme's. Raises `BadValue`, never repeating the user part,
    since people write passwords into it."""
    scheme = text.partition("://")[0].strip().lower() if "://" in text else ""
    _check_scheme(scheme, protocol)
    parts = _split(text)
    host = parts.hostname or ""
    if parts.password is not None:
        raise BadValue(
            _("a password must not stand in a URL."),
            _(
                'Take it out and write password = "keyring:omnitui/NAME" beside it; see'
                " `omnitui init`. A colon or an @ in a user name is written %3A or %40."
            ),
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise BadValue(
            _("there is more after the host than a port."),
            _("Write it like {example}; an @ in a user name is written %40.").format(
                example=_EXAMPLE[protocol]
            ),
        )
    if scheme == protocol and not is_loopback(host):
        raise BadValue(
            _("{scheme}:// would send the password unencrypted to {host}.").format(
                scheme=scheme, host=host
            ),
            _("Use {tls}:// or {starttls}://; plain {scheme}:// is for loopback only.").format(
                tls=f"{protocol}s", starttls=f"{protocol}+starttls", scheme=scheme
            ),
        )
    user = unquote(parts.username or "", errors="replace")
    if "�" in user or any(ord(c) < 32 or ord(c) == 127 for c in user):
        raise BadValue(_("the user name before the @ is not percent-encoded UTF-8."))
    return ServerUrl(scheme, host, parts.port or PORTS[scheme], user)


def format_server_url(url: ServerUrl) -> str:
    """The URL as it is written into config.toml; the port only where it is not the scheme's."""
    user = f"{quote(url.user, safe='')}@" if url.user else ""
    host = f"[{url.host}]" if ":" in url.host else url.host
    port = "" if url.port == PORTS[url.scheme] else f":{url.port}"
    return f"{url.scheme}://{user}{host}{port}"


def parse_web_url(text: str) -> str:
    """`https://host[:port][/path]` without a slash at its end; http:// on loopback only."""
    scheme = text.partition("://")[0].lower() if "://" in text else ""
    if scheme not in ("https", "http"):
        raise BadValue(
            _("a web address must begin with https://."),
        )
    parts = _split(text)
    if parts.username is not None or parts.password is not None:
        raise BadValue(_("a user or password must not stand in a web address."))
    if parts.query or parts.fragment:
        raise BadValue(_("a web address here has no “?” and no “#”."))
    if scheme == "http" and not is_loopback(parts.hostname or ""):
        raise BadValue(
            _("http:// would send the token unencrypted."),
            _("Use https://; http:// is for loopback only."),
        )
    return text.rstrip("/")


def parse_proxy_url(text: str) -> str:
    """`socks5://user@host:1080`, `http://` or `https://`, without a slash at its end. Raises
    `BadValue`, never repeating the user part, since people write passwords into it."""
    known = ("http", "https", "socks5", "socks5h")
    scheme = text.partition("://")[0].lower() if "://" in text else ""
    if scheme not in known:
        raise BadValue(
            _("a proxy's address begins with http://, https:// or socks5://."),
            _("Write it like {example}.").format(example='"socks5://user@proxy.example.org:1080"'),
        )
    parts = _split(text)
    if parts.password is not None:
        raise BadValue(
            _("a password must not stand in a URL."),
            _('Take it out and write proxy_password = "keyring:omnitui/proxy" beside it. A colon'
              " or an @ in a user name is written %3A or %40."),
        )  # fmt: skip
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise BadValue(_("there is more after the host than a port."))
    return text.rstrip("/")


def parse_origin(text: str) -> str:
    """A browser's origin (RFC 6454): scheme, host and port, nothing after it."""
    hint = _('Write it like "https://shop.example.org", or with a port.')
    if text == "*":
        raise BadValue(_("“*” would let any page open chats in your name."), hint)
    url = parse_web_url(text)
    if urlsplit(url).path:
        raise BadValue(_("an origin has no path."), hint)
    return url.lower()


def is_loopback(host: str) -> bool:
    """True for localhost, 127.0.0.0/8 and ::1, decided by name alone: nothing is looked up."""
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761 §6.3
        return True
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_scheme(scheme: str, protocol: Protocol) -> None:
    known = [s for s in PORTS if s.partition("+")[0].rstrip("s") == protocol]
    if scheme in known:
        return
    if not scheme:
        raise BadValue(
            _("this is not a URL."),
            _("Write it like {example}.").format(example=_EXAMPLE[protocol]),
        )
    other = {"ssl": f"{protocol}s", "tls": f"{protocol}s", "starttls": f"{protocol}+starttls"}
    near = other.get(scheme.rpartition("+")[2]) or nearest(scheme, known) or known[0]
    raise BadValue(
        _("“{scheme}://” is not a scheme for this.").format(scheme=scheme[:40]),
        _("Did you mean {near}://? Known: {known}.").format(
            near=near, known=", ".join(f"{s}://" for s in known)
        ),
    )


def _split(text: str) -> SplitResult:
    if any(c.isspace() or ord(c) < 32 for c in text):
        raise BadValue(_("there is a space or a control character in the URL."))
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise BadValue(
            _("the host or the port cannot be read."),
            _("A port is a number from 1 to 65535, an IPv6 address stands in [brackets]."),
        ) from None
    if port == 0:
        raise BadValue(_("port 0 cannot be connected to."))
    if not parts.hostname or not _HOST.fullmatch(parts.hostname):
        raise BadValue(
            _("there is no host in the URL."),
            _("An @, : or / in a user name must be percent-encoded: %40, %3A, %2F."),
        )
    return parts
