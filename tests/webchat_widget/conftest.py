from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.webchat_widget.stage import Relay, Stage, StageMaker

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    # A page that Playwright answers counts as a public one, which may not reach this machine.
    "--disable-features=LocalNetworkAccessChecks",
]  # fmt: skip


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=QUIET)
        try:
            yield running
        finally:
            running.close()


@pytest.fixture
def stages(browser: Browser) -> Iterator[StageMaker]:
    """`stages(**profile)`: a new browser profile; the test fails of any error on its pages."""
    made: list[Stage] = []

    def make(relay: Relay | None = None, **profile: Any) -> Stage:
        context = browser.new_context(**{"locale": "en-GB", **profile})
        context.set_default_timeout(5_000)
        made.append(Stage(context, relay or Relay()))
        return made[-1]

    yield make
    for stage in made:
        stage.context.close()
        assert not stage.faults


@pytest.fixture
def stage(stages: StageMaker) -> Stage:
    return stages()
