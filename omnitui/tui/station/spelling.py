"""Marks under words that no dictionary knows, a moment after typing rests."""

from __future__ import annotations

import asyncio
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.tui.text.spelled_words import Spelled, spelled_words
from omnitui.tui.words.languages import language_name
from omnitui.tui.work import start
from store.errors import StoreError
from store.model import ConversationId

if TYPE_CHECKING:
    from omnitui.tui.spelling.dictionaries import Dictionary
    from omnitui.tui.spelling.own_words import OwnWords
    from omnitui.tui.spelling.speller import Speller
    from omnitui.tui.station.stage import Stage

REST = 0.4
"""Seconds without a key after which the words are looked up."""
LONG_REST = 1.6
"""Seconds after which also the word at the cursor, which may be half typed until then, is."""
BATCH = 8
"""Words after which the marks are shown, and a text that changed is read again."""
FEW = 4
"""Words from which their mistakes tell that it is another language."""
MOST = 20_000
"""Characters of a text that is checked: the beginning of a longer one."""


class Spelling:
    """Asks the dictionary of the customer's language about the words in the reply box."""

    def __init__(self, screen: Stage) -> None:
        self._screen = screen
        self._dictionaries: tuple[Dictionary, ...] | None = None
        self._spellers: dict[str, Speller] = {}
        self._own: OwnWords | None = None
        self._ignored: set[str] = set()
        """Right, this time: while the program runs."""
        self._familiar: tuple[ConversationId | None, frozenset[str]] = (None, frozenset())
        self._speller: Speller | None = None
        """Of the text in the box."""
        self._wanted = ""
        """The language that the text in the box was found to be in."""
        self._language = ""
        """Chosen by the agent for this conversation's replies; "" leaves it to the text."""
        self._found: tuple[ConversationId | None, str] = (None, "")
        """The language in which most of the words were right."""
        self._typed_at = 0.0
        self._waiting = False
        self._dirty = False
        self._looking = False
        self._told: set[str] = set()
        """Dictionaries of which the agent knows that they do not work."""

    @property
    def enabled(self) -> bool:
        return self._screen.link.config.desk.spelling

    @property
    def programs(self) -> tuple[int, ...]:
        """Process ids of those that run."""
        return tuple(one.pid for one in self._spellers.values() if one.pid is not None)

    def typed(self) -> None:
        """The text in the box is another now. Costs next to nothing: it is called for each key."""
        self._typed_at = monotonic()
        if not self._waiting and self.enabled:
            self._waiting = True
            self._screen.set_timer(REST, self._rested)

    async def next_mark(self) -> None:
        """Select the next marked word and offer what it might have been."""
        screen, field = self._screen, self._screen.box.field
        if not screen.box.writing:
            screen.say(_("Spelling is checked in the reply box."), "warning")
            return
        if not screen.link.config.desk.spelling:
            screen.say(_("Spelling is switched off: “spelling = true” under [desk] checks it."))
            return
        await self._check(whole=True)
        found = field.next_misspelt()
        if found is None:
            self._nothing_marked()
            return
        row, word = found
        field.select_word(row, word)
        from omnitui.tui.screens.spelling import SpellingMenu

        suggestions = self._speller.suggestions(word.word) if self._speller else ()
        bound = (key for key, line in screen.keymap.in_context("reply") if line == "spelling")
        menu = SpellingMenu(word.word, suggestions, next(bound, "n"))
        screen.desk_app.show_overlay(menu, partial(self._chosen, row, word, suggestions))

    def add(self, word: str) -> None:
        """Keep a word, or the selected one, as right for ever. Raises `CommandError`."""
        word = word.strip() or self._at_cursor()
        if not word:
            raise CommandError(_("Put the cursor on a word first, or name it."))
        self._own_words().add(word)
        self._screen.say(_("“{word}” is one of your words now.").format(word=word))
        self.typed()
        self._show(self._words(self._screen.box.text))

    def choose_language(self, language: str) -> None:
        """Check what is being written in this language; `auto`: in the customer's. Raises
        `CommandError`."""
        if not self._screen.box.writing:
            raise CommandError(_("Spelling is checked in the reply box."))
        self._language = "" if language == "auto" else language
        self._familiar = (None, frozenset())
        start(self._screen, partial(self._check, whole=True, tell=True), "spelling")

    async def end(self) -> None:
        """End the programs."""
        spellers, self._spellers = self._spellers, {}
        for speller in spellers.values():
            await speller.close()

    # -- looking words up ------------------------------------------------------

    def _rested(self) -> None:
        """Typing paused, or went on: then it is waited again."""
        self._waiting = False
        left = REST - (monotonic() - self._typed_at)
        if left > 0.01:
            self._waiting = True
            self._screen.set_timer(left, self._rested)
        elif self._screen.is_attached:
            start(self._screen, self._check, "spelling")

    async def _check(self, *, whole: bool = False, tell: bool = False) -> None:
        """`whole`: also the word at the cursor. `tell`: say which dictionary it is."""
        self._dirty = True
        if self._looking and not whole:
            return
        self._looking = True
        try:
            while self._dirty:
                self._dirty = False
                await self._look(whole=whole, tell=tell)
        finally:
            self._looking = False

    async def _look(self, *, whole: bool, tell: bool) -> None:
        from omnitui.tui.spelling.speller import SpellerFailed

        box = self._screen.box
        if not box.writing or not self.enabled:
            return
        text = box.text[:MOST]
        try:
            speller = await self._for(text)
        except StoreError:
            return
        self._speller = speller
        if tell:
            self._tell()
        if speller is None:
            box.field.mark_misspelt(frozenset())
            return
        await asyncio.to_thread(self._own_words().read)
        skipped = None if whole or self._long_rest() else self._at_cursor(typing=True)
        words = [word for word in self._words(text) if word != skipped]
        unknown = speller.unknown(words)
        self._show(words)
        while unknown and (whole or not self._dirty):
            batch, unknown = unknown[:BATCH], unknown[BATCH:]
            try:
                await speller.look_up(batch)
            except SpellerFailed as failure:
                if speller.dictionary.name not in self._told:
                    self._told.add(speller.dictionary.name)
                    self._screen.say(str(failure), "warning")
                return
            if speller.trouble:
                return
            self._told.discard(speller.dictionary.name)
            self._show(words)
        if not self._dirty and (better := await self._better(speller, words)):
            self._found = (box.conversation_id, better)
            self._dirty = True
            return
        if skipped is not None and not self._dirty:
            self._screen.set_timer(LONG_REST, self._rested)

    async def _better(self, speller: Speller, words: list[str]) -> str:
        """Where hardly a word is right: the language in which more are; "" when none is better."""
        from omnitui.tui.spelling.speller import SpellerFailed

        wrong = len(speller.known_wrong(words))
        if self._language or len(set(words)) < FEW or wrong * 3 < len(set(words)):
            return ""
        found = ""
        for language in await self._others(speller.dictionary.language):
            other = self._speller_of(language)
            if other is None or other is speller:
                continue
            try:
                await other.look_up(words)
            except SpellerFailed:
                continue
            if (mistakes := len(other.known_wrong(words))) < wrong:
                wrong, found = mistakes, language
        return found

    async def _others(self, language: str) -> list[str]:
        """Languages of the same script that people here write."""
        from omnitui.tui.spelling.dictionaries import same_script

        own = self._screen.link.config.desk.language
        usual = ["en", "pl", "uk", "ru", own, await self._customer_language()]
        return [one for one in dict.fromkeys(usual) if one and same_script(one, language)]

    def _speller_of(self, language: str) -> Speller | None:
        """What knows a language; None where no dictionary does."""
        from omnitui.tui.spelling import dictionaries
        from omnitui.tui.spelling.speller import Speller

        preferred = self._screen.link.config.desk.dictionaries
        chosen = dictionaries.choose(self._dictionaries or (), language, preferred)
        if chosen is None:
            return None
        if chosen.name not in self._spellers:
            self._spellers[chosen.name] = Speller(chosen)
        return self._spellers[chosen.name]

    def _long_rest(self) -> bool:
        return monotonic() - self._typed_at >= LONG_REST

    def _words(self, text: str) -> list[str]:
        """Those that are for the dictionary, the last first: where the agent looks."""
        from omnitui.tui.text.spelled_words import script_of

        script, own = script_of(text), self._own_words()
        familiar = self._familiar[1]
        return [
            found.word
            for line in reversed(text.split("\n"))
            for found in reversed(spelled_words(line))
            if script_of(found.word) == script
            and found.word.casefold() not in familiar
            and found.word not in self._ignored
            and found.word not in own
        ]

    def _show(self, words: list[str]) -> None:
        """Mark those of these words that are known to be wrong."""
        wrong = self._speller.known_wrong(words) if self._speller else frozenset()
        self._screen.box.field.mark_misspelt(wrong)

    async def _for(self, text: str) -> Speller | None:
        """What knows the language of the text. Raises `StoreError`."""
        from omnitui.tui.spelling import dictionaries

        screen, box = self._screen, self._screen.box
        if self._dictionaries is None:
            self._dictionaries = await asyncio.to_thread(dictionaries.installed)
        here = box.conversation_id
        if here is not None and self._familiar[0] != here:
            self._familiar = (here, await screen.link.familiar_words(here))
        settings = screen.link.config.desk
        customer = "" if box.kind == "note" else await self._customer_language()
        language = self._language or dictionaries.language_of(text, customer, settings.language)
        self._wanted = language
        if not self._language and language:
            # To a Polish customer an agent may well write in English.
            told = await asyncio.to_thread(_guess, text)
            found = self._found[1] if self._found[0] == here else ""
            for other in filter(None, (found, told)):
                if dictionaries.same_script(other, language) and self._speller_of(other):
                    self._wanted = other
                    break
        return self._speller_of(self._wanted)

    async def _customer_language(self) -> str:
        from store import customers

        customer_id = self._screen.reading.customer_id
        if customer_id is None:
            return ""
        return (await self._screen.link.store.read(customers.get, customer_id)).language

    # -- what is said and chosen -----------------------------------------------

    def _nothing_marked(self) -> None:
        if self._speller is None:
            self._tell()
        elif self._speller.trouble:
            self._screen.say(self._speller.trouble, "warning")
        else:
            self._screen.say(_("No word is marked."))

    def _tell(self) -> None:
        language = language_name(self._wanted) if self._wanted else ""
        if self._speller is not None:
            name = self._speller.dictionary.name
            self._screen.say(
                _("Spelling: {language} ({name}).").format(language=language, name=name)
            )
        elif language:
            package = f"hunspell-{self._wanted.partition('-')[0].partition('_')[0]}"
            self._screen.say(
                _(
                    "There is no dictionary for {language} here: install hunspell and {package}."
                ).format(language=language, package=package),
                "warning",
            )
        else:
            self._screen.say(_("There is nothing to check yet."))

    def _chosen(
        self, row: int, word: Spelled, suggestions: tuple[str, ...], what: str | None
    ) -> None:
        from omnitui.tui.screens.spelling import ADD, IGNORE, LANGUAGE, NEXT

        screen, field = self._screen, self._screen.box.field
        field.focus(scroll_visible=False)
        stands = field.get_text_range((row, word.start), (row, word.end))
        if what is None:
            return
        if what.isdecimal() and int(what) <= len(suggestions):
            if stands and not field.read_only:
                field.insert_here(suggestions[int(what) - 1], (row, word.start))
            return
        field.move_cursor((row, word.end))
        if what == ADD:
            screen.commander.enter(f"spelling add {word.word}")
        elif what == IGNORE:
            self._ignored.add(word.word)
            self._show(self._words(screen.box.text))
        elif what == LANGUAGE:
            screen.ask_line("spelling language ")
        elif what == NEXT:
            screen.commander.press("spelling")

    def _at_cursor(self, *, typing: bool = False) -> str:
        """The word that the cursor is at; with `typing` only the one that it ends."""
        field = self._screen.box.field
        row, column = field.selection.end
        for found in spelled_words(field.document.get_line(row)):
            if found.end == column or (not typing and found.start <= column <= found.end):
                return found.word
        return ""

    def _own_words(self) -> OwnWords:
        from omnitui.tui.spelling.own_words import OwnWords

        if self._own is None:
            home = self._screen.link.config.home
            self._own = OwnWords(home.agent_file.with_name("words.txt"))
        return self._own


def _guess(text: str) -> str:
    """The language that the text itself tells, without what is quoted in it; "" when unsure."""
    from omnitui.desk.customers.language import guess

    return guess("\n".join(line for line in text.split("\n") if not line.startswith(">")))
