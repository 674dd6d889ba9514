"""What people call a channel; the program has a short word for it."""

from __future__ import annotations

from config.i18n import _


def channel_name(channel: str) -> str:
    """Within a sentence."""
    names = {
        "email": _("e-mail"),
        "telegram": _("Telegram"),
        "webchat": _("web chat"),
        "practice": _("practice"),
        "phone": _("phone"),
        "visit": _("visit"),
        "letter": _("letter"),
        "note": _("note"),
        "other": _("other contact"),
    }
    return names.get(channel, channel)


def channel_first(channel: str) -> str:
    """At the beginning of a sentence."""
    name = channel_name(channel)
    return name[:1].upper() + name[1:]
