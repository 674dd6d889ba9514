"""Our desk on a relay that a stranger wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.webchat_outside.small_relay import LARGE, TOKEN, SmallRelay, serving

PATIENCE = 30.0
AT = 1_795_346_320_297
KEYRING = """
from keyring.backend import KeyringBackend
class Keyring(KeyringBackend):
    priority = 9
    def get_password(self, service, user):
        return {token!r} if (service, user) == ("omnitui", "site") else None
    def set_password(self, service, user, password): raise NotImplementedError
"""


class Outside:
    """A desk as its owner sees it: a config, an engine, the command line."""

    def __init__(self, home: Path, relay: str) -> None:
        self.home = home
        (home / "own_keyring.py").write_text(KEYRING.format(token=TOKEN))
        (home / "config.toml").write_text(
            '[desk]\nname = "Acme support"\nengine = "service"\n[accounts.site]\n'
            f'channel  = "webchat"\nrelay    = "{relay}"\ntoken    = "keyring:omnitui/site"\n'
        )
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(home),
            "PYTHON_KEYRING_BACKEND": "own_keyring.Keyring",
        }
        with (home / "engine.log").open("ab") as log:
            self.engine = subprocess.Popen(
                self.command("serve"), env=self.environment, stderr=log, stdout=log
            )

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "omnitui", "--home", str(self.home), *words]

    def run(self, *words: str, text: str = "") -> str:
        return subprocess.run(
            self.command(*words), env=self.environment, input=text, capture_output=True, text=True,
            check=True, timeout=PATIENCE,
        ).stdout  # fmt: skip

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))


@pytest.fixture
def relay() -> SmallRelay:
    return SmallRelay()


@pytest.fixture
def desk(tmp_path: Path, relay: SmallRelay) -> Iterator[Outside]:
    with serving(relay) as address:
        desk = Outside(tmp_path, address)
        try:
            yield desk
        finally:
            desk.engine.kill()
            desk.engine.wait()


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.1)


def test_a_relay_that_does_everything_in_its_own_way(desk: Outside, relay: SmallRelay) -> None:
    ann, bob = "v_AAAAAAAAAAAAAAAAAAAAAA", "somebody-else"
    odd = "Łódź\u2028\x85\x1b]0;gone\x07\u202e\U0001f45f"
    relay.event(LARGE, "message", visitor=ann, seq=1, mid="a", text=odd, at=AT)
    relay.event(LARGE + 1, "dance", visitor=ann, at=AT)
    relay.push("event: wave\ndata: {}\n\nevent: wave\ndata\n\ndata: not json\n\n")
    relay.event(LARGE + 2, "message", visitor=bob, seq=2**52, mid="b", text="hi", at=AT, files=None)
    # One JSON over several lines, with lone CRs between them, is one event.
    relay.push(
        f'id: {LARGE + 3}\revent: message\rdata: {{"id":{LARGE + 3},"type":"message",\r'
        f'data: "visitor":"{ann}","seq":2,"mid":"c","text":"over lines","at":{AT}}}\r\r',
        LARGE + 3,
    )
    # The same one again, as after a crash.
    relay.event(LARGE, "message", visitor=ann, seq=1, mid="a", text=odd, at=AT)
    until(lambda: relay.acked == LARGE + 3)
    outcomes = {row["external_id"]: row["outcome"] for row in desk.json("ledger")}
    unreadable = [name for name in outcomes if name.startswith("E/unreadable/")]
    assert [outcomes.pop(name) for name in unreadable] == ["quarantined"]  # the one without JSON
    assert outcomes == {
        f"E/{LARGE}": "accepted",
        f"E/{LARGE + 1}": "quarantined",
        f"E/{LARGE + 2}": "accepted",
        f"E/{LARGE + 3}": "accepted",
    }
    first = str(min(each["id"] for each in desk.json("conversations")))
    assert [each["text"] for each in desk.json("show", first)["messages"]] == [odd, "over lines"]
    message = desk.run("reply", first, text="Good day").strip()
    until(lambda: relay.sent)
    assert (relay.sent[0]["visitor"], relay.sent[0]["text"]) == (ann, "Good day")
    until(
        lambda: (
            [
                each["state"]
                for each in desk.json("show", first)["messages"]
                if str(each["id"]) == message
            ]
            == ["sent"]
        )
    )
    assert len(relay.sent) == 1
