"""One mail system and one desk for all tests here: what they need takes seconds to start."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from store.database import open_database
from store.driver import Connection
from tests.cli.mail_desk import MailDesk
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.postfix import Postfix
from tests.servers.process import executable, free_port

T = TypeVar("T")

SLOW_DOMAIN = "slow.test"
"""Its server never answers: mail to it waits in the queue."""

_SIEVE = """
protocol lmtp {{
  mail_plugins = $mail_plugins sieve
}}
plugin {{
  sieve = file:~/sieve;active=~/active.sieve
}}
submission_host = 127.0.0.1:{port}
"""

_QUEUE = """
virtual_mailbox_domains = example.test {slow}
transport_maps = inline:{{ {{ {slow} = lmtp:inet:127.0.0.1:{dead} }} }}
delay_warning_time = 1s
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
"""


@dataclass(frozen=True)
class MailSystem:
    """`@example.test` is delivered; unknown people there bounce, other domains are refused."""

    dovecot: Dovecot
    postfix: Postfix

    def customer(self) -> Mailbox:
        return self.dovecot.user()

    def hand_in(self, raw: bytes, sender: str, to: str) -> None:
        """As a customer's program does: by SMTP."""
        import smtplib

        with smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=20) as client:
            client.sendmail(sender, [to], raw)


@pytest.fixture(scope="package")
def system() -> Iterator[MailSystem]:
    port = free_port()
    dovecot = Dovecot(extra=_SIEVE.format(port=port))
    if not list(Path("/usr/lib/dovecot").glob("**/lib90_sieve_plugin.so")):
        dovecot.close()
        pytest.skip("real server missing: Sieve (apt install dovecot-sieve)")
    try:
        dovecot.start()
        extra = _QUEUE.format(slow=SLOW_DOMAIN, dead=free_port())
        postfix = Postfix(dovecot, port=port, extra=extra)
        try:
            yield MailSystem(dovecot, postfix.start())
        finally:
            postfix.close()
    finally:
        dovecot.close()


class Desk(MailDesk):
    """A desk that is also looked into directly: a process for every look takes too long."""

    def read(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        db: Connection = open_database(self.directory / "desk.sqlite", readonly=True)
        try:
            return [tuple(row) for row in db.execute(query, values).fetchall()]
        finally:
            db.close()

    def until(self, look: Callable[[], T]) -> T:
        """What `look` says once it says something."""
        found: list[T] = []

        def true() -> bool:
            found.append(look())
            return bool(found[-1])

        self.eventually(true)
        return found[-1]

    def conversation_with(self, address: str) -> int:
        """Waits for it."""
        query = (
            "SELECT max(m.conversation_id) FROM messages m"
            " WHERE m.author_address = ? AND m.direction = 'in'"
        )
        return int(self.until(lambda: self.read(query, address)[0][0]))

    def show(self, conversation: int) -> Any:
        return self.json("show", str(conversation))

    def message_state(self, message: int) -> str:
        return str(self.read("SELECT state FROM messages WHERE id = ?", message)[0][0])

    def events(self, kind: str, message: int) -> int:
        query = "SELECT count(*) FROM events WHERE kind = ? AND message_id = ?"
        return int(self.read(query, kind, message)[0][0])


@pytest.fixture(scope="package")
def desk(system: MailSystem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Its engine runs."""
    mailbox = system.dovecot.user()
    made = Desk(
        tmp_path_factory.mktemp("desk") / "home",
        mailbox,
        f"smtp://localhost:{system.postfix.port}",
        settings='folders = ["INBOX", "Archive"]\non_close = ["seen", "move:Archive"]\npoll = 1',
    )
    made.mailbox = mailbox  # type: ignore[attr-defined]
    made.serve()
    try:
        made.eventually(lambda: (made.directory / "desk.sqlite").exists())
        yield made
    finally:
        made.close()


@pytest.fixture(scope="package")
def support(desk: Desk) -> Mailbox:
    """The desk's own mailbox."""
    mailbox: Mailbox = desk.mailbox  # type: ignore[attr-defined]
    return mailbox


def write_sieve(mailbox: Mailbox, script: str) -> None:
    """Make it what the server does with that person's mail from now on."""
    home = mailbox.maildir.parent
    home.mkdir(exist_ok=True)
    path = home / "active.sieve"
    path.write_text(script)
    for each in (home, path):
        mailbox.server.own(each)
    compiler = executable("sievec")
    if compiler:
        subprocess.run(
            [compiler, "-c", str(mailbox.server.config), str(path)], check=True, capture_output=True
        )
        for each in home.glob("active.*"):
            mailbox.server.own(each)
