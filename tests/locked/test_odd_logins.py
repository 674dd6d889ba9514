"""What an admin or a machine can do to a login: each has one line that says what to do."""

from __future__ import annotations

import os
import pwd
import resource
import subprocess
from collections.abc import Callable, Iterator

import pytest

from config import access
from config.home import find_home
from config.load import load
from omnitui.cli.locked.hardening import harden
from omnitui.cli.people_findings import findings
from omnitui.cli.team import findings as team_findings
from omnitui.engine.lock import engine_running
from omnitui.engine.stranger import stranger
from store.database import open_database
from tests.locked.team import Team, team
from tests.servers.unix_users import UnixUser

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("locked")]


@pytest.fixture(scope="module")
def desk() -> Iterator[Team]:
    with team() as made:
        yield made


@pytest.fixture(autouse=True)
def again(desk: Team) -> Iterator[None]:
    """Files belong to whom they did before each test."""
    desk.locked('verbs = ["status", "do"]')
    yield
    group = desk.store.stat().st_gid
    for one in desk.store.rglob("*"):
        os.chown(one, 0, group)
        one.chmod(0o2770 if one.is_dir() else 0o660)
    desk.store.chmod(0o2770)


def said(
    argv: list[str], uid: int, groups: list[int], *, limits: Callable[[], None] | None = None,
    **env: str,
) -> str:  # fmt: skip
    """The one line that is told when a program refuses."""
    done = subprocess.run(
        argv, capture_output=True, text=True, timeout=30, check=False, cwd="/", user=uid,
        group=groups[0], extra_groups=groups, stdin=subprocess.DEVNULL, preexec_fn=limits,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **env},
    )  # fmt: skip
    assert done.returncode == 1, done
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def as_agent(desk: Team, argv: list[str], **more: object) -> str:
    groups = os.getgrouplist(desk.agent.name, pwd.getpwnam(desk.agent.name).pw_gid)
    return said(argv, desk.agent.uid, groups, **more)  # type: ignore[arg-type]


def test_who_has_no_name_is_not_let_in(desk: Team) -> None:
    """A reader whose user database does not answer would be an agent."""
    group = desk.store.stat().st_gid
    assert "no name for your Unix user 54321" in said(desk.verb("status"), 54321, [group])


def test_a_name_that_means_something_else_is_not_let_in(
    desk: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    from omnitui.cli.access import require_member
    from omnitui.cli.failure import Failure

    config = load(find_home(desk.home))
    monkeypatch.setattr(os, "getuid", lambda: 7)
    monkeypatch.setattr(os, "geteuid", lambda: 7)
    monkeypatch.setattr(os, "getgroups", lambda: [desk.store.stat().st_gid])
    for name, first, words in (
        ("Engine", 7, "“Engine” means something else"),
        ("ann", 6, "“ann” is two Unix users here, 7 and 6"),
    ):
        monkeypatch.setattr(access, "pwd", _Users(name, first))
        with pytest.raises(Failure, match=words):
            require_member(config)


class _Users:
    """A user database with one name in it, which a number before 7 may have, too."""

    def __init__(self, name: str, first: int) -> None:
        self._name, self._first = name, first

    def getpwuid(self, number: int) -> pwd.struct_passwd:
        return pwd.struct_passwd((self._name, "x", number, 7, "", "/", ""))

    def getpwnam(self, _name: str) -> pwd.struct_passwd:
        return self.getpwuid(self._first)


def test_root_is_told_to_open_the_screen_as_an_agent(desk: Team) -> None:
    file = desk.home / "team.toml"
    before = file.read_text()
    file.write_text(before.replace('user = "root"', 'user = "nobody"'))
    told = said(desk.verb(), 0, [0], SUDO_USER=desk.supervisor.name)
    engine = said(desk.verb("serve"), 0, [0])
    file.write_text(before)
    assert f"sudo -u {desk.supervisor.name} omnitui --home {desk.home}" in told
    assert "run by its own user, nobody: “systemctl start omnitui-etc”" in engine


@pytest.mark.parametrize(
    ("name", "mode"),
    [("desk.sqlite-wal", 0o600), ("desk.sqlite-shm", 0o640), ("desk.sqlite", 0o640), ("", 0o700)],
)
def test_a_file_that_is_closed_by_hand_is_named(desk: Team, name: str, mode: int) -> None:
    path = desk.store / name
    last = path.stat().st_mode & 0o2000 if path.is_dir() else 0
    db = open_database(desk.store / "desk.sqlite")  # its log is there as long as somebody reads
    try:
        db.execute("SELECT count(*) FROM messages").fetchone()
        path.chmod(mode | last)
        told = as_agent(desk, desk.verb("do", "1", "tag add closed"))
    finally:
        db.close()
    assert f"{path} belongs to root and is closed to you (mode {mode | last:04o})" in told
    assert "sudo omnitui doctor" in told


def test_an_agent_makes_no_store_where_there_is_none(desk: Team) -> None:
    moved = desk.top / "moved"
    desk.store.rename(moved)
    desk.store.mkdir()
    desk.store.chmod(0o777)
    try:
        for argv in (desk.verb(), desk.verb("do", "1", "close"), desk.verb("new-customer", "Ann")):
            assert f"There is no store at {desk.store}/desk.sqlite" in as_agent(desk, argv)
        assert list(desk.store.iterdir()) == []
    finally:
        desk.store.rmdir()
        moved.rename(desk.store)


def test_a_home_in_ruins_is_no_reason_to_stay_out(desk: Team) -> None:
    ruin = desk.agent.home / ".local"
    if ruin.is_dir():
        subprocess.run(["rm", "-r", str(ruin)], check=True)
    ruin.write_text("no directory")
    try:
        told = desk.agent.run(desk.session(), env={"SSH_ORIGINAL_COMMAND": "status"})
        assert (told.returncode, told.stderr) == (0, "")
        assert "1 open" in told.stdout
    finally:
        ruin.unlink()


def test_mistakes_in_the_settings_are_for_who_can_mend_them(desk: Team) -> None:
    desk.locked("nosuch = 1\nverbs = 2")
    told = desk.agent.run(desk.session()).stderr.splitlines()
    assert [line.rpartition("team.toml:")[2][:9] for line in told[:2]] == ["11: locke", "12: locke"]
    assert told[2:] == ["Tell who looks after the desk."]


def test_closed_streams_and_terminals_that_are_none(desk: Team) -> None:
    closed = ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *desk.session()]
    assert "log in by “ssh -t”" in as_agent(desk, closed)
    full = ["/bin/sh", "-c", 'exec "$@" >/dev/full', "sh", *desk.verb("status")]
    assert "The output could not be written: No space left" in as_agent(desk, full)


def test_a_limit_that_may_be_raised_is_and_one_that_may_not_is_named(desk: Team) -> None:
    def hard() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    told = as_agent(desk, desk.verb("do", "1", "tag add no"), limits=hard)
    assert "no file of more than 4 kB" in told
    assert "ulimit -f" in told
    pid = os.fork()
    if pid == 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        harden()
        free = resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
        os._exit(0 if free else 1)
    assert os.waitpid(pid, 0)[1] == 0


def test_whoever_holds_the_engine_s_lock_is_named(desk: Team) -> None:
    lock = desk.store / "engine.lock"
    lock.write_text('{"pid": 1, "host": "elsewhere", "started_at": 1}')
    lock.chmod(0o644)
    argv = ["flock", str(lock), "sh", "-c", "echo held; read line"]
    with subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        user=desk.agent.uid,
        extra_groups=[desk.store.stat().st_gid],
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        holder = engine_running(lock)
        assert holder is not None
        assert f"process {process.pid} (flock) of {desk.agent.name}" in stranger(lock, holder)
        process.communicate(b"\n")
    assert engine_running(lock) is None
    lock.unlink()


def test_doctor_tells_two_in_one_and_who_is_gone(desk: Team) -> None:
    config = load(find_home(desk.home))
    desk.shop.write(
        lambda db: db.execute("UPDATE conversations SET assignee = 'gone' WHERE id = 1")
    )
    twin = UnixUser(f"{desk.agent.name}-2", desk.top / "nowhere")
    team = config.team
    assert team is not None
    argv = ["useradd", "-o", "-u", str(desk.agent.uid), "-M", "-N", "-G", team.group]
    subprocess.run(
        [*argv, "-d", str(twin.home), "-s", "/usr/sbin/nologin", twin.name],
        check=True,
        capture_output=True,
    )
    desk.agent.home.chmod(0o777)
    try:
        told = "\n".join(f"{one.state} {one.detail} {one.advice}" for one in findings(config))
    finally:
        desk.agent.home.chmod(0o750)
        subprocess.run(["userdel", "-f", twin.name], check=False, capture_output=True)
    for words in (
        f"fail {twin.name} and {desk.agent.name} are one Unix user",
        "1 open conversation is gone's",
        f"{twin.name} has no home {twin.home}",
        f"nologin of {twin.name} lets nobody in",
        f"Others may write to {desk.agent.home}",
    ):
        assert words in told


def test_what_root_leaves_in_the_engine_s_directory_is_told(desk: Team) -> None:
    """`sudo cp` of a key, and of a store file without the group's right to write."""
    file = desk.home / "team.toml"
    before = file.read_text()
    file.write_text(before.replace('user = "root"', f'user = "{desk.supervisor.name}"'))
    key = desk.top / "engine" / "reply-token.key"
    key.write_text("k")
    (desk.store / "desk.sqlite").chmod(0o640)
    try:
        config = load(find_home(desk.home))
        told = "\n".join(f"{one.detail} {one.advice}" for one in team_findings.findings(config))
        key.unlink()
        away = desk.top / "engine.away"
        (desk.top / "engine").rename(away)
        groups = [desk.store.stat().st_gid]
        engine = said(desk.verb("serve"), desk.supervisor.uid, groups)
        away.rename(desk.top / "engine")
    finally:
        file.write_text(before)
    assert f"{key} is not {desk.supervisor.name}'s: the engine cannot use it." in told
    assert f"Not all agents can write {desk.store}/desk.sqlite." in told
    assert "/engine" in engine
    assert "“omnitui init --team”" in engine
