from __future__ import annotations

from dataclasses import replace

from omnitui.desk.context import Desk
from omnitui.desk.replying import composing, reply
from omnitui.desk.statuses import change_status
from store import accounts, conversations, messages
from store.clock import now
from store.model import MessageId
from tests.engine.desk_home import DeskHome


def test_the_snoozed_wake_in_time(desk: DeskHome) -> None:
    desk.place.deliver("Not before tomorrow, please.")
    desk.start()
    desk.eventually(lambda d: conversations.all(d.db))
    (conversation,) = desk.read(lambda d: conversations.all(d.db))
    wake = now() + 600

    def snooze(d: Desk) -> None:
        change_status(d, conversation.id, "open", "snoozed", why="asked", snoozed_until=wake)

    desk.write(snooze)
    desk.eventually(lambda d: conversations.get(d.db, conversation.id).status == "open")
    assert now() >= wake


def test_what_was_begun_and_left_empty_goes(desk: DeskHome) -> None:
    desk.start()
    desk.eventually(
        lambda d: any(one.capabilities.get("write_first") for one in accounts.all(d.db))
    )

    def begin(d: Desk) -> None:
        long_ago = replace(d, clock=lambda: now() - 3 * 3_600_000)
        composing.begin(long_ago, f"{accounts.get(d.db, 'one').channel}:12345")

    desk.write(begin)
    desk.eventually(lambda d: not conversations.all(d.db))


def test_nothing_waits_for_a_clock_that_was_set_back(desk: DeskHome) -> None:
    """Queued while it was a day ahead; only what an agent wants tomorrow waits until then."""
    desk.place.deliver("Where is it?", "And the other one?", "And the third?")
    engine = desk.start()
    desk.eventually(lambda d: len(conversations.all(d.db)) == 3)
    one, other, third = (found.id for found in desk.read(lambda d: conversations.all(d.db)))
    desk.stop(engine)
    day = 24 * 3_600_000

    def answer(d: Desk) -> tuple[MessageId, MessageId, MessageId]:
        ahead = replace(d, clock=lambda: now() + day)
        return (
            reply.queue(ahead, one, "Here.", undo_delay=10),
            # It was to come, and had passed when the clock jumped in the midst of it.
            reply.queue(ahead, third, "Soon.", send_at=now() + 1, undo_delay=10),
            reply.queue(ahead, other, "Tomorrow.", send_at=now() + 2 * day),
        )

    held, soon, wanted = desk.write(answer)
    desk.start()
    for due in (held, soon):
        desk.eventually(lambda d, due=due: messages.get(d.db, due).state == "sent")
    assert desk.read(lambda d: messages.get(d.db, wanted).state) == "queued"
