"""What agents do to a customer's card, and that every step of it can be taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config.model import CustomerField, CustomerSettings
from omnitui.desk import commands
from omnitui.desk.command import CommandError, Done
from omnitui.desk.commands import NeedsConfirmation
from omnitui.desk.session import OwnDraft, Session
from store import customer_notes, customers, identities, relations
from store.database import transaction
from store.errors import StoreError
from store.model import Customer, CustomerId, Identity
from tests.desk.office import DAY, Office


class Cards:
    """Customers worked on by number, as those without a conversation are."""

    def __init__(self, office: Office) -> None:
        fields = {
            "plan": CustomerField("plan", "Plan", "choice", ("basic", "business")),
            "until": CustomerField("until", "Contract until", "date"),
            "vip": CustomerField("vip", "VIP", "yes-no"),
        }
        settings = CustomerSettings(fields=fields)
        config = replace(office.desk.config, customers=settings)
        self.desk = replace(office.desk, config=config)
        self.db = office.desk.db
        self.office = office
        with transaction(self.db):
            self.ann = customers.create(self.db, name="Ann Lee", at=office.clock.at)
            self.bob = customers.create(self.db, name="Bob Ray", at=office.clock.at)

    def do(self, line: str, customer: CustomerId | None = None, **more: bool) -> Done:
        session = Session(self.desk, None, OwnDraft(), customer=customer or self.ann, **more)
        with transaction(self.db):
            return commands.run(session, line)

    def card(self, customer: CustomerId | None = None) -> Customer:
        return customers.get(self.db, customer or self.ann)

    def addresses(self, customer: CustomerId | None = None) -> list[Identity]:
        return identities.of(self.db, customer or self.ann)

    def face(self) -> object:
        """What there is to see of Ann."""
        there = [(one.channel, one.address, one.proof, one.flag, one.name, one.last_used_at)
                 for one in self.addresses()]  # fmt: skip
        notes = [
            (one.id, one.author, one.text, one.at) for one in customers.notes(self.db, self.ann)
        ]
        kin = [
            (one.customer_id, one.other_id, one.label) for one in relations.of(self.db, self.ann)
        ]
        return self.card(), there, notes, kin


@pytest.fixture
def cards(office: Office) -> Cards:
    return Cards(office)


@pytest.mark.parametrize(
    "line",
    [
        "customer name Anna Lee",
        "customer company Acme",
        "customer language uk",
        "customer timezone Europe/Kyiv",
        "customer field Plan bus",
        "customer field vip так",
        "customer field until 1.12.2026",
        "customer field shoes 42 wide",
        "customer field old 'it''s'",
        "customer field old",
        "customer field until",
        "customer set-field seats 12",
        "customer tag vip",
        "customer untag there",
        "customer note edit 1 it is so",
        "customer note delete 1",
        "customer note edit the invoice first",
        "customer note delete that, please",
        "customer address ann@new.example",
        "customer address phone +380671234567",
        "customer address +380 67 123 4567",
        "customer address remove ann@home.example",
        "customer address remove 77 telegram",
        "customer channel telegram",
        "customer relate 2 'her assistant'",
        "customer relate 2",
        "customer related-by 2 boss",
        "customer unrelate 2",
        "customer verify ann@home.example",
        "customer unverify 77",
    ],
)
def test_every_change_of_a_card_can_be_taken_back(cards: Cards, line: str) -> None:
    with transaction(cards.db):
        customers.update(cards.db, cards.ann, fields={"old": "it's", "until": "some day"})
        customers.add_tag(cards.db, cards.ann, "there")
        customers.add_note(cards.db, cards.ann, "zoe", "It's\nold", cards.office.clock.at)
        at = cards.office.clock.at
        mail = identities.add(cards.db, cards.ann, "email", "ann@home.example", name="Ann", at=at)
        identities.flag(cards.db, mail.id, "bounced: mailbox full")
        chat = identities.add(cards.db, cards.ann, "telegram", "77", proof="platform", at=at)
        identities.touch(cards.db, chat.id, at)
        if "unrelate" in line:
            relations.add(cards.db, cards.ann, cards.bob, label="boss", agent="zoe", at=at)
            relations.add(cards.db, cards.bob, cards.ann, agent="zoe", at=at)
        else:
            relations.add(cards.db, cards.ann, cards.bob, label="boss", agent="zoe", at=at)
    before = cards.face()
    done = cards.do(line)
    after = cards.face()
    assert after != before, line
    assert done.message
    again = cards.do(done.undo)
    assert cards.face() == before, (line, done.undo)
    if again.undo:
        cards.do(again.undo)
        assert _without_note_numbers(cards.face()) == _without_note_numbers(after), again.undo


def _without_note_numbers(face: object) -> object:
    assert isinstance(face, tuple)
    return (*face[:2], [note[1:3] for note in face[2]], *face[3:])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("customer field plan golden", "is not one of basic, business"),
        ("customer field until soon", "no date"),
        ("customer field company Acme", "customer company"),
        ("customer set-field x {}", "a text, a number"),
        ("customer set-field x {", "no JSON"),
        ("customer note", "missing"),
        ("customer note edit 99 x", "no note 99"),
        ("customer note restore 99", "no note 99"),
        ("customer address emial ann@x.example", "“email”"),
        ("customer address ann", "Which channel"),
        ("customer address phone 12", "no telephone number"),
        ("customer address telegram @ann", "goes into a field"),
        ("customer address email bob@home.example", "customer merge 2"),
        ("customer address remove nobody@x.example", "no address"),
        ("customer address restore nobody@x.example", "was not on this card"),
        ("customer channel email", "no address in “email”"),
        ("customer language ua", "“uk”"),
        ("customer relate 1 self", "this customer"),
        ("customer relate 77", "no customer 77"),
        ("customer unrelate 2", "not noted"),
        ("customer discard 1", "another one first"),
        ("customer new", "missing"),
        ("close", "no conversation yet"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    cards: Cards, line: str, said: str
) -> None:
    with transaction(cards.db):
        identities.add(cards.db, cards.bob, "email", "bob@home.example", at=1)
    before = cards.face()
    with pytest.raises((CommandError, StoreError)) as error:
        cards.do(line)
    assert said in str(error.value)
    assert cards.face() == before


def test_a_mistyped_field_is_asked_about_once(cards: Cards) -> None:
    with pytest.raises(NeedsConfirmation, match="“plan”"):
        cards.do("customer field plna basic")
    cards.do("customer field plna basic", confirmed=True)
    cards.do("customer field plna business")
    assert cards.card().fields == {"plna": "business"}


def test_a_language_set_by_hand_stays_until_it_may_be_learned(cards: Cards) -> None:
    cards.do("customer language pl")
    assert (cards.card().language, cards.card().language_set) == ("pl", True)
    cards.do("customer language auto")
    assert (cards.card().language, cards.card().language_set) == ("", False)


def test_notes_keep_their_author_and_the_log_says_who_without_saying_what(
    cards: Cards, office: Office
) -> None:
    note = cards.do("customer note call her at noon").undo.split()[-1]
    office.clock.pass_(DAY)
    zoe = replace(cards.desk, agent="zoe")
    with transaction(cards.db):
        session = Session(zoe, None, OwnDraft(), customer=cards.ann)
        commands.run(session, f"customer note edit {note} call him at noon")
    (found,) = customers.notes(cards.db, cards.ann)
    assert (found.author, found.edited_by) == ("ann", "zoe")
    assert found.edited_at == found.at + DAY
    cards.do(f"customer note delete {note}")
    assert customers.notes(cards.db, cards.ann) == []
    with pytest.raises(StoreError):
        cards.do(f"customer note restore {note}", cards.bob)
    log = office.log("customer.noted")
    assert [(e.actor, e.data.get("change")) for e in log] == [
        ("ann", None), ("zoe", "edited"), ("ann", "deleted"),
    ]  # fmt: skip
    assert not any("noon" in str(e.data) for e in log)
    office.clock.pass_(31 * DAY)
    other = cards.do("customer note another").undo
    cards.do(other)
    with pytest.raises(StoreError):
        customer_notes.deleted(cards.db, int(note))


def test_a_removed_address_leaves_what_was_written(office: Office) -> None:
    first = office.got(office.letter("Joe <joe@home.example>"))
    office.do(first.conversation_id, "customer address remove joe@home.example")
    assert office.texts(first.conversation_id) == ["Hello"]
    next_ = office.got(office.letter("Joe <joe@home.example>", "Another matter"))
    assert next_.customer_id != first.customer_id
    with pytest.raises(CommandError, match=f"customer merge {next_.customer_id}"):
        office.do(first.conversation_id, "customer address restore joe@home.example")


def test_a_customer_is_made_and_unmade_while_nothing_came_of_it(cards: Cards) -> None:
    done = cards.do("customer new Zoë Kay zoe@home.example +380 67 123 45 67")
    zoe = CustomerId(int(done.undo.split()[-1]))
    assert cards.card(zoe).name == "Zoë Kay"
    assert {(one.channel, one.address, one.proof) for one in cards.addresses(zoe)} == {
        ("email", "zoe@home.example", "agent"),
        ("phone", "+380671234567", "agent"),
    }
    assert customers.find(cards.db, "kay")[0].id == zoe
    with pytest.raises(CommandError, match=f"customer merge {zoe}"):
        cards.do("customer new Zoe zoe@home.example")
    cards.do(done.undo)
    assert customers.find(cards.db, "kay") == []
    letter = cards.office.got(cards.office.letter("Zoe <zoe@home.example>"))
    with pytest.raises(CommandError, match="customer erase"):
        cards.do(f"customer discard {letter.customer_id}")


@pytest.mark.parametrize("typed", ["067 123", "+380 67 123 45 67", "0671234567", "(067) 123-45"])
def test_a_telephone_number_is_found_as_people_write_it(cards: Cards, typed: str) -> None:
    cards.do("customer address phone +380671234567")
    assert [one.id for one in customers.find(cards.db, typed)] == [cards.ann]
    assert customers.find(cards.db, "067 999") == []


def test_who_belongs_to_somebody_belongs_to_who_they_became(cards: Cards) -> None:
    with transaction(cards.db):
        zoe = customers.create(cards.db, name="Zoe", at=cards.office.clock.at)
    cards.do(f"customer relate {cards.bob} assistant")
    cards.do(f"customer merge {cards.ann} yes", zoe)

    def kin(who: CustomerId) -> list[tuple[int, int, str]]:
        return [(one.customer_id, one.other_id, one.label) for one in relations.of(cards.db, who)]

    assert kin(zoe) == kin(cards.bob) == [(zoe, cards.bob, "assistant")]
    cards.do(f"customer relate {cards.bob} boss", zoe)
    assert kin(cards.bob) == [(zoe, cards.bob, "boss")]
    again = cards.do(f"customer unrelate {zoe}", cards.bob)
    assert kin(zoe) == []
    cards.do(again.undo, cards.bob)
    assert kin(zoe) == [(zoe, cards.bob, "boss")]
    cards.do(f"customer merge {cards.bob} yes", zoe)
    assert kin(zoe) == []
