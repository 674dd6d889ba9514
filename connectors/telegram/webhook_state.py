"""What Telegram tells of the webhook that is set for a bot (getWebhookInfo)."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

from config.i18n import _
from config.model import TelegramAccount
from connectors.contract import Check

RECENT = 600.0
"""Seconds for which a failed delivery that Telegram tells of is shown."""


def trouble(info: dict[str, Any]) -> str:
    """What Telegram says of its latest failed call; empty when that is long ago."""
    at, words = info.get("last_error_date"), str(info.get("last_error_message", ""))
    if not isinstance(at, int) or not words or time.time() - at > RECENT:
        return ""
    clean = "".join(c if c.isprintable() else " " for c in words)[:200].rstrip(". ")
    return _("Telegram could not deliver at {time} ({said}); {n} updates wait there.").format(
        time=time.strftime("%H:%M", time.localtime(at)),
        said=clean,
        n=info.get("pending_update_count", 0),
    )


def check(account: TelegramAccount, info: dict[str, Any]) -> Check:
    """`doctor`'s line about the webhook that is set for a bot."""
    name = _("webhook")
    there = str(info.get("url", ""))
    host = urlsplit(there).hostname or there
    if not account.webhook:
        if not there:
            return Check(name, True, _("none is set; the engine asks for news (long polling)"))
        return Check(
            name,
            True,
            _("one at {host} is set and will be removed when the engine starts").format(host=host),
        )
    if there and there != account.webhook:
        return Check(
            name,
            True,
            _("one at {host} is set and will be replaced when the engine starts").format(host=host),
        )
    if problem := trouble(info):
        return Check(
            name,
            False,
            problem + " " + _("Look at the web server before {host}:{port}.").format(
                host=account.webhook_listen[0], port=account.webhook_listen[1]
            ),
        )  # fmt: skip
    waiting = _("{n} updates wait at Telegram").format(n=info.get("pending_update_count", 0))
    return Check(name, True, f"{account.webhook}; {waiting}" if there else account.webhook)
