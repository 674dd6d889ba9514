"""A team on one server, from a bare machine on: set up by root, five Unix users over a real sshd,
five screens at once on one mailbox."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.servers.dovecot import Mailbox, mail
from tests.servers.smtp import SmtpServer
from tests.servers.sshd import Sshd
from tests.servers.team_desk import TeamDesk, team_desk
from tests.servers.tmux import Tmux

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("dovecot"), pytest.mark.timeout(240)]

NAMES = ("olena", "ivan", "maria", "taras", "yulia")
"""A supervisor, three agents, a reader."""
ACCOUNT = """
[accounts.support]
channel = "email"
address = "{address}"
name = "Acme support"
imap = "imaps://{user}@localhost:{imap}"
smtp = "smtp+starttls://{user}@localhost:{smtp}"
password = "credential:support"
tls_ca = "{ca}"
"""


@dataclass
class Office:
    """The server, and who sits in front of it."""

    desk: TeamDesk
    sshd: Sshd
    credentials: Path
    screens: dict[str, Tmux] = field(default_factory=dict)
    engine: subprocess.Popen[bytes] | None = None

    def unix(self, name: str) -> str:
        """`omt-ivan-4711`: what ivan is called on this machine."""
        return self.desk.agents[NAMES.index(name)].name

    def serve(self) -> None:
        """As systemd would: the service's user, handed its credentials."""
        entry = pwd.getpwnam(self.desk.service)
        with (self.desk.top / "engine.log").open("ab") as log:
            self.engine = subprocess.Popen(
                [self.desk.program, "--home", self.desk.home, "serve"],
                env={
                    **self.desk.environment,
                    "CREDENTIALS_DIRECTORY": str(self.credentials),
                    "SSL_CERT_FILE": "/nonexistent",
                },
                cwd="/", umask=0o007, user=entry.pw_uid, group=entry.pw_gid, extra_groups=[],
                stdout=subprocess.DEVNULL, stderr=log,
            )  # fmt: skip

    def log_in(self, name: str) -> Tmux:
        argv = self.sshd.client(user=self.unix(name))
        self.screens[name] = Tmux(self.sshd.directory, argv, (110, 30))
        return self.screens[name]

    def session(self, name: str) -> list[int]:
        """The processes of somebody's screen on this desk, at the server's end."""
        uid = pwd.getpwnam(self.unix(name)).pw_uid
        ending = f"\0--home\0{self.desk.home}\0session\0".encode()
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 - it is asked often
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/cmdline", "rb") as asked:
                    line = asked.read()
                if line.endswith(ending) and b"sh\0-c" not in line:
                    directory = Path("/proc", pid)
                    status = (directory / "status").read_text()
                    if directory.stat().st_uid in (0, uid) and f"Uid:\t{uid}\t" in status:
                        found.append(int(pid))
        return found

    def json(self, *argv: str) -> Any:
        done = self.desk.omnitui(*argv, "--json")
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)

    def close(self) -> None:
        for screen in self.screens.values():
            screen.close()
        if self.engine is not None:
            self.engine.kill()
            self.engine.wait(20)


@pytest.fixture
def office(mailbox: Mailbox, smtp_server: SmtpServer) -> Iterator[Office]:
    with team_desk(*NAMES) as desk, contextlib.ExitStack() as stack:
        supervisor, reader = desk.agents[0].name, desk.agents[4].name
        done = desk.init("--supervisors", supervisor)
        assert done.returncode == 0, done.stdout + done.stderr
        team = desk.home / "team.toml"
        team.write_text(f'{team.read_text()}readers = ["{reader}"]\n')
        credentials = desk.top / "credentials"
        credentials.mkdir(mode=0o700)
        (credentials / "support").write_text(mailbox.password)
        service = pwd.getpwnam(desk.service)
        for path in (credentials, credentials / "support"):
            os.chown(path, service.pw_uid, service.pw_gid)
        ca = desk.home / "ca.pem"
        shutil.copyfile(mailbox.server.certificate.cert, ca)
        ca.chmod(0o644)
        settings = desk.home / "config.toml"
        text = settings.read_text().replace("[desk]", '[desk]\nundo_send = "1s"', 1)
        user = mailbox.address.replace("@", "%40")
        settings.write_text(
            text
            + ACCOUNT.format(
                address=mailbox.address, user=user, imap=mailbox.server.imaps_port,
                smtp=smtp_server.port, ca=ca,
            )
        )  # fmt: skip
        for agent in desk.agents:  # they have been shown round
            state = agent.home / ".local" / "state" / "omnitui" / desk.home.name
            subprocess.run(
                ["install", "-d", "-o", agent.name, agent.home / ".local",
                 agent.home / ".local" / "state", state.parent, state], check=True,
            )  # fmt: skip
            (state / "tour").touch()
        server = Sshd(f"Include {desk.top}/sshd/*.conf\n")
        stack.callback(server.close)
        made = Office(desk, server.start(), credentials)
        stack.callback(made.close)
        yield made


def until(true: Callable[[], object], what: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"{what} never came"
        time.sleep(0.05)


def test_five_agents_on_one_server(
    office: Office, mailbox: Mailbox, customer_mailbox: Mailbox
) -> None:
    ann = customer_mailbox.address
    office.serve()
    olena, ivan, maria, taras, yulia = map(office.log_in, NAMES)
    everybody = (olena, ivan, maria, taras, yulia)
    for screen in everybody:
        screen.sees("Unassigned")
    mailbox.deliver(mail(f"Ann Lee <{ann}>", mailbox.address), ann)
    for screen in everybody:  # live on all of them
        screen.sees("Ann Lee")

    # Who looks at it is seen by who looks at it; it is given with a word, and that is seen.
    ivan.press("Enter")
    ivan.sees("Hello, where is it?")
    maria.press("Enter")
    maria.sees(office.unix("ivan"))
    ivan.press(":")
    ivan.type(f"hand over {office.unix('taras')} Please call her")
    ivan.press("Enter")
    maria.sees("Please call her")
    olena.sees(office.unix("taras")[:6])

    # Two write; the second one is stopped, and one answer goes out.
    for screen, words in ((taras, "It left today."), (maria, "It leaves tomorrow.")):
        screen.press("r")
        screen.sees("REPLY")
        screen.type(words)
        screen.sees(words)
    taras.press("C-s")
    taras.until(customer_mailbox.messages, "the answer in the customer's mailbox")
    maria.sees("It left today.")
    maria.press("C-s")
    maria.sees("has answered meanwhile: “It left today.”")
    # A reader looks, and is told so.
    yulia.press("Enter", "r")
    yulia.sees("look")
    assert "REPLY" not in yulia.text

    # Whoever is killed is gone from the others' screens, and left a draft.
    ivan.press("r")
    ivan.sees("REPLY")
    ivan.type("Half a sentence")
    until(lambda: "Half a sentence" in drafts(office), "the draft", seconds=20)
    assert office.unix("ivan") in present(office)
    for pid in office.session("ivan"):
        os.kill(pid, signal.SIGKILL)
    until(lambda: office.unix("ivan") not in present(office), "his going", seconds=20)
    office.log_in("ivan")
    office.screens["ivan"].sees("Ann Lee")
    office.screens["ivan"].press("Enter", "r")
    office.screens["ivan"].sees("Half a sentence")

    # The engine is killed in the middle of the day; its successor goes on.
    assert office.engine is not None
    office.engine.kill()
    office.engine.wait(20)
    olena.sees("engine")
    mailbox.deliver(mail(f"Ann Lee <{ann}>", mailbox.address, "And the invoice?"), ann)
    office.serve()
    for screen in (olena, maria, taras, yulia):
        screen.sees("And the invoice?")
    assert len(customer_mailbox.messages()) == 1

    no_way_out(office)
    what_is_left(office)
    for screen in office.screens.values():
        screen.press("Escape", "Escape", "C-q")
    until(lambda: not any(map(office.session, NAMES)), "the end of the sessions")
    log = (office.desk.top / "engine.log").read_text()
    assert "Traceback" not in log
    assert "locked" not in log


def present(office: Office) -> set[str]:
    return {screen["agent"] for screen in office.json("status")["screens"]}


def drafts(office: Office) -> str:
    from store.database import open_database

    db = open_database(office.desk.store / "desk.sqlite", readonly=True)
    try:
        return "\n".join(row[0] for row in db.execute("SELECT text FROM drafts"))
    finally:
        db.close()


def no_way_out(office: Office) -> None:
    """A client asks for something else than the screen."""
    maria = office.unix("maria")
    for asked in ("id", "sh -c id", "bash -i", "omnitui serve", "search Ann", "$(id)"):
        line = office.sshd.client(asked, terminal=False, user=maria)
        done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stdout) == (1, ""), asked
        assert "is not run here" in done.stderr, done.stderr
    argv = office.sshd.client(
        terminal=False, user=maria, options=["-N", "-W", f"127.0.0.1:{office.sshd.port}"]
    )
    forwarded = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert forwarded.returncode != 0
    assert "SSH-2.0" not in forwarded.stdout
    screen = office.screens["maria"]
    screen.press("Escape", "Escape")
    for typed in ("shell id > /tmp/omt-out", "editor", "attach /etc/passwd"):
        screen.press(":")
        screen.type(typed)
        screen.press("Enter")
        screen.until(lambda: "off here" in screen.text or "Files go" in screen.text, typed)
        screen.press("Escape")
    assert not Path("/tmp/omt-out").exists()


def what_is_left(office: Office) -> None:
    """What the log says of the day, and how the desk is."""
    opened = office.json("audit", "--kind", "session.opened")
    assert {event["actor"] for event in opened} == {office.unix(name) for name in NAMES}
    assert {event["source"] for event in opened} == {"ssh 127.0.0.1"}
    (lost,) = [
        event
        for event in office.json("audit", "--kind", "session.closed")
        if event["data"]["why"] == "lost"
    ]
    assert lost["actor"] == office.unix("ivan")
    given = office.json("audit", "--kind", "conversation.assigned")[-1]
    assert (given["actor"], given["data"]["assignee"]) == (
        office.unix("ivan"), office.unix("taras"),
    )  # fmt: skip
    (sent,) = office.json("audit", "--kind", "message.queued")
    assert (sent["actor"], sent["source"]) == (office.unix("taras"), "ssh 127.0.0.1")
    until(lambda: office.json("audit", "verify")["unsealed"] == 0, "the sealing of the log")
    proven = office.json("audit", "verify")
    assert proven["ok"]
    assert proven["anchors"] > 0
    refused = office.desk.omnitui("audit", user=office.unix("maria"))
    assert "supervisor" in refused.stderr
    status = office.json("status")
    assert status["ok"], status["wrong"]
    assert present(office) == {office.unix(name) for name in NAMES}
    assert office.desk.omnitui("check").stdout == "All is well.\n"
