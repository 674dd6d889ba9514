"""Where a desk's files are."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.home import find_home


def test_one_directory_holds_the_desk(tmp_path: Path) -> None:
    home = find_home(tmp_path / "desk", {"OMNITUI_HOME": "/elsewhere"})
    assert home.config_file == tmp_path / "desk" / "config.toml"
    assert home.templates == tmp_path / "desk" / "templates"
    assert home.store_file == tmp_path / "desk" / "desk.sqlite"
    assert home.state == tmp_path / "desk" / "state"
    assert not home.config.exists()


def test_the_variable_is_used_without_the_option(tmp_path: Path) -> None:
    assert find_home(None, {"OMNITUI_HOME": str(tmp_path)}).data == tmp_path


def test_else_the_xdg_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    home = find_home(None, {})
    assert home.config == tmp_path / "config" / "omnitui"
    assert home.data == tmp_path / "data" / "omnitui"
    assert home.state == tmp_path / "state" / "omnitui"


def test_paths_are_absolute_and_the_tilde_is_expanded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "ann"))
    assert find_home(Path("desk")).config == tmp_path / "desk"
    assert find_home(Path("~/desk")).config == tmp_path / "ann" / "desk"
    assert find_home(Path("~nobody-of-that-name/x")).config == tmp_path / "~nobody-of-that-name/x"
