"""What every test shares: isolation from the person's own desk, and no quiet skips in CI."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = [
    "tests.config.piped",
    "tests.servers.fixtures",
    "tests.servers.oauth_mail",
    "tests.servers.bot_api.fixture",
]

# CI sets it: a test of a real server, or with the mails of others, may not be skipped there.
REQUIRE_REAL = os.environ.get("OMNITUI_REQUIRE_REAL") == "1"
MUST_RUN = ("real", "corpus")

# Everybody's run looks at the same examples: what fails there fails again. New ones are
# looked for by `make prove`. On a loaded machine any example may take long: each test has its
# time, an example none.
settings.register_profile(
    "default", max_examples=40, derandomize=True, print_blob=True, deadline=None
)
# `make prove` lets every property look at more examples, others each time: at fifty times as many,
# or `MORE` times as many as it names itself.
settings.register_profile(
    "prove", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "default")
settings.load_profile(PROFILE)
MORE = 10


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Directories for who wants one: most tests don't, and `tmp_path` makes one for each."""
    directory = tmp_path_factory.mktemp("homes")
    return (directory / str(number) for number in count())


@pytest.fixture(autouse=True)
def _own_home(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the person's own desk."""
    home = next(_homes)
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    monkeypatch.delenv("OMNITUI_HOME", raising=False)
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setenv("TZ", "UTC")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if REQUIRE_REAL and report.skipped and any(map(item.get_closest_marker, MUST_RUN)):  # type: ignore[attr-defined]
        report.outcome = "failed"  # type: ignore[attr-defined]
        report.longrepr = f"{item.nodeid} may not be skipped here: {report.longrepr}"  # type: ignore[attr-defined]
    return report  # type: ignore[return-value]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the slow ones to `make prove`, which names them by their marker."""
    if PROFILE == "prove":
        for test in {_property(item) for item in items} - {None}:
            _look_longer(*test)
    if config.option.markexpr:
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


def _property(item: pytest.Item) -> tuple[Any, str] | None:
    """Where the settings of a property test are, or of a state machine."""
    function, machine = getattr(item, "function", None), getattr(item, "cls", None)
    if hasattr(function, "_hypothesis_internal_use_settings"):
        return function, "_hypothesis_internal_use_settings"
    return (
        (machine, "settings")
        if isinstance(vars(machine or item).get("settings"), settings)
        else None
    )


def _look_longer(test: Any, name: str) -> None:
    own: settings = getattr(test, name)
    if own.max_examples < settings.get_profile("prove").max_examples:
        setattr(test, name, settings(own, max_examples=own.max_examples * MORE))


def pytest_configure() -> None:
    """Nothing that collecting makes is let go of: to look for that took a seventh of it."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Thousands of tests stay: the garbage collector need not look through them again and again.
    Nor for each 700 new objects through the newest: that is a fifth of what screen tests take."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 10, 10)


@cache
def _group(path: str) -> str:
    """The `xdist_group` that a module names in its `pytestmark`; empty: none."""
    found = re.search(
        r'^pytestmark\b[^@]*?xdist_group\("([^"]+)"\)', Path(path).read_text("utf-8"), re.M
    )
    return found[1] if found else ""


class _Groups(LoadScopeScheduling):
    """`--dist loadgroup`: tests of modules of one group share a worker, and so their servers.
    pytest 9.2 no longer lets pytest-xdist 3.8 write the group into a test's id."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid.partition("::")[0]) or nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Groups | None:
    return _Groups(config, log) if config.getvalue("dist") == "loadgroup" else None
