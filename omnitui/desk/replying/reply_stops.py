"""Why a reply does not go out yet. Each is one sentence that says what to do."""

from __future__ import annotations

from collections.abc import Sequence

from config.i18n import _, ngettext
from omnitui.desk.command import CommandError
from store.model import MessageId


def some(addresses: Sequence[str]) -> str:
    """The first few, and how many more."""
    shown = ", ".join(addresses[:3])
    more = len(addresses) - 3
    if more <= 0:
        return shown
    return ngettext("{addresses} and {n} more", "{addresses} and {n} more", more).format(
        addresses=shown, n=more
    )


class ReplyStopped(CommandError):
    """A reply was not queued; nothing was changed."""


class EmptyReply(ReplyStopped):
    def __init__(self) -> None:
        super().__init__(_("The reply is empty."))


class NewMessageArrived(ReplyStopped):
    """Something came in that the agent had not seen; stops once."""

    def __init__(self, message_id: MessageId, author: str) -> None:
        super().__init__(
            _("{author} wrote meanwhile: look, then send again.").format(author=author)
        )
        self.message_id = message_id


class ColleagueWrote(NewMessageArrived):
    """A colleague has answered, or kept a note, that the agent had not seen; stops once."""

    def __init__(self, message_id: MessageId, author: str, text: str, *, what: str) -> None:
        """`what`: the sentence that tells what they did, with {author} in it."""
        super().__init__(message_id, author)
        self.author, self.text = author, text
        self.what = what.format(author=author)
        self.args = (_("{what} “{text}” Look, then send again.").format(what=self.what, text=text),)


class NewRecipient(ReplyStopped):
    """An address that the customer never wrote from; wants a second key."""

    def __init__(self, addresses: Sequence[str]) -> None:
        shown = some(addresses)
        super().__init__(
            _(
                "The customer never wrote from {addresses}: confirm the recipient"
                " (on the command line: --to, --cc or --bcc ADDRESS)."
            ).format(addresses=shown)
        )
        self.addresses = tuple(addresses)


class OtherRecipients(ReplyStopped):
    """It would go to somebody whom the agent was not shown: conversations, customers and addresses
    change under their hands. Stops once."""

    def __init__(self, addresses: Sequence[str]) -> None:
        super().__init__(
            _("The reply goes to {addresses} now: look, then send again.").format(
                addresses=some(addresses)
            )
        )
        self.addresses = tuple(addresses)


class ForgottenFile(ReplyStopped):
    """The text speaks of an attachment and there is none; wants a second key."""

    def __init__(self, words: str) -> None:
        super().__init__(
            _("“{words}”, but no file is attached: attach it, or send again.").format(words=words)
        )
        self.words = words


class UnfilledVariable(ReplyStopped):
    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            _("Not filled in yet: {names}.").format(
                names=", ".join(f"{{{{ {name} }}}}" for name in names)
            )
        )
        self.names = tuple(names)


class TooLong(ReplyStopped):
    def __init__(self, length: int, limit: int) -> None:
        super().__init__(
            _("The reply has {length} characters, this channel takes {limit}.").format(
                length=length, limit=limit
            )
        )
        self.length, self.limit = length, limit


class NoAddress(ReplyStopped):
    """There is no account or no address to send to."""


class BadFile(ReplyStopped):
    """An attachment that is not there, not readable or too large."""
