"""An engine process whose web chat and mailbox are scripted:
`python -m tests.engine.run_web_engine HOME`.

The chat's inbox has lines of three kinds besides those of `Place.say`: `{"signal": "offline"}`
and `{"notice": "verify", …}`, each with `chat`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.home import find_home
from config.load import load
from config.model import AccountSettings, OtherAccount
from connectors.contract import Address, Capabilities, Inbound, Intake, Notice, Signal
from omnitui.engine.main import serve
from omnitui.engine.registry import Connectors
from tests.engine.run_engine import QUICK
from tests.engine.scripted import ScriptedConnector


class ScriptedSite(ScriptedConnector):
    channel = "webchat"

    async def run(self, intake: Intake) -> None:
        self.capabilities = Capabilities(
            edit=True, delete=True, read_marks=True, presence=True, parallel=20
        )
        await intake.online("scripted")
        while True:
            done = int((await intake.cursor()).get("lines", 0))
            lines = self.place.inbox()
            for number in range(done, len(lines)):
                await self._take(intake, number, lines[number])
            await asyncio.sleep(0.01)

    async def _take(self, intake: Intake, number: int, line: Mapping[str, Any]) -> None:
        chat, at = str(line["chat"]), int(time.time() * 1000)
        who, upto = Address(chat, "Ann"), {"lines": number + 1}
        if "signal" in line:
            await intake.signal([Signal(line["signal"], at, chat, who)])
            await intake.accept([], upto)
        elif "notice" in line:
            keys = [str(key) for key in line.get("keys", ())]
            notice = Notice(
                f"line/{number}", line["notice"], at, chat, who, keys=keys,
                proofs=("platform",), details=line.get("details", {}),
            )  # fmt: skip
            await intake.accept([notice], upto)
        else:
            said = Inbound(
                f"line/{number}", f"{chat}:{number}", f"{number:064d}", who, str(line["text"]), at,
                chat=chat, proofs=("jwt",), aliases=(("email", f"{chat}@home.test"),),
            )  # fmt: skip
            await intake.accept([said], upto)

    async def verification(self, chat: str, state: str, email: str) -> None:
        self._trouble("told", chat)
        self.place.append("told.jsonl", {"chat": chat, "state": state, "email": email})


class ScriptedMailbox(ScriptedConnector):
    channel = "email"
    capabilities = Capabilities(subject=True, cc=True, write_first=True)


def main() -> int:
    home = Path(sys.argv[1])

    def made(kind: type[ScriptedConnector]) -> Any:
        def build(name: str, _settings: AccountSettings) -> ScriptedConnector:
            options = {"directory": str(home / "channels" / name)}
            return kind(name, OtherAccount(name, kind.channel, options=options))

        return build

    return serve(
        load(find_home(home)),
        connectors=Connectors({"webchat": made(ScriptedSite), "email": made(ScriptedMailbox)}),
        pace=dataclasses.replace(QUICK, follow_up_settle=0.1, send_limit=60.0),
    )


if __name__ == "__main__":
    sys.exit(main())
