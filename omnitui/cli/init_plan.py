"""What `init` is about to set up: the settings, and the secrets that are not yet kept anywhere."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from config.model import EmailAccount
from config.secret_ref import SecretRef
from config.token_store import Tokens

PASSWORD_VARIABLE = "OMNITUI_INIT_PASSWORD"  # noqa: S105 - a name
CLIENT_VARIABLE = "OMNITUI_INIT_CLIENT_SECRET"
"""Where typed secrets are while they are tried: in this process alone, on no disk."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A password or a client's secret: where it is, or the words just typed."""

    ref: SecretRef
    typed: str = ""

    def __repr__(self) -> str:
        return f"Secret({self.ref})"


@dataclass(frozen=True, slots=True)
class Plan:
    """`settings` as they will be, but that typed secrets are in this process's environment."""

    settings: EmailAccount
    password: Secret | None = None
    client_secret: Secret | None = None
    tokens: Tokens | None = None
    """What an OAuth log-in gave."""
    again: bool = False
    """Only the log-in of an account that is there is done anew."""

    @contextlib.contextmanager
    def in_environment(self) -> Iterator[None]:
        """Inside, the typed secrets can be resolved."""
        given = {
            secret.ref.value: secret.typed
            for secret in (self.password, self.client_secret)
            if secret is not None and secret.typed
        }
        os.environ.update(given)
        try:
            yield
        finally:
            for name in given:
                os.environ.pop(name, None)
