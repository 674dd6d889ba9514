"""What was begun to be erased is finished by the engine, whoever began it; so is the channel's
server told until it has forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from omnitui.desk.data_rights import erasing
from store import customers, forgets, ledger
from store import erasing as store_erasing
from tests.engine.desk_home import DeskHome, until
from tests.engine.lobby import Lobby


@pytest.fixture
def desk(tmp_path: Path) -> DeskHome:
    return DeskHome(tmp_path / "desk", channel="lobby")


def test_the_engine_takes_away_what_is_left(desk: DeskHome) -> None:
    lobby = Lobby(desk.place.directory)
    try:
        process = desk.start()
        for number in range(250):
            lobby.say(f"zebulonq {number}", "ann")
        desk.eventually(lambda d: len(ledger.all(d.db)) == 250)
        (who,) = desk.read(lambda d: customers.find(d.db))
        lobby.fault("forget unreachable")
        desk.write(lambda d: erasing.erase(d, who.id))
        until(lambda: "The script cut the line." in desk.log, lambda: desk.log)
        # Taken down in the middle, it goes on with the next one.
        desk.kill(process)
        lobby.fault()
        desk.start()
        desk.eventually(lambda d: not store_erasing.unfinished(d.db) and not forgets.count(d.db))
        assert lobby.lines("forgotten") == [{"address": "ann"}]
        data = desk.config.home.data.glob("desk.sqlite*")
        assert not any(b"zebulonq" in path.read_bytes().lower() for path in data)
        assert "zebulonq" not in desk.log
    finally:
        desk.close()
