"""A mailbox from IMAP into ledger and search, against what others take for the same mailbox.

Every round starts from nothing: an empty desk, an empty Maildir, an empty index. Each side
does it with its own durability, as shipped.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from bench import desks, mailserver, programs
from bench.pairs import Pair, interleave
from bench.report import Report, Sizes
from bench.terminal import resident
from store import search
from store.database import begin, open_database
from tests.servers.dovecot import Mailbox

BATCH = 200
_COLUMNS = (
    "id, position, conversation_id, customer_id, account_id, channel, direction, state, automatic,"
    " sent_at, arrived_at, external_id, content_hash, author, author_address, subject, error, raw,"
    " recipients, text, quoted, signature, details"
)


def run(report: Report, sizes: Sizes) -> None:
    report.title(f"sync and index {sizes.mails:,} mails from IMAP (Dovecot on loopback)")
    missing = [name for name in ("mbsync", "notmuch", "mu") if not shutil.which(name)]
    for name in missing:
        report.missing(name, programs.PACKAGES[name])
    with mailserver.dovecot(report) as server, desks.scratch() as place:
        if server is None:
            return
        mailbox = server.user()
        mailserver.fill(mailbox, sizes.mails)
        ours = Ours(place / "ours", mailbox, sizes.mails)
        theirs = Theirs(place / "theirs", mailbox)
        sides: dict[str, Callable[[], float]] = {"SQLite stage alone": ours.sqlite_stage}
        if "mbsync" not in missing:
            if "notmuch" not in missing:
                sides["mbsync + notmuch"] = lambda: theirs.fetch() + theirs.notmuch()
            if "mu" not in missing:
                # The same fetched Maildir is indexed twice: fetching it again shows nothing new.
                sides["mbsync + mu"] = lambda: theirs.fetched() + theirs.mu()
        mine, *others = interleave(sizes.rounds, ours.sync, *sides.values(), warm=1)
        reach = {
            "SQLite stage alone": "≤ 2.5 (0.4 of its speed)",
            "mbsync + notmuch": "≤ 0.1",
            "mbsync + mu": "≤ 0.2",
        }
        for (name, _measure), figures in zip(sides.items(), others, strict=True):
            report.pair(Pair("omnitui serve, from exec", "s", mine, name, figures, reach[name]))
        rates = [sizes.mails / seconds for seconds in mine]
        alone = [sizes.mails / seconds for seconds in ours.first_to_last[1:]]
        report.say(
            f"  mails a second: {min(rates):,.0f}–{max(rates):,.0f}, without the engine's start"
            f" {min(alone):,.0f}–{max(alone):,.0f}"
        )
        if theirs.fetches:
            report.say(f"  of the peers' time mbsync alone: {min(theirs.fetches):.1f} s at best")
        report.say(
            "  engine after it, MB resident: "
            + ", ".join(f"{name} {size / 1e6:.0f}" for name, size in ours.memory)
        )


class Ours:
    def __init__(self, place: Path, mailbox: Mailbox, mails: int) -> None:
        self._place = place
        self._mailbox = mailbox
        self._mails = mails
        self.first_to_last: list[float] = []
        """Seconds from the first mail stored to the last."""
        self.memory: list[tuple[str, int]] = []

    def sync(self) -> float:
        shutil.rmtree(self._place, ignore_errors=True)
        self._place.mkdir(parents=True, mode=0o700)
        mailserver.configure(self._place, self._mailbox)
        started = time.perf_counter()
        with mailserver.engine(self._place) as engine:
            progress = mailserver.Progress(self._place, engine)
            before = progress.wait(lambda found: found > 0, 0.02)
            first = time.perf_counter()
            progress.wait(lambda found: found >= self._mails, 0.02)
            ended = time.perf_counter()
            progress.close()
            self.memory = [
                ("main" if pid == engine.pid else "child", resident(pid))
                for pid in mailserver.processes(engine.pid)
            ]
        self.first_to_last.append((ended - first) * self._mails / max(1, self._mails - before))
        self._verify()
        return ended - started

    def _verify(self) -> None:
        """Every mail has its receipt, and the words of each are found."""
        db = open_database(self._place / "desk.sqlite", readonly=True)
        try:
            bad = db.execute("SELECT count(*) FROM ledger WHERE outcome <> 'accepted'").fetchone()
            stored = db.execute("SELECT count(*) FROM messages").fetchone()[0]
            indexed = db.execute("SELECT count(*) FROM message_search").fetchone()[0]
            if bad[0] or not stored == indexed == self._mails:
                raise RuntimeError(
                    f"{self._mails} mails: {stored} stored, {indexed} indexed,"
                    f" {bad[0]} not accepted"
                )
            if not all(search.search(db, query, limit=1) for query in ("parcel", "доставка")):
                raise RuntimeError("the mails are not found")
        finally:
            db.close()

    def sqlite_stage(self) -> float:
        """What `sync` has just parsed, inserted again: messages and their index, nothing else."""
        source = open_database(self._place / "desk.sqlite", readonly=True)
        rows = source.execute(f"SELECT {_COLUMNS} FROM messages ORDER BY position").fetchall()  # noqa: S608
        source.close()
        entries = [(row[1], row[15], row[19], f"{row[13]} {row[14]}", "", "", "") for row in rows]
        bare = self._place.with_name("bare")
        shutil.rmtree(bare, ignore_errors=True)
        db = open_database(bare / "desk.sqlite")
        db.execute("PRAGMA foreign_keys = OFF")  # conversations and customers are not inserted
        marks = ",".join("?" * len(_COLUMNS.split(",")))
        started = time.perf_counter()
        for first in range(0, len(rows), BATCH):
            begin(db)
            db.executemany(
                f"INSERT INTO messages ({_COLUMNS}) VALUES ({marks})",  # noqa: S608
                rows[first : first + BATCH],
            )
            db.executemany(
                "INSERT INTO message_search"
                " (rowid, subject, text, sender, recipients, files, facets)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                entries[first : first + BATCH],
            )
            db.execute("COMMIT")
        spent = time.perf_counter() - started
        db.close()
        return spent


class Theirs:
    def __init__(self, place: Path, mailbox: Mailbox) -> None:
        self._place = place
        self._mail = place / "mail"
        self._mailbox = mailbox
        self._fetched: float | None = None
        self.fetches: list[float] = []
        place.mkdir(parents=True, exist_ok=True)
        server = mailbox.server
        self._settings = place / "mbsyncrc"
        self._settings.write_text(
            "IMAPAccount server\nHost localhost\n"
            f"Port {server.imaps_port}\nUser {mailbox.address}\nPass {mailbox.password}\n"
            f"SSLType IMAPS\nCertificateFile {server.certificate.cert}\n\n"
            "IMAPStore far\nAccount server\n\n"
            f"MaildirStore near\nPath {self._mail}/\nInbox {self._mail}/INBOX\n\n"
            "Channel all\nFar :far:\nNear :near:\nPatterns INBOX\nSync Pull\nCreate Near\n"
            "SyncState *\n"
        )

    def fetch(self) -> float:
        shutil.rmtree(self._mail, ignore_errors=True)
        self._mail.mkdir()
        self._fetched = _seconds("mbsync", "-q", "-c", str(self._settings), "all")
        self.fetches.append(self._fetched)
        return self._fetched

    def fetched(self) -> float:
        """Seconds of this round's fetching."""
        spent, self._fetched = self._fetched, None
        return self.fetch() if spent is None else spent

    def notmuch(self) -> float:
        shutil.rmtree(self._mail / ".notmuch", ignore_errors=True)
        config = self._place / "notmuch-config"
        desks.configure_notmuch(config, self._mail)
        return _seconds("notmuch", f"--config={config}", "new", "--quiet")

    def mu(self) -> float:
        home = self._place / "mu"
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(self._mail / ".notmuch", ignore_errors=True)
        begun = _seconds("mu", "init", f"--muhome={home}", f"--maildir={self._mail}", "--quiet")
        return begun + _seconds("mu", "index", f"--muhome={home}", "--quiet")


def _seconds(*command: str) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    return time.perf_counter() - started
