"""Runs the desk's hooks: each in a loop of its own, so that none waits for another, and nothing
that comes in or goes out waits for any.

A hook's commands are run in the transaction that notes them: once, whatever happens. A program is
noted before it starts: what ran when an engine died is told as unknown and left to a person. Some
of a hook's programs run at the same time, those of one conversation in their order.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial

from config.model import Config, HookSettings
from config.private_file import why_not_private
from omnitui.desk.context import Desk
from omnitui.desk.hooks import doing, matching, telling
from omnitui.desk.hooks.checking import problems
from omnitui.desk.hooks.matching import AT_ONCE, Due
from omnitui.engine.desk import EngineDesk
from omnitui.engine.hook_program import Result, run_program
from omnitui.engine.keeper import keep
from omnitui.engine.log import LOGGER, failure, name_of
from omnitui.engine.pulse import Pulse, until
from store import events, hooks
from store.errors import StoreError
from store.hooks import Run
from store.model import Event, Millis

LOOK_EVERY = 0.2
"""Seconds between two looks into the log, however much happens."""
SHARE = 1
"""Times as long as a step has taken it is waited for the next one: messages come first."""
REMEMBER = 5_000
"""Events of other kinds after which it is written down how far a hook has got."""
PASSED: Millis = 2_000
"""Milliseconds after which that is written down when some of its kinds have started nothing: who
has the engine started again must not have them looked at once more, as things are then."""
AGAIN = 5_000
"""Milliseconds after which a store that gave no answer is asked again."""
PRUNE_EVERY = 86_400.0
TOLD = 2.0
"""Seconds in which an engine that ends still writes down how a program ended."""

Lane = tuple[int | None, int | None]
"""The conversation, else the customer, whose programs run one after the other."""


def why_refused(config: Config) -> str:
    """Why no engine runs with this config, one sentence: it has hooks, and somebody else can
    change it. "": it does."""
    return why_not_private(config.path) if config.hooks and config.path is not None else ""


class Hooks:
    """All of a desk's."""

    def __init__(self, desk: EngineDesk, pulse: Pulse) -> None:
        self._desk = desk
        self._pulse = pulse

    async def run(self) -> None:
        """Until cancelled."""
        config = self._desk.config
        wrong = problems(config)
        for problem in wrong:
            LOGGER.error("hooks: %s", problem)
        await self._desk.write_patiently(self._start)
        broken = {problem.hook for problem in wrong}
        async with asyncio.TaskGroup() as group:
            for hook in config.hooks:
                if hook.name not in broken:
                    name = f"hook {hook.name}"
                    one = Hook(self._desk, self._pulse, hook)
                    group.create_task(keep(name, one.run), name=name)
            while True:
                await asyncio.sleep(PRUNE_EVERY)
                with contextlib.suppress(StoreError):
                    await self._desk.write(_prune)

    def _start(self, desk: Desk) -> None:
        for run in doing.recover(desk):
            LOGGER.warning("hook %s: run %d may or may not have been done", run.hook, run.id)
        hooks.start(desk.db, [hook.name for hook in desk.config.hooks])
        _prune(desk)


class Hook:
    """One of them."""

    def __init__(self, desk: EngineDesk, pulse: Pulse, hook: HookSettings) -> None:
        self._desk = desk
        self._pulse = pulse
        self._hook = hook
        self._upto = 0
        self._written = 0
        self._passed_at: Millis | None = None
        """When the first event was passed over since it was written down how far the hook is."""
        # Who has one run again leaves no event.
        self._beat = pulse.subscribe_commits(f"hook {hook.name}")
        self._programs: dict[asyncio.Task[None], Lane] = {}
        """Those that run now."""

    async def run(self) -> None:
        """Until cancelled."""
        self._upto = self._written = await self._desk.read(_upto, self._hook)
        async with asyncio.TaskGroup() as group:
            await self._rounds(group)

    async def _rounds(self, group: asyncio.TaskGroup) -> None:
        while True:
            due_at: Millis | None = None
            try:
                while not await self._round(group):
                    pass
                due_at = await self._remember()
            except StoreError as error:
                LOGGER.warning("hook %s: %s", self._hook.name, error)
                due_at = self._desk.now() + AGAIN
            if self._programs:  # where one ends, the next begins
                first = asyncio.FIRST_COMPLETED
                await asyncio.wait([*self._programs], timeout=LOOK_EVERY, return_when=first)
            else:
                await asyncio.sleep(LOOK_EVERY)
            await until(self._beat, due_at, self._desk.now())

    async def _round(self, group: asyncio.TaskGroup) -> bool:
        """One step; whether there is nothing more to do now."""
        began = asyncio.get_running_loop().time()
        if self._hook.do:
            for run in await self._desk.read(_queued, self._hook):
                await self._commands_again(run)
        elif await self._begin_programs(group) >= AT_ONCE:
            return True  # so many are decided that it looks no further
        found = await self._desk.read(matching.due, self._hook, self._upto)
        upto = found.upto
        if found.events and self._hook.do:
            upto = await self._commands(found)
        elif found.events:
            await self._desk.write(doing.note_programs, self._hook, found.events, upto)
            self._written = upto
        self._upto = max(self._upto, upto)
        if found.passed and self._passed_at is None:
            self._passed_at = self._desk.now()
        await self._remember()
        through = found.through and upto == found.upto
        if found.events and self._hook.run:
            return False  # they begin
        if not through:
            spent = asyncio.get_running_loop().time() - began
            await asyncio.sleep(min(1.0, SHARE * spent))
        return through

    async def _remember(self) -> Millis | None:
        """Write down how far the hook is, not at every event; when that is due, None: not by the
        clock."""
        due_at = None if self._passed_at is None else self._passed_at + PASSED
        late = due_at is not None and self._desk.now() >= due_at
        if not late and self._upto - self._written < REMEMBER:
            return due_at
        await self._desk.write(_advance, self._hook, self._upto)
        self._written, self._passed_at = self._upto, None
        return None

    async def _commands(self, found: Due) -> int:
        done, upto = await self._desk.write(
            doing.run_commands, self._hook, found.events, found.upto, self._strange
        )
        self._written = upto
        for run in done:
            self._log(run.id, run.state, run.error)
        return upto

    async def _commands_again(self, run: Run) -> None:
        done = await self._desk.write(doing.run_again, self._hook, run, self._strange)
        if done is not None:
            self._log(done.id, done.state, done.error)

    async def _begin_programs(self, group: asyncio.TaskGroup) -> int:
        """Start what may run now; how many still wait."""
        waiting = await self._desk.read(_queued, self._hook)
        left = len(waiting)
        busy = set(self._programs.values())
        for run in waiting:
            if len(self._programs) >= self._hook.at_once:
                break
            lane = (run.conversation_id, run.customer_id if run.conversation_id is None else None)
            if lane in busy:
                continue
            left -= 1
            if not await self._desk.write(doing.begin_program, run):
                continue
            event = await self._desk.read(_event, run)
            busy.add(lane)
            name = f"hook {self._hook.name}: program"
            task = group.create_task(self._quarantined(run, event), name=name)
            self._programs[task] = lane
            task.add_done_callback(self._ended)
        return left

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._programs[task]
        self._beat.set()

    async def _quarantined(self, run: Run, event: Event) -> None:
        try:
            await self._start(run, event)
        except Exception as error:
            # Quarantined: it stays noted as running, and the others go on.
            self._strange(error)

    async def _start(self, run: Run, event: Event) -> None:
        """Run the program of what is noted as running, and note how it ended."""
        hook = self._hook
        result = Result("unknown", "")
        try:
            given = await self._desk.read(telling.told, hook, event)
            chain = await self._desk.read(matching.chain, event)
            result = await run_program(self._desk.config, hook, event, chain, given)
        except StoreError as error:
            result = Result("failed", str(error))
        except Exception as error:
            # Quarantined: one event of one hook.
            result = Result("failed", self._strange(error))
        finally:
            settle = partial(doing.settle, run=run, state=result.state, error=result.error)
            task = asyncio.current_task()
            patience = TOLD if task is not None and task.cancelling() else None
            if result != Result("unknown", ""):
                await self._desk.write_patiently(settle, patience=patience)
        self._log(run.id, result.state, result.error)
        if task is not None and task.cancelling():
            raise asyncio.CancelledError

    def _strange(self, error: Exception) -> str:
        failure(f"hook {self._hook.name}: unexpected error", error)
        return name_of(error)

    def _log(self, run_id: int, state: str, error: str) -> None:
        if state == "done":
            LOGGER.info("hook %s: run %d is done", self._hook.name, run_id)
        else:
            # Its error may quote a customer: `omnitui hooks` shows it.
            LOGGER.warning("hook %s: run %d: %s", self._hook.name, run_id, state)


def _upto(desk: Desk, hook: HookSettings) -> int:
    found = hooks.upto(desk.db, hook.name)
    return events.last_id(desk.db) if found is None else found


def _advance(desk: Desk, hook: HookSettings, event_id: int) -> None:
    hooks.advance(desk.db, hook.name, event_id)


def _queued(desk: Desk, hook: HookSettings) -> list[Run]:
    return hooks.queued(desk.db, hook.name)


def _event(desk: Desk, run: Run) -> Event:
    return events.get(desk.db, run.event_id)


def _prune(desk: Desk) -> None:
    hooks.prune(desk.db, desk.now())
