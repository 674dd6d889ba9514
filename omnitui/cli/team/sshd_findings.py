"""What sshd would give an agent, by its own word: `sshd -T -C user=…` (sshd(8))."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping

from config.access import members
from config.i18n import _
from omnitui.cli.finding import Finding, fail, ok, warn
from omnitui.cli.team.layout import Layout
from omnitui.cli.team.steps import run, why

MOST = 30
"""Agents whose settings are looked at."""
WANTED: Mapping[str, str] = {
    "permittty": "yes",
    "permituserrc": "no",
    "disableforwarding": "yes",
    "allowtcpforwarding": "no",
    "allowstreamlocalforwarding": "no",
    "allowagentforwarding": "no",
    "x11forwarding": "no",
    "permittunnel": "no",
    "permituserenvironment": "no",
}
ENVIRONMENT = {"LANG", "LC_*", "COLORTERM", "NO_COLOR", "TZ"}
"""What a client may set: a language, a time zone and how a terminal draws, nothing that runs."""
EMPTIED = ("LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "GCONV_PATH", "LOCPATH", "BASH_ENV")
"""What PAM would let an agent's own file load into their session (pam_env(8))."""
PLACES = "/usr/sbin:/sbin:/usr/local/sbin:/usr/bin"
"""Where sshd may be: not on an agent's own path."""


def findings(layout: Layout, config: str | None = None) -> Iterator[Finding]:
    """By root. `config`: another file than sshd's usual one."""
    sshd = program()
    if sshd is None:
        yield warn("sshd", _("There is none here; agents cannot come by ssh."))
        return
    agents = [a for a in members(layout.group) if a != layout.user][:MOST]
    for agent in agents:
        try:
            found = effective(sshd, agent, config)
        except (OSError, subprocess.SubprocessError) as error:
            yield fail("sshd", why(error), "sshd -t")
            return
        bad = list(_wrong(layout, agent, found))
        yield from bad
        if bad:
            return  # the same holds for the others, most likely
    if agents:
        yield ok("sshd", _("gives {names} this desk and nothing else").format(
            names=", ".join(agents)
        ))  # fmt: skip


def program() -> str | None:
    """sshd's path; None where there is none."""
    return shutil.which("sshd", path=PLACES)


def effective(sshd: str, agent: str, config: str | None = None) -> dict[str, list[str]]:
    """sshd's settings for one user, in lower case, a list where one may come again.
    Raises `OSError`, `subprocess.SubprocessError`."""
    which = ["-f", config] if config else []
    done = run(sshd, "-T", *which, "-C", f"user={agent},host=localhost,addr=127.0.0.1")
    found: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        key, _blank, value = line.partition(" ")
        found.setdefault(key.lower(), []).append(value)
    return found


def _wrong(layout: Layout, agent: str, found: Mapping[str, list[str]]) -> Iterator[Finding]:
    again = _("Put {file} back (“omnitui init --team”), see that sshd_config includes it, and"
              " reload sshd.").format(file=layout.sshd_file)  # fmt: skip
    command = (found.get("forcecommand") or ["none"])[0]
    wanted = f" -I -m omnitui --home {layout.home} session"
    if not command.endswith(wanted):
        yield fail(
            "sshd",
            _("{user} gets a shell or another command: ForceCommand is “{command}”.").format(
                user=agent, command=command
            ),
            again,
        )
        return  # nothing of ours is in force
    for key, value in WANTED.items():
        there = (found.get(key) or [value])[0]
        if there != value:
            yield fail(
                "sshd",
                _("For {user} “{key}” is “{there}”, not “{value}”.").format(
                    user=agent, key=key, there=there, value=value
                ),
                _("Set “PermitUserEnvironment no” in /etc/ssh/sshd_config; it holds for all.")
                if key == "permituserenvironment"
                else again,
            )
    given = " ".join(found.get("setenv", ())).split()
    if let := [name for name in EMPTIED if f"{name}=" not in given]:
        yield fail(
            "sshd",
            _("A file in the home of {user} may set {names} for their session.").format(
                user=agent, names=", ".join(let)
            ),
            again,
        )
    sent = {name for line in found.get("acceptenv", ()) for name in line.split()}
    if strange := sorted(sent - ENVIRONMENT):
        yield warn(
            "sshd",
            _("Clients may set {names} in a session.").format(names=", ".join(strange)),
            _("Take them out of AcceptEnv; a session drops what team.toml does not name."),
        )
    interval = (found.get("clientaliveinterval") or ["0"])[0]
    if interval == "0":
        yield warn(
            "sshd",
            _("A session whose network is gone stays for hours (ClientAliveInterval 0)."),
            again,
        )
