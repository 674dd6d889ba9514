"""`omnitui init --team`: users, directories, units and sshd's part of a desk for many, by root.

Run again it makes what is missing and changes nothing that is there.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from config import access, values
from config.edit import ConfigFile
from config.home import TEAM, absolute, instance_of
from config.i18n import _, ngettext
from config.problems import BadValue
from config.source import read_source
from config.team_settings import people
from omnitui.cli.failure import Failure, WrongUsage
from omnitui.cli.init_writing import first_text
from omnitui.cli.prompt import Prompt
from omnitui.cli.team import service, steps
from omnitui.cli.team.layout import NOLOGIN, Layout, layout_of, written
from omnitui.cli.team.steps import (
    WRITTEN,
    Book,
    Directory,
    File,
    Group,
    Member,
    ServiceUser,
    Step,
)

_PLAIN = re.compile(r"[\w/.+@=,-]+")
_MARKS = {"there": "·", "missing": "✓", "differs": "!", "impossible": "✗"}


def set_up(args: argparse.Namespace, prompt: Prompt) -> tuple[Layout, bool]:
    """Make what is missing; whether all of it could be. Raises `Failure`, `WrongUsage`."""
    layout = _layout(args)
    if os.geteuid() != 0 and not args.dry_run:
        raise Failure(
            _("Setting up a desk for a team makes users and services: run it as root (sudo), or"
              " look at what it would do with --dry-run.")
        )  # fmt: skip
    agents, supervisors = _names(args.agents, "--agents"), _names(args.supervisors, "--supervisors")
    _refuse_unreadable(layout)
    _refuse_strict_umask(layout)
    plan = steps_of(layout, agents, supervisors, args.desk or "")
    if args.dry_run:
        prompt.say(_("Nothing is changed; this is what would be done."))
    left = [step for step in plan if not _done(step, prompt, dry=args.dry_run)]
    if args.dry_run:
        return layout, True
    if any(step.look().standing == "missing" for step in left):
        raise Failure(_("It could not be set up whole; mend what is marked, then run it again."))
    grow_supervisors(layout, supervisors, prompt)
    _make_store(layout, prompt)
    taken_up = service.told(service.take_up(layout), prompt)
    if left:
        prompt.say(
            ngettext(
                "{n} thing above is not as it should be; run this again once it is mended.",
                "{n} things above are not as they should be; run this again once they are mended.",
                len(left),
            ).format(n=len(left))
        )
    return layout, taken_up and not any(step.look().standing == "impossible" for step in left)


def steps_of(
    layout: Layout, agents: Sequence[str], supervisors: Sequence[str], desk: str
) -> list[Step]:
    """Everything in its order."""
    book = Book(layout.home / WRITTEN)
    service_user = (layout.user, layout.group)
    directories = [
        Directory(layout.home, 0o755),
        Directory(layout.home / "credentials", 0o700),
        Directory(layout.home / "templates", 0o755),
        Directory(layout.home / "articles", 0o755),
        # setgid: what anybody makes in there is the group's, whatever their own group is.
        Directory(layout.store, 0o2770, *service_user),
        Directory(layout.state, 0o700, *service_user),
        Directory(layout.backups, 0o700, *service_user),
        Directory(layout.relay_home, 0o700, layout.relay, layout.relay),
    ]
    named = ", ".join(f'"{name}"' for name in supervisors)
    line = f"supervisors = [{named}]" if named else '# supervisors = ["olena", "@leads"]'
    people_of_it = dict.fromkeys([*agents, *(s for s in supervisors if not s.startswith("@"))])
    return [
        Group(layout.group),
        ServiceUser(layout.user, layout.group, layout.state, NOLOGIN),
        Group(layout.relay),
        ServiceUser(layout.relay, layout.relay, layout.relay_home, NOLOGIN),
        *(Member(agent, layout.group) for agent in people_of_it),
        *directories,
        File(layout.home / "config.toml", first_text(desk or "omnitui", True), book, once=True),
        File(
            layout.home / "team.toml",
            layout.text("team.toml", SUPERVISORS=line),
            book,
            once=True,
        ),
        *(File(path, layout.text(name), book) for path, name in layout.unit_files().items()),
        File(layout.sshd_file, layout.text("sshd.conf"), book),
    ]


def _layout(args: argparse.Namespace) -> Layout:
    home = absolute(Path(args.home)) if args.home else TEAM
    if instance_of(home) in ("omnitui-relay", "omnitui-backup"):
        raise WrongUsage(_("--home: a desk of that name would be taken for the relay's."))
    given: dict[str, str | None] = {}
    for key in ("user", "group"):
        value = getattr(args, key)
        if value is not None and value.startswith("@"):
            raise WrongUsage(_("--{option} needs a plain name.").format(option=key))
        given[key] = _one_name(value, f"--{key}")
    for key in ("store", "state", "backups", "units", "sshd"):
        value = getattr(args, key)
        given[key] = None if value is None else str(absolute(Path(value)))
    _refuse_another_place(home, given)
    layout = layout_of(home, given)
    _refuse_odd(layout)
    _refuse_root(layout)
    return layout


def _refuse_root(layout: Layout) -> None:
    """Before anything is written: an engine that is root, or an sshd that locks root in."""
    if steps.user_id(layout.user) == 0:
        raise WrongUsage(_("The engine must not be root: name another user."))
    locked_in = access.members(layout.group)
    if layout.group in access.POWERFUL or any(steps.user_id(one) == 0 for one in locked_in):
        raise WrongUsage(
            _("sshd would lock in everybody of the group {group}, administrators, too: name a group"
              " that is the agents' alone.").format(group=layout.group)
        )  # fmt: skip


def _refuse_odd(layout: Layout) -> None:
    """They stand in units and in sshd's command, where systemd and a shell read them."""
    for place in (
        layout.home, layout.store, layout.state, layout.backups, layout.program, layout.python,
    ):  # fmt: skip
        if place not in (layout.program, layout.python) and place.is_relative_to("/home"):
            raise WrongUsage(
                _("“{path}”: the services see nothing of /home. Choose another place.").format(
                    path=place
                )
            )
        if not _PLAIN.fullmatch(str(place)):
            raise WrongUsage(
                _("“{path}”: systemd and the shell would read this path otherwise than it is"
                  " written. Choose one of letters, digits and “/ . _ -”.").format(path=place)
            )  # fmt: skip


def _refuse_another_place(home: Path, given: Mapping[str, str | None]) -> None:
    """A desk that is there is where its team.toml says."""
    there = written(home)
    for key, value in given.items():
        if value is not None and isinstance(there.get(key), str) and there[key] != value:
            raise WrongUsage(
                _("--{option}: {path} has “{value}”. Change it there, and move what is at the old"
                  " place.").format(option=key, path=home / "team.toml", value=there[key])
            )  # fmt: skip


def _one_name(value: str | None, option: str) -> str | None:
    if value is None:
        return None
    (name,) = _names(value, option) or ("",)
    return name or None


def _names(text: str | None, option: str) -> tuple[str, ...]:
    """`olena,ivan` as a list. Raises `WrongUsage`."""
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    try:
        return people(names) if names else ()
    except BadValue as bad:
        raise WrongUsage(f"{option}: {bad.sentence} {bad.hint}") from None


def _refuse_unreadable(layout: Layout) -> None:
    """Agents and the service run the program: it must not lie in somebody's home."""
    places = [layout.program, *layout.program.resolve().parents]
    places += [layout.python, *layout.python.resolve().parents]
    for place in dict.fromkeys(places):
        try:
            mode = place.stat().st_mode
        except OSError:
            continue
        if not mode & 0o001:
            raise Failure(
                _("Agents could not run {program}: {place} is closed to them. Install omnitui"
                  " where everybody can read it, as /opt/omnitui.")
                .format(program=layout.program, place=place)
            )  # fmt: skip


def _refuse_strict_umask(layout: Layout) -> None:
    """What was installed under one, nobody but root can read."""
    for package in ("config", "connectors", "omnitui", "store"):
        spec = find_spec(package)
        file = Path(spec.origin) if spec is not None and spec.origin else Path(__file__)
        for place, mode in ((file.parent, 0o005), (file, 0o004)):
            if place.stat().st_mode & mode != mode:
                raise Failure(
                    _("Agents could not run {program}: {place} is closed to them. It was installed"
                      " under a strict umask: chmod -R go+rX {top}")
                    .format(program=layout.program, place=place, top=sys.prefix)
                )  # fmt: skip


def _done(step: Step, prompt: Prompt, *, dry: bool) -> bool:
    """Do one step and say so; False when it is not as it should be."""
    look = step.look()
    mark = _MARKS[look.standing]
    if look.standing == "missing" and dry:
        prompt.say(f"+ {step.name}")
        if isinstance(step, File):
            prompt.say("\n".join(f"    {line}" for line in step.text.splitlines()))
        return True
    if look.standing == "missing":
        try:
            step.do()
        except (OSError, subprocess.SubprocessError) as error:
            prompt.say(f"✗ {step.name}: {steps.why(error)}")
            return False
    prompt.say(f"{mark} {step.name}")
    if look.standing in ("differs", "impossible"):
        prompt.say("\n".join(f"    {line}" for line in look.detail.splitlines()))
    return look.standing in ("there", "missing")


def grow_supervisors(layout: Layout, supervisors: Sequence[str], prompt: Prompt) -> None:
    """Put whom --supervisors names into a team.toml that was there."""
    path = layout.home / "team.toml"
    source = read_source(path)
    if source is None or not supervisors:
        return
    there = source.data.get("roles", {}).get("supervisors")
    try:
        known = list(values.texts(there)) if there else []
    except BadValue:
        return  # told by whoever loads it
    fresh = [name for name in supervisors if name not in known]
    if not fresh:
        return
    file = ConfigFile(path, source.text)
    file.set(("roles", "supervisors"), [*known, *fresh])
    file.save()
    prompt.say(f"✓ {path}: supervisors + {', '.join(fresh)}")


def _make_store(layout: Layout, prompt: Prompt) -> None:
    from store.database import open_database

    path = layout.store / "desk.sqlite"
    if not path.exists() and steps.user_id(layout.user) is not None:
        open_database(path).close()
        prompt.say(f"✓ {_('store {path}').format(path=path)}")
