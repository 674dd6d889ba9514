"""The widget as a person uses it: by what its parts are called, never by how it is made."""

from __future__ import annotations

import re
from collections.abc import Sequence

from playwright.sync_api import BrowserContext, FilePayload, Locator, Page, expect

from connectors.webchat.widget import texts
from tests.webchat.shop import Shop
from tests.webchat.watch import Watch

TEXTS = texts()["en"]


class Visitor:
    """One person with a browser profile of their own; `chat` is the page they look at."""

    def __init__(
        self, context: BrowserContext, watch: Watch, page: Page, shop: Shop, address: str
    ) -> None:
        self.context = context
        self.watch = watch
        self.page = page
        self.shop = shop
        self.address = address
        """Of the page that they came to first."""
        self.expected_alarms = False
        """The test itself looks at `watch.alarms`."""
        self.chat = Chat(page)

    def second_tab(self, url: str) -> Chat:
        page = self.context.new_page()
        page.goto(url)
        return Chat(page)

    def identify(self, jwt: str) -> None:
        """The page learns who its visitor is."""
        self.page.evaluate("jwt => window.omnitui.identify(jwt)", jwt)

    def sign_out(self) -> None:
        self.page.evaluate("window.omnitui.logout()")

    def token(self) -> str:
        """What the widget keeps to be known again."""
        return str(self.page.evaluate("JSON.parse(localStorage.getItem('omnitui:acme:token'))"))


class Chat:
    """The widget in one tab."""

    def __init__(self, page: Page) -> None:
        self.page = page

    # Parts

    @property
    def launcher(self) -> Locator:
        return self.page.locator("button.launcher")

    @property
    def window(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def messages(self) -> Locator:
        """All of them, oldest first."""
        return self.log.locator(".message")

    @property
    def box(self) -> Locator:
        """Where one writes."""
        return self.window.locator(".composer textarea")

    @property
    def status(self) -> Locator:
        """Whether somebody is there."""
        return self.window.locator("header .status")

    @property
    def typing(self) -> Locator:
        """Somebody else is; empty when nobody is."""
        return self.log.locator(".typing")

    # Doing

    def open(self) -> Chat:
        self.launcher.click()
        expect(self.box).to_be_visible()
        return self

    def opened(self) -> Chat:
        """Open it, unless it opened by itself, as it does where it was open before."""
        expect(self.launcher).to_be_visible()
        if not self.window.is_visible():
            self.open()
        return self

    def types(self, text: str) -> None:
        self.box.press_sequentially(text)

    def writes(self, text: str) -> None:
        """Write and send; not yet that it arrived."""
        self.box.fill(text)
        self.box.press("Enter")
        expect(self.box).to_have_value("")

    def says(self, text: str) -> None:
        """The same, and the relay has it."""
        self.writes(text)
        self.is_sent(text)

    def attaches(self, *files: FilePayload) -> None:
        """They are uploaded, and not sent yet."""
        # Before the relay has welcomed them there is no such button.
        expect(self.window.get_by_role("button", name=TEXTS["attach"])).to_be_visible()
        chips = self.window.locator(".chip")
        before = chips.count()
        self.window.locator("input[type=file]").set_input_files(list(files))
        expect(chips).to_have_count(before + len(files))
        expect(self.window.locator(".chip progress:visible")).to_have_count(0)

    def chooses(self, name: str) -> None:
        """An entry of the menu."""
        self.window.get_by_role("button", name=TEXTS["menu"]).click()
        self.window.locator(".menu").get_by_role("button", name=TEXTS[name], exact=True).click()

    def opens_form(self) -> None:
        """Open it where a form stands before the chat."""
        self.launcher.click()
        expect(self.window.locator(".panel form")).to_be_visible()

    def fills_in(self, button: str, *, language: str = "en", **fields: str) -> None:
        """The form that stands there."""
        words = texts()[language][button]
        for name, value in fields.items():
            self.window.locator(f".panel [name={name}]").fill(value)
        self.window.locator(".panel").get_by_role("button", name=words, exact=True).click()

    # Seeing

    def message(self, text: str) -> Locator:
        return self.messages.filter(has_text=text).last

    def sees(self, text: str) -> Locator:
        found = self.message(text)
        expect(found).to_be_visible()
        return found

    def is_sent(self, text: str) -> None:
        """The relay has it, or it is further already."""
        found = self.sees(text)
        expect(found.locator(".meta.sending")).to_have_count(0)
        expect(found).not_to_have_class(re.compile(r"\bfailed\b"))

    def is_marked(self, text: str, mark: str) -> None:
        """`sent`, `delivered` or `read`: shown at the newest one of the visitor's."""
        expect(self.message(text).locator(f".meta.{mark}")).to_be_visible()

    def texts(self) -> list[str]:
        """What stands in the log, oldest first."""
        return self.log.locator(".bubble").all_text_contents()

    def shows(self, texts: Sequence[str]) -> None:
        """Exactly these messages stand there, in this order."""
        expect(self.log.locator(".bubble")).to_have_text(list(texts))

    def foreign_elements(self) -> list[str]:
        """Elements and attributes in the log that no text may become."""
        return list(
            self.log.evaluate(
                """log => [...log.querySelectorAll('*')].flatMap(e => [
                  ...(/^(script|iframe|object|embed|link|meta|style|base|form|video)$/i
                    .test(e.tagName) ? [e.tagName] : []),
                  ...[...e.attributes].filter(a => /^on/i.test(a.name)
                    || /^\\s*(javascript|vbscript|data):/i.test(a.value)).map(a => a.name),
                ])"""
            )
        )
