"""Every way a channel fails."""

from __future__ import annotations

from collections.abc import Mapping


class ChannelError(Exception):
    """Any way a channel fails. `str()` is one sentence that says what to do.

    `retry`: trying again later may help. `maybe_sent`: raised while sending, after the
    point where the other side may already have taken the message over.
    """

    retry = True
    maybe_sent = False


class Unreachable(ChannelError):
    """Unknown host, refused, reset or timed out before anything was handed over."""


class AuthFailed(ChannelError):
    """The server does not accept the credentials; retrying hammers it: slow retries only."""

    retry = False


class CertificateInvalid(ChannelError):
    """TLS could not be verified."""

    retry = False


class Misconfigured(ChannelError):
    """Settings that cannot work (no such folder, no such bot)."""

    retry = False


class Rejected(ChannelError):
    """The server refused this message for good; the agent must change something."""

    retry = False


class Blocked(Rejected):
    """The recipient takes no messages from us any more: shown with the address until they do."""


class Deferred(ChannelError):
    """The server refused for now. `retry_after` in seconds when it said so."""

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class MaybeSent(ChannelError):
    """The connection ended after the message may have been taken: never resend unasked.

    `refused`: who does not have it in any case, as in `Sent`.
    """

    retry = False
    maybe_sent = True

    def __init__(self, sentence: str, refused: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.refused = dict(refused or {})
