"""`omnitui init --team` by root on this machine, with Unix users of its own."""

from __future__ import annotations

import argparse
import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from config.home import find_home
from config.load import load
from omnitui.cli import init
from omnitui.cli.failure import Failure, WrongUsage
from omnitui.cli.prompt import Prompt
from omnitui.cli.team import setting_up, sshd_findings
from omnitui.cli.team.layout import as_written, layout_of
from omnitui.cli.team.setting_up import grow_supervisors, set_up, steps_of
from omnitui.cli.team.sshd_findings import EMPTIED, PLACES, effective
from omnitui.cli.team.steps import File
from tests.servers.team_desk import TeamDesk, team_desk
from tests.servers.unix_users import UnixUser, interpreter

EACH_READS_ALL = """
import os, sys
os.umask(0o077)
from pathlib import Path
from store.blobs import for_database
from store.database import open_database, transaction
db = open_database(Path(sys.argv[1]), create=False)
kept = for_database(db)
with transaction(db):
    kept.put(db, sys.argv[2].encode() * 100_000)
    path = kept.begin("file-" + sys.argv[2])
    path.write_bytes(sys.argv[2].encode() * 200_000)
    kept.put(db, kept.take(path))
hashes = [row[0] for row in db.execute("SELECT hash FROM blobs WHERE encoding = 'file'")]
print(len(hashes), sum(len(kept.read(db, one)) for one in hashes))
"""


@pytest.fixture(scope="module")
def desk() -> Iterator[TeamDesk]:
    with team_desk("olena", "ivan") as made:
        yield made


@pytest.fixture(scope="module")
def ready(desk: TeamDesk) -> TeamDesk:
    """A desk that was set up, under a umask that closes everything."""
    old = os.umask(0o077)
    try:
        done = desk.init()
    finally:
        os.umask(old)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    assert "!" not in done.stdout
    return desk


def test_looking_first_changes_nothing(desk: TeamDesk) -> None:
    before = desk.everything()
    done = desk.init("--dry-run")
    assert done.returncode == 0, done.stderr
    for words in (f"+ Unix group {desk.service}", "    ProtectSystem=strict", "ForceCommand"):
        assert words in done.stdout
    assert desk.everything() == before
    refused = desk.init(user=desk.agents[1].name)
    assert refused.returncode == 1
    assert "as root" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert desk.everything() == before


def test_owners_and_modes_are_as_the_umask_does_not_say(ready: TeamDesk) -> None:
    entry = pwd.getpwnam(ready.service)
    assert entry.pw_shell.endswith("nologin")
    wanted = {
        ready.home: (0o755, "root"),
        ready.home / "config.toml": (0o644, "root"),
        ready.home / "team.toml": (0o644, "root"),
        ready.home / "credentials": (0o700, "root"),
        ready.store: (0o2770, ready.service),
        ready.store / "desk.sqlite": (0o660, ready.service),
        ready.state: (0o700, ready.service),
        ready.top / "backups": (0o700, ready.service),
        ready.top / "sshd" / f"50-omnitui-{ready.service}.conf": (0o644, "root"),
    }
    found = {path: (path.stat().st_mode & 0o7777, path.owner()) for path in wanted}
    assert found == wanted
    for agent in ready.agents:
        assert entry.pw_gid in os.getgrouplist(agent.name, pwd.getpwnam(agent.name).pw_gid)


def test_twice_is_as_once_and_what_an_admin_changed_stays(ready: TeamDesk) -> None:
    before = ready.everything()
    again = ready.init()
    assert ready.omnitui("init", "--team", "--no-account").returncode == 0  # as it was set up
    assert again.returncode == 0, again.stderr
    assert "✓" not in again.stdout
    assert ready.everything() == before
    elsewhere = ready.init("--store", "/srv/elsewhere")
    assert elsewhere.returncode == 2
    assert f"“{ready.store}”" in elsewhere.stderr
    assert ready.everything() == before
    unit = ready.top / "units" / f"omnitui-{ready.service}.service"
    ours = unit.read_text()
    unit.write_text(ours.replace("WatchdogSec=60", "WatchdogSec=90"))
    told = ready.init().stdout
    assert f"! file {unit}" in told
    assert "-WatchdogSec=90" in told
    assert "+WatchdogSec=60" in told
    assert "WatchdogSec=90" in unit.read_text()
    unit.write_text(ours)


@pytest.mark.parametrize("supervisors", [(), ("olena", "@leads")])
def test_what_is_written_is_a_configuration(tmp_path: Path, supervisors: tuple[str, ...]) -> None:
    layout = layout_of(tmp_path, {})
    for step in steps_of(layout, (), supervisors, 'Ann "A"'):
        if isinstance(step, File) and step.path.parent == tmp_path:
            step.do()
    if supervisors:  # into a file that had none, too
        again = Prompt()
        (tmp_path / "team.toml").write_text(layout.text("team.toml", SUPERVISORS="# none yet"))
        grow_supervisors(layout, supervisors, again)
    config = load(find_home(tmp_path))
    assert config.team is not None
    assert config.team.supervisors == supervisors
    assert (config.desk.name, config.desk.engine) == ('Ann "A"', "service")


def options(*argv: str) -> argparse.Namespace:
    """Of `omnitui init`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home")
    init.add_arguments(parser)
    return parser.parse_args(argv)


@pytest.mark.parametrize("name", ["my desk", "50%", "a;id", "$HOME", "it's"])
def test_a_path_that_a_unit_or_a_shell_would_misread_is_refused(name: str) -> None:
    for option in ("--store", "--home"):
        args = options("--team", "--dry-run", option, f"/srv/{name}")
        with pytest.raises(WrongUsage, match="would read this path otherwise"):
            set_up(args, Prompt())


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--user", "root"), "must not be root"),
        (("--group", "root"), "everybody of the group root"),
        (("--group", "sudo"), "everybody of the group sudo"),
        (("--store", "/home/desk/store"), "nothing of /home"),
    ],
)
def test_what_would_lock_administrators_in_is_refused(argv: tuple[str, str], words: str) -> None:
    with pytest.raises(WrongUsage, match=words):
        set_up(options("--team", "--dry-run", *argv), Prompt())


def test_a_program_that_was_installed_under_a_strict_umask_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "omnitui" / "__init__.py"
    closed.parent.mkdir()
    closed.touch(mode=0o600)
    spec = ModuleSpec("omnitui", None, origin=str(closed))
    monkeypatch.setattr(setting_up, "find_spec", lambda _name: spec)
    # The tests may run by a Python that is somebody's own.
    monkeypatch.setattr(setting_up, "_refuse_unreadable", lambda _layout: None)
    args = options("--team", "--dry-run", "--home", str(tmp_path / "etc"))
    with pytest.raises(Failure, match=f"{closed} is closed to them"):
        set_up(args, Prompt())


def test_who_stops_at_the_account_is_not_told_that_nothing_was_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    layout = layout_of(tmp_path, {})
    monkeypatch.setattr(setting_up, "set_up", lambda *_: (layout, True))

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(init, "_set_up", stopped)
    args = options("--team", "--address", "support@acme.example")
    assert init.run(args) == 130
    said = capsys.readouterr()
    assert ("nothing was changed" in said.err, "Accounts are added with" in said.out) == (
        False, True,
    )  # fmt: skip


def test_a_supervisor_is_added_to_a_file_that_has_been_edited(ready: TeamDesk) -> None:
    path = ready.home / "team.toml"
    before = path.read_text()
    path.write_text(before + "# Ours since May.\n")
    done = ready.init("--supervisors", f"{ready.agents[0].name},@leads")
    assert "supervisors + @leads" in done.stdout
    text = path.read_text()
    assert "# Ours since May." in text
    assert '"@leads"' in text
    path.write_text(before)


def test_who_may_not_is_told_in_a_sentence_what_to_ask_for(ready: TeamDesk) -> None:
    agent, outsider = ready.agents[1].name, "nobody"
    for who, argv, words in (
        (outsider, ("status",), f"You are not in the group {ready.service}."),
        (agent, ("backup", str(ready.agents[1].home / "all")), "Only a supervisor may"),
        (agent, ("init",), "run this as root"),
    ):
        refused = ready.omnitui(*argv, user=who)
        assert refused.returncode == 1, argv
        assert words in refused.stderr
        assert refused.stderr.count("\n") == 1
    looked = ready.omnitui("doctor", "--offline", user=outsider)
    assert looked.returncode == 1
    assert f"You are not in the group {ready.service}." in looked.stdout
    nobody = ready.init("--agents", "omt-nobody-here")
    assert nobody.returncode == 1
    assert "There is no Unix user omt-nobody-here yet" in nobody.stdout


def test_systemd_takes_the_units_and_finds_them_closed(ready: TeamDesk) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze here")
    units = sorted((ready.top / "units").iterdir())
    assert len(units) == 4
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    for unit in units:
        if unit.suffix == ".service":
            argv = ["systemd-analyze", "security", "--offline=true", "--threshold=20", unit]
            safe = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
            assert safe.returncode == 0, safe.stdout[-200:]  # exposure at most 2.0 of 10


def test_sshd_gives_members_the_desk_and_nothing_else(ready: TeamDesk) -> None:
    sshd = shutil.which("sshd", path=PLACES)
    if sshd is None:
        pytest.skip("there is no sshd here")
    config = ready.top / "sshd_config"
    key = ready.top / "host"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    config.write_text(f"HostKey {key}\nInclude {ready.top}/sshd/*.conf\nX11Forwarding yes\n")
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    found = effective(sshd, ready.agents[1].name, str(config))
    command = f"{interpreter()} -I -m omnitui --home {ready.home} session"
    assert found["forcecommand"] == [command]
    assert (found["disableforwarding"], found["permituserrc"]) == (["yes"], ["no"])
    assert found["clientaliveinterval"] == ["15"]
    assert {f"{name}=" for name in EMPTIED} <= set(found["setenv"])
    admin = effective(sshd, "root", str(config))
    assert (admin["forcecommand"], admin["x11forwarding"]) == (["none"], ["yes"])
    ours = next((ready.top / "sshd").iterdir())
    written = ours.read_text()
    ours.write_text(written.replace("SetEnv LD_PRELOAD= ", "SetEnv "))
    layout = as_written(layout_of(ready.home, {"sshd": ours.parent}))
    (told,) = sshd_findings.findings(layout, str(config))
    assert (told.state, "LD_PRELOAD" in told.detail) == ("fail", True)
    ours.write_text(written)


def test_each_reads_what_the_others_wrote(ready: TeamDesk) -> None:
    """Three Unix users with umask 077: two agents and the engine's."""
    names = [*(agent.name for agent in ready.agents), ready.service]
    told = []
    for letter, name in zip("abc", names, strict=True):
        entry = pwd.getpwnam(name)
        done = subprocess.run(
            [interpreter(), "-c", EACH_READS_ALL, ready.store / "desk.sqlite", letter],
            capture_output=True, text=True, timeout=60, cwd="/", check=False,
            user=entry.pw_uid, group=entry.pw_gid, env={"PYTHONDONTWRITEBYTECODE": "1"},
            extra_groups=os.getgrouplist(name, entry.pw_gid),
        )  # fmt: skip
        assert done.stderr == ""
        told.append(tuple(map(int, done.stdout.split())))
    assert told == [(2, 300_000), (4, 600_000), (6, 900_000)]
    group = pwd.getpwnam(ready.service).pw_gid
    for top, folders, files in os.walk(ready.store):
        for name in (*folders, *files):
            at = Path(top, name).lstat()
            assert at.st_gid == group, name
            assert at.st_mode & 0o007 == 0, name
            assert at.st_mode & (0o070 if name in folders else 0o040), name


def test_a_backup_is_the_service_s_and_restores_for_all(ready: TeamDesk) -> None:
    done = ready.omnitui("backup", "--rotate", str(ready.top / "backups"), user=ready.service)
    assert done.returncode == 0, done.stderr
    (copy,) = (ready.top / "backups").glob("omnitui-*.tar.gz")
    saved = ready.store.with_name("aside")
    ready.store.rename(saved)
    try:
        # As an admin would, on a machine whose store is gone.
        assert "store" in ready.init().stdout
        (ready.store / "desk.sqlite").unlink()
        back = ready.omnitui("restore", str(copy))
        assert back.returncode == 0, back.stderr
        for user in (ready.agents[1].name, ready.service):
            check = ready.omnitui("check", user=user)
            assert (check.returncode, check.stdout) == (0, "All is well.\n"), check.stderr
        assert (ready.store / "desk.sqlite").owner() == ready.service
    finally:
        shutil.rmtree(ready.store)
        saved.rename(ready.store)


def test_the_engine_runs_as_the_service_and_agents_see_it(ready: TeamDesk) -> None:
    """Its secrets and keys are closed to agents; systemd hears that it is ready."""
    address = ready.top / "notify"
    entry = pwd.getpwnam(ready.service)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        address.chmod(0o777)
        manager.settimeout(30)
        engine = subprocess.Popen(
            [ready.program, "--home", ready.home, "serve"],
            env={**ready.environment, "NOTIFY_SOCKET": str(address)}, cwd="/", umask=0o007,
            user=entry.pw_uid, group=entry.pw_gid, extra_groups=[],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert manager.recv(999).startswith(b"READY=1")
            seen = ready.omnitui("doctor", "--offline", user=ready.agents[1].name)
            assert "✓ engine" in seen.stdout
            assert f"✓ agents: you are {ready.agents[1].name}, agent" in seen.stdout
            assert "✗" not in seen.stdout
        finally:
            engine.terminate()
            assert engine.wait(20) == 0
        assert manager.recv(999) == b"STOPPING=1"
    ready.state.joinpath("reply-token.key").write_bytes(b"k" * 32)
    for place in (ready.state / "reply-token.key", ready.home / "credentials" / "x"):
        tried = ready.agents[1].run(["cat", str(place)], cwd=Path("/"))
        assert "Permission denied" in tried.stderr
    ready.state.joinpath("reply-token.key").unlink()  # root's there would be a finding


RESOLVES = """
from config.secret_syntax import parse_ref
from config.secrets import SecretError, resolve
try:
    print(resolve(parse_ref("credential:support")))
except SecretError as error:
    print(error)
"""


def test_a_password_is_handed_to_the_engine_alone(ready: TeamDesk) -> None:
    settings = ready.home / "config.toml"
    before = settings.read_text()
    done = ready.init(
        "--yes", "--no-check", "--address", "support@acme.example", "--password-from", "-",
        "--imap", "imaps://mail.acme.example", "--smtp", "smtps://mail.acme.example",
        given="hunter2\n",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    kept = ready.home / "credentials" / "support"
    try:
        assert 'password = "credential:support"' in settings.read_text()
        assert 'engine = "service"' in settings.read_text()
        assert settings.stat().st_mode & 0o777 == 0o644
        assert (kept.read_text(), kept.stat().st_mode & 0o777) == ("hunter2\n", 0o600)
        assert "systemctl restart" in done.stdout
        assert (
            "✓ secret of support: credential:support" in ready.omnitui("doctor", "--offline").stdout
        )
        # As LoadCredential=omnitui:DIRECTORY hands it over (systemd.exec(5)).
        handed = ready.top / "handed"
        handed.mkdir()
        (handed / "omnitui_support").write_text("hunter2\n")
        handed.chmod(0o500)
        shutil.chown(handed / "omnitui_support", ready.service)
        shutil.chown(handed, ready.service)
        service = UnixUser(ready.service, Path("/"))
        told = [
            who.run([interpreter(), "-c", RESOLVES], cwd=Path("/"),
                    env={"CREDENTIALS_DIRECTORY": place, "LANG": "C.UTF-8"}).stdout
            for who, place in ((service, str(handed)), (ready.agents[1], str(handed)))
        ]  # fmt: skip
        assert told[0] == "hunter2\n"
        assert "no credential" in told[1]
    finally:
        settings.write_text(before)
        kept.unlink()
        shutil.rmtree(ready.top / "handed", ignore_errors=True)


def test_what_the_engine_cannot_read_is_kept_where_it_is_handed_over(ready: TeamDesk) -> None:
    settings = ready.home / "config.toml"
    before = settings.read_text()
    roots = ready.top / "token"
    roots.write_text("0123456789abcdef\n")
    roots.chmod(0o600)
    plain = (
        '\n[accounts.site]\nchannel = "webchat"\nrelay = "https://chat.acme.example"\n'
        f'token = "file:{roots}"\n'
    )
    try:
        settings.write_text(before + plain)
        told = ready.omnitui("doctor", "--offline").stdout
        assert (
            f"✗ secret of site: The engine is another user than root and cannot read file:{roots}"
            in told
        )
        settings.write_text(before)
        done = ready.init(
            "--yes", "--no-check", "--address", "support@acme.example",
            "--password-from", f"file:{roots}",
            "--imap", "imaps://mail.acme.example", "--smtp", "smtps://mail.acme.example",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert 'password = "credential:support"' in settings.read_text()
        assert (ready.home / "credentials" / "support").read_text() == roots.read_text()
    finally:
        settings.write_text(before)
        (ready.home / "credentials" / "support").unlink(missing_ok=True)


def test_doctor_sees_what_is_not_as_it_should_be(ready: TeamDesk) -> None:
    told = ready.omnitui("doctor", "--offline").stdout
    assert "✗ directories" not in told
    assert "✓ team" in told
    assert f"2 agents: {ready.agents[1].name}, {ready.agents[0].name}" in told
    ready.store.chmod(0o777)
    (ready.home / "team.toml").chmod(0o664)
    blobs = ready.store / "blobs"
    blobs.mkdir(exist_ok=True)
    blobs.chmod(0o700)
    try:
        told = ready.omnitui("doctor", "--offline").stdout
    finally:
        ready.store.chmod(0o2770)
        blobs.chmod(0o2770)
        (ready.home / "team.toml").chmod(0o644)
    assert "only root may write it" in told  # and nothing else of the team is believed
    ready.store.chmod(0o2777)
    blobs.chmod(0o700)
    team = ready.home / "team.toml"
    as_it_was = team.read_text()
    team.write_text(f'{as_it_was}readers = ["omt-mistyped"]\n')
    try:
        told = ready.omnitui("doctor", "--offline").stdout
    finally:
        team.write_text(as_it_was)
        ready.store.chmod(0o2770)
        blobs.chmod(0o2770)
    assert f"It is 2777 {ready.service}" in told
    assert "There is no Unix user omt-mistyped." in told
    assert f"Not all agents can read {blobs}" in told


def test_doctor_says_that_the_store_or_the_group_is_gone(ready: TeamDesk) -> None:
    backup = ready.omnitui("backup", "--rotate", str(ready.top / "backups"), user=ready.service)
    assert backup.returncode == 0, backup.stderr
    aside = ready.store.with_name("aside")
    ready.store.rename(aside)
    try:
        told = ready.omnitui("doctor", "--offline")
        assert f"✗ store: There is no store at {ready.store}" in told.stdout
        assert "✓ memory" in told.stdout  # it went on to the end
        assert told.stderr == ""
    finally:
        aside.rename(ready.store)
    subprocess.run(["groupmod", "-n", f"{ready.service}-x", ready.service], check=True)
    try:
        told = ready.omnitui("doctor", "--offline")
        assert f"✗ agents: There is no Unix group {ready.service}." in told.stdout
    finally:
        subprocess.run(["groupmod", "-n", ready.service, f"{ready.service}-x"], check=True)
