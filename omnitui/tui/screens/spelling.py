"""What a word that is marked might have been."""

from __future__ import annotations

from collections.abc import Sequence

from config.i18n import _
from omnitui.tui.screens.menu import Item, MenuScreen
from omnitui.tui.text.safe_text import one_line

ADD, IGNORE, NEXT, LANGUAGE = "add", "ignore", "next", "language"


class SpellingMenu(MenuScreen):
    """Dismissed with the number of a suggestion, ADD, IGNORE, NEXT or LANGUAGE. At the top: the
    word stands in the reply box, at the bottom."""

    DEFAULT_CSS = """
    SpellingMenu { align: center top; }
    SpellingMenu > #panel { margin-top: 1; margin-bottom: 0; }
    """

    def __init__(self, word: str, suggestions: Sequence[str], next_key: str) -> None:
        items = [
            Item(str(number), str(number), one_line(text))
            for number, text in enumerate(suggestions[:9], 1)
        ]
        items += [
            Item("a", ADD, _("add to my words")),
            Item("i", IGNORE, _("right, this time")),
        ]
        items.append(Item("l", LANGUAGE, _("in another language …")))
        items.append(Item(next_key, NEXT, _("the next one")))
        title = _("“{word}” is not in the dictionary") if suggestions else _("“{word}” is unknown")
        super().__init__(title.format(word=one_line(word)), items)
