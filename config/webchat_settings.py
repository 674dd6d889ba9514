"""The settings of [accounts.NAME] with channel = "webchat"."""

from __future__ import annotations

from config import values
from config.setting import CHANNEL, CHAT_ADDRESS, NAME, Setting
from config.values import Duration, Integer

WEBCHAT = (
    CHANNEL,
    CHAT_ADDRESS,
    NAME,
    Setting(
        "relay",
        values.web_url,
        "URL",
        '"https://chat.acme.example"',
        "Where the relay is reached.",
        required=True,
    ),
    Setting(
        "token",
        values.secret,
        "secret",
        '"keyring:omnitui/site"',
        "The relay's desk token for this site, as a reference.",
        required=True,
    ),
    Setting(
        "page",
        values.web_url,
        "URL",
        '"https://acme.example/help"',
        "A page of yours with the widget: one-time links by which a customer goes on in the chat"
        " lead there. Not set: none are offered.",
        default=False,
    ),
    Setting(
        "tls_ca",
        values.path,
        "path",
        '"/etc/omnitui/ca.pem"',
        "Certificates (PEM) to trust beside the system's. Relative to this file's directory.",
        default=False,
    ),
    Setting(
        "follow_up",
        values.boolean,
        "true or false",
        "true",
        "Send what a visitor who has left did not see after them by mail, where an address of"
        " theirs is proven. Their answer goes on in the same conversation.",
    ),
    Setting(
        "follow_up_account",
        values.filled,
        "text",
        '"support"',
        "The mailbox (its name under [accounts]) that those mails go out from. Not set: the"
        " first one.",
        default=False,
    ),
    Setting(
        "follow_up_after",
        Duration(least=1, bare_seconds=True),
        "duration",
        '"10m"',
        "How long a visitor has to be gone before a mail goes after them.",
    ),
    Setting(
        "follow_up_every",
        Duration(least=1, bare_seconds=True),
        "duration",
        '"15m"',
        "How far apart two such mails to one visitor are at least.",
    ),
    Setting(
        "follow_up_most",
        Integer(least=1, most=100),
        "number",
        "10",
        "How many messages one such mail takes along at most.",
    ),
)
