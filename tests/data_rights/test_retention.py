"""The rules delete what is too old, nothing else, and say so in numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from config.model import RetentionSettings
from connectors.contract import File
from omnitui.desk.data_rights import retention
from store import erasing, messages
from store.blobs import for_database
from store.check import check
from store.database import transaction
from store.model import Message
from tests.data_rights import traces
from tests.desk.office import DAY, Office

YEAR = 365 * 86_400


def ruled(office: Office, **rules: object) -> Office:
    config = replace(office.desk.config, retention=RetentionSettings(**rules))  # type: ignore[arg-type]
    return replace(office, desk=replace(office.desk, config=config))


def run(office: Office) -> retention.Counts:
    work = retention.Run()
    more = True
    while more:
        with transaction(office.desk.db):
            more = work.step(office.desk)
    return work.done


def test_silent_customers_without_an_open_matter_go(office: Office, tmp_path: Path) -> None:
    silent = office.got(office.letter("joe@zebulonq.example"))
    waiting = office.got(office.letter("sue@home.example"))
    held = office.got(office.letter("law@home.example"))
    office.do(silent.conversation_id, "close")
    office.do(held.conversation_id, "close", "customer tag legal-hold")
    office.clock.pass_(400 * DAY)
    late = office.got(office.letter("new@home.example"))
    office.do(late.conversation_id, "close")
    office = ruled(office, customers=YEAR, keep=("legal-hold",))
    assert retention.due(office.desk).customers == [silent.customer_id]
    assert run(office).customers == 1
    traces.sweep(office)
    gone = [
        one.customer_id
        for one in (silent, waiting, held, late)
        if erasing.is_erased(office.desk.db, one.customer_id)
    ]
    assert gone == [silent.customer_id]
    assert traces.in_files(tmp_path, "zebulonq") == []
    assert run(office).anything is False
    (logged,) = office.log("retention.ran")
    assert logged.data == {"customers": 1, "files": 0, "raw": 0, "events": 0}


def test_files_mails_and_the_log_go_after_their_time(office: Office) -> None:
    def letter(text: str) -> Message:
        return office.got(
            office.letter("joe@home.example", text, subject=text, raw=b"raw " + text.encode(),
                          files=(File("a.txt", "text/plain", text.encode()),))
        )  # fmt: skip

    old = letter("old")
    office.do(old.conversation_id, "close")
    still = letter("still open")
    office.clock.pass_(100 * DAY)
    new = letter("new")
    office.do(new.conversation_id, "close")
    office = ruled(office, files=50 * 86_400, raw=50 * 86_400, events=50 * 86_400)
    due = retention.due(office.desk).counts
    done = run(office)
    assert (due.files, due.raw, due.bytes, due.events) == (
        done.files, done.raw, done.bytes, done.events,
    )  # fmt: skip
    assert (done.files, done.raw) == (1, 2)
    after = [messages.get(office.desk.db, one.id) for one in (old, still, new)]
    assert [bool(one.raw) for one in after] == [False, False, True]
    assert [bool(one.attachments[0].blob) for one in after] == [False, True, True]
    assert "time was over" in after[0].attachments[0].problem
    assert after[0].text == "old"
    assert all(e.at > office.clock.at - 50 * DAY for e in office.log("message.received"))
    assert check(office.desk.db, for_database(office.desk.db)) == []


def test_without_rules_nothing_goes(office: Office) -> None:
    one = office.got(office.letter())
    office.do(one.conversation_id, "close")
    office.clock.pass_(10_000 * DAY)
    assert retention.due(office.desk).counts.anything is False
    assert run(office).anything is False
