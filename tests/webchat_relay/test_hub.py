"""Who counts as there: whoever has a page in front, not whoever forgot one in the background."""

from __future__ import annotations

import asyncio

import pytest

from connectors.webchat.relay import hub as hubs
from connectors.webchat.relay.hub import Connection, DeskStream, Hub

V = "v_0123456789abcdefghijkl"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    monkeypatch.setattr(hubs, "UNSEEN", 0.15)
    monkeypatch.setattr(hubs, "GRACE", 0.05)
    return Hub(lambda: 1_800_000_000_000)


def tab(hub: Hub, *, visible: bool = True) -> Connection:
    made = Connection("acme", "127.0.0.1", V, visible=visible)
    hub.join(made)
    return made


def turn(hub: Hub, connection: Connection, *, visible: bool) -> None:
    connection.visible = visible
    hub.visited(connection)


async def told(stream: DeskStream) -> list[str]:
    """What the desk is told next of who is there."""
    found: list[str] = []
    while not found:
        assert await stream.wait(5)
        found += [each.kind for each in stream.take() if each.kind in ("online", "offline")]
    return found


async def test_who_leaves_the_page_in_the_background_goes_and_comes_back(hub: Hub) -> None:
    stream = hub.open_stream("acme")
    one = tab(hub)
    assert await told(stream) == ["online"]
    turn(hub, one, visible=False)
    assert hub.is_online("acme", V), "a glance at another tab is no leaving"
    assert await told(stream) == ["offline"]
    assert (hub.online("acme"), hub.is_online("acme", V)) == ([], False)
    assert hub.deliver("acme", V, "{}") == 1, "the page gets everything all the same"
    turn(hub, one, visible=True)
    assert await told(stream) == ["online"]
    assert [each.visitor for each in hub.online("acme")] == [V]


async def test_one_page_in_front_is_enough(hub: Hub) -> None:
    stream = hub.open_stream("acme")
    front, back = tab(hub), tab(hub, visible=False)
    turn(hub, back, visible=False)
    await asyncio.sleep(0.3)
    assert await told(stream) == ["online"]
    hub.leave(front)
    assert await told(stream) == ["offline"]
    hub.leave(back)
    await asyncio.sleep(0.2)
    assert not [s for s in stream.take() if s.kind == "offline"], "they had gone already"


async def test_who_writes_is_there_whatever_the_browser_says(hub: Hub) -> None:
    stream = hub.open_stream("acme")
    one = tab(hub, visible=False)
    assert not hub.online("acme"), "opened in the background, seen by nobody"
    hub.active(one)
    assert await told(stream) == ["online"]
    for _ in range(6):
        await asyncio.sleep(0.05)
        hub.active(one)
    assert hub.is_online("acme", V)
    assert await told(stream) == ["offline"]


async def test_a_visitor_who_signs_in_stays_there(hub: Hub) -> None:
    stream = hub.open_stream("acme")
    one = tab(hub)
    turn(hub, one, visible=False)
    hub.move(one, "v_other")
    assert await told(stream) == ["online", "offline", "online"]
    assert hub.is_online("acme", "v_other")
