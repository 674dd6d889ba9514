"""What a mail server is shown at log-in: a password, or an access token by SASL."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field

from config.model import ServerUrl


@dataclass(frozen=True, slots=True)
class Bearer:
    """An OAuth access token of an account. Its `repr` does not show it."""

    token: str = field(repr=False)
    again: str = ""
    """The command that logs in anew, for the sentence after a refusal."""

    def xoauth2(self, user: str) -> str:
        """In base64 (developers.google.com/workspace/gmail/imap/xoauth2-protocol)."""
        return _packed(f"user={user}\1auth=Bearer {self.token}\1\1")

    def oauthbearer(self, server: ServerUrl) -> str:
        """In base64 (RFC 7628 §3.1, the name escaped as in RFC 5801 §4)."""
        name = server.user.replace("=", "=3D").replace(",", "=2C")
        return _packed(
            f"n,a={name},\1host={server.host}\1port={server.port}\1auth=Bearer {self.token}\1\1"
        )

    def hidden_in(self, said: str) -> str:
        """A server's words without the token, should it repeat what it was sent."""
        said = said.replace(self.token, "…")
        for word in said.split():
            if len(word) > 20 and self.token in _unpacked(word):
                said = said.replace(word, "…")
        return said


Credential = str | Bearer
"""A password or an access token."""

GIVE_UP = "AQ=="
"""The client's answer to an error challenge of OAUTHBEARER (RFC 7628 §3.2.3); XOAUTH2 wants an
empty line there."""


def refusal_words(challenge: bytes | str) -> str:
    """What the error challenge of a refused token says (RFC 7628 §3.2.2); "" for nothing."""
    try:
        found = json.loads(base64.b64decode(challenge, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return ""
    if not isinstance(found, dict):
        return ""
    keys = ("error", "error_description", "status")
    return ", ".join(str(found[key]) for key in keys if isinstance(found.get(key), str | int))


def _packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _unpacked(word: str) -> str:
    padded = word.strip("\"'()<>,;") + "=="
    try:
        return base64.b64decode(padded).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
