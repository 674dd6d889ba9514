"""A small desk with one mailbox, and the program run inside the test's own process."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest

from config.home import find_home
from config.load import load
from connectors.contract import Address, File, Inbound, Quarantined, Received
from omnitui.cli.main import main
from omnitui.desk.arriving import intake
from omnitui.desk.context import Desk
from store import accounts
from store.database import open_database, transaction

T = TypeVar("T")

CONFIG = """
[desk]
name = "Acme"
timezone = "UTC"

[accounts.support]
channel = "email"
address = "support@acme.test"
name = "Acme support"
imap = "imap://support@127.0.0.1:1"
smtp = "smtp://support@127.0.0.1:1"
password = "env:OMNITUI_TEST_PASSWORD"
"""

NOON = 1_790_000_000_000


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        assert self.code == 0, self.err
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def sentence(self) -> str:
        """What went wrong: one line on stderr, nothing on stdout."""
        assert self.code != 0
        assert self.out == ""
        assert self.err.startswith("omnitui")
        assert self.err.count("\n") == 1, self.err
        return self.err


class Run(Protocol):
    def __call__(self, *argv: str, stdin: str | bytes = "") -> Result: ...


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """`omnitui --home … argv` on the test's desk."""
    home = tmp_path / "desk"

    def run_main(*argv: str, stdin: str | bytes = "") -> Result:
        raw = stdin if isinstance(stdin, bytes) else stdin.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"))
        capsys.readouterr()
        code = main(["--home", str(home), *argv])
        found = capsys.readouterr()
        return Result(code, found.out, found.err)

    return run_main


class SmallDesk:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(mode=0o700)
        (directory / "config.toml").write_text(CONFIG)

    @contextmanager
    def open(self) -> Iterator[Desk]:
        config = load(find_home(self.directory))
        db = open_database(config.home.store_file)
        try:
            with transaction(db):
                yield Desk(db, config, "engine", lambda: NOON)
        finally:
            db.close()

    def look(self, question: Callable[[Desk], T]) -> T:
        with self.open() as desk:
            return question(desk)

    def receive(self, *batch: Received) -> None:
        with self.open() as desk:
            account = accounts.ensure(
                desk.db, "support", "email", address="support@acme.test", display_name="Acme"
            )
            intake.accept(desk, account, batch, None)


@pytest.fixture
def empty(tmp_path: Path) -> SmallDesk:
    """Configured, and nobody has written yet: there is no store."""
    return SmallDesk(tmp_path / "desk")


def mail(
    number: int,
    text: str,
    *,
    sender: str = "ann@example.test",
    name: str = "Ann Smith",
    subject: str = "Parcel",
    files: Sequence[File] = (),
    at: int | None = None,
    **more: Any,
) -> Inbound:
    return Inbound(
        external_id=f"INBOX/1/{number}",
        message_key=f"mail{number}@example.test",
        content_hash=f"{number:064x}",
        sender=Address(sender, name),
        to=[Address("support@acme.test", "Acme support")],
        text=text,
        subject=subject,
        arrived_at=NOON + number * 1000 if at is None else at,
        sent_at=NOON + number * 1000 - 500,
        files=files,
        **more,
    )


@pytest.fixture
def desk(empty: SmallDesk) -> SmallDesk:
    """Two customers, three conversations' worth of mail and one thing in quarantine."""
    empty.receive(
        mail(1, "Where is my parcel?"),
        mail(2, "Any news?\n\nAnn", in_reply_to="mail1@example.test"),
        mail(
            3,
            "Мій чек додано.",
            sender="olena@example.test",
            name="Олена",
            subject="Повернення \x1b[31mred",
            files=[File("чек.pdf", "application/pdf", b"%PDF-1")],
        ),
        Quarantined("INBOX/1/4", "no sense in it", b"From: x@example.test\n\nhello\n"),
    )
    return empty
