"""The shop's own web server: pages that carry the widget, on another origin than the relay."""

from __future__ import annotations

import html
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit


class Pages:
    """`url(name, …)` is a page; `hostile(name)` the same one on an origin that nobody allowed.

    plain; csp: with a strict Content-Security-Policy; rtl; lang=…: a page in that language;
    dark; jwt=…: the page signs its visitor in; title=…; options={…}: attributes of the script.
    """

    def __init__(self) -> None:
        self.relay = ""
        """Where the script comes from; set before the first page is asked for."""
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, name: str = "plain", **query: str) -> str:
        return f"{self.origin}/{name}{_query(query)}"

    def hostile(self, name: str = "plain", **query: str) -> str:
        return f"http://localhost:{self.port}/{name}{_query(query)}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        pages = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                pages.asked.append(self.path)
                path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
                given = {key: values[0] for key, values in query.items()}
                if path == "/favicon.ico":
                    self.send_response(204)
                    self.end_headers()
                    return
                if path == "/shop.js":
                    self._send(_SHOP.encode(), "text/javascript; charset=utf-8")
                    return
                policy = pages.policy(given) if path == "/csp" else ""
                self._send(pages.page(path.strip("/"), given), "text/html; charset=utf-8", policy)

            def _send(self, body: bytes, kind: str, policy: str = "") -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                if policy:
                    self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        return Handler

    def policy(self, given: dict[str, str]) -> str:
        """What docs/webchat.md tells the owner of a strict page to add, and nothing more."""
        relay, socket = self.relay, self.relay.replace("http", "ws", 1)
        return (
            f"default-src 'none'; script-src 'self' {relay}/widget.js;"
            f" connect-src {relay} {socket}; img-src {relay}; media-src {relay};"
            " base-uri 'none'; form-action 'none';"
            " require-trusted-types-for 'script'; trusted-types 'none'"
        )

    def page(self, name: str, given: dict[str, str]) -> bytes:
        language = given.get("lang", "ar" if name == "rtl" else "en")
        direction = "rtl" if name == "rtl" else "ltr"
        scheme = "<meta name='color-scheme' content='dark'>" if name == "dark" else ""
        site = given.get("site", "acme")
        options = "".join(
            f' {key}="{html.escape(value)}"'
            for key, value in json.loads(given.get("options", "{}")).items()
        )
        shop = f'<script src="/shop.js" data-jwt="{html.escape(given.get("jwt", ""))}"></script>'
        return (
            f'<!doctype html><html lang="{language}" dir="{direction}"><head>'
            f'<meta charset="utf-8"><meta name="viewport" content="width=device-width">{scheme}'
            f"<title>{html.escape(given.get('title', 'Acme garden tools'))}</title></head>"
            f"<body><h1>Acme</h1><p>Spades, rakes and a shed.</p>{shop}"
            f'<script src="{self.relay}/widget.js" data-site="{site}"{options} async></script>'
            f"</body></html>"
        ).encode()


def _query(query: dict[str, str]) -> str:
    return f"?{urlencode(query)}" if query else ""


_SHOP = """
// What a shop's own page does: it signs its visitor in when it knows who that is.
(() => {
  const jwt = document.currentScript.dataset.jwt;
  window.shop = {jwt, asked: 0};
  window.omnitui = window.omnitui || [];
  if (jwt) omnitui.push(["identify", () => { window.shop.asked++; return window.shop.jwt; }]);
})();
"""
