"""docs/team.md, typed word for word on a Debian that has just been installed, with systemd, sshd,
nginx and a mailbox that are real: from the first minute to the second server.

`OMNITUI_DEBIAN` says which Debian (bookworm). What stands for something in the document (an
address, a backup's name) is put in; nothing else is changed."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest

from tests.bare_machine import debian
from tests.bare_machine.machine import Machine
from tests.documents import blocks
from tests.servers.certificates import make as make_certificate
from tests.servers.dovecot import Mailbox, mail
from tests.servers.smtp import SmtpServer
from tests.servers.tmux import Tmux

NAMES = ("olena", "ivan", "maria", "taras", "yulia", "petro")
OLD, NEW = "10.213.7.2", "10.213.7.3"
SOURCE = "/srv/omnitui.git"
SSH = ("-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
       "-o", "LogLevel=ERROR", "-o", "BatchMode=yes")  # fmt: skip
TOLD = "usr/local/bin/told"
"""A program that a hook starts."""
SILENT = "Nothing keeps the clock right", "Backups are on the same disk"
"""What doctor may warn of: a machine in a machine has its clock from outside, and one disk."""


@dataclass
class Server:
    machine: Machine
    mailbox: Mailbox
    customer: Mailbox
    smtp: SmtpServer
    keys: Path
    seen: int = 0
    """Mails that the customer has got."""
    steps: list[str] = field(default_factory=list)

    def is_ready(self) -> None:
        """There is what is there before anybody begins: a provider of mail that can be reached and
        trusted, a certificate for the chat, omnitui's own repository, what agents have sent."""
        machine, root = self.machine, self.machine.root
        for port in (self.mailbox.server.imaps_port, self.smtp.port):
            machine.opens(port)
        chat = make_certificate(self.keys, "chat", san="DNS:chat.acme.example")
        trusted = root / "usr/local/share/ca-certificates"
        shutil.copy(self.mailbox.server.certificate.cert, trusted / "mail.crt")
        shutil.copy(chat.cert, trusted / "chat.crt")
        live = root / "etc/letsencrypt/live/chat.acme.example"
        live.mkdir(parents=True)
        shutil.copy(chat.cert, live / "fullchain.pem")
        shutil.copy(chat.key, live / "privkey.pem")
        (root / "root/keys").mkdir()
        for name in NAMES:
            shutil.copy(self.keys / f"{name}.pub", root / "root/keys")
        subprocess.run(
            ["git", "clone", "--quiet", "--bare", debian.ROOT, root / SOURCE[1:]], check=True
        )
        machine.done(
            "update-ca-certificates 2>/dev/null; echo 127.0.0.1 chat.acme.example >> /etc/hosts;"
            f" git config --system --add safe.directory {SOURCE}"
        )

    def has_nginx(self) -> None:
        """As docs/webchat.md has it."""
        settings = self.machine.root / "etc/nginx/conf.d/chat.conf"
        settings.write_text(blocks("webchat.md", "nginx")[0])
        self.machine.done(
            "rm -f /etc/nginx/sites-enabled/default; nginx -t; systemctl restart nginx"
        )

    def types(self, heading: str, number: int = 0, **words: str) -> str:
        """A block of the document's, each line of which succeeds."""
        text = commands(heading, number, **words)
        # Who is to be ended may have no screen open, and a file is there “if there is one”.
        may_fail = r"^(pkill .*?|.*(?= *# if there is one))( *#.*)?$"
        return self.machine.done(re.sub(may_fail, r"\1 || :", text, flags=re.M))

    def log_in(self, name: str, size: tuple[int, int] = (110, 30)) -> Tmux:
        return Tmux(self.machine.directory, self._ssh("-tt", name), size)

    def asks(self, name: str, *command: str) -> subprocess.CompletedProcess[str]:
        """`ssh name@desk command`."""
        return subprocess.run(
            [*self._ssh("-T", name), *command],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    def _ssh(self, terminal: str, name: str) -> list[str]:
        key = str(self.keys / name)
        return self.machine.outside("ssh", *SSH, terminal, "-i", key, f"{name}@127.0.0.1")

    def writes(self, words: str) -> None:
        """The customer does."""
        address = self.customer.address
        self.mailbox.deliver(
            mail(f"Ann Lee <{address}>", self.mailbox.address, text=f"{words}\n"), address
        )

    def answers(self, name: str, words: str) -> None:
        """An agent does, on the screen, and the customer gets it once."""
        with self.log_in(name) as screen:
            screen.sees("Ann Lee")
            screen.press("Escape", "3", "Enter")
            screen.sees("Where is my order?")
            screen.press("r")
            screen.sees("REPLY")
            screen.type(words)
            screen.sees(words)
            screen.press("C-s")
            screen.until(lambda: self.got(words), f"“{words}” in the customer's mailbox")
        self.seen += 1
        assert len(self.customer.messages()) == self.seen

    def got(self, words: str) -> int:
        return sum(words.encode() in message for message in self.customer.messages())

    def is_well(self, *but: str) -> None:
        """`omnitui doctor` finds nothing that is not as it should be."""
        found = self.machine.run("omnitui doctor")
        told = [line for line in found.stdout.splitlines() if line[:1] in "✗!"]
        wrong = [line for line in told if not any(words in line for words in (*SILENT, *but))]
        assert (found.returncode, wrong) == (0, []), found.stdout + found.stderr

    def until(self, true: Callable[[], object], what: str, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"{what} never came: " + self.machine.done(
                "systemctl --failed; journalctl -n 40 --no-pager"
            )
            time.sleep(0.2)

    def another(self, engine: str) -> bool:
        return self.engine() not in ("0", engine)

    def engine(self) -> str:
        return self.machine.done("systemctl show -P MainPID omnitui").strip()

    def newest(self) -> str:
        return self.machine.done("ls /var/backups/omnitui | tail -n 1").strip()


@pytest.fixture
def server(
    mailbox: Mailbox, smtp_server: SmtpServer, customer_mailbox: Mailbox, tmp_path: Path
) -> Iterator[Server]:
    with contextlib.closing(Machine("desk", debian.bare())) as machine:
        machine.start()
        made = Server(machine, mailbox, customer_mailbox, smtp_server, tmp_path)
        for name in NAMES:
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True
            )
        made.is_ready()
        try:
            yield made
        finally:
            print(*made.steps, sep="\n")


def commands(heading: str, number: int = 0, **words: str) -> str:
    """The `number`th block of commands below a heading of docs/team.md, with `words` for those
    that stand for something: an address, a backup, a version."""
    text = blocks("team.md", "sh", below=heading)[number]
    for word, meant in words.items():
        assert word in text, f"{word} does not stand in:\n{text}"
        text = text.replace(word, meant)
    return text


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.timeout(1800)
def test_from_the_first_minute_to_the_second_server(server: Server) -> None:
    for step in (
        fifteen_minutes, work, what_they_may, hooks, engine_that_ends_or_hangs, relay,
        joins_and_leaves, lost_key, backups_and_drill, in_earnest, new_version, new_debian, moving,
    ):  # fmt: skip
        begun = time.monotonic()
        step(server)
        server.steps.append(f"{step.__name__.replace('_', ' ')}: {time.monotonic() - begun:.0f} s")


def fifteen_minutes(server: Server) -> None:
    machine = server.machine
    server.types("Fifteen minutes", 0, ADDRESS=SOURCE)
    server.types("Fifteen minutes", 1)
    with Tmux(machine.directory, machine.argv("bash"), (110, 50)) as root:
        root.sees("#")
        root.type(commands("Fifteen minutes", 2).strip())
        root.press("Enter")
        address = server.mailbox.address
        user, imap = address.replace("@", "%40"), server.mailbox.server.imaps_port
        for question, answer in (
            ("E-mail address that", address),
            ("Name that customers see", ""),
            ("IMAP server (reading)", f"imaps://{user}@localhost:{imap}"),
            ("SMTP server (sending)", f"smtp+starttls://{user}@localhost:{server.smtp.port}"),
            ("Password of", server.mailbox.password),
        ):
            root.sees(question)
            root.type(answer)
            root.press("Enter")
        root.sees("Look whether all is well")
        assert "✗" not in root.text, root.text
    machine.done("systemctl restart omnitui")
    server.types("Fifteen minutes", 3)
    server.is_well("There is none yet")
    machine.done("systemctl start omnitui-backup")
    server.is_well()
    # What a package would have put there is found.
    assert "omnitui" in machine.done("man -w omnitui")
    assert "--jsonl" in machine.done(
        "source /usr/share/bash-completion/bash_completion; source /etc/bash_completion.d/omnitui;"
        " COMP_WORDS=(omnitui conversations --j) COMP_CWORD=2 COMP_LINE='omnitui conversations --j'"
        " COMP_POINT=26; $(complete -p omnitui | sed 's/.*-F \\([^ ]*\\).*/\\1/') omnitui --j"
        " conversations; printf '%s\\n' \"${COMPREPLY[@]}\""
    )


def work(server: Server) -> None:
    server.writes("Hello, where is it?")
    with server.log_in("olena") as screen:
        screen.sees("Ann Lee")
    server.answers("ivan", "It left on Monday.")
    said = server.machine.done("journalctl -u omnitui --no-pager")
    for words in ("Monday", "where is it", server.mailbox.password):
        assert words not in said


def what_they_may(server: Server) -> None:
    machine = server.machine
    # The engine's secrets are nobody else's, and it cannot go where it has nothing to do.
    for place in (
        "/etc/omnitui/credentials", "/run/credentials/omnitui.service", "/var/lib/omnitui/engine",
        "/var/backups/omnitui", f"/proc/{server.engine()}/environ",
    ):  # fmt: skip
        looked = machine.run(f"su -s /bin/sh ivan -c 'ls {place}/ || cat {place}'")
        assert looked.returncode != 0, looked
        assert "ermission denied" in looked.stderr
    for unit in ("omnitui", "omnitui-relay", "omnitui-backup"):
        exposed = machine.done(f"systemd-analyze security {unit} --no-pager | tail -n 1")
        assert float(re.findall(r"[\d.]+", exposed)[-1]) < 2, exposed
    # There is no shell behind the screen.
    refused = server.asks("ivan", "id")
    assert refused.returncode != 0
    assert "uid=" not in refused.stdout


def hooks(server: Server) -> None:
    """A program of the desk's own runs inside of the service's walls."""
    machine = server.machine
    told = machine.root / TOLD
    told.write_text(
        "#!/bin/sh\ncat >/dev/null\ntouch /srv/not-here\ntouch /var/lib/omnitui/engine/it-ran\n"
    )
    told.chmod(0o755)
    with (machine.root / "etc/omnitui/config.toml").open("a") as settings:
        settings.write(
            '\n[[hooks]]\nname = "told"\non = "message.received"\nrun = ["/usr/local/bin/told"]\n'
        )
    machine.done("omnitui doctor --offline\nsystemctl restart omnitui")
    server.writes("And now?")
    server.until(lambda: (machine.root / "var/lib/omnitui/engine/it-ran").exists(), "the hook")
    assert not (machine.root / "srv/not-here").exists()


def engine_that_ends_or_hangs(server: Server) -> None:
    machine = server.machine
    for signal, seconds in (("KILL", 20), ("STOP", 150)):
        before = server.engine()
        machine.done(f"kill -{signal} {before}")
        server.until(partial(server.another, before), "another engine", seconds)
        server.until(
            lambda: "Engine: process" in machine.run("omnitui status").stdout, "its status"
        )
    server.answers("maria", "It is with the carrier.")
    server.is_well()


def relay(server: Server) -> None:
    machine = server.machine
    server.has_nginx()
    server.types("The web chat's relay")
    server.is_well()
    assert "use strict" in machine.done("curl -sf https://chat.acme.example/widget.js")


def joins_and_leaves(server: Server) -> None:
    machine = server.machine
    server.types("Somebody joins")
    with server.log_in("petro") as screen, server.log_in("ivan") as leaving:
        screen.sees("Ann Lee")
        leaving.sees("Ann Lee")
        leaving.press("Escape", "3", "Enter", ":")
        leaving.type("assign me")
        leaving.press("Enter")
        server.until(lambda: "ivan" in machine.done("omnitui conversations --json"), "his one")
        server.types("Somebody leaves", 0)
        leaving.until(lambda: "Ann Lee" not in leaving.text, "the end of his session")
    refused = server.asks("ivan", "true")
    assert refused.returncode == 255, refused
    server.types("Somebody leaves", 1)
    listed = machine.done("omnitui conversations 'assignee:maria' --json")
    assert "Ann Lee" in listed
    listed = machine.done("omnitui conversations 'assignee:ivan' --json")
    assert "Ann Lee" not in listed
    server.is_well()


def lost_key(server: Server) -> None:
    with server.log_in("olena") as screen:
        screen.sees("Unassigned")
        server.types("A key is lost, a laptop stolen", 0)
        screen.until(lambda: "Unassigned" not in screen.text, "the end of her session")
    assert server.asks("olena", "true").returncode == 255
    server.types("A key is lost, a laptop stolen", 1)
    with server.log_in("olena") as screen:
        screen.sees("Unassigned")


def backups_and_drill(server: Server) -> None:
    machine = server.machine
    machine.done("systemctl start omnitui-backup")
    server.types("Backups, and the drill", 0)
    machine.done("grep -q rsync /etc/cron.d/omnitui")
    backup = server.newest()
    server.types(
        "Backups, and the drill",
        1,
        **{"omnitui-2026-05-04-031734.tar.gz": f"/var/backups/omnitui/{backup}"},
    )


def in_earnest(server: Server) -> None:
    machine = server.machine
    # It is queued in the backup, and has gone out when the backup is restored.
    conversation = first(machine)
    machine.done("systemctl stop omnitui")
    message = machine.done(f"echo 'Queued in the backup.' | omnitui reply {conversation}").strip()
    machine.done("systemctl start omnitui-backup")
    backup = server.newest()
    machine.done("systemctl start omnitui")
    server.until(lambda: server.got("Queued in the backup."), "the queued one")
    server.seen += 1
    with server.log_in("maria") as screen:
        screen.sees("Ann Lee")
        server.types("Backups, and the drill", 2, **{"omnitui-2026-05-04-031734.tar.gz": backup})
    # The Sent folder has it: nobody need decide, and nothing goes out.
    server.until(
        lambda: f'"message_id": {message},' in machine.done("omnitui outbox --state sent --json"),
        "the answer whether it went out",
    )
    server.is_well()
    assert server.got("Queued in the backup.") == 1
    server.writes("Are you there again?")
    server.answers("maria", "We are back.")
    machine.done("rm -r /var/lib/omnitui/store.broken")


def first(machine: Machine) -> str:
    return machine.done("omnitui conversations --jsonl | jq .id | head -n 1").strip()


def new_version(server: Server) -> None:
    machine = server.machine
    before = machine.done("omnitui --version")
    machine.done(
        f"git clone -q {SOURCE} /tmp/next && cd /tmp/next"
        " && sed -i 's/^version = .*/version = \"0.1.1\"/' pyproject.toml"
        " && grep -rl '0\\.1\\.0' omnitui/__init__.py | xargs -r sed -i 's/0\\.1\\.0/0.1.1/'"
        " && sed -i 's/^Description=omnitui engine/&, a new one/'"
        " omnitui/cli/team/files/omnitui.service"
        " && git -c user.name=A -c user.email=a@example.org commit -qam 0.1.1"
        " && git push -q origin HEAD; rm -r /tmp/next"
    )
    noted = server.types("A new version", 0)
    version = re.findall(r"^[0-9a-f]{40}$", noted, re.MULTILINE)[0]
    assert machine.done("omnitui --version") != before
    assert "a new one" in machine.done("systemctl show -P Description omnitui")
    server.writes("With the new one?")
    server.answers("taras", "With the new one.")
    server.types("A new version", 1, VERSION=version)
    assert machine.done("omnitui --version") == before
    assert "a new one" not in machine.done("systemctl show -P Description omnitui")
    server.is_well()
    # The way to the next new version is open.
    machine.done(f"cd /usr/local/src/omnitui; git switch -q -; git checkout -q {version}")


def new_debian(server: Server) -> None:
    # As it is after the upgrade: another Python, and the old one is gone.
    server.machine.done("rm /opt/omnitui/bin/python3*")
    server.types("A new release of Debian")
    server.is_well()


def moving(server: Server) -> None:
    server.types("Moving to another server", 0)
    with contextlib.closing(Machine("new", debian.bare())) as machine:
        machine.start()
        machine.join(server.machine, NEW, OLD)
        new = replace(server, machine=machine)
        new.is_ready()
        machine.done(f"echo {OLD} old.acme.example >> /etc/hosts")
        # Root of the new one may read the old one.
        machine.done(
            "ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519;"
            " echo 'StrictHostKeyChecking accept-new' > /root/.ssh/config"
        )
        key = machine.done("cat /root/.ssh/id_ed25519.pub")
        server.machine.done(
            f"mkdir -p -m 700 /root/.ssh; echo '{key}' >> /root/.ssh/authorized_keys"
        )
        new.types("Fifteen minutes", 0, ADDRESS=SOURCE)
        new.types("Fifteen minutes", 1)
        new.has_nginx()
        # What hooks start is the administrator's to take along.
        shutil.copy(server.machine.root / TOLD, machine.root / TOLD)
        all_but_chat = commands("Moving to another server", 1)
        web_chat = commands("Moving to another server", 2)
        machine.done(all_but_chat.replace("\nomnitui doctor\n", f"\n{web_chat}\nomnitui doctor\n"))
        new.is_well()
        new.writes("Did you move?")
        new.answers("yulia", "We did.")
        with new.log_in("olena") as screen:
            screen.sees("Ann Lee")
