"""The shop of the end-to-end tests, with processes that are quick to try again, mails that go
after visitors within seconds, and a second desk that has the first one's token."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import threading
import time
from pathlib import Path
from typing import Any

from config.home import find_home
from omnitui.desk.replying import alterations, outbox
from store import conversations
from store.database import open_database
from store.driver import sqlite3
from store.model import ConversationId, MessageId
from tests.servers.command import ENGINE, RELAY
from tests.servers.forked import Forked, fork
from tests.webchat.shop import Shop
from tests.webchat_relay.server import ORIGIN

WATCHED = """
CREATE TABLE IF NOT EXISTS seen_events (
    site TEXT, id INTEGER, type TEXT, visitor TEXT, PRIMARY KEY (site, id)
);
CREATE TRIGGER IF NOT EXISTS watch_events AFTER INSERT ON events BEGIN
    INSERT OR REPLACE INTO seen_events VALUES (new.site, new.id, new.type, new.visitor);
END;
"""
"""What was ever told to the desk: the relay forgets it when it is acknowledged."""


class FaultyShop(Shop):
    def __init__(self, directory: Path, mails: int, *, data: Path | None = None) -> None:
        """`mails`: port of an SMTP server; `data`: where the relay keeps its own."""
        more = f"""
[accounts.support]
channel = "email"
address = "support@acme.test"
imap = "imap://support@127.0.0.1:9"
smtp = "smtp://127.0.0.1:{mails}"
password = "file:{directory / "mail-password"}"
save_sent = false
"""
        super().__init__(
            directory, [ORIGIN], site='follow_up_after = "1s"\nfollow_up_every = "1s"', more=more,
            limits={"free_bytes": 1},
        )  # fmt: skip
        self._secret("mail-password", "secret")
        self.data = data or find_home(directory).data / "relay"
        if data is not None:
            config = directory / "config.toml"
            text = config.read_text()
            config.write_text(text.replace("[relay]\n", f'[relay]\ndirectory = "{data}"\n', 1))
        self.second: Forked | None = None
        self.second_directory = directory / "second"

    def start(self) -> FaultyShop:
        super().start()
        db = self.relay_database()
        db.executescript(WATCHED)
        db.close()
        return self

    def _process(self, verb: str) -> Forked:
        name = "run_relay" if verb == "relay" else "run_engine"
        return self._run(name, self.directory, self.directory / f"{verb}.log")

    def _run(self, module: str, home: Path, log: Path) -> Forked:
        with log.open("ab") as file:
            return fork(
                f"tests.webchat_faults.{module}", str(home),
                preload=RELAY if module == "run_relay" else ENGINE,
                stdout=file.fileno(), stderr=file.fileno(), start_new_session=True,
            )  # fmt: skip

    def relay_database(self) -> Any:
        return sqlite3.connect(self.data / "relay.sqlite", timeout=20, isolation_level=None)

    def from_relay(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        db = self.relay_database()
        try:
            return [tuple(row) for row in db.execute(query, values).fetchall()]
        finally:
            db.close()

    def rows(self, query: str, *values: Any, home: Path | None = None) -> list[tuple[Any, ...]]:
        """Of the desk's store, or of another one's."""
        path = (home or self.directory) / "desk.sqlite"
        if not path.exists():
            return []
        db = open_database(path, readonly=True)
        try:
            return [tuple(row) for row in db.execute(query, values).fetchall()]
        finally:
            db.close()

    # What is done to the processes

    def stop_relay(self) -> None:
        """SIGTERM: it drains."""
        assert self.relay is not None
        self.relay.terminate()
        code = self.relay.wait(20)
        assert code in (0, -signal.SIGTERM), self.log("relay")[-3000:]

    def stop_engine(self) -> None:
        assert self.engine is not None
        self.engine.terminate()
        code = self.engine.wait(20)
        # Or it had not yet begun to listen for it.
        assert code in (0, -signal.SIGTERM), self.log("serve")[-3000:]

    def fill_disk(self, full: bool) -> None:
        """Nothing that the relay writes gets room any more."""
        if self.relay is not None and self.relay.poll() is None:
            size = 1 if full else resource.RLIM_INFINITY
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(
                    self.relay.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY)
                )

    def lock_store(self, seconds: float) -> threading.Thread:
        """Somebody else writes for so long."""

        def hold() -> None:
            db = open_database(self.directory / "desk.sqlite")
            try:
                with contextlib.suppress(sqlite3.OperationalError):
                    db.execute("BEGIN IMMEDIATE")
                    time.sleep(seconds)
                    db.execute("ROLLBACK")
            finally:
                db.close()

        thread = threading.Thread(target=hold, name="locks the store")
        thread.start()
        return thread

    def backup_relay(self, to: Path) -> None:
        """As the manual says: stopped meanwhile."""
        self.stop_relay()
        shutil.copytree(self.data, to)
        self.start_relay()

    def restore_relay(self, backup: Path) -> None:
        self.kill_relay()
        shutil.rmtree(self.data)
        shutil.copytree(backup, self.data)
        self.start_relay()

    def start_second_desk(self) -> None:
        home = self.second_directory
        if not home.exists():
            home.mkdir(mode=0o700)
            (home / "config.toml").write_text(
                f"""
[desk]
name = "Acme, once more"
undo_send = 0
[accounts.site]
channel = "webchat"
relay = "http://127.0.0.1:{self.line.port}"
token = "file:{self.directory / "desk-token"}"
"""
            )
        self.second = self._run("run_engine", home, self.directory / "second.log")

    def stop_second_desk(self) -> None:
        if self.second is not None:
            self.second.terminate()
            self.second.wait(20)
            self.second = None

    def close(self) -> None:
        if self.second is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.second.pid, signal.SIGKILL)
            self.second.wait(10)
        super().close()

    # The agent

    def edits(self, message: int, text: str) -> None:
        self.write(lambda desk: alterations.queue(desk, MessageId(message), "edit", text))

    def deletes(self, message: int) -> None:
        self.write(lambda desk: alterations.queue(desk, MessageId(message), "delete"))

    def retries(self, message: int) -> None:
        self.write(lambda desk: outbox.retry(desk, MessageId(message)))

    def sees(self, conversation: int) -> None:
        """The agent looks at all there is."""
        (last,) = self.rows("SELECT max(id) FROM messages WHERE conversation_id = ?", conversation)
        self.write(
            lambda desk: conversations.mark_read(
                desk.db, desk.agent, ConversationId(conversation), MessageId(last[0])
            )
        )
