"""What a bot asks and says about itself: getMe, commands, names, logOut, close."""

from __future__ import annotations

import json
from typing import Any

from tests.servers.bot_api import errors
from tests.servers.bot_api.calls import Context, handles


@handles("getMe")
def get_me(context: Context) -> dict[str, Any]:
    return context.bot.me()


@handles("logOut")
def log_out(context: Context) -> bool:
    context.bot.logged_out = True
    return True


@handles("close")
def close(context: Context) -> bool:
    """Telegram's own servers refuse it in the first ten minutes; one's own do not."""
    if context.bot.closed:
        raise errors.bad_request("the bot has already been closed")
    context.bot.closed = True
    return True


def _scope(context: Context) -> str:
    scope = json.dumps(context.get("scope") or {"type": "default"}, sort_keys=True)
    return f"{scope}/{context.get('language_code', '')}"


@handles("setMyCommands")
def set_my_commands(context: Context) -> bool:
    for each in context["commands"]:
        command = each["command"].removeprefix("/")
        if not command.isidentifier() or not command.islower() or len(command) > 32:
            raise errors.bad_request("BOT_COMMAND_INVALID")
        if not each["description"] or len(each["description"]) > 256:
            raise errors.bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    context.bot.setting("commands", _scope(context))["commands"] = context["commands"]
    return True


@handles("getMyCommands")
def get_my_commands(context: Context) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = context.bot.setting("commands", _scope(context)).get(
        "commands", []
    )
    return found


@handles("deleteMyCommands")
def delete_my_commands(context: Context) -> bool:
    context.bot.setting("commands", _scope(context)).clear()
    return True


@handles("setMyName", "setMyDescription", "setMyShortDescription")
def set_words(context: Context) -> bool:
    name = context.call.method.removeprefix("setMy")
    field = _FIELDS[name]
    context.bot.setting(name, context.get("language_code", ""))[field] = context.get(field, "")
    return True


@handles("getMyName", "getMyDescription", "getMyShortDescription")
def get_words(context: Context) -> dict[str, Any]:
    name = context.call.method.removeprefix("getMy")
    default = context.bot.account.first_name if name == "Name" else ""
    kept = context.bot.setting(name, context.get("language_code", ""))
    return {_FIELDS[name]: kept.get(_FIELDS[name]) or default}


_FIELDS = {"Name": "name", "Description": "description", "ShortDescription": "short_description"}
