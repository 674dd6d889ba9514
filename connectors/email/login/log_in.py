"""How an account proves itself to its servers: its password, or a token that may need renewing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

from config.i18n import _, ngettext
from config.model import EmailAccount
from config.secrets import SecretError, resolve
from connectors.contract import AuthFailed, ChannelError, Check, Misconfigured
from connectors.email.credential import Bearer, Credential

Protocol = Literal["imap", "smtp"]
Result = TypeVar("Result")


async def logged_in(
    account: EmailAccount, protocol: Protocol, use: Callable[[Credential], Awaitable[Result]]
) -> Result:
    """What `use` makes of the account's credential. Raises `ChannelError`.

    An access token that is refused before its time (withdrawn, or the clock is wrong) is
    replaced once. `use` raises `AuthFailed` only while nothing was handed over.
    """
    credential = await _credential(account, protocol)
    try:
        return await use(credential)
    except AuthFailed:
        if not isinstance(credential, Bearer):
            raise
    from connectors.email.login.oauth import access_tokens

    return await use(await access_tokens(account).bearer(credential))


async def check_tokens(account: EmailAccount) -> list[Check]:
    """`doctor`'s line about an account's OAuth: whether new access can be had, and what for."""
    if account.oauth is None:
        return []
    from connectors.email.login.oauth import access_tokens

    name = _("OAuth")
    try:
        tokens = await asyncio.to_thread(access_tokens(account).renewed, forced=True)
    except ChannelError as error:
        return [Check(name, False, str(error), error)]
    minutes = max(0, round((tokens.expires_at - time.time()) / 60))
    until = time.strftime("%H:%M", time.localtime(tokens.expires_at))
    text = ngettext(
        "{provider}: access renewed, good for {n} minute (until {until})",
        "{provider}: access renewed, good for {n} minutes (until {until})",
        minutes,
    ).format(provider=account.oauth.provider, n=minutes, until=until)
    if tokens.scopes:
        text += "; " + _("for {scopes}").format(scopes=" ".join(tokens.scopes))
    if lacking := lacks(account.oauth.scopes, tokens.scopes):
        text += "; " + _("it lacks {scopes}: log in again and allow everything").format(
            scopes=" ".join(lacking)
        )
        return [Check(name, False, text)]
    return [Check(name, True, text)]


def lacks(wanted: tuple[str, ...], given: tuple[str, ...]) -> list[str]:
    """Scopes that were asked for and not given; a server that does not say gave them all."""
    if not given:
        return []
    # Not scopes of an access token: providers leave them out of what they list.
    apart = {"offline_access", "openid", "profile", "email"}
    has = {_bare(scope) for scope in given}
    return [scope for scope in wanted if scope not in apart and _bare(scope) not in has]


def _bare(scope: str) -> str:
    return scope.lower().rstrip("/")


async def _credential(account: EmailAccount, protocol: Protocol) -> Credential:
    """Asked for each time: it may have been changed since. Raises `ChannelError`."""
    server = account.imap if protocol == "imap" else account.smtp
    if not server.user:
        return ""
    ref = account.password
    if protocol == "smtp" and account.smtp_password is not None:
        ref = account.smtp_password
    elif account.oauth is not None:
        from connectors.email.login.oauth import access_tokens

        return await access_tokens(account).bearer()
    if ref is None:
        return ""
    try:
        return await asyncio.to_thread(resolve, ref)
    except SecretError as error:
        raise Misconfigured(str(error)) from None
