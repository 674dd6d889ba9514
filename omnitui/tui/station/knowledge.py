"""The knowledge base beside the reply: opened, read, put into what is being written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.events import Key
from textual.widget import Widget

from config.i18n import _
from omnitui.desk.command import CommandError

if TYPE_CHECKING:
    from omnitui.tui.link.article_data import ArticleData
    from omnitui.tui.station.stage import Stage
    from omnitui.tui.widgets.article_pane import ArticlePane
    from store.model import ConversationId

Location = tuple[int, int]
ASKED = "??"
"""Typed at the start of a word it opens the pane."""


class Knowledge:
    """Made when first asked for: none of it is needed to see who waits."""

    def __init__(self, screen: Stage) -> None:
        self._screen = screen
        self._pane: ArticlePane | None = None
        self._data: ArticleData | None = None
        self._asked: Location | None = None
        """Where `??` stands in the reply, which what is chosen replaces."""
        self.command: Callable[[Key], bool] = lambda _key: False
        """Runs the command bound to a key that its field gets."""
        self._for: ConversationId | None = None
        """Whom articles were looked up for."""
        self.shown = False
        """The pane is on the screen, where its size lets it be."""

    def holds(self, focused: Widget | None) -> bool:
        """Whether the focus is in the pane."""
        return self._pane is not None and focused is self._pane.field

    def asked(self, start: Location | None) -> None:
        """`??` was typed in the reply; `start`: where, when at the start of a word."""
        if start is not None:
            self._asked = start
            self._screen.commander.press("articles")

    async def open(self, query: str = "") -> None:
        """Show the pane and go there; from the pane back to the reply, which leaves it open."""
        screen = self._screen
        if self.shown and not query and self.holds(screen.focused):
            self._leave()
            return
        if not screen.box.writing and not await screen.reading.ensure(screen.chosen):
            screen.say(_("No conversation is selected."), "warning")
            return
        conversation_id = screen.box.conversation_id or screen.reading.current
        pane, data = await self._furnished()
        if conversation_id is not None:
            await data.look_at(conversation_id, self._screen.writing.channel())
        fresh = not self.shown or conversation_id != self._for
        self._for = conversation_id
        self.shown = True
        screen.set_focus(pane.field, scroll_visible=False)
        screen.fold()
        if fresh or query or self._asked:
            pane.begin(query, low=screen.app.size.height < 32)

    def close(self) -> None:
        """Take the pane away."""
        if self.shown and self._pane is not None:
            self.shown = False
            self._asked = None
            self._pane.end()

    def reworded(self) -> None:
        """Another language is spoken."""
        if self.shown and self._pane is not None:
            self._pane.reworded()

    def choose(self, what: str) -> None:
        """Move in the pane; `cancel` closes it."""
        pane = self._pane
        if pane is None or not self.shown:
            return
        if what == "cancel":
            self._take_back_question()
            self.close()
            self._leave()
        else:
            pane.choose(what)

    async def take(self) -> None:
        """Put what is highlighted into the reply: the article, or the part of it."""
        pane = self._here()
        await pane.settled()
        found, part = pane.highlighted, pane.part
        if found is None:
            raise CommandError(_("No article is highlighted."))
        await self._insert(
            found.article.name, lambda: found.variant.text(part, formatted=self._formatted())
        )

    async def take_address(self) -> None:
        """Put the address of what is highlighted into the reply."""
        pane = self._here()
        await pane.settled()
        found = pane.highlighted
        if found is None:
            raise CommandError(_("No article is highlighted."))
        if not found.variant.url:
            raise CommandError(
                _("“{name}” has no address: its file names none (url:).").format(
                    name=found.article.name
                )
            )
        await self._insert(found.article.name, lambda: found.variant.url)

    # -- inside -----------------------------------------------------------------

    def _here(self) -> ArticlePane:
        if self._pane is None or not self.shown:
            raise CommandError(_("No article is open: “articles” opens them."))
        return self._pane

    async def _insert(self, name: str, text: Callable[[], str]) -> None:
        """`text` is asked once it is known by which channel the reply goes."""
        screen, data = self._screen, self._data
        start = self._question()
        self.close()
        if not screen.box.writing:
            await screen.writing.start("reply")
        field = screen.box.field
        field.focus(scroll_visible=False)
        field.insert_text(text(), start)
        screen.fold()
        if data is not None:
            await data.count(name)

    async def _furnished(self) -> tuple[ArticlePane, ArticleData]:
        from omnitui.tui.link.article_data import ArticleData
        from omnitui.tui.widgets.article_pane import ArticlePane

        if self._pane is None or self._data is None:
            self._data = ArticleData(self._screen.link)
            self._pane = ArticlePane(self._data, id="articles")
            self._pane.field.command = self.command
            columns = self._screen.query_one("#columns")
            await columns.mount(self._pane, before="#conversation")
        return self._pane, self._data

    def _leave(self) -> None:
        """Back to what is being written, else to the timeline."""
        screen = self._screen
        if screen.box.writing:
            screen.box.field.focus(scroll_visible=False)
            screen.fold()
        else:
            screen.focus_pane("timeline")

    def _question(self) -> Location | None:
        """Where `??` stands before the cursor, as it was typed."""
        start, field = self._asked, self._screen.box.field
        if start is None or not self._screen.box.writing:
            return None
        end = (start[0], start[1] + len(ASKED))
        same = field.selection.start == field.selection.end == end
        return start if same and field.get_text_range(start, end) == ASKED else None

    def _take_back_question(self) -> None:
        """`??` was no text if something was looked up."""
        start = self._question()
        if start is not None and self._pane is not None and self._pane.field.value.strip():
            self._screen.box.field.insert_here("", start)

    def _formatted(self) -> bool:
        """Whether the reply goes where formatting is shown."""
        from omnitui.desk.channel import capabilities

        screen = self._screen
        name = screen.box.header.route.account if screen.box.writing else ""
        account = next((a for a in screen.live.accounts if a.name == name), None)
        return account is None or capabilities(account).formatting == "markdown"
