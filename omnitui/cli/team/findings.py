"""What `doctor` finds out about a team's set-up: who, which directories, units, sshd, backups."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from config import access
from config.i18n import _, ngettext
from config.model import Config
from config.private_file import why_not_private
from omnitui.cli.finding import Finding, fail, ok, warn
from omnitui.cli.team import backup_findings, machine, sshd_findings, steps
from omnitui.cli.team.layout import NOLOGIN, Layout, as_written, layout_of
from omnitui.cli.team.steps import WRITTEN, Book, Directory, File, ServiceUser
from omnitui.desk.state_names import role_name

WRITTEN_BY_ALL = ("desk.sqlite", "desk.sqlite-wal", "desk.sqlite-shm")
LOOKED_AT = 2_000
"""Files of the store whose modes are looked at."""


def findings(config: Config) -> Iterator[Finding]:
    """Nothing without a team.toml. What only root can see is left out for others."""
    if config.team is None:
        return
    layout = as_written(layout_of(config.home.config, {}))
    root = os.geteuid() == 0
    yield from _settings(layout)
    yield from _people(config, layout)
    yield from _directories(layout)
    if root:
        yield from _modes(layout)
        yield from _engines_own(layout)
        yield from _units(layout)
        yield from sshd_findings.findings(layout)
        yield from machine.sshd(layout)
        yield from backup_findings.findings(layout)
        yield from _own_desks(layout)
        yield from machine.findings(len(access.members(layout.group)))


def _settings(layout: Layout) -> Iterator[Finding]:
    """Only root may change what the engine and everybody's session runs by."""
    name = _("team")
    places = (layout.home / "team.toml", layout.home / "config.toml", layout.program, layout.python)
    bad = False
    for place in places:
        if why := why_not_private(place):
            bad = True
            yield fail(name, why, _("Only root may: chown root {path}").format(path=place))
    folders = (layout.home / "templates", layout.home / "articles")
    for folder in folders:
        if folder.exists() and folder.stat().st_mode & 0o002:
            bad = True
            yield warn(
                name,
                _("Everybody on this machine may write to {path}.").format(path=folder),
                f"chmod o-w {folder}",
            )
    if not bad:
        yield ok(name, _("{path} is root's").format(path=layout.home))


def _people(config: Config, layout: Layout) -> Iterator[Finding]:
    name = _("agents")
    user = access.unix_user()
    if os.geteuid() != 0 and user != layout.user:
        if layout.group in access.groups_of(user):
            yield ok(
                name,
                _("you are {user}, {role}").format(user=user, role=role_name(config.access.role)),
            )
        else:
            yield fail(
                name,
                _("You are not in the group {group}.").format(group=layout.group),
                _("Ask for: usermod --append --groups {group} {user}, then log in anew.").format(
                    group=layout.group, user=user
                ),
            )
        return
    if steps.group_id(layout.group) is None:
        yield fail(
            name,
            _("There is no Unix group {group}.").format(group=layout.group),
            _("Run “omnitui init --team” again."),
        )
        return
    looked = ServiceUser(layout.user, layout.group, layout.state, NOLOGIN).look()
    if looked.standing == "missing":
        yield fail(
            name,
            _("There is no Unix user {user}.").format(user=layout.user),
            _("Run “omnitui init --team” again."),
        )
    elif looked.standing != "there":
        yield fail(name, _("The engine's user is not as it should be."), looked.detail)
    agents = [each for each in access.members(layout.group) if each != layout.user]
    for agent in agents:
        if steps.user_id(agent) == 0:
            yield fail(
                name,
                _("root is in the group {group}: sshd locks it in.").format(group=layout.group),
                f"gpasswd --delete root {layout.group}",
            )
        elif powerful := access.groups_of(agent) & access.POWERFUL:
            yield warn(
                name,
                _("{user} is in the group {group}, too, and so can be root, whom no right binds.")
                .format(user=agent, group=", ".join(sorted(powerful))),
                _("Give administrators an account of their own for the desk."),
            )  # fmt: skip
    roles = (*config.team.supervisors, *config.team.readers) if config.team is not None else ()
    for each in roles:
        # A reader whose name is mistyped would be an agent.
        if not each.startswith("@") and steps.user_id(each) is None:
            yield warn(
                name,
                _("There is no Unix user {user}.").format(user=each),
                _("Correct [roles] in {path}.").format(path=layout.home / "team.toml"),
            )
    if config.team is not None and not config.team.supervisors:
        yield warn(
            name,
            _("Nobody is a supervisor."),
            _("Name one: omnitui init --team --no-account --supervisors olena"),
        )
    if agents:
        many = ngettext("{n} agent: {names}", "{n} agents: {names}", len(agents))
        yield ok(name, many.format(n=len(agents), names=", ".join(sorted(agents)[:30])))
    else:
        yield warn(
            name,
            _("Nobody is in the group {group} yet.").format(group=layout.group),
            _("Let somebody in: omnitui init --team --agents olena"),
        )


def _directories(layout: Layout) -> Iterator[Finding]:
    name = _("directories")
    team = (layout.user, layout.group)
    wanted = [
        Directory(layout.store, 0o2770, *team),
        Directory(layout.state, 0o700, *team),
        Directory(layout.backups, 0o700, *team),
        Directory(layout.home / "credentials", 0o700),
    ]
    if layout.relay_home.exists():  # a desk without a web chat needs none
        wanted.append(Directory(layout.relay_home, 0o700, layout.relay, layout.relay))
    bad = False
    for directory in wanted:
        try:
            look = directory.look()
        except OSError:
            continue  # closed to who asks, as it should be
        if look.standing == "missing":
            bad = True
            yield fail(name, _("There is no {name}.").format(name=directory.name),
                       _("Run “omnitui init --team” again."))  # fmt: skip
        elif look.standing != "there":
            bad = True
            yield fail(name, f"{directory.path}: {look.detail}")
    if not bad:
        yield ok(name, _("{path} and the others belong to whom they should").format(
            path=layout.store
        ))  # fmt: skip


def _modes(layout: Layout) -> Iterator[Finding]:
    """Files of the store that some of the group cannot read, or others can."""
    name = _("store")
    group = steps.group_id(layout.group)
    looked = 0
    for top, folders, files in os.walk(layout.store):
        for each in (*folders, *files):
            path = Path(top, each)
            try:
                found = path.lstat()
            except OSError:
                continue
            needed = 0o070 if each in folders else 0o060 if each in WRITTEN_BY_ALL else 0o040
            if found.st_mode & needed != needed or found.st_gid != group:
                yield fail(
                    name,
                    _("Not all agents can read {path}.").format(path=path)
                    if each not in WRITTEN_BY_ALL
                    else _("Not all agents can write {path}.").format(path=path),
                    f"chgrp -R {layout.group} {layout.store} && chmod -R g+rwX {layout.store}",
                )
                return
            looked += 1
        if looked > LOOKED_AT:
            return


def _engines_own(layout: Layout) -> Iterator[Finding]:
    """What root has copied into the engine's directory and not given to it: keys, tokens, the
    digests of the history."""
    owner = steps.user_id(layout.user)
    looked = 0
    for top, folders, files in os.walk(layout.state):
        for path in (Path(top, each) for each in (*folders, *files)):
            try:
                found = path.lstat()
            except OSError:
                continue  # the engine has done with it
            if not stat.S_ISLNK(found.st_mode) and found.st_uid != owner:
                yield fail(
                    _("directories"),
                    _("{path} is not {user}'s: the engine cannot use it.").format(
                        path=path, user=layout.user
                    ),
                    f"chown -R {layout.user}:{layout.group} {layout.state}",
                )
                return
            looked += 1
        if looked > LOOKED_AT:
            return


def _units(layout: Layout) -> Iterator[Finding]:
    name = _("service")
    book = Book(layout.home / WRITTEN)
    for path, text in layout.unit_files().items():
        look = File(path, layout.text(text), book).look()
        if look.standing == "missing":
            yield warn(
                name,
                _("{path} is of an earlier version.").format(path=path)
                if path.exists()
                else _("There is no {path}.").format(path=path),
                _("Run “omnitui init --team” again."),
            )
        elif look.standing == "differs":
            yield ok(name, _("{path} was changed by hand; “omnitui init --team” shows how").format(
                path=path
            ))  # fmt: skip
    yield from machine.units(layout)


def _own_desks(layout: Layout) -> Iterator[Finding]:
    """An agent with a config.toml of their own gets that desk, not the team's."""
    import pwd

    for agent in access.members(layout.group):
        try:
            home = Path(pwd.getpwnam(agent).pw_dir)
            own = home / ".config" / "omnitui" / "config.toml"
            if own.exists():
                yield warn(
                    _("agents"),
                    _("{user} has a desk of their own in {path}: without --home they get that one.")
                    .format(user=agent, path=own),
                )  # fmt: skip
        except (KeyError, OSError):
            continue
