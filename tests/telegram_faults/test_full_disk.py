"""No room on the disk: nothing is confirmed that is not stored, and what went out is known."""

from __future__ import annotations

import contextlib
import random
import subprocess
from pathlib import Path

from tests.servers.bot_api.control import RemoteBotApi
from tests.servers.chaos import ChaosProxy
from tests.telegram_faults.audit import audit, unsettled
from tests.telegram_faults.desk import FaultyDesk
from tests.telegram_faults.town import Answer, Town


def test_a_full_disk(bot_api_process: RemoteBotApi, small_disk: Path, tmp_path: Path) -> None:
    api = bot_api_process
    updates = api.get("bot").get("updates")
    proxy = ChaosProxy(int(api.get("port"))).start()
    desk = FaultyDesk(small_disk / "desk", api, proxy.port)
    ballast = small_disk / "ballast"
    try:
        engine = desk.serve()
        desk.eventually(lambda: desk.account()[0] == "online")
        town = Town(api, desk, tmp_path, random.Random(1), people=2)
        ann, bob = town.customers
        ann.says("first")
        desk.eventually(lambda: desk.texts() == ["first"])
        # It is out, and Telegram has said so, when there is no room to write that down.
        taken = api.fault("slow", "sendMessage", seconds=0.5)
        number = desk.answers(desk.conversation(), "r1.0")
        town.answers.append(Answer(1, number, "1000", ["r1.0"]))
        desk.eventually(lambda: taken.get("met"))
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"x" * 4096):
                pass
        desk.eventually(ann.hears)
        for piece in range(40):
            ann.says(f"{piece} " + "long " * 600)
            bob.sends_document(b"%d " % piece + bytes(20_000), f"{piece}.bin")
        # The engine has them, and cannot store them.
        desk.eventually(lambda: set(updates.get("handed_out")) & set(updates.get("waiting")))
        assert desk.read("SELECT count(*) FROM messages WHERE direction = 'in'")[0][0] < 81
        assert engine.poll() is None
        ballast.unlink()
        subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
        desk.eventually(lambda: not unsettled(town))
        found = audit(town)
        assert not found.all, (found.all, desk.log[-3000:])
        assert found.states == {"sent": 1}
        assert found.customers == 81
    finally:
        desk.close()
        proxy.close()
