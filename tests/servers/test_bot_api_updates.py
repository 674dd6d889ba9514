"""The queue of updates against a model of Telegram's rules."""

from __future__ import annotations

import json
import threading

from hypothesis import given
from hypothesis import strategies as st

from tests.servers.bot_api import BotApi
from tests.servers.bot_api.updates import UpdateQueue


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def update(text: int) -> dict[str, object]:
    return {"message": {"text": str(text)}}


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("push"), st.integers(1, 5)),
        st.tuples(st.just("fetch"), st.integers(-3, 30)),
        st.tuples(st.just("wait"), st.integers(1, 20)),
    ),
    max_size=40,
)


@given(STEPS, st.integers(1, 7))
def test_an_update_waits_until_it_is_confirmed_or_a_day_old(
    steps: list[tuple[str, int]], limit: int
) -> None:
    clock = Clock()
    queue = UpdateQueue(clock, 1)
    waiting: list[tuple[int, float]] = []
    last = 0
    for step, value in steps:
        waiting = [each for each in waiting if each[1] >= clock.now - 24 * 3600]
        if step == "push":
            for _ in range(value):
                made = queue.push(update(value))
                assert made is not None
                last += 1
                assert made["update_id"] == last
                waiting.append((last, clock.now))
        elif step == "wait":
            clock.now += value * 3600
        else:
            if value < 0:
                waiting = waiting[value:]
            elif value <= last + 1 + 10:
                waiting = [each for each in waiting if each[0] >= value]
            found = queue.fetch(value, limit)
            assert [number for number, _raw in found] == [each[0] for each in waiting[:limit]]
            assert all(json.loads(raw)["update_id"] == number for number, raw in found)


@given(st.permutations(list(range(10, 16))), st.integers(9, 17))
def test_in_any_order_what_is_confirmed_is_gone(order: list[int], offset: int) -> None:
    queue = UpdateQueue(Clock(), 10)
    for number in range(6):
        queue.push(update(number))
    queue.shuffle(lambda _ids: order)
    kept = [number for number in order if number >= offset]
    assert [number for number, _raw in queue.fetch(offset, 100)] == kept
    queue.push(update(9))
    assert [number for number, _raw in queue.fetch(0, 100)] == [*kept, 16]


def test_people_in_many_threads_lose_nothing(bot_api: BotApi) -> None:
    people = [bot_api.user(f"P{number}", id=100 + number) for number in range(8)]

    def talk(number: int) -> None:
        for text in range(50):
            people[number].says(str(text))

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = bot_api.bot.updates.waiting
    assert numbers == list(range(numbers[0], numbers[0] + 400))
    assert len({message.id for each in people for message in each.sees()}) == 400
