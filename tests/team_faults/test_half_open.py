"""A laptop that sleeps: its line is not dead, and nobody reads what the screen writes."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest

from tests.team_faults.desk import TownDesk
from tests.team_faults.seat import Seat
from tests.team_faults.town import Town

STEP = 0.1


@pytest.mark.slow
@pytest.mark.parametrize("end", ["hang up", "terminate", "wake"])
def test_nobody_waits_for_a_line_that_is_half_open(end: str) -> None:
    """Colleagues work on, and it ends when sshd lets go, when it is told to; or goes on."""
    desk = TownDesk(["agent0", "agent1"])
    town, chance = Town(desk, 1, (), ()), random.Random(1)
    try:
        desk.start_engine()
        for number in range(10):
            town.writes(number, chance)
        desk.eventually(town.all_here, "the first messages")
        seat = Seat(desk, town, "agent0", chance)
        seat.sits_down()
        assert seat.running is not None
        pid = seat.running.process.pid
        number = 0

        def is_stuck() -> bool:
            """Its output waits for the terminal. More is to be drawn all the time."""
            nonlocal number
            number += 1
            town.writes(number % 10, chance)
            time.sleep(STEP)
            return number > 150 and _writes_in_vain(pid)

        desk.eventually(is_stuck, "a full terminal", 100)
        began = time.monotonic()
        assert desk.command("agent1", "do", "1", "note 'all is well'").code == 0
        assert time.monotonic() - began < 5
        if end == "wake":
            town.writes(3, chance)
            last = f"c{town.counted}."
            assert seat.sees(last, 30), seat.text
            seat.hangs_up()
        elif end == "terminate":
            seat.running.process.send_signal(signal.SIGTERM)
        else:
            seat.hangs_up()
        assert seat.running.process.wait(20) == 0
    finally:
        desk.end()


def _writes_in_vain(pid: int) -> bool:
    """One of its threads waits until a terminal has room (tty_write, n_tty_write)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return any("wait_woken" in (task / "wchan").read_text() for task in tasks)
