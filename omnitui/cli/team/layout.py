"""Where everything of one team's desk is on its machine, and what it is called there."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from config.home import instance_of
from config.model import TeamSettings
from omnitui.cli.team.steps import WRITTEN, Book

NOLOGIN = "/usr/sbin/nologin"
STATE_OF_ALL = Path("/var/lib")
BACKUPS_OF_ALL = Path("/var/backups")
UNITS = Path("/etc/systemd/system")
SSHD = Path("/etc/ssh/sshd_config.d")
FILES = Path(__file__).parent / "files"


@dataclass(frozen=True, slots=True)
class Layout:
    home: Path
    """Root's: config.toml, team.toml, credentials/, templates/, articles/."""
    user: str
    group: str
    store: Path
    state: Path
    backups: Path
    units: Path = UNITS
    sshd: Path = SSHD
    program: Path = field(default_factory=lambda: program())
    python: Path = field(default_factory=lambda: Path(sys.executable))
    """A session is begun by the interpreter itself: with -I it believes no variable."""

    @property
    def instance(self) -> str:
        """`omnitui` for /etc/omnitui, else by the directory: `omnitui-acme`."""
        return instance_of(self.home)

    @property
    def relay(self) -> str:
        """The relay's user, and its group."""
        return f"{self.instance}-relay"

    @property
    def relay_home(self) -> Path:
        return STATE_OF_ALL / self.relay

    @property
    def engine_unit(self) -> str:
        return f"{self.instance}.service"

    @property
    def relay_unit(self) -> str:
        return f"{self.relay}.service"

    @property
    def timer(self) -> str:
        return f"{self.instance}-backup.timer"

    @property
    def sshd_file(self) -> Path:
        return self.sshd / f"50-{self.instance}.conf"

    def unit_files(self) -> Mapping[Path, str]:
        """Where each unit goes, and the name of its text in files/."""
        return {
            self.units / self.engine_unit: "omnitui.service",
            self.units / self.relay_unit: "omnitui-relay.service",
            self.units / f"{self.instance}-backup.service": "omnitui-backup.service",
            self.units / self.timer: "omnitui-backup.timer",
        }

    def text(self, name: str, **more: str) -> str:
        """A text of files/ with this desk's names in it."""
        values = {
            "HOME": str(self.home),
            "USER": self.user,
            "GROUP": self.group,
            "STORE": str(self.store),
            "STATE": str(self.state),
            "BACKUPS": str(self.backups),
            "INSTANCE": self.instance,
            "RELAY": self.relay,
            "RELAYHOME": str(self.relay_home),
            "PROGRAM": str(self.program),
            "PYTHON": str(self.python),
            **more,
        }
        text = (FILES / name).read_text(encoding="utf-8")
        return re.sub(r"@([A-Z]+)@", lambda found: values[found[1]], text)


def layout_of(home: Path, given: Mapping[str, Any]) -> Layout:
    """What the command line says, else what was written before, else the usual."""
    instance = instance_of(home)
    table = written(home)
    usual = TeamSettings()
    named: dict[str, Any] = {
        "user": usual.user if instance == "omnitui" else instance,
        "group": usual.group if instance == "omnitui" else instance,
        "store": STATE_OF_ALL / instance / "store",
        "state": STATE_OF_ALL / instance / "engine",
        "backups": BACKUPS_OF_ALL / instance,
        "units": UNITS,
        "sshd": SSHD,
    }
    named |= _where_it_was(home, instance)
    for key in ("user", "group", "store", "state"):
        if isinstance(table.get(key), str):
            named[key] = table[key]
    named.update({key: value for key, value in given.items() if value is not None})
    paths = {key: Path(named[key]) for key in ("store", "state", "backups", "units", "sshd")}
    return Layout(home=home, user=str(named["user"]), group=str(named["group"]), **paths)


def _where_it_was(home: Path, instance: str) -> Mapping[str, Any]:
    """Directories that were given at an earlier time: where the files are that we wrote."""
    found: dict[str, Any] = {}
    for path in Book(home / WRITTEN).paths():
        if path.name == f"50-{instance}.conf":
            found["sshd"] = path.parent
        elif path.name == f"{instance}-backup.service":
            found["units"] = path.parent
            try:
                told = re.search(r"backup --rotate (\S+)", path.read_text(encoding="utf-8"))
            except OSError:
                continue
            if told:
                found["backups"] = told[1]
    return found


def written(home: Path) -> Mapping[str, Any]:
    """[team] of a team.toml that is there; its mistakes are told by who loads it."""
    from config.team import read

    found = read(home / "team.toml")
    return found.table if found is not None else {}


def as_written(layout: Layout) -> Layout:
    """The layout with the programs that units and sshd run; this one may be another copy."""
    program = _found(layout.units / layout.engine_unit, r"^ExecStart=(\S+) --home")
    python = _found(layout.sshd_file, r"^\s*ForceCommand (\S+) -I ")
    return replace(layout, program=program or layout.program, python=python or layout.python)


def _found(path: Path, pattern: str) -> Path | None:
    try:
        found = re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return Path(found[1]) if found else None


def program() -> Path:
    """The installed `omnitui` of this interpreter, by its absolute path."""
    beside = Path(sys.executable).with_name("omnitui")
    if beside.exists():
        return beside
    found = shutil.which("omnitui")
    return Path(found) if found else beside
