"""Every command has been decided about: a new one is neither allowed nor refused by accident."""

from __future__ import annotations

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
