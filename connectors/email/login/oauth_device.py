"""Logging in on another device: a code typed there, a wait here (RFC 8628)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from config.i18n import _
from connectors.contract import AuthFailed, ChannelError, Deferred, Misconfigured, Unreachable
from connectors.email.failures import words
from connectors.email.login.oauth_endpoint import Endpoint, Grant, Refusal

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
SLOWER = 5.0
"""Seconds by which `slow_down` lengthens the interval (RFC 8628 §3.5)."""
_PENDING = "authorization_pending"
_DENIED = {"access_denied", "authorization_declined"}
_EXPIRED = {"expired_token", "code_expired", "bad_verification_code"}
"""The RFC's words, and Microsoft's."""


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What a person has to do, and what to ask the server with meanwhile."""

    user_code: str
    url: str
    """Where the code is typed."""
    direct_url: str
    """The same with the code in it; empty: there is none."""
    lifetime: float
    """Seconds."""
    interval: float
    device_code: str = field(repr=False)


def begin(endpoint: Endpoint) -> DeviceCode:
    """Ask for a code. Raises `ChannelError`."""
    url = endpoint.oauth.device_url
    try:
        found = endpoint.ask(url, {"scope": " ".join(endpoint.oauth.scopes)})
    except Refusal as refusal:
        raise _refused(refusal) from None

    def text(*keys: str) -> str:
        value = next((found[key] for key in keys if isinstance(found.get(key), str)), "")
        return words(value)

    def number(key: str, otherwise: float) -> float:
        try:
            value = float(found.get(key) or otherwise)
        except (TypeError, ValueError):
            return otherwise
        return value if 0 < value < 86400 else otherwise

    device_code = found.get("device_code")
    # `verification_url` is how Google wrote it before the RFC.
    where, user_code = text("verification_uri", "verification_url"), text("user_code")
    if not isinstance(device_code, str) or not device_code or not user_code or not _web(where):
        raise Misconfigured(
            _("{url} gives no code to log in with; correct device_url.").format(url=url)
        )
    direct = text("verification_uri_complete")
    return DeviceCode(
        user_code,
        where,
        direct if _web(direct) else "",
        number("expires_in", 600),
        number("interval", 5),
        device_code,
    )


def wait(
    endpoint: Endpoint, code: DeviceCode, sleep: Callable[[float], object] = time.sleep
) -> Grant:
    """Ask until the person has decided. Raises `ChannelError`; Ctrl-C ends it at any moment."""
    interval = code.interval
    waited = 0.0
    form = {"grant_type": GRANT_TYPE, "device_code": code.device_code}
    while waited < code.lifetime:
        sleep(interval)
        waited += interval
        try:
            return endpoint.grant(form)
        except Refusal as refusal:
            if refusal.code == "slow_down":
                interval += SLOWER
            elif refusal.code != _PENDING:
                raise _refused(refusal) from None
        except (Unreachable, Deferred):
            interval = min(interval * 2, 60.0)  # §3.5: less often while the network is down
    raise _refused(Refusal("expired_token", ""))


def _refused(refusal: Refusal) -> ChannelError:
    if refusal.code in _DENIED:
        return AuthFailed(_("The log-in was refused in the browser."))
    if refusal.code in _EXPIRED:
        return AuthFailed(_("Nobody logged in with the code in time; begin again."))
    return AuthFailed(
        _("The provider gives no log-in ({said}); check client_id, tenant and scopes.").format(
            said=refusal.said.rstrip(".")
        )
    )


def _web(url: str) -> bool:
    return re.fullmatch(r"https?://[^\s/]+\S*", url) is not None
