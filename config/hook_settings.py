"""The settings of [[hooks]]: what the engine runs by itself when something happens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from config import values
from config.i18n import _
from config.model import HookSettings
from config.problems import BadValue, nearest
from config.setting import Setting
from config.values import Duration

if TYPE_CHECKING:
    from config.tables import Tables

KINDS = (
    "message.received", "message.found", "message.imported", "message.edited", "message.joined",
    "message.reacted", "message.quarantined", "message.noted", "note.struck", "contact.noted",
    "contact.struck", "agent.mentioned", "message.queued", "message.cancelled", "message.sent",
    "message.delivered", "message.read", "message.refused", "message.retrying", "message.failed",
    "message.unknown", "message.requeued", "message.deleted", "message.changing", "message.kept",
    "message.delayed", "message.bounced", "file.fetched", "file.delayed", "file.missing",
    "file.wanted", "conversation.created", "conversation.discarded", "conversation.status",
    "conversation.assigned", "conversation.silent", "conversation.attended", "conversation.watched",
    "conversation.unwatched", "conversation.priority", "conversation.subject",
    "conversation.tagged", "conversation.untagged", "conversation.given", "conversation.read",
    "conversation.unread", "messages.moved", "chat.started", "chat.event", "chat.pinned",
    "chat.moved", "customer.created", "customer.imported", "customer.discarded", "customer.changed",
    "customer.tagged", "customer.untagged", "customer.noted", "customer.related",
    "customer.unrelated", "customer.suggested", "suggestion.decided", "customer.merged",
    "customer.unmerged", "customer.blocked", "customer.unblocked", "customer.barred",
    "customer.unbarred", "customer.exported", "customer.erased", "customer.emptied",
    "identity.linked", "identity.removed", "identity.proven", "identity.unproven",
    "identity.flagged", "identity.unflagged", "link.created", "link.opened", "retention.ran",
    "desk.restored", "hook.failed", "hook.unknown", "account.attendance", "agent.away",
    "agent.back", "session.opened", "session.closed", "account.state",
)  # fmt: skip
"""Every kind of event, as docs/events.md has them."""


def kinds(value: Any) -> tuple[str, ...]:
    """Kinds of events; `message.*` are all of those. One text or a list."""
    found: dict[str, None] = {}
    for word in (value,) if isinstance(value, str) else values.texts(value):
        group = word.removesuffix("*") if word.endswith(".*") else ""
        named = [kind for kind in KINDS if (kind.startswith(group) if group else kind == word)]
        if not named:
            near = nearest(word, KINDS)
            raise BadValue(
                _("there is no event “{kind}”.").format(kind=values.shown(word)),
                _("Did you mean “{near}”?").format(near=near)
                if near
                else _("docs/events.md lists them."),
            )
        found |= dict.fromkeys(named)
    return tuple(found)


def details(value: Any) -> Mapping[str, tuple[str, ...]]:
    """`{ status = "closed", why = ["command", "ended"] }`: which values of an event's data."""
    if not isinstance(value, dict):
        raise BadValue(
            _("needs a table, not {kind}.").format(kind=values.kind_of(value)),
            _("Write it like {example}.").format(example='when = { status = "closed" }'),
        )
    found = {}
    for key, wanted in value.items():
        listed = wanted if isinstance(wanted, list) else [wanted]
        if not listed or not all(isinstance(one, str | int | bool) for one in listed):
            raise BadValue(
                _("“{key}” needs a text, a number, true or false, or a list of them.").format(
                    key=values.shown(key)
                )
            )
        absent = ("",) if any(one is False for one in listed) else ()
        found[key] = (*(as_told(one) for one in listed), *absent)
    return found


def as_told(value: object) -> str:
    """A value of an event's data as `when` compares it; what is not there is ""."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


HOOK = (
    Setting(
        "name",
        values.word,
        "text",
        '"vip"',
        "What it is called in lists, in the log and in the history of what it does. Under another"
        " name it is another hook, which begins with what happens from then on.",
        required=True,
    ),
    Setting(
        "on",
        kinds,
        "list of texts",
        '["message.received"]',
        "Which events start it, by their names in docs/events.md; `message.*` for all of a group.",
        required=True,
    ),
    Setting(
        "when",
        details,
        "table",
        '{ status = "closed" }',
        "Only events whose data have these values; a list means any of them.",
        default=False,
    ),
    Setting(
        "where",
        values.one_line,
        "query",
        '"channel:telegram tag:vip"',
        "Only where this search finds the message that it happened to, else the conversation, as"
        " they are when the hook runs.",
        default=False,
    ),
    Setting(
        "do",
        values.command_lines,
        "list of command lines",
        '["assign kate", "priority high"]',
        "Commands, run on the conversation as `omnitui do` runs them: all of them or, when one"
        " fails, none. Either this or `run`.",
        default=False,
    ),
    Setting(
        "run",
        values.argv,
        "text or list of texts",
        '["/usr/local/bin/tell-the-crm", "--quiet"]',
        "A program and its arguments, started without a shell, with the conversation and the event"
        " as JSON on its standard input.",
        default=False,
    ),
    Setting(
        "timeout",
        Duration(least=1, most=3600),
        "duration",
        '"30s"',
        "After so long the program and everything that it started are ended.",
    ),
    Setting(
        "at_once",
        values.Integer(least=1, most=16),
        "whole number",
        "2",
        "Programs of this hook that run at the same time at most. Those of one conversation always"
        " run one after the other, in the order of the events.",
    ),
    Setting(
        "chain",
        values.boolean,
        "true or false",
        "false",
        "What hooks did starts this one, too; never what it did itself, nor what came of that.",
    ),
)


def read_hooks(tables: Tables) -> tuple[HookSettings, ...]:
    """The hooks of a file in its order; what is wrong is reported to the file."""
    source = tables.source
    written = source.data["hooks"]
    if not isinstance(written, list):
        source.report(
            ("hooks",),
            _("needs a list of tables, not {kind}.").format(kind=values.kind_of(written)),
            _("Begin each hook with a line [[hooks]]."),
        )
        return ()
    found: list[HookSettings] = []
    for number, table in enumerate(written):
        hook = _hook(tables, number, table)
        if hook is None:
            continue
        if any(hook.name == other.name for other in found):
            source.report(
                ("hooks", number, "name"),
                _("there are two hooks of the name “{name}”.").format(name=hook.name),
                _("Give this one another name."),
            )
        found.append(hook)
    return tuple(found)


def _hook(tables: Tables, number: int, table: Any) -> HookSettings | None:
    source, path = tables.source, ("hooks", number)
    if not isinstance(table, dict):
        source.report(
            path,
            _("needs a table, not {kind}.").format(kind=values.kind_of(table)),
            _("Begin each hook with a line [[hooks]]."),
        )
        return None
    before = len(source.problems)
    meant = tables.unknown(path, table, [setting.key for setting in HOOK])
    read: dict[str, Any] = {}
    for setting in HOOK:
        if setting.key in table:
            read[setting.key] = tables.value((*path, setting.key), setting.read)
        elif setting.required and setting.key not in meant:
            source.report(
                path,
                _("“{key}” is missing.").format(key=setting.key),
                _("Add for example: {line}").format(line=f"{setting.key} = {setting.example}"),
            )
    if ("do" in table) == ("run" in table) and not meant & {"do", "run"}:
        source.report(
            path,
            _("a hook has either “do” or “run”."),
            _("Take one of them out.")
            if "do" in table
            else _("Add for example: {line}").format(line='do = ["tag add vip"]'),
        )
    for key in ("timeout", "at_once"):
        if "do" in table and key in table:
            source.report((*path, key), _("this is for “run” only."), _("Take it out."))
    return HookSettings(**read) if len(source.problems) == before else None
