"""What python-telegram-bot raises, told as a `ChannelError` in one sentence.

Whether a message may be out already is told exactly: nothing is, where no connection stood or
the server answered with a refusal; anything else after the request was begun leaves it open.
"""

from __future__ import annotations

import re
import ssl

import httpx
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from config.i18n import _
from connectors.contract import (
    AuthFailed,
    Blocked,
    CertificateInvalid,
    ChannelError,
    Deferred,
    MaybeSent,
    Misconfigured,
    Rejected,
    Unreachable,
)
from connectors.unreached import causes_of, why_unreached

NOTHING_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
"""What fails before the first byte of a request is on its way."""

_TOKEN = re.compile(r"\d+:[\w-]{20,}")
_LONGEST_SAID = 200


class OtherPoller(ChannelError):
    """Another program receives for this bot (409): they would take turns in losing. Only slow
    retries."""

    retry = False


class UnknownMethod(BadRequest):
    """404 from a server that has taken the token before. Its message is the method's name."""


class NoSuchMethod(Rejected):
    """The server does not have what was called."""


class WebhookSet(ChannelError):
    """getUpdates is refused while a webhook is set (409)."""


def of_call(error: TelegramError) -> ChannelError:
    """Of a call that may be made again without harm: receiving, asking, changing, deleting."""
    if (reason := _network(error)) is not None:
        return reason
    if isinstance(error, NetworkError) and not isinstance(error, BadRequest):
        return Unreachable(
            _("Telegram's server has trouble ({said}); it is tried again.").format(said=said(error))
        )
    return _answered(error)


def of_send(error: TelegramError) -> ChannelError:
    """Of a call that sends a message, which must not go out twice."""
    if (reason := _network(error)) is not None:
        if nothing_sent(error):
            return reason
        return MaybeSent(
            _("The connection to Telegram ended before it said whether it took the message.")
        )
    if isinstance(error, NetworkError) and not isinstance(error, BadRequest):
        return MaybeSent(
            _("Telegram's server had trouble ({said}) and did not say whether it took the message.")
            .format(said=said(error))
        )  # fmt: skip
    if type(error) is TelegramError:
        return MaybeSent(_("Telegram's answer cannot be read: it may have taken the message."))
    return _answered(error)


def nothing_sent(error: TelegramError) -> bool:
    """Whether the request cannot have reached the server."""
    return any(isinstance(cause, NOTHING_SENT) for cause in causes_of(error))


def proxy_is_down(error: TelegramError) -> bool:
    """Of a call through a proxy: whether no connection to that came about."""
    causes = list(causes_of(error))
    return any(isinstance(c, httpx.ConnectError) for c in causes) and not any(
        isinstance(c, ssl.SSLError) for c in causes
    )


def said(error: TelegramError) -> str:
    """The server's own words, fit for a sentence."""
    return _clean(error.message.partition(". Parsing the server response")[0]).rstrip(".")


def _answered(error: TelegramError) -> ChannelError:
    """What the server answered with a refusal: nothing was done."""
    if isinstance(error, UnknownMethod):
        return NoSuchMethod(
            _("The Bot API server that base_url leads to does not know {method}; a newer one may.")
            .format(method=error.message)
        )  # fmt: skip
    if isinstance(error, InvalidToken):
        if "not found" in error.message.lower():
            return AuthFailed(
                _("No such bot is known there (404): the token is mistyped, or base_url leads to"
                  " another server. @BotFather shows the token (/mybots → API Token); give it to"
                  " “omnitui init --telegram”.")
            )  # fmt: skip
        return AuthFailed(
            _("Telegram does not accept this bot's token; take the right one from @BotFather"
              " (/mybots → API Token) and give it to “omnitui init --telegram”.")
        )  # fmt: skip
    if isinstance(error, Conflict):
        if "webhook" in error.message.lower():
            return WebhookSet(
                _("A webhook is set for this bot, so Telegram gives it no news here; remove the"
                  " webhook or set it as `webhook`.")
            )  # fmt: skip
        return OtherPoller(
            _("Another program is receiving for this bot; end it, or make a bot of its own for"
              " this desk at @BotFather.")
        )  # fmt: skip
    if isinstance(error, RetryAfter):
        seconds = error.retry_after
        wait = float(seconds if isinstance(seconds, int | float) else seconds.total_seconds())
        return Deferred(
            _("Telegram wants us to wait {n} s before the next message.").format(n=round(wait)),
            wait,
        )
    if isinstance(error, Forbidden):
        words = error.message.lower()
        if "blocked" in words or "deactivated" in words or "kicked" in words:
            return Blocked(
                _("They take no messages from this bot any more ({said}).").format(said=said(error))
            )
        return Rejected(_("Telegram does not allow this ({said}).").format(said=said(error)))
    if type(error) is TelegramError:
        return Unreachable(_("Telegram's answer cannot be read; it is tried again."))
    return Rejected(_("Telegram refuses this: {said}.").format(said=said(error)))


def _network(error: TelegramError) -> ChannelError | None:
    """Why no whole answer came; None: one did."""
    found = [c for c in causes_of(error) if isinstance(c, (httpx.HTTPError, httpx.InvalidURL))]
    if not found and not isinstance(error, TimedOut):
        return None
    return network(found[0] if found else error)


def network(error: BaseException) -> ChannelError:
    """Why the server could not be reached, from what httpx raised."""
    causes = list(causes_of(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateInvalid(
                _("The certificate of the Bot API server is not valid ({why}); correct base_url,"
                  " proxy or tls_ca.").format(why=cause.verify_message.rstrip("."))
            )  # fmt: skip
        if isinstance(cause, httpx.ProxyError):
            words = _clean(str(cause)).rstrip(".")
            if words.startswith(("407", "401")) or "username/password" in words.lower():
                return Misconfigured(
                    _("The proxy does not accept our user or password ({said}); correct proxy and"
                      " proxy_password.").format(said=words)
                )  # fmt: skip
            return Unreachable(
                _("The proxy does not let us through ({said}); look at proxy.").format(said=words)
            )
    return Unreachable(
        _("Telegram cannot be reached: {why}.").format(
            why=why_unreached(causes, timeouts=(TimedOut,))
        )
    )


def _clean(words: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return _TOKEN.sub("…", line)[:_LONGEST_SAID]
