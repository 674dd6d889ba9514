from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import accounts, check, conversations, customers, inbox, messages, search
from store.database import open_database, transaction
from store.driver import Connection
from store.errors import QueryError
from store.model import Address, NewAttachment
from store.query import parse, period
from store.snippet import CLOSE, OPEN
from tests.fresh_store import fresh_store
from tests.store.conftest import NOW, Shop, make_shop

DAY = 86_400_000


def texts(db: Connection, query: str, **options: object) -> list[str]:
    """The texts found, newest first."""
    hits = search.search(db, query, **{"agent": "ann", "now": NOW, **options})  # type: ignore[arg-type]
    return [messages.get(db, hit.message_id).text for hit in hits]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Where is my PARCEL?", "parcel"),
        ("Where is my parcel?", "WHERE parcel"),
        ("Straße und Größe", "strasse"),
        ("Straße und Größe", "grosse"),
        ("un café crème", "cafe creme"),
        ("un cafe\u0301", "café"),
        ("zażółć gęślą jaźń", "zazółć"),
        ("Ещё не пришло", "еще"),
        ("еще не пришло", "ЕЩЁ"),
        ("мій твій", "твій"),
        ("купив м'яч", "м’яч"),
        ("купив мʼяч", "м'яч"),
        ("купив м’яч", "мяч"),
        ("за́мок", "замок"),
        ("I don't know", "don’t"),
        ("O'Brien wrote", "brien"),
        ("我的订单什么时候发货", "订单"),
        ("我的订单什么时候发货", "什么时候"),
        ("注文の発送はいつですか", "発送"),
        ("주문을 취소하고 싶어요", "주문"),
        ("สินค้ายังไม่มาถึง", "ไม่มา"),
        ("मेरा हिन्दी संदेश", "हिन्दी"),
        ("أين طلبي من فضلك", "طلبي"),
        ("איפה ההזמנה שלי", "ההזמנה"),
        ("ｆｕｌｌ ｗｉｄｔｈ", "full width"),
        ("soft\u00adhyphen and zero\u200bwidth", "softhyphen zerowidth"),
        ("order ABC-123/7 arrived", "abc-123/7"),
        ("mail ann@example.org please", "ann@example.org"),
        ("see https://shop.example/a?b=1", "https://shop.example/a"),
        ("at 10:30 sharp", "10:30"),
        ("İstanbul", "istanbul"),
        ("delivery", "deliv*"),
        ("nul\0byte", "byte"),
    ],
)
def test_every_script_and_spelling_is_found(
    db: Connection, shop: Shop, text: str, query: str
) -> None:
    room = shop.conversation()
    shop.message(room, "something else")
    shop.message(room, text)
    assert texts(db, query) == [text]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("твій", "твии"),  # й is not и with an accent
        ("订单", "单订"),  # characters in their order
        ("in the box", '"the in"'),
        ("delivery", "deliv"),  # a whole word unless it is being typed
        ("мать", "мат"),
    ],
)
def test_what_is_not_found(db: Connection, shop: Shop, text: str, query: str) -> None:
    shop.message(shop.conversation(), text)
    assert texts(db, query) == []


@pytest.fixture
def desk(db: Connection, shop: Shop) -> dict[str, int]:
    """Three conversations, told apart by everything that filters ask for."""
    ann, bob = shop.customer("Ann Lee", "ann@example.org"), shop.customer("Bob", "bob@b.example")
    with transaction(db):
        bot = accounts.ensure(db, "bot", "telegram")
    rooms = {"ann": shop.conversation(ann), "bob": shop.conversation(bob),
             "bot": shop.conversation(bob)}  # fmt: skip
    shop.message(rooms["ann"], "shoes too big", author="Ann Lee", author_address="ann@example.org",
                 subject="Return", recipients=[Address("support@acme.example")], at=NOW - 3 * DAY,
                 attachments=[NewAttachment("invoice.pdf", "application/pdf", 1, "")])  # fmt: skip
    shop.message(rooms["ann"], "shoes sent back", direction="out", author="Agent",
                 recipients=[Address("ann@example.org", "Ann")], at=NOW - 2 * DAY)  # fmt: skip
    shop.message(rooms["bob"], "shoes never came", author="Bob", author_address="bob@b.example",
                 recipients=[Address("support@acme.example"), Address("carol@c.example")],
                 at=NOW - DAY)  # fmt: skip
    shop.message(rooms["bot"], "shoes on telegram", channel="telegram", account_id=bot.id,
                 author="Bob", at=NOW - 1000)  # fmt: skip
    shop.message(rooms["bot"], "shoes: call him", direction="note", channel="note", at=NOW - 10)
    with transaction(db):
        conversations.set_status(db, rooms["ann"], "closed", at=NOW)
        conversations.assign(db, rooms["bob"], "ann")
        conversations.set_priority(db, rooms["bob"], 2)
        conversations.add_tag(db, rooms["bob"], "vip")
        conversations.mark_read(
            db, "ann", rooms["bob"], messages.of_conversation(db, rooms["bob"])[0].id
        )
    return rooms


BIG, BACK, NEVER, BOT, NOTE = (
    "shoes too big", "shoes sent back", "shoes never came", "shoes on telegram", "shoes: call him",
)  # fmt: skip


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("shoes", [NOTE, BOT, NEVER, BACK, BIG]),
        ("shoes -telegram", [NOTE, NEVER, BACK, BIG]),
        ("-telegram -never", [NOTE, BACK, BIG]),
        ('"shoes never"', [NEVER]),
        ("from:ann", [BIG]),
        ('from:"ann lee"', [BIG]),
        ("from:bob@b.example", [NEVER]),
        ("-from:bob", [NOTE, BACK, BIG]),
        ("to:ann", [BACK]),
        ("to:carol", [NEVER]),
        ("to:support", []),
        ("subject:return", [BIG]),
        ("file:invoice", [BIG]),
        ("has:attachment", [BIG]),
        ("-has:attachments shoes", [NOTE, BOT, NEVER, BACK]),
        ("channel:telegram", [BOT]),
        ("channel:tele", [BOT]),
        ("account:bot", [BOT]),
        ("account:bot account:support shoes", [BOT, NEVER, BACK, BIG]),
        ("customer:ann", [BACK, BIG]),
        ("customer:2 shoes", [NOTE, BOT, NEVER]),
        ("customer:nobody", []),
        ("conversation:1", [BACK, BIG]),
        ("status:closed", [BACK, BIG]),
        ("is:closed is:in", [BIG]),
        ("is:out", [BACK]),
        ("is:note", [NOTE]),
        ("status:open shoes", [NOTE, BOT, NEVER]),
        ("status:open status:closed shoes", [NOTE, BOT, NEVER, BACK, BIG]),
        ("-status:open shoes", [BACK, BIG]),
        ("assignee:me", [NEVER]),
        ("is:mine", [NEVER]),
        ("assignee:none is:in", [BOT, BIG]),
        ("is:unassigned status:open", [NOTE, BOT]),
        ("tag:vip", [NEVER]),
        ("tag:vip shoes -never", []),
        ("-tag:vip shoes", [NOTE, BOT, BACK, BIG]),
        ("priority:urgent", [NEVER]),
        ("is:unread is:in", [BOT, BIG]),
        ("is:waiting", [NOTE, BOT, NEVER]),
        ("is:failed", []),
        ("after:2023-11-13 shoes", [NOTE, BOT, NEVER]),
        ("before:2023-11-13", [BACK, BIG]),
        ("on:2023-11-12", [BACK]),
        ("on:2023-11 shoes", [NOTE, BOT, NEVER, BACK, BIG]),
        ("on:2022", []),
        ("after:2d", [NOTE, BOT, NEVER, BACK]),
        ("on:yesterday", [NEVER]),
        ("before:today", [NEVER, BACK, BIG]),
        ("after:24h before:1h", [NEVER]),
        ("***", []),
        ("", []),
        ("status:", []),
        ("shoes status:", [NOTE, BOT, NEVER, BACK, BIG]),
        ("shoes ***", [NOTE, BOT, NEVER, BACK, BIG]),
    ],
)
def test_filters(db: Connection, query: str, found: list[str]) -> None:
    assert texts(db, query, timezone="UTC") == found


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("stauts:open", r"no filter stauts:; did you mean status:\?"),
        ("note:x", "put the words in quotes"),
        ("status:done", "one of open, pending, snoozed, closed"),
        ("before:soon", "is no date"),
        ("on:2023-02-30", "is no date"),
        ("on:99999999999999999999", "is no date"),
        ("account:sales", "there are bot, support"),
    ],
)
def test_a_filter_that_cannot_be(db: Connection, query: str, sentence: str) -> None:
    with pytest.raises(QueryError, match=sentence):
        search.search(db, query)


def test_while_typing_the_last_word_is_the_beginning_of_one(db: Connection, shop: Shop) -> None:
    room = shop.conversation()
    shop.message(room, "the delivery is late", author="Charlie")
    for typed in ("de", "del", "deliv", "deliver", "the deliv", "late the", "charl", "status:op",
                  "-spa"):  # fmt: skip
        assert texts(db, typed, live=True) == ["the delivery is late"], typed
    for typed in ("d", "eliv", "deliv ", "delive is", '"deliv'):
        assert texts(db, typed, live=True) == [], typed


def test_pages_go_on_before_the_last_hit(db: Connection, shop: Shop) -> None:
    room = shop.conversation()
    for number in range(7):
        shop.message(room, f"parcel {number}")
    first = search.search(db, "parcel", limit=3)
    second = search.search(db, "parcel", limit=3, before=first[-1].position)
    third = search.search(db, "parcel", limit=3, before=second[-1].position)
    assert [hit.snippet[-1] for hit in [*first, *second, *third]] == list("6543210")


def test_a_bounded_search_says_where_to_go_on(
    db: Connection, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "SCAN", 100)
    rare, common = shop.conversation(), shop.conversation()
    shop.message(rare, "parcel")
    with transaction(db):
        conversations.set_priority(db, rare, 1)
        messages.insert_many(db, [shop.new(common, f"parcel {number}") for number in range(350)])
    assert len(search.search(db, "parcel priority:high")) == 1
    hits = search.search(db, "parcel priority:high", bounded=True)
    assert hits == []
    while not hits and hits.resume:
        hits = search.search(db, "parcel priority:high", bounded=True, before=hits.resume)
    assert len(hits) == 1
    assert hits.resume is None


def test_snippets(db: Connection, shop: Shop) -> None:
    room = shop.conversation()
    words = " ".join(f"word{number}" for number in range(100))

    def snippet(text: str, query: str) -> str:
        shop.message(room, text)
        found = search.search(db, query, limit=1)[0].snippet
        return found.replace(OPEN, "[").replace(CLOSE, "]")

    assert snippet(f"{words} my Parcel\nis late {words}", "parcel late").startswith("…")
    assert "my [Parcel] is [late] word0" in snippet(
        f"{words} my Parcel\nis late {words}", "parcel late"
    )
    assert snippet("ещё раз", "еще") == "[ещё] раз"
    assert snippet("про м'яч", "мяч") == "про [м'яч]"
    assert snippet("我的订单什么", "订单") == "我的[订单]什么"
    assert snippet("un Café noir", "cafe") == "un [Café] noir"
    assert snippet("delivery soon", "deliv*") == "[deliv]ery soon"
    assert snippet(f"tricky {OPEN}marks{CLOSE} here", "marks") == "tricky [marks] here"


def test_customers_are_found_by_name_company_and_address(db: Connection, shop: Shop) -> None:
    ann = shop.customer("Ann Müller", "ann.mueller@example.org")
    shop.customer("Богдана", "b@example.net")
    with transaction(db):
        customers.update(db, ann, company="Acme GmbH")

    def found(query: str) -> list[str]:
        return [one.name for one in customers.find(db, query)]

    for query in ("muller", "ann acm", "MÜL", "mueller", "ann.mueller@example.org"):
        assert found(query) == ["Ann Müller"], query
    assert found("богд") == ["Богдана"]
    assert found("example") == ["Богдана", "Ann Müller"]
    assert found("***") == found("ann богдана") == []
    assert len(found("")) == 2
    with transaction(db):
        customers.update(db, ann, name="Anna Kowalska")
    assert found("kowal") == ["Anna Kowalska"]
    assert found("müller") == []


def test_a_search_sees_what_its_own_transaction_wrote(db: Connection, shop: Shop) -> None:
    room = shop.conversation()
    with transaction(db):
        messages.insert(db, shop.new(room, "parcel"))
        assert texts(db, "parcel") == ["parcel"]


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(), st.text(alphabet="ab \"'*-:()^{}+.,~&|!NOTADR订ёйс\0\ud800", max_size=30))
)
def test_nothing_typed_is_an_error_but_a_wrong_filter(query: str) -> None:
    db = _shared()
    for live in (False, True):
        try:
            search.search(db, query, live=live)
            conversations.all(db, query)
            inbox.inbox(db, "all", "ann", query=query)
        except QueryError:
            assert ":" in query
    customers.find(db, query)


_kept: list[tuple[TemporaryDirectory[str], Connection]] = []


def _shared() -> Connection:
    if not _kept:
        directory = TemporaryDirectory()
        shop = make_shop(open_database(Path(directory.name) / "desk.sqlite"))
        room = shop.conversation()
        for text in ("a b ab", "aab ba", "订单 ёй"):
            shop.message(room, text)
        _kept.append((directory, shop.db))
    return _kept[0][1]


@pytest.fixture(scope="module", autouse=True)
def _close_shared() -> Iterator[None]:
    yield
    for directory, db in _kept:
        db.close()
        directory.cleanup()
    _kept.clear()


WORD = st.text(alphabet="abc", min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(WORD, min_size=1, max_size=6), min_size=1, max_size=30),
    st.lists(WORD, min_size=1, max_size=2),
    st.integers(1, 10),
)
def test_a_live_search_finds_what_reading_everything_finds(
    said: list[list[str]], typed: list[str], limit: int
) -> None:
    with (
        TemporaryDirectory() as directory,
        closing(fresh_store(Path(directory) / "desk.sqlite")) as db,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(search, "SAMPLE", 7)
        # However rare: every long beginning is guessed from the index's short ones first.
        patch.setattr("store.candidates.Plan.common", lambda *_arguments: True)
        shop = make_shop(db)
        room = shop.conversation()
        with transaction(db):
            messages.insert_many(db, [shop.new(room, " ".join(words)) for words in said])
        *whole, begun = typed
        right = [
            " ".join(words)
            for words in reversed(said)
            if set(whole) <= set(words)
            and any(word.startswith(begun) if len(begun) > 1 else word == begun for word in words)
        ]
        assert texts(db, " ".join(typed), live=True, limit=limit) == right[:limit]


def test_the_index_made_anew_finds_the_same(db: Connection, shop: Shop) -> None:
    room = shop.conversation()
    shop.message(room, "first", quoted="what was said before")
    shop.message(room, "second", quoted="first")
    shop.message(room, "third", quoted="from elsewhere", subject="Fwd: this")
    before = [texts(db, query) for query in ("first", "said", "elsewhere", "support")]
    assert before[:3] == [["first"], ["first"], ["third"]]
    with transaction(db):
        assert check.reindex(db) == 3
    assert [texts(db, query) for query in ("first", "said", "elsewhere", "support")] == before


def test_days_are_those_of_the_time_zone() -> None:
    kyiv = parse("on:2024-03-31", timezone="Europe/Kyiv")
    assert kyiv.before is not None
    assert kyiv.after is not None
    assert kyiv.before - kyiv.after == 23 * 3_600_000  # the clocks went forward
    assert period("31.12.2023", NOW, None)[1] == period("2024", NOW, None)[0]
