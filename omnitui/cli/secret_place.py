"""Where a typed secret is kept: the keyring where it works, else a 0600 file of the desk's; on a
team's desk with what root keeps for the engine's service."""

from __future__ import annotations

import hashlib
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from config import credentials, secrets
from config.model import Home
from config.secret_ref import SecretRef
from config.secret_syntax import KEYRING_SERVICE
from config.secrets import SecretError
from omnitui.cli.init_plan import Secret
from omnitui.cli.team.layout import layout_of


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


def out_of_reach(home: Home, ref: SecretRef) -> bool:
    """A file or a keyring that root reads and the engine of a team's desk does not."""
    if not is_team(home) or os.geteuid() != 0 or ref.scheme not in ("file", "keyring"):
        return False
    if ref.scheme == "keyring":
        return True
    user = layout_of(home.config, {}).user
    try:
        found, entry = Path(ref.value).expanduser().stat(), pwd.getpwnam(user)
    except (OSError, KeyError):
        return False  # said where the file, or the user, is looked at
    groups = os.getgrouplist(user, entry.pw_gid)
    of_the_group = found.st_gid in groups and found.st_mode & 0o040
    return not (found.st_uid == entry.pw_uid or of_the_group or found.st_mode & 0o004)


def for_the_engine(home: Home, secret: Secret) -> Secret:
    """What was named instead of typed, as though typed where the engine could not read it: it is
    kept with the other credentials then. Raises `SecretError`."""
    if secret.typed or not out_of_reach(home, secret.ref):
        return secret
    return Secret(secret.ref, secrets.resolve(secret.ref))


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
