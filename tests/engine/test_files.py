"""Files that stay with their channel come later, and nothing waits for them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from omnitui.desk.context import Desk
from omnitui.desk.replying import files, reply
from store import conversations, events, messages
from store.blobs import for_database
from store.model import Attachment, Message
from tests.engine.desk_home import DeskHome, until


@pytest.fixture
def chat(make_desk: Callable[..., DeskHome]) -> DeskHome:
    return make_desk(chat=True)


def newest(desk: Desk) -> Message:
    found = conversations.all(desk.db)
    return messages.of_conversation(desk.db, found[0].id)[-1]


def file_of(desk: Desk) -> Attachment:
    return newest(desk).attachments[0]


def is_here(desk: Desk) -> bool:
    return bool(conversations.all(desk.db)) and bool(file_of(desk).blob)


def content_of(desk: Desk) -> bytes:
    return for_database(desk.db).read(desk.db, file_of(desk).blob)


@pytest.mark.parametrize("size", [0, 10, 200_000])
def test_a_file_is_fetched_and_attached(chat: DeskHome, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    chat.place.hold("photo", content)
    chat.place.say("look", "77", "photo", promised=size or None)
    chat.start()
    chat.eventually(is_here)
    assert chat.read(content_of) == content
    found = chat.read(file_of)
    assert (found.size, found.problem, found.awaited) == (size, "", False)
    assert found.blob == hashlib.sha256(content).hexdigest()
    kinds = [event.kind for event in chat.read(lambda d: events.after(d.db, 0))]
    assert kinds.count("file.fetched") == 1
    assert leftovers(chat) == []


def leftovers(chat: DeskHome) -> list[str]:
    incoming = chat.config.home.data / "blobs" / ".incoming"
    return [path.name for path in incoming.iterdir()] if incoming.exists() else []


def test_the_text_is_there_and_answered_before_the_file_comes(chat: DeskHome) -> None:
    chat.place.fault("fetch hang")
    chat.place.hold("photo", b"x" * 1000)
    chat.place.say("look", "77", "photo", promised=1000)
    chat.start()
    chat.eventually(lambda d: conversations.all(d.db))
    until(lambda: chat.place.lines("fetches"))
    message = chat.write(
        lambda d: reply.queue(d, conversations.all(d.db)[0].id, "Nice.", undo_delay=0)
    )
    chat.eventually(lambda d: messages.get(d.db, message).state == "sent")
    found = chat.read(lambda d: messages.of_conversation(d.db, newest(d).conversation_id)[0])
    assert found.attachments[0].awaited
    assert not found.attachments[0].blob


@pytest.mark.parametrize("fault", ["unreachable", "hang", "crash", "auth", "deferred", "full"])
def test_a_file_that_fails_is_tried_again(chat: DeskHome, fault: str) -> None:
    chat.place.fault(f"fetch {fault}")
    chat.place.hold("photo", b"x" * 1000)
    chat.place.say("look", "77", "photo", promised=1000)
    chat.start()
    until(lambda: len(chat.place.lines("fetches")) >= 2)
    if fault not in ("full",):
        chat.eventually(lambda d: file_of(d).problem)
    assert chat.read(lambda d: file_of(d).awaited)
    chat.place.fault()
    chat.eventually(is_here)
    assert chat.read(content_of) == b"x" * 1000
    assert chat.read(lambda d: file_of(d).problem) == ""
    assert leftovers(chat) == []


def test_a_refusal_is_final_until_an_agent_says_otherwise(chat: DeskHome) -> None:
    chat.place.fault("fetch rejected")
    chat.place.hold("photo", b"x")
    chat.place.say("look", "77", "photo", promised=1)
    chat.start()
    chat.eventually(lambda d: conversations.all(d.db) and not file_of(d).awaited)
    assert "does not want it" in chat.read(lambda d: file_of(d).problem)
    assert len(chat.place.lines("fetches")) == 1
    chat.place.fault()
    chat.write(lambda d: files.retry(d, conversations.all(d.db)[0].id))
    chat.eventually(is_here)
    assert chat.read(lambda d: file_of(d).problem) == ""


@pytest.mark.parametrize("promised", [1000, None])
def test_a_file_without_end_is_ended(chat: DeskHome, promised: int | None) -> None:
    chat.place.fault("fetch endless big")
    chat.place.hold("big", b"x" * 100)
    chat.place.hold("small", b"y" * 100)
    chat.place.say("look", "77", "big", promised=promised)
    chat.start()
    if promised is not None:
        chat.eventually(lambda d: conversations.all(d.db) and not file_of(d).awaited)
        assert "promised" in chat.read(lambda d: file_of(d).problem)
        assert leftovers(chat) == []
    # Meanwhile others come.
    until(lambda: chat.place.lines("fetches"))
    chat.place.say("this too", "78", "small", promised=100)
    chat.eventually(is_here)


def test_a_crash_in_the_middle_is_forgotten(chat: DeskHome) -> None:
    chat.place.fault("fetch hang")
    chat.place.hold("photo", b"x" * 1000)
    chat.place.say("look", "77", "photo", promised=1000)
    process = chat.start()
    until(lambda: chat.place.lines("fetches") and leftovers(chat))
    chat.kill(process)
    assert leftovers(chat)
    chat.place.fault()
    chat.start()
    chat.eventually(is_here)
    assert leftovers(chat) == []


def test_the_same_bytes_are_kept_once(chat: DeskHome) -> None:
    chat.place.fault("fetch unreachable")
    for n in range(12):
        chat.place.hold(f"f{n}", b"the same" * 10_000)
        chat.place.say(f"no. {n}", "77", f"f{n}", promised=80_000)
    chat.start()
    chat.eventually(lambda d: [c for c in conversations.all(d.db) if c.messages == 12])
    chat.place.fault()
    chat.eventually(
        lambda d: all(
            m.attachments[0].blob
            for m in messages.of_conversation(d.db, conversations.all(d.db)[0].id)
        )
    )
    assert len({line["reference"] for line in chat.place.lines("fetches")}) == 12
    kept = chat.read(lambda d: d.db.execute("SELECT count(*) FROM blobs").fetchone()[0])
    # The content, and the texts as received.
    raws = chat.read(
        lambda d: {m.raw for m in messages.of_conversation(d.db, conversations.all(d.db)[0].id)}
    )
    assert kept == 1 + len(raws)


def test_order_of_due_files_is_newest_message_first(chat: DeskHome) -> None:
    from store import attachments

    for n in range(6):
        chat.place.say(f"no. {n}", "77", f"f{n}", promised=5)
    chat.place.fault("fetch unreachable")
    process = chat.start()
    chat.eventually(lambda d: [c for c in conversations.all(d.db) if c.messages == 6])
    assert chat.stop(process) == 0
    account = chat.read(lambda d: newest(d).account_id)
    assert account is not None
    due = chat.read(lambda d: attachments.due(d.db, d.now() + 10_000_000, account, 6))
    assert [file.name for file in due] == [f"f{n}.bin" for n in reversed(range(6))]
