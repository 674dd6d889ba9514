"""What a web chat tells and is no message: forms, sign-ins, ends, and who is kept out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config.model import AgentSettings
from omnitui.desk import view
from omnitui.desk.command import CommandError
from omnitui.desk.replying import outbox
from omnitui.desk.session import NeedsConfirmation
from omnitui.desk.visiting import attendance
from omnitui.tui.words.event_words import event_words
from store import (
    barred,
    customers,
    events,
    identities,
    ledger,
    merging,
    messages,
    suggestions,
    visits,
)
from store.model import CustomerId, Message
from tests.desk.office import HOUR, MINUTE
from tests.desk.visiting import Site, Visitor


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site.open(tmp_path) as opened:
        yield opened


def customer(site: Site, visitor: Visitor) -> CustomerId:
    found = identities.find(site.office.desk.db, "webchat", visitor.id)
    assert found is not None
    return found.customer_id


def channels(site: Site, id_: CustomerId) -> set[tuple[str, str, str]]:
    return {(i.channel, i.address, i.proof) for i in identities.of(site.office.desk.db, id_)}


def mailed(site: Site, address: str = "ann@home.example", **more: object) -> Message:
    return site.office.got(site.office.letter(f"Ann <{address}>", proofs=("dmarc",), **more))


# -- forms


def test_a_form_makes_a_customer_and_proves_nothing(site: Site) -> None:
    ann = Visitor(site)
    receipt = site.take(
        ann.notice("form", fields={"name": "Ann Lee", "email": "ann@home.example", "order": "42"})
    )[0]
    assert receipt.outcome == "accepted"
    id_ = customer(site, ann)
    assert customers.get(site.office.desk.db, id_).name == "Ann Lee"
    assert channels(site, id_) == {("webchat", "v_ann7", "platform")}
    visit = visits.get(site.office.desk.db, site.account.id, "v_ann7")
    assert visit is not None
    assert visit.form == {"name": "Ann Lee", "email": "ann@home.example", "order": "42"}
    assert suggestions.of_customer(site.office.desk.db, id_) == []
    event = site.office.log("chat.event")[-1]
    assert (event.data["event"], event.data["fields"]["order"]) == ("form", "42")
    # The message that follows is theirs, and the form opened nothing by itself.
    message = site.got(ann.says())
    assert (message.customer_id, message.author_address) == (id_, "v_ann7")


def test_a_name_from_a_form_never_replaces_one(site: Site) -> None:
    ann = Visitor(site)
    site.take(ann.notice("form", fields={"name": "Ann"}))
    site.take(ann.notice("form", fields={"name": "Mallory", "more": "x"}))
    assert customers.get(site.office.desk.db, customer(site, ann)).name == "Ann"
    visit = visits.get(site.office.desk.db, site.account.id, "v_ann7")
    assert visit is not None
    assert visit.form == {"name": "Mallory", "more": "x"}


@pytest.mark.parametrize("fields", [None, [], {}, {"": ""}, {"name": 7, "x": None}])
def test_a_strange_form_is_taken(site: Site, fields: object) -> None:
    ann = Visitor(site)
    assert site.take(ann.notice("form", fields=fields))[0].outcome == "accepted"


@pytest.mark.parametrize("typed", ["ann@home.example", "ANN@home.example"])
def test_an_impostor_s_form_links_nothing_now_or_later(site: Site, typed: str) -> None:
    real = mailed(site)
    mallory = Visitor(site, "v_mallory")
    site.take(mallory.notice("form", fields={"name": "Ann", "email": typed}))
    message = site.got(mallory.says("What did I write to you?"))
    assert message.customer_id != real.customer_id
    assert message.conversation_id != real.conversation_id
    (suggested,) = suggestions.of_customer(site.office.desk.db, real.customer_id)
    assert suggested.reason == "claims-address"
    assert suggested.evidence["evidence"] == "form"
    # Later mail of the real one, and another form, change nothing.
    again = mailed(site, text="Me again")
    site.take(mallory.notice("form", fields={"email": typed}))
    assert again.customer_id == real.customer_id
    assert site.got(mallory.says("Hm")).customer_id == message.customer_id
    assert channels(site, message.customer_id) == {("webchat", "v_mallory", "platform")}
    assert merging.standing(site.office.desk.db) == []


def test_a_phone_in_a_form_is_suggested(site: Site) -> None:
    real = mailed(site)
    site.office.do(real.conversation_id, "customer address phone +380441234567")
    ann = Visitor(site)
    site.take(ann.notice("form", fields={"phone": "+380 44 123-45-67"}))
    assert suggestions.of_customer(site.office.desk.db, customer(site, ann))


# -- the site signs who they are


def test_a_signed_visitor_is_who_wrote_the_mails(site: Site) -> None:
    real = mailed(site)
    ann = Visitor(site, email="ann@home.example", name="Ann Lee")
    site.take(ann.notice("identified", name="Ann Lee", sub="7"))
    assert customer(site, ann) == real.customer_id
    assert ("webchat", "v_ann7", "jwt") in channels(site, real.customer_id)
    # Their open conversation goes on.
    assert site.got(ann.says("And here")).conversation_id == real.conversation_id


def test_an_open_mail_conversation_goes_on_in_the_chat_and_back(site: Site) -> None:
    real = mailed(site)
    ann = Visitor(site, email="ann@home.example")
    message = site.got(ann.says("It is me"))
    assert message.conversation_id == real.conversation_id
    assert site.office.conversation(real.conversation_id).channels[0] == "webchat"
    answer = site.answer(real.conversation_id, ann)
    assert (answer.channel, answer.details["chat"]) == ("webchat", "v_ann7")


def test_a_chat_goes_on_by_mail(site: Site) -> None:
    ann = Visitor(site, email="ann@home.example")
    first = site.got(ann.says("In the chat"))
    assert mailed(site).conversation_id == first.conversation_id
    # Of somebody whom nobody signed, or whose mail proves nothing, it does not.
    anonymous = Visitor(site, "v_anon")
    other = site.got(anonymous.says("Hello"))
    site.take(anonymous.notice("form", fields={"email": "joe@home.example"}))
    assert mailed(site, "joe@home.example").conversation_id != other.conversation_id
    forged = site.office.got(site.office.letter("Ann <ann@home.example>", subject="Give it me"))
    assert forged.conversation_id != first.conversation_id


def test_somebody_who_signs_in_later_becomes_who_they_are(site: Site) -> None:
    real = mailed(site)
    ann = Visitor(site)
    first = site.got(ann.says("Anonymous"))
    assert first.customer_id != real.customer_id
    ann.email = "ann@home.example"
    site.take(ann.notice("identified", name="Ann Lee"))
    db = site.office.desk.db
    assert messages.get(db, first.id).customer_id == real.customer_id
    (merge,) = merging.standing(db, into=real.customer_id)
    assert (merge.reason, merge.source_id) == ("jwt", first.customer_id)
    # An agent who takes it back is not overruled by the next message.
    site.office.do(first.conversation_id, f"customer unmerge {merge.id}")
    assert site.got(ann.says("Once more")).customer_id == first.customer_id
    site.take(ann.notice("identified", name="Ann Lee"))
    assert merging.standing(db) == []
    assert messages.get(db, first.id).customer_id == first.customer_id


def test_an_unproven_address_is_suggested_not_joined(site: Site) -> None:
    forged = site.office.got(site.office.letter("Ann <ann@home.example>"))
    ann = Visitor(site)
    first = site.got(ann.says("Anonymous"))
    ann.email = "ann@home.example"
    site.take(ann.notice("identified", name="Ann"))
    assert customer(site, ann) == first.customer_id != forged.customer_id
    (suggested,) = suggestions.of_customer(site.office.desk.db, first.customer_id)
    assert suggested.reason == "claims-address"


def test_the_site_s_name_replaces_what_was_typed(site: Site) -> None:
    ann = Visitor(site)
    site.take(ann.notice("form", fields={"name": "annie"}))
    ann.sub = "7"
    site.take(ann.notice("identified", name="Ann Lee"))
    assert customers.get(site.office.desk.db, customer(site, ann)).name == "Ann Lee"
    message = site.got(ann.says())
    site.office.do(message.conversation_id, "customer name Dr. Lee")
    site.take(ann.notice("identified", name="Ann Lee-Smith"))
    assert customers.get(site.office.desk.db, customer(site, ann)).name == "Dr. Lee"


def test_two_chats_become_one(site: Site) -> None:
    db = site.office.desk.db
    known = Visitor(site, "v_known", sub="7")
    old = site.got(known.says("Last week"))
    site.answer(old.conversation_id, known)
    anonymous = Visitor(site, "v_anon")
    site.take(anonymous.notice("form", fields={"order": "42"}))
    new = site.got(anonymous.says("Today"))
    told = site.answer(new.conversation_id, anonymous)
    assert new.customer_id != old.customer_id
    site.take(known.notice("identified", name="Ann", was="v_anon", offset=2))
    for message, key in ((new, "v_known:3"), (told, "v_known:4")):
        now = messages.get(db, message.id)
        assert (now.customer_id, now.conversation_id) == (old.customer_id, old.conversation_id)
        assert (now.details["chat"], now.external_id) == ("v_known", key)
    assert identities.find(db, "webchat", "v_anon") is None
    visit = visits.get(db, site.account.id, "v_known")
    assert visit is not None
    assert visit.form == {"order": "42"}
    # What was told of the chat before holds for its messages still, and the talk goes on.
    site.take(known.read(messages.get(db, told.id)))
    assert "read_at" in messages.get(db, told.id).details
    known.seqs, known.seq = iter(range(5, 99)), 4
    assert site.got(known.says("Signed in")).conversation_id == old.conversation_id
    # It can be taken back: what was whose is theirs again.
    (merge,) = merging.standing(db, into=old.customer_id)
    assert merge.reason == "jwt"
    done = site.office.do(old.conversation_id, f"customer unmerge {merge.id}")
    assert "Their chat stays with Ann" in done.message
    assert messages.get(db, new.id).customer_id == new.customer_id
    assert messages.get(db, old.id).customer_id == old.customer_id
    # The earlier chat is theirs, should anything come from it; nothing makes the two one again.
    earlier = identities.find(db, "webchat", "v_anon")
    assert earlier is not None
    assert earlier.customer_id == new.customer_id
    site.take(known.notice("identified", name="Ann", was="v_anon", offset=2))
    assert merging.standing(db, into=old.customer_id) == []
    queued = site.office.reply(new.conversation_id, "Who reads this?")
    assert site.office.entry(queued).recipients == ("v_anon",)
    assert "chat" not in messages.get(db, queued).details, "Ann's chat is none of theirs"
    assert site.got(anonymous.says("Signed out")).customer_id == new.customer_id
    queued = site.office.reply(new.conversation_id, "Who reads this?")
    assert site.office.entry(queued).recipients == ("v_anon",)
    assert messages.get(db, queued).details["chat"] == "v_anon"


def test_a_chat_goes_on_under_a_new_name(site: Site) -> None:
    db = site.office.desk.db
    anonymous = Visitor(site, "v_anon")
    message = site.got(anonymous.says())
    queued = site.office.reply(message.conversation_id, "On its way")
    signed = Visitor(site, "v_new", sub="7")
    site.take(signed.notice("identified", name="Ann", was="v_anon", offset=0))
    assert customer(site, signed) == message.customer_id
    entry = site.office.claim(queued)
    assert entry.recipients == ("v_new",)
    assert messages.get(db, queued).details["chat"] == "v_new"
    assert messages.get(db, message.id).external_id == "v_new:1"


# -- the end


def test_a_chat_that_is_answered_closes_when_it_is_ended(site: Site) -> None:
    ann = Visitor(site)
    message = site.got(ann.says())
    site.answer(message.conversation_id, ann)
    site.take(ann.notice("ended"))
    assert site.office.conversation(message.conversation_id).status == "closed"
    assert site.events(message.conversation_id) == ["ended"]
    site.office.clock.pass_(HOUR)
    assert site.got(ann.says("One more thing")).conversation_id == message.conversation_id
    assert site.office.conversation(message.conversation_id).status == "open"


def test_who_waits_for_an_answer_is_not_closed(site: Site) -> None:
    ann = Visitor(site)
    message = site.got(ann.says())
    site.take(ann.notice("ended"))
    assert site.office.conversation(message.conversation_id).status == "open"
    assert site.take(Visitor(site, "v_nobody").notice("ended"))[0].outcome == "ignored"


# -- who is kept out


def test_who_is_kept_out_sends_nothing_until_they_are_let_in(site: Site) -> None:
    db = site.office.desk.db
    ann, bob = Visitor(site), Visitor(site, "v_bob")
    room = site.got(ann.says()).conversation_id
    with pytest.raises(NeedsConfirmation):
        site.office.do(room, "customer bar")
    done = site.office.do(room, "customer bar yes")
    assert done.undo == "customer unbar"
    assert barred.of_customer(site.office.desk.db, customer(site, ann))
    spam = ann.says("Spam")
    receipts = site.take(spam, ann.notice("form", fields={"a": "b"}), bob.says("Hi"))
    assert [r.outcome for r in receipts] == ["ignored", "ignored", "accepted"]
    assert ledger.all(db, outcome="ignored")[0].reason
    (waiting,) = barred.untold(db, site.account.id)
    assert (waiting.address, waiting.lifted_at) == ("v_ann7", None)
    barred.told(db, waiting, site.office.clock.at)
    assert barred.untold(db, site.account.id) == []
    shown = view.customer_json(site.office.desk, customers.get(db, customer(site, ann)), full=True)
    assert shown["barred"] == [{"account": "site", "address": "v_ann7"}]
    site.office.clock.pass_(MINUTE)
    assert site.office.do(room, "customer unbar").undo == "customer bar yes"
    (waiting,) = barred.untold(db, site.account.id)
    assert waiting.lifted_at is not None
    assert site.take(ann.says("Sorry"))[0].outcome == "accepted"


def test_who_is_kept_out_waits_for_nobody_and_is_not_there(site: Site) -> None:
    db, desk = site.office.desk.db, site.office.desk
    ann, bob = Visitor(site), Visitor(site, "v_bob")
    site.present(ann.signal("online"), bob.signal("online"))
    room = site.got(ann.says()).conversation_id
    site.office.clock.pass_(MINUTE)
    site.got(bob.says())
    since = site.office.conversation(room).waiting_since
    assert attendance.queue(desk, site.account) == {"v_ann7": 1, "v_bob": 2}
    site.office.do(room, "customer bar yes")
    assert site.office.conversation(room).waiting_since is None
    assert attendance.queue(desk, site.account) == {"v_bob": 1}
    # Whoever is there by the channel's word, which may not know yet.
    site.signal(ann.signal("visit", page="https://acme.example/"), ann.signal("typing"))
    assert [one.address for one in visits.online(db, site.account.id)] == ["v_bob"]
    site.present(ann.signal("online"), bob.signal("online"))
    assert [one.address for one in visits.online(db, site.account.id)] == ["v_bob"]
    site.online()
    site.office.clock.pass_(HOUR)
    site.tell_who_left()
    assert site.events(room) == [], "they did not leave by themselves"
    site.office.do(room, "customer unbar")
    assert site.office.conversation(room).waiting_since == since
    shown = events.shown(db, customer(site, ann), 0, site.office.clock.at)
    assert [event_words(one) for one in shown] == [
        "kept out of the chat by ann",
        "let into the chat again by ann",
    ]
    site.answer(room, ann)
    site.office.do(room, "customer bar yes")
    site.office.do(room, "customer unbar")
    assert site.office.conversation(room).waiting_since is None, "they have their answer"


def test_what_cannot_keep_anybody_out_says_so(site: Site) -> None:
    room = mailed(site).conversation_id
    with pytest.raises(CommandError, match="keep them out"):
        site.office.do(room, "customer bar yes")


# -- what goes out


def test_every_channel_is_told_who_of_us_writes(site: Site) -> None:
    office = site.office
    config = replace(office.desk.config, agents={"ann": AgentSettings(name="Ann Agent")})
    office.desk = replace(office.desk, config=config)
    for room in (site.got(Visitor(site).says()).conversation_id, mailed(site).conversation_id):
        entry = office.claim(office.reply(room))
        assert outbox.outgoing(office.desk, entry).author == "Ann Agent"
