"""setWebhook, deleteWebhook and getWebhookInfo; delivery.py does the posting."""

from __future__ import annotations

import re
from typing import Any

from tests.servers.bot_api import errors
from tests.servers.bot_api.calls import Context, handles
from tests.servers.bot_api.updates import DEFAULT


@handles("setWebhook")
def set_webhook(context: Context) -> bool:
    url = context["url"]
    secret = context.get("secret_token", "")
    if url and not re.match(r"https?://[^/\s]+", url):
        raise errors.bad_request("invalid webhook URL specified")
    if url.startswith("http://") and not _is_here(url):
        raise errors.bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if len(secret) > 256:
        raise errors.bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise errors.bad_request("secret token contains unallowed characters")
    _set(context, url, secret)
    return True


@handles("deleteWebhook")
def delete_webhook(context: Context) -> bool:
    _set(context, "", "")
    return True


def _is_here(url: str) -> bool:
    """Telegram takes HTTPS only; a test's receiver on loopback needs none."""
    return bool(re.match(r"http://(127\.0\.0\.1|localhost)[:/]", url + "/"))


def _set(context: Context, url: str, secret: str) -> None:
    bot = context.bot
    if context.get("drop_pending_updates"):
        bot.updates.clear()
    bot.webhook.url, bot.webhook.secret = url, secret
    bot.webhook.max_connections = context.get("max_connections", 40)
    if url:
        bot.updates.allow(context.get("allowed_updates"))
    context.server.webhook_changed(bot, errors.TERMINATED_BY_WEBHOOK if url else "")


@handles("getWebhookInfo")
def get_webhook_info(context: Context) -> dict[str, Any]:
    bot = context.bot
    found: dict[str, Any] = {
        "url": bot.webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(bot.updates.waiting),
    }
    if bot.webhook.url:
        found |= {"max_connections": bot.webhook.max_connections, "ip_address": "127.0.0.1"}
        if bot.webhook.last_error_at is not None:
            found["last_error_date"] = bot.webhook.last_error_at
            found["last_error_message"] = bot.webhook.last_error
    if bot.updates.allowed != DEFAULT:
        found["allowed_updates"] = sorted(bot.updates.allowed)
    return found
