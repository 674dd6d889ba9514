"""The main job on real servers, through the CLI alone: a mail in, the answer out, threaded."""

from __future__ import annotations

import random
import re
import signal
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from store.database import open_database
from store.errors import StoreMissing
from tests.cli.mail_desk import MailDesk
from tests.servers.chaos import ChaosProxy
from tests.servers.dovecot import Dovecot, Mailbox, mail
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.real

MakeDesk = Callable[..., MailDesk]


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[MakeDesk]:
    made: list[MailDesk] = []

    def make(mailbox: Mailbox, smtp_url: str, **settings: Any) -> MailDesk:
        made.append(MailDesk(tmp_path / f"desk{len(made)}", mailbox, smtp_url, **settings))
        return made[-1]

    yield make
    for desk in made:
        desk.close()


def smtp_url(server: SmtpServer, mailbox: Mailbox) -> str:
    return f"smtp+starttls://{mailbox.address.replace('@', '%40')}@localhost:{server.port}"


def test_a_customer_is_answered(
    make_desk: MakeDesk, mailbox: Mailbox, customer_mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    desk = make_desk(mailbox, smtp_url(smtp_server, mailbox))
    process = desk.serve()
    customer = customer_mailbox.address
    question = mail(
        f"Ann <{customer}>", mailbox.address, "Parcel?", message_id="<q1@customer.test>"
    )
    mailbox.deliver(question, sender=customer)
    desk.eventually(lambda: desk.json("conversations"))
    (conversation,) = desk.json("conversations")
    assert conversation["status"] == "open"

    sent_id = desk.reply(conversation["id"], "It left **today**.\n")
    desk.eventually(customer_mailbox.messages)
    (raw,) = customer_mailbox.messages()
    answer = message_from_bytes(raw)
    assert answer["In-Reply-To"] == "<q1@customer.test>"
    assert "<q1@customer.test>" in answer["References"]
    assert answer["Subject"] == "Re: Parcel?"
    desk.eventually(lambda: desk.state(sent_id) == "sent")
    shown = desk.json("show", str(conversation["id"]))
    assert shown["status"] == "pending"
    assert f"<{shown['messages'][-1]['external_id']}>" == answer["Message-ID"]

    thanks = mail(
        f"Ann <{customer}>",
        mailbox.address,
        "Re: Parcel?",
        "Thank you!\n",
        In_Reply_To=answer["Message-ID"],
        References=f"<q1@customer.test> {answer['Message-ID']}",
    )
    mailbox.deliver(thanks, sender=customer)
    number = str(conversation["id"])
    desk.eventually(lambda: len(desk.json("show", number)["messages"]) == 3)
    assert len(desk.json("conversations")) == 1
    assert desk.json("show", number)["status"] == "open"

    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    log = desk.log
    assert "Traceback" not in log
    assert "Thank you" not in log
    assert mailbox.password not in log.replace(str(desk.directory), "")
    uids = mailbox.uids()
    assert not any(r"\Seen" in mailbox.flags(uid) for uid in uids)


def test_an_engine_that_dies_loses_and_doubles_nothing(
    make_desk: MakeDesk, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    _kill_and_reconcile(make_desk(mailbox, smtp_url(smtp_server, mailbox)), mailbox, 500, kills=3)


@pytest.mark.slow
def test_twenty_thousand_mails_and_ten_kills(
    make_desk: MakeDesk, mailbox: Mailbox, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    desk = make_desk(mailbox, smtp_url(smtp_server, mailbox))
    total = 20_000
    kept = tmp_path / "kept"
    kept.mkdir()
    for n in range(0, total, 4):
        (kept / f"{n}.eml").write_bytes(_numbered(n, mailbox.address))
    found = desk.run("import", str(kept), "--account", "support")
    assert found.returncode == 0, found.stderr
    _kill_and_reconcile(desk, mailbox, total, kills=10, imported=total // 4)


def _numbered(n: int, to: str) -> bytes:
    raw = mail(
        f"Customer {n % 700} <c{n % 700}@customer.test>",
        to,
        f"Matter {n}",
        f"This is mail number {n}.\n" + "A line of a letter like any other.\n" * (n % 60),
        message_id=f"<n{n}@customer.test>",
        Received=f"from a by b; Mon, 5 Jan 2026 10:{n // 60 % 60:02d}:{n % 60:02d} +0000",
    )
    # The same bytes whenever it is asked for.
    return re.sub(rb"\nDate: [^\r]*", b"\nDate: Mon, 05 Jan 2026 09:00:00 GMT", raw)


def _kill_and_reconcile(
    desk: MailDesk, mailbox: Mailbox, total: int, *, kills: int, imported: int = 0
) -> None:
    """Plant mails, kill the engine at random moments of the sync, then hold the ledger and the
    store against the mailbox, row by row."""
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    rng = random.Random(seed)
    for n in range(total):
        mailbox.plant(_numbered(n, mailbox.address), at=1_767_607_200 + n)
    for number in range(kills):
        process = desk.serve()
        # A random moment of each part of the sync.
        share = (number + rng.random()) / kills
        desk.eventually(lambda share=share: _synced(desk) >= share * total * 0.9, 600)
        time.sleep(rng.random() * 0.05)
        desk.kill(process)
    process = desk.serve()
    desk.eventually(lambda: _synced(desk) >= total, 600)
    prefix = f"INBOX/{mailbox.uidvalidity()}/"
    rows = {
        row["external_id"]: row
        for row in desk.json("ledger")
        if not row["external_id"].startswith("import/")
    }
    assert rows.keys() == {f"{prefix}{uid}" for uid in mailbox.uids()}
    outcomes = [row["outcome"] for row in rows.values()]
    assert outcomes.count("accepted") == total - imported
    assert outcomes.count("duplicate") == imported
    assert sorted(_messages(desk)) == sorted(
        (f"n{n}@customer.test", f"This is mail number {n}.") for n in range(total)
    )
    assert desk.run("check").returncode == 0
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def _synced(desk: MailDesk) -> int:
    path = desk.directory / "desk.sqlite"
    try:
        db = open_database(path, readonly=True)
    except StoreMissing:
        return 0
    try:
        query = "SELECT count(*) FROM ledger WHERE external_id NOT LIKE 'import/%'"
        return int(db.execute(query).fetchone()[0])
    finally:
        db.close()


def _messages(desk: MailDesk) -> list[tuple[str, str]]:
    db = open_database(desk.directory / "desk.sqlite", readonly=True)
    try:
        rows = db.execute("SELECT external_id, text FROM messages").fetchall()
    finally:
        db.close()
    return [(key, text.split("\n")[0]) for key, text in rows]


def test_import_then_sync_is_one_message_with_two_receipts(
    make_desk: MakeDesk, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    desk = make_desk(mailbox, smtp_url(smtp_server, mailbox))
    for n in range(20):
        mailbox.plant(_numbered(n, mailbox.address))
    assert desk.json("import", str(mailbox.maildir), "--account", "support")["accepted"] == 20
    desk.serve()
    desk.eventually(lambda: len(desk.json("ledger")) == 40)
    assert {r["outcome"] for r in desk.json("ledger", "--outcome", "duplicate")} == {"duplicate"}
    assert len(_messages(desk)) == 20
    receipts = desk.json("ledger")
    assert all(r["message_id"] for r in receipts)


# SMTP, cut.

STAGES = {
    # Before the final dot nothing can have been taken; after it everything may.
    "EHLO": b"EHLO",
    "MAIL": b"MAIL FROM",
    "RCPT": b"RCPT TO",
    "DATA": b"DATA\r\n",
    "content": b"Message-ID",
    "dot": b"\r\n.\r\n",
}


class Cut:
    """Cuts the first dialogue at a stage: of the client's line, or the server's answer to it."""

    def __init__(self, proxy: ChaosProxy, stage: str, *, answer: bool) -> None:
        self.done = False
        self._words = STAGES[stage]
        self._answer = answer
        self._met = False
        self._seen = b""
        proxy.cut_when = self._cut

    def _cut(self, piece: bytes, from_client: bool) -> int | None:
        if self.done:
            return None
        if from_client and not self._met:
            before = len(self._seen)
            self._seen += piece
            at = self._seen.find(self._words)
            if at < 0:
                return None
            self._met = True
            if not self._answer:
                self.done = True
                return max(0, at + 2 - before)
        elif self._met and not from_client:
            self.done = True
            return 0
        return None


def _waiting(
    make_desk: MakeDesk, mailbox: Mailbox, customer: Mailbox, url: str
) -> tuple[MailDesk, int]:
    desk = make_desk(mailbox, url, settings="save_sent = false")
    raw = mail(f"Ann <{customer.address}>", mailbox.address, message_id="<q@customer.test>")
    mailbox.deliver(raw, sender=customer.address)
    desk.serve()
    desk.eventually(lambda: desk.json("conversations"))
    return desk, int(desk.json("conversations")[0]["id"])


def _cut_everywhere(
    stages: list[tuple[str, bool]],
    make_desk: MakeDesk,
    mailbox: Mailbox,
    customer: Mailbox,
    server: SmtpServer,
    proxy: ChaosProxy,
) -> None:
    desk, conversation = _waiting(make_desk, mailbox, customer, f"smtp://localhost:{proxy.port}")
    for stage, answer in stages:
        cut = Cut(proxy, stage, answer=answer)
        text = f"cut at {stage} {answer}"
        message = desk.reply(conversation, text)
        desk.eventually(lambda cut=cut: cut.done)
        desk.eventually(lambda m=message: _settled(desk, m))
        taken = [t for t in server.taken if text.encode() in t.content]
        if desk.state(message) == "unknown":
            # A short letter leaves in one piece with its dot: then nobody can know.
            assert stage in ("content", "dot"), stage
            assert len(taken) <= 1
        else:
            # Surely not taken: it waits for its next try, which an agent may hasten.
            done = desk.run("do", str(conversation), f"outbox retry {message}")
            assert done.returncode == 0, done.stderr
            desk.eventually(lambda m=message: desk.state(m) == "sent")
            taken = [t for t in server.taken if text.encode() in t.content]
            assert len(taken) == 1, (stage, answer)


def _settled(desk: MailDesk, message: int) -> bool:
    (entry,) = [e for e in desk.json("outbox") if e["message_id"] == message]
    return entry["state"] in ("unknown", "sent") or (entry["state"] == "queued" and entry["error"])


def test_smtp_cut_before_and_after_the_point_of_no_return(
    make_desk: MakeDesk,
    mailbox: Mailbox,
    customer_mailbox: Mailbox,
    own_smtp: Callable[..., SmtpServer],
    chaos: Callable[[int], ChaosProxy],
) -> None:
    server = own_smtp(security="plain", auth=False)
    stages = [("RCPT", True), ("content", False), ("dot", True)]
    _cut_everywhere(stages, make_desk, mailbox, customer_mailbox, server, chaos(server.port))


@pytest.mark.slow
def test_smtp_cut_at_every_stage(
    make_desk: MakeDesk,
    mailbox: Mailbox,
    customer_mailbox: Mailbox,
    own_smtp: Callable[..., SmtpServer],
    chaos: Callable[[int], ChaosProxy],
) -> None:
    server = own_smtp(security="plain", auth=False)
    stages = [(stage, answer) for stage in STAGES for answer in (False, True)]
    _cut_everywhere(stages, make_desk, mailbox, customer_mailbox, server, chaos(server.port))


def test_killed_between_data_and_its_answer_it_is_not_sent_again(
    make_desk: MakeDesk,
    mailbox: Mailbox,
    customer_mailbox: Mailbox,
    own_smtp: Callable[..., SmtpServer],
    chaos: Callable[[int], ChaosProxy],
) -> None:
    server = own_smtp(security="plain", auth=False)
    proxy = chaos(server.port)
    desk, conversation = _waiting(
        make_desk, mailbox, customer_mailbox, f"smtp://localhost:{proxy.port}"
    )

    seen = bytearray()

    def swallow(piece: bytes, from_client: bool) -> int | None:
        if from_client:
            seen.extend(piece)
            if seen.endswith(b"\r\n.\r\n"):
                proxy.blackhole = True  # what comes after this piece, so the answer
        return None

    proxy.cut_when = swallow
    message = desk.reply(conversation, "once and no more")
    desk.eventually(lambda: server.taken)
    assert desk.state(message) == "sending"
    desk.kill(desk.processes[-1])
    proxy.cut_when, proxy.blackhole = None, False
    proxy.kill()
    desk.serve()
    desk.eventually(lambda: desk.state(message) == "unknown")
    after = desk.reply(conversation, "another")
    desk.eventually(lambda: desk.state(after) == "sent")
    assert len(server.taken) == 2
    assert desk.state(message) == "unknown"
    (entry,) = [e for e in desk.json("outbox") if e["message_id"] == message]
    assert entry["error"]


def test_ledger_of_an_own_dovecot_after_its_death(
    make_desk: MakeDesk, own_dovecot: Callable[..., Dovecot], smtp_server: SmtpServer
) -> None:
    server = own_dovecot()
    mailbox = server.user()
    desk = make_desk(mailbox, smtp_url(smtp_server, mailbox))
    desk.serve()
    mailbox.deliver(mail("a@customer.test", mailbox.address))
    desk.eventually(lambda: len(desk.json("ledger")) == 1)
    server.kill()
    desk.eventually(lambda: "retrying" in desk.log)
    server.start()
    mailbox.deliver(mail("b@customer.test", mailbox.address))
    desk.eventually(lambda: len(desk.json("ledger")) == 2)


def test_copies_one_refused_and_sent_again_to_that_one_alone(
    make_desk: MakeDesk,
    mailbox: Mailbox,
    customer_mailbox: Mailbox,
    dovecot: Dovecot,
    smtp_server: SmtpServer,
) -> None:
    bob, boss = dovecot.user(), dovecot.user()
    desk = make_desk(
        mailbox, smtp_url(smtp_server, mailbox), settings='quote = "last"\nsignature = "Acme"'
    )
    smtp_server.script.rcpt = {bob.address: "550 5.2.1 mailbox disabled"}
    raw = mail(f"Ann <{customer_mailbox.address}>", mailbox.address, text="Where is it?")
    mailbox.deliver(raw, sender=customer_mailbox.address)
    desk.serve()
    desk.eventually(lambda: desk.json("conversations"))
    (conversation,) = desk.json("conversations")
    sent = desk.reply(conversation["id"], "It left.", "--cc", bob.address, "--bcc", boss.address)
    desk.eventually(lambda: desk.state(sent) == "sent")
    shown = desk.json("show", str(conversation["id"]))["messages"][-1]
    assert "mailbox disabled" in shown["error"]
    assert "Where is it?" in shown["quoted"]

    smtp_server.script.rcpt = {}
    assert desk.run("do", str(conversation["id"]), "outbox retry").returncode == 0
    desk.eventually(lambda: [e["state"] for e in desk.json("outbox")] == ["sent", "sent"])
    assert desk.json("outbox")[1]["recipients"] == [bob.address]
    assert "again" in desk.run("do", str(conversation["id"]), f"outbox retry {sent}").stderr
    for box in (customer_mailbox, bob, boss):
        (arrived,) = box.messages()
        parsed = message_from_bytes(arrived)
        assert (parsed["To"], parsed["Cc"], parsed["Bcc"]) == (
            f"Ann <{customer_mailbox.address}>", bob.address, None,
        )  # fmt: skip
        assert b"Acme" in arrived
        assert b"> Where is it?" in arrived
