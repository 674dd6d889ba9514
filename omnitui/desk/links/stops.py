"""Why a reply with a one-time link does not go out: it would link whoever opens it."""

from __future__ import annotations

from config.i18n import _
from omnitui.desk.replying.reply_stops import ReplyStopped


class LinkToSeveral(ReplyStopped):
    """A link to everybody in copy proves nothing about who opened it."""

    def __init__(self, recipients: int) -> None:
        super().__init__(
            _(
                "The reply has a link that is good for one person, and {n} recipients: take the"
                " others off (“reply trim”), or the link out."
            ).format(n=recipients)
        )
        self.recipients = recipients


class LinkForSomebodyElse(ReplyStopped):
    """A link was made for another customer, or has gone to another address."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The link in this reply was not made for this recipient, and would show whoever"
                " opens it as somebody else: take it out, or make another with “link”. It goes"
                " to an address of the customer's own."
            )
        )


class LinkSpent(ReplyStopped):
    """A link that was opened already, or is too old, would only puzzle the customer."""

    def __init__(self) -> None:
        super().__init__(
            _("The link in this reply does not work any more: make another with “link”.")
        )
