"""What systemd hears of the engine."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from omnitui.engine.service_manager import keep_alive, notify, watchdog_seconds


@pytest.fixture(params=["path", "abstract"])
def listener(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    address = str(tmp_path / "notify") if request.param == "path" else f"@omt-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(address if request.param == "path" else "\0" + address[1:])
        bound.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        yield bound


def test_lines_arrive_as_one_datagram(listener: socket.socket) -> None:
    assert notify("READY=1", "STATUS=serves 2 accounts")
    assert listener.recv(999) == b"READY=1\nSTATUS=serves 2 accounts"


async def test_signs_of_life_come_within_the_time_asked_for(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "60000")
    task = asyncio.create_task(keep_alive())
    try:
        for _again in range(3):
            assert await asyncio.to_thread(listener.recv, 99) == b"WATCHDOG=1"
    finally:
        task.cancel()


@pytest.mark.parametrize("address", ["", "vsock:2:1234", "/nowhere/at/all", "/" + "x" * 300])
def test_where_nobody_listens_nothing_happens(address: str) -> None:
    assert not notify("READY=1", environ={"NOTIFY_SOCKET": address})


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
    ],
)
def test_the_time_is_for_this_process(environ: dict[str, str], seconds: float | None) -> None:
    assert watchdog_seconds(environ) == seconds
