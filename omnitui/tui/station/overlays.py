"""What lies over the workstation for a moment: menus, lists, the `:` line, help.

Each is imported when first opened; none is needed for the first frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from config.i18n import _
from omnitui.desk.command import CommandError

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage


class Overlays:
    """Opens overlays and does what was chosen in them."""

    def __init__(self, screen: Stage) -> None:
        self._screen = screen

    def menu(self, name: str) -> None:
        """The popup menu called `name`. Raises `CommandError`."""
        from omnitui.tui.keys import menus
        from omnitui.tui.screens.menu import MenuScreen

        chat = self._screen.glance.chat
        here = chat is not None and chat.conversation_id == self._screen.chosen
        claimed = chat.claimed if chat is not None and here else ""
        menu = menus.find(name, self._screen.live.accounts, claimed)
        if menu is None:
            raise CommandError(
                _("There is no menu “{name}”; there is {names}.").format(
                    name=name, names=", ".join(menus.names())
                )
            )
        if name == "link" and len(menu.items) < 2:  # nothing to choose, or nothing at all
            self._press(menu.items[0].line if menu.items else "link")
            return
        self._screen.desk_app.show_overlay(MenuScreen(menu.title, menu.items), self._press)

    def line(self, text: str) -> None:
        """The `:` line with `text` in it."""
        from omnitui.tui.keys.completion import Completion
        from omnitui.tui.screens.command_line import CommandLine

        screen = self._screen
        completion = Completion(screen.commander.registry, screen.link, screen.bar.tabs)
        line = CommandLine(text, completion, screen.desk_app.history)
        screen.desk_app.show_overlay(line, self._enter)

    def palette(self) -> None:
        from omnitui.tui.screens.palette import Palette

        screen = self._screen
        palette = Palette(
            screen.commander.registry,
            screen.keymap,
            screen.contexts(),
            list(screen.link.config.macros),
        )
        screen.desk_app.show_overlay(palette, self._chosen)

    def help(self) -> None:
        from omnitui.tui.screens.help import Help

        screen = self._screen
        help_ = Help(screen.keymap, screen.contexts(), screen.commander.registry)
        screen.desk_app.show_overlay(help_, lambda _nothing: None)

    def accounts(self) -> None:
        """Whether each account works."""
        from omnitui.tui.screens.accounts import Accounts
        from omnitui.tui.words.moments import zone

        screen = self._screen
        tz = zone(screen.link.config.desk.timezone)
        shown = Accounts(screen.live.accounts, screen.live.engine, screen.link.accounts, tz)
        screen.desk_app.show_overlay(shown, lambda _nothing: None)

    def accounts_changed(self) -> None:
        """Accounts or the engine changed: the overlay that shows them follows."""
        from omnitui.tui.screens.overlay import Overlay

        top = self._screen.app.screen
        if isinstance(top, Overlay):
            top.accounts_changed(self._screen.live.accounts, self._screen.live.engine)

    def search(self, query: str) -> None:
        """Search everything; a chosen hit is opened."""
        from omnitui.tui.screens.search import Search

        screen = self._screen
        search = Search(screen.link.store, query)

        async def chosen(ids: list[str] | None) -> None:
            if not ids:
                return
            places = search.places
            at = next(i for i, (_c, message) in enumerate(places) if str(message) == ids[0])
            screen.reading.found(search.typed, places, at)
            await screen.reading.again(0)

        screen.desk_app.show_overlay(search, chosen)

    def choose(self, title: str, texts: Sequence[str], line: str, *, new: bool = False) -> None:
        """A list; runs `line` with what was chosen in place of `{}`."""
        from omnitui.tui.screens.lists import ListChooser

        def chosen(values: list[str] | None) -> None:
            if values:
                self._screen.commander.press(line.format(values[0]))

        self._screen.desk_app.show_overlay(ListChooser(title, texts, new=new), chosen)

    def confirm(self, question: str, line: str) -> None:
        """A question; on yes the desk command runs, meant this time."""
        from omnitui.tui.screens.menu import Item, MenuScreen

        screen = self._screen
        items = [Item("y", "yes", _("yes")), Item("n", "", _("no"))]

        def answered(answer: str | None) -> None:
            if answer == "yes":
                screen.commander.confirmed(line)

        screen.desk_app.show_overlay(MenuScreen(question, items), answered)

    def ask_leave(self) -> None:
        """Leave? A second `q` says yes."""
        from omnitui.tui.screens.menu import Item, MenuScreen

        items = [Item("q", "quit", _("leave omnitui")), Item("n", "", _("stay"))]
        title = _("Leave? Drafts are kept.")
        self._screen.desk_app.show_overlay(MenuScreen(title, items), self._press)

    def act(self, what: str) -> None:
        """`choose WHAT` in the overlay on top; does nothing without one."""
        from omnitui.tui.screens.overlay import Overlay

        top = self._screen.app.screen
        if isinstance(top, Overlay):
            top.choose(what)

    def _press(self, line: str | None) -> None:
        if line:
            self._screen.commander.press(line)

    def _enter(self, line: str | None) -> None:
        if line and line.strip():
            self._screen.commander.enter(line.strip())

    def _chosen(self, lines: list[str] | None) -> None:
        if lines:
            self._press(lines[0])
