"""The settings of [accounts.NAME] with channel = "telegram"."""

from __future__ import annotations

from config import telegram_values, values
from config.setting import CHANNEL, CHAT_ADDRESS, NAME, Setting
from config.values import Duration, Integer

TELEGRAM = (
    CHANNEL,
    CHAT_ADDRESS,
    NAME,
    Setting(
        "token",
        values.secret,
        "secret",
        '"env:TELEGRAM_TOKEN"',
        "The bot's token from @BotFather, as a reference.",
        required=True,
    ),
    Setting(
        "greeting",
        telegram_values.greeting,
        "text, or table of texts by language",
        '{ en = "Hello! How can we help?", uk = "Вітаємо! Чим допомогти?" }',
        "What the bot answers to somebody who opens the chat (`/start`); of several, the one in"
        " their Telegram's language, else the first. Light Markdown. Not set: a short one in"
        ' their language, where there is one; `""`: none.',
        default=False,
    ),
    Setting(
        "groups",
        values.boolean,
        "true or false",
        "false",
        "Take in what is written in groups and their topics; every group is a customer, with the"
        " writer's name at each message. @BotFather's privacy mode decides what the bot sees"
        " there (see telegram.md).",
    ),
    Setting(
        "channels",
        values.boolean,
        "true or false",
        "false",
        "Take in the posts of channels that the bot administers.",
    ),
    Setting(
        "business",
        values.boolean,
        "true or false",
        "true",
        "Take in the chats of Telegram Business accounts that have connected this bot, and answer"
        " there as the business.",
    ),
    Setting(
        "base_url",
        telegram_values.bot_api_url,
        "URL",
        '"https://api.telegram.org/bot"',
        "A Bot API server of your own; files are fetched from `/file/bot…` on the same host."
        " There files may be larger than Telegram's 20 MB in and 50 MB out.",
    ),
    Setting(
        "proxy",
        telegram_values.proxy_url,
        "URL",
        '"socks5://desk@proxy.acme.example:1080"',
        "Through which Telegram is reached: `http://`, `https://` or `socks5://`. Not set: the"
        " environment's (HTTPS_PROXY, ALL_PROXY), else none.",
        default=False,
    ),
    Setting(
        "proxy_password",
        values.secret,
        "secret",
        '"keyring:omnitui/proxy"',
        "The password of the proxy's user, as a reference.",
        default=False,
    ),
    Setting(
        "tls_ca",
        values.path,
        "path",
        '"/etc/omnitui/ca.pem"',
        "Certificates (PEM) to trust beside the system's, for a server or a proxy of your own."
        " Relative to this file's directory.",
        default=False,
    ),
    Setting(
        "poll_timeout",
        Duration(least=1, most=50, bare_seconds=True),
        "duration",
        '"25s"',
        "For how long Telegram holds a question for news open. Shorten it where a router forgets"
        " quiet connections sooner.",
    ),
    Setting(
        "webhook",
        telegram_values.webhook_url,
        "URL",
        '"https://desk.acme.example/telegram"',
        "Have Telegram call here instead of asking it: the public address of your web server,"
        " which passes it on to `webhook_listen`. Not set: long polling, which needs neither.",
        default=False,
    ),
    Setting(
        "webhook_listen",
        values.listen,
        "address:port",
        '"127.0.0.1:8443"',
        "Where the engine takes the webhook's calls; put a web server with TLS before it.",
    ),
    Setting(
        "webhook_secret",
        values.secret,
        "secret",
        '"keyring:omnitui/bot-webhook"',
        "What Telegram proves itself with in each call, as a reference: 1 to 256 of A-Z, a-z, 0-9,"
        " _ and -. Not set: the engine makes one and keeps it in the state directory.",
        default=False,
    ),
    Setting(
        "pace_per_second",
        Integer(least=1, most=10_000),
        "number",
        "30",
        "How many messages a second go out at most; Telegram asks for 30.",
    ),
    Setting(
        "pace_per_chat",
        Integer(least=1, most=10_000),
        "number",
        "1",
        "How many of them into one chat; Telegram asks for 1.",
    ),
)
