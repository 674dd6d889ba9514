"""The program itself: help, command line, palette, undo, leaving."""

from __future__ import annotations

import asyncio
import os
import shlex
from typing import Literal

from config.i18n import _, ngettext
from omnitui.desk.command import CommandError, Rest
from omnitui.tui.commands.registry import NOTHING, REGISTRY
from omnitui.tui.panes.terminal_cells import on_terminal
from omnitui.tui.station.stage import Stage
from omnitui.tui.text.safe_text import one_line, safe


@REGISTRY.command("help", "screen")
def help_(screen: Stage) -> None:
    """Show what the keys do here."""
    screen.overlays.help()


@REGISTRY.command("problems", "screen")
def problems(screen: Stage) -> None:
    """Show what is wrong with the settings, by file and line: keys, macros, menus, commands."""
    screen.overlays.problems()


@REGISTRY.command("command", "screen")
def command(screen: Stage, text: Rest = NOTHING) -> None:
    """Type a command."""
    screen.ask_line(f"{text} " if text else "")


@REGISTRY.command("palette", "screen")
def palette(screen: Stage) -> None:
    """Find any command by a few letters of what it does."""
    screen.overlays.palette()


@REGISTRY.command("undo", "screen")
def undo(screen: Stage) -> None:
    """Take back the last thing you did; a reply comes back while it waits in the outbox."""
    screen.commander.undo()


@REGISTRY.command("repeat", "screen")
def repeat(screen: Stage) -> None:
    """Do the last command again, here."""
    screen.commander.repeat()


@REGISTRY.command("copy", "screen")
def copy(screen: Stage) -> None:
    """Copy the highlighted message, or in the inbox the customer's address, to the clipboard."""
    message = screen.timeline.selected_message
    if screen.focused_pane == "inbox" or message is None:
        facts = screen.card.facts
        text = facts.identities[0].address if facts and facts.identities else ""
    else:
        text = message.text
    if not text:
        screen.say(_("There is nothing to copy here."))
        return
    screen.app.copy_to_clipboard(safe(text, newlines=True))
    n = len(text)
    screen.say(ngettext("Copied {n} character.", "Copied {n} characters.", n).format(n=n))


@REGISTRY.command("shell", "screen")
async def shell(screen: Stage, line: Rest = NOTHING) -> None:
    """Run a shell, or one command line, with the conversation in OMNITUI_CONVERSATION."""
    from omnitui.tui.station.outside import run_here

    program = os.environ.get("SHELL") or "/bin/sh"
    words = [program, "-c", line] if line else [program]
    environment = {}
    if screen.chosen is not None:
        environment["OMNITUI_CONVERSATION"] = str(screen.chosen)
    await screen.keeper.flush()
    status = await run_here(screen.app, words, environment)
    if status:
        screen.say(
            _("{program} ended with status {status}.").format(
                program=shlex.split(line)[0] if line else program, status=status
            ),
            "warning",
        )


@REGISTRY.command("tour", "screen")
def tour(screen: Stage, what: Literal["next", "end", ""] = "") -> None:
    """Learn six keys where they are used; `next` goes on without the key, `end` leaves."""
    if what == "next":
        screen.tour.go_on()
    elif what == "end":
        screen.tour.end()
    else:
        screen.tour.begin()


@REGISTRY.command("theme", "screen")
async def theme(screen: Stage, name: Rest = NOTHING) -> None:
    """Change the colours, for you and from now on; without a name choose among all as they look."""
    from omnitui.tui.look.themes import theme_names

    app = screen.desk_app
    names = theme_names()
    if not name:
        screen.overlays.choose_theme(names)
        return
    if name not in names:
        raise CommandError(
            _("There is no theme “{name}”; there is {names}.").format(
                name=name, names=", ".join(names)
            )
        )
    app.wanted_theme = name
    app.wear(name)
    await keep_setting(screen, "theme", name)


@REGISTRY.command("language", "screen")
async def language_(screen: Stage, code: Rest = NOTHING) -> None:
    """Speak another language, for you and from now on; without CODE choose among all there are."""
    import config.i18n as i18n
    from omnitui.tui.station.rewording import reword
    from omnitui.tui.words.languages import OWN_NAMES

    if not code:
        screen.overlays.menu("language")
        return
    known = i18n.languages()
    wanted = code.strip().lower()
    if wanted not in known:
        raise CommandError(
            _("There is no language “{name}”; there is {names}.").format(
                name=code, names=", ".join(known)
            )
        )
    i18n.set_language(wanted)
    await reword(screen)
    name = OWN_NAMES.get(wanted, wanted)
    forced = os.environ.get(i18n.AGENT_VARIABLE, "")
    if forced and i18n.choose_language().partition("_")[0] != wanted:
        words = _("The language is now {language}; at the next start {variable} decides again.")
        screen.say(words.format(language=name, variable=i18n.AGENT_VARIABLE), "warning")
    else:
        screen.say(_("The language is now {language}.").format(language=name))
    await keep_setting(screen, "language", wanted)


async def keep_setting(screen: Stage, key: str, value: str) -> None:
    """Into the agent's own settings, for the next time; said where that cannot be."""
    from config.personal import save_setting
    from config.problems import ConfigError

    try:
        await asyncio.to_thread(save_setting, screen.link.config, key, value)
    except (ConfigError, OSError) as error:
        words = _("For this session only, since it could not be kept: {why}")
        screen.say(words.format(why=one_line(str(error))), "warning")


@REGISTRY.command("redraw", "screen")
def redraw(screen: Stage) -> None:
    """Draw the whole screen again."""
    on_terminal(screen.app.console).forget()
    screen.app.refresh(layout=True)


@REGISTRY.command("quit", "screen")
async def quit_(screen: Stage, what: Literal["confirm", ""] = "") -> None:
    """Leave; drafts are kept, and what waits in the outbox is sent by the engine."""
    if what == "confirm" and screen.focused_pane != "inbox":
        screen.back()
    elif what == "confirm":
        screen.overlays.ask_leave()
    else:
        await screen.desk_app.leave()
