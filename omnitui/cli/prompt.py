"""Questions on a terminal, or answered by lines on standard input; secrets are never shown."""

from __future__ import annotations

import sys
from collections.abc import Callable

from config.i18n import _
from config.problems import BadValue
from omnitui.cli.failure import Failure, WrongUsage


class Prompt:
    """Asks, and with `assume` takes every default without asking (`--yes`)."""

    def __init__(self, *, assume: bool = False) -> None:
        self.assume = assume

    @property
    def interactive(self) -> bool:
        return not self.assume

    def say(self, line: str = "") -> None:
        print(line, flush=True)

    def ask(
        self,
        question: str,
        default: str = "",
        *,
        option: str = "",
        check: Callable[[str], object] | None = None,
    ) -> str:
        """One line. `check` raises `BadValue` for an answer that will not do: asked again then.

        Raises `WrongUsage` when nobody can be asked and there is no default.
        """
        if self.assume:
            if not default:
                raise WrongUsage(
                    _("“--yes” asks nothing, so {option} must be given.").format(option=option)
                )
            return self._checked(default, check, option)
        while True:
            shown = f"{question} [{default}]: " if default else f"{question}: "
            answer = self._line(shown).strip() or default
            if not answer:
                continue
            try:
                if check is not None:
                    check(answer)
            except BadValue as bad:
                self.say(_complaint(bad))
                continue
            return answer

    def secret(self, question: str, *, option: str) -> str:
        """A line that is not echoed."""
        if self.assume:
            raise WrongUsage(
                _("“--yes” asks nothing, so {option} must be given.").format(option=option)
            )
        if not sys.stdin.isatty():
            return self._line(f"{question}: ").rstrip("\r\n")
        import getpass

        while True:
            answer = getpass.getpass(f"{question}: ")
            if answer:
                return answer

    def choose(self, question: str, choices: dict[str, str], default: str) -> str:
        """One of the letters in `choices` (letter → what it does)."""
        if self.assume:
            return default
        self.say(question)
        for letter, meaning in choices.items():
            self.say(f"  {letter}  {meaning}")
        while True:
            answer = self._line(f"[{default}]: ").strip().lower() or default
            if answer in choices:
                return answer
            self.say(_("Answer with one of {letters}.").format(letters=", ".join(choices)))

    def confirm(self, question: str, *, default: bool = True) -> bool:
        if self.assume:
            return default
        letters = "Y/n" if default else "y/N"
        answer = self._line(f"{question} [{letters}] ").strip().lower()
        return default if not answer else answer[0] in "yjtтдo"  # yes, ja, tak, так, да, oui

    def _line(self, shown: str) -> str:
        try:
            return input(shown)
        except EOFError:
            raise Failure(
                _("The answers ended before the questions did; nothing was changed.")
            ) from None

    @staticmethod
    def _checked(answer: str, check: Callable[[str], object] | None, option: str) -> str:
        try:
            if check is not None:
                check(answer)
        except BadValue as bad:
            raise WrongUsage(f"{option}: {bad.sentence} {bad.hint}".strip()) from None
        return answer


def _complaint(bad: BadValue) -> str:
    text = f"{bad.sentence} {bad.hint}".strip()
    return f"  {text[:1].upper()}{text[1:]}"
