"""Two customers that are one person, and what is put right when they are not."""

from __future__ import annotations

from typing import Any

import pytest

from omnitui.desk.command import CommandError
from omnitui.desk.persons import merging
from omnitui.desk.session import NeedsConfirmation
from store import (
    claims,
    conversations,
    customers,
    events,
    identities,
    messages,
    relations,
    search,
    suggestions,
)
from store import merging as store_merging
from store.blobs import for_database
from store.check import check
from store.database import transaction
from store.errors import NotFound
from store.model import Claim, CustomerId, Message
from tests.desk.office import MINUTE, Office

ANN, WORK, BOB = "ann@home.example", "ann@work.example", "bob@elsewhere.example"


def wrote(office: Office, who: str = ANN, **more: Any) -> Message:
    office.clock.pass_(MINUTE)
    return office.got(office.letter(f"Ann <{who}>", **more))


def sound(office: Office) -> None:
    assert check(office.desk.db, for_database(office.desk.db)) == []


def everything(office: Office) -> dict[str, list[Any]]:
    """What a merge that was taken back must have left as it was."""
    db = office.desk.db
    tables = {
        "customers": "*", "identities": "*", "customer_tags": "*", "customer_notes": "*",
        "conversations": "*", "messages": "*", "conversation_tags": "*",
        "suggestions": "id, kind, customer_id, other_id, reason, evidence, state",
    }  # fmt: skip
    return {
        name: sorted(map(repr, db.execute(f"SELECT {columns} FROM {name}").fetchall()))
        for name, columns in tables.items()
    }


def test_everything_of_both_is_on_one_card(office: Office) -> None:
    first, second = wrote(office), wrote(office, WORK, text="From my desk")
    office.do(second.conversation_id, "customer company Lee & Sons", "customer tag vip",
              "customer note 'likes tea'", "customer field city Kyiv")  # fmt: skip
    done = office.do(first.conversation_id, f"customer merge {second.customer_id} yes")
    card = customers.get(office.desk.db, first.customer_id)
    assert (card.company, card.tags, dict(card.fields)) == (
        "Lee & Sons", ("vip",), {"city": "Kyiv"}
    )  # fmt: skip
    assert {one.address for one in identities.of(office.desk.db, card.id)} == {ANN, WORK}
    assert [one.id for one in messages.timeline(office.desk.db, card.id)] == [first.id, second.id]
    assert [note.text for note in customers.notes(office.desk.db, card.id)] == ["likes tea"]
    assert card.conversations == 2
    assert wrote(office, WORK).customer_id == card.id
    event = office.log("customer.merged")[-1]
    assert event.data["conversations"] == [second.conversation_id]
    assert event.data["messages"] == [second.id]
    assert done.undo == f"customer unmerge {event.data['merge']}"
    sound(office)


def test_who_was_merged_is_found_as_the_other(office: Office) -> None:
    first, second = wrote(office), wrote(office, WORK)
    office.do(second.conversation_id, "customer name 'Annabel Workwise'")
    office.do(first.conversation_id, f"customer merge {second.customer_id} yes")
    db = office.desk.db
    assert [one.id for one in customers.find(db)] == [first.customer_id]
    assert [one.id for one in customers.find(db, "work.example")] == [first.customer_id]
    assert customers.current(db, second.customer_id) == first.customer_id
    hits = search.search(db, f"customer:{first.customer_id}")
    assert {hit.message_id for hit in hits} == {first.id, second.id}
    hits = search.search(db, f"customer:{second.customer_id}")
    assert {hit.message_id for hit in hits} == {first.id, second.id}


def test_a_merge_is_asked_about(office: Office) -> None:
    first, second = wrote(office), wrote(office, WORK)
    with pytest.raises(NeedsConfirmation, match=WORK):
        office.do(first.conversation_id, f"customer merge {second.customer_id}")
    office.do(first.conversation_id, f"customer merge {second.customer_id}", confirmed=True)
    with pytest.raises(CommandError, match="one customer already"):
        office.do(first.conversation_id, f"customer merge {second.customer_id} yes")
    with pytest.raises(NotFound):
        office.do(first.conversation_id, "customer merge 999 yes")


def test_taken_back_at_once_all_is_as_it_was(office: Office) -> None:
    first, second = wrote(office), wrote(office, WORK)
    for line in ("customer tag both", "customer note n"):
        office.do(first.conversation_id, line)
        office.do(second.conversation_id, line)
    office.do(second.conversation_id, "customer company Sons", "customer field city Kyiv", "close")
    office.do(second.conversation_id, "customer address telegram 42")
    office.do(first.conversation_id, "customer field telegram @mine", "customer field list [1]")
    before = everything(office)
    done = office.do(first.conversation_id, f"customer merge {second.customer_id} yes")
    office.do(first.conversation_id, done.undo)
    assert everything(office) == before
    assert len(customers.find(office.desk.db, "example")) == 2
    sound(office)


def test_what_came_since_goes_to_whose_address_it_came_by(office: Office) -> None:
    first, second = wrote(office), wrote(office, WORK)
    office.do(first.conversation_id, f"customer merge {second.customer_id} yes")
    answered = office.sent(second.conversation_id, "To my desk")
    # A thread with both: Ann answers from home what was written from work.
    mixed = wrote(office, ANN, in_reply_to=second.external_id)
    own = wrote(office, WORK, subject="New at work")
    assert mixed.conversation_id == second.conversation_id
    office.do(first.conversation_id, "customer unmerge")
    db = office.desk.db
    at_work = [one.id for one in messages.timeline(db, second.customer_id)]
    at_home = [one.id for one in messages.timeline(db, first.customer_id)]
    assert at_work == [second.id, answered.id, own.id]
    assert at_home == [first.id, mixed.id]
    parted = messages.get(db, mixed.id).conversation_id
    assert conversations.get(db, parted).related_id == second.conversation_id
    sound(office)


def test_conversations_joined_since_come_apart(office: Office) -> None:
    first, second = wrote(office), wrote(office, WORK)
    office.do(first.conversation_id, f"customer merge {second.customer_id} yes")
    office.do(second.conversation_id, f"join {first.conversation_id}")
    assert office.conversation(second.conversation_id).messages == 0
    office.do(first.conversation_id, "customer unmerge")
    assert office.texts(second.conversation_id) == [second.text]
    assert office.conversation(second.conversation_id).status == "open"
    assert office.conversation(second.conversation_id).customer_id == second.customer_id
    assert office.texts(first.conversation_id) == [first.text]
    sound(office)


def test_joined_the_other_way_they_come_apart_as_well(office: Office) -> None:
    first, second = wrote(office), wrote(office, WORK)
    office.do(first.conversation_id, f"customer merge {second.customer_id} yes")
    office.do(first.conversation_id, f"join {second.conversation_id}")
    office.do(second.conversation_id, "customer unmerge")
    assert office.texts(first.conversation_id) == [first.text]
    assert office.conversation(first.conversation_id).customer_id == first.customer_id
    assert office.texts(second.conversation_id) == [second.text]
    sound(office)


def test_what_was_given_to_a_third_stays_there(office: Office) -> None:
    first, second, third = wrote(office), wrote(office, WORK), wrote(office, BOB)
    office.do(first.conversation_id, f"customer merge {second.customer_id} yes")
    office.do(second.conversation_id, f"customer switch {third.customer_id}")
    office.do(first.conversation_id, "customer unmerge")
    assert office.conversation(second.conversation_id).customer_id == third.customer_id
    sound(office)


def test_merges_are_taken_back_in_any_order(office: Office) -> None:
    a, b, c = wrote(office), wrote(office, WORK), wrote(office, BOB)
    office.do(a.conversation_id, "customer tag first", "customer company Sons")
    before = everything(office)
    office.do(b.conversation_id, f"customer merge {a.customer_id} yes")
    office.do(c.conversation_id, f"customer merge {b.customer_id} yes")
    assert customers.current(office.desk.db, a.customer_id) == c.customer_id
    office.do(c.conversation_id, "customer unmerge 1")
    assert office.conversation(a.conversation_id).customer_id == a.customer_id
    assert office.conversation(b.conversation_id).customer_id == c.customer_id
    assert customers.get(office.desk.db, c.customer_id).tags == ()
    office.do(c.conversation_id, "customer unmerge 2")
    assert everything(office) == before
    with pytest.raises(CommandError, match="already"):
        office.do(c.conversation_id, "customer unmerge 2")
    with pytest.raises(CommandError, match="Nobody"):
        office.do(c.conversation_id, "customer unmerge")


def test_who_was_parted_from_both_and_came_back_another_way_stays(office: Office) -> None:
    a, b, c = wrote(office), wrote(office, WORK), wrote(office, BOB)
    office.do(a.conversation_id, f"customer merge {c.customer_id} yes")
    office.do(b.conversation_id, f"customer merge {a.customer_id} yes")
    office.do(b.conversation_id, "customer unmerge 1")
    assert office.conversation(c.conversation_id).customer_id == c.customer_id
    office.do(c.conversation_id, f"customer merge {b.customer_id} yes")
    office.do(c.conversation_id, "customer unmerge 2")
    assert office.conversation(c.conversation_id).customer_id == c.customer_id
    assert messages.get(office.desk.db, c.id).customer_id == c.customer_id
    assert office.conversation(a.conversation_id).customer_id == a.customer_id
    sound(office)


def test_a_card_keeps_what_an_agent_has_changed_since(office: Office) -> None:
    first, second = wrote(office), wrote(office, WORK)
    office.do(second.conversation_id, "customer company Sons", "customer field city Kyiv")
    office.do(first.conversation_id, f"customer merge {second.customer_id} yes")
    office.do(first.conversation_id, "customer company Daughters", "customer field city Lviv")
    office.do(first.conversation_id, "customer unmerge")
    here = customers.get(office.desk.db, first.customer_id)
    there = customers.get(office.desk.db, second.customer_id)
    assert (here.company, here.fields["city"]) == ("Daughters", "Lviv")
    assert (there.company, there.fields["city"]) == ("Sons", "Kyiv")


def _card(office: Office, customer: int) -> tuple[Any, ...]:
    card = customers.get(office.desk.db, CustomerId(customer))
    said = (card.name, card.company, card.language, card.language_set, card.channel)
    return (*said, dict(card.fields))


def _two_that_differ(office: Office) -> tuple[Message, Message]:
    first, second = wrote(office), wrote(office, WORK)
    for line in ("customer name Ann", "customer company Sons", "customer field city Kyiv"):
        office.do(first.conversation_id, line)
    for line in (
        "customer name 'Ann Lee'", "customer company Daughters", "customer field city Lviv",
        "customer field pet cat", "customer language uk", "customer channel email",
    ):  # fmt: skip
        office.do(second.conversation_id, line)
    return first, second


def test_conflicts_are_told_and_chosen(office: Office) -> None:
    first, second = _two_that_differ(office)
    found = merging.conflicts(office.desk, second.customer_id, first.customer_id)
    assert [(one.name, one.label, one.theirs, one.ours) for one in found] == [
        ("name", "Name", "Ann Lee", "Ann"),
        ("company", "Company", "Daughters", "Sons"),
        ("city", "city", "Lviv", "Kyiv"),
    ]
    other, home = second.customer_id, first.conversation_id
    assert "city=theirs" in office.do(home, f"customer conflicts {other}").message
    with pytest.raises(NeedsConfirmation, match="Company: “Sons” stays"):
        office.do(home, f"customer merge {other}")
    with pytest.raises(CommandError, match="do not differ in “language”"):
        office.do(home, f"customer merge {other} yes language=theirs")
    with pytest.raises(CommandError, match="neither"):
        office.do(home, f"customer merge {other} yes please")
    before = everything(office)
    done = office.do(home, f"customer merge {other} yes NAME=theirs city=theirs company=ours")
    merged = ("Ann Lee", "Sons", "uk", True, "email", {"city": "Lviv", "pet": "cat"})
    assert _card(office, first.customer_id) == merged
    again = office.do(home, done.undo)
    assert everything(office) == before
    assert _card(office, first.customer_id) == ("Ann", "Sons", "", False, "", {"city": "Kyiv"})
    office.do(home, again.undo)
    assert _card(office, first.customer_id) == merged
    sound(office)


def test_what_was_taken_goes_back_but_for_what_was_changed_since(office: Office) -> None:
    first, second = _two_that_differ(office)
    line = f"customer merge {second.customer_id} yes name=theirs company=theirs city=theirs"
    office.do(first.conversation_id, line)
    office.do(first.conversation_id, "customer company 'Sons & Daughters'")
    office.do(first.conversation_id, "customer unmerge")
    home = ("Ann", "Sons & Daughters", "", False, "", {"city": "Kyiv"})
    assert _card(office, first.customer_id) == home
    away = ("Ann Lee", "Daughters", "uk", True, "email", {"city": "Lviv", "pet": "cat"})
    assert _card(office, second.customer_id) == away


def test_what_was_taken_twice_goes_back_step_by_step(office: Office) -> None:
    (first, second), third = _two_that_differ(office), wrote(office, BOB)
    office.do(first.conversation_id, f"customer merge {second.customer_id} yes city=theirs")
    office.do(third.conversation_id, f"customer merge {first.customer_id} yes")
    assert _card(office, third.customer_id)[5] == {"city": "Lviv", "pet": "cat"}
    office.do(third.conversation_id, "customer unmerge 1")
    assert _card(office, third.customer_id) == ("Ann", "Sons", "", False, "", {"city": "Kyiv"})
    office.do(third.conversation_id, "customer unmerge 2")
    assert _card(office, third.customer_id) == ("Ann", "", "", False, "", {})
    assert _card(office, first.customer_id) == ("Ann", "Sons", "", False, "", {"city": "Kyiv"})


def test_a_guessed_language_gives_way_to_an_agents_word(office: Office) -> None:
    first, second = wrote(office, text="Hello, where is my order please?"), wrote(office, WORK)
    office.do(second.conversation_id, "customer language uk")
    assert merging.conflicts(office.desk, second.customer_id, first.customer_id) == ()
    office.do(first.conversation_id, f"customer merge {second.customer_id} yes")
    assert _card(office, first.customer_id)[2:4] == ("uk", True)
    office.do(first.conversation_id, "customer unmerge")
    assert _card(office, first.customer_id)[2:4] == ("en", False)


def test_relations_and_claims_are_theirs_again(office: Office) -> None:
    first, second, third = wrote(office), wrote(office, WORK), wrote(office, BOB)
    db = office.desk.db
    office.do(second.conversation_id, f"customer relate {third.customer_id} assistant")
    office.do(second.conversation_id, f"customer relate {first.customer_id} sister")
    with transaction(db):
        claims.keep(db, [Claim(second.customer_id, "phone", "+48", "48", "form", second.id, 1)])
    office.do(first.conversation_id, f"customer merge {second.customer_id} yes")

    def seen(customer: CustomerId) -> list[tuple[int, int, str]]:
        return [(one.customer_id, one.other_id, one.label) for one in relations.of(db, customer)]

    both = [(first.customer_id, third.customer_id, "assistant")]
    assert seen(first.customer_id) == seen(third.customer_id) == both
    assert [one.value for one in claims.of(db, first.customer_id)] == ["+48"]
    office.do(first.conversation_id, "customer unmerge")
    assert seen(first.customer_id) == [(second.customer_id, first.customer_id, "sister")]
    assert {label for *_ends, label in seen(second.customer_id)} == {"assistant", "sister"}
    assert claims.of(db, first.customer_id) == []
    # What is taken back while they are one is gone for both.
    office.do(first.conversation_id, f"customer merge {second.customer_id} yes")
    done = office.do(first.conversation_id, f"customer unrelate {third.customer_id}")
    assert seen(third.customer_id) == []
    office.do(first.conversation_id, done.undo)
    assert seen(third.customer_id) == both


def test_notes_and_tags_since_stay_with_who_has_them(office: Office) -> None:
    first, second = wrote(office), wrote(office, WORK)
    office.do(second.conversation_id, "customer note before", "customer tag old")
    office.do(first.conversation_id, f"customer merge {second.customer_id} yes")
    office.clock.pass_(MINUTE)
    office.do(first.conversation_id, "customer note since", "customer tag new")
    done = office.do(first.conversation_id, "customer unmerge")
    assert "1 note written since stays with" in done.message
    db = office.desk.db
    for customer, notes, tags in (
        (first.customer_id, ["since"], ("new",)),
        (second.customer_id, ["before"], ("old",)),
    ):
        assert [one.text for one in customers.notes(db, customer)] == notes
        assert customers.get(db, customer).tags == tags


def test_a_suggestion_is_accepted_and_that_is_taken_back(office: Office) -> None:
    first, second, third = wrote(office), wrote(office, WORK), wrote(office, BOB)
    db = office.desk.db
    with transaction(db):
        for other in (second, third):
            suggestions.same_person(
                db, other.customer_id, first.customer_id, "claims-address", evidence={}, at=1
            )
        suggestions.same_person(
            db, third.customer_id, second.customer_id, "answered-our-mail", evidence={}, at=1
        )
    before = everything(office)
    done = office.do(first.conversation_id, "suggestion accept 1")
    assert suggestions.get(db, 1).state == "accepted"
    about = suggestions.of_customer(db, third.customer_id)
    assert [(one.reason, one.other_id) for one in about] == [
        ("answered-our-mail", first.customer_id), ("claims-address", first.customer_id)
    ]  # fmt: skip
    office.do(first.conversation_id, done.undo)
    assert everything(office) == before


def suggested(office: Office, one: Message, other: Message) -> None:
    with transaction(office.desk.db):
        suggestions.same_person(
            office.desk.db, one.customer_id, other.customer_id, "claims-address", evidence={}, at=1
        )


@pytest.mark.parametrize("worked_on", ["", "newer", "both"])
def test_whoever_is_in_view_the_card_that_is_worked_on_or_older_stays(
    office: Office, worked_on: str
) -> None:
    older, newer = wrote(office), office.got(office.letter(f"Impostor <{WORK}>"))
    db = office.desk.db
    for message, name in ((older, "both"), (newer, "newer both")):
        if worked_on and worked_on in name:
            office.do(message.conversation_id, "customer field plan business", "customer tag vip")
    office.do(older.conversation_id, "status pending")
    suggested(office, newer, older)
    stays, goes = (newer, older) if worked_on == "newer" else (older, newer)
    before = everything(office)
    for view in (older, newer):
        done = office.do(view.conversation_id, "suggestion accept")
        (made,) = store_merging.into(db, stays.customer_id, limit=5)
        assert made.source_id == goes.customer_id
        name = "Impostor" if stays == newer else "Ann"
        assert customers.get(db, stays.customer_id).name == name
        assert ("This customer is" in done.message) == (view == goes)
        again = office.do(view.conversation_id, done.undo)
        assert everything(office) == before
        office.do(view.conversation_id, again.undo, f"customer unmerge {made.id + 1}")
        assert everything(office) == before
    sound(office)


def test_a_suggestion_about_others_is_not_taken_from_here(office: Office) -> None:
    first, second, third = wrote(office), wrote(office, WORK), wrote(office, BOB)
    suggested(office, second, third)
    with pytest.raises(CommandError, match="about other customers"):
        office.do(first.conversation_id, "suggestion accept 1")


def test_a_suggestion_is_dismissed_and_that_is_taken_back(office: Office) -> None:
    first, second = wrote(office), wrote(office, WORK)
    db = office.desk.db
    with transaction(db):
        suggestions.same_person(
            db, second.customer_id, first.customer_id, "claims-address", evidence={}, at=1
        )
    done = office.do(first.conversation_id, "suggestion dismiss 1")
    assert suggestions.of_customer(db, first.customer_id) == []
    with pytest.raises(CommandError, match="decided"):
        office.do(first.conversation_id, "suggestion accept 1")
    office.do(first.conversation_id, done.undo)
    assert len(suggestions.of_customer(db, first.customer_id)) == 1


def test_the_timeline_tells_what_happened_to_both(office: Office) -> None:
    first, second = wrote(office), wrote(office, WORK)
    db = office.desk.db
    with transaction(db):
        events.append(
            db, "customer", "chat.started", at=office.clock.at, customer_id=second.customer_id
        )
    office.do(first.conversation_id, f"customer merge {second.customer_id} yes")
    kinds = [one.kind for one in events.shown(db, first.customer_id, 0, office.clock.at + 1)]
    assert kinds == ["chat.started", "customer.merged"]
    office.do(first.conversation_id, "customer unmerge")
    for customer, kinds in (
        (first.customer_id, ["customer.merged", "customer.unmerged"]),
        (second.customer_id, ["chat.started", "customer.unmerged"]),
    ):
        shown = events.shown(db, customer, 0, office.clock.at + 1)
        assert [one.kind for one in shown] == kinds
