"""Chats are answered side by side, each in its order; what was sent can be changed."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict

import pytest

from connectors.contract import Address, Inbound
from omnitui.desk.arriving import intake
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.replying import alterations, reply
from omnitui.desk.replying import outbox as desk_outbox
from omnitui.desk.visiting import typing
from store import accounts, conversations, events, messages
from store import outbox as store_outbox
from store.clock import now
from store.model import ConversationId, Delivery, MessageId
from tests.engine.desk_home import DeskHome, until
from tests.engine.scripted import CHAT, PART


def open_chats(desk: DeskHome, *chats: str) -> dict[str, ConversationId]:
    """Each has written; no engine has run yet."""

    def received(chat: str) -> Inbound:
        return Inbound(
            external_id=f"opened/{chat}",
            message_key=f"{chat}:1",
            content_hash=chat * 8,
            sender=Address(chat, "Ann"),
            text="hello",
            arrived_at=now(),
            chat=chat,
        )

    def write(d: Desk) -> dict[str, ConversationId]:
        account = accounts.ensure(
            d.db, "one", "scripted", address="one@desk.test", capabilities=asdict(CHAT)
        )
        intake.accept(d, account, [received(chat) for chat in chats])
        return {
            str(messages.of_conversation(d.db, c.id)[0].details["chat"]): c.id
            for c in conversations.all(d.db)
        }

    return desk.write(write)


@pytest.fixture
def desk(make_desk: Callable[..., DeskHome]) -> DeskHome:
    return make_desk(chat=True, parallel=8)


def queue(desk: DeskHome, chat: ConversationId, text: str, **more: object) -> MessageId:
    return desk.write(lambda d: reply.queue(d, chat, text, undo_delay=0, **more))  # type: ignore[arg-type]


def state(desk: DeskHome, message: MessageId) -> str:
    return desk.read(lambda d: messages.get(d.db, message).state)


def error(desk: DeskHome, message: MessageId) -> str:
    return desk.read(lambda d: messages.get(d.db, message).error)


def ends(desk: DeskHome, message: MessageId, wanted: str) -> None:
    desk.eventually(lambda d: messages.get(d.db, message).state == wanted)


def test_a_slow_chat_holds_up_no_other(desk: DeskHome) -> None:
    chats = open_chats(desk, "1", "2", "3")
    desk.place.fault("send hang-before 1")
    desk.start("--send-limit", "60")
    stuck, behind = queue(desk, chats["1"], "a"), queue(desk, chats["1"], "b")
    until(lambda: desk.place.lines("attempts"))
    for chat in ("2", "3"):
        ends(desk, queue(desk, chats[chat], "quick"), "sent")
    assert (state(desk, stuck), state(desk, behind)) == ("sending", "queued")


def test_what_waits_for_its_next_try_is_not_overtaken(desk: DeskHome) -> None:
    chats = open_chats(desk, "1", "2")
    desk.place.fault("send deferred 1")
    desk.start()
    first = [queue(desk, chats["1"], text) for text in ("a", "b", "c")]
    other = [queue(desk, chats["2"], text) for text in ("x", "y")]
    for message in other:
        ends(desk, message, "sent")
    until(lambda: [a["text"] for a in desk.place.lines("attempts")].count("a") >= 2)
    assert {a["text"] for a in desk.place.lines("attempts")} == {"a", "x", "y"}
    desk.place.fault()
    ends(desk, first[-1], "sent")
    assert [s["text"] for s in desk.place.sent() if s["chat"] == "1"] == ["a", "b", "c"]


def test_many_chats_keep_their_order(desk: DeskHome) -> None:
    names = [str(n) for n in range(1, 13)]
    chats = open_chats(desk, *names)
    order: dict[str, list[str]] = defaultdict(list)
    picks = random.Random(7)
    for n in range(60):
        chat = picks.choice(names)
        order[chat].append(f"{n}")
        queue(desk, chats[chat], f"{n}")
    desk.start()
    until(lambda: len(desk.place.sent()) == 60)
    arrived: dict[str, list[str]] = defaultdict(list)
    for sent in desk.place.sent():
        arrived[sent["chat"]].append(sent["text"])
    assert arrived == order


def test_killed_with_many_in_flight_none_goes_twice(desk: DeskHome) -> None:
    names = [str(n) for n in range(1, 13)]
    chats = open_chats(desk, *names)
    desk.place.fault("send hang-before")
    process = desk.start("--send-limit", "60")
    sent = [queue(desk, chats[chat], f"to {chat}") for chat in names]
    until(lambda: len(desk.place.lines("attempts")) == 8)
    desk.kill(process)
    in_flight = {message for message in sent if state(desk, message) == "sending"}
    assert len(in_flight) == 8
    desk.place.fault()
    desk.start()
    for message in sent:
        ends(desk, message, "unknown" if message in in_flight else "sent")
    assert len(desk.place.sent()) == 4
    # The chat goes on: one of unknown fate blocks nothing.
    after = queue(desk, chats["1"], "after")
    ends(desk, after, "sent")
    assert all(state(desk, message) == "unknown" for message in in_flight)


def test_a_message_in_parts_goes_on_where_it_ended(desk: DeskHome) -> None:
    chats = open_chats(desk, "1")
    desk.place.fault("part3 deferred")
    desk.start()
    message = queue(desk, chats["1"], PART.join(("a", "b", "c")))
    desk.eventually(lambda d: "2 parts" in messages.get(d.db, message).error)
    with pytest.raises(desk_outbox.NotCancellable, match="2 parts"):
        desk.write(lambda d: desk_outbox.cancel(d, message))
    desk.place.fault()
    ends(desk, message, "sent")
    assert [s["text"] for s in desk.place.sent()] == ["a", "b", "c"]
    found = desk.read(lambda d: messages.get(d.db, message))
    assert found.external_id == found.details["parts"][0]
    assert len(found.details["parts"]) == 3
    assert found.error == ""
    aliases = desk.read(
        lambda d: {row[0] for row in d.db.execute("SELECT external_id FROM message_aliases")}
    )
    assert aliases == set(found.details["parts"])


def test_the_rest_of_a_message_can_be_stopped(desk: DeskHome) -> None:
    chats = open_chats(desk, "1")
    desk.place.fault("part2 deferred")
    desk.start()
    message = queue(desk, chats["1"], PART.join(("a", "b")))
    behind = queue(desk, chats["1"], "c")
    with pytest.raises(CommandError, match="outbox cancel"):
        desk.write(lambda d: desk_outbox.reject(d, behind))
    desk.eventually(lambda d: store_outbox.get(d.db, message).attempts >= 1)
    desk.eventually(lambda d: messages.get(d.db, message).state == "queued")
    desk.write(lambda d: desk_outbox.reject(d, message))
    ends(desk, behind, "sent")
    assert error(desk, message) == "tester stopped it. Its first part is out already."
    assert [s["text"] for s in desk.place.sent()] == ["a", "c"]


@pytest.mark.parametrize(
    ("fault", "ending"), [("rejected", "failed"), ("maybe", "unknown"), ("crash", "unknown")]
)
def test_what_is_out_of_a_message_that_failed_is_told(
    desk: DeskHome, fault: str, ending: str
) -> None:
    chats = open_chats(desk, "1")
    desk.place.fault(f"part2 {fault}")
    desk.start()
    message = queue(desk, chats["1"], PART.join(("a", "b")))
    ends(desk, message, ending)
    assert "first part is out" in error(desk, message)
    desk.place.fault()
    desk.write(lambda d: desk_outbox.retry(d, message))
    ends(desk, message, "sent")
    assert [s["text"] for s in desk.place.sent()] == ["a", "b"]


def test_killed_between_parts_the_first_are_known(desk: DeskHome) -> None:
    chats = open_chats(desk, "1")
    desk.place.fault("send hang-after")
    process = desk.start("--send-limit", "60")
    message = queue(desk, chats["1"], PART.join(("a", "b")))
    until(lambda: len(desk.place.sent()) == 2)
    desk.eventually(lambda d: len(messages.get(d.db, message).details.get("parts", ())) == 2)
    desk.kill(process)
    desk.place.fault()
    desk.start()
    ends(desk, message, "unknown")
    assert "2 parts" in error(desk, message)


def test_who_blocks_us_is_flagged(desk: DeskHome) -> None:
    from store import identities

    chats = open_chats(desk, "1")
    desk.place.fault("send blocked")
    desk.start()
    message = queue(desk, chats["1"], "hello?")
    ends(desk, message, "failed")
    assert "blocks you" in error(desk, message)
    flag = desk.read(lambda d: identities.find(d.db, "scripted", "1"))
    assert flag is not None
    assert flag.flag == "blocked"


def test_a_reply_answers_one_message_and_comes_silently(desk: DeskHome) -> None:
    chats = open_chats(desk, "1")
    asked = desk.read(lambda d: messages.of_conversation(d.db, chats["1"])[0])
    desk.start()
    message = queue(desk, chats["1"], "this", delivery=Delivery(answers=asked.id, silent=True))
    ends(desk, message, "sent")
    ends(desk, queue(desk, chats["1"], "that"), "sent")
    first, second = desk.place.sent()
    assert (first["answers"], first["silent"]) == (asked.external_id, True)
    assert (second["answers"], second["silent"], second["in_reply_to"]) == ("", False, "")


# -- what was sent is changed


def sent_message(desk: DeskHome, text: str = "It left.") -> MessageId:
    chats = open_chats(desk, "1")
    desk.start()
    message = queue(desk, chats["1"], text)
    ends(desk, message, "sent")
    return message


def test_an_edit_is_shown_when_the_customer_sees_it(desk: DeskHome) -> None:
    message = sent_message(desk)
    desk.place.fault("alter deferred")
    desk.write(lambda d: alterations.queue(d, message, "edit", "It left today."))
    desk.eventually(lambda d: messages.get(d.db, message).details["alteration"]["error"])
    assert desk.read(lambda d: messages.get(d.db, message).text) == "It left."
    desk.place.fault()
    desk.eventually(lambda d: messages.get(d.db, message).text == "It left today.")
    found = desk.read(lambda d: messages.get(d.db, message))
    assert "alteration" not in found.details
    (edit,) = found.details["edits"]
    assert (edit["text"], edit["agent"]) == ("It left.", "tester")
    told = desk.read(lambda d: [e for e in events.after(d.db, 0) if e.kind == "message.edited"])
    assert [(e.actor, e.message_id) for e in told] == [("tester", message)]
    assert desk.place.lines("altered")[-1]["parts"] == [found.external_id]


def test_edits_of_one_message_keep_their_order(desk: DeskHome) -> None:
    message = sent_message(desk, "0")
    desk.place.fault("alter deferred")
    for n in range(1, 6):
        desk.write(lambda d, n=n: alterations.queue(d, message, "edit", str(n)))
    desk.place.fault()
    desk.eventually(lambda d: messages.get(d.db, message).text == "5")
    edits = desk.read(lambda d: messages.get(d.db, message).details["edits"])
    assert [edit["text"] for edit in edits] == ["0", "1", "2", "3", "4"]


def test_a_deletion_keeps_the_text_here(desk: DeskHome) -> None:
    message = sent_message(desk)
    desk.write(lambda d: alterations.queue(d, message, "delete"))
    desk.eventually(lambda d: messages.get(d.db, message).details.get("deleted_at"))
    found = desk.read(lambda d: messages.get(d.db, message))
    assert (found.text, found.details["deleted_by"]) == ("It left.", "tester")
    assert "alteration" not in found.details
    with pytest.raises(alterations.NotAlterable, match="deleted already"):
        desk.write(lambda d: alterations.queue(d, message, "edit", "new"))


def test_a_refused_change_is_shown_and_can_be_tried_again(desk: DeskHome) -> None:
    message = sent_message(desk)
    desk.place.fault("alter rejected")
    desk.write(lambda d: alterations.queue(d, message, "edit", "new"))
    desk.eventually(
        lambda d: messages.get(d.db, message).details["alteration"]["state"] == "failed"
    )
    mark = desk.read(lambda d: messages.get(d.db, message).details["alteration"])
    assert "does not want it" in mark["error"]
    desk.place.fault()
    desk.write(lambda d: alterations.retry(d, message))
    desk.eventually(lambda d: messages.get(d.db, message).text == "new")


def test_killed_in_the_middle_a_change_is_made_again(desk: DeskHome) -> None:
    chats = open_chats(desk, "1")
    process = desk.start()
    message = queue(desk, chats["1"], "old")
    ends(desk, message, "sent")
    desk.place.fault("alter hang-after")
    desk.write(lambda d: alterations.queue(d, message, "edit", "new"))
    until(lambda: desk.place.lines("altered"))
    desk.kill(process)
    desk.place.fault()
    desk.start()
    desk.eventually(lambda d: messages.get(d.db, message).text == "new")
    assert len(desk.place.lines("altered")) == 2
    assert len(desk.read(lambda d: messages.get(d.db, message).details["edits"])) == 1


def test_what_is_taken_back_while_there_is_no_connection_is_not_changed_after_all(
    desk: DeskHome,
) -> None:
    chats = open_chats(desk, "1", "2")
    process = desk.start()
    kept, other = queue(desk, chats["1"], "kept"), queue(desk, chats["2"], "other")
    for message in (kept, other):
        ends(desk, message, "sent")
    desk.stop(process)
    desk.write(lambda d: alterations.queue(d, kept, "edit", "hasty"))
    desk.place.fault("build misconfigured")
    desk.start()
    desk.eventually(lambda d: accounts.get(d.db, "one").state == "failed")
    desk.write(lambda d: alterations.cancel(d, kept))
    desk.place.fault()
    desk.write(lambda d: alterations.queue(d, other, "edit", "another"))
    desk.eventually(lambda d: messages.get(d.db, other).text == "another")
    assert [line["text"] for line in desk.place.lines("altered")] == ["another"]
    assert desk.read(lambda d: messages.get(d.db, kept).text) == "kept"


# -- somebody types


def test_customers_see_that_an_agent_types(desk: DeskHome) -> None:
    chats = open_chats(desk, "1", "2")
    desk.start()
    desk.eventually(lambda d: accounts.get(d.db, "one").state == "online")
    before = desk.read(lambda d: events.last_id(d.db))
    started = time.time()
    assert desk.write(lambda d: typing.note(d, chats["1"]))
    until(lambda: desk.place.lines("typing"))
    for _ in range(3):
        desk.write(lambda d: typing.note(d, chats["1"]))
    desk.write(lambda d: typing.note(d, chats["2"]))
    until(lambda: len({line["chat"] for line in desk.place.lines("typing")}) == 2)
    signs = [line["at"] for line in desk.place.lines("typing") if line["chat"] == "1"]
    assert len(signs) <= 1 + (time.time() - started) // 4
    assert desk.read(lambda d: events.last_id(d.db)) == before
    # Once sent, nothing is being typed any more.
    ends(desk, queue(desk, chats["1"], "there"), "sent")
    assert [one.chat for one in desk.read(typing.chats)] in (["2"], [])


def test_the_store_keeps_a_stopped_engine_s_order(desk: DeskHome) -> None:
    """A message that waits for its next try is first again after a restart."""
    chats = open_chats(desk, "1")
    desk.place.fault("send deferred")
    process = desk.start()
    first = queue(desk, chats["1"], "a")
    desk.eventually(lambda d: store_outbox.get(d.db, first).attempts >= 2)
    desk.stop(process)
    second = queue(desk, chats["1"], "b")
    desk.place.fault()
    desk.start()
    ends(desk, second, "sent")
    assert [s["text"] for s in desk.place.sent()] == ["a", "b"]
