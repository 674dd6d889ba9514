"""Write the reference of settings and keys: `python -m config.reference`. For developers.

Fills the marked parts of docs/configuration.md and makes example.toml, both from the tables
that the loader itself reads; a test holds them current.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from config import relay_settings, settings, team_settings
from config.customer_settings import CUSTOMERS, FIELD
from config.default_keys import DEFAULTS
from config.hook_settings import HOOK
from config.oauth_settings import OAUTH
from config.own_settings import COMMAND, PROMPT
from config.retention_settings import RETENTION
from config.setting import Setting
from config.telegram_settings import TELEGRAM
from config.webchat_settings import WEBCHAT

ROOT = Path(__file__).parent.parent
TEAM_DOCUMENT = ROOT / "docs" / "team.md"
DOCUMENT = ROOT / "docs" / "configuration.md"
EXAMPLE = Path(__file__).parent / "example.toml"

TABLES: Mapping[str, Sequence[Setting]] = {
    "desk": settings.DESK,
    "email": settings.EMAIL,
    "oauth": OAUTH,
    "telegram": TELEGRAM,
    "webchat": WEBCHAT,
    "agent": settings.AGENT,
    "customers": CUSTOMERS,
    "customer-field": FIELD,
    "retention": RETENTION,
    "hook": HOOK,
    "command": COMMAND,
    "prompt": PROMPT,
    "relay": relay_settings.RELAY,
    "relay-limits": relay_settings.RELAY_LIMITS,
    "relay-site": relay_settings.RELAY_SITE,
}
"""What stands between `<!-- settings: NAME -->` and `<!-- end -->`."""
TEAM_TABLES: Mapping[str, Sequence[Setting]] = {
    "team": team_settings.TEAM,
    "roles": team_settings.ROLES,
    "locked": team_settings.LOCKED,
}
"""The same in docs/team.md."""

INSTEAD = {"oauth", "hook.run", "hook.timeout", "hook.at_once"}
"""Tables and settings that stand instead of one elsewhere, so they cannot both be there."""

_HEADINGS = {
    "desk": ("[desk]", "The desk itself."),
    "email": ("[accounts.support]", "A mailbox. The name after the dot is yours."),
    "oauth": (
        "[accounts.support.oauth]",
        "Log in to that mailbox with OAuth 2.0 instead of a password (Gmail, Microsoft 365).",
    ),
    "telegram": ("[accounts.bot]", "A Telegram bot."),
    "webchat": ("[accounts.site]", "The chat widget of a web site."),
    "agent": ("[agents.ivan]", "An agent. The name after the dot is the Unix user."),
    "customers": ("[customers]", "What is known and looked for about customers."),
    "customer-field": (
        "[customers.fields.plan]",
        "A field on every customer's card. The name after the last dot is yours.",
    ),
    "retention": ("[retention]", "What is deleted by itself when its time is over."),
    "hook": (
        "[[hooks]]",
        "What the engine does by itself when something happens; as many of these as you want.",
    ),
    "command": (
        "[commands.order]",
        "A program of your own as a command; docs/scripting.md tells more.",
    ),
    "prompt": (
        "[[commands.order.prompts]]",
        "What is asked before it runs; as many of these as there are questions.",
    ),
    "relay": ("[relay]", "The public end of the widget; read by `omnitui relay` only."),
    "relay-limits": ("[relay.limits]", "How much one visitor, address or site may do."),
    "relay-site": ("[relay.sites.acme]", "One site the relay serves."),
}
_FREE = """\
# Saved searches, shown after the built-in views: name = "query".
#
# [views]
# Refunds = "tag:refund status:open"
# "Waiting for the warehouse" = "tag:warehouse -status:closed"

# Lists of commands under one name, which is a command then. {amount} is asked for.
#
# [macros]
# refund = ["template insert refund-approved", "tag add refund", "note {amount} agreed"]

# Popup menus: a table of keys. One called as a built-in one is laid over that.
#
# [menus.parcels]
# title = "Parcels"
# o = "order"

# Programs that get the conversation as JSON on standard input and whose output becomes the
# draft; it is never sent by itself. No shell: write one if you want one.
#
# [filters]
# translate = "translate-reply --to customer"
# shorten = ["sh", "-c", "jq -r .draft | my-shortener"]

# Keys: what is here is put over the defaults; "" takes a key away. The places are global,
# inbox, timeline, card, reply, picker, line and menu; see docs/configuration.md.
#
# [keys.inbox]
# "ctrl+x" = "close"
# x = ""
# "f9" = "menu parcels"
# "ctrl+y a" = "assign me"
"""


def document(text: str) -> str:
    """docs/configuration.md, or docs/team.md, with its marked parts written anew."""

    def fill(match: re.Match[str]) -> str:
        kind, name = match[1], match[2]
        tables = {**TABLES, **TEAM_TABLES}
        body = _settings(tables[name]) if kind == "settings" else _keys(name)
        return f"<!-- {kind}: {name} -->\n{body}\n<!-- end -->"

    return re.sub(r"<!-- (settings|keys): ([\w-]+) -->.*?<!-- end -->", fill, text, flags=re.DOTALL)


def example() -> str:
    """example.toml: every setting, commented out, with its default or a likely value."""
    parts = [
        "# Every setting of omnitui, commented out. Defaults are marked so; what is not\n"
        "# marked is an example. docs/configuration.md says more. `omnitui init` writes a\n"
        "# working file for you.\n"
    ]
    for name, table in TABLES.items():
        heading, doc = _HEADINGS[name]
        # Commented twice: not to be taken along when everything is uncommented.
        instead = "# " if name in INSTEAD else ""
        lines = [*_comment(doc), "#", f"# {instead}{heading}", "#"]
        for setting in table:
            literal = f'"{name}"' if setting.key == "channel" else setting.example
            mark = "required" if setting.required else "default" if setting.default else "not set"
            lines += [*_comment(f"{setting.doc} ({setting.kind}; {mark})"), "#"]
            second = "# " if f"{name}.{setting.key}" in INSTEAD else instead
            lines[-1] = f"# {second}{setting.key} = {literal}"
            lines.append("#")
        parts.append("\n".join(lines[:-1]) + "\n")
    return "\n".join([*parts, _FREE])


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text.replace("`", ""), 88)]


def _settings(table: Sequence[Setting]) -> str:
    rows = ["| setting | type | default | what it is |", "|---|---|---|---|"]
    for setting in table:
        default = (
            "**required**"
            if setting.required
            else f"`{setting.example}`"
            if setting.default
            else f"not set; e.g. `{setting.example}`"
        )
        cells = (f"`{setting.key}`", setting.kind, default, setting.doc)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows)


def _keys(context: str) -> str:
    by_line: dict[str, list[str]] = {}
    for key, line in DEFAULTS[context].items():
        by_line.setdefault(line, []).append(key)
    rows = ["| keys | command |", "|---|---|"]
    for line, keys in by_line.items():
        shown = " ".join(f"`{key}`" if key != "|" else "`\\|`" for key in keys)
        rows.append(f"| {shown} | `{line}` |")
    return "\n".join(rows)


def main() -> None:
    for path in (DOCUMENT, TEAM_DOCUMENT):
        path.write_text(document(path.read_text("utf-8")), "utf-8")
    EXAMPLE.write_text(example(), "utf-8")


if __name__ == "__main__":
    main()
