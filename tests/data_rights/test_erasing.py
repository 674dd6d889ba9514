"""Nothing of an erased customer is left anywhere, and nothing of the others is touched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.contract import Address, File, Notice, Quarantined, Sent
from omnitui.desk.command import CommandError
from omnitui.desk.data_rights import erasing
from store import audit, customers, erased_list, identities, messages, search
from store import erasing as store_erasing
from store.blobs import for_database
from store.check import check
from store.database import transaction
from store.model import ConversationId, CustomerId
from tests.data_rights import traces
from tests.desk.office import DAY, Office

BIG = 70_000


def somebody(office: Office, word: str) -> CustomerId:
    """A customer with something of everything, all of it with the word in it."""
    address = f"{word}@home.example"
    first = office.got(
        office.letter(
            f'"{word} Doe" {address}',
            f"Hello, this is {word}.",
            subject=f"About {word}",
            raw=f"From: {address}\r\nMessage-ID: <{word}@x>\r\n\r\nHello {word}".encode(),
            message_key=f"{word}@x",
            files=(
                File(f"{word}.txt", "text/plain", f"{word} in a file".encode()),
                File("big.bin", "application/octet-stream", word.encode() * (BIG // len(word))),
            ),
        )
    )
    room = first.conversation_id
    office.sent(room, f"We know, {word}.")
    office.do(
        room,
        f"note {word} is in a hurry",
        f"customer note likes {word}",
        f"customer company {word} Ltd",
        f"customer tag {word}",
        f"tag add {word}",
        f"reply set A draft for {word}",
    )
    office.got(office.line(f"9{len(word)}{ord(word[-1])}", f"chat of {word}", sender=Address(
        f"9{len(word)}{ord(word[-1])}", word)))  # fmt: skip
    return first.customer_id


def test_nothing_of_theirs_is_left_and_nothing_of_others_is_touched(
    office: Office, tmp_path: Path
) -> None:
    db = office.desk.db
    gone, stays = somebody(office, "zebulonq"), somebody(office, "quentinx")
    before = traces.rows(db)
    assert traces.in_rows(db, "zebulonq")
    assert traces.in_files(tmp_path, "zebulonq")

    traces.erase(office, gone)

    # The chat of the same person was somebody else as far as anybody knew.
    other = identities.of(db, CustomerId(gone + 1))
    traces.erase(office, other[0].customer_id)
    assert traces.in_rows(db, "zebulonq") == []
    assert traces.in_files(tmp_path, "zebulonq") == []
    assert traces.in_files(tmp_path, "quentinx")
    assert check(db, for_database(db)) == []
    after = traces.rows(db)
    for table, kept in before.items():
        for row in kept - after[table]:
            assert "quentinx" not in str(row), table
    assert customers.get(db, stays).name == "quentinx Doe"
    assert search.search(db, "zebulonq") == []
    assert search.search(db, "quentinx") != []


def test_what_was_erased_does_not_come_back(office: Office) -> None:
    letter = office.letter("joe@home.example", "Hello", sent_at=office.clock.at)
    line = office.line("77", "hi", sent_at=office.clock.at)
    first = office.got(letter)
    chat = office.got(line)
    sent = office.sent(first.conversation_id, "An answer")
    traces.erase(office, first.customer_id)
    traces.erase(office, chat.customer_id)
    again = replace(letter, external_id="INBOX/2/1")
    anew = replace(letter, external_id="INBOX/2/2", content_hash="f" * 64)
    copy = office.letter(
        "support@acme.example", "An answer", direction="out", message_key=sent.external_id
    )
    told = replace(line, external_id="other")
    for item in (again, anew, copy, told):
        assert office.take(item)[0].outcome == "ignored"
    reaction = Notice("r1", "reaction", office.clock.at, chat="77", keys=(line.message_key,),
                      who=Address("77", "Joe"), details={"reactions": ["👍"]})  # fmt: skip
    assert office.take(reaction, account=office.chat)[0].outcome == "ignored"
    assert traces.in_rows(office.desk.db, "home.example") == []


def test_who_writes_again_is_a_new_customer(office: Office) -> None:
    first = office.got(office.letter("joe@home.example"))
    office.sent(first.conversation_id)
    traces.erase(office, first.customer_id)
    office.clock.pass_(DAY)
    second = office.got(
        office.letter("joe@home.example", "Back again", in_reply_to=first.external_id)
    )
    assert second.customer_id > first.customer_id
    assert second.id > first.id
    assert second.conversation_id > first.conversation_id
    with pytest.raises(CommandError, match="erased already"):
        erasing.preview(office.desk, first.customer_id)


def test_a_reply_on_its_way_stops_it_and_one_that_waits_is_not_sent(office: Office) -> None:
    first = office.got(office.letter())
    going = office.reply(first.conversation_id, "Going")
    office.claim(going)
    with pytest.raises(erasing.ErasureRefused, match="outbox"), transaction(office.desk.db):
        erasing.begin(office.desk, first.customer_id)
    office.settle(office.entry(going), Sent("x"))
    office.reply(first.conversation_id, "Waiting")
    assert erasing.preview(office.desk, first.customer_id).counts.queued == 1
    traces.erase(office, first.customer_id)
    assert office.desk.db.execute("SELECT count(*) FROM outbox").fetchone() == (0,)


def test_it_asks_for_the_name(office: Office) -> None:
    first = office.got(office.letter("Ann Lee <ann@home.example>"))
    for line in ("customer erase", "customer erase Bob"):
        with pytest.raises(CommandError, match="Ann Lee"):
            office.do(first.conversation_id, line)
    office.do(first.conversation_id, "customer erase ann  lee")
    assert store_erasing.is_erased(office.desk.db, first.customer_id)
    assert customers.find(office.desk.db) == []


def test_a_message_that_comes_meanwhile_is_not_erased_with_them(office: Office) -> None:
    first = office.got(office.letter("joe@home.example"))
    with transaction(office.desk.db):
        erasing.begin(office.desk, first.customer_id)
    with transaction(office.desk.db):
        erasing.Sweep().step(office.desk)
    listed = erased_list.read(Path(office.desk.db.directory))
    assert [one.customer_id for one in listed] == [first.customer_id]
    late = office.got(office.letter("joe@home.example", "Wait!", in_reply_to=first.external_id))
    traces.finish(office, first.customer_id)
    assert messages.get(office.desk.db, late.id).text == "Wait!"
    assert late.customer_id != first.customer_id


def test_what_others_share_with_them_stays(office: Office) -> None:
    raw = b"From: joe@home.example\r\nMessage-ID: <j1@x>\r\n\r\nHello"
    same = File("terms.pdf", "application/pdf", b"terms")
    joe = office.got(office.letter("joe@home.example", raw=raw, message_key="j1@x", files=(same,)))
    ann = office.got(
        office.letter("ann@home.example", files=(same, File("fw.eml", "message/rfc822", raw)))
    )
    traces.erase(office, ann.customer_id)
    blobs = for_database(office.desk.db)
    assert blobs.read(office.desk.db, joe.raw) == raw
    assert blobs.read(office.desk.db, joe.attachments[0].blob) == b"terms"
    assert check(office.desk.db, blobs) == []


def test_quarantine_and_merged_customers_go_with_them(office: Office, tmp_path: Path) -> None:
    office.take(Quarantined("INBOX/1/900", "broken", b"From: <Joe@home.example>\n zebulonq"))
    office.take(Quarantined("INBOX/1/901", "broken", b"From: <blow.joe@home.example>\n stays"))
    joe = office.got(office.letter("joe@home.example"))
    ann = office.got(office.letter("ann@zebulonq.example", "zebulonq"))
    office.do(joe.conversation_id, f"customer merge {ann.customer_id} yes")
    traces.erase(office, ann.customer_id)
    assert store_erasing.is_erased(office.desk.db, joe.customer_id)
    assert store_erasing.is_erased(office.desk.db, ann.customer_id)
    assert traces.in_files(tmp_path, "zebulonq") == []
    kept = office.desk.db.execute("SELECT count(*) FROM ledger WHERE outcome = 'quarantined'")
    assert kept.fetchone() == (1,)


def test_how_somebody_belonged_to_others_goes_from_their_log_too(office: Office) -> None:
    joe = office.got(office.letter("joe@home.example"))
    ann = office.got(office.letter("ann@home.example"))
    sue = office.got(office.letter("sue@home.example"))
    for other in (ann, sue):
        office.do(joe.conversation_id, f"customer relate {other.customer_id} zebulonq")
    office.do(joe.conversation_id, f"customer unrelate {sue.customer_id}")
    office.do(ann.conversation_id, f"customer relate {sue.customer_id} quentinx")
    traces.erase(office, joe.customer_id)
    assert traces.in_rows(office.desk.db, "zebulonq") == []
    assert traces.in_rows(office.desk.db, "quentinx") != []
    assert list(audit.verify(office.desk.db, {}, audit.Checked())) == []


def test_a_conversation_that_led_there_leads_nowhere(office: Office) -> None:
    joe = office.got(office.letter("joe@home.example"))
    office.do(joe.conversation_id, "note second")
    ann = office.got(office.letter("ann@home.example"))
    with transaction(office.desk.db):
        office.desk.db.execute(
            "UPDATE conversations SET related_id = ? WHERE id = ?",
            (joe.conversation_id, ann.conversation_id),
        )
    traces.erase(office, joe.customer_id)
    assert office.conversation(ConversationId(ann.conversation_id)).related_id is None


def test_what_others_have_makes_it_no_longer(office: Office) -> None:
    """Work is counted as the database does: a step is one instruction of its machine."""
    db = office.desk.db
    first, second = somebody(office, "annabel"), somebody(office, "bettina")
    other = office.got(office.letter("carl@home.example", "Hello")).conversation_id
    alone = _steps(office, first)
    numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
    with transaction(db):
        db.execute(
            f"{numbers} INSERT INTO messages (position, conversation_id, customer_id, channel,"
            " direction, state, sent_at, arrived_at, text, external_id, raw) SELECT i, v.id,"
            " v.customer_id, 'email', 'in', 'received', i, i, 'x', i || '@y', 'r' || i FROM n"
            " JOIN conversations v ON v.id = ?",
            (other,),
        )
        db.execute(
            f"{numbers} INSERT INTO one_time_links (digest, conversation_id, customer_id,"
            " account_id, agent, created_at, expires_at) SELECT i, v.id, v.customer_id, 1, 'x',"
            " 1, 1 FROM n JOIN conversations v ON v.id = ?",
            (other,),
        )
    beside = _steps(office, second)
    assert beside < alone + 5000


def _steps(office: Office, customer: CustomerId) -> int:
    """Of erasing somebody, in tens."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    db = office.desk.db
    db.set_progress_handler(count, 10)
    with transaction(db):
        erasing.erase(office.desk, customer)
    db.set_progress_handler(None, 0)
    return taken * 10
