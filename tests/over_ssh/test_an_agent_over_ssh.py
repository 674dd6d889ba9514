"""An agent in tmux, over a real sshd, on a real mailbox: what a team on one server has all day."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import drafts
from store.database import open_database
from store.model import ConversationId, Draft
from tests.cli.mail_desk import ROOT, MailDesk
from tests.servers.dovecot import Mailbox, mail
from tests.servers.smtp import SmtpServer
from tests.servers.sshd import Sshd, shell_line
from tests.servers.tmux import Tmux

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("dovecot")]


@pytest.fixture
def sshd() -> Iterator[Sshd]:
    if os.getuid() != 0:
        pytest.skip("needs root: another's sshd gives no terminals")
    server = Sshd()
    try:
        yield server.start()
    finally:
        server.close()


@pytest.fixture
def desk(tmp_path: Path, mailbox: Mailbox, smtp_server: SmtpServer) -> Iterator[MailDesk]:
    """Nothing runs yet: the first screen starts the engine."""
    user = mailbox.address.replace("@", "%40")
    made = MailDesk(
        tmp_path / "desk", mailbox, f"smtp+starttls://{user}@localhost:{smtp_server.port}"
    )
    config = made.directory / "config.toml"
    config.write_text(config.read_text().replace("[desk]", '[desk]\nundo_send = "2s"'))
    (made.directory / "state").mkdir(mode=0o700, exist_ok=True)
    (made.directory / "state" / "tour").touch()  # they have been shown round
    yield made
    made.close()


def screen(sshd: Sshd, desk: MailDesk, size: tuple[int, int]) -> Tmux:
    """What stands on the agent's own terminal: tmux, in it ssh, at the other end the desk."""
    argv = [sys.executable, "-m", "omnitui", "--home", str(desk.directory)]
    return Tmux(desk.directory, sshd.client(*shell_line(ROOT, argv)), size)


def kept(desk: MailDesk) -> Draft | None:
    db = open_database(desk.directory / "desk.sqlite", readonly=True)
    try:
        (row,) = db.execute("SELECT max(conversation_id), max(agent) FROM drafts").fetchall()
        return drafts.get(db, ConversationId(row[0]), row[1]) if row[0] else None
    finally:
        db.close()


def running(desk: MailDesk) -> list[int]:
    """Every process of this desk, at whichever end: screens and engines."""
    place = str(desk.directory).encode()
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            line = (directory / "cmdline").read_bytes()
        except OSError:
            continue
        if b"omnitui\0--home\0" + place in line and not line.startswith((b"ssh\0", b"tmux")):
            found.append(int(directory.name))
    return found


def test_a_customer_is_answered_and_a_dropped_line_loses_nothing(
    sshd: Sshd, desk: MailDesk, mailbox: Mailbox, customer_mailbox: Mailbox
) -> None:
    ann = customer_mailbox.address
    with screen(sshd, desk, (80, 24)) as agent:
        agent.sees("Unassigned")
        mailbox.deliver(mail(f"Ann Lee <{ann}>", mailbox.address), ann)
        agent.sees("Ann Lee")
        agent.press("Enter")
        agent.sees("Hello, where is it?")
        agent.press("r")
        agent.sees("REPLY")
        agent.type("It left today.")
        agent.press("C-s")
        agent.until(customer_mailbox.messages, "the answer in the customer's mailbox")
        (answer,) = customer_mailbox.messages()
        assert b"It left today." in answer
        mailbox.deliver(mail(f"Ann Lee <{ann}>", mailbox.address, "And the invoice?"), ann)
        agent.sees("And the invoice?")
        agent.press("Escape", "Escape", "J", "r")
        agent.sees("REPLY")
        agent.type("Half a sentence")
        agent.sees("Half a sentence")
        os.kill(agent.pid, signal.SIGKILL)  # the line drops: ssh itself is gone
        agent.until(lambda: not running(desk), "the end of screen and engine")
    draft = kept(desk)
    assert draft is not None
    assert draft.text == "Half a sentence"
    with screen(sshd, desk, (120, 40)) as agent:
        agent.sees("And the invoice?")
        agent.press("Enter", "r")
        agent.sees("Half a sentence")
        agent.resize(80, 24)
        agent.until(lambda: all(len(line) <= 80 for line in agent.text.splitlines()))
        agent.sees("Half a sentence")
        agent.press("C-q")
        agent.until(lambda: not running(desk), "the end of screen and engine")
    assert len(customer_mailbox.messages()) == 1
