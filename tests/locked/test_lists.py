"""Every command has been decided about: a new one is neither allowed nor refused by accident."""

from __future__ import annotations

import re
from pathlib import Path

from config import allowed
from omnitui.desk import rights
from omnitui.tui.commands import REGISTRY

NAMES = {command.name for command in REGISTRY}
LISTED = allowed.SHIPPED | allowed.FILES | allowed.REFUSED


def test_each_command_is_on_one_list_of_the_locked_session() -> None:
    assert not NAMES - LISTED, (
        "Decide whether a locked session may run these (config/allowed.py): SHIPPED only what"
        " starts no program and takes no path; FILES what reads or writes a file by path."
    )
    assert not LISTED - NAMES
    assert len(LISTED) == len(allowed.SHIPPED) + len(allowed.FILES) + len(allowed.REFUSED)


def test_rights_name_commands_that_there_are() -> None:
    assert rights.LOOKS | rights.GIVES_AWAY | set(rights.LEADS) <= NAMES
    assert not rights.LOOKS & set(rights.LEADS)


PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")


def test_the_page_says_what_the_tables_say() -> None:
    for roles, what in rights.ROLES.values():
        marks = ("yes" if one in roles else "–" for one in ("reader", "agent", "supervisor"))
        assert f"| {what} | {' | '.join(marks)} |" in PAGE
    for beginning, names in (
        ("| only with a directory in `[locked] directories` | ", allowed.FILES),
        ("| only if `[locked] commands` names them | ", allowed.REFUSED),
    ):
        row = next(line for line in PAGE.splitlines() if line.startswith(beginning))
        assert set(re.findall(r"`([^`\[]+)`", row.removeprefix(beginning))) == names
    verbs = PAGE.partition("Verbs that can be allowed:")[2].partition(".")[0]
    assert set(re.findall(r"`([^`]+)`", verbs)) == allowed.VERBS
