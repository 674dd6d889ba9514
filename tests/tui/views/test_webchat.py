"""A web chat in the timeline, the inbox, the card and the lines around them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnitui.desk import follow_ups
from omnitui.tui.keys.menus import find
from omnitui.tui.link.desk_link import DeskLink
from omnitui.tui.link.glance_data import Glimpse, glimpse
from omnitui.tui.link.moment import ChatMoment, Colleague, Counter, DeskMoment
from omnitui.tui.station.links import written_on
from omnitui.tui.widgets import counter, presence_line
from omnitui.tui.widgets.card import Card
from omnitui.tui.widgets.message_marks import sent_sign
from omnitui.tui.widgets.timeline import Timeline
from omnitui.tui.words.channels import there, visitor
from omnitui.tui.words.event_words import event_words
from omnitui.tui.words.visit_words import VISIT_EVENTS, claimed_email, claims, short_url
from store import accounts, conversations, customers, messages
from store.database import Store, transaction
from store.model import ConversationId, CustomerId, Event, EventId
from tests.tui.views import webroom
from tests.tui.views.desk import NOW, Show, screen
from tests.tui.views.test_snapshots import Panes, compare
from tests.tui.views.webroom import BOB, EVE, MAIL, MARTA, Webroom

pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Webroom]:
    time.tzset()
    made = Webroom(tmp_path)
    yield made
    made.db.close()


def look(room: Webroom, *, at: float = 0, engine: bool = True, whole: bool = True) -> Glimpse:
    """What a screen sees that shows the whole inbox and, in view, the first conversation."""
    found = conversations.all(room.db)
    rows = [(one.id, one.customer_id) for one in found]
    in_view = conversations.get(room.db, ConversationId(1))
    return glimpse(room.desk(at), rows, in_view, engine=engine, whole=whole)


async def shown(room: Webroom, customer: CustomerId, size: tuple[int, int] = (90, 60)) -> str:
    app = Show(Timeline(), room.config.home.store_file)
    async with app.run_test(size=size) as pilot:
        await app.pane.show(customer)  # type: ignore[attr-defined]
        await pilot.pause()
        return screen(app.pane)


@pytest.mark.parametrize(
    ("columns", "rows", "inbox", "card"), [(200, 50, 48, 36), (120, 44, 36, 0), (80, 44, 0, 0)]
)
async def test_a_morning_in_the_web_chat(
    room: Webroom, columns: int, rows: int, inbox: int, card: int
) -> None:
    marta = webroom.fill(room)
    room.types(ConversationId(1))
    room.looks("bob", ConversationId(2))
    app = Panes(room.config.home.store_file, (inbox, card))
    async with app.run_test(size=(columns, rows)) as pilot:
        await app.inbox.load("all")
        app.inbox.show_moment(look(room).rows)
        await app.timeline.show(marta)
        await app.card.show(marta)
        await pilot.pause()
        compare(f"webchat-{columns}.txt", app.text())


async def test_how_far_a_reply_has_come_is_told_without_colour(room: Webroom) -> None:
    chat = room.says(MARTA, "Hello", 9).conversation_id
    room.answer(chat, "one", 8, delivered=8, read=7)
    room.answer(chat, "two", 5, delivered=5)
    customer = room.answer(chat, "three", 3).customer_id
    text = await shown(room, customer)
    [one, two, three] = [line for line in text.split("\n") if "✓" in line]
    assert "read ✓✓ 12:52" in one
    assert "✓✓ 12:55" in two
    assert "read" not in two
    assert " ✓ 12:57" in three
    assert "✓✓" not in three
    signs = [
        sent_sign(delivered=delivered, read=read, plain=plain)
        for plain in (False, True)
        for delivered, read in ((False, False), (True, False), (True, True))
    ]
    assert len(set(signs)) == len(signs)
    assert all(sign.isascii() for sign in signs[3:])


async def test_who_has_not_said_their_name_is_called_as_the_customer_or_by_a_short_number(
    room: Webroom,
) -> None:
    found = room.says(BOB, "Hello", 9)
    assert "◉ visitor pQ7r" in await shown(room, found.customer_id)
    with transaction(room.db):
        customers.update(room.db, found.customer_id, name="Bob")
    text = await shown(room, found.customer_id)
    assert "◉ Bob " in text
    assert BOB not in text


async def test_a_mark_that_comes_while_one_looks_is_shown(room: Webroom) -> None:
    chat = room.says(MARTA, "Hello", 9).conversation_id
    reply = room.answer(chat, "one", 8)
    app = Show(Timeline(), room.config.home.store_file)
    async with app.run_test(size=(80, 20)):
        await app.pane.show(reply.customer_id)  # type: ignore[attr-defined]
        assert "✓✓" not in screen(app.pane)
        with transaction(room.db):
            messages.add_details(room.db, reply.id, {"delivered_at": NOW, "read_at": NOW})
        await app.pane.refresh_messages({reply.id})  # type: ignore[attr-defined]
        assert "read ✓✓" in screen(app.pane)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("sent", "↪ went after them by mail 12:30"),
        ("queued", "↪ goes after them by mail"),
        ("failed", "✗ it is not sure that they have it"),
        ("cancelled", None),
    ],
)
async def test_the_last_reply_that_a_mail_took_along_says_so(
    room: Webroom, state: Any, words: str | None
) -> None:
    chat = room.says(MARTA, "Hi", 60, proofs=("jwt",), aliases=(("email", MAIL),)).conversation_id
    one, two = room.answer(chat, "First", 50), room.answer(chat, "Second", 49)
    mail = room.answer(chat, "You missed:\n\nFirst\n\nSecond", 30, account="support")
    room.followed_up(mail, [one.id, two.id])
    with transaction(room.db):
        room.db.execute("UPDATE messages SET state = ? WHERE id = ?", (state, mail.id))
    text = await shown(room, mail.customer_id)
    assert text.count("by mail") + text.count("not sure") == (1 if words else 0)
    if words:
        lines = text.split("\n")
        at = next(n for n, line in enumerate(lines) if words in line)
        assert "Second" in lines[at - 1]
    assert text.count("✉ ✓") == (2 if words else 0)
    # The mail does not say all of it once more, but it can be read.
    assert "repeats 2 messages of the chat" in text
    assert "You missed" not in text


async def test_a_mail_that_goes_after_them_while_one_looks_is_told_at_the_replies(
    room: Webroom,
) -> None:
    room.signal("online", MARTA, 60)
    chat = room.says(MARTA, "Hi", 60, proofs=("jwt",), aliases=(("email", MAIL),)).conversation_id
    room.answer(chat, "First", 50)
    customer = room.answer(chat, "Second", 49).customer_id
    room.signal("offline", MARTA, 45)
    app = Show(Timeline(), room.config.home.store_file)
    async with app.run_test(size=(80, 30)):
        timeline = app.pane
        assert isinstance(timeline, Timeline)
        await timeline.show(customer)
        assert "by mail" not in screen(timeline)
        with transaction(room.db):
            [mail] = follow_ups.go_after(room.desk(20), ["shop"])
        await timeline.refresh_messages({mail} | timeline.unseen_by_them())
        assert "↪ goes after them by mail" in screen(timeline)
        assert "repeats 2 messages" in screen(timeline)
        with transaction(room.db):
            room.db.execute("UPDATE messages SET state = 'sent' WHERE id = ?", (mail,))
        await timeline.refresh_messages({mail})
        assert "↪ went after them by mail 12:40" in screen(timeline)


async def test_the_mail_that_repeats_the_chat_unfolds(room: Webroom) -> None:
    chat = room.says(MARTA, "Hi", 60, proofs=("jwt",), aliases=(("email", MAIL),)).conversation_id
    one = room.answer(chat, "First", 50)
    mail = room.answer(chat, "You missed:\n\nFirst", 30, account="support")
    room.followed_up(mail, [one.id])
    app = Show(Timeline(), room.config.home.store_file)
    async with app.run_test(size=(80, 30)):
        await app.pane.show(mail.customer_id)  # type: ignore[attr-defined]
        app.pane.toggle_parts()  # type: ignore[attr-defined]
        assert "You missed" in screen(app.pane)


def happened(code: str, **data: Any) -> str:
    return event_words(Event(EventId(1), 5, "customer", "chat.event", data={"event": code, **data}))


def test_what_a_visitor_does_is_told_in_words() -> None:
    assert happened("left") == "left the page"
    assert happened("verified", email="a@b.example").endswith("the address is theirs · a@b.example")
    assert happened("form", fields={"name": "Bob", "e_mail": ""}) == (
        "filled in the form · says name: Bob"
    )
    assert happened("identified", author="Ann", text="a@b.example") == (
        "signed in on the site · a@b.example · Ann"
    )
    assert len({happened(code) for code in VISIT_EVENTS}) == len(VISIT_EVENTS)
    hostile = happened("form", fields={"\x1b[2J": "\u202ex\x07", "list": [1], "n": None})
    assert hostile.isprintable()


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@given(
    st.sampled_from(sorted(VISIT_EVENTS)),
    st.dictionaries(st.sampled_from(["fields", "name", "email", "text", "address"]), _json),
)
def test_events_of_any_shape_have_words(code: str, data: dict[str, Any]) -> None:
    words = happened(code, **data)
    assert words.strip()
    assert "\n" not in words
    assert "\x1b" not in words


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=20)), st.text(max_size=60))
def test_what_strangers_typed_is_safe_on_a_line(form: dict[str, str], url: str) -> None:
    for one in claims(form):
        assert not set("\x1b\n\x07\u202e") & set(one.label + one.text)
    assert not set("\x1b\n\x07\u202e") & set(short_url("https://acme.example/" + url))
    email = claimed_email({**form, "email": url})
    assert email == "" or not set(" ;|&'\"`$\n") & set(email)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://acme.example/a/b?c=d#e", "acme.example/a/b"),
        ("https://acme.example/", "acme.example"),
        ("https://acme.example@evil.example/x", "⚠ evil.example/x"),
        ("https://xn--cme-5cd.example/", "⚠ xn--cme-5cd.example"),
        ("https://аcme.example/", "⚠ xn--cme-5cd.example"),
        ("https://acme.example/%1b%5b2J", "acme.example/␛[2J"),
        ("javascript:alert(1)", ""),
        ("", ""),
        ("http://[::1", "⚠ http://[::1"),
    ],
)
def test_a_page_shows_the_host_that_it_really_is_on(url: str, shown: str) -> None:
    assert short_url(url) == shown


async def test_the_card_says_who_is_there_and_what_is_only_claimed(room: Webroom) -> None:
    customer = webroom.bob(room)
    room.signal("online", BOB, 2)
    card = Card(timezone="")
    card.verify_key = "E c"
    async with Show(card, room.config.home.store_file).run_test(size=(40, 40)):
        await card.show(customer)
        text = screen(card)
        for words in (
            "◉ here since 12:58",
            "Desk lamp 22",
            "acme.example/lamps/desk-lamp-22",
            "Safari 19 on iPhone",
            "English",
            "13:00 London",
            "visitor pQ7r",
            "anonymous",
            "Says (not proven)",
            "name: Bob Marsh",
            "e-mail: bob.marsh@mail.example",
            "→ E c sends a code there",
        ):
            assert words in text, (words, text)
        assert "v_pQ7r" not in text
        assert "bob.marsh@mail.example ✓" not in text
        room.signal("offline", BOB, 1)
        await card.show(customer)
        assert "○ gone since 12:59 (1m)" in screen(card)
        # Without a connection nobody knows.
        with transaction(room.db):
            accounts.set_state(room.db, room.account.id, "retrying", "no network", NOW)
        await card.show(customer)
        assert "○ nobody knows whether they are" in screen(card)


async def test_the_card_tells_what_proves_an_address(room: Webroom) -> None:
    customer = webroom.marta(room)
    card = Card()
    async with Show(card, room.config.home.store_file).run_test(size=(60, 40)):
        await card.show(customer)
        text = screen(card)
        assert "Marta Kowalska (visitor k3Jd) ✓ signed in" in text
        assert f"{MAIL} ✓ signed in" in text
        assert "came from www.search.example" in text
        assert "Says" not in text


async def test_hostile_words_are_safe_on_the_card_and_who_made_them_is_barred(
    room: Webroom,
) -> None:
    customer = webroom.eve(room)
    card = Card()
    card.verify_key = "E c"
    async with Show(card, room.config.home.store_file).run_test(size=(36, 60)):
        await card.show(customer)
        text = screen(card)
        assert "⚠ barred by ann 12:55" in text
        assert "⚠ evil.example/␛]0;pwned␇" in text
        assert "[/b] <b>free</b>" in text
        assert "came from ⚠ xn--cme-5cd.example" in text
        assert not set("\x1b\x07\u202e") & set(text)
        # Not an address that could be given to a command as it is.
        assert "sends a code" not in text


def test_a_glimpse_tells_who_types_is_there_and_looks(room: Webroom) -> None:
    webroom.fill(room)
    room.looks("bob", ConversationId(1))
    room.looks("ann", ConversationId(1))
    room.types(ConversationId(1))
    room.types(ConversationId(2), "carl")
    seen = look(room)
    assert seen.rows.typing == {1}
    assert len(seen.rows.here) == 2
    assert seen.rows.colleagues == {1: (Colleague("bob"),), 2: (Colleague("carl", types=True),)}
    chat = seen.chat
    assert chat is not None
    assert (chat.online, chat.typing, chat.page) == (True, True, "Checkout · Acme")
    assert chat.follow_up == chat.why_not == ""
    # All of it passes.
    later = look(room, at=-2)
    assert later.rows.typing == frozenset()
    assert later.rows.colleagues == {}
    # And without an engine nobody knows.
    down = look(room, engine=False)
    assert down.rows.here == frozenset() == down.rows.typing
    assert down.chat is not None
    assert not down.chat.online
    assert not down.chat.known


def test_where_an_answer_goes_that_they_are_not_there_to_see(room: Webroom) -> None:
    webroom.marta(room)
    room.signal("offline", MARTA, 1)
    chat = look(room).chat
    assert chat is not None
    assert (chat.follow_up, chat.why_not) == (MAIL, "")


def test_when_a_mail_takes_what_they_have_not_seen(room: Webroom) -> None:
    room.signal("online", MARTA, 60)
    chat = room.says(MARTA, "Hi", 60, proofs=("jwt",), aliases=(("email", MAIL),)).conversation_id
    room.answer(chat, "Which one?", 8)
    room.signal("offline", MARTA, 5)
    seen = look(room).chat
    assert seen is not None
    assert (seen.follow_up, seen.follow_up_at) == (MAIL, "13:05"), "ten minutes after she left"
    with transaction(room.db):
        follow_ups.go_after(room.desk(-6), ["shop"])
    later = look(room, at=-6).chat
    assert later is not None
    assert later.follow_up_at == "", "it is on its way"


def test_the_page_that_they_wrote_from_can_be_opened(room: Webroom) -> None:
    said = room.says(BOB, "Hi", 5, details={"page": "https://acme.example/lamps?a=1"})
    assert written_on(said) == "https://acme.example/lamps?a=1"
    assert written_on(room.answer(said.conversation_id, "Hello", 4)) == ""
    for page in ("javascript:alert(1)", 7, None):
        assert written_on(room.says(BOB, "Hi", 3, details={"page": page})) == ""


async def test_who_says_a_name_is_called_so_above_the_reply(room: Webroom) -> None:
    chat = room.says(BOB, "Hi", 5).conversation_id
    store = await Store.open(room.config.home.store_file)
    link = DeskLink(store, room.config, "ann")
    (before,) = (await link.route(chat, None)).recipients
    room.fills_in(BOB, 4, name="Bob Marsh")
    (after,) = (await link.route(chat, None)).recipients
    await store.close()
    assert before.shown == visitor(BOB)
    assert after.shown == f"{visitor(BOB)} (says: Bob Marsh)"


def test_why_nothing_goes_after_them(room: Webroom) -> None:
    webroom.bob(room)
    chat = look(room).chat
    assert chat is not None
    assert chat.follow_up == ""
    assert "no proven address" in chat.why_not
    assert chat.claimed == "bob.marsh@mail.example"


@pytest.mark.parametrize(
    ("chat", "words"),
    [
        (ChatMoment(ConversationId(1)), ""),
        (ChatMoment(ConversationId(1), chat=True, online=True), "◉ here"),
        (
            ChatMoment(ConversationId(1), chat=True, online=True, typing=True, page="Cart"),
            "◉ here · typing… · looks at “Cart”",
        ),
        (
            ChatMoment(ConversationId(1), chat=True, at=NOW - 720_000, follow_up="a@b.example"),
            "○ gone 12m · your answer goes after them by mail to a@b.example",
        ),
        (
            ChatMoment(
                ConversationId(1),
                chat=True,
                at=NOW - 720_000,
                follow_up="a@b.example",
                follow_up_at="12:40",
            ),
            "○ gone 12m · goes after them by mail to a@b.example at 12:40",
        ),
        (
            ChatMoment(ConversationId(1), chat=True, at=NOW, why_not="nothing goes after them"),
            "○ gone · nothing goes after them",
        ),
        (
            ChatMoment(ConversationId(1), chat=True, barred=True, online=True),
            "barred: they cannot write · ◉ here",
        ),
        (
            ChatMoment(
                ConversationId(1),
                colleagues=(Colleague("bob", types=True), Colleague("eve"), Colleague("ivan\x1b")),
            ),
            "bob: writing, too · eve, ivan␛: looking, too",
        ),
    ],
)
def test_the_line_above_the_reply_box(chat: ChatMoment, words: str) -> None:
    assert " · ".join(one for one, _kind in presence_line.pieces(chat, NOW)) == words


def test_the_bottom_line_tells_the_attendance() -> None:
    online, away = Counter("shop", "online"), Counter("help", "away", by_hand=True)

    def told(moment: DeskMoment, *, roomy: bool = True) -> str:
        return " · ".join(words for words, _kind in counter.pieces(moment, roomy=roomy))

    assert told(DeskMoment((online,))) == "◉ online"
    assert told(DeskMoment((online,), waiting=2)) == "◉ online · 2 wait"
    assert told(DeskMoment((away,), away=True)) == " you: away  · ○ away (by hand)"
    assert told(DeskMoment((away,)), roomy=False) == "○ away!"
    assert told(DeskMoment((online, away))) == "shop ◉ online · help ○ away (by hand)"
    assert told(DeskMoment((online, online))) == "◉ online"


def test_the_attendance_is_read_with_who_set_it_and_who_waits(room: Webroom) -> None:
    webroom.fill(room)
    room.says(BOB, "Anybody?", 1)
    assert look(room, whole=False).desk is None
    assert look(room).desk == DeskMoment((Counter("shop", "away"),), 1)
    room.looks("bob", None)
    room.goes_away("ann")
    room.sets("hidden")
    assert look(room).desk == DeskMoment((Counter("shop", "hidden", by_hand=True),), 1, away=True)


def test_signs_are_one_cell_and_differ_in_any_terminal() -> None:
    signs = {there(here, ascii_only=plain) for here in (True, False) for plain in (True, False)}
    assert len(signs) == 4
    assert all(len(sign) == 1 for sign in signs)
    assert visitor(EVE) == "visitor evEv"


def test_the_menu_offers_the_address_that_they_say_is_theirs() -> None:
    menu = find("customer", (), "a@b.example")
    assert menu is not None
    assert any(item.line == "customer code a@b.example " for item in menu.items)
