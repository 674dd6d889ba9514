"""The OAuth tokens of an account between two log-ins, and whose turn it is to renew them.

A provider may give a new refresh token with every access token and end the old one (RFC 6749
§6, RFC 9700 §4.14.2), and the engine, `doctor` and `init` may run at once: whoever renews holds
`locked`, reads again what there is, and writes before anything new is used.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from config import secrets
from config.i18n import _
from config.model import OAuthSettings
from config.secret_ref import SecretRef
from config.secrets import SecretError


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a provider gave. Its `repr` shows no token."""

    refresh_token: str = field(repr=False)
    access_token: str = field(default="", repr=False)
    """Empty: there is none (any more), only the means to get one."""
    expires_at: float = 0.0
    """When the access token ends, in Unix seconds."""
    renewed_at: float = 0.0
    """When it was given, in Unix seconds; 0: unknown."""
    scopes: tuple[str, ...] = ()
    """What it is good for, as far as the provider said; empty: it did not say."""


class TokensBusy(Exception):
    """Another program has been renewing these tokens for too long."""


class TokenPlace(Protocol):
    """Where tokens are kept."""

    def locked(self, patience: float) -> AbstractContextManager[None]:
        """Nobody else renews them inside. Raises `TokensBusy` after `patience` seconds."""

    def read(self) -> Tokens | None:
        """None: nobody has logged in yet. Raises `SecretError`."""

    def write(self, tokens: Tokens) -> None:
        """Durable when it returns; after an error the earlier ones are still there.
        Raises `SecretError`."""


class TokenStore:
    """The keyring, where the refresh token's reference names it, else a 0600 file.

    With the keyring the file holds times and scopes only. A reference of another kind is where
    the first refresh token comes from: newer ones are in the file, for as long as the reference
    still gives that first one.
    """

    def __init__(self, oauth: OAuthSettings) -> None:
        self.path = oauth.token_file
        self._ref = oauth.refresh_token
        self._in_keyring = self._ref is not None and self._ref.scheme == "keyring"
        self._file = SecretRef("file", str(self.path))

    @contextlib.contextmanager
    def locked(self, patience: float) -> Iterator[None]:
        # A file of its own: the other one is replaced at each write.
        path = self.path.with_name(f"{self.path.name}.lock")
        try:
            secrets.make_private(path.parent)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            secrets.give_to_owner(descriptor, path)
        except OSError as error:
            raise SecretError(
                self._file,
                _("{path} cannot be opened ({why}); give this user the right to write there.")
                .format(path=path, why=error.strerror),
            ) from None  # fmt: skip
        try:
            end = time.monotonic() + patience
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > end:
                        raise TokensBusy from None
                    time.sleep(0.02)
            yield
        finally:
            os.close(descriptor)

    def read(self) -> Tokens | None:
        kept = self._kept()
        if self._ref is None:
            return _tokens(kept) if kept.get("refresh_token") else None
        if self._in_keyring:
            refresh_token = secrets.resolve(self._ref)
            same = kept.get("of") == _digest(refresh_token)
            return _tokens({**(kept if same else {}), "refresh_token": refresh_token})
        try:
            first = secrets.resolve(self._ref)
        except SecretError:
            # A password store may be locked at night: what came of that token still works.
            if kept.get("refresh_token") and kept.get("of"):
                return _tokens(kept)
            raise
        if kept.get("refresh_token") and kept.get("of") == _digest(first):
            return _tokens(kept)
        return Tokens(first)

    def write(self, tokens: Tokens) -> None:
        kept: dict[str, Any] = {
            "expires_at": tokens.expires_at,
            "renewed_at": tokens.renewed_at,
            "scopes": list(tokens.scopes),
        }
        if self._in_keyring and self._ref is not None:
            if self._differs(self._ref, tokens.refresh_token):
                secrets.store(self._ref, tokens.refresh_token)
            kept["of"] = _digest(tokens.refresh_token)
        else:
            kept |= {"refresh_token": tokens.refresh_token, "access_token": tokens.access_token}
            if self._ref is not None:
                with contextlib.suppress(SecretError):
                    kept["of"] = _digest(secrets.resolve(self._ref))
                if "of" not in kept:
                    kept["of"] = self._kept().get("of", "")
        secrets.store(self._file, json.dumps(kept))

    def delete(self) -> None:
        """Forget them; what a reference other than the keyring names stays."""
        if self._in_keyring and self._ref is not None:
            secrets.delete(self._ref)
        secrets.delete(self._file)

    @staticmethod
    def _differs(ref: SecretRef, secret: str) -> bool:
        try:
            return secrets.resolve(ref) != secret
        except SecretError:
            return True

    def _kept(self) -> dict[str, Any]:
        if not self.path.exists():
            return {}
        try:
            found = json.loads(secrets.resolve(self._file))
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise SecretError(
                self._file,
                _("{path} is damaged; delete it and log in again.").format(path=self.path),
            ) from None
        return found


class MemoryTokens:
    """Tokens of a log-in that is only being tried: on no disk."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def locked(self, patience: float) -> Iterator[None]:
        if not self._lock.acquire(timeout=patience):
            raise TokensBusy
        try:
            yield
        finally:
            self._lock.release()

    def read(self) -> Tokens | None:
        return self.tokens

    def write(self, tokens: Tokens) -> None:
        self.tokens = tokens


def _tokens(kept: dict[str, Any]) -> Tokens:
    def text(key: str) -> str:
        value = kept.get(key)
        return value if isinstance(value, str) else ""

    def number(key: str) -> float:
        value = kept.get(key)
        return float(value) if isinstance(value, int | float) else 0.0

    scopes = kept.get("scopes")
    return Tokens(
        text("refresh_token"),
        text("access_token"),
        number("expires_at"),
        number("renewed_at"),
        tuple(str(scope) for scope in scopes) if isinstance(scopes, list) else (),
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
