"""Codes by mail: they prove an address to who can read its mail, and nobody else anything."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from connectors.contract import Bounce, Outgoing, Rejected
from omnitui.desk import follow_ups, one_time_codes
from omnitui.desk.command import CommandError
from omnitui.desk.letters.code import MASK
from omnitui.desk.replying import outbox
from store import customers, identities, merging, suggestions
from store import one_time_codes as codes
from store.database import transaction
from store.errors import NotFound
from store.model import CustomerId, Message
from tests.desk.leaving import ANN_MAIL, Shop
from tests.desk.office import DAY, HOUR, MINUTE, SUPPORT
from tests.desk.visiting import Visitor

MALLORY = "v_mallory"


@pytest.fixture
def bob(shop: Shop) -> Visitor:
    """Anonymous; he has written."""
    visitor = Visitor(shop, "v_bob")
    shop.asks(visitor)
    return visitor


def ask(shop: Shop, visitor: Visitor, email: str = ANN_MAIL, **more: Any) -> str:
    """What the chat is told."""
    shop.take(visitor.notice("verify", email=email, **more))
    return told(shop)


def code_in(shop: Shop) -> str:
    """The code in the last mail, as its reader has it."""
    return found_code(shop.leaving(shop.mails()[-1].id).text)


def found_code(text: str) -> str:
    found = re.search(r"\*\*(\d{6})\*\*", text)
    assert found, text
    return found[1]


def types(shop: Shop, visitor: Visitor, code: str) -> str:
    shop.take(visitor.notice("verify", code=code))
    return told(shop)


def told(shop: Shop) -> str:
    db = shop.office.desk.db
    found = codes.to_tell(db, shop.account.id)
    for one in found:
        codes.told(db, one.id)
    return ", ".join(one.state for one in found)


def everything(shop: Shop) -> str:
    """All that the store has, as text."""
    db = shop.office.desk.db
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return str([row for table in tables for row in db.execute(f'SELECT * FROM "{table}"')])


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def mails_of(shop: Shop, customer: CustomerId) -> dict[str, str]:
    found = identities.of(shop.office.desk.db, customer)
    return {one.address: one.proof for one in found if one.channel == "email"}


def mailed(shop: Shop, address: str = ANN_MAIL, *, proven: bool = True) -> Message:
    proofs = ("dmarc",) if proven else ()
    return shop.office.got(shop.office.letter(f"Ann <{address}>", proofs=proofs))


# -- the way it is meant


def test_the_right_code_proves_the_address(shop: Shop, bob: Visitor) -> None:
    assert ask(shop, bob) == "sent"
    assert mails_of(shop, shop.customer(bob)) == {}, "asking proves nothing"
    assert types(shop, bob, code_in(shop)) == "proven"
    assert mails_of(shop, shop.customer(bob)) == {ANN_MAIL: "code"}
    conversation = shop.message(shop.mails()[0].id).conversation_id
    assert shop.events(conversation)[-2:] == ["verification-sent", "verified"]
    assert [e.data["address"] for e in shop.office.log("identity.linked")] == [ANN_MAIL]
    found = follow_ups.reached_by(shop.office.desk, shop.customer(bob))
    assert found is not None
    assert found.address == ANN_MAIL


def test_the_mail(shop: Shop) -> None:
    bob = Visitor(shop, "v_bob")
    shop.asks(bob, language="uk")
    ask(shop, bob)
    (stored,) = shop.mails()
    mail = shop.leaving(stored.id)
    assert (mail.subject, mail.automatic) == ("Ваш код для чату з Acme", True)
    assert [one.address for one in mail.to] == [ANN_MAIL]
    assert mail.to[0].name == "", "nothing in it is from who asked"
    assert mail.sender is not None
    assert mail.sender.name == "Acme"
    assert (mail.signature, mail.quote, mail.reply_token) == ("", None, "")
    assert "15" in mail.text
    assert re.search(r"\d{6}", mail.text)
    # It changes nothing about who waits.
    shown = shop.office.conversation(stored.conversation_id)
    assert (shown.status, shown.preview) == ("open", "Is it in stock?")
    assert shown.waiting_since is not None


def test_the_store_never_has_the_code(shop: Shop, bob: Visitor) -> None:
    ask(shop, bob)
    (stored,) = shop.mails()
    before = everything(shop)
    code = code_in(shop)
    types(shop, bob, code)
    after = everything(shop)
    assert MASK in shop.message(stored.id).text
    for dump in (before, after):
        # Of six digits some stand in times and hashes: as a word they must not.
        assert not re.search(rf"(?<![0-9a-f]){code}(?![0-9a-f])", dump)


def test_it_leaves_before_everything_else(shop: Shop, bob: Visitor) -> None:
    from store import outbox as store_outbox

    crowd = [mailed(shop, f"c{n}@home.example") for n in range(3)]
    for one in crowd:
        shop.office.reply(one.conversation_id, undo_delay=0)
    shop.office.clock.pass_(MINUTE)
    ask(shop, bob)
    mailbox = shop.mails()[0].account_id
    assert mailbox is not None
    with transaction(shop.office.desk.db):
        (first,) = store_outbox.claim_heads(
            shop.office.desk.db, mailbox, shop.office.clock.at, by_recipient=False, limit=1
        )
    assert shop.message(first.message_id).details["automatic"] == "code"


def test_it_may_be_typed_as_people_do(shop: Shop, bob: Visitor) -> None:
    for form in ("{a} {b}", "{a}-{b}", "{wide}\n"):
        ask(shop, bob)
        code = code_in(shop)
        wide = code.translate({ord(d): ord(d) + 0xFEE0 for d in "0123456789"})
        assert types(shop, bob, form.format(a=code[:3], b=code[3:], wide=wide)) == "proven"


def test_somebody_who_never_wrote_may_prove_an_address_first(shop: Shop) -> None:
    new = Visitor(shop, "v_new")
    shop.comes(new)
    assert ask(shop, new) == "sent"
    (stored,) = shop.mails()
    assert shop.office.conversation(stored.conversation_id).status == "closed", "it calls nobody"
    assert types(shop, new, code_in(shop)) == "proven"
    written = shop.asks(new)
    assert written.customer_id == shop.customer(new)
    assert written.conversation_id != stored.conversation_id
    assert mails_of(shop, written.customer_id) == {ANN_MAIL: "code"}


# -- whose address it is


def test_proven_on_another_customer_the_two_are_one_and_it_can_be_undone(
    shop: Shop, bob: Visitor
) -> None:
    ann = mailed(shop)
    before = shop.customer(bob)
    ask(shop, bob)
    assert types(shop, bob, code_in(shop)) == "proven"
    assert shop.customer(bob) == ann.customer_id
    (merge,) = merging.standing(shop.office.desk.db, into=ann.customer_id)
    assert merge.reason == "code"
    event = shop.office.log("chat.event")[-1]
    assert (event.data["result"], event.customer_id) == ("merged", ann.customer_id)
    # What she writes next, in whichever channel, is hers.
    assert shop.asks(bob, "It is me").customer_id == ann.customer_id
    shop.office.do(ann.conversation_id, f"customer unmerge {merge.id}")
    assert shop.customer(bob) == before
    assert mails_of(shop, before) == {}
    assert mails_of(shop, ann.customer_id) == {ANN_MAIL: "dmarc"}


def test_only_claimed_by_another_customer_it_is_a_suggestion(shop: Shop, bob: Visitor) -> None:
    """Somebody wrote under her name, and nothing proves that it was she: linking the two would
    show a forger's mail as the customer's."""
    forged = mailed(shop, proven=False)
    ask(shop, bob)
    assert types(shop, bob, code_in(shop)) == "proven", "they hear what is true for them"
    assert shop.customer(bob) != forged.customer_id
    assert merging.standing(shop.office.desk.db, into=forged.customer_id) == []
    (found,) = suggestions.of_customer(shop.office.desk.db, shop.customer(bob))
    assert (found.reason, found.evidence["evidence"]) == ("claims-address", "code")
    assert follow_ups.reached_by(shop.office.desk, shop.customer(bob)) is None


def test_their_own_unproven_address_is_proven_by_it(shop: Shop, bob: Visitor) -> None:
    db = shop.office.desk.db
    with transaction(db):
        identities.add(db, shop.customer(bob), "email", ANN_MAIL, at=shop.office.clock.at)
    ask(shop, bob)
    types(shop, bob, code_in(shop))
    assert mails_of(shop, shop.customer(bob)) == {ANN_MAIL: "code"}
    assert shop.office.log("identity.proven")[-1].data["proof"] == "code"


# -- impostors


def test_asking_tells_nobody_who_is_known(shop: Shop, bob: Visitor) -> None:
    mailed(shop)
    assert ask(shop, bob, ANN_MAIL) == ask(shop, bob, "nobody@home.example") == "sent"
    subjects = {(mail.subject, mail.text) for mail in shop.mails()}
    assert len(subjects) == 1
    assert suggestions.of_customer(shop.office.desk.db, shop.customer(bob)) == []


def test_guessing_ends_after_five_tries(shop: Shop, bob: Visitor) -> None:
    ask(shop, bob)
    code = code_in(shop)
    answers = [types(shop, bob, another(code)) for _try in range(6)]
    assert answers == ["wrong"] * 4 + ["expired"] * 2
    assert types(shop, bob, code) == "expired"
    assert mails_of(shop, shop.customer(bob)) == {}


def test_a_new_code_ends_the_old_one(shop: Shop, bob: Visitor) -> None:
    ask(shop, bob)
    old = code_in(shop)
    ask(shop, bob)
    new = code_in(shop)
    if old != new:  # once in a million
        assert types(shop, bob, old) == "wrong"
    assert types(shop, bob, new) == "proven"


def test_a_code_is_good_once_and_for_a_quarter_of_an_hour(shop: Shop, bob: Visitor) -> None:
    ask(shop, bob)
    code = code_in(shop)
    shop.office.clock.pass_(15 * MINUTE + 1)
    assert types(shop, bob, code) == "expired"
    ask(shop, bob)
    code = code_in(shop)
    assert types(shop, bob, code) == "proven"
    assert types(shop, bob, code) == "expired"


def test_what_was_typed_in_time_counts_though_we_hear_of_it_late(shop: Shop, bob: Visitor) -> None:
    ask(shop, bob)
    typed = bob.notice("verify", code=code_in(shop))
    told(shop)
    shop.office.clock.pass_(2 * HOUR)
    shop.take(typed)
    assert mails_of(shop, shop.customer(bob)) == {ANN_MAIL: "code"}
    assert told(shop) == "", "the page that asked is long gone"


def test_what_was_asked_long_ago_sends_nothing(shop: Shop, bob: Visitor) -> None:
    asked = bob.notice("verify", email=ANN_MAIL)
    shop.office.clock.pass_(16 * MINUTE)
    shop.take(asked)
    assert (shop.mails(), told(shop)) == ([], "")


def test_a_code_is_worth_nothing_in_another_chat(shop: Shop, bob: Visitor) -> None:
    """Ann is talked into telling the code that came to her, or types it into her own chat."""
    mallory = Visitor(shop, MALLORY)
    shop.asks(mallory)
    ask(shop, mallory)
    code = code_in(shop)
    assert types(shop, bob, code) == "expired"
    assert mails_of(shop, shop.customer(bob)) == {}


def test_whoever_gets_a_code_they_did_not_ask_for_joins_nothing(shop: Shop) -> None:
    """Ann answers the mail that Mallory had sent to her: it is a matter of her own, nobody thinks
    that the two are one, and no answer to Mallory goes to her."""
    mallory = Visitor(shop, MALLORY)
    conversation = shop.asks(mallory).conversation_id
    ask(shop, mallory)
    mail = shop.leaving(shop.mails()[-1].id)
    back = shop.office.got(
        shop.office.letter(
            f"Ann <{ANN_MAIL}>",
            "I did not ask for that!",
            subject=f"Re: {mail.subject}",
            in_reply_to=mail.key,
            references=(mail.key,),
            proofs=("dmarc",),
        )
    )
    assert back.conversation_id != conversation
    assert back.customer_id != shop.customer(mallory)
    assert shop.office.conversation(back.conversation_id).related_id == conversation
    assert suggestions.of_customer(shop.office.desk.db, back.customer_id) == []
    with pytest.raises(CommandError):
        shop.office.do(conversation, "reply set Hi", "reply via support", "reply send")


def test_the_address_of_a_code_is_new_to_a_reply(shop: Shop, bob: Visitor) -> None:
    """An agent who writes there is asked, as ever."""
    from omnitui.desk.replying import reply

    conversation = shop.message(1).conversation_id  # type: ignore[arg-type]
    ask(shop, bob)
    code_in(shop)
    with pytest.raises(reply.NewRecipient):
        shop.office.reply(conversation, account="support", to=(ANN_MAIL,))


def test_an_account_that_vouches_for_nobody_links_nobody(shop: Shop) -> None:
    nobody = Visitor(shop, "v_x")
    for _round in range(2):
        shop.take(replace(nobody.notice("verify", email=ANN_MAIL), proofs=()))
    code = code_in(shop)
    shop.take(replace(nobody.notice("verify", code=code), proofs=()))
    assert told(shop) == "refused"
    assert mails_of(shop, shop.customer(nobody)) == {}


# -- limits


def test_three_an_hour_for_a_visitor(shop: Shop, bob: Visitor) -> None:
    answers = [ask(shop, bob, f"a{n}@home.example") for n in range(4)]
    assert answers == ["sent"] * 3 + ["refused"]
    assert len(shop.mails()) == 3
    shop.office.clock.pass_(HOUR)
    assert ask(shop, bob) == "sent"


def test_five_a_day_to_an_address_whoever_asks(shop: Shop) -> None:
    answers = [ask(shop, Visitor(shop, f"v_{n}"), "Ann@HOME.example") for n in range(6)]
    assert answers == ["sent"] * 5 + ["refused"]
    shop.office.clock.pass_(DAY)
    assert ask(shop, Visitor(shop, "v_7")) == "sent"


ODD = (
    "",
    "ann",
    "ann@",
    "@home.example",
    "ann@home",
    "ann@home.example\nBcc: victims@home.example",
    "ann@home.example\r\nSubject: buy",
    "ann@home.example, bob@home.example",
    "Ann <ann@home.example>",
    "ann@[127.0.0.1]",
    "ann@home..example",
    "ann@-home.example",
    "a" * 65 + "@home.example",
    "ann@" + "a" * 64 + ".example",
    "ann@" + "a." * 130 + "example",
    '"ann bob"@home.example',
    "ann%victim.example@home.example",
    "ann@h\u043eme.example",  # a Cyrillic о
    "\u0430nn@home.example",  # a Cyrillic а
    "ann\u202e@home.example",
    "ann\u200b@home.example",
    "\ud800@home.example",
    SUPPORT,
    SUPPORT.replace("@", "+x@"),
)


def test_what_is_no_address_gets_no_code(shop: Shop, bob: Visitor) -> None:
    for address in ODD:
        shop.take(bob.notice("verify", email=address))
        assert (address, shop.mails()) == (address, [])
        assert told(shop) == ("refused" if address else "")


def test_usual_addresses_get_one(shop: Shop, bob: Visitor) -> None:
    for address in ("ann@home.example", "аня@почта.укр", "x+y@mail.home.example"):
        assert ask(shop, bob, address) == "sent"


def test_without_a_mailbox_it_is_refused(shop: Shop, bob: Visitor) -> None:
    shop.configure(mailbox=False)
    assert ask(shop, bob) == "refused"


def test_strange_notices_are_passed_over(shop: Shop, bob: Visitor) -> None:
    strange: list[dict[str, Any]] = [{}, {"email": ""}, {"code": ""}, {"email": None}]
    for details in strange:
        assert shop.take(bob.notice("verify", **details))[0].outcome == "ignored"


def test_a_strange_code_is_a_wrong_one(shop: Shop, bob: Visitor) -> None:
    ask(shop, bob)
    for code in (" ", "12345", "abcdef", "١٢٣٤٥٦"):
        assert types(shop, bob, code) == "wrong"
    assert types(shop, bob, "1" * 10_000) == "expired"


# -- mails that do not arrive


def test_a_mail_that_did_not_leave_in_time_does_not_leave(shop: Shop, bob: Visitor) -> None:
    ask(shop, bob)
    shop.office.clock.pass_(15 * MINUTE)
    with transaction(shop.office.desk.db):
        outbox.recover(shop.office.desk)
    assert shop.mails()[0].state == "cancelled"
    assert shop.office.session(shop.mails()[0].conversation_id).draft.get().text == ""


def test_sent_again_by_hand_it_would_be_worthless_and_stays(shop: Shop, bob: Visitor) -> None:
    ask(shop, bob)
    (stored,) = shop.mails()
    shop.office.settle(shop.office.claim(stored.id), Rejected("no"))
    shop.office.clock.pass_(HOUR)
    with transaction(shop.office.desk.db):
        outbox.retry(shop.office.desk, stored.id)
    entry = shop.office.claim(stored.id)
    with pytest.raises(NotFound, match="good no more"):
        outbox.outgoing(shop.office.desk, entry)


def test_a_bounce_is_shown_with_it(shop: Shop, bob: Visitor) -> None:
    ask(shop, bob)
    mail = shop.leaving(shop.mails()[0].id)
    bounce = Bounce(ANN_MAIL, "failed", "5.1.1", "550 no such user", mail.key, True)
    shop.office.got(shop.office.letter("MAILER-DAEMON@mx.example", "failure", bounce=bounce))
    assert shop.mails()[0].state == "failed"
    assert told(shop) == "refused", "who waits for it is told that it does not come"


def test_who_waits_is_told_that_the_mail_was_refused(shop: Shop, bob: Visitor) -> None:
    ask(shop, bob)
    entry = shop.office.claim(shop.mails()[-1].id)
    shop.office.settle(entry, Rejected("no such user"))
    (said,) = codes.to_tell(shop.office.desk.db, shop.account.id)
    assert (said.state, said.email, said.chat) == ("refused", ANN_MAIL, bob.id)
    assert told(shop) == "refused"


def test_who_waits_for_no_code_is_told_nothing(shop: Shop, bob: Visitor) -> None:
    ask(shop, bob)
    late = shop.leaving(shop.mails()[-1].id)
    ask(shop, bob, "other@home.example")
    used = shop.leaving(shop.mails()[-1].id)
    assert types(shop, bob, found_code(used.text)) == "proven"

    def comes_back(mail: Outgoing, address: str) -> None:
        bounce = Bounce(address, "failed", "5.1.1", "550 no such user", mail.key, True)
        shop.office.got(shop.office.letter("MAILER-DAEMON@mx.example", "failure", bounce=bounce))
        assert told(shop) == ""

    comes_back(late, ANN_MAIL)  # another was asked for since
    comes_back(used, "other@home.example")
    ask(shop, bob)
    last = shop.leaving(shop.mails()[-1].id)
    shop.office.clock.pass_(HOUR)
    comes_back(last, ANN_MAIL)  # nobody looks at it any more


# -- agents


def test_an_agent_has_the_chat_ask_for_a_code(shop: Shop, bob: Visitor) -> None:
    conversation = shop.message(1).conversation_id  # type: ignore[arg-type]
    for command in ("customer code a@home.example", "customer verify b@home.example"):
        done = shop.office.do(conversation, command)
        assert command.split()[-1] in done.message
        assert told(shop) == "sent"
        assert types(shop, bob, code_in(shop)) == "proven"
    assert len(mails_of(shop, shop.customer(bob))) == 2


def test_an_agent_hears_why_there_is_no_code(shop: Shop, bob: Visitor) -> None:
    conversation = shop.message(1).conversation_id  # type: ignore[arg-type]
    with pytest.raises(CommandError, match="own address"):
        shop.office.do(conversation, f"customer code {SUPPORT}")
    with pytest.raises(CommandError, match="no mail address"):
        shop.office.do(conversation, "customer code ann@home")
    for _round in range(3):
        shop.office.do(conversation, f"customer code {ANN_MAIL}")
    with pytest.raises(CommandError, match="within the hour"):
        shop.office.do(conversation, f"customer code {ANN_MAIL}")
    letter = mailed(shop)
    with pytest.raises(CommandError, match="no chat"):
        shop.office.do(letter.conversation_id, "customer code other@home.example")


def test_what_is_told_last_is_told(shop: Shop, bob: Visitor) -> None:
    ask_first = bob.notice("verify", email=ANN_MAIL)
    shop.take(ask_first)
    code = code_in(shop)
    shop.take(bob.notice("verify", code=another(code)), bob.notice("verify", code=code))
    (one,) = codes.to_tell(shop.office.desk.db, shop.account.id)
    assert (one.state, one.email, one.chat) == ("proven", ANN_MAIL, bob.id)
    assert one_time_codes.is_news(shop.office.desk, one.at)


def test_the_same_notice_twice_counts_once(shop: Shop, bob: Visitor) -> None:
    asked = bob.notice("verify", email=ANN_MAIL)
    shop.take(asked)
    shop.take(asked)
    assert len(shop.mails()) == 1
    wrong = bob.notice("verify", code=another(code_in(shop)))
    for _round in range(6):
        shop.take(wrong)
    found = codes.newest(shop.office.desk.db, shop.account.id, bob.id)
    assert found is not None
    assert found.tries == 1


def test_a_name_of_theirs_stays_out_of_the_mail(shop: Shop) -> None:
    """It would be a way to have us send anybody's words to anybody."""
    spam = Visitor(shop, "v_spam", name="Win 1000 EUR at evil.example")
    shop.asks(spam, "See http://evil.example")
    ask(shop, spam)
    mail = shop.leaving(shop.mails()[-1].id)
    assert "evil" not in f"{mail.text}{mail.subject}{mail.to}{mail.sender}{mail.quote}"
    assert customers.get(shop.office.desk.db, shop.customer(spam)).name
