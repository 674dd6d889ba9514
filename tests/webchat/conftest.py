"""One browser, one shop with its pages and processes for all tests of a worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

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


def hosts(pages: Pages, shop: Shop) -> list[str]:
    """Whom a page may ask for anything."""
    addresses = (pages.origin, pages.hostile("").strip("/"), shop.url)
    return [address.removeprefix("http://") for address in addresses]


@dataclass(frozen=True)
class Profile:
    """A browser profile with one page: used by one person after the other, since a new one costs
    a second of work. Whoever leaves it leaves nothing in it."""

    context: BrowserContext
    watch: Watch
    page: Page

    @classmethod
    def new(cls, browser: Browser, **settings: Any) -> Profile:
        context = browser.new_context(locale="en-GB", reduced_motion="reduce", **settings)
        context.set_default_timeout(20_000)
        watch = Watch(context)
        return cls(context, watch, context.new_page())

    def emptied(self, origin: str) -> bool:
        """False: it cannot be used any more."""
        if self.page not in self.context.pages:
            return False
        for page in self.context.pages:
            if page is not self.page:
                page.close()
        self.context.set_offline(False)
        self.page.evaluate("sessionStorage.clear()")
        self.page.goto("about:blank")
        tools = self.context.new_cdp_session(self.page)
        tools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        tools.detach()
        return True


@pytest.fixture(scope="package")
def profiles(browser: Browser) -> list[Profile]:
    """Those that nobody uses now."""
    return []


@pytest.fixture
def visits(browser: Browser, profiles: list[Profile], pages: Pages, shop: Shop) -> Iterator[Visits]:
    """`visits("plain", …)`: a new person opens that page; `profile`: settings of their browser.
    The test fails of any dialog, script error, violated policy or request to somebody else."""
    used: list[tuple[Profile, Visitor, bool]] = []

    def visit(
        name: str = "plain", *, hostile: bool = False, profile: dict[str, Any] | None = None,
        **query: str,
    ) -> Visitor:  # fmt: skip
        own = hostile or profile is not None
        chosen = profiles.pop() if profiles and not own else Profile.new(browser, **(profile or {}))
        chosen.watch.begin(*hosts(pages, shop))
        address = pages.hostile(name, **query) if hostile else pages.url(name, **query)
        visitor = Visitor(chosen.context, chosen.watch, chosen.page, shop, address)
        used.append((chosen, visitor, own))
        visitor.page.goto(address)
        return visitor

    yield visit
    for chosen, visitor, own in used:
        if not visitor.expected_alarms:
            visitor.watch.check()
        if not own and chosen.emptied(pages.origin):
            profiles.append(chosen)
        else:
            chosen.context.close()
