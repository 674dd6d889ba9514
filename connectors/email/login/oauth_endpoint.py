"""One question to an authorisation server, over HTTP, and its answer (RFC 6749 §5, RFC 8628).

Written on httpx, since the libraries there are don't fit: Authlib's client for httpx is
deprecated with that package and loads cryptography into the engine, oauthlib refuses the
loopback redirect of RFC 8252 unless an environment variable lifts its checks for the whole
process, msal and google-auth each know one provider and bring requests.
It blocks: it belongs into a thread, so that a task that is cancelled in the middle cannot lose
the one refresh token that the server has just given.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from config import secrets
from config.i18n import _
from config.model import EmailAccount, ServerUrl
from config.secrets import SecretError
from config.urls import is_loopback
from connectors.contract import ChannelError, Deferred, Misconfigured, Unreachable
from connectors.email.failures import network_failure, words
from connectors.tls import client_context

PATIENCE = 20.0
"""Seconds for an answer, whole."""
LARGEST = 128 * 1024
"""Bytes of an answer."""
_SECRETS = ("refresh_token", "code", "device_code", "code_verifier", "client_secret")
UNTOLD_LIFETIME = 3600.0
"""Seconds an access token is taken to live when the server does not say."""


class Refusal(Exception):
    """The server says no, in the words of RFC 6749 §5.2. Never holds a token."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(f"{code}: {said}" if said else code)
        self.code = code
        self.said = said or code


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token endpoint gave. Its `repr` shows no token."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    """Empty: none was given."""
    lifetime: float
    """Seconds."""
    scopes: tuple[str, ...]
    """Empty: those that were asked for."""


class Endpoint:
    """An account's authorisation server."""

    def __init__(self, account: EmailAccount) -> None:
        if account.oauth is None:
            raise ValueError("the account has no OAuth settings")
        self.oauth = account.oauth
        # Authorities of one's own stand behind a provider of one's own only.
        self._ca = account.tls_ca if self.oauth.provider == "custom" else None
        self._context: ssl.SSLContext | None = None

    def grant(self, form: Mapping[str, str]) -> Grant:
        """Ask for tokens. Raises `Refusal`, `ChannelError`."""
        url = self.oauth.token_url
        found = self.ask(url, form)
        token, kind = found.get("access_token"), found.get("token_type", "Bearer")
        if not isinstance(token, str) or not _is_token(token):
            raise self._nonsense(url, 200)
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise Misconfigured(
                _("{host} gives tokens of a kind that mail servers do not take ({kind}).").format(
                    host=_host(url), kind=words(str(kind))
                )
            )
        refresh_token = found.get("refresh_token")
        if not isinstance(refresh_token, str) or "\0" in refresh_token:
            refresh_token = ""
        scope = found.get("scope")
        return Grant(
            token,
            refresh_token,
            _seconds(found.get("expires_in"), UNTOLD_LIFETIME),
            tuple(scope.split()) if isinstance(scope, str) else (),
        )

    def ask(self, url: str, form: Mapping[str, str]) -> dict[str, Any]:
        """POST a form, as the client that the settings name; the JSON of a good answer.

        Raises `Refusal` for an error answer in OAuth's form and `ChannelError` for all else.
        """
        form, basic, secret = self._identified(form)
        sent = [secret, *(form[key] for key in _SECRETS if key in form)]
        status, retry_after, body = self._post(url, form, basic)
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        found = found if isinstance(found, dict) else {}
        code = found.get("error")
        if isinstance(code, str) and code not in ("server_error", "temporarily_unavailable"):
            if status < 500 and status != 429:
                said = str(found.get("error_description") or "")
                raise Refusal(words(_without(code, sent)), words(_without(said, sent)))
        elif 200 <= status < 300 and found and code is None:
            return found
        if status == 429 or status >= 500 or code is not None:
            said = words(_without(str(found.get("error_description") or code or ""), sent))
            raise Deferred(
                _("{host} gives no access now ({said}); it is tried again.").format(
                    host=_host(url), said=": ".join(filter(None, (str(status), said)))
                ),
                retry_after,
            )
        if status in (404, 405, 410):
            raise Misconfigured(
                _("There is no log-in at {url} (HTTP {status}); correct the address.").format(
                    url=url, status=status
                )
            )
        raise self._nonsense(url, status)

    def _identified(
        self, form: Mapping[str, str]
    ) -> tuple[dict[str, str], tuple[str, str] | None, str]:
        """The client's name and proof (RFC 6749 §2.3.1): in the form as the large providers
        document it, else as HTTP Basic, which every server must take."""
        secret = ""
        if self.oauth.client_secret is not None:
            try:
                secret = secrets.resolve(self.oauth.client_secret)
            except SecretError as error:
                raise Misconfigured(str(error)) from None
        if secret and self.oauth.provider == "custom":
            pair = quote(self.oauth.client_id, safe=""), quote(secret, safe="")
            return dict(form), pair, secret
        proof = {"client_secret": secret} if secret else {}
        return {**form, "client_id": self.oauth.client_id, **proof}, None, secret

    def _post(
        self, url: str, form: Mapping[str, str], basic: tuple[str, str] | None
    ) -> tuple[int, float | None, bytes]:
        import httpx

        if self._context is None:
            self._context = client_context(self._ca)
        try:
            # A loop of its own: only so can the whole of it be given up in time, whatever
            # trickles in.
            return asyncio.run(self._posted(url, form, basic, self._context))
        except (httpx.HTTPError, OSError) as error:
            raise self._unreachable(url, error) from None

    async def _posted(
        self,
        url: str,
        form: Mapping[str, str],
        basic: tuple[str, str] | None,
        context: ssl.SSLContext,
    ) -> tuple[int, float | None, bytes]:
        import httpx

        # A proxy of the environment's has no business between here and here.
        outside = not is_loopback(urlsplit(url).hostname or "")
        async with (
            asyncio.timeout(PATIENCE),
            httpx.AsyncClient(verify=context, timeout=PATIENCE, trust_env=outside) as client,
            client.stream(
                "POST", url, data=form, auth=basic, headers={"Accept": "application/json"}
            ) as response,
        ):
            body = b""
            async for part in response.aiter_bytes():
                body += part
                if len(body) > LARGEST:
                    raise self._nonsense(url, response.status_code)
            retry = response.headers.get("retry-after", "")
            return response.status_code, _seconds(retry, 0) or None, body

    def _unreachable(self, url: str, error: Exception) -> ChannelError:
        parts = urlsplit(url)
        default = 443 if parts.scheme == "https" else 80
        server = ServerUrl(parts.scheme, parts.hostname or "", parts.port or default, "")
        cause = _root(error)
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLCertVerificationError):
            return Unreachable(
                _("No encrypted connection to {host} came about ({why}); it is tried again.")
                .format(host=_host(url), why=words(cause.reason or str(cause)))
            )  # fmt: skip
        if cause is None and "Timeout" in type(error).__name__:
            cause = TimeoutError()
        return network_failure(cause or EOFError(), server)

    @staticmethod
    def _nonsense(url: str, status: int) -> ChannelError:
        return Unreachable(
            _(
                "What {host} answers is nothing of OAuth (HTTP {status}); is there a log-in page of"
                " this network in between? It is tried again."
            ).format(host=_host(url), status=status)
        )


def _root(error: BaseException) -> OSError | None:
    """What the network itself said: HTTP libraries wrap it several times."""
    found: OSError | None = None
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, BaseExceptionGroup):  # one for each address that was tried
            inner = inner.exceptions[0]
            continue
        if isinstance(inner, OSError) and (found is None or found.errno is None):
            found = inner
        inner = inner.__cause__ or inner.__context__
    return found


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _is_token(text: str) -> bool:
    """The characters of RFC 6750 §2.1 and then some; nothing that would end a line."""
    return re.fullmatch(r"[\x21-\x7e]{1,32768}", text) is not None


def _seconds(value: object, otherwise: float) -> float:
    """A number of seconds, also where a server writes it as a text."""
    try:
        found = float(value) if isinstance(value, int | float | str) else otherwise
    except ValueError:
        return otherwise
    return found if 0 < found < 10 * 365 * 86400 else otherwise


def _without(said: str, sent: Sequence[str]) -> str:
    """What a server says, without the secrets it was sent, should it repeat them."""
    for secret in sent:
        if secret:
            said = said.replace(secret, "…")
    return said
