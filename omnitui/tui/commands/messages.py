"""The highlighted message: what is folded in it, its raw mail, its details, answering it alone,
changing it; the accounts."""

from __future__ import annotations

from config.i18n import _
from omnitui.desk.command import CommandError, Rest
from omnitui.tui.commands.registry import NOTHING, REGISTRY
from omnitui.tui.station.stage import Stage
from omnitui.tui.widgets.message_look import Part


def _toggle(screen: Stage, part: Part | None = None) -> None:
    if not screen.timeline.toggle_parts(part):
        raise CommandError(_("Nothing of that is folded in this message."))


@REGISTRY.command("unfold", "screen")
def unfold(screen: Stage) -> None:
    """Show or fold all that is hidden of the highlighted message: quote, signature, long text."""
    _toggle(screen)


@REGISTRY.command("unfold quote", "screen")
def unfold_quote(screen: Stage) -> None:
    """Show or fold what the highlighted message quotes or forwards."""
    _toggle(screen, "quoted")


@REGISTRY.command("unfold signature", "screen")
def unfold_signature(screen: Stage) -> None:
    """Show or fold the signature of the highlighted message."""
    _toggle(screen, "signature")


@REGISTRY.command("unfold text", "screen")
def unfold_text(screen: Stage) -> None:
    """Show or fold the rest of the highlighted message's long text."""
    _toggle(screen, "text")


@REGISTRY.command("unfold original", "screen")
def unfold_original(screen: Stage) -> None:
    """Show or fold all that stands between the answers of the highlighted message."""
    _toggle(screen, "original")


@REGISTRY.command("unfold files", "screen")
def unfold_files(screen: Stage) -> None:
    """Show or fold the long list of files of the highlighted message."""
    _toggle(screen, "files")


@REGISTRY.command("unfold mail", "screen")
def unfold_mail(screen: Stage) -> None:
    """Show an automatic mail that is folded to one line, or fold it again."""
    _toggle(screen, "mail")


@REGISTRY.command("details", "screen")
def details(screen: Stage) -> None:
    """Show who got the highlighted message, when, what proves its sender, what was odd in it."""
    screen.messages.details()


@REGISTRY.command("raw", "screen")
def raw(screen: Stage) -> None:
    """Show the highlighted message as it came: the raw mail, headers and all."""
    screen.messages.raw()


@REGISTRY.command("save raw", "screen")
async def save_raw(screen: Stage, path: Rest = NOTHING) -> None:
    """Save the highlighted message's raw mail (.eml); without a path, in Downloads."""
    await screen.messages.save_raw(path)


@REGISTRY.command("adopt", "screen")
async def adopt(screen: Stage) -> None:
    """Give the conversation to who first sent the mail that the highlighted message forwards."""
    await screen.messages.adopt()


@REGISTRY.command("answer", "screen")
async def answer(screen: Stage) -> None:
    """Write a reply that visibly answers the highlighted message, in chats that show it."""
    await screen.messages.answer()


@REGISTRY.command("edit", "screen")
async def edit(screen: Stage) -> None:
    """Change the highlighted message that you sent, at the customer's, too."""
    await screen.messages.edit()


@REGISTRY.command("delete", "screen")
async def delete(screen: Stage) -> None:
    """Delete the highlighted message that you sent, at the customer's, too; asks first."""
    await screen.messages.delete()


@REGISTRY.command("accounts", "screen")
def accounts(screen: Stage) -> None:
    """Show whether each account works, and when it last did."""
    screen.overlays.accounts()
