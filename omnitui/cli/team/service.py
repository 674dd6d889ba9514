"""systemd and sshd take up what was written; where they do not run, what to do then is said."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from config.i18n import _
from omnitui.cli.prompt import Prompt
from omnitui.cli.team import sshd_findings
from omnitui.cli.team.layout import SSHD, UNITS, Layout
from omnitui.cli.team.steps import run, why

RUNS = Path("/run/systemd/system")
"""There while systemd is the one that runs services (sd_booted(3))."""
STARTS = 31 * 60
"""Seconds that the engine has to start in: its unit's TimeoutStartSec, and systemd's word of it. A
new version may have to bring the store up to date first."""


def told(lines: Iterator[str], prompt: Prompt) -> bool:
    """Say what was done, each as soon as it is; whether none of it went wrong."""
    well = True
    for line in lines:
        prompt.say(line)
        well = well and not line.startswith("✗")
    return well


def take_up(layout: Layout) -> Iterator[str]:
    """Lines that say what was done, or what is to be done by hand."""
    yield from _units(layout)
    yield from _sshd(layout)


def start_anew(layout: Layout) -> Iterator[str]:
    """An account was added: the engine reads its settings and is handed secrets when it starts."""
    by_hand = f"systemctl restart {layout.engine_unit}"
    if layout.units != UNITS or not RUNS.is_dir():
        yield _("Where systemd runs the engine: {command}").format(command=by_hand)
        return
    try:
        run("systemctl", "restart", layout.engine_unit, seconds=STARTS)
    except (OSError, subprocess.SubprocessError) as error:
        yield _("✗ The engine could not be started anew: {why}").format(why=why(error))


def _units(layout: Layout) -> Iterator[str]:
    wanted = (layout.engine_unit, layout.timer)
    by_hand = f"systemctl daemon-reload && systemctl enable --now {' '.join(wanted)}"
    if layout.units != UNITS:
        yield _("The units are in {path}. Put them where systemd looks, then: {command}").format(
            path=layout.units, command=by_hand
        )
        return
    if not RUNS.is_dir():
        yield _("systemd does not run here. Where it does: {command}").format(command=by_hand)
        return
    try:
        run("systemctl", "daemon-reload")
        run("systemctl", "enable", "--now", *wanted, seconds=STARTS)
    except (OSError, subprocess.SubprocessError) as error:
        yield _(
            "✗ The services could not be started: {why} “journalctl -u {unit}” says more."
        ).format(why=why(error), unit=layout.engine_unit)
        return
    yield _("✓ {units} run, and start with the machine").format(units=", ".join(wanted))


def _sshd(layout: Layout) -> Iterator[str]:
    if layout.sshd != SSHD:
        yield _("sshd's part is in {path}. Include it in sshd_config, then reload sshd.").format(
            path=layout.sshd_file
        )
        return
    sshd = sshd_findings.program()
    if sshd is None:
        yield _("There is no sshd here: agents reach the desk once openssh-server is installed.")
        return
    try:
        run(sshd, "-t")
    except (OSError, subprocess.SubprocessError) as error:
        yield _("✗ sshd refuses its configuration, so it was not reloaded: {why}").format(
            why=why(error)
        )
        return
    if not RUNS.is_dir():
        yield _("Have sshd read its configuration again: it locks the group {group} in.").format(
            group=layout.group
        )
        return
    try:
        run("systemctl", "try-reload-or-restart", "ssh.service")
    except (OSError, subprocess.SubprocessError) as error:
        yield _("✗ sshd was not reloaded: {why}").format(why=why(error))
        return
    yield _("✓ sshd gives the group {group} this desk and nothing else").format(group=layout.group)
