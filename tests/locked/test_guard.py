"""The interpreter's own no, for what a command would have forgotten to refuse."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from config.access import Access
from config.load import load
from config.model import Home, OwnCommand
from omnitui.cli.locked import guard

INSIDE = """
import os, sys
from pathlib import Path
from omnitui.cli.locked.guard import Guard
sys.addaudithook(Guard([[sys.executable, "-I", "-c", "print(1)"]], [Path(sys.argv[1])]))
import asyncio, os, socket, subprocess, webbrowser
def no(way, number=[0]):
    number[0] += 1
    try:
        way()
    except PermissionError:
        return
    sys.exit(f"went through: {number[0]}")
async def child(*argv):
    return await (await asyncio.create_subprocess_exec(*argv)).wait()
no(lambda: subprocess.run(["true"]))
no(lambda: subprocess.run("true", shell=True))
no(lambda: subprocess.run([sys.executable, "-c", "print(1)"]))
no(lambda: subprocess.run([sys.executable, "-I", "-c", "print(1)"], executable="/bin/sh"))
no(lambda: asyncio.run(child("true")))
no(lambda: os.system("true"))
no(lambda: os.execv("/bin/true", ["true"]))
no(lambda: os.posix_spawn("/bin/true", ["true"], {}))
no(os.fork)
no(lambda: __import__("pty").spawn("true"))
no(lambda: socket.create_connection(("127.0.0.1", 9)))
no(lambda: socket.socket(socket.AF_UNIX).bind(sys.argv[1] + "/s"))
no(lambda: webbrowser.BackgroundBrowser("true").open("http://example.org"))
no(breakpoint)
no(lambda: open("/tmp/omt-ran", "w"))
no(lambda: os.open(sys.argv[1] + "/../omt-ran", os.O_CREAT))
no(lambda: os.symlink("/etc", sys.argv[1] + "/x"))
there = Path(sys.argv[2])
no(there.unlink)
no(lambda: there.chmod(0o777))
no(lambda: os.truncate(there, 0))
no(lambda: os.chmod(sys.argv[1] + "/..", 0o777))
no(lambda: there.rename(sys.argv[1] + "/mine"))
no(lambda: Path(sys.argv[1], "..", "made").mkdir())
Path(sys.argv[1], "fine").write_text("x")
no(lambda: Path(sys.argv[1], "fine").rename(there))
Path(sys.argv[1], "fine").rename(sys.argv[1] + "/finer")
Path(sys.argv[1], "dir").mkdir()
Path(sys.argv[1], "dir").rmdir()
open(os.devnull, "w").close()
sys.exit(asyncio.run(child(sys.executable, "-I", "-c", "print(1)")))
"""


def test_no_way_that_python_has_leads_out(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "there").touch()
    places = (str(tmp_path / "mine"), str(tmp_path / "there"))
    done = subprocess.run(
        [sys.executable, "-I", "-c", INSIDE, *places], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_may_be_started_is_what_team_toml_names(tmp_path: Path) -> None:
    config = replace(
        load(Home(tmp_path, tmp_path, tmp_path / "state")),
        access=Access(locked=True, commands=frozenset({"shop"})),
        commands={n: OwnCommand(n, (f"/opt/{n}", "-x")) for n in ("shop", "other")},
        filters={"polite": ("/opt/polite",)},
    )
    found = guard.programs(config)
    assert ["/opt/shop"] in found
    assert not [one for one in found if one[0] in ("/opt/other", "/opt/polite", "/usr/bin/rnano")]
    for one in ("editor", "template edit", "template new"):
        editing = replace(config, access=Access(locked=True, commands=frozenset({one})))
        assert Path(tempfile.gettempdir()) in guard.places(editing), one
    assert Path(tempfile.gettempdir()) not in guard.places(config)
    more = replace(config, access=Access(locked=True, commands=frozenset({"pipe", "editor"})))
    found = guard.programs(more)
    assert ["/opt/polite"] in found
    assert ["/usr/bin/rnano"] in found
    assert all(one[:2] == [sys.executable, "-I"] for one in found if "python" in one[0])


@pytest.mark.parametrize("words", [["sh"], [sys.executable, "-c", "x"], [], "sh -c x"])
def test_a_program_of_another_name_is_none_that_is_known(words: object) -> None:
    with pytest.raises(PermissionError):
        guard.Guard([[sys.executable, "-I", "x.py"]])("subprocess.Popen", ("sh", words, None, None))
