"""What a page must never do while strangers' text is on it, noted as it happens."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Request

_INSIDE = """
window.__noted = [];
document.addEventListener('securitypolicyviolation', event =>
  window.__noted.push('CSP ' + event.violatedDirective + ' ' + event.blockedURI));
"""


class Watch:
    """`alarms` stays empty: no dialog, no error of a script, no policy violated, no request to
    anybody but the relay and the shop."""

    def __init__(self, context: BrowserContext) -> None:
        self.alarms: list[str] = []
        self.quiet = False
        """The network is being cut: what fails to load is no alarm."""
        self._hosts: set[str] = set()
        self._pages: list[Page] = []
        context.add_init_script(_INSIDE)
        context.on("page", self._page)
        context.on("request", self._request)

    def begin(self, *hosts: str) -> None:
        """From now on; `hosts` may be asked for something."""
        self.alarms.clear()
        self.quiet = False
        self._hosts = set(hosts)

    def _page(self, page: Page) -> None:
        self._pages.append(page)
        page.on("dialog", self._dialog)
        page.on("pageerror", lambda error: self.alarms.append(f"error: {error}"))
        page.on("console", self._console)

    def _dialog(self, dialog: Dialog) -> None:
        self.alarms.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        failed = "WebSocket connection" in message.text or "Failed to load resource" in message.text
        if message.type in ("error", "warning") and not (self.quiet and failed):
            self.alarms.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob", "about") and parts.netloc not in self._hosts:
            self.alarms.append(f"request: {request.url}")

    def check(self) -> None:
        for page in self._pages:
            if not page.is_closed():
                noted: Any = page.evaluate("window.__noted || []")
                self.alarms += noted
        assert not self.alarms, self.alarms[:10]
