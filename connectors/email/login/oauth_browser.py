"""Logging in with a browser that is sent back to this program (RFC 8252), proven by RFC 7636.

The browser may be on this machine or on another: then the page it is sent back to does not open
there, and its address is pasted here.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import html
import os
import secrets
import select
import socket
import time
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import parse_qs, urlencode

from config.i18n import _
from config.model import EmailAccount
from connectors.contract import AuthFailed
from connectors.email.failures import words
from connectors.email.login.oauth_endpoint import Endpoint, Grant, Refusal

PATIENCE = 900.0
"""Seconds for a person to log in."""
_LARGEST = 16 * 1024
"""Bytes of a request's head."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser came back with."""

    code: str = field(repr=False)
    error: str = ""


class NotOurs(Exception):
    """An address that does not belong to this log-in."""


class BrowserLogIn:
    """One log-in. Use it as a context manager: it listens on loopback inside."""

    def __init__(self, endpoint: Endpoint, account: EmailAccount, port: int = 0) -> None:
        self._endpoint = endpoint
        self._account = account
        self._state = secrets.token_urlsafe(24)
        self._verifier = secrets.token_urlsafe(48)
        self._wanted_port = port
        self._sockets: list[socket.socket] = []
        self._redirect = ""

    def __enter__(self) -> BrowserLogIn:
        first = socket.create_server(("127.0.0.1", self._wanted_port), backlog=8)
        self._sockets = [first]
        port = first.getsockname()[1]
        # Microsoft knows loopback by this name alone, which may mean the other family as well.
        microsoft = self._endpoint.oauth.provider == "microsoft"
        self._redirect = f"http://{'localhost' if microsoft else '127.0.0.1'}:{port}"
        if microsoft:
            with contextlib.suppress(OSError):  # no IPv6 here: the browser comes by the other one
                self._sockets.append(socket.create_server(("::1", port), family=socket.AF_INET6))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for each in self._sockets:
            each.close()

    @property
    def port(self) -> int:
        port: int = self._sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """What the person opens."""
        oauth = self._endpoint.oauth
        digest = hashlib.sha256(self._verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": oauth.client_id,
            "redirect_uri": self._redirect,
            "scope": " ".join(oauth.scopes),
            "state": self._state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "login_hint": self._account.address,
        }
        if oauth.provider == "google":
            # Without the second it gives a refresh token at the very first consent only.
            asked |= {"access_type": "offline", "prompt": "consent"}
        return f"{oauth.authorize_url}?{urlencode(asked)}"

    def wait(self, typed: int | None = None, patience: float = PATIENCE) -> Answer | str:
        """What the browser came back with, or the line that was typed at the descriptor
        `typed` meanwhile, for `pasted`. Raises `AuthFailed` after `patience` seconds."""
        end = time.monotonic() + patience
        while True:
            watched: list[socket.socket | int] = [*self._sockets]
            if typed is not None:
                watched.append(typed)
            ready, _w, _x = select.select(watched, [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise AuthFailed(_("Nobody logged in in time; begin again."))
            for each in ready:
                if isinstance(each, int):
                    line = os.read(each, 65536)
                    if not line:
                        typed = None
                        continue
                    return line.decode("utf-8", "replace")
                found = self._visited(each)
                if found is not None:
                    return found

    def pasted(self, text: str) -> Answer:
        """The answer in an address that a person copied. Raises `NotOurs`."""
        # Not taken apart as a URL: what comes from outside need not be one.
        query = "".join(text.split()).partition("?")[2].partition("#")[0]
        found = {key: value[0] for key, value in parse_qs(query).items()}
        if not secrets.compare_digest(found.get("state", "").encode(), self._state.encode()):
            raise NotOurs
        if found.get("error"):
            return Answer("", words(found.get("error_description") or found["error"]))
        if not found.get("code"):
            raise NotOurs
        return Answer(found["code"])

    def exchange(self, answer: Answer) -> Grant:
        """The tokens for the answer. Raises `ChannelError`."""
        if answer.error:
            raise AuthFailed(
                _("The log-in was refused in the browser ({said}).").format(said=answer.error)
            )
        try:
            return self._endpoint.grant(
                {
                    "grant_type": "authorization_code",
                    "code": answer.code,
                    "redirect_uri": self._redirect,
                    "code_verifier": self._verifier,
                }
            )
        except Refusal as refusal:
            raise AuthFailed(
                _("The provider gives no log-in ({said}); check client_id, client_secret and"
                  " tenant, and begin again.").format(said=refusal.said.rstrip("."))
            ) from None  # fmt: skip

    def _visited(self, server: socket.socket) -> Answer | None:
        """One request of a browser; None: it was about something else, and we go on waiting."""
        connection, _address = server.accept()
        with connection:
            connection.settimeout(5)
            try:
                head = b""
                while b"\r\n" not in head and len(head) < _LARGEST:
                    part = connection.recv(4096)
                    if not part:
                        return None
                    head += part
                target = head.split(b"\r\n", 1)[0].split(b" ")
                answer = None
                try:
                    if len(target) == 3 and target[0] == b"GET":
                        answer = self.pasted(target[1].decode("ascii", "replace"))
                except NotOurs:
                    pass
                connection.sendall(_page(answer))
            except OSError:
                return None
            return answer


def _page(answer: Answer | None) -> bytes:
    if answer is None:
        status, said = "404 Not Found", _("This address is not of the log-in that is under way.")
    elif answer.error:
        status, said = "200 OK", _("The log-in was refused. Go back to the terminal.")
    else:
        status, said = (
            "200 OK",
            _("You are logged in. You may close this page; go on in the terminal."),
        )
    body = f"<!doctype html><meta charset=utf-8><title>omnitui</title><p>{html.escape(said)}"
    content = body.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(content)}\r\nConnection: close\r\nReferrer-Policy: no-referrer\r\n"
        "Cache-Control: no-store\r\n\r\n"
    )
    return head.encode() + content
