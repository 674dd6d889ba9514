"""docs/cli.md from the verbs themselves: `python -m omnitui.cli.reference > docs/cli.md`."""

from __future__ import annotations

import argparse
import importlib
import sys

from omnitui.cli.main import VERBS
from omnitui.cli.parser import Parser

_INTRODUCTION = """\
# The command line

Everything that `omnitui` does without a screen, for administrators, scripts and other
programs. This page is generated from the program (`python -m omnitui.cli.reference`).

- `--home DIR`, before or after the command, or `OMNITUI_HOME`, puts configuration and data
  of one desk under one directory; else the XDG directories are used.
- Reading commands take `--json` (one JSON document) or `--jsonl` (one object a line) and
  write nothing else to standard output. Times are RFC 3339 in UTC.
- Errors are one sentence on standard error. Exit codes: 0 done, 1 failed, 2 wrong usage.
- On a desk without a store yet, lists are empty: `[]`.

"""

_JSON = """\
## JSON

Keys may be added, never renamed. What is not known is `null`.

| command | is |
|---|---|
| `conversations` | a list of `{"id", "customer_id", "customer", "subject", "status", "assignee", \
"priority", "tags", "channels", "created_at", "last_message_at", "waiting_since", \
"snoozed_until", "related_id", "preview", "failed", "bounced", "watchers", \
"message_count"}` |
| `show` | the same object with `"messages"`, ordered by arrival: `{"id", "direction": \
"in"\\|"out"\\|"note", "channel", "account", "external_id", "author", "author_address", \
"recipients", "subject", "text", "quoted", "signature", "sent_at", "arrived_at", "state", \
"error", "in_reply_to", "references", "auto_reply", "bounce", "defects", "attachments"}` |
| `customers`, `customer` | `{"id", "name", "company", "language", "timezone", "tags", \
"fields", …}`; `customer` adds `"identities"`, `"notes"`, `"conversations"`, \
`"suggestions"`, `"merged"`; who was merged into another is shown as that one |
| `search` | a list of `{"message_id", "conversation_id", "customer_id", "snippet", "at", …}`, \
newest first |
| `outbox` | a list of `{"message_id", "conversation_id", "account", "channel", "key", \
"recipients", "state", "due_at", "attempts", "error", "agent"}` |
| `ledger`, `quarantine` | a list of `{"account", "external_id", "outcome": "accepted"\\|\
"duplicate"\\|"ignored"\\|"quarantined", "reason", "message_id", "at"}` |
| `import` | `{"account", "found", "known", "accepted", "duplicate", "ignored", \
"quarantined", "unreadable"}` |
| `import-customers` | `{"dry_run", "made", "changed", "unchanged", "left_out", "suggested", \
"columns": name → what it is taken for, or null (of vCards the latter alone), \
"problems": [{"line", "problem"}], "more_problems"}` |
| `new-customer` | what `customer` is |
| `hooks` | a list of `{"name", "on", "when", "where", "do", "run", "timeout", "at_once", "chain", \
"problems", "runs": state → number, "last_at", "waiting"}`; with a name or `--failed` of \
`{"id", "hook", "event_id", "event", "customer_id", "conversation_id", "message_id", \
"state": "queued"\\|\
"running"\\|"done"\\|"failed"\\|"unknown", "attempts", "begun_at", "ended_at", "error"}`; \
with `try` of `{"event", "has_run", "do": [{"line", "said", "error"}], "run", "given": what the \
program would have got, or null}` |
| `templates` | a list of `{"name", "title", "titles", "tags", "channels", "variants"}` |
| `articles` | a list of `{"name", "title", "tags", "channels", "url", "text", "variants": \
language → {"title", "url", "body"}}`; `text` is what goes into a reply |
| `check` | a list of sentences, empty when all is well |

A message's `state` is `received`, `queued`, `sending`, `sent`, `failed`, `unknown` or
`cancelled`. `unknown`: the engine or the connection died while it was being handed over, or it
was queued in a backup that was put back; it is not sent again unless somebody says so
(`omnitui do ID 'outbox retry MESSAGE'`).

A message of a chat also has, where it is so: `chat`, `topic`, `format` (`markdown`), `media`,
`album`, `reply_to`, `forward`, `business`, `via_bot`, `from_offline`, `username`, `reactions`,
`reaction_counts`, `edits` (earlier texts), `edited_at`, `deleted_at`, `deleted_by`,
`answer_until`, `answers`, `silent`, `parts`, `alteration` (a change that is under way) and
`start_payload`; `docs/telegram.md` says what is in them. An attachment's `state` is `here`,
`awaited` or `missing`, with the `problem` in words.
"""


def reference() -> str:
    """The whole page."""
    parts = [_INTRODUCTION]
    for verb, (module, summary) in VERBS.items():
        parser = Parser(prog=f"omnitui {verb}", add_help=False)
        importlib.import_module(module).add_arguments(parser)
        parts.append(_section(verb, summary, parser))
    parts.append(_JSON)
    return "".join(parts)


def _section(verb: str, summary: str, parser: argparse.ArgumentParser) -> str:
    lines = [f"## omnitui {verb}", "", f"{summary[0].upper()}{summary[1:]}.", "", "```"]
    actions = [action for action in parser._actions if action.help is not argparse.SUPPRESS]
    usage = " ".join(["omnitui", verb, *map(_usage, actions)])
    lines += [usage, "```", ""]
    for action in actions:
        text = (action.help or "").replace("|", "\\|")
        lines.append(f"- `{_name(action)}`: {text}")
    return "\n".join(lines).rstrip() + "\n\n"


def _name(action: argparse.Action) -> str:
    value = _value(action)
    if not action.option_strings:
        return value
    return " ".join([", ".join(action.option_strings), value]).strip()


def _usage(action: argparse.Action) -> str:
    if not action.option_strings:
        many = "…" if action.nargs in ("*", "+") else ""
        return f"[{_value(action)}{many}]" if action.nargs in ("*", "?") else _value(action) + many
    option = " ".join([action.option_strings[0], _value(action)]).strip()
    return option if action.required else f"[{option}]"


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if action.metavar is not None:
        return str(action.metavar)
    if action.choices is not None:
        return "|".join(map(str, action.choices))
    return action.dest.upper()


if __name__ == "__main__":
    sys.stdout.write(reference())
