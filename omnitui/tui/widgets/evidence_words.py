"""What speaks for two customers being one person, as one sentence for an agent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.i18n import _
from omnitui.tui.text.cells import crop
from omnitui.tui.text.safe_text import one_line

LONG = 60
"""Cells of an address, a phone or an order's number."""


def evidence_words(reason: str, evidence: Mapping[str, Any]) -> str:
    """Never empty: a reason that nobody has words for is shown as it is, with what it names."""
    told = {name: _text(evidence, name) for name in ("address", "phone", "order")}
    sentences = {
        "answered-our-mail": ("address", _("answered our mail from {address}")),
        "opened-link": ("address", _("opened the link sent to {address}")),
        "same-browser": ("address", _("wrote in the chat in which {address} signed in")),
        "claims-address": ("address", _("says that {address} is theirs")),
        "same-email-claim": ("address", _("both say that {address} is theirs")),
        "same-phone": ("phone", _("gave the same phone number, {phone}")),
        "same-name-and-order": ("order", _("has the same name and wrote of order {order}")),
    }
    needed, words = sentences.get(reason, ("", ""))
    if words and told[needed]:
        return words.format(**told) + _where(evidence)
    named = ", ".join(one for one in told.values() if one)
    shown = one_line(reason).replace("-", " ") or _("nobody wrote down why")
    return f"{shown}: {named}" if named else shown


def _where(evidence: Mapping[str, Any]) -> str:
    """`, in a message`, `, in the form before a chat`; empty where nothing says it."""
    seen = _text(evidence, "seen")
    if not seen:
        seen = next((name for name in ("form", "message", "import") if evidence.get(name)), "")
    known = {
        "form": _(", in the form before a chat"),
        "message": _(", in a message"),
        "import": _(", in an imported list"),
    }
    return known.get(seen, "")


def _text(evidence: Mapping[str, Any], name: str) -> str:
    value = evidence.get(name)
    return crop(one_line(str(value)), LONG) if isinstance(value, str | int) and value else ""
