"""One raw mail understood: bytes in, `Inbound` out, whatever the bytes are."""

from __future__ import annotations

import binascii
import mmap
import re
import time
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from connectors.contract import Address, AutoReply, Inbound
from connectors.email import auth_results, ids
from connectors.email.list_mail import list_facts
from connectors.email.mime import dates
from connectors.email.mime.addresses import read_addresses
from connectors.email.mime.body import Body, read_body
from connectors.email.mime.content_hash import content_hash
from connectors.email.mime.event import Event
from connectors.email.mime.files import read_files
from connectors.email.mime.headers import MAX_LIST, MAX_VALUE, Data, Headers
from connectors.email.mime.parts import read_parts
from connectors.email.replies.below import answer_below
from connectors.email.replies.forwarded import answers, forwarded
from connectors.email.replies.quote import Split, split_lines, split_text
from connectors.email.reports.auto_reply import auto_reply
from connectors.email.reports.bounce import read_bounces
from connectors.email.reports.machine_reports import report

MAX_DEFECTS = 40
MAX_SPLIT = 2 << 20
"""Characters of a text in which quotes and signatures are looked for."""
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to")
# A prefix of a reply or a forward: two to twelve letters and a colon.
_ANSWERS = re.compile(r"\s*\[?[^\W\d_]{1,12}(?:\[\d+\])?\s?[:：]")
_SINGLE = ("from", "date", "message-id", "subject", "content-type", "in-reply-to")


def read_mail(
    raw: bytes | Path,
    *,
    external_id: str = "",
    arrived_at: int | None = None,
    history: bool = False,
    own_addresses: Collection[str] = frozenset(),
    trusted_authserv: str = "",
    spool: Path | None = None,
) -> Inbound:
    """What a mail says. Never raises for any bytes; what was odd is in `defects`.

    Args:
        raw: The mail, or the file that holds it (mapped, not read into memory).
        external_id: The ledger's key for this copy.
        arrived_at: UTC milliseconds of the mailbox's clock; without it the newest
            Received header's, else the Date, else now.
        history: Passed on.
        own_addresses: Addresses of the account: mail from them to others is our own.
        trusted_authserv: The authserv-id whose Authentication-Results are believed.
        spool: A directory in which attachments of a megabyte and more are written as
            files that then belong to the caller; without it all are in memory.
    """
    if isinstance(raw, bytes):
        return _read(
            raw, raw, external_id, arrived_at, history, own_addresses, trusted_authserv, spool
        )
    with ExitStack() as stack:
        file = stack.enter_context(raw.open("rb"))
        data: Data = b""
        if raw.stat().st_size:
            data = stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        return _read(
            data, raw, external_id, arrived_at, history, own_addresses, trusted_authserv, spool
        )


def _read(
    data: Data,
    raw: bytes | Path,
    external_id: str,
    arrived_at: int | None,
    history: bool,
    own_addresses: Collection[str],
    trusted_authserv: str,
    spool: Path | None,
) -> Inbound:
    root, defects = read_parts(data)
    headers = root.headers
    fallback = root.parameters.get("charset", "")
    _note_doubles(headers, defects)
    people = {
        name: _people(headers, name, fallback, defects) for name in ("from", "to", "cc", "reply-to")
    }
    sender = _sender(headers, people["from"], fallback, defects)
    subject = headers.text("subject", fallback)
    sent_at = _date(headers, defects)
    digest = content_hash(data, headers, root.start if headers else 0)
    message_id = next(
        (found for value in headers.all("message-id") if (found := ids.read_id(value))), ""
    )
    if not message_id:
        defects.append("no Message-ID")
    in_reply_to = ids.read_id(headers.raw("in-reply-to"))
    references = ids.read_ids(b" ".join(headers.all("references")))

    body = read_body(root, defects)
    files, unnamed = read_files(body, spool, defects)
    split = _split(body, reply=_may_answer(headers, subject))
    if not split.text and answers(subject, is_reply=bool(in_reply_to)):
        split = answer_below(split)
    text = split.text
    details = _details(headers, body, split, unnamed, message_id, in_reply_to)
    if body.events:
        details["calendar"] = [event.line() for event in body.events]
        if not text and not split.quoted:
            text = _meetings(body.events)

    failed = read_bounces(root, body.text[:MAX_SPLIT], subject, sender)
    automatic: AutoReply | None = None
    if not failed:
        told = report(root, subject, body.text)
        if told is not None:
            automatic, details["report"] = told
        else:
            automatic = auto_reply(headers, subject, text, sender.address, own_addresses)
    return Inbound(
        external_id=external_id,
        message_key=message_id or f"{digest[:40]}@missing.invalid",
        content_hash=digest,
        sender=sender,
        text=text,
        arrived_at=arrived_at if arrived_at is not None else _arrival(headers, sent_at),
        sent_at=sent_at,
        direction=_direction(headers, sender, people, own_addresses, trusted_authserv),
        subject=subject,
        quoted=split.quoted,
        signature=split.signature,
        to=people["to"],
        cc=people["cc"],
        reply_to=people["reply-to"],
        in_reply_to=in_reply_to,
        references=references,
        thread_index=_thread_index(headers),
        tokens=ids.reply_tokens(
            [in_reply_to, *references],
            [each.address for name in ("to", "cc") for each in people[name] if "+" in each.address]
            + [headers.text(name) for name in _DELIVERED if name in headers],
        ),
        proofs=auth_results.proofs(headers, people["from"], trusted_authserv),
        files=files,
        auto_reply=automatic,
        bounce=failed[0] if failed else None,
        further_bounces=failed[1:],
        forwarded=None
        if failed or (automatic and automatic.report)
        else forwarded(
            root,
            split,
            subject,
            is_reply=bool(in_reply_to),
            ours={each.lower() for each in own_addresses}
            | {each.address.lower() for each in people["to"]},
        ),
        history=history,
        defects=list(dict.fromkeys(defects))[:MAX_DEFECTS],
        raw=raw,
        details=details,
    )


def _meetings(events: Sequence[Event]) -> str:
    """What a mail says that is nothing but an invitation."""
    return "\n\n".join(filter(None, ["\n".join(event.line() for event in events),
                                     events[0].description]))  # fmt: skip


def _split(body: Body, *, reply: bool) -> Split:
    if body.html is not None:
        return split_lines(body.html.lines, body.html.marks, reply=reply)
    if len(body.text) <= MAX_SPLIT:
        return split_text(body.text, reply=reply)
    # Nobody writes so much: the rest goes on as what the part before it ends with.
    at = body.text.rfind("\n", 0, MAX_SPLIT) + 1 or MAX_SPLIT
    rest = body.text[at:].strip("\n")
    split = split_text(body.text[:at], reply=reply)
    tail = body.text[:at].rstrip()[-200:].rpartition("\n")[2]
    if split.quoted and split.quoted.rstrip().endswith(tail):
        return replace(split, quoted=f"{split.quoted}\n{rest}")
    return replace(split, text=f"{split.text}\n{rest}" if split.text else rest)


def _may_answer(headers: Headers, subject: str) -> bool:
    """A text without any header may, too."""
    return (
        not headers
        or bool(ids.read_id(headers.raw("in-reply-to")) or ids.read_ids(headers.raw("references")))
        or _ANSWERS.match(subject) is not None
    )


def _people(headers: Headers, name: str, fallback: str, defects: list[str]) -> list[Address]:
    values = headers.all(name)
    if not values:
        return []
    found: list[Address] = []
    for value in values[:20]:
        limit = MAX_LIST if name in ("to", "cc") else MAX_VALUE
        if len(value) > limit:
            defects.append(f"{name.title()} longer than {limit >> 10} KiB, cut")
            value = value[:limit]
        people, defect = read_addresses(value, fallback)
        found += people
        if defect:
            defects.append(f"{name.title()}: {defect}")
    return found


def _sender(
    headers: Headers, senders: Sequence[Address], fallback: str, defects: list[str]
) -> Address:
    for each in senders:
        if each.address:
            return each
    for name in ("sender", "reply-to", "return-path"):
        for value in headers.all(name)[:1]:
            for each in read_addresses(value[:4096], fallback)[0]:
                if each.address:
                    defects.append(f"no address in From, {name.title()} taken")
                    return each
    defects.append("no sender")
    return Address("", headers.text("from", fallback)[:200])


def _date(headers: Headers, defects: list[str]) -> int | None:
    if not headers.raw("date"):
        defects.append("no Date")
        return None
    moment = dates.read_date(headers.text("date"))
    if moment is None:
        defects.append(f"unreadable Date: {headers.text('date')[:60]!r}")
    return moment


def _arrival(headers: Headers, sent_at: int | None) -> int:
    for value in headers.all("received")[:3]:
        stamp = value.rpartition(b";")[2].decode("ascii", "replace")
        moment = dates.read_date(stamp)
        if moment is not None:
            return moment
    return sent_at if sent_at is not None else int(time.time() * 1000)


def _direction(
    headers: Headers,
    sender: Address,
    people: dict[str, list[Address]],
    own_addresses: Collection[str],
    trusted_authserv: str,
) -> Any:
    """ "out" for our own mail to somebody else. A form on our site that writes as us, with
    the customer in Reply-To, is inbound; so is a mail that forges our address."""
    own = {each.lower() for each in own_addresses}
    if sender.address.lower() not in own:
        return "in"
    if any(each.address.lower() not in own for each in people["reply-to"]):
        return "in"
    others = any(each.address.lower() not in own for name in ("to", "cc") for each in people[name])
    if not others or auth_results.failed(headers, trusted_authserv):
        return "in"
    return "out"


def _thread_index(headers: Headers) -> str:
    """[MS-OXOMSG] 2.2.1.3: 22 bytes name the conversation, five more each reply in it."""
    if "thread-index" not in headers:
        return ""
    try:
        index = binascii.a2b_base64(headers.raw("thread-index")[:4_000])
    except binascii.Error:
        return ""
    return index[:22].hex() if len(index) >= 22 else ""


def _note_doubles(headers: Headers, defects: list[str]) -> None:
    for name in _SINGLE:
        if name in headers and len(headers.all(name)) > 1:
            defects.append(f"more than one {name.title()} header")


def _details(
    headers: Headers,
    body: Body,
    split: Split,
    unnamed: list[int],
    message_id: str,
    in_reply_to: str,
) -> dict[str, Any]:
    """JSON-able extras: only what there is something to say about."""
    details: dict[str, Any] = {}
    if not message_id:
        details["message_id_missing"] = True
    if body.html is not None:
        details["html_only"] = True
    elif body.has_html:
        details["html"] = True
    if split.interleaved:
        # Answers between quotes are read with what they answer.
        details["interleaved"] = body.text
    if body.signed:
        details["signed"] = body.signed
    if body.encrypted:
        details["encrypted"] = body.encrypted
    if unnamed:
        details["unnamed_files"] = unnamed
    details.update(list_facts(headers))
    if len(headers.raw("in-reply-to")) > len(in_reply_to) + 5:
        others = [each for each in ids.read_ids(headers.raw("in-reply-to")) if each != in_reply_to]
        if others:
            details["also_answers"] = others[:20]
    return details
