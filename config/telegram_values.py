"""Readers of what only a Telegram account has; see config.values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from config import values
from config.i18n import _
from config.problems import BadValue
from config.urls import parse_proxy_url, parse_web_url

LONGEST_GREETING = 4096
"""UTF-16 code units in one message (Bot API, sendMessage)."""


def greeting(value: Any) -> Mapping[str, str]:
    """Language → text; under "" the one for everybody. Empty: no greeting."""
    if isinstance(value, str):
        text = _greeting_text(value)
        return {"": text} if text else {}
    if not isinstance(value, dict):
        raise BadValue(
            _("needs a text, or a table of texts by language, not {kind}.").format(
                kind=values.kind_of(value)
            ),
            _("Write it like {example}.").format(example='{ en = "Hello!", uk = "Вітаємо!" }'),
        )
    read: dict[str, str] = {}
    for code, text in value.items():
        language = values.language(code).replace("-", "_").partition("_")[0].lower()
        if not language:
            raise BadValue(_("there is a text without a language code."))
        if filled := _greeting_text(text):
            read[language] = filled
    return read


def bot_api_url(value: Any) -> str:
    """A Bot API server's address up to `/bot`, after which the token comes."""
    url = parse_web_url(values.text(value).strip())
    if not url.endswith("/bot") or "{" in url:
        raise BadValue(
            _("a Bot API address ends in “/bot”; the token is put after it."),
            _("Write it like {example}.").format(example='"https://botapi.acme.example/bot"'),
        )
    return url


def proxy_url(value: Any) -> str:
    return parse_proxy_url(values.text(value).strip())


def webhook_url(value: Any) -> str:
    url = parse_web_url(values.text(value).strip())
    if not urlsplit(url).path:
        url += "/"
    return url


def _greeting_text(value: Any) -> str:
    text = values.text(value).strip()
    if len(text.encode("utf-16-le")) // 2 > LONGEST_GREETING:
        raise BadValue(
            _("a greeting has at most {n} characters.").format(n=LONGEST_GREETING),
        )
    return text
