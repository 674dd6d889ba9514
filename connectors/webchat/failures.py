"""What came of a call to the relay, told as a `ChannelError` in one sentence.

Every call may be made again without harm: a message carries its key, by which the relay knows it,
and all others say what shall be true. So nothing here is ever `MaybeSent`: after half an answer,
or none, the engine asks again with the same key, and it goes to the visitor once.
"""

from __future__ import annotations

import math
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from config.i18n import _
from connectors.contract import (
    AuthFailed,
    Blocked,
    CertificateInvalid,
    ChannelError,
    Deferred,
    Misconfigured,
    Rejected,
    Unreachable,
)
from connectors.unreached import causes_of, why_unreached

_LONGEST_SAID = 200
SLOW = 60.0
"""Seconds before the next try, where somebody has to do something first."""
LONGEST_PATIENCE = 3600.0
"""Seconds: no relay asks for more."""


class OtherDesk(ChannelError):
    """Another engine has taken the stream over: they would take it from each other. Only slow
    retries."""

    retry = False


class Unreached(Deferred, Unreachable):
    """It could not be handed over, and is soon to be tried again."""


class NoSuchThing(Rejected):
    """What was asked for is not there."""


class NoSuchVisitor(Rejected):
    """Nobody is known there by that name."""


class Taken(Rejected):
    """The key is another message's."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of the relay, or of a web server before it, that is none of success."""

    status: int
    code: str
    """As the relay names it; empty: it was no relay that answered."""
    said: str
    retry_after: float | None = None


def refusal(answer: httpx.Response) -> Refusal:
    """Of an answer whose body has been read, as far as it came."""
    try:
        body = answer.json()
    except (ValueError, RecursionError, httpx.ResponseNotRead):
        body = None
    code = said = ""
    if isinstance(body, Mapping):
        code = _clean(str(body.get("code") or ""))
        said = _clean(str(body.get("message") or ""))
    return Refusal(answer.status_code, code, said, _seconds(answer.headers.get("retry-after")))


def of(found: Refusal) -> ChannelError:
    """Why the relay does not do it."""
    status, code = found.status, found.code
    if status == httpx.codes.UNAUTHORIZED:
        return AuthFailed(
            _("The relay does not accept this desk's token; take the one of this site from the"
              " relay's configuration and give it to “omnitui init --webchat”.")
        )  # fmt: skip
    if status == httpx.codes.TOO_MANY_REQUESTS:
        wait = found.retry_after or 1.0
        return Deferred(
            _("The relay wants us to wait {n} s before the next message.").format(
                n=max(1, round(wait))
            ),
            wait,
        )
    if code == "storage-full":
        return Deferred(_("The relay has no room for more files; it is tried again."), SLOW)
    if code == "bad-file":
        # Of a desk's files all kinds are taken: it lay there for too long before it was sent.
        return Deferred(_("The relay no longer has the file; it is given once more."), 1.0)
    if status == httpx.codes.REQUEST_TIMEOUT:
        return Unreachable(_("The relay cannot be reached: it hears too little of us."))
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Deferred(
            _("The relay has trouble (HTTP {status}); it is tried again.").format(status=status),
            found.retry_after,
        )
    if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        if not code:
            return Rejected(
                _("The web server before the relay takes nothing so large (HTTP 413); raise its"
                  " limit (nginx: client_max_body_size), or send less.")
            )  # fmt: skip
        return Rejected(_("This is more than the relay takes in one message; send it in pieces."))
    if not code:
        # A web server before the relay, or something else altogether. Nobody's message is to be
        # given up for that: it is tried again, slowly, until somebody has set it right.
        return _no_relay(found)
    if code == "unknown-visitor":
        return NoSuchVisitor(
            _("The relay no longer has this visitor's chat; write to them on another channel.")
        )
    if code == "gone":
        return Blocked(
            _("This visitor is blocked or has been forgotten: they get no messages there any more.")
        )
    if code == "key-used":
        return Taken(
            _("The relay has another message under this key already; write it anew and send that.")
        )
    if status == httpx.codes.NOT_FOUND:
        return NoSuchThing(_("The relay no longer has this message."))
    if status == httpx.codes.GONE:
        return Blocked(_("This visitor gets no messages there any more."))
    return Rejected(_("The relay refuses this: {said}.").format(said=found.said or code))


def unreadable() -> ChannelError:
    return Unreachable(_("The relay's answer cannot be read; it is tried again."))


def _no_relay(found: Refusal) -> ChannelError:
    if 300 <= found.status < 400:
        return Misconfigured(
            _("There the relay's address leads on to another one (HTTP {status}); write that one as"
              " `relay`.").format(status=found.status)
        )  # fmt: skip
    return Misconfigured(
        _("No relay answers at the address (HTTP {status}); correct `relay`, or the web server"
          " before it.").format(status=found.status)
    )  # fmt: skip


def network(error: BaseException) -> ChannelError:
    """Why no whole answer came, from what httpx raised."""
    causes = list(causes_of(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateInvalid(
                _("The relay's certificate is not valid ({why}); correct it there, or `relay` or"
                  " tls_ca here.").format(why=cause.verify_message.rstrip("."))
            )  # fmt: skip
        if isinstance(cause, httpx.ProxyError):
            return Unreachable(
                _("The proxy does not let us through to the relay ({said}).").format(
                    said=_clean(str(cause)).rstrip(".")
                )
            )
    return Unreachable(_("The relay cannot be reached: {why}.").format(why=why_unreached(causes)))


def _seconds(said: str | None) -> float | None:
    try:
        found = float(said or "")
    except ValueError:
        return None
    return min(found, LONGEST_PATIENCE) if math.isfinite(found) and found > 0 else None


def _clean(words: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return line[:_LONGEST_SAID].rstrip(".")
