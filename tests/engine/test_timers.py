from __future__ import annotations

from omnitui.desk.context import Desk
from omnitui.desk.statuses import change_status
from store import conversations
from store.clock import now
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
