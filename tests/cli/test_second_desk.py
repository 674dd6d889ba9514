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
