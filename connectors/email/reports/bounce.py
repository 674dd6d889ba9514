"""Delivery failures: RFC 3464 reports, and the free texts of servers that write none.

The report's own fields win; the words fill what it leaves open. `hard` is true only when
the address itself is dead, false when the words or the code say that it is not, and None
when nobody says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from connectors.contract import Address, Bounce
from connectors.email.ids import read_id, read_ids
from connectors.email.mime.body import read_body
from connectors.email.mime.headers import Headers, read_headers
from connectors.email.mime.parts import Part, read_parts
from connectors.email.reports import bounce_text
from connectors.email.reports.bounce_signs import looks_like_bounce, may_be_bounce, sent_on
from connectors.email.reports.dead_address import cause, is_dead
from connectors.email.reports.delivery_report import (
    ADDRESS,
    FIELDS,
    Failure,
    envelope_id,
    failures,
    report_parts,
    ses_notice,
)
from connectors.email.reports.failure_stage import stage

MAX_BOUNCES = 50
_NOTHING_FAILED = frozenset({"delivered", "relayed", "expanded", "deliverable"})
_MESSAGE_ID = re.compile(r"^[>\s]*(?:original-)?message-id:\s*<([^<>\s]+)>", re.I | re.M)
_REPORT_KINDS = ("", "delivery-status")


def read_bounces(root: Part, text: str, subject: str, sender: Address) -> tuple[Bounce, ...]:
    """What failed, the gravest first, when this mail reports failed or delayed deliveries.

    A report that all went well (action `delivered`, `relayed`) is no bounce."""
    if sender.address.endswith("@sns.amazonaws.com") or text.lstrip()[:1] == "{":
        noticed = ses_notice(text)
        if noticed is not None:
            return _graded(noticed[0], "", "", noticed[1])
    report, returned = report_parts(root)
    if report is None and not may_be_bounce(root, sender):
        return ()
    if report is not None and sent_on(root, subject, sender):
        return ()
    said, copy = bounce_text.told_part(text)
    if report is None and not looks_like_bounce(root, said, subject, sender):
        return ()
    recipients = failures(report.content()[0]) if report is not None else []
    if not recipients and (fields := FIELDS.search(text)):
        # A report whose parts came as one text.
        recipients = failures(text[fields.start() :][: bounce_text.MAX_TEXT].encode())
    if recipients and all(each.action in _NOTHING_FAILED for each in recipients):
        return ()
    if not recipients and root.parameters.get("report-type", "").lower() not in _REPORT_KINDS:
        return ()
    if not recipients and returned is not None and (inner := _wrapped(returned)):
        return inner
    recipients = [each for each in recipients if each.action not in _NOTHING_FAILED]
    recipients = _completed(recipients, root.headers, said, copy, returned)
    given = envelope_id(report.content()[0]) if report is not None else ""
    original_id = given or _original_id(root.headers, returned, text, copy)
    return _graded(recipients, subject, said, original_id)


def _completed(
    declared: Sequence[Failure], headers: Headers, said: str, copy: str, returned: Part | None
) -> list[Failure]:
    """The declared failures with what the text adds; those of the text when none is declared."""
    own = _own_addresses(headers)
    told = bounce_text.told_failures(said, own)
    if declared:
        words = {each.address.lower(): each for each in told}
        found: list[Failure] = []
        for each in declared:
            more = words.get(each.address.lower()) or words.get(each.alias.lower())
            if more is not None:
                each = replace(each, alias=each.alias or more.alias)
            if not each.address:
                each = replace(each, address=_anyone(headers, said, copy, returned, own))
            found.append(each)
        return found
    failed = re.findall(ADDRESS, headers.text("x-failed-recipients"))[:MAX_BOUNCES]
    if failed:
        words = {each.address.lower(): each for each in told}
        return [words.get(each.lower(), Failure(each)) for each in failed]
    # Of several addresses at a line's start, those with words behind them are meant.
    worded = [each for each in told if each.diagnostic]
    return worded or told or [Failure(_anyone(headers, said, copy, returned, own))]


def _anyone(headers: Headers, said: str, copy: str, returned: Part | None, own: set[str]) -> str:
    failed = re.search(ADDRESS, headers.text("x-failed-recipients"))
    if failed:
        return failed.group()
    found = bounce_text.named(said, own)
    if found and found.lower() not in own:
        return found
    if returned is not None:
        content, _ = returned.content()
        copied, _, _ = read_headers(content, 0, len(content))
        match = re.search(ADDRESS, copied.text("x-original-to") or copied.text("to"))
        if match:
            return match.group()
    return bounce_text.addressed(copy) or found


def _graded(
    recipients: Sequence[Failure], subject: str, said: str, original_id: str
) -> tuple[Bounce, ...]:
    alone = len(recipients) == 1
    found = [_bounce(each, subject, said, original_id, alone) for each in recipients[:MAX_BOUNCES]]
    return tuple(
        sorted(found, key=lambda each: (each.action != "failed", not each.hard, not each.recipient))
    )


def _bounce(failure: Failure, subject: str, said: str, original_id: str, alone: bool) -> Bounce:
    told = failure.diagnostic
    near = said if alone else _about(failure.address, said)
    if not re.search(r"\w{4}", told):
        told = bounce_text.explanation(near or said, failure.address) or told
    status = bounce_text.better_status(failure.status, failure.diagnostic, told, near)
    action = failure.action
    if action not in ("failed", "delayed"):
        action = "delayed" if bounce_text.is_delay(status, subject, said) else "failed"
    at = stage(told) or stage(near)
    # Gateways that name no other server speak of their own users (McAfee, for one).
    itself = bool(
        failure.action and failure.diagnostic and not (failure.status or failure.reporter)
    )
    hard = is_dead(status, told, action, at, failure.reporter, for_itself=itself)
    why = ""
    if told.strip() or status:
        why = cause(status, told, action, at, failure.reporter, for_itself=itself)
    if not hard and action == "failed" and near and not failure.diagnostic:
        hard = is_dead(status, near, action, at, failure.reporter)
        why = cause(status, near, action, at, failure.reporter) or why
    return Bounce(
        recipient=failure.address,
        action=action,
        status=status,
        reason=bounce_text.shortened(told),
        original_message_id=original_id,
        hard=hard,
        alias=failure.alias,
        cause=why,
    )


def _about(address: str, said: str) -> str:
    """What a report about several says of one of them: from each place that names it, up to
    the next empty line."""
    if not address:
        return said
    found: list[str] = []
    at = said.find(address)
    while at >= 0 and len(found) < 5:
        start = said.rfind("\n", 0, at) + 1
        end = said.find("\n\n", at)
        found.append(said[start : end if end >= 0 else len(said)][:2_000])
        at = said.find(address, end) if end >= 0 else -1
    return "\n".join(found)


def _wrapped(returned: Part) -> tuple[Bounce, ...]:
    """A gateway's notice that has the real report inside."""
    content, _ = returned.content()
    if b"delivery-status" not in content[:20_000]:
        return ()
    root, _ = read_parts(content)
    if report_parts(root)[0] is None:
        return ()
    return read_bounces(root, read_body(root, []).text, "", Address(""))


def _own_addresses(headers: Headers) -> set[str]:
    """Who the report is about is neither who wrote it nor who gets it."""
    found: set[str] = set()
    for name in ("from", "to", "delivered-to", "x-original-to"):
        found |= {each.lower() for each in re.findall(ADDRESS, headers.text(name))}
    return found


def _original_id(headers: Headers, returned: Part | None, text: str, copy: str) -> str:
    if returned is not None:
        content, _ = returned.content()
        copied, _, _ = read_headers(content, 0, len(content))
        found = read_id(copied.raw("message-id"))
        if found:
            return found
    match = _MESSAGE_ID.search(copy) or _MESSAGE_ID.search(text)
    if match:
        return match.group(1)
    # Exchange and Gmail thread their reports under the mail that failed.
    found = read_id(headers.raw("in-reply-to"))
    return found or next(reversed(read_ids(headers.raw("references"))), "")
