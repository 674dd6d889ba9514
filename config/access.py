"""Who this process's user is on a team's desk, and what this session may do.

A session that sshd started with ForceCommand is locked: `omnitui session` says so before
anything is read, and nothing in the process takes it back.
"""

from __future__ import annotations

import functools
import grp
import os
import pwd
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from config.model import Config

Role = Literal["agent", "supervisor", "reader"]

ENGINE = "engine"
CUSTOMER = "customer"
"""Whoever the customer is to whom it happens."""
NO_AGENTS = frozenset({ENGINE, CUSTOMER})
"""Who acts in the history and is none."""
TAKEN = NO_AGENTS | {"me", "none", "nobody"}
"""These, and what stands for somebody in `assign` and in searches."""
POWERFUL = frozenset({"sudo", "wheel", "docker", "lxd", "disk"})
"""Unix groups whose members can be root."""

_locked = False


@dataclass(frozen=True, slots=True)
class Access:
    """What the one who acts may do. The default is a desk of one's own: everything."""

    role: Role = "supervisor"
    locked: bool = False
    """Only what is on the lists of team.toml."""
    commands: frozenset[str] = frozenset()
    """Allowed beyond the shipped list while locked."""
    without: frozenset[str] = frozenset()
    """Taken off the shipped list."""
    verbs: frozenset[str] = frozenset()
    """Of the command line, allowed while locked."""
    directories: tuple[Path, ...] = ()
    """From and to which files may go while locked."""
    personal: bool = True
    """The agent's own settings count."""


ANYWHERE = Access()
"""Files may go from and to everywhere."""


def lock() -> None:
    """From here on this process is a locked session."""
    global _locked
    _locked = True


def is_locked() -> bool:
    return _locked


def unix_user() -> str:
    """The Unix user: who acts, as the audit log names them. Never from the environment."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def has_name() -> bool:
    """Whether the user database knows the Unix user. Roles go by names: without one, a reader
    would be taken for an agent."""
    try:
        pwd.getpwuid(os.getuid())
    except KeyError:
        return False
    return True


def namesake() -> int | None:
    """The number of another Unix user of the same name, who is the one that the name means."""
    number = os.getuid()
    try:
        other = pwd.getpwnam(pwd.getpwuid(number).pw_name).pw_uid
    except KeyError:
        return None
    return other if other != number else None


def is_taken(name: str) -> bool:
    """Whether a Unix name means something else here: nobody of that name works at a team's desk."""
    return name.casefold() in TAKEN


@functools.cache
def source() -> str:
    """Where the one who acts sits, for the audit log: `ssh 192.0.2.7`, as sshd told this session,
    else the terminal, else "".

    The environment is the session's own: only in a locked one is it sshd's word alone.
    """
    peer = os.environ.get("SSH_CONNECTION", "").partition(" ")[0]
    if peer:
        return f"ssh {peer[:64]}"
    for descriptor in (0, 1, 2):
        try:
            return os.ttyname(descriptor).removeprefix("/dev/")
        except OSError:
            continue
    return ""


def may_serve(config: Config) -> bool:
    """Whether this user may run the desk's engine: a team's is its service user's, or root's."""
    return config.team is None or os.geteuid() == 0 or unix_user() == config.team.user


def serves_as_root(config: Config) -> bool:
    """Whether an engine of this process would run connectors and hooks as root, and leave files
    behind that the team's own engine cannot read."""
    if config.team is None or os.geteuid() != 0:
        return False
    try:
        return pwd.getpwnam(config.team.user).pw_uid != 0
    except KeyError:
        return False


def role_of(user: str, supervisors: Collection[str], readers: Collection[str]) -> Role:
    """By name before by group; where both lists have one, the smaller right counts."""
    if user in readers:
        return "reader"
    if user in supervisors:
        return "supervisor"
    groups = {f"@{name}" for name in groups_of(user)}
    if groups & set(readers):
        return "reader"
    return "supervisor" if groups & set(supervisors) else "agent"


def members(group: str) -> tuple[str, ...]:
    """Everybody in a Unix group: whom it names, and whose own group it is. None of one there is
    not."""
    try:
        found = grp.getgrnam(group)
    except KeyError:
        return ()
    own = (each.pw_name for each in pwd.getpwall() if each.pw_gid == found.gr_gid)
    return tuple(dict.fromkeys([*found.gr_mem, *own]))


@functools.lru_cache(maxsize=256)
def groups_of(user: str) -> frozenset[str]:
    """Names of a Unix user's groups; none for a user there is not."""
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        return frozenset()
    names = set()
    for number in os.getgrouplist(user, entry.pw_gid):
        try:
            names.add(grp.getgrgid(number).gr_name)
        except KeyError:
            continue
    return frozenset(names)
