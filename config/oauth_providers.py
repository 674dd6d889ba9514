"""Where the two large providers let programs log in with OAuth 2.0, and with which scopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OAuthName = Literal["google", "microsoft", "custom"]


@dataclass(frozen=True, slots=True)
class OAuthProvider:
    authorize_url: str
    token_url: str
    device_url: str
    """Empty: the provider has no device flow for mail."""
    scopes: tuple[str, ...]


OAUTH_PROVIDERS: dict[str, OAuthProvider] = {
    # The scope of mail is not among those that Google's device flow may ask for
    # (developers.google.com/identity/protocols/oauth2/limited-input-device, "Allowed scopes").
    "google": OAuthProvider(
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token",
        "",
        ("https://mail.google.com/",),
    ),
    "microsoft": OAuthProvider(
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/devicecode",
        (
            "https://outlook.office.com/IMAP.AccessAsUser.All",
            "https://outlook.office.com/SMTP.Send",
            "offline_access",
        ),
    ),
}
"""`{tenant}` stands for the Microsoft directory."""

ANY_TENANT = "common"
"""Work, school and personal accounts alike."""
