"""What is shown of a contact that was noted by hand."""

from __future__ import annotations

from config.i18n import _, ngettext, pgettext
from omnitui.tui.text.safe_text import one_line
from store.model import Message


def words(message: Message) -> str | None:
    """`call · 12 minutes · noted by Ann`; None for what came over a channel."""
    facts = message.details.get("logged")
    if not isinstance(facts, dict):
        return None
    parts = [_kind(str(facts.get("kind")))]
    minutes = facts.get("minutes")
    if isinstance(minutes, int):
        parts.append(ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes))
    if address := message.details.get("address"):
        parts.append(one_line(str(address)))
    by = one_line(str(facts.get("by") or ""))
    if by and message.direction == "in":
        parts.append(_("noted by {agent}").format(agent=by))
    return " · ".join(parts)


def _kind(kind: str) -> str:
    return {
        "call": _("call"),
        "missed": _("missed call"),
        "visit": _("visit"),
        "letter": _("letter"),
    }.get(kind, pgettext("logged", "contact"))
