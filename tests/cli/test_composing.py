"""`compose` and `log`: writing first, and what a telephone system notes."""

from __future__ import annotations

from tests.cli.conftest import Run, SmallDesk


def test_compose_prints_the_message_id_alone(run: Run, desk: SmallDesk) -> None:
    result = run(
        "compose",
        "eve@new.test",
        "--subject",
        "Your parcel",
        "--name",
        "Eve",
        stdin="It is here.\n",
    )
    assert (result.code, result.err) == (0, "")
    (entry,) = run("outbox", "--json").json
    assert result.out == f"{entry['message_id']}\n"
    assert entry["recipients"] == ["eve@new.test"]
    (found,) = [one for one in run("conversations", "--json").json if one["customer"] == "Eve"]
    assert (found["status"], found["assignee"], found["subject"]) == (
        "pending", None, "Your parcel",
    )  # fmt: skip
    (message,) = run("show", str(found["id"]), "--json").json["messages"]
    assert (message["text"], message["subject"]) == ("It is here.", "Your parcel")


def test_compose_tells_more_as_json_and_takes_a_number(run: Run, desk: SmallDesk) -> None:
    first = run("compose", "eve@new.test", "--assign", "ann", "--json", stdin="Hello").json
    assert first["new_customer"] is True
    assert first["address"] == "eve@new.test"
    again = run("compose", f"#{first['customer_id']}", "--json", stdin="Once more").json
    assert again["new_customer"] is False
    assert again["customer_id"] == first["customer_id"]
    assert again["conversation_id"] != first["conversation_id"]
    assert run("show", str(first["conversation_id"]), "--json").json["assignee"] == "ann"


def test_what_is_not_sent_leaves_nothing(run: Run, desk: SmallDesk) -> None:
    before = len(run("conversations", "--json").json), len(run("customers", "--json").json)
    for arguments, words in (
        (("eve@new.test",), "empty"),
        (("eve",), "Nobody is called"),
        (("support@acme.test",), "own address"),
        (("eve@new.test", "--account", "bot"), "no account"),
        (("eve@new.test", "--template", "missing"), "missing"),
        (("eve@new.test", "--attach", "/nowhere"), "/nowhere"),
        (("ann@example.test", "--unless-open"), "unfinished"),
    ):
        text = "" if words == "empty" else "Hello"
        result = run("compose", *arguments, stdin=text)
        assert result.code == 1, arguments
        assert words in result.sentence
    assert before == (
        len(run("conversations", "--json").json),
        len(run("customers", "--json").json),
    )


def test_a_macro_begins_a_matter_too(run: Run, desk: SmallDesk) -> None:
    (one,) = run("conversations", "from:ann", "--json").json
    done = run(
        "do", str(one["id"]), "compose this '' A new thing", "reply set Good news", "reply send"
    )
    assert done.code == 0, done.err
    (found,) = [c for c in run("conversations", "--json").json if c["subject"] == "A new thing"]
    assert found["customer_id"] == one["customer_id"]
    assert [m["text"] for m in run("show", str(found["id"]), "--json").json["messages"]] == [
        "Good news"
    ]


def test_a_telephone_system_notes_calls(run: Run, desk: SmallDesk) -> None:
    noted = run(
        "log", "+380671234567", "missed", "--name", "Olena", "--key", "17", "--json",
    ).json  # fmt: skip
    shown = run("show", str(noted["conversation_id"]), "--json").json
    assert (shown["status"], shown["customer"], shown["channels"]) == ("open", "Olena", ["phone"])
    (message,) = shown["messages"]
    assert message["contact"]["address"] == "+380671234567"
    assert message["contact"]["kind"] == "missed"
    again = run("log", "+380 67 123 45 67", "missed", "--key", "17")
    assert again.out == f"{noted['message_id']}\n"
    call = run(
        "log", "+380671234567", "call", "Called back", "--minutes", "3", "--after", "close",
        "--at", "2026-01-02T10:00:00Z",
    )  # fmt: skip
    assert call.code == 0, call.err
    shown = run("show", str(noted["conversation_id"]), "--json").json
    assert shown["status"] == "closed"
    assert {m["arrived_at"] for m in shown["messages"]} >= {"2026-01-02T10:00:00Z"}
    (hit,) = run("search", "called back", "--json").json
    assert hit["conversation_id"] == noted["conversation_id"]
    printed = run("show", str(noted["conversation_id"])).out
    assert "Called back" in printed
    assert "Call, 3 minutes" in printed
    for arguments, words in (
        (("nobody", "call"), "Nobody is called"),
        (("+380671234567", "call", "--at", "soon"), "no time like"),
        (("+380671234567", "call", "--conversation", "1"), "another customer"),
        (("+380671234567", "call", "--minutes", "5000"), "minutes"),
    ):
        result = run("log", *arguments)
        assert result.code == 1, arguments
        assert words in result.sentence
