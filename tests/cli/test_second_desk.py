"""A second team's desk on a machine is called by its own name wherever its engine is named."""

from __future__ import annotations

from config.access import unix_user
from tests.cli.conftest import Run, SmallDesk


def test_the_unit_is_the_desk_s_own(run: Run, desk: SmallDesk) -> None:
    settings = desk.directory / "config.toml"
    settings.write_text(settings.read_text().replace("[desk]", '[desk]\nengine = "service"', 1))
    (desk.directory / "team.toml").write_text(
        f'[team]\nuser = "{unix_user()}"\nstore = "{desk.directory}"\n'
        f'state = "{desk.directory}/s"\n'
    )
    assert "“systemctl start omnitui-desk” starts it" in run("status").out
    assert "systemctl start omnitui-desk" in run("doctor", "--offline").out


def test_a_directory_that_is_no_desk_is_no_quiet_one(run: Run) -> None:
    told = run("status")
    assert told.code == 1
    assert "No desk is set up here yet" in told.out


def test_no_store_where_one_should_be_is_no_quiet_desk(run: Run, empty: SmallDesk) -> None:
    (empty.directory / "team.toml").write_text(
        f'[team]\nuser = "{unix_user()}"\nstore = "{empty.directory}/away"\n'
    )
    told = run("status")
    assert told.code == 1
    assert f"There is no store at {empty.directory}/away/desk.sqlite" in told.out
    assert "There is no store at" in run("do", "1", "close").sentence


def test_what_is_done_is_not_called_failed(run: Run, desk: SmallDesk) -> None:
    """That somebody was at work is noted after what they asked for, and may find no room."""
    (desk.directory / "team.toml").write_text(
        f'[team]\nuser = "{unix_user()}"\nstore = "{desk.directory}"\n'
    )
    with desk.open() as opened:
        opened.db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON last_seen BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    (found,) = run("conversations", "from:ann", "--json").json
    replied = run("reply", str(found["id"]), stdin="It is on its way.\n")
    assert (replied.code, replied.err) == (0, "")
    assert len(run("outbox", "--json").json) == 1
