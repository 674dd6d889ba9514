"""What [commands.NAME], its prompts, and an agent's own [agent] may hold."""

from __future__ import annotations

import re
from typing import Any

from config import settings, values
from config.i18n import _
from config.problems import BadValue
from config.setting import Setting
from config.values import Choice, Duration

FACTS = (
    "conversation", "customer", "subject", "name", "company", "email", "phone", "address",
    "language", "channel", "agent", "message", "text", "draft",
)  # fmt: skip
"""What `{…}` in a program's arguments may stand for beside its prompts."""

PERSONAL = (
    "language", "timezone", "theme", "symbols", "pictures", "notify", "notify_about",
    "quiet_hours", "after_send", "after_close", "send_on_enter", "undo_send", "spelling",
)  # fmt: skip
"""Settings of [desk] that are a matter of the agent's taste."""

OWN_AGENT = tuple(setting for setting in settings.DESK if setting.key in PERSONAL)
"""What [agent] in agent.toml may hold."""


def prompt_name(value: Any) -> str:
    read = values.filled(value)
    if not re.fullmatch(r"[a-z_]\w*", read, re.ASCII):
        raise BadValue(
            _("“{value}” is no name for a value.").format(value=values.shown(read)),
            _("Write it in small letters, digits and “_”: “order_number”."),
        )
    if read in FACTS:
        raise BadValue(
            _("“{{{name}}}” stands for something of the conversation already.").format(name=read),
            _("Choose another name."),
        )
    return read


COMMAND = (
    Setting(
        "run",
        values.argv,
        "program",
        '["shop-order", "--number", "{order}"]',
        "The program and its arguments, run without a shell. `{order}` is what the prompt of that"
        " name was answered with, `{subject}`, `{email}` and the like are the conversation's;"
        " each is filled in within its one word. Relative to this file's directory where it has a"
        " slash; `~` is your home.",
        required=True,
    ),
    Setting(
        "help",
        values.one_line,
        "text",
        '"Look up an order"',
        "One sentence for menus, the palette and `?`. Not set: the program's name.",
        default=False,
    ),
    Setting(
        "output",
        Choice("none", "popup", "terminal", "draft"),
        '"none", "popup", "terminal" or "draft"',
        '"none"',
        "What becomes of what it prints. `popup`: it is shown. `draft`: it is the reply's text,"
        " never sent by itself. `terminal`: the program has the terminal until it ends.",
    ),
    Setting(
        "confirm",
        values.one_line,
        "text",
        '"Refund this order?"',
        "A question that is asked before it runs.",
        default=False,
    ),
    Setting(
        "dangerous",
        values.boolean,
        "true or false",
        "false",
        "Nobody runs it by a slip of a finger: it wants the word `yes` typed.",
    ),
    Setting(
        "timeout",
        Duration(least=1, most=3600, bare_seconds=True),
        "duration",
        '"60s"',
        "After so long the program and all that it started are ended. Not with `terminal`.",
    ),
)

PROMPT = (
    Setting(
        "name",
        prompt_name,
        "text",
        '"order"',
        "What stands for the answer in `run`: `{order}`.",
        required=True,
    ),
    Setting(
        "ask",
        values.one_line,
        "text",
        '"Which order?"',
        "The question. Not set: the name.",
        default=False,
    ),
    Setting(
        "choices",
        values.texts,
        "list of texts",
        '["dhl", "ups"]',
        "The answers that there are. Not set: any text.",
        default=False,
    ),
    Setting(
        "default",
        values.one_line,
        "text",
        '"dhl"',
        "The answer that stands there at first.",
        default=False,
    ),
    Setting(
        "required",
        values.boolean,
        "true or false",
        "true",
        "An empty answer is not taken.",
    ),
)
