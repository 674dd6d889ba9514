"""Calendar data in mails (RFC 5545, 5546), also broken: what is asked of the reader.

`icalendar` was tried: it refuses a calendar without its end or with two of them, and takes
100 ms to be loaded and 1 ms an invitation; what a line for people needs is a dozen properties.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from connectors.email.mime.event import Event, Kind, Moment, repetition
from connectors.email.mime.tnef import Tnef

MAX_CALENDAR = 512 << 10
"""Characters; the event stands at the beginning."""
MAX_EVENTS = 20

_LINE = re.compile(r"([A-Za-z0-9-]{1,60})((?:;[^:;\"\n]*+(?:\"[^\"\n]*+\"[^:;\"\n]*+)*)*):(.*)\Z")
_PARAMETER = re.compile(r";([A-Za-z-]+)=(?:\"([^\"]*)\"|([^;\"]*))")
_DURATION = re.compile(
    r"\+?P(?:(\d{1,3})W)?(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:\d+S)?)?\Z"
)
_METHODS: dict[str, Kind] = {
    "REQUEST": "invitation", "": "event", "PUBLISH": "event", "ADD": "changed",
    "CANCEL": "cancelled", "REPLY": "answered", "COUNTER": "proposal",
    "DECLINECOUNTER": "refused proposal", "REFRESH": "asked again",
}  # fmt: skip
_ANSWERS: dict[str, Kind] = {
    "ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative",
}  # fmt: skip
_CLASSES: tuple[tuple[str, Kind], ...] = (
    ("ipm.schedule.meeting.request", "invitation"),
    ("ipm.microsoft schedule.mtgreq", "invitation"),
    ("ipm.schedule.meeting.canceled", "cancelled"),
    ("ipm.microsoft schedule.mtgcncl", "cancelled"),
    ("ipm.schedule.meeting.resp.pos", "accepted"),
    ("ipm.microsoft schedule.mtgrespp", "accepted"),
    ("ipm.schedule.meeting.resp.neg", "declined"),
    ("ipm.microsoft schedule.mtgrespn", "declined"),
    ("ipm.schedule.meeting.resp.tent", "tentative"),
    ("ipm.microsoft schedule.mtgrespa", "tentative"),
    ("ipm.appointment", "event"),
)


@dataclass(slots=True)
class _Property:
    value: str
    parameters: dict[str, str]


@dataclass(slots=True)
class _Component:
    name: str
    properties: dict[str, _Property] = field(default_factory=dict)

    def text(self, name: str) -> str:
        found = self.properties.get(name)
        return _unescaped(found.value) if found else ""


def events(text: str, method: str = "") -> list[Event]:
    """The meetings and tasks of a calendar, changed single dates left out; at most MAX_EVENTS.

    `method` is that of the Content-Type, for calendars that do not say theirs."""
    found: list[Event] = []
    components = list(_components(text))
    for each in components:
        if each.name == "VCALENDAR":
            method = each.text("METHOD") or method
    for each in components:
        if each.name in ("VEVENT", "VTODO") and len(found) < MAX_EVENTS:
            if "RECURRENCE-ID" in each.properties and found:
                continue
            found.append(_event(each, method.strip().upper()))
    return found


def meeting(tnef: Tnef) -> Event | None:
    """The meeting that Outlook wrapped into winmail.dat, if it is one."""
    name = tnef.message_class.lower()
    kind = next((kind for prefix, kind in _CLASSES if name.startswith(prefix)), None)
    if kind is None:
        return None
    return Event(
        kind=kind, summary=tnef.subject, start=Moment(tnef.start), end=Moment(tnef.end),
        repeats=tnef.pattern, location=tnef.location, person=tnef.sender, all_day=tnef.all_day,
    )  # fmt: skip


def _components(text: str) -> Iterator[_Component]:
    """Each BEGIN … END with its own properties; alarms and zones in it are passed over."""
    stack: list[_Component] = []
    for line in _lines(text):
        match = _LINE.match(line)
        if match is None:
            continue
        name, parameters, value = match.group(1).upper(), match.group(2), match.group(3).strip()
        if name == "BEGIN":
            component = _Component(value.upper())
            if len(stack) < 20:
                stack.append(component)
            # Given out before it is filled: the caller makes a list of them first.
            yield component
        elif name == "END":
            if stack and stack[-1].name == value.upper():
                stack.pop()
        elif stack and name not in stack[-1].properties and len(stack[-1].properties) < 200:
            pairs = {
                key.upper(): quoted or bare for key, quoted, bare in _PARAMETER.findall(parameters)
            }
            if name == "ATTENDEE" and "PARTSTAT" not in pairs:
                continue
            stack[-1].properties[name] = _Property(value, pairs)


def _lines(text: str) -> list[str]:
    text = text[:MAX_CALENDAR].replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\n ", "").replace("\n\t", "").split("\n")


def _event(component: _Component, method: str) -> Event:
    kind: Kind = _METHODS.get(method, "event")
    if component.name == "VTODO" and kind in ("event", "invitation"):
        kind = "task"
    who = component.properties.get("ORGANIZER")
    if kind in ("answered", "proposal", "asked again"):
        who = component.properties.get("ATTENDEE") or who
        if kind == "answered" and who is not None:
            kind = _ANSWERS.get(who.parameters.get("PARTSTAT", "").upper(), kind)
    elif component.text("STATUS").upper() == "CANCELLED":
        kind = "cancelled"
    elif kind == "invitation" and component.text("SEQUENCE") not in ("", "0"):
        kind = "changed"
    start = _moment(component.properties.get("DTSTART") or component.properties.get("DUE"))
    end = _moment(component.properties.get("DTEND"))
    if end.at is None and start.at is not None:
        end = _after(start, component.text("DURATION"))
    rule = component.properties.get("RRULE")
    return Event(
        kind=kind,
        summary=component.text("SUMMARY"),
        start=start,
        end=end,
        repeats=repetition(rule.value) if rule else "",
        location=component.text("LOCATION"),
        person=_person(who) if kind not in ("event", "task") else "",
        description=_paragraphs(component),
        all_day=_is_all_day(component),
    )


def _person(who: _Property | None) -> str:
    if who is None:
        return ""
    address = who.value
    if address[:7].lower() == "mailto:":
        address = address[7:]
    name = _unescaped(who.parameters.get("CN", "").strip("\"'"))
    if name and "@" in address and name.lower() != address.lower():
        return f"{name} <{address}>"
    return name or address


def _is_all_day(component: _Component) -> bool:
    flag = component.properties.get("X-MICROSOFT-CDO-ALLDAYEVENT")
    return flag is not None and flag.value.strip().upper() == "TRUE"


def _moment(found: _Property | None) -> Moment:
    if found is None:
        return Moment(None)
    value = found.value.strip().upper()
    zone = found.parameters.get("TZID", "")
    if zone.startswith("/"):
        zone = "/".join(zone.split("/")[-2:])  # "/mozilla.org/20050126_1/Europe/Berlin"
    try:
        if value.endswith("Z"):
            return Moment(datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC))
        if "T" in value:
            return Moment(datetime.strptime(value, "%Y%m%dT%H%M%S"), zone[:60])
        return Moment(datetime.strptime(value, "%Y%m%d").date())
    except ValueError:
        return Moment(None)


def _after(start: Moment, duration: str) -> Moment:
    match = _DURATION.match(duration.strip().upper()) if duration else None
    if match is None or start.at is None:
        return Moment(None)
    weeks, days, hours, minutes = (int(part or 0) for part in match.groups())
    try:
        later = start.at + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)
    except OverflowError:
        return Moment(None)
    return Moment(later if isinstance(later, datetime | date) else None, start.zone)


def _paragraphs(component: _Component) -> str:
    found = component.properties.get("DESCRIPTION")
    if found is None:
        return ""
    text = re.sub(r"\\([nN])", "\n", found.value[:100_000])
    return re.sub(r"\\(.)", r"\1", text).strip()


def _unescaped(value: str) -> str:
    value = re.sub(r"\\[nN]", " ", value[:10_000])
    return " ".join(re.sub(r"\\(.)", r"\1", value).split())
