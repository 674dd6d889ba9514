"""The reading verbs: their JSON, which outside programs rely on, and what people see."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import Run, SmallDesk

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
LISTS = (
    ["conversations"],
    ["customers"],
    ["search", "parcel"],
    ["outbox"],
    ["ledger"],
    ["quarantine"],
)


@pytest.mark.parametrize("verb", LISTS, ids=lambda verb: verb[0])
def test_a_desk_without_a_store_has_nothing(run: Run, empty: SmallDesk, verb: list[str]) -> None:
    result = run(*verb, "--json")
    assert result.json == []
    assert result.err == ""
    assert run(*verb, "--jsonl").out == ""
    assert run(*verb).out == ""
    assert not (empty.directory / "desk.sqlite").exists()


@pytest.mark.parametrize("verb", LISTS, ids=lambda verb: verb[0])
def test_nothing_at_all_is_there_yet(run: Run, verb: list[str]) -> None:
    assert run(*verb, "--json").json == []


def test_conversations(run: Run, desk: SmallDesk) -> None:
    found = run("conversations", "--json").json
    assert len(found) == 2
    by_subject = {one["subject"].split()[0]: one for one in found}
    parcel = by_subject["Parcel"]
    assert {"id", "customer_id", "status", "assignee", "tags", "channels"} <= parcel.keys()
    assert parcel["status"] == "open"
    assert parcel["channels"] == ["email"]
    assert TIME.fullmatch(parcel["last_message_at"])


def test_conversations_of_every_status(run: Run, desk: SmallDesk) -> None:
    ids = [one["id"] for one in run("conversations", "--json").json]
    for number, status in zip(ids, ("closed", "pending"), strict=True):
        assert run("do", str(number), f"status {status}").code == 0
    found = {one["id"]: one["status"] for one in run("conversations", "--json").json}
    assert found == dict(zip(ids, ("closed", "pending"), strict=True))


def test_conversations_by_query(run: Run, desk: SmallDesk) -> None:
    found = run("conversations", "from:olena@example.test", "--json").json
    assert [one["customer"] for one in found] == ["Олена"]


def test_me_in_a_query_is_who_asks(run: Run, desk: SmallDesk) -> None:
    first = str(run("conversations", "--json").json[0]["id"])
    assert run("do", first, "assign me").code == 0
    assert [str(one["id"]) for one in run("conversations", "assignee:me", "--json").json] == [first]
    found = run("search", "assignee:me", "--json").json
    assert {str(one["conversation_id"]) for one in found} == {first}


def test_words_that_must_not_be_there(run: Run, desk: SmallDesk) -> None:
    both = run("search", "parcel", "--json").json
    without = run("search", "parcel", "-news", "--json").json
    assert (len(both), len(without)) == (2, 1)
    assert run("conversations", "-parcel", "--json").json[0]["customer"] == "Олена"


def test_jsonl_is_an_object_a_line(run: Run, desk: SmallDesk) -> None:
    whole = run("conversations", "--json").json
    assert run("conversations", "--jsonl").lines == whole


def test_show(run: Run, desk: SmallDesk) -> None:
    (parcel,) = [c for c in run("conversations", "--json").json if c["subject"] == "Parcel"]
    shown = run("show", str(parcel["id"]), "--json").json
    assert {
        "id", "customer_id", "subject", "status", "assignee", "priority", "tags", "channels",
    } <= shown.keys()  # fmt: skip
    first, second = shown["messages"]
    assert first["text"] == "Where is my parcel?"
    assert first["direction"] == "in"
    assert first["state"] == "received"
    assert first["channel"] == "email"
    assert first["account"] == "support"
    assert first["external_id"] == "mail1@example.test"
    assert first["author"] == "Ann Smith"
    assert first["attachments"] == []
    assert TIME.fullmatch(first["sent_at"])
    assert second["text"].startswith("Any news?")


def test_show_orders_by_arrival(run: Run, empty: SmallDesk) -> None:
    from tests.cli.conftest import NOON, mail

    empty.receive(
        mail(1, "came second", at=NOON + 2000),
        mail(2, "came first", at=NOON + 1000, in_reply_to="mail1@example.test"),
    )
    ids = {c["id"] for c in run("conversations", "--json").json}
    assert len(ids) == 1
    shown = run("show", str(*ids), "--json").json
    assert [m["text"] for m in shown["messages"]] == ["came first", "came second"]


def test_show_tells_what_a_chat_shows(run: Run, empty: SmallDesk) -> None:
    from tests.cli.conftest import NOON, mail

    told = {
        "media": {"kind": "voice", "duration": 12},
        "reply_to": {"key": "1:1", "author": "Acme", "text": "When?", "ours": True},
        "forward": {"kind": "hidden_user", "name": "Carrier"},
        "edits": [{"text": "on Monday", "until": NOON}],
        "reactions": {"42": {"name": "Ann", "emoji": ["👍"]}},
        "deleted_at": NOON,
        "deleted_by": "customer",
    }
    empty.receive(mail(1, "on Tuesday", details=told))
    (one,) = run("conversations", "--json").json
    shown = run("show", str(one["id"])).out
    lines = ("↩ Acme: When?", "voice message 0:12", "⤷ forwarded from Carrier")
    assert all(line in shown.partition("on Tuesday")[0] for line in lines)
    assert all(line in shown.partition("on Tuesday")[2] for line in ("on Monday", "👍 Ann"))
    assert "✗ deleted by the customer" in shown
    (message,) = run("show", str(one["id"]), "--json").json["messages"]
    assert message["forward"]["name"] == "Carrier"


def test_show_tells_a_sticker_once(run: Run, empty: SmallDesk) -> None:
    from tests.cli.conftest import mail

    told = {"media": {"kind": "sticker", "emoji": "😀"}}
    empty.receive(mail(1, "😀", details=told))
    (one,) = run("conversations", "--json").json
    assert run("show", str(one["id"])).out.count("😀") == 1


def test_show_attachments(run: Run, desk: SmallDesk) -> None:
    (one,) = run("conversations", "from:olena", "--json").json
    (message,) = run("show", str(one["id"]), "--json").json["messages"]
    (file,) = message["attachments"]
    assert (file["name"], file["type"], file["size"]) == ("чек.pdf", "application/pdf", 6)


@pytest.mark.parametrize("verb", ["show", "customer"])
def test_what_is_not_there_is_a_sentence(run: Run, desk: SmallDesk, verb: str) -> None:
    result = run(verb, "999", "--json")
    assert result.code == 1
    assert "999" in result.sentence


@pytest.mark.parametrize("verb", ["show", "customer"])
def test_nor_is_it_on_a_desk_without_a_store(run: Run, empty: SmallDesk, verb: str) -> None:
    result = run(verb, "7", "--json")
    assert result.code == 1
    assert "7" in result.sentence


def test_people_see_no_escape_sequences(run: Run, desk: SmallDesk) -> None:
    for verb in (["conversations"], ["customers"], ["show", "2"], ["search", "чек"], ["ledger"]):
        result = run(*verb)
        assert result.code == 0
        assert "\x1b" not in result.out
        assert result.out


def test_customers_and_customer(run: Run, desk: SmallDesk) -> None:
    found = run("customers", "--json").json
    assert {one["name"] for one in found} == {"Ann Smith", "Олена"}
    (ann,) = run("customers", "ann", "--json").json
    shown = run("customer", str(ann["id"]), "--json").json
    assert shown["name"] == "Ann Smith"
    assert [i["address"] for i in shown["identities"]] == ["ann@example.test"]
    assert [c["subject"] for c in shown["conversations"]] == ["Parcel"]


def test_search_gives_one_item_a_message(run: Run, desk: SmallDesk) -> None:
    (hit,) = run("search", "чек", "--json").json
    assert {"message_id", "conversation_id", "customer_id", "snippet", "at"} <= hit.keys()
    assert "чек" in hit["snippet"]
    assert "\x02" not in hit["snippet"]
    assert TIME.fullmatch(hit["at"])


def test_a_bad_filter_is_a_sentence(run: Run, desk: SmallDesk) -> None:
    result = run("search", "before:yesterdayish", "--json")
    assert result.code == 1
    assert "yesterdayish" in result.sentence


def test_ledger(run: Run, desk: SmallDesk) -> None:
    found = run("ledger", "--json").json
    assert {one["external_id"]: one["outcome"] for one in found} == {
        "INBOX/1/1": "accepted",
        "INBOX/1/2": "accepted",
        "INBOX/1/3": "accepted",
        "INBOX/1/4": "quarantined",
    }
    for one in found:
        assert one.keys() == {"account", "external_id", "outcome", "reason", "message_id", "at"}
        assert one["account"] == "support"
        assert TIME.fullmatch(one["at"])
    (bad,) = run("ledger", "--outcome", "quarantined", "--json").json
    assert bad["message_id"] is None
    assert run("ledger", "--account", "nobody", "--json").json == []


def test_quarantine_is_shown_and_tried_again(run: Run, desk: SmallDesk) -> None:
    (bad,) = run("quarantine", "--json").json
    assert bad["reason"] == "no sense in it"
    assert run("quarantine", "show", "INBOX/1/4").out == "From: x@example.test\n\nhello\n"
    assert "1 taken in" in run("quarantine", "retry").err
    assert run("quarantine", "--json").json == []
    (hit,) = run("search", "hello", "--json").json
    (receipt,) = [r for r in run("ledger", "--json").json if r["external_id"] == "INBOX/1/4"]
    assert receipt["outcome"] == "accepted"
    assert receipt["message_id"] == hit["message_id"]


def test_quarantine_of_something_else(run: Run, desk: SmallDesk) -> None:
    assert "INBOX/9" in run("quarantine", "show", "INBOX/9").sentence


def test_articles(run: Run, empty: SmallDesk) -> None:
    own = empty.directory / "articles"
    own.mkdir()
    (own / "returns.md").write_text(
        "---\ntitle: Returns\nurl: https://h.example/r\n---\n# Labels\n"
    )
    (own / "returns.pl.md").write_text("---\ntitle: Zwroty\n---\nNaklejka na paczkę\n")
    (own / "sizes.md").write_text("Boots\n")
    assert [one["name"] for one in run("articles", "--json").json] == ["returns", "sizes"]
    (found,) = run("articles", "naklejki", "--language", "pl", "--json").json
    assert (found["title"], found["url"], found["text"]) == ("Zwroty", None, "Naklejka na paczkę")
    assert found["variants"]["en"]["url"] == "https://h.example/r"
    assert "Sizes" in run("articles", "boot").out
    (own / "broken.md").write_text("---\ntitle: [\n")
    result = run("articles")
    assert result.code == 1
    assert "broken.md:1" in result.err


def test_templates(run: Run, empty: SmallDesk) -> None:
    own = empty.directory / "templates"
    own.mkdir()
    (own / "hello.md").write_text("---\ntitle: Hello there\n---\nHello {{ customer.name }}\n")
    found = {one["name"]: one for one in run("templates", "--json").json}
    assert found["hello"]["title"] == "Hello there"
    assert len(found) > 5
    (own / "broken.md").write_text("---\ntitle: [\n")
    result = run("templates")
    assert result.code == 1
    assert "broken.md:1" in result.err
