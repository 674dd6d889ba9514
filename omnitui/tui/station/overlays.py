"""What lies over the workstation for a moment: menus, lists, the `:` line, help.

Each is imported when first opened; none is needed for the first frame.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.desk.rights import require
from omnitui.tui.keys.heard import HEARD
from omnitui.tui.keys.hold import lent
from omnitui.tui.work import start
from store.errors import StoreError
from store.model import ConversationId

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage


class Overlays:
    """Opens overlays and does what was chosen in them."""

    def __init__(self, screen: Stage) -> None:
        self._screen = screen
        self._question = asyncio.Lock()
        """Held while one stands."""

    def menu(self, name: str) -> None:
        """The popup menu called `name`. Raises `CommandError`."""
        from omnitui.tui.keys import menus
        from omnitui.tui.screens.menu import MenuScreen

        chat = self._screen.glance.chat
        here = chat is not None and chat.conversation_id == self._screen.chosen
        claimed = chat.claimed if chat is not None and here else ""
        config = self._screen.link.config
        registry = self._screen.commander.registry
        menu = menus.find(name, self._screen.live.accounts, claimed, config, registry)
        if menu is None:
            raise CommandError(
                _("There is no menu “{name}”; there is {names}.").format(
                    name=name, names=", ".join(menus.names(config))
                )
            )
        if name == menus.OWN and not menu.items:
            raise CommandError(
                _("You have no macros or commands yet: write some under [macros] or [commands].")
            )
        if not menus.is_offered(name, registry.offers):
            require(config.access, "work")  # which says who can change that
        if name == "channel" and self._screen.chosen is not None and not config.menus.get(name):
            self._channels(self._screen.chosen)
            return
        if name == "link" and len(menu.items) < 2:  # nothing to choose, or nothing at all
            self._press(menu.items[0].line if menu.items else "link")
            return
        self._screen.desk_app.show_overlay(MenuScreen(menu.title, menu.items), self._press)

    def _channels(self, conversation_id: ConversationId) -> None:
        """Where this customer can be answered; keys wait until the store has said so."""
        from omnitui.tui.keys import menus
        from omnitui.tui.screens.menu import MenuScreen

        screen = self._screen
        screen.desk_app.gate.close()

        async def show() -> None:
            try:
                reach = await screen.link.reach_of(conversation_id)
                menu = menus.channels(screen.live.accounts, reach)
                screen.desk_app.show_overlay(MenuScreen(menu.title, menu.items), self._press)
            except StoreError as error:
                screen.say(str(error), "error")
            finally:
                screen.desk_app.gate.open()

        start(screen, show, "menu")

    def following(self, pressed: str) -> None:
        """What may follow the keys `pressed`. Raises `CommandError`."""
        from omnitui.tui.keys import menus
        from omnitui.tui.keys.keymap import label
        from omnitui.tui.screens.menu import Item, MenuScreen

        screen = self._screen
        found = screen.keymap.following(pressed, screen.contexts())
        if not found:
            raise CommandError(_("Nothing is bound after {key} here.").format(key=label(pressed)))
        registry = screen.commander.registry
        items = [
            Item(key, line, _("more …") if line == f"keys {pressed} {key}" else
                 menus.meaning(line, registry))
            for key, line in found
        ]  # fmt: skip
        screen.desk_app.show_overlay(MenuScreen(f"{label(pressed)} …", items), self._press)

    def problems(self) -> None:
        """What is wrong with the settings, each with file and line."""
        from omnitui.tui.keys import settings_check
        from omnitui.tui.screens.printed import Printed

        found = settings_check.problems(self._screen.link.config, self._screen.commander.built_in)
        if not found:
            self._screen.say(_("Nothing is wrong with the settings."))
            return
        listing, access = settings_check.listing(found), self._screen.link.config.access
        popup = Printed(_("Problems of the settings"), listing, access)
        self._screen.desk_app.show_overlay(popup, lambda _nothing: None)

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
        palette = Palette(screen.commander.registry, screen.keymap, screen.contexts())
        screen.desk_app.show_overlay(palette, self._chosen)

    def help(self) -> None:
        """What the keys do here, also in what lies on top."""
        from omnitui.tui.screens.help import Help
        from omnitui.tui.screens.overlay import Overlay

        screen = self._screen
        top = screen.app.screen
        if isinstance(top, Help):
            return
        contexts = [top.context] if isinstance(top, Overlay) else screen.contexts()
        help_ = Help(screen.keymap, contexts, screen.commander.registry, screen.link.config)
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

    def filter(self) -> None:
        """Narrow the inbox as one types; leaving it shows what was shown before."""
        from omnitui.tui.keys.query_completion import QueryCompletion
        from omnitui.tui.screens.filter_line import FilterLine

        screen = self._screen
        views, inbox = screen.views, screen.inbox
        screen.focus_pane("inbox")
        before, selected = views.filter, inbox.selected

        async def chosen(text: str | None) -> None:
            if text is not None:
                return
            await views.narrow(before)
            if selected is not None:
                await inbox.select(selected)

        line = FilterLine(before, views.narrow, QueryCompletion(screen.link), inbox.move)
        screen.desk_app.show_overlay(line, chosen)

    def choose(self, title: str, texts: Sequence[str], line: str, *, new: bool = False) -> None:
        """A list; runs `line` with what was chosen in place of `{}`, as one word."""
        from omnitui.tui.screens.lists import ListChooser

        def chosen(values: list[str] | None) -> None:
            if values:
                self._screen.commander.press(line.format(shlex.quote(values[0])))

        self._screen.desk_app.show_overlay(ListChooser(title, texts, new=new), chosen)

    def choose_theme(self, names: Sequence[str]) -> None:
        """A list of themes; the screen wears the highlighted one meanwhile."""
        from omnitui.tui.screens.themes import ThemeChooser

        app = self._screen.desk_app
        before = app.wanted_theme

        def chosen(found: list[str] | None) -> None:
            app.wear(before)
            if found:
                self._screen.commander.press(f"theme {found[0]}")

        app.show_overlay(ThemeChooser(names, before, app.wear), chosen)

    async def asked(self, question: str) -> bool:
        """Put a yes/no question to the agent: True for yes, False for no, Escape, a click beside
        it and `back` from outside. While the program ends it is never answered: who asks is
        cancelled.

        To be awaited in work of its own (`start`, `Commander.hold_keys`), never by what handles
        keys. Keys that work holds are the question's while it stands, and the work's again before
        the key after the answer. One question stands at a time: the next one waits for its turn.
        What it is about may be gone by the answer: who asks finds that out. Whoever listens from
        outside is told the question in place of an answer.
        """
        from omnitui.tui.screens.menu import QuestionScreen

        if (heard := HEARD.get()) is not None:
            heard.asks = question
        with lent():
            async with self._question:
                return await self._screen.desk_app.shown(QuestionScreen(question)) == "yes"

    def ask_leave(self) -> None:
        """Leave? A second `q` says yes."""
        from omnitui.tui.screens.menu import leave_menu

        self._screen.desk_app.show_overlay(leave_menu(), self._press)

    def act(self, what: str) -> None:
        """`choose WHAT` in the overlay on top. Raises `CommandError` when there is none."""
        from omnitui.tui.screens.overlay import Overlay

        top = self._screen.app.screen
        if not isinstance(top, Overlay):
            raise CommandError(_("No list and no text is open to choose in."))
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
