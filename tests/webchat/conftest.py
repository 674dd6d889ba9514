"""One browser, one shop with its pages and processes for all tests of a worker."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.servers.process import require
from tests.webchat.chat import Visitor
from tests.webchat.pages import Pages
from tests.webchat.shop import Shop
from tests.webchat.watch import Watch

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

Visits = Callable[..., Visitor]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    require("chromium", package="chromium")
    # A connection that is lost is tried again after a while.
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=QUIET)
        try:
            yield running
        finally:
            running.close()


@pytest.fixture(scope="package")
def pages() -> Iterator[Pages]:
    made = Pages()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory, pages: Pages) -> Iterator[Shop]:
    made = Shop(tmp_path_factory.mktemp("shop") / "desk", [pages.origin])
    pages.relay = made.url
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture
def visits(browser: Browser, pages: Pages, shop: Shop) -> Iterator[Visits]:
    """`visits("plain", …)`: a new person with a browser profile of their own opens that page.
    The test fails of any dialog, script error, violated policy or request to somebody else."""
    made: list[Visitor] = []

    def visit(
        name: str = "plain", *, hostile: bool = False, profile: dict[str, Any] | None = None,
        **query: str,
    ) -> Visitor:  # fmt: skip
        context = browser.new_context(locale="en-GB", **(profile or {}))
        context.set_default_timeout(20_000)
        watch = Watch(context, *(re.sub(r"^https?://", "", u) for u in (
            pages.origin, pages.hostile("").strip("/"), shop.url)))  # fmt: skip
        address = pages.hostile(name, **query) if hostile else pages.url(name, **query)
        visitor = Visitor(context, watch, context.new_page(), shop, address)
        made.append(visitor)
        visitor.page.goto(address)
        return visitor

    yield visit
    for visitor in made:
        if not visitor.expected_alarms:
            visitor.watch.check()
        visitor.context.close()
