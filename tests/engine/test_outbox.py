"""Nothing outbound goes twice, and what is not known is said."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from omnitui.desk.context import Desk
from omnitui.desk.replying import outbox as desk_outbox
from omnitui.desk.replying import reply
from store import accounts, conversations, messages
from store import outbox as store_outbox
from store.clock import now
from store.model import ConversationId, MessageId
from tests.engine.desk_home import DeskHome, until
from tests.engine.run_engine import QUICK


@pytest.fixture
def conversation(desk: DeskHome) -> ConversationId:
    """One customer has written; no engine runs any more."""
    desk.place.deliver("Where is my parcel?")
    process = desk.start()
    desk.eventually(lambda d: conversations.all(d.db))
    assert desk.stop(process) == 0
    return desk.read(lambda d: conversations.all(d.db)[0].id)


def queue(desk: DeskHome, conversation: ConversationId, text: str = "It left.") -> MessageId:
    return desk.write(lambda d: reply.queue(d, conversation, text, undo_delay=0))


def in_state(message: MessageId, *states: str) -> Callable[[Desk], bool]:
    return lambda desk: messages.get(desk.db, message).state in states


def test_a_reply_goes_out_within_moments(desk: DeskHome, conversation: ConversationId) -> None:
    desk.start()
    desk.eventually(lambda d: accounts.get(d.db, "one").state == "online")
    message = queue(desk, conversation)
    desk.eventually(in_state(message, "sent"))
    (sent,) = desk.place.sent()
    assert sent["to"] == ["ann@example.test"]
    assert sent["in_reply_to"] == "0@one"
    assert sent["key"] == desk.read(lambda d: messages.get(d.db, message).external_id)


def test_what_a_connector_learns_from_its_server_is_published(
    desk: DeskHome, conversation: ConversationId
) -> None:
    desk.place.fault("send learn")
    desk.start()
    queue(desk, conversation)
    desk.eventually(lambda d: accounts.get(d.db, "one").capabilities["file_limit"] == 1_234)
    assert desk.read(lambda d: accounts.get(d.db, "one").capabilities["write_first"]) is True


def test_the_undo_delay_is_kept(desk: DeskHome, conversation: ConversationId) -> None:
    desk.start()
    message = desk.write(lambda d: reply.queue(d, conversation, "Later.", undo_delay=0.6))
    due = desk.read(lambda d: store_outbox.get(d.db, message).due_at)
    until(desk.place.sent)
    assert now() >= due


def test_a_reply_taken_back_never_goes(desk: DeskHome, conversation: ConversationId) -> None:
    desk.start()
    message = desk.write(lambda d: reply.queue(d, conversation, "Oops.", undo_delay=1))
    desk.write(lambda d: desk_outbox.cancel(d, message))
    after = queue(desk, conversation, "Right.")
    desk.eventually(in_state(after, "sent"))
    assert [sent["text"] for sent in desk.place.sent()] == ["Right."]
    assert desk.read(in_state(message, "cancelled"))


def test_the_server_refuses_for_good(desk: DeskHome, conversation: ConversationId) -> None:
    desk.place.fault("send rejected")
    desk.start()
    message = queue(desk, conversation)
    desk.eventually(in_state(message, "failed"))
    assert "does not want it" in desk.read(lambda d: messages.get(d.db, message).error)


def test_the_server_says_later(desk: DeskHome, conversation: ConversationId) -> None:
    desk.place.fault("send deferred")
    desk.start()
    message = queue(desk, conversation)
    attempts = desk.place.directory / "attempts.jsonl"
    until(lambda: attempts.exists() and attempts.read_text().count("\n") >= 3)
    desk.place.fault()
    desk.eventually(in_state(message, "sent"))
    assert len(desk.place.sent()) == 1


@pytest.mark.parametrize("fault", ["maybe", "hang-before"])
def test_silence_is_unknown_and_not_repeated(
    desk: DeskHome, conversation: ConversationId, fault: str
) -> None:
    desk.place.fault(f"send {fault}")
    desk.start("--send-limit", "0.3")
    message = queue(desk, conversation)
    desk.eventually(in_state(message, "unknown"))
    desk.place.fault()
    after = queue(desk, conversation, "Another.")
    desk.eventually(in_state(after, "sent"))
    assert desk.read(in_state(message, "unknown"))
    assert [sent["text"] for sent in desk.place.sent()] == ["Another."]


def test_a_large_file_has_its_time_on_top(
    desk: DeskHome, conversation: ConversationId, tmp_path: Path
) -> None:
    """On a slow line: it is still going out, and nothing is unknown about that."""
    file = tmp_path / "film.mp4"
    file.write_bytes(bytes(400_000))
    desk.place.fault("send slow")
    desk.start("--send-limit", "0.3")
    message = desk.write(
        lambda d: reply.queue(d, conversation, "The film.", files=[file], undo_delay=0)
    )
    desk.eventually(in_state(message, "sent", "unknown"))
    assert desk.read(in_state(message, "sent"))


def test_proof_settles_what_was_unknown(desk: DeskHome, conversation: ConversationId) -> None:
    desk.place.fault("send hang-after")
    desk.start("--send-limit", "0.3")
    message = queue(desk, conversation)
    desk.eventually(in_state(message, "sent"))
    assert len(desk.place.sent()) == 1


def test_proof_is_looked_for_until_there_are_files_for_it(
    desk: DeskHome, conversation: ConversationId
) -> None:
    """What could not look has proved nothing, however often."""
    desk.place.fault("send hang-after")
    desk.start("--send-limit", "0.3")
    message = queue(desk, conversation)
    until(desk.place.sent)
    desk.place.fault("proof short")
    until(lambda: desk.log.count("looking for proof") > len(QUICK.proofs), lambda: desk.log)
    assert desk.read(in_state(message, "unknown"))
    desk.place.fault()
    desk.eventually(in_state(message, "sent"))
    assert " ERROR " not in desk.log


@pytest.mark.parametrize(
    ("fault", "name"), [("crash", "ZeroDivisionError"), ("cancelled", "CancelledError")]
)
def test_a_bug_while_sending_is_unknown(
    desk: DeskHome, conversation: ConversationId, fault: str, name: str
) -> None:
    desk.place.fault(f"send {fault}")
    desk.start()
    message = queue(desk, conversation)
    desk.eventually(in_state(message, "unknown"))
    error = desk.read(lambda d: messages.get(d.db, message).error)
    assert name in error
    assert "secret" not in error + desk.log


@pytest.mark.parametrize(("fault", "settled"), [("hang-after", "sent"), ("hang-before", "unknown")])
def test_killed_while_sending_it_is_never_sent_again(
    desk: DeskHome, conversation: ConversationId, fault: str, settled: str
) -> None:
    desk.place.fault(f"send {fault}")
    process = desk.start("--send-limit", "60")
    message = queue(desk, conversation)
    attempts = desk.place.directory / "attempts.jsonl"
    until(attempts.exists)
    if fault == "hang-after":
        until(desk.place.sent)
    desk.kill(process)
    assert desk.read(in_state(message, "sending"))
    desk.place.fault()
    desk.start()
    # The Sent folder proves the one; the other stays for the agent to decide.
    desk.eventually(in_state(message, settled))
    after = queue(desk, conversation, "Another.")
    desk.eventually(in_state(after, "sent"))
    assert attempts.read_text().count("\n") == 2
    if settled == "unknown":
        desk.write(lambda d: desk_outbox.retry(d, message))
        desk.eventually(in_state(message, "sent"))
    assert sorted(s["text"] for s in desk.place.sent()) == ["Another.", "It left."]


def test_sigterm_lets_a_send_in_flight_end(desk: DeskHome, conversation: ConversationId) -> None:
    desk.place.fault("send slow")
    process = desk.start()
    message = queue(desk, conversation)
    until((desk.place.directory / "attempts.jsonl").exists)
    assert desk.stop(process) == 0
    assert desk.read(in_state(message, "sent"))


def test_sigterm_does_not_wait_for_ever(desk: DeskHome, conversation: ConversationId) -> None:
    desk.place.fault("send hang-before")
    process = desk.start("--send-limit", "60", "--send-grace", "0.2")
    message = queue(desk, conversation)
    until((desk.place.directory / "attempts.jsonl").exists)
    assert desk.stop(process, signal.SIGTERM) == 0
    assert desk.read(in_state(message, "sending"))
    desk.place.fault()
    desk.start()
    desk.eventually(in_state(message, "unknown"))
    assert desk.place.sent() == []


def test_replies_leave_while_nothing_can_be_received(
    desk: DeskHome, conversation: ConversationId
) -> None:
    desk.place.fault("run unreachable")
    desk.start()
    desk.eventually(lambda d: accounts.get(d.db, "one").state == "retrying")
    message = queue(desk, conversation)
    desk.eventually(in_state(message, "sent"))


def test_a_reply_of_an_account_that_is_gone_fails_visibly(
    desk: DeskHome, conversation: ConversationId
) -> None:
    message = queue(desk, conversation)
    (desk.directory / "config.toml").write_text('[desk]\nname = "Test"\n')
    desk.start()
    desk.eventually(lambda d: messages.get(d.db, message).error)
    assert "config.toml" in desk.read(lambda d: messages.get(d.db, message).error)


def test_accounts_send_side_by_side(make_desk: Callable[..., DeskHome]) -> None:
    desk = make_desk("one", "two")
    for name, place in desk.places.items():
        place.deliver("hello", sender=f"ann@{name}.test")
    desk.start("--send-limit", "60")
    desk.eventually(lambda d: len(conversations.all(d.db)) == 2)
    ids = {name: desk.read(lambda d, n=name: _of_account(d, n)) for name in desk.places}
    desk.places["one"].fault("send hang-before")
    stuck = queue(desk, ids["one"])
    until((desk.places["one"].directory / "attempts.jsonl").exists)
    quick = queue(desk, ids["two"])
    desk.eventually(in_state(quick, "sent"))
    assert desk.read(in_state(stuck, "sending"))


def _of_account(desk: Desk, name: str) -> ConversationId:
    account = accounts.get(desk.db, name)
    return next(c.id for c in conversations.all(desk.db) if c.account_id == account.id)


def test_replies_of_one_conversation_leave_in_order(
    desk: DeskHome, conversation: ConversationId
) -> None:
    for n in range(30):
        queue(desk, conversation, f"part {n}")
    desk.start()
    until(lambda: len(desk.place.sent()) == 30)
    assert [sent["text"] for sent in desk.place.sent()] == [f"part {n}" for n in range(30)]
