"""The settings of team.toml: who works on a shared desk and what they may do there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config import values
from config.allowed import VERBS
from config.i18n import _
from config.problems import BadValue, nearest
from config.setting import Setting
from config.values import Choice, Duration, Integer

_USER = re.compile(r"[^\s:/,@-][^\s:/,]*")
_GROUP = re.compile(r"@[^\s:/,@-]([^\t\n:/,]*[^\s:/,])?")
"""What useradd(8) refuses comes from LDAP and Active Directory: letters of any language, figures
alone, `olena@acme.example`, `ACME\\olena`, `@domain users`."""


def each(value: Any, read: Callable[[Any], str]) -> tuple[str, ...]:
    """A list of texts, also an empty one; all that is wrong with it is told at once."""
    if value == []:
        return ()
    if not isinstance(value, list):
        return values.texts(value)
    found, wrong = [], []
    for number, one in enumerate(value):
        try:
            found.append(read(one))
        except BadValue as bad:
            wrong.append((number, bad))
    if wrong:
        raise BadValue(wrong[0][1].sentence, wrong[0][1].hint, each=wrong)
    return tuple(found)


def names(value: Any) -> tuple[str, ...]:
    return each(value, values.filled)


def people(value: Any) -> tuple[str, ...]:
    """Unix users, and Unix groups with an @ before them."""
    return each(value, _person)


def _person(value: Any) -> str:
    one = values.filled(value)
    if not one.isprintable() or not (_USER.fullmatch(one) or _GROUP.fullmatch(one)):
        raise BadValue(
            _("“{name}” is neither a Unix user nor a group.").format(name=values.shown(one)),
            _("Write users as olena and groups as @leads."),
        )
    return one


def account(value: Any) -> str:
    """One Unix user, or one group, by its bare name."""
    one = values.filled(value)
    if not one.isprintable() or not _USER.fullmatch(one):
        raise BadValue(
            _("“{name}” is neither a Unix user nor a group.").format(name=values.shown(one))
        )
    return one


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
    return each(value, _directory)


def _directory(value: Any) -> str:
    one = values.filled(value)
    if not one.startswith(("/", "~/")) and one != "~":
        raise BadValue(
            _("“{path}” is no absolute directory.").format(path=values.shown(one)),
            _("Begin it with / or ~/."),
        )
    return one


def verbs(value: Any) -> tuple[str, ...]:
    """Verbs of the command line that can be allowed at all."""
    return each(value, _verb)


def _verb(value: Any) -> str:
    one = values.filled(value)
    if one not in VERBS:
        near = nearest(one, sorted(VERBS))
        raise BadValue(
            _("“{verb}” is never run for a locked session.").format(verb=values.shown(one)),
            _("Did you mean “{near}”?").format(near=near)
            if near
            else _("There are: {known}.").format(known=", ".join(sorted(VERBS))),
        )
    return one


TEAM = (
    Setting(
        "user",
        account,
        "Unix user",
        '"omnitui"',
        "Who runs the engine; nobody logs in as this user, and only this user reads secrets.",
    ),
    Setting(
        "group",
        account,
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
        names,
        "list of command names",
        '["pipe", "shop-order"]',
        "What a locked session may do beyond the shipped list (docs/security.md has it): names of"
        " commands, of the desk's [commands], too. Nothing that is neither here nor there is run."
        " `shell` gives everything away.",
        default=False,
    ),
    Setting(
        "without",
        names,
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
        names,
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
