"""Where a typed secret is kept: the keyring where it works, else a 0600 file of the desk's."""

from __future__ import annotations

from dataclasses import dataclass

from config import secrets
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

    ref = SecretRef("keyring", f"{KEYRING_SERVICE}/{name}")
    if not keyring_store.why_not():
        try:
            return _put(ref, secret)
        except SecretError:
            pass  # it answers and yet keeps nothing: the file then
    return _put(SecretRef("file", str(home.state / "secrets" / name)), secret)


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
