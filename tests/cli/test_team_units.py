"""`doctor` about a team's services, asking a systemctl that answers as a booted machine's would."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from omnitui.cli.prompt import Prompt
from omnitui.cli.team import layout as places
from omnitui.cli.team import machine, service
from omnitui.cli.team.layout import UNITS, Layout, layout_of

ANSWERS = """#!/bin/sh
# systemctl show UNIT --property NAMES
case $2 in
*-relay.service) cat {relay} ;;
ssh.service) cat {relay}-sshd ;;
*) printf 'ActiveState=active\nUnitFileState=enabled\nNoNewPrivileges=yes\nProtectSystem=strict\n'
   printf 'ProtectHome=yes\nPrivateTmp=yes\nUser=omnitui-acme\n' ;;
esac
"""
CLOSED = "NoNewPrivileges=yes\nProtectSystem=strict\nProtectHome=yes\nPrivateTmp=yes\n"


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    monkeypatch.setattr(places, "STATE_OF_ALL", tmp_path / "lib")
    monkeypatch.setattr(machine, "RUNS", tmp_path)
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(ANSWERS.format(relay=tmp_path / "relay"))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return layout_of(tmp_path / "omnitui-acme", {})


@pytest.mark.parametrize(
    ("shown", "state", "words"),
    [
        ("ActiveState=inactive\n", "fail", "omnitui-acme-relay.service does not run."),
        ("ActiveState=active\nUnitFileState=disabled\n", "warn", "does not start with the machine"),
        ("ActiveState=active\nUnitFileState=enabled\n", "ok", "omnitui-acme-relay.service runs"),
    ],
)
def test_a_relay_with_a_site_runs_or_it_is_told(
    layout: Layout, tmp_path: Path, shown: str, state: str, words: str
) -> None:
    (tmp_path / "relay").write_text(f"{shown}{CLOSED}User=omnitui-acme-relay\n")
    assert [one.state for one in machine.units(layout)] == ["ok", "ok"]  # it has no site yet
    layout.relay_home.mkdir(parents=True)
    (layout.relay_home / "config.toml").write_text("[relay]\n")
    told = list(machine.units(layout))[2:]
    assert [(one.state, words in one.detail) for one in told] == [(state, True)]


def test_a_relay_that_may_do_more_is_told(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "relay").write_text(
        f"ActiveState=active\nUnitFileState=enabled\n{CLOSED}User=root\n"
    )
    layout.relay_home.mkdir(parents=True)
    (layout.relay_home / "config.toml").write_text("[relay]\n")
    told = list(machine.units(layout))[-1]
    assert (told.state, "User=root" in told.detail) == ("warn", True)


def test_an_engine_that_starts_has_the_time_that_its_unit_gives_it(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given: dict[str, float] = {}

    def run(*argv: str, seconds: float = 60) -> None:
        given[argv[1]] = seconds

    monkeypatch.setattr(service, "run", run)
    monkeypatch.setattr(service, "RUNS", tmp_path)
    assert layout.units == UNITS
    told = [*service.take_up(replace(layout, sshd=tmp_path)), *service.start_anew(layout)]
    assert not [line for line in told if line.startswith("✗")]
    (unit,) = re.findall(
        r"^TimeoutStartSec=(\d+)min$", layout.text("omnitui.service"), re.MULTILINE
    )
    assert min(given["enable"], given["restart"]) > 60 * int(unit)


def test_settings_that_sshd_has_not_read_yet_are_told(layout: Layout, tmp_path: Path) -> None:
    ours = tmp_path / "sshd_config.d" / "50-omnitui-acme.conf"
    ours.parent.mkdir()
    ours.write_text("Match Group omnitui-acme\n")
    here = replace(layout, sshd=ours.parent)

    def told(state: str, seconds: float) -> list[str]:
        """Of an sshd that has read its settings so long after now."""
        at = int((time.monotonic() + seconds) * 1e6)
        (tmp_path / "relay-sshd").write_text(
            f"ActiveState={state}\nStateChangeTimestampMonotonic={at}\n"
        )
        return [one.detail for one in machine.sshd(here) if one.state == "fail"]

    assert told("active", 0) == []
    (late,) = told("active", -60)
    assert str(ours) in late
    assert told("inactive", -60) == []


def test_what_did_not_start_is_a_failure(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def run(*argv: str, seconds: float = 60) -> None:
        raise subprocess.CalledProcessError(1, argv, stderr="Job for it failed.")

    monkeypatch.setattr(service, "run", run)
    monkeypatch.setattr(service, "RUNS", tmp_path / "not-there")
    elsewhere = replace(layout, sshd=tmp_path)
    assert service.told(service.take_up(elsewhere), Prompt())
    monkeypatch.setattr(service, "RUNS", tmp_path)
    assert not service.told(service.take_up(elsewhere), Prompt())
