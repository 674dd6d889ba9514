"""The widget's parts on a page, by what a person or a screen reader knows them by."""

from __future__ import annotations

from playwright.sync_api import Page, expect


class Chat:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.launcher = page.locator("button.launcher")
        self.window = page.get_by_role("dialog")
        self.log = page.get_by_role("log")
        self.bubbles = self.log.locator(".bubble")
        self.box = self.window.locator(".composer textarea")
        self.status = self.window.locator("header .status")
        self.notice = self.window.locator(".notice")
        self.chips = self.window.locator(".chip")
        self.panel = self.window.locator(".panel")

    def open(self) -> Chat:
        self.launcher.click()
        expect(self.window).to_be_visible()
        return self

    def writes(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")
        expect(self.box).to_have_value("")

    def shows(self, *texts: str) -> None:
        expect(self.bubbles).to_have_text(list(texts))

    def chooses(self, name: str) -> None:
        self.window.get_by_role("button", name="Menu").click()
        self.window.locator(".menu").get_by_text(name, exact=True).click()

    def call(self, method: str, *values: object) -> object:
        return self.page.evaluate("([m, v]) => omnitui[m](...v)", [method, list(values)])
