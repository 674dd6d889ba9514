"""What sshd gives an agent: tried with real Unix users, over a real sshd and a real terminal."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from omnitui.cli.locked import hardening
from omnitui.cli.team import layout
from omnitui.tui.spelling.dictionaries import installed
from store.model import ConversationId
from tests.locked.team import Team, team
from tests.servers.sshd import Sshd
from tests.servers.tmux import Tmux
from tests.servers.unix_users import UnixUser, interpreter

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("locked")]
RECIPE = (Path(layout.__file__).parent / "files" / "sshd.conf").read_text()


@pytest.fixture(scope="module")
def desk() -> Iterator[Team]:
    with team() as made:
        yield made


@pytest.fixture(scope="module")
def sshd(desk: Team) -> Iterator[Sshd]:
    """With the shipped lines, and a server that lets every variable in."""
    group = (desk.home / "team.toml").read_text().split('group = "')[1].split('"')[0]
    lines = RECIPE.replace("@PYTHON@", interpreter()).replace("@GROUP@", group)
    server = Sshd("AcceptEnv *\n" + lines.replace("@HOME@", str(desk.home)))
    try:
        yield server.start()
    finally:
        server.close()


def asked(desk: Team, line: str, **env: str) -> subprocess.CompletedProcess[str]:
    return desk.agent.run(desk.session(), env={"SSH_ORIGINAL_COMMAND": line, **env})


def test_no_verb_runs_unless_it_is_named_and_may_be(desk: Team) -> None:
    desk.locked()
    assert "is not run here" in asked(desk, "conversations --json").stderr
    desk.locked('verbs = ["conversations", "do", "customer"]')
    found = asked(desk, "conversations --json")
    assert [one["id"] for one in json.loads(found.stdout)] == [1]
    for line in ("sh", "serve", ""):
        done = asked(desk, line)
        assert done.returncode, line
        assert not done.stdout, line
        assert len(done.stderr.splitlines()) == 1, line
    for line in ("do 1 greet", "customer 1 --export {top}/store/ran.zip"):
        done = asked(desk, line.format(top=desk.top))
        assert done.returncode == 1, (line, done)
        assert not done.stdout, line
    assert asked(desk, "do 1 'tag add seen'").returncode == 0
    assert desk.ran == []


def test_the_session_wants_an_interpreter_that_believes_nothing(desk: Team) -> None:
    spy = desk.agent.home / "sitecustomize.py"
    spy.write_text(f"open('{desk.agent.home}/ran-spy', 'w')")
    hostile = {"PYTHONPATH": str(desk.agent.home), "PYTHONINSPECT": "1", "PYTHONSTARTUP": str(spy)}
    asked(desk, "conversations", **hostile)
    assert desk.ran == []
    python, _isolated, *rest = desk.session()
    done = desk.agent.run([python, *rest], cwd=desk.top)
    assert "python -I -m omnitui" in done.stderr
    spy.unlink()


AT_WORK = """
import asyncio, io, os, sys
from pathlib import Path
from config import access
access.lock()
from config.home import find_home
from config.load import load
from omnitui.cli.locked import clean_environment, guard, hardening
os.environ.clear()
os.environ.update(clean_environment.bare({}))
hardening.harden()
guard.stand(load(find_home(Path(sys.argv[1]))))
from PIL import Image
from omnitui.tui.pictures import picture
from omnitui.tui.spelling.dictionaries import installed
from omnitui.tui.spelling.speller import Speller
async def work():
    png = io.BytesIO()
    Image.new("RGB", (20, 20)).save(png, "PNG")
    shown = await picture.read_picture(png.getvalue(), 10, 5)
    wrong = frozenset()
    for found in installed()[:1]:
        speller = Speller(found)
        await speller.look_up(["zzxqq"])
        wrong = speller.known_wrong(["zzxqq"])
        await speller.close()
    print(shown.width, *wrong)
asyncio.run(work())
"""


def test_what_a_session_itself_starts_still_works_in_its_cage(desk: Team) -> None:
    desk.locked()
    done = desk.agent.run([interpreter(), "-I", "-c", AT_WORK, str(desk.home)])
    assert done.stdout.split() == ["10", "zzxqq"] or not installed(), done.stderr
    assert done.stdout.startswith("10"), done.stderr


def test_the_screen_wants_a_terminal_and_the_desk_a_team(desk: Team) -> None:
    assert "needs a terminal" in desk.agent.run(desk.session()).stderr
    alone = desk.top / "alone"
    alone.mkdir(exist_ok=True)
    argv = [str(alone) if word == str(desk.home) else word for word in desk.session()]
    assert "team.toml is missing" in desk.agent.run(argv).stderr


def test_a_reader_and_an_agent_with_a_shell_are_told_what_is_not_theirs(desk: Team) -> None:
    def run(who: str, *words: str) -> subprocess.CompletedProcess[str]:
        user: UnixUser = getattr(desk, who)
        return user.run(desk.verb(*words), given="Good day")

    assert "You may look, not write" in run("reader", "reply", "1").stderr
    assert run("reader", "show", "1").returncode == 0
    assert "Only a supervisor may read" in run("reader", "audit").stderr
    assert "Only a supervisor may" in run("agent", "retention").stderr
    assert "run by its own user, root" in run("agent", "serve").stderr
    desk.locked('commands = ["shell", "tag ad"]\ndirectories = ["~"]')
    told = json.loads(run("agent", "doctor", "--json", "--offline").stdout)
    desk.locked()
    found = " ".join(one["detail"] for one in told["checks"])
    assert all(word in found for word in ("“shell” is allowed", "“tag ad”", "names ~"))
    assert not [one for one in told["checks"] if "password" in str(one)]
    export = ("customer", "1", "--export", str(desk.supervisor.home / "ann.zip"))
    assert run("supervisor", *export).returncode == 0


def test_over_ssh_there_is_the_screen_and_no_way_out(desk: Team, sshd: Sshd) -> None:
    desk.locked(f'directories = ["{desk.agent.home}/files"]')
    files = desk.agent.home / "files"
    files.mkdir(exist_ok=True)
    os.chown(files, desk.agent.uid, -1)
    sent = ["SendEnv=*", "SetEnv=" + " ".join(f'{n}="{v}"' for n, v in {
        "PYTHONPATH": str(desk.agent.home), "LD_PRELOAD": "/tmp/x.so", "EDITOR": "sh",
        "TEXTUAL_LOG": f"{desk.agent.home}/ran-log", "OMNITUI_HOME": "/tmp", "LANG": "../../x",
        "SHELL": "/bin/sh", "XDG_CONFIG_HOME": "/tmp", "TZ": "/etc/shadow",
        "COLORTERM": "truecolor",
    }.items())]  # fmt: skip
    options = [part for one in sent for part in ("-o", one)]
    for command in ("id", "sh -c id", "conversations"):
        line = sshd.client(command, terminal=False, user=desk.agent.name, options=options)
        done = subprocess.run(line, capture_output=True, text=True, timeout=30, check=False)
        assert (done.returncode, done.stdout) == (1, ""), command
        assert "is not run here" in done.stderr
    sftp = subprocess.run(
        ["sftp", "-F", str(sshd.directory / "ssh_config"), "-b", "/dev/null",
         f"{desk.agent.name}@desk"],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert sftp.returncode
    argv = sshd.client(user=desk.agent.name, options=options)
    with Tmux(sshd.directory, argv, (100, 30)) as agent:
        agent.sees("Unassigned")
        (pid,) = sessions(desk)
        environ = Path(f"/proc/{pid}/environ").read_bytes()  # as it was started
        assert b"LD_PRELOAD" in environ, "the server was to let it in"
        agent.sees("Where is my order")
        agent.press("f7")
        agent.sees("“shell” is off here")
        agent.press("Enter")
        agent.sees("r reply")
        agent.press("C-z", "C-\\")
        for typed, said in (
            ("editor", "“editor” is off here"),
            ("pipe polite", "“pipe” is off here"),
            ("greet", "“greet” is off here"),
            ("sly", "“shell” is off here"),
            ("attach /etc/passwd", "Files go from and to"),
            (f"attach {files}/../.profile", "Files go from and to"),
            ("save raw /tmp/ran.eml", "no raw mail"),
        ):
            agent.press(":")
            agent.type(typed)
            agent.press("Enter")
            agent.sees(said)
        (files / "offer.txt").write_text("an offer")
        for typed, said in (
            ("attach offer.txt", "offer.txt attached"),
            ("view save Urgent", "Urgent"),
        ):
            agent.press(":")
            agent.type(typed)
            agent.press("Enter")
            agent.sees(said)
        agent.until((desk.agent.home / ".config/omnitui/agent.toml").exists, "their own settings")
        agent.press("r")
        agent.sees("REPLY")
        agent.type("It left today.")
        agent.press("C-s")
        agent.sees("Reply on its way")
        (*_earlier, answer) = desk.shop.messages(ConversationId(1))
        assert [file.name for file in answer.attachments] == ["offer.txt"]
        assert answer.author == desk.agent.name
        query = "SELECT DISTINCT source FROM events WHERE actor = ?"
        rows = desk.shop.read(lambda db: db.execute(query, (desk.agent.name,)).fetchall())
        assert ("ssh 127.0.0.1",) in [tuple(row) for row in rows]
        inside = limits(pid)
        assert inside["Max core file size"] == "0"
        assert int(inside["Max data size"]) == hardening.MOST_MEMORY
        status = Path(f"/proc/{pid}/status").read_text()
        assert "NoNewPrivs:\t1" in status
        assert Path(f"/proc/{pid}/cwd").readlink() == Path("/")
        assert Path(f"/proc/{pid}/stat").stat().st_uid == 0, "it can be looked into"
        assert children(pid) == [], "a program was started"
        assert not list(Path("/run/user").glob(f"{desk.agent.uid}/omnitui*"))
        agent.press("C-q")
        agent.until(lambda: not sessions(desk), "the end of the session")
    assert desk.ran == []


def sessions(desk: Team) -> list[int]:
    line = "\0".join(desk.session()[1:]).encode()
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            if line in (directory / "cmdline").read_bytes() and (
                Path(directory / "status").read_text().split("Uid:\t")[1].split()[0]
                == str(desk.agent.uid)
            ):
                found.append(int(directory.name))
        except OSError:
            continue
    return found


def limits(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return {line[:25].strip(): line[26:47].strip() for line in lines[1:]}


def children(pid: int) -> list[str]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [Path(f"/proc/{one}/cmdline").read_text() for one in found]
