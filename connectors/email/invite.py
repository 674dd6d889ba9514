"""A calendar invitation (RFC 5545) as one line for people."""

from __future__ import annotations

import re
from datetime import datetime

_LINE = re.compile(
    r"^(SUMMARY|DTSTART|DTEND|LOCATION|ORGANIZER|METHOD)((?:;[^:\n\"]*(?:\"[^\"\n]*\")?)*):(.*)$",
    re.M | re.I,
)
_ZONE = re.compile(r"TZID=\"?([^;:\"]+)", re.I)


def summary(text: str) -> str:
    """`Invitation: Stand-up, 2024-05-06 10:00 (Europe/Kyiv), Room 4`; empty without an event."""
    text = text[: 256 << 10].replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
    begin = text.upper().find("BEGIN:VEVENT")
    if begin < 0:
        return ""
    method = next(
        (
            m.group(3).strip().upper()
            for m in _LINE.finditer(text[:begin])
            if m.group(1).upper() == "METHOD"
        ),
        "",
    )
    fields: dict[str, tuple[str, str]] = {}
    for match in _LINE.finditer(text, begin):
        fields.setdefault(match.group(1).upper(), (match.group(2), match.group(3).strip()))
    kind = {"CANCEL": "Cancelled", "REPLY": "Answer to invitation"}.get(method, "Invitation")
    parts = [_unescaped(fields.get("SUMMARY", ("", ""))[1]) or "event"]
    if "DTSTART" in fields:
        parts.append(_moment(*fields["DTSTART"]))
    if fields.get("LOCATION", ("", ""))[1]:
        parts.append(_unescaped(fields["LOCATION"][1]))
    return f"{kind}: " + ", ".join(part for part in parts if part)[:300]


def _moment(parameters: str, value: str) -> str:
    for form, shown in (
        ("%Y%m%dT%H%M%SZ", "%Y-%m-%d %H:%M UTC"),
        ("%Y%m%dT%H%M%S", "%Y-%m-%d %H:%M"),
        ("%Y%m%d", "%Y-%m-%d"),
    ):
        try:
            moment = datetime.strptime(value, form).strftime(shown)
        except ValueError:
            continue
        zone = _ZONE.search(parameters)
        return f"{moment} ({zone.group(1)})" if zone and not value.endswith("Z") else moment
    return ""


def _unescaped(value: str) -> str:
    value = re.sub(r"\\[nN]", " ", value)
    return " ".join(re.sub(r"\\(.)", r"\1", value).split())
