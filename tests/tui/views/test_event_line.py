"""What was done in a row, on one line of the timeline."""

from __future__ import annotations

import pytest

from omnitui.tui.text.cells import width
from omnitui.tui.words.event_words import latest_words
from store.model import ConversationId, CustomerId, Event, EventId, Millis

GIVEN = ("ivan", "taras", "ivan", "maria")


def given(number: int, agent: str) -> Event:
    data = {"before": "", "assignee": agent}
    return Event(
        EventId(number), Millis(number), agent, "conversation.assigned",
        CustomerId(1), ConversationId(1), None, data,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("room", "shown"),
    [
        (80, "taken by ivan · taken by taras · taken by ivan · taken by maria"),
        (60, "… · taken by taras · taken by ivan · taken by maria"),
        (40, "… · taken by ivan · taken by maria"),
        (10, "… · taken by maria"),
    ],
)
def test_where_not_all_has_room_the_last_is_told(room: int, shown: str) -> None:
    events = [given(number, agent) for number, agent in enumerate(GIVEN)]
    assert latest_words(events, None, room) == shown
    assert width(shown) <= room or shown.count("·") == 1
