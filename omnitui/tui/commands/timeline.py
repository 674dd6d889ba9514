"""The history in view: parts of it, days, folds, its attachments, copying a message whole."""

from __future__ import annotations

from config.i18n import _
from omnitui.desk.command import CommandError, Rest
from omnitui.tui.commands.registry import NOTHING, REGISTRY
from omnitui.tui.station.stage import Stage
from store.timeline import Only


@REGISTRY.command("only channel", "screen")
async def only_channel(screen: Stage, name: Rest = NOTHING) -> None:
    """Show only one channel: of the highlighted message, or by its name."""
    from omnitui.tui.station import browsing

    await browsing.only_channel(screen, name)


@REGISTRY.command("only attachments", "screen")
async def only_attachments(screen: Stage) -> None:
    """Show only messages with attachments."""
    from omnitui.tui.station import browsing

    await browsing.narrow(screen, Only(files=True))


@REGISTRY.command("only conversation", "screen")
async def only_conversation(screen: Stage) -> None:
    """Show only the conversation of the highlighted message."""
    from omnitui.tui.station import browsing

    await browsing.only_conversation(screen)


@REGISTRY.command("only notes", "screen")
async def only_notes(screen: Stage) -> None:
    """Show only internal notes."""
    from omnitui.tui.station import browsing

    await browsing.narrow(screen, Only(notes=True))


@REGISTRY.command("only everything", "screen")
async def only_everything(screen: Stage) -> None:
    """Show the whole history again."""
    from omnitui.tui.station import browsing

    await browsing.everything(screen)


@REGISTRY.command("date", "screen")
async def date(screen: Stage, text: Rest = NOTHING) -> None:
    """Go to a day of the history: 2026-03, 14.3.2026, march, 3 weeks ago, yesterday."""
    from omnitui.tui.station import browsing

    await browsing.go_to_date(screen, text)


@REGISTRY.command("fold others", "screen")
async def fold_others(screen: Stage) -> None:
    """Fold every conversation but the highlighted one; again: unfold them all."""
    await screen.timeline.fold_others()


@REGISTRY.command("files", "screen")
def files(screen: Stage) -> None:
    """List all attachments of the customer, to save one and see its message."""
    from omnitui.tui.station.customer_files import choose

    customer_id = screen.timeline.customer_id
    if customer_id is None:
        raise CommandError(_("Open a conversation first."))
    choose(screen, customer_id)


@REGISTRY.command("copy whole", "screen")
def copy_whole(screen: Stage) -> None:
    """Copy the highlighted message with who wrote it to whom, when and about what."""
    from omnitui.tui.station import browsing
    from omnitui.tui.text.safe_text import safe

    message = screen.timeline.selected_message
    if message is None:
        raise CommandError(_("Open a conversation and highlight a message first."))
    text = browsing.whole(message, screen.link.config.desk.timezone)
    screen.app.copy_to_clipboard(safe(text, newlines=True))
    screen.say(_("Copied the message with its heading."))
