"""Programs of the settings: their arguments, what they are told, how they are run and ended.

No shell is ever between us and a program: each word of `run` is one word of its argv, whatever
stands in what is filled into it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.i18n import _
from config.model import Config, OwnCommand
from omnitui.desk import program_run
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.view import conversation_json, customer_json
from store import conversations, customers, drafts, identities, messages
from store.model import ConversationId, MessageId

_COLOURS = re.compile(r"\x1b\[[0-9;:]*[mK]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]")
"""What makes a terminal do something, or turns a line around; not tab and line end."""
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}|(?<!\{)\{(\w+)\}(?!\})")
"""`{{name}}`, which is `{name}` itself, or `{name}`."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a program is told about a conversation."""

    facts: Mapping[str, str]
    """What `{…}` in its arguments stands for."""
    given: Mapping[str, Any]
    """The JSON on its standard input."""


def situation(
    desk: Desk, conversation_id: ConversationId, message_id: MessageId | None = None
) -> Situation:
    """A conversation as programs get it. `message_id`: the highlighted one; None: the customer's
    last. Raises `NotFound`."""
    conversation = conversations.get(desk.db, conversation_id)
    customer = customers.get(desk.db, conversation.customer_id)
    known = messages.of_conversation(desk.db, conversation_id)
    chosen = next((m for m in known if m.id == message_id), None)
    if chosen is None:
        chosen = next((m for m in reversed(known) if m.direction == "in"), None)
    addresses = {one.channel: one.address for one in reversed(identities.of(desk.db, customer.id))}
    channel = conversation.channels[0] if conversation.channels else ""
    draft = drafts.get(desk.db, conversation_id, desk.agent)
    facts = {
        "conversation": str(conversation.id),
        "customer": str(customer.id),
        "subject": conversation.subject,
        "name": customer.name,
        "company": customer.company,
        "email": addresses.get("email", ""),
        "phone": addresses.get("phone", ""),
        "address": (chosen.author_address if chosen else "") or addresses.get(channel, ""),
        "language": customer.language,
        "channel": chosen.channel if chosen else channel,
        "agent": desk.agent,
        "message": str(chosen.id) if chosen else "",
        "text": chosen.text if chosen else "",
        "draft": draft.text if draft else "",
    }
    given = {
        **conversation_json(desk, conversation, messages=known),
        "customer_card": customer_json(desk, customer, full=True),
        "agent": desk.agent,
        "message_id": chosen.id if chosen else None,
        "draft": facts["draft"],
    }
    return Situation(facts, given)


def argv_of(command: OwnCommand, answers: Mapping[str, str], facts: Mapping[str, str]) -> list[str]:
    """The program's words, everything filled in.

    Raises `CommandError` where a value would be taken for an option of the program: one that
    begins with `-` at the beginning of a word, with no `--` before it.
    """
    chosen = {p.name: answers.get(p.name, p.default) for p in command.prompts}
    listed = {p.name for p in command.prompts if p.choices}
    values = {**facts, **chosen}
    words = [command.run[0]]
    for word in command.run[1:]:
        # One pass: what is filled in is not looked into again.
        filled = _PLACEHOLDER.sub(
            lambda m: f"{{{m[1]}}}" if m[1] else clean(values.get(m[2], m[0])), word
        )
        first = _PLACEHOLDER.match(word)
        if first and filled.startswith("-") and first[2] not in listed and "--" not in words:
            raise CommandError(
                _("{name} was not run: “{value}” begins with “-”, which {program} would take for"
                  " an option. Put \"--\" before {place} in its `run`.").format(
                    name=command.name, value=filled[:40], program=_base(command.run[0]),
                    place=first[0],
                )
            )  # fmt: skip
        words.append(filled)
    return words


def plain(output: str) -> str:
    """What a program printed, without the colours that it would show in a terminal."""
    return _COLOURS.sub("", output)


def clean(value: str) -> str:
    """A value as one word of an argv: no NUL, nothing that a terminal would obey."""
    return _CONTROL.sub("�", value).encode("utf-8", "replace").decode()


def environment(config: Config, facts: Mapping[str, str]) -> dict[str, str]:
    """Which conversation it is, also for programs that read no standard input, and where its
    desk is for those that run `omnitui` themselves."""
    known = {f"OMNITUI_{key.upper()}": facts[key] for key in ("conversation", "customer", "agent")}
    home = config.home
    together = home.config == home.data or config.team is not None
    return {**known, "OMNITUI_HOME": str(home.config)} if together else known


async def run(
    name: str,
    argv: Sequence[str],
    given: Mapping[str, Any] | None,
    *,
    seconds: float,
    env: Mapping[str, str] | None = None,
) -> str:
    """What a program prints, given JSON on its standard input.

    It has a process group of its own, which is ended as a whole after `seconds`, when the caller is
    cancelled, or when it writes too much. What it leaves running when it ends well (a browser)
    goes on. Raises `CommandError` with one sentence.
    """
    try:
        run = await program_run.run(argv, given, seconds=seconds, env={**os.environ, **(env or {})})
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise CommandError(
            _("{name} cannot be started: {program}: {why}.").format(
                name=name, program=argv[0], why=why
            )
        ) from error
    if run.how == "too much":
        raise CommandError(
            _("{name} wrote more than {n} MB and was stopped.").format(
                name=name, n=program_run.MOST_OUTPUT // 1_000_000
            )
        )
    if run.how != "ended":
        raise CommandError(
            _("{name} took longer than {n} seconds and was stopped.").format(
                name=name, n=round(seconds)
            )
        )
    if run.status:
        raise CommandError(_failure(name, run.status, run.complaint))
    return run.output.decode("utf-8", "replace")


def _failure(name: str, status: int, complaint: str) -> str:
    why = clean(complaint)[:300] or _("it said nothing")
    if status < 0:
        return _("{name} was ended by signal {n}: {why}").format(name=name, n=-status, why=why)
    return _("{name} failed with status {status}: {why}").format(name=name, status=status, why=why)


def _base(program: str) -> str:
    return program.rpartition("/")[2]
