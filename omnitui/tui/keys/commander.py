"""From a command line to what it does: whom it is for, in what order, and how it is undone."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from config.i18n import _, ngettext
from omnitui.desk import rights
from omnitui.desk.command import CommandError, Invocation, Registry, split_commands
from omnitui.desk.own_commands import expanded, registry_for
from omnitui.tui.keys import bulk
from omnitui.tui.keys.heard import HEARD, Heard
from omnitui.tui.keys.hold import HOLD, Hold
from omnitui.tui.keys.key_gate import KeyGate
from omnitui.tui.link.desk_link import DeskLink, Outcome
from omnitui.tui.link.drafts import DraftKeeper
from omnitui.tui.link.target import Target
from omnitui.tui.link.undo import GATHERED, Step, UndoStack
from omnitui.tui.widgets.status_bar import Level
from store.errors import NotFound, StoreError
from store.model import ConversationId

if TYPE_CHECKING:
    from omnitui.tui.station.programs import Programs

UNREPEATABLE = frozenset({"mark read", "mark unread", "outbox cancel", "outbox retry"})

OF_THE_AGENT = frozenset({"presence", "attendance", "reclaim"})
"""First words of desk commands that are about no conversation."""
OF_THE_CUSTOMER = frozenset({"customer", "suggestion"})
"""First words of desk commands that are about a customer, who may have no conversation."""
NONE = ConversationId(0)
"""What those are given in the place of one."""

TAKES_AWAY = frozenset(
    {
        "assign",
        "claim",
        "close",
        "hand over",
        "reclaim",
        "reopen",
        "snooze",
        "status",
        "unassign",
    }
)
"""Desk commands after which a conversation may be in another view."""

ANSWERS = "reply with"
"""For several conversations it is asked about: a customer of two of them gets it once."""

OF_THE_DRAFT = frozenset({"reply", "template", "article", "attach", "detach"})
"""First words of desk commands after which a draft may be there, or gone."""

SLOW = 1.0
"""Seconds after which the agent is told why nothing happens."""


class Screen(Protocol):
    """What commands act on, and whom the commander tells."""

    def targets(self) -> list[ConversationId]:
        """Whom a desk command is for: the marked conversations, or the one in view."""

    def customers(self) -> list[Target]:
        """The same for a command about a customer."""

    def say(self, sentence: str, level: Level = "info") -> None: ...

    def show_progress(self, done: int, of: int) -> None:
        """How far work that takes long has come; all of it ends it."""

    def ask_line(self, text: str) -> None:
        """Open the `:` line with `text` in it."""

    async def asked(self, question: str) -> bool:
        """Put a question to the agent: whether the answer is yes."""

    async def answer_many(self, templates: str) -> None:
        """One answer to all that are marked, after a look at who gets it."""

    async def ran(self, line: str, outcomes: Sequence[Outcome]) -> None:
        """A desk command has changed the store."""

    async def undone(self, step: Step) -> None: ...

    @property
    def programs(self) -> Programs:
        """Commands of the agent's own."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    line: str
    targets: tuple[Target, ...]
    sure: bool = False
    """The agent was asked, and means it."""
    asked: str = ""
    """What they were asked."""
    heard: Heard | None = None
    """Who listens."""
    gated: bool = False
    """Keys wait for it: it may take the highlighted row away, and the next key is for another."""


class Commander:
    """Screen commands run at once, keys wait for those that take a moment; desk commands
    queue behind each other with the conversations they were given for."""

    def __init__(
        self,
        screen: Screen,
        registry: Callable[[], Registry],
        link: DeskLink,
        keeper: DraftKeeper,
        gate: KeyGate,
        start: Callable[[Callable[[], Awaitable[None]], str], object],
    ) -> None:
        """`registry` is asked when first needed; `start` runs something in the background
        under a name."""
        self._screen = screen
        self._registry = registry
        self._link = link
        self._keeper = keeper
        self._gate = gate
        self._start = start
        self._jobs: asyncio.Queue[Job] = asyncio.Queue()
        self._undo = UndoStack()
        self._last_line = ""
        self.pressed: Callable[[str], None] = lambda _line: None
        """Told what a key runs."""

    @property
    def registry(self) -> Registry:
        """Every command there is: the screen's, the desk's, those of the settings."""
        return registry_for(self._link.config, self._registry())

    @property
    def built_in(self) -> Registry:
        """The same without those of the settings."""
        return self._registry()

    def offers(self, line: str) -> bool:
        """Whether whoever sits here may run a line of the program's own commands."""
        access = self._link.config.access
        offered = partial(rights.offers, access)
        if line.startswith("menu ") and not rights.may(access, "work"):
            from omnitui.tui.keys import menus

            return menus.is_offered(line.removeprefix("menu "), offered)
        return offered(line)

    def press(self, line: str) -> None:
        """Run a bound command line now; what is missing in it is asked for on the `:` line."""
        self.pressed(line)
        if line.endswith(" "):
            self._screen.ask_line(line)
            return
        self._begin_all(line, asking=True)

    def enter(self, line: str) -> None:
        """Run a line that a person typed."""
        self._begin_all(line, asking=False)

    def remember(self, line: str) -> None:
        """A command whose questions are answered: `repeat` runs it with the same answers."""
        self._last_line = line

    def _begin_all(self, line: str, *, asking: bool) -> None:
        parts = split_commands([line])
        for part in parts[1:]:  # a mistake at the end leaves nothing half done
            try:
                self.registry.find(part)
            except CommandError as error:
                self._screen.say(str(error), "error")
                return
        for part in parts:
            if not self._begin(part, asking=asking):
                return

    def repeat(self) -> None:
        """Run the last desk command on what is in view now."""
        if self._last_line:
            self._begin(self._last_line, asking=False)
        else:
            self._screen.say(_("Nothing to repeat yet."))

    def undo(self) -> None:
        """Take back the last step."""
        step = self._undo.pop()
        if step is None:
            self._screen.say(_("Nothing to undo."))
            return
        self.hold_keys(partial(self._take_back, step), "undo")

    def confirmed(
        self, line: str, targets: Sequence[Target] | None = None, question: str = ""
    ) -> None:
        """Run a line that asked whether it is meant; it is, for whom it was asked about."""
        self._begin(line, asking=False, sure=True, asked=question, targets=targets)

    async def if_meant(
        self, question: str, line: str, targets: Sequence[Target] | None = None
    ) -> None:
        """Run a line when the agent says yes to `question`: for `targets`, else for whom it is
        while it is asked."""
        if targets is None:
            targets = self._targets(line.partition(" ")[0])
        if await self._screen.asked(question):
            self.confirmed(line, targets, question)

    async def run_jobs(self) -> None:
        """Carry out desk commands in order, until cancelled."""
        while True:
            job = await self._jobs.get()
            listening = HEARD.set(job.heard)
            try:
                await self._run_job(job)
            finally:
                HEARD.reset(listening)
                if job.gated:
                    self._gate.open()
                if job.heard is not None:
                    job.heard.end()
                self._jobs.task_done()

    async def idle(self) -> None:
        """Returns when every desk command given so far is done."""
        await self._jobs.join()

    async def execute(self, line: str, targets: Sequence[Target], **options: Any) -> list[Outcome]:
        """Run one desk command line to its end and remember how to undo it.

        `options` as of `DeskLink.run`. Raises `CommandError`, `StoreError`; nothing was
        changed then, unless it is `StoppedOnTheWay`.
        """
        # What is in the box is what the command must see (template insert, reply send).
        with self._patience():
            await self._keeper.flush(raising=True)
            outcomes, stopped = await bulk.run(
                self._link, line, targets, options, self._screen.show_progress
            )
        title = _title(outcomes)
        lines = [(o.target, o.done.undo) for o in outcomes]
        if (gathered := GATHERED.get()) is None or not gathered.add(title, lines):
            self._undo.push(title, lines)
        if said := _with_left_out(title, outcomes):
            self._screen.say(said)
        # It is done: who heard of an error would do it once more. What was not read comes later.
        with contextlib.suppress(StoreError):
            await self._screen.ran(line, outcomes)
        if stopped is not None:
            raise stopped
        return outcomes

    # -- inside --------------------------------------------------------------

    async def _run_job(self, job: Job) -> None:
        from omnitui.desk.session import NeedsConfirmation

        try:
            options = {"confirmed": True, "asked": job.asked} if job.sure else {}
            await self.execute(job.line, job.targets, **options)
        except NeedsConfirmation as question:
            # Beside the queue: who has a question before them may have given more.
            ask = partial(self.if_meant, question.question, job.line, job.targets)
            self.hold_keys(ask, "question")
        except (CommandError, StoreError) as error:
            self._screen.say(str(error), "error")

    def _begin(
        self,
        line: str,
        *,
        asking: bool,
        sure: bool = False,
        asked: str = "",
        targets: Sequence[Target] | None = None,
    ) -> bool:
        try:
            invocation = self.registry.parse(line)
        except CommandError as error:
            found = self.registry.get(line) if asking else None
            if found is not None and any(p.required for p in found.parameters):
                self._screen.ask_line(line + " ")
            else:
                self._screen.say(str(error), "error")
            return False
        command = invocation.command
        if command.kind == "screen":
            return self._run_screen(invocation)
        if command.kind == "macro" or (command.name == "macro" and self._is_mixed(line)):
            self._start_macro(line, sure=sure)
            return True
        if command.kind == "program":
            return self._run_program(invocation)
        if targets is None:
            targets = self._targets(command.name.partition(" ")[0])
        if not targets:
            return self._nobody()
        if command.name not in UNREPEATABLE:
            self._last_line = line
        if command.name == ANSWERS and len(targets) > 1 and not sure:
            self.hold_keys(partial(self._screen.answer_many, *invocation.arguments), ANSWERS)
            return True
        if (heard := HEARD.get()) is not None:
            heard.begin()
        gated = command.name in TAKES_AWAY
        if gated:
            self._gate.close()
        self._jobs.put_nowait(Job(line, tuple(targets), sure, asked, heard, gated))
        return True

    def _nobody(self) -> bool:
        """Nothing is done, since there is nobody to do it to."""
        self._screen.say(_("No conversation is selected."), "warning")
        if (heard := HEARD.get()) is not None:
            heard.errors += heard.said
        return False

    def _targets(self, subject: str) -> list[Target]:
        """Whom a command is for, by its first word."""
        if subject in OF_THE_AGENT:
            return [NONE]
        if subject in OF_THE_CUSTOMER:
            return self._screen.customers()
        if subject == "compose":  # it makes its own
            return [*(self._screen.targets()[:1] or [NONE])]
        return [*self._screen.targets()]

    def _run_program(self, invocation: Invocation) -> bool:
        targets = self._screen.targets()
        if not targets:
            return self._nobody()
        self._screen.programs.begin(invocation, targets)
        return True

    def _is_mixed(self, line: str) -> bool:
        """Not all of the macro that a line runs is the desk's."""
        try:
            return expanded(self._link.config, line, self._registry()) != [line]
        except CommandError:
            return True  # which says why when it is run

    def _start_macro(self, line: str, *, sure: bool) -> None:
        """A macro of which not all is the desk's: one line after the other, as keys would."""
        from omnitui.tui.keys.mixed_macro import MixedMacro

        self._last_line = line
        macro = MixedMacro(self, self._screen, sure=sure)
        lines = partial(expanded, self._link.config, line, self._registry())
        self.hold_keys(lambda: macro.run(lines()), "macro")

    def push_undo(self, title: str, lines: Sequence[tuple[Target, str]]) -> None:
        """What takes back what was just done."""
        self._undo.push(title, lines)

    def _run_screen(self, invocation: Invocation) -> bool:
        try:
            result: Any = invocation.command.run(self._screen, *invocation.arguments)
        except (CommandError, StoreError) as error:
            self._screen.say(str(error), "error")
            return False
        if inspect.isawaitable(result):
            self.hold_keys(lambda: result, invocation.command.name)
        return True

    def hold_keys(self, work: Callable[[], Awaitable[None]], name: str) -> None:
        """Run something beside the screen; keys, and whoever listens, wait for it."""
        hold = Hold(self._gate, HEARD.get())
        hold.take()
        self._start(partial(self._held, work, hold), name)

    async def _held(self, work: Callable[[], Awaitable[None]], hold: Hold) -> None:
        """Let keys go on when the work is done, however it ends."""
        HOLD.set(hold)
        try:
            await work()
        except (CommandError, StoreError) as error:
            self._screen.say(str(error), "error")
        finally:
            hold.let_go()

    @contextlib.contextmanager
    def _patience(self) -> Iterator[None]:
        """Say so when something takes long: keys that seem dead are pressed again."""
        words = _("The store is busy; one moment.")
        late = asyncio.get_running_loop().call_later(SLOW, self._screen.say, words, "warning")
        try:
            yield
        finally:
            late.cancel()

    async def _take_back(self, step: Step) -> None:
        try:
            with self._patience():
                await self._keeper.flush(raising=True)
                outcomes, rest = await bulk.undo(self._link, step, self._screen.show_progress)
        except NotFound:
            raise  # nor is it there the next time: earlier steps wait below
        except StoreError:
            self._undo.put_back(step)
            raise
        if rest is not None:
            self._undo.put_back(rest)
        title = step.title or _title(outcomes)
        kept = [one.kept for one in outcomes if one.kept]
        if len(kept) == len(outcomes) and kept:
            raise CommandError(kept[0])
        said = _("Undone: {what}").format(what=title) if title else _("Undone.")
        if kept:
            self._screen.say(f"{said.rstrip('.')}. {_not_undone(kept)}", "warning")
        else:
            self._screen.say(said)
        await self._screen.undone(step)


def _not_undone(kept: Sequence[str]) -> str:
    """Of several, what stayed as it is, and why the first one did."""
    n = len(kept)
    words = ngettext("{n} conversation not: {why}", "{n} conversations not: {why}", n)
    return words.format(n=n, why=kept[0])


def _title(outcomes: Sequence[Outcome]) -> str:
    """One sentence for all: the first one's words, and to how many all of it was done."""
    whole = [o for o in outcomes if not o.left_out] or outcomes
    words = next((o.done.message for o in whole if o.done.message), "")
    n = len(whole)
    if n < 2 or not words:
        return words
    return ngettext("{what} ({n} conversation)", "{what} ({n} conversations)", n).format(
        what=words.rstrip("."), n=n
    )


def _with_left_out(title: str, outcomes: Sequence[Outcome]) -> str:
    """The sentence, and from how many an answer did not go out."""
    n = sum(one.left_out for one in outcomes)
    if not n:
        return title
    words = _("A customer gets it once, where they wrote last; left out: {n}.").format(n=n)
    return f"{title.rstrip('.')}. {words}" if title else words
