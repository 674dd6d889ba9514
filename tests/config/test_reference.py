"""Every setting and key is documented, and the documents are the current ones."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest

from config import reference, relay_settings, settings, team_settings
from config.default_keys import CONTEXTS
from tests.config.conftest import Load
from tests.documents import blocks


def test_the_reference_is_current() -> None:
    """When this fails: python -m config.reference"""
    text = reference.DOCUMENT.read_text("utf-8")
    assert reference.document(text) == text
    assert reference.example() == reference.EXAMPLE.read_text("utf-8")


def test_the_team_s_reference_is_current() -> None:
    """When this fails: python -m config.reference"""
    text = reference.TEAM_DOCUMENT.read_text("utf-8")
    assert reference.document(text) == text
    marked = set(re.findall(r"<!-- settings: ([\w-]+) -->", text))
    assert marked == set(reference.TEAM_TABLES) == set(team_settings.TABLES)


def test_every_setting_and_key_is_in_the_document() -> None:
    text = reference.DOCUMENT.read_text("utf-8")
    assert set(re.findall(r"<!-- settings: ([\w-]+) -->", text)) == set(reference.TABLES)
    assert tuple(re.findall(r"<!-- keys: ([\w-]+) -->", text)) == CONTEXTS
    for table in (*settings.CHANNELS.values(), settings.DESK, relay_settings.RELAY):
        for setting in table:
            assert f"`{setting.key}`" in text
            assert setting.doc.endswith((".", ")"))
    for section in settings.SECTIONS:
        assert f"[{section}" in text


def test_every_example_of_the_document_is_a_configuration(read: Load) -> None:
    shown = blocks(reference.DOCUMENT, "toml")
    assert len(shown) >= 5
    for block in shown:
        read(block)


def test_the_example_uncommented_is_a_configuration(read: Load) -> None:
    text = reference.EXAMPLE.read_text("utf-8")
    uncommented = re.sub(r'^# (?=\[|"?[\w+ ]+"? = )', "", text, flags=re.MULTILINE)
    data = tomllib.loads(uncommented)
    assert set(data) == set(settings.SECTIONS)
    config = read(uncommented)
    assert set(config.accounts) == {"support", "bot", "site"}
    assert not [
        line for line in uncommented.splitlines() if line and line[0].isalpha() and "=" not in line
    ]


def test_the_example_as_shipped_sets_nothing() -> None:
    assert tomllib.loads(reference.EXAMPLE.read_text("utf-8")) == {}


HEAVY = (
    "textual", "rich", "keyring", "tomlkit", "babel", "rapidfuzz", "difflib", "asyncio", "gettext",
    "zoneinfo", "email", "ssl", "subprocess", "sqlite3", "config.positions", "config.keymap",
    "config.secrets", "importlib.metadata",
)  # fmt: skip


@pytest.mark.parametrize("module", ["config.load", "config.i18n", "config.home"])
def test_loading_imports_nothing_heavy(module: str) -> None:
    code = (
        f"import sys, {module}; from pathlib import Path\n"
        "if 'config.load' in sys.modules:\n"
        "    from config.home import find_home\n"
        "    sys.modules['config.load'].load(find_home(Path('/nonexistent')))\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=reference.ROOT,
    )
    assert done.stdout == "[]\n"
