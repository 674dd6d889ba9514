"""Replies and notes, from the empty box to the outbox."""

from __future__ import annotations

from omnitui.desk.command import Rest
from omnitui.tui.commands.registry import NOTHING, REGISTRY
from omnitui.tui.station.stage import Stage


@REGISTRY.command("reply", "screen")
async def reply(screen: Stage) -> None:
    """Write to the customer."""
    await screen.writing.begin("reply")


@REGISTRY.command("reply note", "screen")
async def reply_note(screen: Stage) -> None:
    """Write an internal note, which only your team sees."""
    await screen.writing.begin("note")


@REGISTRY.command("reply template", "screen")
async def reply_template(screen: Stage) -> None:
    """Write to the customer, starting from a template; with several conversations marked, send
    it to all of them, after a look at who gets it."""
    if len(screen.targets()) > 1:
        screen.writing.many.ask()
        return
    await screen.writing.begin("reply")
    screen.writing.texts.pick_template()


@REGISTRY.command("template", "screen")
def template(screen: Stage) -> None:
    """Choose templates and insert them at the cursor."""
    screen.writing.texts.pick_template()


@REGISTRY.command("reply kind", "screen")
def reply_kind(screen: Stage) -> None:
    """Switch between a reply and an internal note."""
    screen.writing.toggle_kind()


@REGISTRY.command("reply send", "screen")
async def reply_send(screen: Stage, when: Rest = NOTHING) -> None:
    """Send what is in the box, now or at a time (2h, tomorrow 9, fri 14:00)."""
    await screen.writing.send(when)


@REGISTRY.command("reply hand-over", "screen")
async def reply_hand_over(screen: Stage) -> None:
    """Keep what is in the box as a note and give the conversation to the first one whom it names
    (@olena); asks to whom when it names nobody."""
    await screen.naming.hand_over()


@REGISTRY.command("reply via", "screen")
async def reply_via(screen: Stage, account: str = "") -> None:
    """Answer through another account; without one, where the customer is now, or wrote last."""
    await screen.writing.choose_account(account)


@REGISTRY.command("choose-recipient", "screen")
async def choose_recipient(screen: Stage) -> None:
    """Choose one of those who get this reply, and take them off."""
    await screen.writing.trim()


@REGISTRY.command("reply earlier", "screen")
async def reply_earlier(screen: Stage) -> None:
    """Bring back an earlier reply to this customer, or by its words one to anybody."""
    await screen.writing.texts.earlier()


@REGISTRY.command("retry", "screen")
async def retry(screen: Stage) -> None:
    """Send the highlighted message again, else the last that did not go out: to everybody, or to
    those alone who were refused. Asks when it may have arrived."""
    await screen.writing.retry()


@REGISTRY.command("reply attach", "screen")
def reply_attach(screen: Stage) -> None:
    """Attach a file: asks for its path."""
    screen.writing.files.ask()


@REGISTRY.command("preview", "screen")
def preview(screen: Stage) -> None:
    """Show the reply as it will arrive: to whom, formatted, with signature, quote and files."""
    screen.writing.preview()


@REGISTRY.command("choose-attachment", "screen")
def choose_attachment(screen: Stage) -> None:
    """Choose one of the attached files, and take it off the reply."""
    screen.writing.files.choose()


@REGISTRY.command("editor", "screen")
async def editor(screen: Stage) -> None:
    """Go on writing in $EDITOR."""
    await screen.writing.texts.edit_outside()


@REGISTRY.command("quote", "screen")
async def quote(screen: Stage) -> None:
    """Quote the highlighted message in the reply."""
    await screen.writing.texts.quote()


@REGISTRY.command("quote part", "screen")
async def quote_part(screen: Stage) -> None:
    """Choose lines or sentences of the highlighted message, and quote those in the reply."""
    await screen.writing.texts.quote_part()


@REGISTRY.command("pipe", "screen")
async def pipe(screen: Stage, program: str = "") -> None:
    """Run a filter program of the config on the conversation; its output becomes the draft."""
    await screen.writing.texts.pipe(program)


@REGISTRY.command("spelling", "screen")
async def spelling(screen: Stage) -> None:
    """Go to the next word that no dictionary knows, with what it might have been."""
    await screen.spelling.next_mark()


@REGISTRY.command("spelling add", "screen")
def spelling_add(screen: Stage, word: str = "") -> None:
    """Keep this word, or the one at the cursor, as one of yours: it is not marked again."""
    screen.spelling.add(word)


@REGISTRY.command("spelling language", "screen")
def spelling_language(screen: Stage, language: str = "auto") -> None:
    """Check spelling in this language (en, uk, ru, pl); `auto`: in the customer's, or the one
    that the letters tell."""
    screen.spelling.choose_language(language)
