"""An account's access tokens: renewed before they end, shared by everything that logs in."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from config.home import find_home
from config.i18n import _
from config.model import EmailAccount
from config.secrets import SecretError
from config.token_store import MemoryTokens, TokenPlace, Tokens, TokensBusy, TokenStore
from connectors.contract import AuthFailed, ChannelError, Deferred, Misconfigured, Unreachable
from connectors.email.credential import Bearer
from connectors.email.login.oauth_endpoint import Endpoint, Grant, Refusal

MARGIN = 120.0
"""Seconds before its end at which a token is not used for a new log-in any more."""
TURN = 45.0
"""Seconds to wait for another program that is renewing the same tokens."""
PATIENCE = 150.0
"""Seconds for a token, with a locked keyring and a slow provider."""
REST = 60.0
"""Seconds in which a refresh token that was refused is not shown again."""
_THREADS = 8
"""Not the loop's own threads: a provider that hangs must not hold up anything else."""

_CLIENT_ERRORS = {"invalid_client", "unauthorized_client"}
_REQUEST_ERRORS = {"invalid_request", "unsupported_grant_type", "invalid_scope"}


class AccessTokens:
    """The tokens of one account. Get it by `access_tokens`."""

    def __init__(self, account: EmailAccount, place: TokenPlace) -> None:
        if account.oauth is None:
            raise ValueError("the account has no OAuth settings")
        self.account = account
        self._oauth = account.oauth
        self._place = place
        self._endpoint = Endpoint(account)
        self._held: Tokens | None = None
        self._unsaved: Tokens | None = None
        self._refused: tuple[str, float, ChannelError] | None = None
        self._flight: Future[Tokens] | None = None

    async def bearer(self, refused: Bearer | None = None) -> Bearer:
        """A token for a log-in now; another one than `refused`. Raises `ChannelError`.

        Whoever asks meanwhile waits for the same renewal; a task that is cancelled leaves it
        going on, for it may be bringing the only refresh token there is.
        """
        not_this = refused.token if refused else ""
        for _attempt in range(2):
            held = self._held
            if held is not None and _usable(held, not_this):
                return Bearer(held.access_token, log_in_again(self.account))
            flight = self._flight
            if flight is None or flight.done():
                flight = self._flight = _threads().submit(self.renewed, not_this)
            try:
                async with asyncio.timeout(PATIENCE):
                    held = await asyncio.shield(asyncio.wrap_future(flight))
            except TimeoutError:
                raise Unreachable(
                    _("No access token for {account} came within {n} seconds; it is tried again.")
                    .format(account=self.account.name, n=int(PATIENCE))
                ) from None  # fmt: skip
            if held.access_token != not_this:
                return Bearer(held.access_token, log_in_again(self.account))
        raise self._dead(_("the provider gives the same token again"))

    def renewed(self, refused: str = "", *, forced: bool = False) -> Tokens:
        """Tokens good for a log-in: the ones there are, or new ones; blocks for seconds.

        `refused`: an access token that a mail server did not take. `forced`: renew in any case.
        Raises `ChannelError`.
        """
        try:
            with self._place.locked(TURN):
                if self._unsaved is not None:
                    self._save(self._unsaved)
                there = self._place.read()
                if there is None:
                    raise AuthFailed(
                        _("Nobody has logged in to {account} yet; log in with: {command}").format(
                            account=self.account.name, command=log_in_again(self.account)
                        )
                    )
                if forced or not _usable(there, refused):
                    there = self._renew(there)
                self._held = there
                return there
        except SecretError as error:
            raise Misconfigured(str(error)) from None
        except TokensBusy:
            raise Unreachable(
                _("Another omnitui has been renewing the access to {account} for long; it is tried"
                  " again.").format(account=self.account.name)
            ) from None  # fmt: skip

    def _renew(self, there: Tokens) -> Tokens:
        if self._refused is not None:
            token, until, error = self._refused
            if token == there.refresh_token and time.monotonic() < until:
                raise type(error)(str(error))
        # A full disk or a read-only one must be met now, not with the only token in hand.
        self._place.write(there)
        form = {"grant_type": "refresh_token", "refresh_token": there.refresh_token}
        if self._oauth.provider != "google":
            form["scope"] = " ".join(self._oauth.scopes)
        try:
            grant = self._endpoint.grant(form)
        except Refusal as refusal:
            error = self._explained(refusal)
            if not error.retry:
                self._refused = there.refresh_token, time.monotonic() + REST, error
            raise error from None
        self._refused = None
        fresh = from_grant(grant, there)
        self._save(fresh)
        return fresh

    def _save(self, tokens: Tokens) -> None:
        """Keep what was given, before anything of it is used; what cannot be written now is
        tried again at the next call."""
        self._unsaved = tokens
        self._place.write(tokens)
        self._unsaved = None

    def _explained(self, refusal: Refusal) -> ChannelError:
        if refusal.code in _CLIENT_ERRORS:
            return Misconfigured(
                _(
                    "The provider does not know this program ({said}); correct client_id and"
                    " client_secret of {account}, the secret may have ended."
                ).format(said=refusal.said.rstrip("."), account=self.account.name)
            )
        if refusal.code in _REQUEST_ERRORS:
            return Misconfigured(
                _("The provider refuses what {account} asks for ({said}); check scopes and tenant.")
                .format(account=self.account.name, said=refusal.said.rstrip("."))
            )  # fmt: skip
        if refusal.code == "slow_down":
            return Deferred(
                _("The provider asks for patience ({said}); it is tried again.").format(
                    said=refusal.said.rstrip(".")
                )
            )
        return self._dead(refusal.said)

    def _dead(self, said: str) -> AuthFailed:
        return AuthFailed(
            _("The access to {address} has ended ({said}); log in again with: {command}").format(
                address=self.account.address,
                said=said.rstrip("."),
                command=log_in_again(self.account),
            )
        )


def from_grant(grant: Grant, before: Tokens | None = None) -> Tokens:
    """What is kept of an answer; a refresh token that was not replaced goes on (RFC 6749 §6)."""
    now = time.time()
    return Tokens(
        grant.refresh_token or (before.refresh_token if before else ""),
        grant.access_token,
        now + grant.lifetime,
        now,
        grant.scopes or (before.scopes if before else ()),
    )


def log_in_again(account: EmailAccount) -> str:
    """The command that a person runs to log this account in anew."""
    home = ""
    if account.oauth is not None:
        state = account.oauth.token_file.parent.parent
        if state != find_home().state:
            home = f"--home {shlex.quote(str(state.parent))} "
    return f"omnitui {home}init --account {shlex.quote(account.name)}"


def _usable(tokens: Tokens, refused: str) -> bool:
    if not tokens.access_token or tokens.access_token == refused:
        return False
    lifetime = max(tokens.expires_at - tokens.renewed_at, 0.0)
    # Seconds matter only to a server that gives tokens for minutes.
    return time.time() < tokens.expires_at - min(MARGIN, lifetime / 10)


# One for each account and process: a mailbox has several connections, and its connector is
# built anew after a failure while the old one may still be sending.
_shared: dict[Path, AccessTokens] = {}
_pool: list[ThreadPoolExecutor] = []


def access_tokens(account: EmailAccount) -> AccessTokens:
    """The process's tokens of this account, which must have OAuth settings."""
    if account.oauth is None:
        raise ValueError("the account has no OAuth settings")
    found = _shared.get(account.oauth.token_file)
    if found is None or found.account != account:
        found = AccessTokens(account, TokenStore(account.oauth))
        _shared[account.oauth.token_file] = found
    return found


@contextlib.contextmanager
def on_trial(account: EmailAccount, tokens: Tokens) -> Iterator[MemoryTokens]:
    """Inside, the account logs in with `tokens`, which are on no disk; yields where the newest
    ones are, for they may be renewed meanwhile."""
    if account.oauth is None:
        raise ValueError("the account has no OAuth settings")
    memory = MemoryTokens(tokens)
    path = account.oauth.token_file
    _shared[path] = AccessTokens(account, memory)
    try:
        yield memory
    finally:
        _shared.pop(path, None)


def _threads() -> ThreadPoolExecutor:
    if not _pool:
        _pool.append(ThreadPoolExecutor(_THREADS, thread_name_prefix="oauth"))
    return _pool[0]
