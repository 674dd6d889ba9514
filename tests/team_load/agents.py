"""What an agent does all day, with keys at the pace of hands."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

from tests.team_load.screens import SELECTED, Screen

KEY = 0.15
"""Seconds between two letters, on average."""
PRIORITIES = ("low", "normal", "high", "urgent")


class Agent(threading.Thread):
    """Works on one screen until told to end."""

    def __init__(
        self,
        screen: Screen,
        label: str,
        shared: int,
        *,
        together: bool,
        think: float = 2.0,
    ) -> None:
        """
        Args:
            label: what all that they write is known by.
            shared: a conversation that many change; `together`: so does this one.
            think: seconds between two deeds, on average; may be changed while they work.
        """
        super().__init__(name=screen.agent, daemon=True)
        self.screen, self.label, self.shared, self.together = screen, label, shared, together
        self.think = think
        self.deeds = 0
        self.failure: BaseException | None = None
        self._chance = random.Random(label)
        self._end = threading.Event()
        self._looked = 0
        """What of the screen has been looked at for a question, bytes."""

    def end(self) -> None:
        self._end.set()

    def run(self) -> None:
        try:
            while not self._rest(self._chance.uniform(0, 2 * self.think)):
                deeds: list[Callable[[], None]] = [
                    self._moves, self._moves, self._reads, self._tags, self._writes, self._writes,
                    self._assigns, self._weighs, self._notes, self._closes,
                ]  # fmt: skip
                deed = self._chance.choice(deeds)
                if self.together and self._chance.random() < 0.4:
                    deed = self._together
                self._answers()
                deed()
                self.deeds += 1
        except BaseException as error:
            self.failure = error
            raise

    def _rest(self, seconds: float) -> bool:
        return self._end.wait(seconds)

    def _token(self) -> str:
        return f"{self.label}x{self.deeds}"

    # Deeds; each leaves the focus in the inbox

    def _moves(self) -> None:
        for key in self._chance.choice(("jjjk", "jjkjjk", "gjjjjj")):
            self._answers()
            if key in "gk":  # at the top of the list they move nothing, and it may have become that
                self.screen.press(key)
            else:
                self.screen.timed(key, SELECTED, "line", self._asked)
            if self._rest(self._chance.uniform(0.1, 0.5)):
                return

    def _reads(self) -> None:
        self.screen.press("\r")
        self._rest(self._chance.uniform(0.5, 2))
        self.screen.press("kkj")
        self._rest(0.5)
        self._back()

    def _tags(self) -> None:
        self._line(f"tag add {self._token()}")

    def _assigns(self) -> None:
        self._line(self._chance.choice(("assign me", "unassign")))

    def _weighs(self) -> None:
        self._line(f"priority {self._chance.choice(PRIORITIES)}")

    def _notes(self) -> None:
        self._line(f"note {self._token()} was looked at")

    def _closes(self) -> None:
        self.screen.press("x")
        self._rest(0.5)

    def _writes(self) -> None:
        self.screen.press("r")
        self._rest(0.6)
        self._type(f" [{self._token()}] we look into it ")
        self.screen.press("\x13")  # Ctrl-S
        self._rest(1.0)
        self._back()

    def _together(self) -> None:
        self._line(f"go {self.shared}")
        self._rest(0.3)
        for _each in range(self._chance.randint(1, 3)):
            deeds = (self._tags, self._assigns, self._weighs, self._notes, self._renames)
            self._chance.choice(deeds)()
            self.deeds += 1
        self._back()

    def _renames(self) -> None:
        self._line(f"subject {self._token()}")

    def _line(self, text: str) -> None:
        self.screen.press(":")
        self._rest(0.4)
        self._type(text)
        self._looked = self.screen.bytes
        self.screen.press("\r")
        self._rest(0.5)
        self._answers()

    def _answers(self) -> None:
        """A colleague was there a moment ago: is it meant? That may be asked late, and moves no
        line of the list until it is answered."""
        looked = self.screen.bytes
        if self._asked():
            self.screen.press(self._chance.choice(("y", "\x1b")))
            self._rest(0.5)
            # What was drawn twice is no other question; a second answer were a key of the list's.
            looked = self.screen.bytes
        self._looked = looked

    def _asked(self) -> bool:
        return self.screen.wrote(self._looked, "yes")

    def _type(self, text: str) -> None:
        """A letter that can be told from all others is among them."""
        for number, letter in enumerate(text):
            if number == 1 and text.startswith(" "):
                mark = self.screen.letter()
                self.screen.timed(mark, mark, "typing")
            self.screen.press(letter)
            time.sleep(self._chance.uniform(KEY / 2, KEY * 1.5))

    def _back(self) -> None:
        for _twice in range(2):
            self.screen.press("\x1b")
            # An Escape and a key right after it are another key to a terminal program.
            self._rest(0.4)
