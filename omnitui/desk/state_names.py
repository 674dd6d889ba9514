"""What people call the states that the program has short words for."""

from __future__ import annotations

from config.i18n import _, pgettext


def status_name(status: str) -> str:
    """Of a conversation."""
    names = {
        "open": pgettext("status", "open"),
        "pending": pgettext("status", "pending"),
        "snoozed": pgettext("status", "snoozed"),
        "closed": pgettext("status", "closed"),
    }
    return names.get(status, status)


def state_name(state: str) -> str:
    """Of a message or of what waits in the outbox."""
    names = {
        "queued": _("waits to be sent"),
        "sending": _("being sent"),
        "sent": _("sent"),
        "failed": _("not sent"),
        "unknown": _("sent? unknown"),
        "cancelled": _("cancelled"),
        "received": _("received"),
    }
    return names.get(state, state)


def role_name(role: str) -> str:
    """Of somebody who works on a team's desk."""
    names = {
        "reader": pgettext("role", "reader"),
        "agent": pgettext("role", "agent"),
        "supervisor": pgettext("role", "supervisor"),
    }
    return names.get(role, role)
