"""The settings of [accounts.NAME.oauth]."""

from __future__ import annotations

from config import values
from config.setting import Setting
from config.values import Choice

OAUTH = (
    Setting(
        "provider",
        Choice("google", "microsoft", "custom"),
        '"google", "microsoft" or "custom"',
        '"microsoft"',
        "Who lets programs in. `custom`: a provider whose addresses are given below.",
        required=True,
    ),
    Setting(
        "client_id",
        values.filled,
        "text",
        '"11111111-2222-3333-4444-555555555555"',
        "Which program logs in: the id of the client made with the provider (see setup.md).",
        required=True,
    ),
    Setting(
        "client_secret",
        values.secret,
        "secret",
        '"keyring:omnitui/support-client"',
        "The client's secret, as a reference, where the provider gave one (Google does).",
        default=False,
    ),
    Setting(
        "tenant",
        values.word,
        "text",
        '"common"',
        "Microsoft only: the directory (tenant) id or domain, where the client is for that one"
        " alone.",
    ),
    Setting(
        "scopes",
        values.texts,
        "list of texts",
        '["https://mail.google.com/"]',
        "What is asked for. Not set: reading and sending mail, in the provider's words.",
        default=False,
    ),
    Setting(
        "authorize_url",
        values.web_url,
        "URL",
        '"https://login.acme.example/authorize"',
        "`custom` only: where a person logs in with a browser (RFC 6749).",
        default=False,
    ),
    Setting(
        "token_url",
        values.web_url,
        "URL",
        '"https://login.acme.example/token"',
        "`custom` only: where tokens are given out.",
        default=False,
    ),
    Setting(
        "device_url",
        values.web_url,
        "URL",
        '"https://login.acme.example/device"',
        "`custom` only: where a log-in from another device begins (RFC 8628).",
        default=False,
    ),
    Setting(
        "refresh_token",
        values.secret,
        "secret",
        '"keyring:omnitui/support"',
        "The refresh token, as a reference; `omnitui init` gets one and sets this. A newer one that"
        " the provider gives replaces it in the keyring; with every other kind of reference it is"
        " kept in the state directory and goes before. Not set: it is in the state directory.",
        default=False,
    ),
)
