"""Closed mail put away in the mailbox: what was named, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from config.model import CloseAction
from connectors.contract import Misconfigured, Tidies
from connectors.email.connector import EmailConnector
from connectors.email.imap.session import ImapSession
from tests.servers.dovecot import Dovecot, Mailbox, mail
from tests.servers.fixtures import AccountMaker

pytestmark = pytest.mark.real

MOVE = CloseAction("move", "Archive")
SEEN = CloseAction("flag", "\\Seen")

Make = Callable[..., EmailConnector]


@pytest.fixture(scope="module")
def plain_server() -> Iterator[Dovecot]:
    """Neither MOVE nor UIDPLUS."""
    server = Dovecot(extra="protocol imap {\n imap_capability = IMAP4rev1 LITERAL+\n}\n")
    yield server.start()
    server.close()


@pytest.fixture(scope="module")
def older_server() -> Iterator[Dovecot]:
    """UIDPLUS, but no MOVE."""
    server = Dovecot(extra="protocol imap {\n imap_capability = IMAP4rev1 UIDPLUS\n}\n")
    yield server.start()
    server.close()


@pytest.fixture
async def make(email_account: AccountMaker) -> AsyncIterator[Make]:
    made: list[EmailConnector] = []

    def one(box: Mailbox, *actions: CloseAction) -> EmailConnector:
        made.append(EmailConnector("support", email_account(box, on_close=actions)))
        return made[-1]

    yield one
    for connector in made:
        await connector.close()


def fill(box: Mailbox, count: int, folder: str = "INBOX") -> list[str]:
    """Mails and their receipts."""
    for number in range(count):
        raw = mail("a@customer.test", box.address, f"n{number}", message_id=f"<n{number}@c.test>")
        box.plant(raw, folder)
    return [f"{folder}/{box.uidvalidity(folder)}/{uid}" for uid in box.uids(folder)]


def subjects(box: Mailbox, folder: str = "INBOX") -> list[str]:
    return [raw.partition(b"\nSubject: ")[2][:2].decode() for raw in box.messages(folder)]


async def test_off_unless_set(mailbox: Mailbox, make: Make) -> None:
    connector = make(mailbox)
    assert isinstance(connector, Tidies)
    assert not connector.tidies
    assert make(mailbox, MOVE).tidies


async def test_moved_and_marked_and_no_other(mailbox: Mailbox, make: Make) -> None:
    receipts = fill(mailbox, 4)
    connector = make(mailbox, SEEN, CloseAction("flag", "Done"), MOVE)
    await connector.tidy([receipts[1], receipts[3], "import/17", "chat:9", receipts[1]])
    assert subjects(mailbox) == ["n0", "n2"]
    assert subjects(mailbox, "Archive") == ["n1", "n3"]
    assert {"\\Seen", "Done"} <= mailbox.flags(1, "Archive")
    assert "\\Seen" not in mailbox.flags(1)
    # Once more, after a crash: nothing is left to do.
    await connector.tidy([receipts[1], receipts[3]])
    assert subjects(mailbox, "Archive") == ["n1", "n3"]
    # Lying in the Archive already.
    await connector.tidy([f"Archive/{mailbox.uidvalidity('Archive')}/1"])
    assert subjects(mailbox, "Archive") == ["n1", "n3"]


async def test_a_flag_alone_moves_nothing(mailbox: Mailbox, make: Make) -> None:
    receipts = fill(mailbox, 2)
    await make(mailbox, CloseAction("flag", "\\Flagged")).tidy(receipts[:1])
    assert "\\Flagged" in mailbox.flags(1)
    assert "\\Flagged" not in mailbox.flags(2)


@pytest.mark.parametrize("kind", ["older", "plain"])
async def test_without_move_nothing_else_is_expunged(
    older_server: Dovecot, plain_server: Dovecot, make: Make, kind: str
) -> None:
    box = (older_server if kind == "older" else plain_server).user()
    receipts = fill(box, 3)
    with box.imap() as client:  # somebody else's, marked and kept
        client.select("INBOX")
        client.uid("STORE", "1", "+FLAGS", r"(\Deleted)")
    connector = make(box, MOVE)
    for _ in range(2):
        await connector.tidy([receipts[1]])
    assert subjects(box, "Archive") == ["n1"], "one copy, however often"
    if kind == "older":
        assert subjects(box) == ["n0", "n2"]
    else:
        assert subjects(box) == ["n0", "n1", "n2"], "it cannot be expunged alone: it stays"
        assert "\\Deleted" in box.flags(2)


async def test_killed_between_copy_and_expunge(
    older_server: Dovecot, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = older_server.user()
    receipts = fill(box, 2)
    connector = make(box, MOVE)

    class Killed(Exception):
        pass

    async def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(ImapSession, "add_flag", killed)
        with pytest.raises(Killed):
            await connector.tidy(receipts)
    await connector.tidy(receipts)
    assert subjects(box) == []
    assert subjects(box, "Archive") == ["n0", "n1"]


@pytest.mark.parametrize("kind", ["older", "plain"])
@pytest.mark.parametrize("other", ["<n0@c.test>", "<an0@c.test.example>"])
async def test_another_mail_in_the_target_is_not_taken_for_its_copy(
    older_server: Dovecot, plain_server: Dovecot, make: Make, kind: str, other: str
) -> None:
    """A used Message-ID is used again, by whom or what ever; and a search finds parts of ids."""
    box = (older_server if kind == "older" else plain_server).user()
    receipts = fill(box, 1)
    box.plant(mail("x@other.test", box.address, "zz", message_id=other), "Archive")
    await make(box, MOVE).tidy(receipts)
    assert sorted(subjects(box, "Archive")) == ["n0", "zz"], "put away, not thrown away"


async def test_mails_without_an_id_are_put_away_once(
    older_server: Dovecot, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = older_server.user()
    for text in ("one", "another one"):
        raw = mail("a@customer.test", box.address, text, message_id="<x@y.test>")
        box.plant(raw.replace(b"Message-ID: <x@y.test>", b"X-None: yes"))
    receipts = [f"INBOX/{box.uidvalidity()}/{uid}" for uid in box.uids()]
    connector = make(box, MOVE)
    with monkeypatch.context() as patch:
        patch.setattr(ImapSession, "expunge", _killed)
        with pytest.raises(_Killed):
            await connector.tidy(receipts)
    await connector.tidy(receipts)
    assert subjects(box) == []
    assert subjects(box, "Archive") == ["on", "an"]


class _Killed(Exception):
    pass


async def _killed(*_: object) -> None:
    raise _Killed


async def test_a_folder_made_anew_means_other_mails(mailbox: Mailbox, make: Make) -> None:
    fill(mailbox, 1)
    await make(mailbox, MOVE).tidy([f"INBOX/{mailbox.uidvalidity() + 1}/1", "Gone/7/1"])
    assert subjects(mailbox) == ["n0"]


async def test_the_target_is_made_or_found_by_its_mark(mailbox: Mailbox, make: Make) -> None:
    receipts = fill(mailbox, 2)
    await make(mailbox, CloseAction("move", "Done/2026")).tidy(receipts[:1])
    assert subjects(mailbox, "Done.2026") == ["n0"]
    await make(mailbox, CloseAction("move", "\\Archive")).tidy(receipts[1:])
    assert subjects(mailbox, "Archive") == ["n1"]
    with pytest.raises(Misconfigured, match="on_close"):
        await make(mailbox, CloseAction("move", "\\Flagged")).tidy(receipts)
    checks = await make(mailbox, CloseAction("move", "\\Flagged")).check()
    assert [c.ok for c in checks if c.name.startswith("Folder for closed mail")] == [False]
    checks = await make(mailbox, CloseAction("move", "New")).check()
    assert [c.detail for c in checks if c.name.startswith("Folder for closed mail")] == [
        "New (made when it is needed)"
    ]
