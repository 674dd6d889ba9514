"""An OAuth 2.0 authorisation server on loopback: real HTTP, real rotation, scripted faults.

RFC 6749 (code and refresh grants), 7636 (PKCE), 8628 (device grant), 7009 (revocation), and the
token information that Dovecot asks for. A test is the person before the browser: `allow`,
`deny` and `visit`.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import secrets
import ssl
import threading
import time
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from tests.servers.certificates import Certificate

SCOPE = "mail"
CLIENT = "omnitui-desk"


@dataclass
class Access:
    """An access token that was given out."""

    user: str
    ends_at: float
    scope: str
    revoked: bool = False


@dataclass
class Wish:
    """A log-in that waits for a person."""

    scope: str
    user: str | None = None
    denied: bool = False
    polls: int = 0
    redirect: str = ""
    challenge: str = ""


@dataclass
class Script:
    """What goes out of the ordinary."""

    answers: list[tuple[int, str]] = field(default_factory=list)
    """Status and body of the next answers of the token endpoint, used up one by one."""
    slow_down: int = 0
    """How many of the next polls are told to slow down."""
    hang: threading.Event | None = None
    """The token endpoint gives no answer before it is set."""
    lose_answer: bool = False
    """The next token request is carried out, and its answer never arrives."""
    retry_after: str = ""


class AuthorisationServer:
    """Runs in a thread. `rotating`: each refresh token is good once; one that comes again ends
    all of its line (RFC 9700 §4.14.2), unless it comes within `grace` seconds."""

    def __init__(
        self,
        *,
        client_secret: str = "",
        rotating: bool = True,
        lifetime: float = 3600,
        grace: float = 0.0,
        interval: float = 0.2,
        offline: bool = True,
        certificate: Certificate | None = None,
    ) -> None:
        self.client_secret = client_secret
        self.rotating = rotating
        self.lifetime = lifetime
        self.grace = grace
        self.interval = interval
        self.offline = offline
        self.scope: str | None = None
        """What is granted, where it is another scope than the one asked for."""
        self.script = Script()
        self.requests: list[dict[str, str]] = []
        """Forms that the token endpoint got, with the client's Basic name as `basic`."""
        self.looked_up: list[str] = []
        """Access tokens that mail servers asked about."""
        self.access: dict[str, Access] = {}
        self.refresh: dict[str, tuple[str, int]] = {}
        """Refresh token → user and line."""
        self._spent: dict[str, tuple[str, int, float]] = {}
        self._dead_lines: set[int] = set()
        self._lines = itertools.count(1)
        self._wishes: dict[str, Wish] = {}
        self._codes: dict[str, str] = {}
        self._lock = threading.RLock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                server._get(self)

            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                text = self.rfile.read(size).decode()
                form = {k: v[0] for k, v in parse_qs(text, keep_blank_values=True).items()}
                server._post(self, form)

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.port: int = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.cert, certificate.key)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
            self.url = f"https://localhost:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> AuthorisationServer:
        self._thread.start()
        return self

    def close(self) -> None:
        if self.script.hang is not None:
            self.script.hang.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    # What a person does

    def waiting(self) -> list[str]:
        """User codes that nobody has decided on."""
        with self._lock:
            return [
                code for code, wish in self._wishes.items() if not wish.user and not wish.denied
            ]

    def allow(self, user_code: str, user: str) -> None:
        with self._lock:
            self._wishes[user_code].user = user

    def deny(self, user_code: str) -> None:
        with self._lock:
            self._wishes[user_code].denied = True

    def expire(self, user_code: str) -> None:
        with self._lock:
            del self._wishes[user_code]

    def redirected(self, url: str, user: str, *, denied: bool = False) -> str:
        """Where a browser is sent after this person logged in at the address that was shown."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert asked["redirect_uri"].startswith(("http://127.0.0.1:", "http://localhost:"))
        if denied:
            answer = {"error": "access_denied", "state": asked["state"]}
        else:
            code = secrets.token_urlsafe(16)
            with self._lock:
                self._wishes[code] = Wish(
                    asked["scope"], user, redirect=asked["redirect_uri"],
                    challenge=asked["code_challenge"],
                )  # fmt: skip
            answer = {"code": code, "state": asked["state"]}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def visit(self, url: str, user: str) -> str:
        """Be the browser: log in and follow the redirect to the program; its page."""
        with urllib.request.urlopen(self.redirected(url, user), timeout=10) as page:
            text: str = page.read().decode()
        return text

    # What an administrator does

    def new_refresh_token(self, user: str) -> str:
        with self._lock:
            return self._refresh_for(user, next(self._lines))

    def revoke_all(self, user: str) -> None:
        """The person withdraws the program's access."""
        with self._lock:
            for access in self.access.values():
                access.revoked = access.revoked or access.user == user
            self.refresh = {k: v for k, v in self.refresh.items() if v[0] != user}
            self._spent = {k: v for k, v in self._spent.items() if v[0] != user}

    def end_access(self, user: str) -> None:
        """Access tokens end before their time; refresh tokens stay."""
        with self._lock:
            for access in self.access.values():
                access.revoked = access.revoked or access.user == user

    def secrets(self) -> Iterable[str]:
        """Every token that was ever given out."""
        with self._lock:
            found = [*self.access, *self.refresh, *self._spent]
            return [*found, *([self.client_secret] if self.client_secret else [])]

    def grants(self, kind: str = "refresh_token") -> int:
        with self._lock:
            return sum(form.get("grant_type") == kind for form in self.requests)

    def is_good(self, token: str) -> bool:
        with self._lock:
            access = self.access.get(token)
            return access is not None and not access.revoked and access.ends_at > time.time()

    # HTTP

    def _get(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        if parts.path != "/tokeninfo":
            return self._send(handler, 404, "not here")
        token = unquote(parts.query.partition("access_token=")[2])
        with self._lock:
            self.looked_up.append(token)
            if not self.is_good(token):
                return self._send(handler, 200, {"active": "false"})
            access = self.access[token]
            return self._send(
                handler, 200, {"active": "true", "email": access.user, "scope": access.scope}
            )

    def _post(self, handler: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        if not self._is_client(handler, form):
            return self._send(handler, 401, _error("invalid_client", "unknown client or secret"))
        if handler.path == "/device":
            return self._device(handler, form)
        if handler.path != "/token":
            return self._send(handler, 404, "not here")
        if self.script.hang is not None:
            self.script.hang.wait(60)
        with self._lock:
            self.requests.append(form)
            if self.script.answers:
                return self._send(handler, *self.script.answers.pop(0))
            status, answer = self._grant(form)
            if self.script.lose_answer:
                self.script.lose_answer = False
                handler.close_connection = True
                handler.connection.close()
                return None
        return self._send(handler, status, answer)

    def _is_client(self, handler: BaseHTTPRequestHandler, form: dict[str, str]) -> bool:
        given = handler.headers.get("Authorization", "")
        if given.startswith("Basic "):
            name, _colon, secret = base64.b64decode(given[6:]).decode().partition(":")
            form["basic"] = unquote(name)
            return (unquote(name), unquote(secret)) == (CLIENT, self.client_secret)
        secret = form.get("client_secret", "")
        return form.get("client_id") == CLIENT and secret == self.client_secret

    def _device(self, handler: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        device, user = secrets.token_urlsafe(24), f"WDJB-{secrets.randbelow(10000):04}"
        with self._lock:
            self._wishes[user] = Wish(form.get("scope", ""))
            self._codes[device] = user
        self._send(
            handler,
            200,
            {
                "device_code": device,
                "user_code": user,
                "verification_uri": f"{self.url}/verify",
                "verification_uri_complete": f"{self.url}/verify?code={user}",
                "expires_in": 600,
                "interval": self.interval,
            },
        )

    def _grant(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        match form.get("grant_type"):
            case "refresh_token":
                return self._refreshed(form.get("refresh_token", ""))
            case "authorization_code":
                return self._exchanged(form)
            case "urn:ietf:params:oauth:grant-type:device_code":
                return self._polled(form.get("device_code", ""))
        return 400, _error("unsupported_grant_type")

    def _refreshed(self, token: str) -> tuple[int, dict[str, Any]]:
        found = self.refresh.get(token)
        if found is None and token in self._spent:
            user, line, at = self._spent[token]
            if time.time() - at <= self.grace:
                return 200, self._tokens(user, line)
            # Somebody has a copy: nobody of this line is believed any more.
            self._dead_lines.add(line)
            self.refresh = {k: v for k, v in self.refresh.items() if v[1] != line}
        if found is None:
            return 400, _error("invalid_grant", "Token has been expired or revoked.")
        if self.rotating:
            del self.refresh[token]
            self._spent[token] = (*found, time.time())
            return 200, self._tokens(*found)
        return 200, self._tokens(*found, refresh=False)

    def _exchanged(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        wish = self._wishes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if wish is None or wish.user is None or not wish.challenge:
            return 400, _error("invalid_grant", "no such code")
        if proof != wish.challenge or form.get("redirect_uri") != wish.redirect:
            return 400, _error("invalid_grant", "the proof of the code is wrong")
        return 200, self._tokens(wish.user, next(self._lines), scope=wish.scope)

    def _polled(self, device: str) -> tuple[int, dict[str, Any]]:
        code = self._codes.get(device, "")
        wish = self._wishes.get(code)
        if wish is None:
            return 400, _error("expired_token")
        wish.polls += 1
        if self.script.slow_down:
            self.script.slow_down -= 1
            return 400, _error("slow_down")
        if wish.denied:
            return 400, _error("access_denied")
        if wish.user is None:
            return 400, _error("authorization_pending")
        del self._wishes[code]
        return 200, self._tokens(wish.user, next(self._lines), scope=wish.scope)

    def _tokens(
        self, user: str, line: int, *, refresh: bool = True, scope: str = SCOPE
    ) -> dict[str, Any]:
        scope = self.scope if self.scope is not None else scope
        token = "at-" + secrets.token_urlsafe(24)
        self.access[token] = Access(user, time.time() + self.lifetime, scope)
        answer = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "scope": scope,
        }
        if refresh and self.offline:
            answer["refresh_token"] = self._refresh_for(user, line)
        return answer

    def _refresh_for(self, user: str, line: int) -> str:
        token = "rt-" + secrets.token_urlsafe(24)
        self.refresh[token] = (user, line)
        return token

    def _send(
        self, handler: BaseHTTPRequestHandler, status: int, answer: str | dict[str, Any]
    ) -> None:
        body = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        if self.script.retry_after:
            handler.send_header("Retry-After", self.script.retry_after)
        handler.end_headers()
        handler.wfile.write(body)


def _error(code: str, description: str = "") -> dict[str, str]:
    return {"error": code, **({"error_description": description} if description else {})}
