"""Completion in real shells, from the script alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from omnitui.cli.command_line import verbs
from omnitui.cli.completion_scripts import SCRIPTS
from omnitui.cli.main import VERBS, main

BASH = """\
source {script}
COMP_WORDS=({words}) COMP_CWORD={last}
_omnitui
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("completion") / "omnitui.bash"
    path.write_text(SCRIPTS["bash"](verbs()))
    return path


def completed(script: Path, *words: str, directory: Path | None = None) -> list[str]:
    quoted = " ".join(f"'{word}'" for word in words)
    text = BASH.format(script=script, words=quoted, last=len(words) - 1)
    done = subprocess.run(
        ["bash", "--norc", "-c", text], capture_output=True, text=True, timeout=20, cwd=directory
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "there", "missing"),
    [
        (["omnitui", "conv"], {"conversations"}, {"check"}),
        (["omnitui", ""], set(VERBS), {"--home"}),
        (["omnitui", "--h"], {"--home", "--help"}, {"--version"}),
        (["omnitui", "init", "--te"], {"--team", "--telegram", "--tenant"} - {""}, {"--home"}),
        (["omnitui", "--home", "/x", "init", "--dry"], {"--dry-run"}, set()),
        (["omnitui", "completion", ""], {"bash", "zsh", "fish"}, set()),
        (["omnitui", "completion", "z"], {"zsh"}, {"bash"}),
    ],
)
def test_bash_completes(script: Path, words: list[str], there: set[str], missing: set[str]) -> None:
    found = set(completed(script, *words))
    assert {word for word in there if word.startswith(words[-1])} <= found
    assert not missing & found


def test_bash_completes_files_where_a_file_is_meant(script: Path, tmp_path: Path) -> None:
    (tmp_path / "old mail.mbox").touch()
    (tmp_path / "place").mkdir()
    here = tmp_path
    assert "place" in completed(script, "omnitui", "import", "", directory=here)
    assert completed(script, "omnitui", "--home", "pl", directory=here) == ["place"]
    assert completed(script, "omnitui", "show", "", directory=here) == []


def test_a_key_waits_for_nothing(script: Path) -> None:
    """Less than 150 ms with the start of a shell; omnitui itself is not run."""
    text = script.read_text()
    assert "$(omnitui" not in text
    best = min(_seconds(script) for _again in range(3))
    assert best < 0.15


def _seconds(script: Path) -> float:
    begun = time.perf_counter()
    completed(script, "omnitui", "conv")
    return time.perf_counter() - begun


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_takes_its_script(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    path = tmp_path / "script"
    path.write_text(SCRIPTS[shell](verbs()))
    done = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")


def test_fish_completes(tmp_path: Path) -> None:
    if shutil.which("fish") is None:
        pytest.skip("there is no fish here")
    path = tmp_path / "omnitui.fish"
    path.write_text(SCRIPTS["fish"](verbs()))
    code = f'source {path}; complete -C "omnitui conv"; complete -C "omnitui init --tea"'
    done = subprocess.run(
        ["fish", "--no-config", "-c", code], capture_output=True, text=True, timeout=20
    )
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["conversations", "--team"]


def test_the_verb_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "fish"]) == 0
    assert "complete -c omnitui" in capsys.readouterr().out


def test_making_it_imports_no_screen() -> None:
    code = (
        "import sys; from omnitui.cli.command_line import verbs; verbs();"
        "print([m for m in sys.modules if m.split('.')[0] == 'textual'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr
