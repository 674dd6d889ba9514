"""What went wrong on the way to a mail server, as one sentence that says what to do."""

from __future__ import annotations

import re
import socket
import ssl

from config.i18n import _
from config.model import ServerUrl
from connectors.contract import AuthFailed, CertificateInvalid, ChannelError, Unreachable
from connectors.email.credential import Bearer

_WORDS = 300
"""Characters of a server's own words that are shown."""


def place(server: ServerUrl) -> str:
    return (
        f"[{server.host}]:{server.port}" if ":" in server.host else f"{server.host}:{server.port}"
    )


def words(text: str | bytes) -> str:
    """What a server said, as one short printable line."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _WORDS else line[: _WORDS - 1] + "…"


def network_failure(error: BaseException, server: ServerUrl) -> ChannelError:
    """The contract's error for whatever connecting or talking to `server` raised."""
    where = place(server)
    cause = _root(error)
    match cause:
        case ChannelError():
            return cause
        case ssl.SSLCertVerificationError():
            why = words(cause.verify_message or str(cause)).rstrip(".")
            return CertificateInvalid(
                _(
                    "The certificate of {where} cannot be trusted ({why}); have it renewed, or name"
                    " its own authority's file in tls_ca."
                ).format(where=where, why=why)
            )
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return closed(server)
        case ssl.SSLError():
            return CertificateInvalid(
                _(
                    "No encrypted connection to {where} came about ({why}); check that port and"
                    " scheme belong together (imaps:// or smtps:// against +starttls://)."
                ).format(where=where, why=words(cause.reason or str(cause)))
            )
        case socket.gaierror():
            if cause.errno == socket.EAI_AGAIN:
                return Unreachable(
                    _("The name {host} cannot be looked up now; check this machine's network.")
                    .format(host=server.host)
                )  # fmt: skip
            return Unreachable(
                _("There is no host named {host}; check its spelling and this machine's network.")
                .format(host=server.host)
            )  # fmt: skip
        case TimeoutError():
            return Unreachable(
                _("{where} did not answer in time; check the network, host and port.").format(
                    where=where
                )
            )
        case ConnectionRefusedError():
            return _refused(where)
        case ConnectionError() | EOFError():
            return closed(server)
        case OSError() if re.search(r"\[Errno (111|61|10061)\]", str(cause)):
            return _refused(where)  # several addresses, each refused
        case _:
            why = words(getattr(cause, "strerror", None) or str(cause) or type(cause).__name__)
            return Unreachable(
                _("{where} cannot be reached ({why}); check the network, host and port.").format(
                    where=where, why=why.rstrip(".")
                )
            )


def closed(server: ServerUrl, said: str | bytes = "") -> Unreachable:
    """The server ended the connection; `said` is its farewell."""
    if said := words(said).rstrip("."):
        return Unreachable(
            _("{where} ended the connection ({said}); it is tried again.").format(
                where=place(server), said=said
            )
        )
    return Unreachable(
        _("{where} ended the connection; it is tried again.").format(where=place(server))
    )


def wrong_credentials(server: ServerUrl, said: str | bytes) -> AuthFailed:
    said = words(said).rstrip(".")
    return AuthFailed(
        _(
            "{where} does not accept the log-in of {user} ({said}); check user and password, and"
            " whether the provider asks for an app password or for OAuth."
        ).format(where=place(server), user=server.user, said=said)
    )


def refused_token(
    server: ServerUrl, bearer: Bearer, said: str | bytes, why: str = ""
) -> AuthFailed:
    """An access token was not taken. `why`: what the server said before its refusal."""
    heard = ": ".join(filter(None, (words(said).rstrip("."), words(why).rstrip("."))))
    return AuthFailed(
        _(
            "{where} does not accept the access token of {user} ({said}); log in as {user} again"
            " with: {command}"
        ).format(
            where=place(server),
            user=server.user,
            said=words(bearer.hidden_in(heard)),
            command=bearer.again or "omnitui init",
        )
    )


def _refused(where: str) -> Unreachable:
    return Unreachable(
        _("{where} refuses connections; check the port and that the server runs.").format(
            where=where
        )
    )


def _root(error: BaseException) -> BaseException:
    """aiosmtplib wraps what the socket or TLS said: the cause says more than the wrapper."""
    seen = error
    while isinstance(seen, ConnectionError | TimeoutError) and isinstance(
        seen.__cause__, OSError | EOFError
    ):
        seen = seen.__cause__
    return seen
