"""Where a typed secret is kept: the keyring where it works, else a 0600 file of the desk's; on a
team's desk with what root keeps for the engine's service."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from config import credentials, secrets
from config.model import Home
from config.secret_ref import SecretRef
from config.secret_syntax import KEYRING_SERVICE
from config.secrets import SecretError


@dataclass(frozen=True, slots=True)
class Placed:
    """A secret that was kept, and what was there before, to be put back."""

    ref: SecretRef
    earlier: str | None = None
    ours: bool = False

    def take_back(self) -> None:
        """Leave the place as it was found."""
        if not self.ours:
            return
        if self.earlier is None:
            secrets.delete(self.ref)
        else:
            secrets.store(self.ref, self.earlier)

    def __repr__(self) -> str:
        return f"Placed({self.ref})"


def place(home: Home, name: str, secret: str) -> Placed:
    """Keep `secret` for the account or token `name`. Raises `SecretError` when nowhere works."""
    from config import keyring_store

    if is_team(home) and os.geteuid() == 0:
        return _put(SecretRef("credential", name), secret)
    if not keyring_store.why_not():
        try:
            return _put(free_in_keyring(name, home.state), secret)
        except SecretError:
            pass  # it answers and yet keeps nothing: the file then
    return _put(SecretRef("file", str(home.state / "secrets" / name)), secret)


def is_team(home: Home) -> bool:
    return (home.config / "team.toml").exists()


def as_root(home: Home) -> None:
    """For root's own tools on a team's desk: the credentials of the engine's service are where
    systemd takes them from."""
    if is_team(home) and os.geteuid() == 0:
        credentials.keep_in(home.config / credentials.FOLDER)


def free_in_keyring(name: str, desk: Path) -> SecretRef:
    """A place in the keyring where nothing is yet: another desk of this user's may have an account
    of the same name. `desk`: a path that no other desk has."""
    ref = SecretRef("keyring", f"{KEYRING_SERVICE}/{name}")
    try:
        secrets.resolve(ref)
    except SecretError:
        return ref
    return SecretRef("keyring", f"{ref.value}-{hashlib.sha256(str(desk).encode()).hexdigest()[:8]}")


def replace_at(ref: SecretRef, secret: str) -> Placed:
    """Keep `secret` where another one is. Raises `SecretError`."""
    return _put(ref, secret)


def _put(ref: SecretRef, secret: str) -> Placed:
    try:
        earlier: str | None = secrets.resolve(ref)
    except SecretError:
        earlier = None
    try:
        secrets.store(ref, secret)
    except BaseException:
        Placed(ref, earlier, ours=True).take_back()
        raise
    return Placed(ref, earlier, ours=True)
