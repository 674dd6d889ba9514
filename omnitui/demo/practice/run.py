"""One practice run: what the screen asks of it, and the debrief when it is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

from config.model import Config
from connectors.practice.play import Played, play, themselves
from connectors.practice.playing import answered, began, begin, end, ended
from connectors.practice.scenario import Customer, Scenario
from omnitui.demo.practice import runs, telling
from omnitui.demo.practice.debrief import Debrief, Keys, MatterDebrief
from omnitui.demo.practice.facts import MatterFacts, facts
from omnitui.demo.practice.fastest import Fingers
from omnitui.demo.practice.judging import Judge
from omnitui.demo.practice.used_templates import used
from omnitui.desk.context import Desk
from omnitui.desk.templates import directories, load
from omnitui.tui.link.practice import Line, Standing
from store import clock, identities
from store.driver import Connection
from store.model import ConversationId, CustomerId, MessageId, Millis


class PracticeRun:
    """A scenario on a desk that was prepared for it."""

    def __init__(
        self,
        scenario: Scenario,
        config: Config,
        agent: str,
        pace: float = 1.0,
        history: Path | None = None,
        *,
        now: Callable[[], Millis] = clock.now,
    ) -> None:
        """`history`: the file of earlier runs; None keeps none."""
        self.scenario = scenario
        self.directory = config.home.state / "practice"
        self._config = config
        self._agent = agent
        self._pace = pace
        self._history = history
        self._now = now
        self._keys: dict[ConversationId | None, Keys] = {}
        self._templates: dict[MessageId, tuple[str, ...]] = {}
        self._end: Debrief | None = None
        self._begun = False

    # -- what the screen asks ----------------------------------------------------
    @property
    def title(self) -> str:
        return str(self.scenario.title)

    @property
    def begun(self) -> bool:
        # Asked at every key: a file is looked at until it is there.
        self._begun = self._begun or began(self.directory) is not None
        return self._begun

    @property
    def ended(self) -> bool:
        return self._end is not None

    def briefing(self) -> list[Line]:
        return telling.briefing(self.scenario, self._pace, self._fingers)

    def begin(self) -> None:
        begin(self.directory, self._now())

    def pressed(self, conversation: ConversationId | None, *, typed: bool) -> None:
        if self._end is None and self.begun:
            more = Keys(typed=1) if typed else Keys(pressed=1)
            self._keys[conversation] = self._keys.get(conversation, Keys()) + more

    def standing(self, db: Connection) -> Standing:
        if not self.begun or self._end is not None:
            return Standing(self.begun, False, 0)
        debrief = self.debrief(db)
        rest = [f for m in debrief.matters for f in m.findings if f.open]
        return Standing(True, debrief.over, len(rest))

    def so_far(self, db: Connection) -> list[Line]:
        if self._end is not None:
            return telling.told(self._end)
        return telling.told(self.debrief(db), running=True)

    def end(self, db: Connection) -> list[Line]:
        return telling.told(self.finish(db))

    # -- the debrief -------------------------------------------------------------
    def finish(self, db: Connection) -> Debrief:
        """Raises OSError when it cannot be kept for the next time."""
        if self._end is None:
            end(self.directory, self._now())
            self._end = self.debrief(db)
            if self._history is not None and self._end.answers:
                runs.keep(self._history, self._end)
        return self._end

    def debrief(self, db: Connection) -> Debrief:
        """As it is now. Raises `StoreError`."""
        began_at, now = began(self.directory), self._now()
        until = ended(self.directory) or now
        played = play(self.scenario, began_at or now, self._pace, answered(self.directory), until)
        found = facts(db, self.scenario, played, began_at or now)
        judge = Judge(
            until,
            self._pace,
            self._agent,
            self._used(db, found),
            {one.id: _number(db, one) for one in self.scenario.customers},
            self._fingers,
        )
        # Keys are counted meanwhile, in the screen's thread.
        whole = sum([*self._keys.values()], Keys())
        return Debrief(
            self.scenario.name,
            str(self.scenario.title),
            self._pace,
            began_at or now,
            until,
            played.over,
            whole,
            tuple(self._matter(judge, one, played, number) for number, one in enumerate(found)),
            () if self._history is None else runs.earlier(self._history, self.scenario.name),
        )

    def _matter(
        self, judge: Judge, found: MatterFacts, played: Played, number: int
    ) -> MatterDebrief:
        matter, course = found.matter, played.courses[number]
        ways = self._fingers.ways(matter, len(course.turns), self._agent)
        keys = sum((self._keys.get(one.id, Keys()) for one in found.conversations), Keys())
        within = matter.expect.within or None
        channels = [said.channel for said in played.said if said.matter == number]
        return MatterDebrief(
            matter.id,
            found.customer.name,
            matter.subject,
            tuple(dict.fromkeys(channels or [matter.channel])),
            found.conversations[-1].id if found.conversations else None,
            course.outcome,
            judge.first_reply(found),
            within,
            judge.longest_wait(found),
            len(found.replies),
            judge.templates(found),
            tuple(judge.findings(found)) if found.arrived else (),
            keys,
            tuple(way.shown for way in ways),
            sum(way.presses for way in ways),
            str(matter.expect.hint),
        )

    def _used(
        self, db: Connection, found: list[MatterFacts]
    ) -> Mapping[MessageId, tuple[str, ...]]:
        """Templates by message; an answer is looked at once."""
        fresh = [
            reply.message
            for one in found
            for reply in one.replies
            if reply.message.id not in self._templates
        ]
        if fresh:
            desk = Desk(db, self._config, self._agent)
            templates = load(directories(self._config))
            self._templates |= {one.id: used(desk, templates, one) for one in fresh}
        return self._templates

    @cached_property
    def _fingers(self) -> Fingers:
        from config.keymap import merge
        from omnitui.tui.keys import menus
        from omnitui.tui.keys.keymap import Keymap

        keymap = Keymap(merge(self._config.keys.bindings))

        def menu_key(name: str, line: str) -> str:
            menu = menus.find(name, config=self._config)
            return next((i.key for i in menu.items if i.line == line), "") if menu else ""

        return Fingers(keymap.key_for, menu_key)


def _number(db: Connection, customer: Customer) -> CustomerId | None:
    """Of the customer as the desk knows them, by their own address."""
    known = identities.find(db, "email", themselves(customer).email)
    return known.customer_id if known else None
