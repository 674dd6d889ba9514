"""`omnitui audit`: who did what, from where and when; exported, and proven to be as it was
written."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from config.access import Access, is_locked
from config.i18n import _, ngettext
from omnitui.cli.access import existing, home_of, reading
from omnitui.cli.failure import Failure
from omnitui.cli.output import emit, emit_list, local_time, one_line, table, to_json, wants_json
from omnitui.cli.parser import add_json, number
from omnitui.desk import places
from omnitui.desk.context import Desk
from omnitui.desk.view import event_json
from store.audit import Checked, Trouble
from store.events import Filter
from store.model import ConversationId, CustomerId, Event, Millis

LIMIT = 100
"""Events that `show` shows unless told otherwise."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="?",
        choices=("show", "export", "verify"),
        default="show",
        help=_("show: the latest of what was asked for; export: all of it into a file; verify:"
               " whether the log is as it was written"),
    )  # fmt: skip
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help=_("export: where to, “-” for standard output")
    )
    chosen = parser.add_argument_group(_("which events"))
    chosen.add_argument("--since", metavar="DAY", help=_("from that day: 2026-03-14, yesterday"))
    chosen.add_argument("--until", metavar="DAY", help=_("before that day"))
    chosen.add_argument(
        "--actor", metavar="NAME", help=_("what this agent did, or engine, customer")
    )
    chosen.add_argument(
        "--kind", metavar="KIND", help=_("as docs/events.md has them; message.* for a group")
    )
    chosen.add_argument("--source", metavar="TEXT", help=_("from where: a part of it, an address"))
    chosen.add_argument("--customer", type=number, metavar="ID", help=_("of this customer"))
    chosen.add_argument("--conversation", type=number, metavar="ID", help=_("of this conversation"))
    parser.add_argument(
        "--limit",
        type=number,
        default=LIMIT,
        metavar="N",
        help=_("show: so many at most; {n}").format(n=LIMIT),
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    if (args.file is not None) != (args.what == "export"):
        raise Failure(
            _("export needs a FILE, or “-”.")
            if args.what == "export"
            else _("Only export takes a file.")
        )
    with reading(args) as desk:
        if args.what == "verify":
            found = existing(desk, _("This desk has no store yet: there is nothing to verify."))
            return _verify(args, found)
        wanted = _filter(args, desk) if desk else Filter()
        if args.what == "export":
            return _export(args, desk, wanted)
        _show(args, desk, wanted)
    return 0


def _filter(args: argparse.Namespace, desk: Desk) -> Filter:
    def day(text: str | None) -> Millis | None:
        from omnitui.desk.past import parse_past

        return parse_past(text, desk.now(), desk.config.desk.timezone) if text else None

    customer, conversation = args.customer, args.conversation
    if args.kind:
        _check_kind(args.kind)
    return Filter(
        since=day(args.since),
        until=day(args.until),
        actor=args.actor or "",
        kind=args.kind or "",
        source=args.source or "",
        customer_id=CustomerId(customer) if customer is not None else None,
        conversation_id=ConversationId(conversation) if conversation is not None else None,
    )


def _check_kind(wanted: str) -> None:
    """Raises `Failure` for one that no event has: finding nothing would say another thing."""
    from config.hook_settings import KINDS

    begins = wanted.removesuffix("*")
    if not any(k.startswith(begins) if wanted.endswith("*") else k == wanted for k in KINDS):
        raise Failure(
            _("there is no event “{kind}”.").format(kind=wanted)
            + " "
            + _("docs/events.md lists them.")
        )


def _show(args: argparse.Namespace, desk: Desk | None, wanted: Filter) -> None:
    from store import events

    found = events.find(desk.db, wanted, newest=args.limit) if desk else iter(())
    if wants_json(args):
        emit_list(args, map(_json, found))
        return
    table(
        [
            str(event.id),
            local_time(event.at),
            event.actor,
            event.source,
            event.kind,
            f"#{event.conversation_id}" if event.conversation_id is not None else "",
            one_line(to_json(dict(event.data))) if event.data else "",
        ]
        for event in found
    )


def _export(args: argparse.Namespace, desk: Desk | None, wanted: Filter) -> int:
    from store import events

    count = 0
    with _file(args.file, desk) as out:
        for event in events.find(desk.db, wanted) if desk else ():
            out.write(to_json(_json(event)) + "\n")
            count += 1
    said = ngettext("{n} event is in {file}.", "{n} events are in {file}.", count)
    if args.file != "-":
        sys.stderr.write(said.format(n=count, file=args.file) + "\n")
    return 0


@contextmanager
def _file(name: str, desk: Desk | None) -> Iterator[IO[str]]:
    """A new file that only its owner reads; a half-written one does not stay."""
    if name == "-":
        yield sys.stdout
        return
    access = desk.config.access if desk else Access(locked=is_locked())
    path = places.whole(access, name)
    with places.to_write(access, path) as opened:
        yield from _new(path, opened)


def _new(path: Path, opened: Path) -> Iterator[IO[str]]:
    """`opened` is where it is, `path` what it is called."""
    try:
        descriptor = os.open(opened, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise Failure(
            _("There is a {path} already: choose another name.").format(path=path)
        ) from None
    except OSError as error:
        raise Failure(
            _("{path} cannot be written: {why}.").format(path=path, why=error.strerror)
        ) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        opened.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise Failure(
                _("{path} cannot be written: {why}.").format(path=path, why=error.strerror)
            ) from None
        raise


def _json(event: Event) -> dict[str, Any]:
    return {**event_json(event), "source": event.source}


def _verify(args: argparse.Namespace, desk: Desk) -> int:
    """1 when something is not as it was written."""
    from omnitui.engine import anchor
    from store import audit

    path = anchor.path_in(home_of(args).state)
    if (team := desk.config.team) is not None:
        path = anchor.path_in(team.state)
    unread = ""
    try:
        anchors = anchor.read(path)
    except OSError as error:
        anchors, unread = {}, str(error.strerror)
    checked = Checked()
    troubles = list(audit.verify(desk.db, anchors, checked))
    if wants_json(args):
        emit(args, _report(checked, troubles, len(anchors)))
    else:
        _tell(checked, troubles, len(anchors))
        if unread:
            print(_("The engine's own digests could not be read ({why}): root can compare them,"
                    " with “sudo omnitui audit verify”.").format(why=unread))  # fmt: skip
    return 1 if troubles else 0


def _report(checked: Checked, troubles: list[Trouble], anchors: int) -> dict[str, Any]:
    head = checked.head
    return {
        "ok": not troubles,
        "events": checked.events,
        "blocks": checked.blocks,
        "erased": checked.emptied,
        "deleted": checked.removed,
        "unsealed": checked.unsealed,
        "anchors": anchors,
        "head": {"event": head.upto, "digest": head.digest.hex()} if head else None,
        "troubles": [{"kind": one.kind, "first": one.first, "last": one.last} for one in troubles],
    }


def _tell(checked: Checked, troubles: list[Trouble], anchors: int) -> None:
    for one in troubles:
        span = str(one.first) if one.first == one.last else f"{one.first}-{one.last}"
        print(_WRONG[one.kind]().format(events=span))
    head = checked.head
    lines = [
        ngettext("{n} event looked at.", "{n} events looked at.", checked.events).format(
            n=checked.events
        )
    ]
    if checked.emptied:
        lines.append(
            ngettext(
                "The values of {n} were erased with their customer.",
                "The values of {n} were erased with their customers.",
                checked.emptied,
            ).format(n=checked.emptied)
        )
    if checked.removed:
        lines.append(
            ngettext(
                "{n} was deleted by retention.", "{n} were deleted by retention.", checked.removed
            ).format(n=checked.removed)
        )
    if checked.unsealed:
        lines.append(
            ngettext(
                "{n} is not sealed yet: the running engine does it within seconds.",
                "{n} are not sealed yet: the running engine does it within seconds.",
                checked.unsealed,
            ).format(n=checked.unsealed)
        )
    if not anchors:
        lines.append(_("There is nothing of the engine's to compare the digests with."))
    if not troubles and head is not None:
        lines.append(
            _("The log is as it was written; up to event {event} its digest is {digest}.").format(
                event=head.upto, digest=head.digest.hex()
            )
        )
    print("\n".join(lines))


_WRONG = {
    "changed": lambda: _("Events {events}: something was changed after it was sealed."),
    "missing": lambda: _("Events {events}: something is gone, and neither erasing nor retention"
                         " took it."),
    "emptied": lambda: _("Events {events}: the values are gone, and nobody was erased for whom"
                         " they would be."),
    "block": lambda: _("Events {events}: the engine sealed them, and the store does not know of"
                       " it: the end of the log was cut off, or an older copy was put in place."),
    "anchor": lambda: _("Events {events}: the chain is not the one that the engine wrote down."),
}  # fmt: skip
