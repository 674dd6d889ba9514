"""omnitui(1) and the completions that are installed with it are what the program says of itself."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from omnitui.cli import manual
from omnitui.cli.main import VERBS

PAGE = manual.SHARE / "man" / "man1" / "omnitui.1"


def test_what_is_installed_is_current() -> None:
    stale = [
        str(path.relative_to(manual.ROOT))
        for path, text in manual.files().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert stale == [], "make them anew: python -m omnitui.cli.manual"


def test_the_page_has_every_verb() -> None:
    page = PAGE.read_text(encoding="utf-8").replace("\\-", "-")
    assert [verb for verb in VERBS if f".SS omnitui {verb}" not in page] == []


@pytest.mark.parametrize(
    "argv",
    [
        ["groff", "-ww", "-K", "utf8", "-T", "utf8", "-man", str(PAGE)],
        ["mandoc", "-T", "lint", "-W", "warning", str(PAGE)],
    ],
    ids=["groff", "mandoc"],
)
def test_it_is_drawn_without_a_warning(argv: list[str]) -> None:
    if shutil.which(argv[0]) is None:
        pytest.skip(f"there is no {argv[0]} here")
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30)
    assert done.stderr == ""
    if argv[0] == "mandoc":
        assert done.stdout == ""
    else:
        assert "--supervisors" in re.sub(".\b", "", done.stdout)  # bold is struck twice
