"""`omnitui inspect`: what omnitui makes of raw e-mails. Touches no store and no config."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from config.i18n import _, ngettext
from omnitui.cli.output import one_line, safe, to_json
from omnitui.cli.parser import add_json
from omnitui.desk.mail.failure_words import in_words


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help=_("a raw e-mail; “-” is standard input")
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """With --jsonl one line a file in order, whatever the files hold; a file that cannot be
    read has everything unknown and says why in its defects."""
    failed = False
    found: list[dict[str, Any]] = []
    for index, name in enumerate(args.files):
        mail, problem = _inspected(name)
        if problem:
            failed = True
            sys.stderr.write(f"omnitui: {one_line(problem)}\n")
        if args.jsonl:
            sys.stdout.write(to_json(mail) + "\n")
        elif args.json:
            if not problem:
                found.append(mail)
        elif not problem:
            if len(args.files) > 1:
                sys.stdout.write(("\n" if index else "") + f"== {one_line(name)} ==\n")
            sys.stdout.write(_for_people(mail))
    if args.json and (found or len(args.files) > 1):
        document = found[0] if len(args.files) == 1 else found
        sys.stdout.write(to_json(document, 2) + "\n")
    return 1 if failed else 0


def _inspected(name: str) -> tuple[dict[str, Any], str]:
    from connectors.email.inspect import inspect

    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = _("{file} cannot be read: {reason}.").format(file=name, reason=reason)
        return {**inspect(b""), "defects": [problem]}, problem
    return inspect(raw), ""


def _for_people(mail: dict[str, Any]) -> str:
    rows = [
        (_("From"), _person(mail["from"])),
        (_("Reply to"), ", ".join(map(_person, mail["reply_to"]))),
        (_("To"), ", ".join(map(_person, mail["to"]))),
        (_("Cc"), ", ".join(map(_person, mail["cc"]))),
        (_("Subject"), mail["subject"] or ""),
        (_("Date"), mail["date"] or _("unknown")),
        (_("Message-ID"), mail["message_id"] or _("none")),
        (_("In reply to"), mail["in_reply_to"] or ""),
        (_("Automatic"), _automatic(mail["auto_reply"])),
        (_("Bounce"), _bounce(mail["bounce"])),
    ]
    rows += [(_("File"), _file(each)) for each in mail["attachments"]]
    rows += [(_("Defect"), each) for each in mail["defects"]]
    shown = [(label, one_line(value)) for label, value in rows if value]
    width = max(len(label) for label, _value in shown) + 2
    out = [f"{label + ':':<{width}}{value}" for label, value in shown]
    out += ["", safe(mail["text"]) or _("(no new text)")]
    if mail["signature"]:
        out += ["", "-- ", safe(mail["signature"])]
    if mail["quoted"]:
        lines = mail["quoted"].count("\n") + 1
        out += [
            "",
            ngettext("[{n} quoted line]", "[{n} quoted lines]", lines).format(n=lines),
            safe(mail["quoted"]),
        ]
    return "\n".join(out) + "\n"


def _person(person: dict[str, str | None] | None) -> str:
    if person is None:
        return _("unknown")
    address = person["address"] or ""
    return f"{person['name']} <{address}>" if person["name"] else address


def _automatic(found: dict[str, str] | None) -> str:
    return f"{found['kind']} ({found['evidence']})" if found else ""


def _bounce(found: dict[str, Any] | None) -> str:
    if not found:
        return ""
    hard = {True: _("address is dead"), False: _("address may live"), None: ""}[found["hard"]]
    why = in_words(found["cause"] or "")
    parts = [found["action"], found["recipient"], why, found["status"], found["reason"], hard]
    return ", ".join(part for part in parts if part)


def _file(found: dict[str, Any]) -> str:
    name = found["name"] or _("(no name)")
    size = ngettext("{n} byte", "{n} bytes", found["size"]).format(n=found["size"])
    return f"{name}, {found['type']}, {size}" + (f", {_('inline')}" if found["inline"] else "")
