"""A program that knows one dictionary, asked over pipes as ispell is (`-a`).

The protocol: a line that begins with `^` holds words; in terse mode (`!`) the answer is one line
for each that is wrong, `& word count offset: a, b` or `# word offset`, and an empty one at the
end. hunspell(1), aspell's manual "Through A Pipe".
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic

from config.i18n import _
from omnitui.tui.spelling.dictionaries import Dictionary

ANSWER_TIME = 5.0
"""Seconds for one word, with what it might have been: a program that takes longer is ended."""
BEGIN_TIME = 20.0
"""Seconds for it to read its dictionary, on a slow disk."""
MOST_DEATHS = 3
"""How often in a row it may die until it is left alone for a while."""
RESTS = (30.0, 120.0, 600.0)
"""Seconds for which it is left alone: the first time, the second, ever after. One more death
begins the next."""
KNOWN = 4000
"""Words remembered."""
MOST_SUGGESTIONS = 9
_WRONG = re.compile(r"[&?] \S+ \d+ \d+: (.*)")


class SpellerFailed(Exception):
    """The program does not work; the sentence says so."""


class Speller:
    """Looks words up in one dictionary. The program starts with the first word, and again when
    it died; it ends by `close`, or with this process, when its pipe closes. One that dies again and
    again is left alone for longer and longer, and tried again."""

    def __init__(self, dictionary: Dictionary, clock: Callable[[], float] = monotonic) -> None:
        """`clock`: seconds that only grow."""
        self.dictionary = dictionary
        self._clock = clock
        self._rests = 0
        self._rests_until = 0.0
        self._process: asyncio.subprocess.Process | None = None
        self._known: OrderedDict[str, tuple[str, ...] | None] = OrderedDict()
        """Word → None where it is right, else what it might have been."""
        self._turn = asyncio.Lock()
        self._deaths = 0
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Of the program, while it runs."""
        return self._process.pid if self._process else None

    @property
    def trouble(self) -> str:
        """Why it is left alone at the moment, a sentence; empty while it is not."""
        if self._clock() >= self._rests_until:
            return ""
        program = Path(self.dictionary.argv[0]).name
        return _(
            "{program} does not work with “{name}”: its words are not checked for now."
        ).format(program=program, name=self.dictionary.name)

    def known_wrong(self, words: Iterable[str]) -> frozenset[str]:
        """Those that were looked up and are wrong."""
        return frozenset(word for word in words if self._known.get(word) is not None)

    def unknown(self, words: Iterable[str]) -> list[str]:
        """Those that were not looked up yet, each once, in their order."""
        return [word for word in dict.fromkeys(words) if word not in self._known]

    def suggestions(self, word: str) -> tuple[str, ...]:
        """What a wrong word might have been."""
        return self._known.get(word) or ()

    async def look_up(self, words: Iterable[str]) -> None:
        """Have these in `known_wrong`. Raises `SpellerFailed` when the program does not work, each
        time that this is found out; while it is left alone nothing is looked up."""
        for word in self.unknown(words):
            async with self._turn:
                if self._closed or self.trouble:
                    return
                self._remember(word, await self._answer(word))

    async def close(self) -> None:
        self._closed = True
        await self._end()

    # -- inside --------------------------------------------------------------

    def _remember(self, word: str, answer: tuple[str, ...] | None) -> None:
        self._known[word] = answer
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)

    async def _answer(self, word: str) -> tuple[str, ...] | None:
        try:
            word.encode(self.dictionary.encoding)
        except UnicodeEncodeError:
            return None
        try:
            process = await self._running()
            found = await asyncio.wait_for(_ask(process, word), ANSWER_TIME)
        except (OSError, EOFError, TimeoutError, ValueError):
            # The word may be what it dies of: it counts as right.
            await self._end()
            self._deaths += 1
            if self._deaths >= MOST_DEATHS:
                self._remember(word, None)
                self._rests_until = self._clock() + RESTS[min(self._rests, len(RESTS) - 1)]
                self._rests += 1
                raise SpellerFailed(self.trouble) from None
            return None
        except BaseException:
            await self._end()  # in the midst of an answer: the next one would be another's
            raise
        self._deaths = self._rests = 0
        return found

    async def _running(self) -> asyncio.subprocess.Process:
        process = self._process
        if process is not None and process.returncode is None:
            return process
        process = await asyncio.create_subprocess_exec(
            *self.dictionary.argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        self._process = process
        await asyncio.wait_for(_line(process), BEGIN_TIME)  # its greeting
        _write(process, "!\n")
        return process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if process.stdin is not None:
            process.stdin.close()
            with contextlib.suppress(OSError):
                await process.stdin.wait_closed()


async def _ask(process: asyncio.subprocess.Process, word: str) -> tuple[str, ...] | None:
    _write(process, f"^{word}\n")
    wrong = False
    suggestions: list[str] = []
    while line := await _line(process):
        if line[0] in "&?#":
            wrong = True
        if found := _WRONG.fullmatch(line):
            suggestions += found[1].split(", ")
    return tuple(suggestions[:MOST_SUGGESTIONS]) if wrong else None


def _write(process: asyncio.subprocess.Process, text: str) -> None:
    assert process.stdin is not None
    process.stdin.write(text.encode())


async def _line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise EOFError
    return line.decode("utf-8", "replace").rstrip("\r\n")
