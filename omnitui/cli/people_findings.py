"""What `doctor` finds out about the names of a team's people: two in one, one in two, and what is
left of those who are gone."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from config import access
from config.i18n import _, ngettext
from config.model import Config, TeamSettings
from omnitui.cli.finding import Finding, fail, warn

_SHUT = ("/nologin", "/false")


def findings(config: Config) -> Iterator[Finding]:
    """Nothing for an agent: none of it is theirs to mend."""
    team = config.team
    if team is None or (os.geteuid() != 0 and access.unix_user() != team.user):
        return
    agents = [name for name in access.members(team.group) if name != team.user]
    yield from _names(agents)
    yield from _roles(team, config.home.config / "team.toml")
    yield from _gone(config, agents)
    if os.geteuid() == 0:
        yield from _logins(agents)


def _names(agents: Sequence[str]) -> Iterator[Finding]:
    """The history knows people by their names."""
    by_number: dict[int, str] = {}
    every: dict[str, set[int]] = {}
    for entry in pwd.getpwall():
        every.setdefault(entry.pw_name, set()).add(entry.pw_uid)
    for agent in agents:
        if len(numbers := every.get(agent, set())) > 1:
            yield fail(
                _("agents"),
                _("{user} is the name of several Unix users ({numbers}): only the first is let in.")
                .format(user=agent, numbers=", ".join(map(str, sorted(numbers)))),
                _("Give each a name of their own (vipw)."),
            )  # fmt: skip
        if access.is_taken(agent):
            yield fail(
                _("agents"),
                _("“{name}” means something else in omnitui: this agent is not let in.").format(
                    name=agent
                ),
                _("Give the account another name: usermod --login NAME {user}").format(user=agent),
            )
        try:
            entry = pwd.getpwnam(agent)
            first = pwd.getpwuid(entry.pw_uid).pw_name
        except KeyError:
            yield warn(
                _("agents"),
                _("{user} is in the group, and there is no such Unix user.").format(user=agent),
                _("Take the name out, so that nobody gets it again: gpasswd --delete {user} GROUP")
                .format(user=agent),
            )  # fmt: skip
            continue
        other = by_number.setdefault(entry.pw_uid, agent)
        if other != agent or first != agent:
            yield fail(
                _("agents"),
                _("{user} and {other} are one Unix user (number {number}): what one does stands in"
                  " the history as the other's.").format(
                    user=agent, other=first if first != agent else other, number=entry.pw_uid
                ),
                _("Give each a number of their own: usermod --uid NUMBER {user}").format(
                    user=agent
                ),
            )  # fmt: skip


def _roles(team: TeamSettings, file: Path) -> Iterator[Finding]:
    """A reader whom nobody knows would be an agent."""
    for each in dict.fromkeys((*team.supervisors, *team.readers)):
        advice = _("Correct [roles] in {path}.").format(path=file)
        try:
            if each.startswith("@"):
                found = "@" + grp.getgrnam(each[1:]).gr_name
            else:
                found = pwd.getpwnam(each).pw_name
        except KeyError:
            if each.startswith("@"):
                yield fail(
                    _("agents"),
                    _("There is no Unix group {group}, which [roles] names.").format(
                        group=each[1:]
                    ),
                    advice,
                )
            continue
        if found != each:
            yield fail(
                _("agents"),
                _("[roles] names {name}, and the machine writes {found}: it does not count.")
                .format(name=each, found=found),
                advice,
            )  # fmt: skip


def _gone(config: Config, agents: Sequence[str]) -> Iterator[Finding]:
    """Whose conversations nobody looks after any more."""
    from store import overview
    from store.database import open_database
    from store.errors import StoreError

    path = config.home.store_file
    try:
        db = open_database(path, create=False, readonly=True)
    except (StoreError, OSError):
        return  # said with the store
    try:
        assigned = overview.open_by_agent(db)
    except StoreError:
        return
    finally:
        db.close()
    for name, number in assigned.items():
        if not name or name in agents:
            continue
        yield warn(
            _("agents"),
            ngettext(
                "{n} open conversation is {user}'s, who is no agent here.",
                "{n} open conversations are {user}'s, who is no agent here.",
                number,
            ).format(n=number, user=name),
            _("Give them to others: “assignee:{user}” in the inbox finds them; docs/team.md has"
              " it for a shell, too.").format(user=name),
        )  # fmt: skip


def _logins(agents: Sequence[str]) -> Iterator[Finding]:
    """Shells and homes. Without a home an agent works, and what is their own is forgotten."""
    for agent in agents:
        try:
            entry = pwd.getpwnam(agent)
        except KeyError:
            continue
        if not os.access(entry.pw_shell or "/bin/sh", os.X_OK) or entry.pw_shell.endswith(_SHUT):
            yield warn(
                _("agents"),
                _("The login shell {shell} of {user} lets nobody in: sshd begins every session by"
                  " it, locked ones, too.").format(shell=entry.pw_shell, user=agent),
                f"usermod --shell /bin/sh {agent}",
            )  # fmt: skip
        home = Path(entry.pw_dir)
        try:
            found = home.stat()
        except OSError:
            if agent != "root":
                yield warn(
                    _("agents"),
                    _("{user} has no home {path}: their settings and their own history of commands"
                      " are not kept.").format(user=agent, path=home),
                    f"mkhomedir_helper {agent}",
                )  # fmt: skip
            continue
        if found.st_uid not in (entry.pw_uid, 0):
            yield warn(
                _("agents"),
                _("The home {path} of {user} is another user's.").format(path=home, user=agent),
                f"chown {agent}: {home}",
            )
        elif stat.S_IMODE(found.st_mode) & 0o022:
            yield warn(
                _("agents"),
                _("Others may write to {path}: sshd takes no key of {user} then, and their settings"
                  " are not theirs alone.").format(path=home, user=agent),
                f"chmod go-w {home}",
            )  # fmt: skip
