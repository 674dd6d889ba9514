"""Whether a matter went as its scenario expects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from config.i18n import _, ngettext, pgettext
from connectors.practice.scenario import Expectation
from omnitui.demo.practice.facts import MatterFacts
from omnitui.demo.practice.fastest import Fingers
from omnitui.demo.practice.spans import span
from omnitui.tui.words.channels import channel_name
from store.model import CustomerId, MessageId, Millis

PRIORITIES = {"low": -1, "normal": 0, "high": 1, "urgent": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    expected: str
    """What was to be, a sentence."""
    met: bool
    found: str = ""
    """What was instead, or how well it went."""
    look: str = ""
    """Where the way to it is."""
    late: bool = False
    """Nothing can be done about it any more."""

    @property
    def open(self) -> bool:
        """It was not done, and still can be."""
        return not self.met and not self.late


@dataclass(frozen=True, slots=True)
class Judge:
    """`now` is the moment of judging; times are compared at the run's pace."""

    now: Millis
    pace: float
    agent: str
    used: Mapping[MessageId, tuple[str, ...]]
    """Message → names of the templates in it."""
    customers: Mapping[str, CustomerId | None]
    """By their ids in the scenario, as they are now."""
    fingers: Fingers

    def findings(self, facts: MatterFacts) -> list[Finding]:
        wanted = facts.matter.expect
        return [
            *self._times(facts, wanted),
            *self._words(facts, wanted),
            *self._order(facts, wanted),
        ]

    def seconds(self, since: Millis, until: Millis) -> float:
        """In the scenario's time."""
        return (until - since) * self.pace / 1000

    def first_reply(self, facts: MatterFacts) -> float | None:
        """Seconds until it; None: there is none."""
        if not facts.arrived or not facts.replies:
            return None
        return self.seconds(facts.arrived[0], facts.replies[0].at)

    def longest_wait(self, facts: MatterFacts) -> float:
        """Seconds; a wait that goes on counts until now."""
        return max((self.seconds(a, b or self.now) for a, b in facts.waits), default=0.0)

    def templates(self, facts: MatterFacts) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(
                name for reply in facts.replies for name in self.used.get(reply.message.id, ())
            )
        )

    # -- what is expected --------------------------------------------------------
    def _times(self, facts: MatterFacts, wanted: Expectation) -> Iterator[Finding]:
        look = _("{key} goes to who waits longest").format(key=self.fingers.key("next"))
        if wanted.within:
            took = self.first_reply(facts)
            gone = self.seconds(facts.arrived[0], self.now) if facts.arrived else 0
            late = (gone if took is None else took) > wanted.within
            yield Finding(
                _("A first answer within {time}.").format(time=span(wanted.within)),
                took is not None and not late,
                _("none") if took is None else _("it took {time}").format(time=span(took)),
                look,
                late=late,
            )
        if wanted.never_waits:
            took = self.longest_wait(facts)
            yield Finding(
                _("No message waits longer than {time}.").format(time=span(wanted.never_waits)),
                took <= wanted.never_waits,
                _("one waited {time}").format(time=span(took)),
                look,
                late=took > wanted.never_waits,
            )
        if facts.matter.waits and any(wait.leaves for wait in facts.matter.waits):
            yield Finding(
                _("The customer does not give up."),
                not facts.left,
                _("they did") if facts.left else "",
                look,
                late=facts.left,
            )

    def _words(self, facts: MatterFacts, wanted: Expectation) -> Iterator[Finding]:
        said = [reply.message.text.casefold() for reply in facts.replies]
        if wanted.templates:
            used = self.templates(facts)
            yield Finding(
                _("Template: {names}.").format(names=_any(wanted.templates)),
                any(name in wanted.templates for name in used),
                ", ".join(used) or _("no template"),
                _("{keys} chooses one").format(keys=self.fingers.key("reply template")),
            )
        for text in wanted.says:
            either = [part.strip() for part in text.split("|") if part.strip()]
            yield Finding(
                _("The customer is told “{words}”.").format(words=either[0]),
                any(part.casefold() in one for part in either for one in said),
            )
        for text in wanted.avoids:
            there = any(text.casefold() in one for one in said)
            yield Finding(
                _("“{words}” is not said.").format(words=text),
                bool(said) and not there,
                _("it was") if there else "",
                late=there,
            )
        if wanted.by_name:
            name = facts.customer.name.split()[0].casefold()
            stem = name[:-1] if len(name) > 3 else name  # names are inflected
            yield Finding(
                _("They are called by their name."),
                any(stem in one for one in said),
                look=_("templates fill it in: {variable}").format(
                    variable="{{ customer.first_name }}"
                ),
            )
        if wanted.answers:
            n = len(facts.replies)
            yield Finding(
                ngettext("One answer is enough.", "{n} answers are enough.", wanted.answers).format(
                    n=wanted.answers
                ),
                0 < n <= wanted.answers,
                ngettext("{n} answer", "{n} answers", n).format(n=n),
                late=n > wanted.answers,
            )
        if wanted.channel:
            last = facts.replies[-1].message.channel if facts.replies else ""
            yield Finding(
                _("The last answer goes by: {channel}.").format(
                    channel=channel_name(wanted.channel)
                ),
                last == wanted.channel,
                channel_name(last) if last else "",
                _("{key} in the reply box").format(key=self.fingers.key("menu channel", "reply")),
            )

    def _order(self, facts: MatterFacts, wanted: Expectation) -> Iterator[Finding]:
        now = facts.conversations[-1] if facts.conversations else None
        ways = self.fingers
        if wanted.tags:
            tags = now.tags if now else ()
            for tag in wanted.tags:
                yield Finding(
                    _("Tag: {tag}.").format(tag=tag),
                    tag in tags,
                    ", ".join(tags),
                    ways.way("choose-tag").shown,
                )
        if wanted.priority:
            found = now.priority if now else 0
            yield Finding(
                _("Priority: {priority}.").format(priority=priorities()[wanted.priority]),
                now is not None and found == PRIORITIES[wanted.priority],
                next(priorities()[word] for word, n in PRIORITIES.items() if n == found),
                ways.way(f"priority {wanted.priority}").shown,
            )
        if wanted.assignee:
            agent = self.agent if wanted.assignee == "me" else wanted.assignee
            yield Finding(
                _("Assigned to: {agent}.").format(agent=agent),
                now is not None and now.assignee.casefold() == agent.casefold(),
                (now.assignee if now else "") or _("nobody"),
                ways.way("assign me" if wanted.assignee == "me" else "choose-agent").shown,
            )
        if wanted.note:
            yield Finding(
                _("A note for colleagues.")
                if wanted.note == ("",)
                else _("A note that says “{words}”.").format(words=", ".join(wanted.note)),
                bool(facts.notes)
                and all(
                    any(part.casefold() in one.casefold() for one in facts.notes)
                    for part in wanted.note
                ),
                look=ways.way("reply note").shown,
            )
        if wanted.merged_with:
            other = self.customers.get(wanted.merged_with)
            yield Finding(
                _("They and {who} are one customer.").format(who=wanted.merged_with),
                other is not None and other == facts.customer_id,
                look=ways.way("card accept").shown,
            )
        if wanted.status:
            yield Finding(
                _("Status: {status}.").format(status=statuses()[wanted.status]),
                now is not None and now.status == wanted.status,
                statuses()[now.status] if now else "",
                ways.way(_STATUS[wanted.status]).shown,
            )


_STATUS = {
    "closed": "close",
    "pending": "status pending",
    "open": "status open",
    "snoozed": "snooze tomorrow 9",
}


def statuses() -> dict[str, str]:
    return {
        "open": pgettext("status", "open"),
        "pending": pgettext("status", "pending"),
        "snoozed": pgettext("status", "snoozed"),
        "closed": pgettext("status", "closed"),
    }


def priorities() -> dict[str, str]:
    return {
        "low": _("low"),
        "normal": _("normal"),
        "high": _("high"),
        "urgent": _("urgent"),
    }


def _any(names: Sequence[str]) -> str:
    return " / ".join(names)
