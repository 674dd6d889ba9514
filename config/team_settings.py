"""The settings of team.toml: who works on a shared desk and what they may do there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from config import values
from config.allowed import VERBS
from config.i18n import _
from config.problems import BadValue
from config.setting import Setting
from config.values import Choice, Duration, Integer

_NAME = re.compile(r"@?[A-Za-z_][A-Za-z0-9_.-]*\$?")


def people(value: Any) -> tuple[str, ...]:
    """Unix users, and Unix groups with an @ before them."""
    read = values.texts(value)
    for one in read:
        if not _NAME.fullmatch(one):
            raise BadValue(
                _("“{name}” is neither a Unix user nor a group.").format(name=values.shown(one)),
                _("Write users as olena and groups as @leads."),
            )
    return read


def directory(value: Any) -> Path:
    read = values.path(value)
    if not read.is_absolute():
        raise BadValue(
            _("“{path}” is no absolute directory.").format(path=values.shown(str(read))),
            _("Begin it with /."),
        )
    return read


def directories(value: Any) -> tuple[str, ...]:
    """Absolute directories; `~` is the agent's home."""
    read = values.texts(value)
    for one in read:
        if not one.startswith(("/", "~/")) and one != "~":
            raise BadValue(
                _("“{path}” is no absolute directory.").format(path=values.shown(one)),
                _("Begin it with / or ~/."),
            )
    return read


def verbs(value: Any) -> tuple[str, ...]:
    """Verbs of the command line that can be allowed at all."""
    read = values.texts(value)
    for one in read:
        if one not in VERBS:
            raise BadValue(
                _("“{verb}” is never run for a locked session.").format(verb=values.shown(one)),
                _("There are: {known}.").format(known=", ".join(sorted(VERBS))),
            )
    return read


TEAM = (
    Setting(
        "user",
        values.word,
        "Unix user",
        '"omnitui"',
        "Who runs the engine; nobody logs in as this user, and only this user reads secrets.",
    ),
    Setting(
        "group",
        values.word,
        "Unix group",
        '"omnitui"',
        "Whose members use the desk: the store can be read and written by them.",
    ),
    Setting(
        "store",
        directory,
        "directory",
        '"/var/lib/omnitui/store"',
        "Where the store is; the group may write there. Absolute.",
    ),
    Setting(
        "state",
        directory,
        "directory",
        '"/var/lib/omnitui/engine"',
        "Where the engine keeps what is nobody else's: keys, tokens, its log. Absolute.",
    ),
    Setting(
        "drafts",
        Choice("own", "supervisors"),
        '"own" or "supervisors"',
        '"own"',
        "Who sees what an agent is writing: themselves, or supervisors, too. Agents are told.",
    ),
    Setting(
        "reclaim_after",
        Duration(least=60),
        "duration",
        '"30m"',
        "For how long a customer waits for an assignee who has no screen open, or has not touched"
        " a key, before others are offered to take the conversation over. Not set: never.",
        default=False,
    ),
    Setting(
        "backups_kept",
        Integer(least=1, most=1000),
        "number",
        "14",
        "How many backups the timer keeps.",
    ),
)

ROLES = (
    Setting(
        "supervisors",
        people,
        "list of Unix users and @groups",
        '["olena", "@leads"]',
        "Who may do everything an agent may, and besides what is for all: erase and export"
        " customers, give others' conversations away in bulk, read the audit log.",
        default=False,
    ),
    Setting(
        "readers",
        people,
        "list of Unix users and @groups",
        '["@auditors"]',
        "Who may look at everything and change nothing.",
        default=False,
    ),
)

LOCKED = (
    Setting(
        "commands",
        values.texts,
        "list of command names",
        '["pipe", "shop-order"]',
        "What a locked session may do beyond the shipped list (docs/security.md has it): names of"
        " commands, of the desk's [commands], too. Nothing that is neither here nor there is run."
        " `shell` gives everything away.",
        default=False,
    ),
    Setting(
        "without",
        values.texts,
        "list of command names",
        '["customer export"]',
        "What of the shipped list it may not do.",
        default=False,
    ),
    Setting(
        "verbs",
        verbs,
        "list of verbs",
        '["conversations", "search"]',
        "What `ssh desk VERB …` may run. Not set: nothing, a session is the screen.",
        default=False,
    ),
    Setting(
        "environment",
        values.texts,
        "list of names",
        '["TERM", "COLORTERM", "LANG", "LC_*", "NO_COLOR", "TZ"]',
        "Which variables of the session's environment are kept.",
    ),
    Setting(
        "directories",
        directories,
        "list of directories",
        '["~/omnitui"]',
        "Where files may be attached from and saved to, with all below. Not set: nowhere.",
        default=False,
    ),
    Setting(
        "personal",
        values.boolean,
        "true or false",
        "true",
        "Agents' own agent.toml counts: taste, keys, views and macros; never programs.",
    ),
)

TABLES = ("team", "roles", "locked")
