"""A briefing and a debrief in words: lines for the screen, or for standard output."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from config.i18n import _, ngettext
from connectors.practice.scenario import Scenario
from omnitui.demo.practice.debrief import Debrief, EarlierRun, MatterDebrief
from omnitui.demo.practice.fastest import Fingers
from omnitui.demo.practice.judging import Finding
from omnitui.demo.practice.spans import span
from omnitui.tui.link.practice import Line, Tone
from omnitui.tui.words.channels import channel_name
from omnitui.tui.words.languages import language_name

BLANK = Line("", "")


def briefing(scenario: Scenario, pace: float, fingers: Fingers) -> list[Line]:
    n, channels = len(scenario.customers), dict.fromkeys(m.channel for _c, m in scenario.matters)
    languages = dict.fromkeys(customer.language for customer in scenario.customers)
    return [
        *(line for part in str(scenario.about).split("\n\n") for line in (Line("", part), BLANK)),
        Line(
            _("who writes"),
            ngettext("{n} customer", "{n} customers", n).format(n=n)
            + f" · {', '.join(map(language_name, languages))}"
            + f" · {', '.join(map(channel_name, channels))}",
        ),
        Line(_("pace"), f"×{pace:g}"),
        Line(
            _("answer"),
            _("{key} writes, {template} with a template, {send} sends").format(
                key=fingers.key("reply"),
                template=fingers.key("reply template"),
                send=fingers.key("reply send", "reply"),
            ),
        ),
        Line(
            _("go on"),
            _("{key} to who waits longest, {help} shows all keys").format(
                key=fingers.key("next"), help=fingers.key("help")
            ),
        ),
        Line(_("debrief"), _(":practice shows how it goes, :practice end ends it")),
    ]


def told(debrief: Debrief, *, running: bool = False) -> list[Line]:
    """`running`: it goes on, so that what was not done yet can still be."""
    return [
        *_numbers(debrief),
        *(line for matter in debrief.come for line in _matter(matter, running)),
        *_unseen(debrief),
    ]


def as_text(lines: Sequence[Line], title: str, width: int = 100) -> str:
    """For standard output, in so many columns."""
    label = max((len(line.label) for line in lines), default=0)
    rows = [title]
    for line in lines:
        if line == BLANK:
            rows.append("")
        elif line.tone == "strong" and not line.label:
            rows.append(line.text)
        else:
            begin = f"  {line.label:<{label}}  " if line.label else "  "
            rows += textwrap.wrap(
                line.text, max(width, 40), initial_indent=begin, subsequent_indent=" " * len(begin)
            )
    return "\n".join(rows) + "\n"


def _numbers(debrief: Debrief) -> Iterator[Line]:
    lasted = (debrief.ended_at - debrief.began_at) / 1000
    yield Line(
        _("points"),
        _("{met} of {of}, in {time} at pace ×{pace}").format(
            met=debrief.met, of=debrief.of, time=span(lasted), pace=f"{debrief.pace:g}"
        ),
        "good" if debrief.of and debrief.met == debrief.of else "strong",
    )
    if debrief.first_reply is None:
        yield Line(_("first reply"), _("nobody was answered"), "loud")
    else:
        yield Line(
            _("first reply"),
            _("{time} (the median) · longest wait {longest}").format(
                time=span(debrief.first_reply), longest=span(debrief.longest_wait)
            ),
        )
    n = debrief.answers
    of_them = sum(bool(matter.templates) for matter in debrief.matters)
    names = ", ".join(f"{name} {n}×" for name, n in debrief.templates.items())
    if names:
        words = ngettext("{names}, in {n} conversation", "{names}, in {n} conversations", of_them)
        yield Line(_("templates"), words.format(names=names, n=of_them))
    else:
        yield Line(_("templates"), _("none used"))
    yield Line(_("keys"), _keys(debrief, n))
    yield Line("", _("Texts do not count in the fastest way: “…” stands for them."), "quiet")
    yield from _before(debrief)


def _keys(debrief: Debrief, answers: int) -> str:
    words = _("{pressed} pressed and {typed} typed").format(
        pressed=debrief.keys.pressed, typed=debrief.keys.typed
    )
    if debrief.keys_per_answer is not None:
        words += " · " + _("{n} an answer").format(n=f"{debrief.keys_per_answer:g}")
    if debrief.fastest_presses:
        words += " · " + _("the fastest way: {n} in all").format(n=debrief.fastest_presses)
    return words


def _before(debrief: Debrief) -> Iterator[Line]:
    runs = [run for run in debrief.earlier if run.of]
    if not runs:
        return
    best = max(runs, key=lambda run: (run.met / run.of, -run.longest_wait))
    yield Line(_("last time"), _run(runs[-1]), _better(debrief, runs[-1]))
    if best is not runs[-1]:
        n = len(runs)
        yield Line(ngettext("best of {n}", "best of {n}", n).format(n=n), _run(best))


def _better(debrief: Debrief, run: EarlierRun) -> Tone:
    if not debrief.of:
        return "text"
    return "good" if debrief.met / debrief.of >= run.met / run.of else "text"


def _run(run: EarlierRun) -> str:
    words = [_("{met} of {of}").format(met=run.met, of=run.of)]
    if run.first_reply is not None:
        words.append(_("first reply {time}").format(time=span(run.first_reply)))
    words.append(_("longest wait {time}").format(time=span(run.longest_wait)))
    if run.keys_per_answer is not None:
        words.append(_("{n} keys an answer").format(n=f"{run.keys_per_answer:g}"))
    return " · ".join(words)


def _matter(matter: MatterDebrief, running: bool) -> Iterator[Line]:
    channels = ", ".join(channel_name(channel) for channel in matter.channels)
    title = " · ".join(part for part in (matter.customer, matter.subject, channels) if part)
    if matter.conversation is not None:
        title += f" · #{matter.conversation}"
    yield BLANK
    yield Line("", title, "strong")
    outcomes = {
        "waits": _("still waits for an answer"),
        "reads": _("has your answer"),
        "content": _("is content"),
        "left": _("has given up"),
    }
    yield Line(
        _("the customer"),
        outcomes[matter.outcome],
        "loud" if matter.outcome in ("waits", "left") else "good",
    )
    if matter.first_reply is not None:
        words = _("after {time}").format(time=span(matter.first_reply))
        if matter.answers > 1:
            n = matter.answers
            words += " · " + ngettext("{n} answer in all", "{n} answers in all", n).format(n=n)
        if matter.longest_wait > matter.first_reply:
            words += " · " + _("longest wait {time}").format(time=span(matter.longest_wait))
        yield Line(_("first reply"), words)
    if matter.templates:
        yield Line(_("templates"), ", ".join(matter.templates))
    for finding in matter.findings:
        yield _to_do(finding) if running and finding.open else _finding(finding)
    missed = any(not one.met and not (running and one.open) for one in matter.findings)
    if missed and matter.hint:
        yield Line(_("hint"), matter.hint)
    keys = _("{pressed} pressed, {typed} typed").format(
        pressed=matter.keys.pressed, typed=matter.keys.typed
    )
    fastest = _("the fastest way: {keys} ({n})").format(
        keys=", ".join(matter.fastest), n=matter.fastest_presses
    )
    yield Line(_("keys"), f"{keys} · {fastest}" if matter.fastest else keys, "quiet")


def _unseen(debrief: Debrief) -> Iterator[Line]:
    """Who had not written by the end."""
    names = [matter.customer for matter in debrief.matters if matter.outcome == "to come"]
    if names:
        yield BLANK
        yield Line("", _("Had not written yet: {names}").format(names=", ".join(names)), "quiet")


def _to_do(finding: Finding) -> Line:
    return Line("○", finding.expected + (f" → {finding.look}" if finding.look else ""))


def _finding(finding: Finding) -> Line:
    if finding.met:
        return Line("✓", finding.expected, "good")
    words = finding.expected
    if finding.found:
        words += " " + _("It was: {found}.").format(found=finding.found.rstrip("."))
    if finding.look:
        words += f" → {finding.look}"
    return Line("✗", words, "loud")
