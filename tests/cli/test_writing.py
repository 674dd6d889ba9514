"""`reply` and `do`: what an agent does with keys, from a script."""

from __future__ import annotations

import os
import pwd
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from omnitui.desk.arriving import intake
from omnitui.desk.knowledge import articles
from omnitui.desk.knowledge import shelf as shelves
from store import accounts, clock, customers
from tests.cli.conftest import Run, SmallDesk, mail


def conversation(run: Run, query: str = "from:ann") -> str:
    (found,) = run("conversations", query, "--json").json
    return str(found["id"])


def last(run: Run, number: str) -> dict[str, Any]:
    message: dict[str, Any] = run("show", number, "--json").json["messages"][-1]
    return message


def test_reply_prints_the_message_id_alone(run: Run, desk: SmallDesk) -> None:
    number = conversation(run)
    result = run("reply", number, stdin="It is on its way.\n")
    assert result.code == 0
    assert result.err == ""
    message = last(run, number)
    assert result.out == f"{message['id']}\n"
    assert message["direction"] == "out"
    assert message["state"] == "queued"
    assert message["text"] == "It is on its way."
    (entry,) = run("outbox", "--json").json
    assert entry["message_id"] == message["id"]
    assert entry["recipients"] == ["ann@example.test"]
    assert entry["state"] == "queued"


def test_a_program_answers_once_and_the_customer_still_waits(run: Run, desk: SmallDesk) -> None:
    with desk.open() as yesterdays:
        live = replace(yesterdays, clock=clock.now)
        account = accounts.get(live.db, "support")
        intake.accept(live, account, [mail(9, "Hi", sender="new@example.test", at=clock.now())])
    number = conversation(run, "from:new")
    assert run("reply", number, "--automatic=receipt", stdin="We got it.").code == 0
    assert run("show", number, "--json").json["status"] == "open"
    again = run("reply", number, "--automatic=receipt", stdin="We got it.")
    assert again.code == 1
    assert again.sentence
    assert len(run("outbox", "--json").json) == 1


def test_reply_with_template_and_text(run: Run, desk: SmallDesk) -> None:
    own = desk.directory / "templates"
    own.mkdir()
    (own / "hello.md").write_text("Hello {{ customer.first_name }},\n")
    number = conversation(run)
    assert run("reply", number, "--template", "hello", stdin="it left.").code == 0
    assert last(run, number)["text"] == "Hello Ann,\n\nit left."


def test_an_unfilled_variable_stops_the_reply(run: Run, desk: SmallDesk) -> None:
    own = desk.directory / "templates"
    own.mkdir()
    (own / "order.md").write_text("Your order {{ order_number }} left.\n")
    result = run("reply", conversation(run), "--template", "order")
    assert result.code == 1
    assert "order_number" in result.sentence
    assert run("outbox", "--json").json == []


def test_an_unknown_template_names_the_nearest(run: Run, desk: SmallDesk) -> None:
    assert "refund-approved" in run("reply", "1", "--template", "refund-aproved").sentence


def test_an_empty_reply_is_none(run: Run, desk: SmallDesk) -> None:
    assert run("reply", conversation(run), stdin="\n \n").code == 1
    assert run("outbox", "--json").json == []


def test_reply_with_attachment(run: Run, desk: SmallDesk, tmp_path: Path) -> None:
    file = tmp_path / "label.txt"
    file.write_text("stick me on")
    number = conversation(run)
    assert run("reply", number, "--attach", str(file), stdin="Here.").code == 0
    assert [f["name"] for f in last(run, number)["attachments"]] == ["label.txt"]
    assert "nowhere" in run("reply", number, "--attach", "/nowhere", stdin="x").sentence


def test_if_last_stops_when_somebody_wrote(run: Run, desk: SmallDesk) -> None:
    number = conversation(run)
    seen = str(last(run, number)["id"])
    desk.receive(mail(9, "Wait, wrong order!", in_reply_to="mail2@example.test"))
    result = run("reply", number, "--if-last", seen, stdin="Done.")
    assert result.code == 1
    assert "Ann Smith" in result.sentence
    newest = str(last(run, number)["id"])
    assert run("reply", number, "--if-last", newest, stdin="Done.").code == 0


def test_an_address_she_never_wrote_from_needs_to(run: Run, empty: SmallDesk) -> None:
    from connectors.contract import Address

    empty.receive(mail(1, "Answer to my boss", reply_to=[Address("boss@other.test")]))
    number = conversation(run)
    result = run("reply", number, stdin="Done.")
    assert result.code == 1
    assert "boss@other.test" in result.sentence
    assert run("reply", number, "--to", "boss@other.test", stdin="Done.").code == 0
    (entry,) = run("outbox", "--json").json
    assert entry["recipients"] == ["boss@other.test"]


def test_reply_at_a_time(run: Run, desk: SmallDesk) -> None:
    number = conversation(run)
    day = (datetime.now(UTC) + timedelta(days=30)).date()
    assert run("reply", number, "--at", f"{day} 09:00", stdin="Happy birthday").code == 0
    (entry,) = run("outbox", "--json").json
    assert entry["due_at"] == f"{day}T09:00:00Z"
    assert "never" in run("reply", number, "--at", "never", stdin="x").sentence


def test_reply_that_is_not_text(run: Run, desk: SmallDesk) -> None:
    assert "UTF-8" in run("reply", conversation(run), stdin=b"\xff\xfe\x00").sentence


def test_reply_on_a_channel_that_is_not_there(run: Run, desk: SmallDesk) -> None:
    assert run("reply", conversation(run), "--channel", "telegram", stdin="x").code == 1


def test_reply_to_nobody(run: Run, desk: SmallDesk) -> None:
    assert "999" in run("reply", "999", stdin="x").sentence


def test_reply_on_a_desk_without_a_store(run: Run, empty: SmallDesk) -> None:
    assert run("reply", "1", stdin="x").code == 1
    assert not (empty.directory / "desk.sqlite").exists()


def test_do_runs_commands_in_order(run: Run, desk: SmallDesk) -> None:
    number = conversation(run)
    result = run("do", number, "tag add parcel", "assign me", "priority high")
    assert result.code == 0
    shown = run("show", number, "--json").json
    assert shown["tags"] == ["parcel"]
    assert shown["assignee"]
    assert shown["priority"] == "high"


def test_do_stops_at_the_first_error(run: Run, desk: SmallDesk) -> None:
    number = conversation(run)
    result = run("do", number, "tag add one", "tagg add two", "tag add three")
    assert result.code == 1
    assert "tagg" in result.err
    assert result.err.count("\n") == 1
    assert run("show", number, "--json").json["tags"] == ["one"]


def test_do_writes_and_sends_with_a_draft_of_its_own(run: Run, desk: SmallDesk) -> None:
    number = conversation(run)
    assert run("do", number, "template insert refund-approved", "reply send").code == 0
    message = last(run, number)
    assert message["direction"] == "out"
    assert "refund" in message["text"].lower()
    with desk.open() as opened:
        assert opened.db.execute("SELECT count(*) FROM drafts").fetchone()[0] == 0


def test_do_takes_no_screen_commands(run: Run, desk: SmallDesk) -> None:
    assert run("do", conversation(run), "next").code == 1


def test_do_on_nothing(run: Run, desk: SmallDesk) -> None:
    assert "999" in run("do", "999", "assign me").sentence


def test_the_agent_is_the_unix_user(
    run: Run, desk: SmallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = conversation(run)
    for name in ("LOGNAME", "USER", "OMNITUI_AGENT"):
        monkeypatch.setenv(name, "somebody-else")
    assert run("do", number, "assign me").code == 0
    user = pwd.getpwuid(os.getuid()).pw_name
    assert run("show", number, "--json").json["assignee"] == user


def test_copies_are_named_and_only_what_is_named_is_meant(run: Run, empty: SmallDesk) -> None:
    from connectors.contract import Address

    empty.receive(mail(1, "Hello", cc=[Address("bob@other.test")]))
    number = conversation(run)
    copied = ("--cc", "Zoe@work.test", "--bcc", "boss@work.test")
    result = run("reply", number, *copied, stdin="Done.")
    assert result.code == 1
    assert "bob@other.test" in result.sentence
    assert "zoe" not in result.sentence.lower()
    assert run("reply", number, *copied, "--without", "bob@other.test", stdin="Done.").code == 0
    (entry,) = run("outbox", "--json").json
    assert entry["recipients"] == ["ann@example.test", "Zoe@work.test", "boss@work.test"]
    assert run("reply", number, "--cc", "zoe@", stdin="Done.").code == 1


def test_the_quote_and_the_signature_of_one_reply(run: Run, desk: SmallDesk) -> None:
    number = conversation(run)
    assert run("reply", number, "--quote", "last", "--no-signature", stdin="Done.").code == 0
    message = last(run, number)
    assert "Ann Smith" in message["quoted"].partition("\n")[0]
    assert "Any news?" in message["quoted"]
    assert message["signature"] is None
    assert run("reply", number, "--quote", "all", stdin="Done.").code == 2


def test_a_chat_s_reply_answers_a_message_and_comes_silently(run: Run, empty: SmallDesk) -> None:
    from connectors.contract import Address, Inbound
    from omnitui.desk.arriving import intake
    from store import accounts, messages
    from store.model import MessageId

    chat = Inbound("1", "77:1", "a" * 64, Address("77", "Ann"), "Where is it?", 1, chat="77")
    with empty.open() as desk:
        account = accounts.ensure(
            desk.db, "bot", "telegram", capabilities={"answers": True, "silent": True}
        )
        (receipt,) = intake.accept(desk, account, [chat], None)
    number = conversation(run)
    asked = receipt.message_id
    assert asked is not None
    sent = run("reply", number, "--answers", str(asked), "--silent", stdin="Here.").json
    details = empty.look(lambda d: messages.get(d.db, MessageId(sent)).details)
    assert (details["answers"], details["silent"]) == (asked, True)
    # What was asked for by name is an error where it cannot be.
    result = run("reply", number, "--answers", str(sent), stdin="This.")
    assert result.code == 1
    assert "not at the customer's" in result.sentence


def test_mail_comes_with_no_sound_to_leave_out(run: Run, desk: SmallDesk) -> None:
    result = run("reply", conversation(run), "--silent", stdin="Done.")
    assert result.code == 1
    assert "no silent messages" in result.sentence


def test_a_customer_without_a_conversation_is_worked_on_by_number(
    run: Run, desk: SmallDesk
) -> None:
    with desk.open() as office:
        number = str(customers.create(office.db, name="Zoe", at=clock.now()))
    assert run("do", "--customer", number, "customer company Acme", "customer tag vip").code == 0
    card = run("customer", number, "--json").json
    assert card["company"] == "Acme"
    assert card["tags"] == ["vip"]
    refused = run("do", "--customer", number, "close")
    assert refused.code == 1
    assert "no conversation yet" in refused.sentence
    assert run("do", "--customer", "99999", "customer tag vip").code == 1


def test_a_new_customer_is_printed_by_number(run: Run, desk: SmallDesk) -> None:
    made = run(
        "new-customer", "Zoe Kay", "--email", "zoe@home.test", "--phone", "+48 600 100 300",
        "--company", "Acme", "--field", "plan=basic", "--tag", "vip",
    )  # fmt: skip
    assert made.code == 0
    card = run("customer", made.out.strip(), "--json").json
    assert (card["name"], card["company"], card["tags"]) == ("Zoe Kay", "Acme", ["vip"])
    assert card["fields"] == {"plan": "basic"}
    assert sorted(one["address"] for one in card["identities"]) == ["+48600100300", "zoe@home.test"]
    taken = run("new-customer", "Zoe", "--email", "zoe@home.test")
    assert taken.code == 1
    assert f"Zoe Kay (#{made.out.strip()})" in taken.sentence
    assert run("new-customer", "X", "--field", "plan").code == 2


def test_customers_are_imported_rehearsed_and_repeated(
    run: Run, desk: SmallDesk, tmp_path: Path
) -> None:
    book = tmp_path / "book.csv"
    book.write_text("Name,E-mail,Size,Shoe\nZoe,zoe@home.test,M,40\nBad,nobody,,\n")
    before = run("customers", "--json").json
    rehearsed = run("import-customers", str(book), "--dry-run", "--json").json
    assert (rehearsed["dry_run"], rehearsed["made"], rehearsed["left_out"]) == (True, 1, 1)
    assert run("customers", "--json").json == before
    first = run("import-customers", str(book), "--map", "Shoe=shoe")
    assert first.code == 0
    assert first.out.startswith("1 made, 0 changed, 0 unchanged, 1 left out.")
    assert "Size" in first.out
    assert "line 3" in first.err
    again = run("import-customers", str(book), "--map", "Shoe=shoe", "--json").json
    assert (again["made"], again["unchanged"]) == (0, 1)
    assert again["columns"] == {"Name": "name", "E-mail": "email", "Size": None,
                                "Shoe": "field:shoe"}  # fmt: skip
    assert again["problems"][0]["line"] == 3
    (zoe,) = run("customers", "zoe", "--json").json
    assert zoe["fields"] == {"shoe": "40"}
    assert "Did you mean “Shoe”?" in run("import-customers", str(book), "--map", "Sho=x").sentence
    assert run("import-customers", str(tmp_path / "none.csv")).code == 1
    card = tmp_path / "card.vcf"
    card.write_text("BEGIN:VCARD\nVERSION:3.0\nFN:Joe Kay\nEMAIL:joe@kay.test\nEND:VCARD\n")
    assert run("import-customers", str(card), "--json").json["made"] == 1


def test_articles_are_read_while_nobody_waits_for_the_store(
    desk: SmallDesk, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = desk.directory / "articles"
    folder.mkdir()
    (folder / "sizes.md").write_text("---\ntitle: Sizes\n---\nMeasure in the evening.\n")
    read, written = articles.read_variant, []

    def slowly(path: Path, *about: Any) -> Any:
        with desk.open() as inside:  # somebody else writes meanwhile
            customers.create(inside.db, name=path.name, at=clock.now())
        written.append(path.name)
        return read(path, *about)

    monkeypatch.setattr(shelves, "read_variant", slowly)
    found = run("do", "1", "article insert sizes", "reply send")
    assert (found.code, found.err, written) == (0, "", ["sizes.md"])
    assert run("show", "1", "--json").json["messages"][-1]["text"] == "Measure in the evening."
