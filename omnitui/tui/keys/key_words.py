"""What keys do whose commands need an argument to say it: `focus inbox`, `choose tick`."""

from __future__ import annotations

from config.i18n import _


def said(line: str) -> str:
    """A sentence for a command line as shipped; "" where the command's own help says it."""
    return _sentences().get(line, "")


def _sentences() -> dict[str, str]:
    return {
        "focus inbox": _("Go to the inbox."),
        "focus next": _("Go to the next pane."),
        "focus previous": _("Go to the previous pane."),
        "view mine": _("Show the conversations that are yours."),
        "view unassigned": _("Show the conversations that are nobody's."),
        "view all": _("Show all open conversations."),
        "view snoozed": _("Show the conversations that sleep."),
        "view closed": _("Show the closed conversations."),
        "view mentions": _("Show the notes that name you."),
        "view 7": _("Show your first saved search."),
        "view 8": _("Show your second saved search."),
        "view 9": _("Show your third saved search."),
        "tour next": _("On to the next step of the tour."),
        "quit confirm": _("Leave, after a question; drafts are kept."),
        "card edit note": _("Write a note about the customer."),
        "choose next": _("Go down."),
        "choose previous": _("Go up."),
        "choose page-down": _("Go a screen down."),
        "choose page-up": _("Go a screen up."),
        "choose first": _("Go to the beginning."),
        "choose last": _("Go to the end."),
        "choose tick": _("Tick it, or take the tick away."),
        "choose accept": _("Take it."),
        "choose cancel": _("Close, and leave everything as it was."),
        "choose complete": _("Complete what you type."),
        "choose find": _("Find words in it."),
        "choose find-next": _("Go to the next place where they are."),
        "choose find-previous": _("Go to the previous place where they are."),
        "choose save": _("Save it as a file."),
        "choose ours": _("What this customer's card says stays."),
        "choose theirs": _("What the other's card says stays."),
    }
