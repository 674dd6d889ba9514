"""However mails are cut into batches, the desk ends up the same."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import Address, AutoReply, Deflated, Inbound
from store import check, messages
from store.blobs import for_database
from tests.desk.office import MINUTE, START, SUPPORT, Office

_TABLES = {
    "customers": "id, name, language, first_contact_at, last_contact_at",
    "identities": "id, customer_id, address, name, last_used_at",
    "conversations": "id, customer_id, subject, status, channels, account_id, last_message_at,"
    " waiting_since, last_inbound_id, last_position, preview, messages, failed, related_id",
    "messages": "id, position, conversation_id, customer_id, direction, external_id, text, details",
    "ledger": "account_id, external_id, outcome, message_id",
    "awaited_messages": "external_id, conversation_id",
    "conversation_counts": "assignee, status, conversations",
    "suggestions": "customer_id, other_id, reason, evidence, message_id, state",
}


@st.composite
def mails(draw: st.DrawFn) -> list[Inbound]:
    """A few people who start, answer, repeat and quote what never came."""
    drawn: list[Inbound] = []
    for number in range(draw(st.integers(1, 12))):
        sender = draw(st.sampled_from(["ann@x.example", "bob@y.example", SUPPORT]))
        # Also what comes later, and what never comes.
        ids = ["", "", "lost@x.example", *(f"m{n}@x.example" for n in range(12) if n != number)]
        answered = draw(st.sampled_from(ids))
        outward = sender == SUPPORT and draw(st.booleans())
        mail = Inbound(
            external_id=f"INBOX/1/{number}",
            message_key=f"m{number}@x.example",
            content_hash=f"{number}",
            sender=Address(sender, draw(st.sampled_from(["", "Ann", "Ann Lee"]))),
            to=[Address("ann@x.example" if outward else SUPPORT)],
            direction="out" if outward else "in",
            subject=draw(st.sampled_from(["My order", "Re: My order", "Other"])),
            text=f"Please look into the mail with the number {number}",
            quoted=draw(
                st.sampled_from(["", "> Please look into the mail with the number 1", "> Nothing"])
            ),
            thread_index=draw(st.sampled_from(["", "", "aa", "bb"])),
            arrived_at=START + draw(st.integers(-3, 3)) * MINUTE,
            in_reply_to=answered,
            references=[answered] if answered else [],
            history=draw(st.booleans()),
            auto_reply=draw(st.sampled_from([None, None, AutoReply("out-of-office", "x")])),
        )
        if drawn and draw(st.integers(0, 5)) == 0:
            mail = replace(draw(st.sampled_from(drawn)), external_id=mail.external_id)
        drawn.append(mail)
    return drawn


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mails(), st.integers(2, 12))
def test_the_same_desk_from_any_batches(
    tmp_path_factory: pytest.TempPathFactory, arriving: list[Inbound], size: int
) -> None:
    alone = _taken(tmp_path_factory.mktemp("alone"), [[mail] for mail in arriving])
    together = _taken(
        tmp_path_factory.mktemp("together"),
        [arriving[first : first + size] for first in range(0, len(arriving), size)],
    )
    assert alone == together


def _taken(directory: Path, batches: Sequence[Sequence[Inbound]]) -> dict[str, list[object]]:
    with Office.open(directory) as office:
        for batch in batches:
            office.take(*batch)
        db = office.desk.db
        assert check.check(db, for_database(db)) == []
        found: dict[str, list[object]] = {
            table: db.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2").fetchall()
            for table, columns in _TABLES.items()
        }
        # Of each conversation and customer in the order in which it happened.
        found["events"] = db.execute(
            "SELECT conversation_id, customer_id, kind, actor, message_id, data FROM events"
            " ORDER BY conversation_id, customer_id, id"
        ).fetchall()
        return found


@st.composite
def threads(draw: st.DrawFn) -> list[Inbound]:
    """What a customer and we wrote each other, every mail naming the one it answers at least;
    some of them are not here."""
    drawn: list[Inbound] = []
    for number in range(draw(st.integers(2, 8))):
        parent = draw(st.sampled_from([None, *drawn]))
        above = [*parent.references, parent.message_key] if parent else []
        outward = draw(st.booleans())
        drawn.append(
            Inbound(
                external_id=f"INBOX/1/{number}",
                message_key=f"m{number}@x.example",
                content_hash=f"{number}",
                sender=Address(SUPPORT if outward else "ann@x.example"),
                to=[Address("ann@x.example" if outward else SUPPORT)],
                direction="out" if outward else "in",
                subject="My order",
                text=f"Mail number {number}",
                arrived_at=START + number * MINUTE,
                in_reply_to=above[-1] if above else "",
                references=above if draw(st.booleans()) else above[-1:],
                history=draw(st.booleans()),
            )
        )
    missing = draw(st.sets(st.integers(0, len(drawn) - 1), max_size=1))
    return [mail for number, mail in enumerate(drawn) if number not in missing]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(threads(), st.randoms(use_true_random=False), st.integers(1, 4))
def test_threads_are_the_same_in_whatever_order_their_mails_come(
    tmp_path_factory: pytest.TempPathFactory, sent: list[Inbound], dice: Random, size: int
) -> None:
    shuffled = dice.sample(sent, len(sent))
    together = [shuffled[first : first + size] for first in range(0, len(shuffled), size)]
    in_order = _together(tmp_path_factory.mktemp("order"), [[mail] for mail in sent])
    assert _together(tmp_path_factory.mktemp("shuffled"), together) == in_order


def _together(directory: Path, batches: Sequence[Sequence[Inbound]]) -> set[frozenset[str]]:
    """Which mails share a conversation."""
    with Office.open(directory) as office:
        for batch in batches:
            office.take(*batch)
        db = office.desk.db
        assert check.check(db, for_database(db)) == []
        found: dict[int, set[str]] = {}
        for conversation, key in db.execute("SELECT conversation_id, external_id FROM messages"):
            found.setdefault(conversation, set()).add(key)
        return {frozenset(keys) for keys in found.values()}


def test_a_lone_surrogate_in_the_middle_of_a_batch_loses_and_doubles_nothing(
    office: Office,
) -> None:
    letters = [office.letter(text=f"letter {n}") for n in range(5)]
    letters[3] = replace(letters[3], quoted="broken \udc80 charset")
    receipts = office.take(*letters)
    assert [receipt.outcome for receipt in receipts] == ["accepted"] * 5
    stored = messages.many(office.desk.db, [r.message_id for r in receipts if r.message_id])
    assert [message.text for message in stored] == [letter.text for letter in letters]
    assert "\udc80" not in stored[3].quoted
    assert messages.newest_id(office.desk.db) == stored[-1].id


def test_a_mail_that_comes_deflated_is_kept_as_it_was(office: Office) -> None:
    raw = b"From: joe@home.example\r\n\r\n" + b"all the same " * 100
    ready = Deflated(hashlib.sha256(raw).hexdigest(), len(raw), zlib.compress(raw))
    message = office.got(office.letter(raw=raw, deflated=ready))
    assert for_database(office.desk.db).read(office.desk.db, message.raw) == raw
    assert message.raw == office.got(office.letter(raw=raw)).raw
