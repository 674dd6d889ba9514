"""setWebhook and what it means: updates are posted, one after the other, until they are taken."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import httpx

from tests.servers.bot_api import errors
from tests.servers.bot_api.calls import HANDLERS, Call, Context, handles, typed
from tests.servers.bot_api.spec import METHODS_BY_LOWER_NAME
from tests.servers.bot_api.updates import DEFAULT

if TYPE_CHECKING:
    from tests.servers.bot_api.bots import Bot
    from tests.servers.bot_api.server import BotApi


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
        context.server.webhook_changed(bot, errors.TERMINATED_BY_WEBHOOK)


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


def deliver(server: BotApi, bot: Bot) -> None:
    """Post what waits, unless that is happening already. The server's thread only."""
    server.in_background(f"webhook-{bot.id}", lambda: _deliver(server, bot))


async def _deliver(server: BotApi, bot: Bot) -> None:
    delay = server.webhook_delay
    async with httpx.AsyncClient(timeout=10, verify=False) as client:
        while bot.webhook.url:
            with server.world.lock:
                waiting = bot.updates.first()
            if waiting is None:
                return
            number, raw = waiting
            headers = {"Content-Type": "application/json"}
            if bot.webhook.secret:
                headers["X-Telegram-Bot-Api-Secret-Token"] = bot.webhook.secret
            try:
                bot.updates.handed_out.append(number)
                answer = await client.post(bot.webhook.url, content=raw, headers=headers)
                problem = (
                    "" if answer.is_success else f"{answer.status_code} {answer.reason_phrase}"
                )
            except httpx.HTTPError as error:
                answer, problem = None, str(error) or type(error).__name__
            if answer is not None and not problem:
                bot.updates.drop(number)
                _answered(server, bot, answer)
                server.called()
                delay = server.webhook_delay
                continue
            bot.webhook.last_error_at = int(server.world.now())
            bot.webhook.last_error = f"Wrong response from the webhook: {problem}"
            await asyncio.sleep(delay)
            delay = min(delay * 2, 1.0)


def _answered(server: BotApi, bot: Bot, answer: httpx.Response) -> None:
    """A webhook may answer with a call of a method."""
    try:
        found = json.loads(answer.content or b"{}")
        method = METHODS_BY_LOWER_NAME[str(found.pop("method")).lower()]
    except (ValueError, KeyError, AttributeError):
        return
    call = Call(method.name, bot.token, found)
    server.calls.append(call)
    try:
        context = Context(server, bot, call, typed(method, found, {}), {})
        with server.world.lock:
            call.answer = HANDLERS[method.name](context)
    except errors.Refusal as refusal:
        call.answer = refusal.description
