"""`omnitui demo --practice`: what it refuses, what it lists, and one run in a real terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omnitui.demo.practice.scenarios import ORDER
from tests.demo.rehearsal import written
from tests.servers.command import omnitui
from tests.tui.shell.terminal import Terminal

ANN = """
    [[customers]]
    id = "ann"
    name = "Ann Lee"
    email = "ann@lee.example"
    [[customers.past]]
    days = 3
    channel = "email"
    subject = "Tent"
    text = "Has it left?"
    [[customers.past]]
    days = 2
    channel = "email"
    subject = "Tent"
    agent = "Ben"
    text = "It leaves tomorrow."
    [[customers.matters]]
    id = "tent"
    at = "1s"
    channel = "email"
    subject = "Tent again"
    says = ["Where is it now?"]
    [customers.matters.expect]
    within = "1m"
    templates = ["order-shipped"]
"""


def test_the_scenarios_are_listed() -> None:
    listed = omnitui("demo", "--scenarios")
    assert listed.returncode == 0
    assert [line.split()[0] for line in listed.stdout.splitlines() if line[0] != " "] == [*ORDER]
    found = json.loads(omnitui("demo", "--scenarios", "--json").stdout)
    assert [one["name"] for one in found] == [*ORDER]
    assert all(Path(one["file"]).exists() for one in found)


def test_what_cannot_be_is_refused_before_anything_is_set_up(tmp_path: Path) -> None:
    for words, sentence in (
        (("--pace", "2"), "belong to --practice"),
        (("--practice", "--pace", "soon"), "a number from 0.01 to 1000"),
        (("--practice", "rusch"), "Did you mean “rush”?"),
        (("--practice", str(written(tmp_path, 'titel = "x"\n'))), "mine.toml:3: titel: there is"),
    ):
        refused = omnitui("demo", *words)
        assert refused.returncode in (1, 2)
        assert sentence in refused.stderr
    desk = tmp_path / "desk"
    desk.mkdir()
    (desk / "config.toml").touch()
    refused = omnitui("demo", "--practice", "--keep", str(desk))
    assert "a scenario needs a new one" in refused.stderr


class Practice(Terminal):
    """`omnitui demo --practice FILE --debrief debrief.json` in a directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, XDG_STATE_HOME=str(directory / "state"))

    def command(self, home: Path) -> list[str]:
        scenario = written(home, ANN)
        return ["demo", "--practice", str(scenario), "--debrief", str(home / "debrief.json")]


@pytest.mark.slow
def test_a_run_in_a_real_terminal(tmp_path: Path) -> None:
    """Briefed, begun; the engine brings the customer; a template is sent; the debrief is shown,
    printed on leaving, written to a file, and compared with the next time."""
    with Practice(tmp_path) as terminal:
        terminal.sees("Enter begins")
        terminal.type("\r")
        terminal.type("3")
        terminal.sees("Ann Lee")
        terminal.sees("Tent again")
        terminal.type("T")
        terminal.sees("Order is on its way")
        terminal.type("order-shipped\r")
        terminal.sees("left our warehouse")
        terminal.type("\x13")
        terminal.sees("is with the courier")
        # The engine sends it once it cannot be taken back any more, and the customer is content.
        terminal.sees("2 of 2")
        terminal.type("\x1b")
        terminal.until(lambda: "points" not in terminal.text)
        terminal.type("\x11")
        assert terminal.wait() == 0
        assert "points" in terminal.raw.decode()[-2000:]
    told = json.loads((tmp_path / "debrief.json").read_text(encoding="utf-8"))
    assert told["points"] == {"met": 2, "of": 2}
    assert told["templates"] == {"order-shipped": 1}
    assert (told["matters"][0]["outcome"], told["over"]) == ("content", True)
    assert len((tmp_path / "state/omnitui/practice.jsonl").read_text().splitlines()) == 1


@pytest.mark.slow
def test_a_dropped_connection_leaves_a_debrief(tmp_path: Path) -> None:
    with Practice(tmp_path) as terminal:
        terminal.sees("Enter begins")
        terminal.type("\r")
        terminal.type("3")
        terminal.sees("Ann Lee")
        terminal.hang_up()
        terminal.wait()
    told = json.loads((tmp_path / "debrief.json").read_text(encoding="utf-8"))
    assert told["matters"][0]["outcome"] == "waits"


@pytest.mark.slow
def test_what_was_not_begun_has_no_debrief(tmp_path: Path) -> None:
    with Practice(tmp_path) as terminal:
        terminal.sees("Enter begins")
        terminal.type("\x1b")
        terminal.sees("Nobody writes yet")
        terminal.type("\x11")
        assert terminal.wait() == 1
        assert "it was not begun" in terminal.raw.decode()[-500:]
    assert not (tmp_path / "debrief.json").exists()
