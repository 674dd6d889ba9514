"""Visitors' tokens: what a browser proves with that it is the same one as before.

A JWT (HS256) by a key of the relay's own, mixed with the database's epoch: tokens of another
database, whose counting began anew, are refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import jwt

from connectors.webchat.protocol import VISITOR
from connectors.webchat.relay.records import Caller, Millis

KEY_BYTES = 32


class BadToken(Exception):
    """Not one of this relay's for this site, or too old."""


class SessionOver(Exception):
    """Of a signed-in visitor whose site has to say again that they are."""

    def __init__(self, caller: Caller) -> None:
        super().__init__("identity-needed")
        self.caller = caller


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token says."""

    caller: Caller
    until: Millis | None
    """When a signed-in visitor needs their site's word again; None: not signed in."""
    proven_at: Millis = 0
    """When the site said it last."""


class Tokens:
    """`visitor_session`, `identity_session`: seconds, as in the settings."""

    def __init__(
        self, key: bytes, epoch: str, *, visitor_session: int, identity_session: int
    ) -> None:
        self._key = hmac.digest(key, b"visitor token\0" + epoch.encode(), hashlib.sha256)
        self._visitor_session = visitor_session * 1000
        self._identity_session = identity_session * 1000

    def issue(self, caller: Caller, at: Millis) -> str:
        """`at`: now, or for a signed-in visitor when their site said who they are."""
        claims: dict[str, object] = {
            "s": caller.site,
            "v": caller.visitor,
            "g": caller.generation,
            "iat": at // 1000,
        }
        if caller.signed_in:
            claims["u"] = True
        return jwt.encode(claims, self._key, algorithm="HS256")

    def signed_in_until(self, proven_at: Millis) -> Millis:
        return proven_at + self._identity_session

    def read(self, token: str, site: str, now: Millis) -> Grant:
        """Raises `BadToken`, `SessionOver`."""
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=["HS256"],
                options={"require": ["iat", "s", "v", "g"], "verify_iat": False},
            )
        except (jwt.InvalidTokenError, ValueError, RecursionError):
            raise BadToken from None
        visitor, generation, at = claims["v"], claims["g"], claims["iat"]
        if (
            claims["s"] != site
            or not isinstance(visitor, str)
            or not VISITOR.fullmatch(visitor)
            or not isinstance(generation, int)
            or not isinstance(at, int)
        ):
            raise BadToken
        caller = Caller(site, visitor, generation, claims.get("u") is True)
        if not caller.signed_in:
            if at * 1000 + self._visitor_session < now:
                raise BadToken
            return Grant(caller, None)
        until = self.signed_in_until(at * 1000)
        if until <= now:
            raise SessionOver(caller)
        return Grant(caller, until, at * 1000)


def signing_key(path: Path) -> bytes:
    """The relay's own key, made on the first start (0600). Raises `OSError`."""
    with contextlib.suppress(FileNotFoundError):
        key = path.read_bytes()
        if len(key) < KEY_BYTES:
            raise OSError(f"{path} is damaged; delete it, and every visitor starts anew")
        return key
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = secrets.token_bytes(KEY_BYTES)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(file, made)
        os.fsync(file)
    finally:
        os.close(file)
    try:
        os.link(draft, path)
    except FileExistsError:
        made = path.read_bytes()
    finally:
        draft.unlink()
    return made
