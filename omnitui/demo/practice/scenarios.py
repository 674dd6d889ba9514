"""The scenarios there are: shipped ones by their names, others by their paths."""

from __future__ import annotations

from pathlib import Path

from config.i18n import _
from config.problems import ConfigError, Problem, nearest
from connectors.practice.scenario import Scenario
from connectors.practice.scenario_file import read_scenario

SHIPPED = Path(__file__).parent / "scenarios"
ORDER = ("first-hour", "rush", "two-channels")
FIRST = ORDER[0]


def shipped() -> list[Scenario]:
    """The easiest first."""
    return [read_scenario(SHIPPED / f"{name}.toml") for name in ORDER]


def find(name: str) -> Scenario:
    """A shipped one's name, or a path. Raises `ConfigError`."""
    if name in ORDER:
        return read_scenario(SHIPPED / f"{name}.toml")
    path = Path(name).expanduser()
    if path.exists() or "/" in name or name.endswith(".toml"):
        return read_scenario(path.absolute())
    near = nearest(name, ORDER)
    hint = (
        _("Did you mean “{near}”?").format(near=near)
        if near
        else _("There is {known}; or give the path of a file.").format(known=", ".join(ORDER))
    )
    raise ConfigError([Problem(_("There is no scenario “{name}”.").format(name=name), hint)])
