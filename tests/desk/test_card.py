"""What a customer's card says, and that it says it by bounded work."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from config.model import CustomerField
from omnitui.desk.customers import card, people
from omnitui.desk.domains import is_provider
from omnitui.desk.view import customer_json
from store import claims, customers, identities, relations
from store.database import transaction
from store.driver import Connection
from store.model import Claim, CustomerId, Message
from tests.desk.office import DAY, MINUTE, Office

ANN, WORK = "ann@home.example", "ann@work.example"


def wrote(office: Office, who: str = ANN) -> Message:
    office.clock.pass_(MINUTE)
    return office.got(office.letter(f"Ann <{who}>"))


def chatted(office: Office, times: int = 1) -> Message:
    for _ in range(times):
        office.clock.pass_(MINUTE)
        came = office.got(office.line())
    return came


def facts(office: Office, customer: CustomerId) -> card.CardFacts:
    return card.card(office.desk, customer)


def test_the_channel_is_learned_from_the_days_on_which_they_write(office: Office) -> None:
    first = wrote(office)
    came = chatted(office, 20)
    with transaction(office.desk.db):
        identities.add(office.desk.db, came.customer_id, "email", "joe@home.example", at=1)
    assert facts(office, first.customer_id).preferred == card.Preferred("email", False, 1.0)
    assert facts(office, came.customer_id).preferred == card.Preferred("telegram", False, 1.0)
    # One day of much chat weighs as much as a day with a mail; two days of mail weigh more.
    for _ in range(2):
        office.clock.pass_(DAY)
        office.got(office.letter("Joe <joe@home.example>"))
    found = facts(office, came.customer_id).preferred
    assert found is not None
    assert (found.channel, found.by_hand) == ("email", False)
    assert 0.6 < found.share < 0.7
    # The last weeks count more than a year ago.
    office.clock.pass_(365 * DAY)
    chatted(office)
    found = facts(office, came.customer_id).preferred
    assert found is not None
    assert (found.channel, round(found.share, 2)) == ("telegram", 1.0)


def test_where_they_cannot_be_written_to_is_not_preferred(office: Office) -> None:
    came = wrote(office)
    [known] = identities.of(office.desk.db, came.customer_id)
    with transaction(office.desk.db):
        identities.flag(office.desk.db, known.id, "bounced: mailbox full")
    assert facts(office, came.customer_id).preferred is None
    with transaction(office.desk.db):
        customers.update(office.desk.db, came.customer_id, channel="telegram")
    assert facts(office, came.customer_id).preferred == card.Preferred("telegram", True, 0.0)


def test_who_belongs_to_them_is_an_agents_word_first(office: Office) -> None:
    db = office.desk.db
    ann, bob = wrote(office, "ann@works.example"), wrote(office, "bob@works.example")
    cat, dan = wrote(office, "cat@gmail.com"), wrote(office, "dan@gmail.com")
    with transaction(db):
        customers.update(db, ann.customer_id, company="Acme  Ltd.")
        customers.update(db, dan.customer_id, company="ACME Ltd.")
        relations.add(db, ann.customer_id, cat.customer_id, label="wife", agent="ann", at=1)
    said = facts(office, ann.customer_id)
    assert [(one.customer.id, one.label, one.why) for one in said.people] == [
        (cat.customer_id, "wife", "relation"),
        (dan.customer_id, "", "company"),
        (bob.customer_id, "", "domain"),
    ]
    assert said.more_people == 0
    assert [one.why for one in facts(office, cat.customer_id).people] == ["relation"]
    office.do(bob.conversation_id, f"customer merge {dan.customer_id} yes")
    assert [one.customer.id for one in facts(office, ann.customer_id).people] == [
        cat.customer_id,
        bob.customer_id,
    ]


@pytest.mark.parametrize("domain", ["gmail.com", "ukr.net", "gmx.de", "wp.pl", "azet.sk", "pm.me"])
def test_anybody_has_an_address_at_a_mail_provider(domain: str) -> None:
    assert is_provider(domain)


def test_the_fields_of_the_settings_come_first(office: Office) -> None:
    came = wrote(office)
    config = office.desk.config
    known = {
        "plan": CustomerField("plan", "Plan", "choice", ("basic", "more"), required=True),
        "city": CustomerField("city", "City"),
        "until": CustomerField("until", "Contract until", "date"),
    }
    office.desk = replace(
        office.desk,
        config=replace(config, customers=replace(config.customers, fields=known)),
    )
    with transaction(office.desk.db):
        customers.update(office.desk.db, came.customer_id, fields={"zoo": 1, "city": "Kyiv"})
    assert [(one.key, one.label, one.value) for one in facts(office, came.customer_id).fields] == [
        ("plan", "Plan", None),
        ("city", "City", "Kyiv"),
        ("zoo", "zoo", 1),
    ]


def test_claims_are_shown_until_they_are_proven(office: Office) -> None:
    came, db = chatted(office), office.desk.db
    with transaction(db):
        claims.keep(
            db, [Claim(came.customer_id, "email", ANN, "Ann@home.example", "form", came.id, 1)]
        )
    assert [one.shown for one in facts(office, came.customer_id).claims] == ["Ann@home.example"]
    with transaction(db):
        identities.add(db, came.customer_id, "email", ANN, proof="code", at=1)
    assert facts(office, came.customer_id).claims == ()


def test_the_command_line_tells_the_same(office: Office) -> None:
    came = wrote(office, "ann@works.example")
    wrote(office, "bob@works.example")
    shown = customer_json(office.desk, customers.get(office.desk.db, came.customer_id), full=True)
    assert shown["preferred_channel"] == {"channel": "email", "by_hand": False, "share": 1.0}
    assert [one["why"] for one in shown["people"]] == ["domain"]


def _grow(db: Connection, customer: CustomerId) -> None:
    """Somebody with many messages and conversations, of a large company."""
    numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {n})"
    with transaction(db):
        db.execute(
            f"{numbers.format(n=3000)} INSERT INTO conversations"
            " (customer_id, status, created_at, last_message_at)"
            " SELECT ?, iif(i % 2, 'open', 'closed'), i, i FROM n",
            (customer,),
        )
        db.execute(
            f"{numbers.format(n=2000)} INSERT INTO customers (name, company, company_key,"
            " created_at, last_contact_at) SELECT 'P' || i, 'Acme', 'acme', 1, i FROM n"
        )
        db.execute(
            "INSERT INTO identities (customer_id, channel, address, created_at, last_used_at)"
            " SELECT id, 'email', 'p' || id || '@works.example', 1, id FROM customers"
            " WHERE name LIKE 'P%'"
        )
        db.execute(
            f"{numbers.format(n=5000)} INSERT INTO messages (position, conversation_id,"
            " customer_id, channel, direction, state, sent_at, arrived_at, text)"
            " SELECT i, 1 + i % 3000, ?, 'email', 'in', 'received', i, i,"
            " 'x' FROM n",
            (customer,),
        )
        db.execute("ANALYZE")


@pytest.mark.parametrize("analysed", [False, True])
def test_no_query_reads_a_whole_table(office: Office, analysed: bool) -> None:
    came = wrote(office, "ann@works.example")
    db = office.desk.db
    with transaction(db):
        customers.update(db, came.customer_id, company="Acme")
    _grow(db, came.customer_id)
    if not analysed:
        db.execute("DELETE FROM sqlite_stat1")
        db.execute("ANALYZE sqlite_schema")
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    found = facts(office, came.customer_id)
    db.set_trace_callback(None)
    assert (len(found.matters), found.matters_more) == (8, 1493)
    assert (len(found.people), found.more_people) == (8, 2 * people.COUNTED - 100 - 8)
    read = {
        row[3]
        for statement in asked
        if statement.startswith(("SELECT", "WITH"))
        for row in db.execute(f"EXPLAIN QUERY PLAN {statement}")
    }
    # Accounts are a handful; the others are not tables.
    small = re.compile(r"SCAN (accounts|a|json_each|theirs|CONSTANT|\(subquery|\d)")
    assert [
        step for step in sorted(read) if step.startswith("SCAN") and not small.match(step)
    ] == []
    assert len(asked) < 60, asked
