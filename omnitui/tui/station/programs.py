"""Commands of one's own at the screen: their questions, their runs, what they print.

A program runs beside the screen, for every conversation that the command was given; keys never
wait for it longer than a moment.
"""

from __future__ import annotations

import asyncio
import json
import shlex
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.dom import NoScreen

from config.i18n import _, ngettext
from config.model import OwnCommand, Prompt
from omnitui.desk.command import CommandError, Invocation
from omnitui.tui.keys.heard import HEARD
from omnitui.tui.text.safe_text import one_line, safe
from store.errors import StoreError
from store.model import ConversationId, MessageId

if TYPE_CHECKING:
    from omnitui.desk.programs import Situation
    from omnitui.tui.station.stage import Stage

Answers = Mapping[str, str]
_Job = tuple[ConversationId, MessageId | None]


class Programs:
    """Runs [commands] of the settings."""

    def __init__(self, screen: Stage) -> None:
        self._screen = screen

    def begin(self, invocation: Invocation, targets: Sequence[ConversationId]) -> None:
        """Ask what has to be asked, then run it for all `targets`, beside the screen."""
        command = self._command(invocation)
        jobs = self._jobs(targets)

        async def ask() -> None:
            answers = await self._answers(command, invocation, len(jobs))
            if answers is None:
                self._screen.say(_("Nothing was run."))
                return
            self._screen.commander.remember(line_of(command, answers))
            if (heard := HEARD.get()) is not None:
                heard.begin()
            work = partial(self._told, command, answers, jobs)
            self._screen.desk_app.background(work, f"program {command.name}")

        self._screen.commander.hold_keys(ask, f"questions of {command.name}")

    async def finish(self, invocation: Invocation, targets: Sequence[ConversationId]) -> None:
        """The same within a macro: returns when it has run. Raises `CommandError`."""
        command = self._command(invocation)
        jobs = self._jobs(targets)
        answers = await self._answers(command, invocation, len(jobs))
        if answers is None:
            raise CommandError(_("Nothing was run."))
        await self._run(command, answers, jobs)

    def _command(self, invocation: Invocation) -> OwnCommand:
        return self._screen.link.config.commands[invocation.command.name]

    def _jobs(self, targets: Sequence[ConversationId]) -> list[_Job]:
        """Each conversation, of the one that is read with its highlighted message."""
        screen = self._screen
        shown = screen.timeline.selected_message if screen.focused_pane != "inbox" else None
        return [
            (one, shown.id if shown and shown.conversation_id == one else None) for one in targets
        ]

    # -- questions -------------------------------------------------------------

    async def _answers(
        self, command: OwnCommand, invocation: Invocation, count: int
    ) -> Answers | None:
        """One question after the other, and at last whether it is meant for `count`
        conversations; None: it is not. The next is there before another key is read."""
        answers = answers_of(command, invocation)
        for prompt in command.prompts:
            if prompt.name in answers:
                continue
            answer = await self._answer(command, answers, prompt)
            if answer is None:
                return None
            answers[prompt.name] = answer
        return answers if await self._is_meant(command, count) else None

    async def _answer(self, command: OwnCommand, answers: Answers, prompt: Prompt) -> str | None:
        from omnitui.tui.screens.line_editor import LineEditor
        from omnitui.tui.screens.lists import ListChooser

        shown = self._screen.desk_app.shown
        title = prompt.ask or prompt.name
        if prompt.choices:
            ordered = sorted(prompt.choices, key=lambda choice: choice != prompt.default)
            chosen = await shown(ListChooser(title, ordered))
            return chosen[0] if chosen else None
        answer: str | None = None

        async def submit(text: str) -> str:
            nonlocal answer
            if prompt.required and not text:
                return _("Something has to stand here.")
            answer = text
            return ""

        accepts = self._next(command, answers, prompt)
        await shown(LineEditor(title, prompt.default, submit, above=command.help, accepts=accepts))
        return answer

    def _next(self, command: OwnCommand, answers: Answers, prompt: Prompt) -> str:
        more = any(one.name not in answers and one is not prompt for one in command.prompts)
        return _("goes on") if more or command.confirm or command.dangerous else _("runs it")

    async def _is_meant(self, command: OwnCommand, count: int) -> bool:
        from omnitui.tui.screens.line_editor import LineEditor

        if not (command.confirm or command.dangerous):
            return True
        many = ngettext("for {n} conversation", "for {n} conversations", count).format(n=count)
        question = command.confirm or _("Run “{name}”?").format(name=command.name)
        shown = f"{question} ({many})" if count > 1 else question
        if not command.dangerous:
            return await self._screen.overlays.asked(shown)
        meant = False
        word = _("yes")

        async def submit(text: str) -> str:
            nonlocal meant
            meant = text.casefold() in ("yes", word.casefold())
            return "" if meant else _("Type “{word}” if you mean it.").format(word=word)

        overlay = LineEditor(
            _("Type “{word}” if you mean it").format(word=word),
            "",
            submit,
            above="\n".join(filter(None, (shown, command.help))),
            accepts=_("runs it"),
        )
        await self._screen.desk_app.shown(overlay)
        return meant

    # -- running ---------------------------------------------------------------

    async def _told(self, command: OwnCommand, answers: Answers, jobs: list[_Job]) -> None:
        try:
            await self._run(command, answers, jobs)
        except (CommandError, StoreError) as error:
            self._screen.say(str(error), "error")
        except NoScreen:
            return  # the agent has left meanwhile: there is nobody to tell
        finally:
            if (heard := HEARD.get()) is not None:
                heard.end()

    async def _run(self, command: OwnCommand, answers: Answers, jobs: list[_Job]) -> None:
        """For each conversation; one that fails does not keep the others from theirs."""
        screen = self._screen
        await screen.keeper.flush(raising=True)
        printed: list[tuple[ConversationId, str]] = []
        failed: list[CommandError] = []
        for number, (conversation_id, message_id) in enumerate(jobs, 1):
            self._running(command, number, len(jobs))
            about = await screen.link.situation(conversation_id, message_id)
            try:
                text = await self._once(command, answers, about)
                if command.output == "draft" and text.strip():
                    await self._draft(conversation_id, text, about)
            except CommandError as error:
                failed.append(error)
            else:
                printed.append((conversation_id, text))
        if failed and len(jobs) > 1:
            raise CommandError(
                ngettext(
                    "{name} failed for {n} conversation: {why}",
                    "{name} failed for {n} conversations, first: {why}",
                    len(failed),
                ).format(name=command.name, n=len(failed), why=failed[0])
            ) from failed[0]
        if failed:
            raise failed[0]
        await self._shown(command, printed)

    def _running(self, command: OwnCommand, number: int, count: int) -> None:
        words = _("{name} is running …").format(name=command.name)
        if count > 1:
            words = _("{name} is running: {n} of {count} …").format(
                name=command.name, n=number, count=count
            )
        self._screen.say(words)

    async def _once(self, command: OwnCommand, answers: Answers, about: Situation) -> str:
        from omnitui.desk import programs

        argv = programs.argv_of(command, answers, about.facts)
        env = programs.environment(self._screen.link.config, about.facts)
        given = {**about.given, "answers": dict(answers)}
        if command.output == "terminal":
            await self._in_terminal(command, argv, env, json.dumps(given, ensure_ascii=False))
            return ""
        printed = await programs.run(
            command.name, argv, given, seconds=command.timeout, env={**env, "NO_COLOR": "1"}
        )
        return programs.plain(printed)

    async def _in_terminal(
        self, command: OwnCommand, argv: list[str], env: dict[str, str], given: str
    ) -> None:
        """It has the agent's keys, so what it is told is in a file."""
        from omnitui.tui.station.outside import run_here

        path = await asyncio.to_thread(_private, given)
        try:
            status = await run_here(self._screen.app, argv, {**env, "OMNITUI_JSON": str(path)})
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        if status:
            raise CommandError(
                _("{program} ended with status {status}.").format(
                    program=command.name, status=status
                )
            )

    def is_looked_at(self, conversation_id: ConversationId) -> bool:
        """The agent has not gone on meanwhile: the screen may open the reply box there, and takes
        no keys away that are meant for somebody else."""
        screen = self._screen
        return screen.app.screen is screen and screen.chosen == conversation_id

    async def elsewhere(self, name: str, conversation_id: ConversationId) -> str:
        """That a program wrote a draft for somebody who is not in view any more."""
        found = await self._screen.link.conversation(conversation_id)
        who = one_line(found.subject) or f"#{conversation_id}"
        words = _("{name} wrote a draft in “{conversation}”: read it before you send it.")
        return words.format(name=name, conversation=who)

    async def _draft(self, conversation_id: ConversationId, text: str, about: Situation) -> None:
        """What it printed is the reply's text; what was typed meanwhile stays above it."""
        screen = self._screen
        await screen.keeper.flush(raising=True)
        now = await screen.link.draft_text(conversation_id)
        text = text.rstrip("\n")
        if now != about.facts["draft"]:
            text = f"{now}\n\n{text}".lstrip("\n")
        await screen.commander.execute(f"reply set {shlex.quote(text)}", [conversation_id])

    async def _shown(self, command: OwnCommand, printed: list[tuple[ConversationId, str]]) -> None:
        screen = self._screen
        written = [(one, text) for one, text in printed if text.strip()]
        name = command.name
        match command.output:
            case "popup" if written:
                screen.say(_("{name} is done.").format(name=name))
                self._pop_up(command, written, several=len(printed) > 1)
            case "draft" if written:
                only = written[0][0] if len(printed) == 1 else None
                if only is not None and not self.is_looked_at(only):
                    screen.say(await self.elsewhere(name, only))
                    return
                if only is not None and await screen.reading.ensure(only):
                    await screen.writing.start("reply")
                screen.say(
                    ngettext(
                        "{name} wrote a draft: read it before you send it.",
                        "{name} wrote {n} drafts: read them before you send them.",
                        len(written),
                    ).format(name=name, n=len(written))
                )
            case "draft":
                screen.say(_("{name} wrote nothing; the draft is as it was.").format(name=name))
            case "popup":
                screen.say(_("{name} is done and printed nothing.").format(name=name))
            case "none":
                screen.say(_("{name} is done.").format(name=name))
            case _:
                screen.status.clear()

    def _pop_up(
        self, command: OwnCommand, written: list[tuple[ConversationId, str]], *, several: bool
    ) -> None:
        from omnitui.tui.screens.printed import Printed

        parts = [f"── {one} ──\n{text}" if several else text for one, text in written]
        title = command.help or command.name
        text = "\n".join(part.rstrip("\n") for part in parts)
        popup = Printed(safe(title), text, self._screen.link.config.access)
        self._screen.desk_app.show_overlay(popup, lambda _nothing: None)


def answers_of(command: OwnCommand, invocation: Invocation) -> dict[str, str]:
    """What the arguments of a line answer."""
    names = [prompt.name for prompt in command.prompts]
    return dict(zip(names, invocation.arguments, strict=False))


def line_of(command: OwnCommand, answers: Answers) -> str:
    """The command line that runs it again with the same answers."""
    words = [answers.get(prompt.name, "") for prompt in command.prompts]
    return " ".join([command.name, *map(shlex.quote, words)])


def _private(text: str) -> Path:
    descriptor, name = tempfile.mkstemp(prefix="omnitui-", suffix=".json")
    with open(descriptor, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    return Path(name)
