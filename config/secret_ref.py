"""Where a secret is, and the error when it cannot be had; never the secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class SecretRef:
    """`keyring:omnitui/support`, `env:NAME`, `file:/path`, `credential:NAME`, `command:pass show
    x`: where a secret is, never the secret. Resolved by `config.secrets.resolve`."""

    scheme: Literal["keyring", "env", "file", "credential", "command"]
    value: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"


class SecretError(Exception):
    """A secret cannot be had or kept. `str()` is one sentence with what to do; never the secret."""

    def __init__(self, ref: SecretRef, sentence: str) -> None:
        super().__init__(sentence)
        self.ref = ref
