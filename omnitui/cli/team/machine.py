"""What `doctor` finds out about the machine: its services, journal, clock and memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from config.i18n import _
from config.numbers import Number
from omnitui.cli.finding import Finding, fail, ok, warn
from omnitui.cli.team.layout import Layout
from omnitui.cli.team.service import RUNS
from omnitui.cli.team.steps import run

HARDENED: Mapping[str, str] = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
}
A_SCREEN = 90_000_000
"""Bytes of memory that an agent's screen may take."""
THE_REST = 500_000_000
"""Bytes for the engine, the system and the disk's cache."""
AT_ONCE = 2.0
"""Seconds between two clocks that are read one after the other."""
JOURNAL = Path("/var/log/journal")


def units(layout: Layout) -> Iterator[Finding]:
    """Whether they run and start with the machine, and are as closed as they were written."""
    name = _("service")
    if not RUNS.is_dir():
        yield warn(
            name,
            _("systemd does not run here, so nothing starts the engine again when it ends."),
            _("Have “omnitui serve” kept running by what there is instead."),
        )
        return
    wanted = {layout.engine_unit: layout.user, layout.timer: ""}
    if (layout.relay_home / "config.toml").exists():  # else it waits for its first site
        wanted[layout.relay_unit] = layout.relay
    for unit, user in wanted.items():
        known = _shown(unit, "ActiveState", "UnitFileState", *HARDENED, "User")
        if known.get("ActiveState") != "active":
            yield fail(
                name,
                _("{unit} does not run.").format(unit=unit),
                f"systemctl enable --now {unit}",
            )
        elif known.get("UnitFileState") != "enabled":
            yield warn(
                name,
                _("{unit} does not start with the machine.").format(unit=unit),
                f"systemctl enable {unit}",
            )
        else:
            yield ok(name, _("{unit} runs").format(unit=unit))
        if user:
            yield from _hardened(user, unit, known)


def _hardened(user: str, unit: str, known: Mapping[str, str]) -> Iterator[Finding]:
    open_ = [f"{key}={known[key]}" for key, value in HARDENED.items() if known.get(key) != value]
    if known.get("User") != user:
        open_.insert(0, f"User={known.get('User', '')}")
    if open_:
        yield warn(
            _("service"),
            _("{unit} may do more than it needs: {what}").format(unit=unit, what=", ".join(open_)),
            _("See what a drop-in changes: systemctl cat {unit}").format(unit=unit),
        )


def _shown(unit: str, *properties: str) -> dict[str, str]:
    try:
        done = run("systemctl", "show", unit, "--property", ",".join(properties))
    except (OSError, subprocess.SubprocessError):
        return {}
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def sshd(layout: Layout) -> Iterator[Finding]:
    """What `sshd -T` says is what the files say: the one that runs has read them, or it has not."""
    if not RUNS.is_dir():
        return
    known = _shown("ssh.service", "ActiveState", "StateChangeTimestampMonotonic")
    since = known.get("StateChangeTimestampMonotonic", "")
    if known.get("ActiveState") != "active" or not since.isdecimal():
        return
    read_at = time.time() - (time.monotonic() - int(since) / 1e6)
    for path in (layout.sshd.with_name("sshd_config"), *sorted(layout.sshd.glob("*.conf"))):
        try:
            changed_at = path.stat().st_ctime
        except OSError:
            continue
        if changed_at > read_at + AT_ONCE:
            yield fail(
                "sshd",
                _("{path} was changed after sshd has read it: agents may get a shell.").format(
                    path=path
                ),
                "sshd -t && systemctl reload ssh",
            )
            return


def findings(agents: int) -> Iterator[Finding]:
    """The machine itself, for so many agents."""
    yield from _journal()
    yield from _clock()
    yield from _memory(agents)


def _journal() -> Iterator[Finding]:
    if RUNS.is_dir() and not JOURNAL.is_dir():
        yield warn(
            _("log"),
            _("The journal is forgotten at every restart of the machine."),
            f"mkdir {JOURNAL} && systemctl restart systemd-journald",
        )


def _clock() -> Iterator[Finding]:
    name = _("clock")
    if not RUNS.is_dir() or shutil.which("timedatectl") is None:
        return
    try:
        done = run("timedatectl", "show", "--property", "NTPSynchronized", "--value")
    except (OSError, subprocess.SubprocessError):
        return
    if done.stdout.strip() == "yes":
        yield ok(name, _("is kept right"))
    else:
        yield warn(
            name,
            _("Nothing keeps the clock right: times of messages and codes go wrong with it."),
            "apt install systemd-timesyncd && timedatectl set-ntp true",
        )


def _memory(agents: int) -> Iterator[Finding]:
    name = _("memory")
    kilobytes = {}
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            key, _colon, value = line.partition(":")
            kilobytes[key] = int(value.split()[0])
        total, swap = kilobytes["MemTotal"] * 1024, kilobytes["SwapTotal"] * 1024
    except (OSError, ValueError, KeyError, IndexError):
        return
    needed = THE_REST + agents * A_SCREEN
    detail = _("{size:.1f} GB, {swap:.1f} GB of swap, {n} processors").format(
        size=Number(total / 1e9), swap=Number(swap / 1e9), n=os.cpu_count() or 1
    )
    if total < needed:
        yield warn(
            name,
            detail,
            _("{n} agents at once may need {size:.1f} GB: give the machine more.").format(
                n=agents, size=Number(needed / 1e9)
            ),
        )
    elif total < 2 * needed and not swap:
        yield warn(name, detail, _("Without swap a peak ends programs: add a GB of it."))
    else:
        yield ok(name, detail)
