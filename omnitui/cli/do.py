"""`omnitui do ID COMMAND…`: what an agent does with keys, from a script."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from config.i18n import _
from omnitui.cli.access import config_of, writing
from omnitui.cli.failure import Failure
from omnitui.cli.output import one_line
from omnitui.cli.parser import number
from omnitui.desk.command import CommandError
from store.model import ConversationId, CustomerId, MessageId

if TYPE_CHECKING:
    from omnitui.desk.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", type=number, metavar="ID", help=_("the conversation"))
    parser.add_argument(
        "--customer",
        action="store_true",
        help=_("ID is a customer's, who may have no conversation: for “customer …” commands"),
    )
    parser.add_argument(
        "commands",
        nargs="+",
        metavar="COMMAND",
        help=_("each a whole command line: 'template insert thanks' 'reply send' 'tag add paid'"),
    )
    parser.add_argument(
        "--to", action="append", default=[], metavar="ADDR", help=_("“reply send” goes here only")
    )
    parser.add_argument(
        "--if-last",
        type=number,
        metavar="MESSAGE_ID",
        help=_("“reply send” only if nobody wrote after this message"),
    )
    parser.add_argument(
        "--yes", action="store_true", help=_("confirm what a screen would ask about")
    )


def run(args: argparse.Namespace) -> int:
    from omnitui.desk import commands
    from omnitui.desk.commands.canned import have_ready
    from omnitui.desk.own_commands import expanded, registry_for
    from omnitui.desk.session import OwnDraft, Session
    from store.database import snapshot, transaction

    config = config_of(args)
    for problem in config.warnings:
        if problem.severity == "error":  # of the agent's own file: a macro may be missing
            sys.stderr.write(f"omnitui: {problem}\n")
    with writing(config) as desk:
        conversation_id = None if args.customer else ConversationId(args.id)
        customer = CustomerId(args.id) if args.customer else None
        session = Session(
            desk,
            conversation_id,
            OwnDraft(),
            customer=customer,
            if_last=None if args.if_last is None else MessageId(args.if_last),
            confirm_new=bool(args.to),
            confirmed=args.yes,
            to=args.to,
        )
        with snapshot(desk.db):
            session.known()
        for line in args.commands:
            try:
                for each in expanded(desk.config, line, commands.REGISTRY):
                    command = registry_for(desk.config, commands.REGISTRY).find(each)[0]
                    if command.kind == "program":
                        _run_program(session, each)
                        continue
                    have_ready(config, each)
                    # What ran before a mistake stays done, as it would under an agent's keys.
                    with transaction(desk.db):
                        done = commands.run(session, each)
                    if done.message:
                        print(one_line(done.message))
            except CommandError as error:
                raise Failure(f"{line}: {error}") from error
    return 0


def _run_program(session: Session, line: str) -> None:
    """A command of one's own: what it prints is printed, or is the draft."""
    import asyncio
    from dataclasses import replace

    from omnitui.desk import programs
    from omnitui.desk.commands import REGISTRY, NeedsConfirmation
    from omnitui.desk.own_commands import registry_for
    from store.database import snapshot

    config = session.desk.config
    invocation = registry_for(config, REGISTRY).parse(line)
    command = config.commands[invocation.command.name]
    if (command.confirm or command.dangerous) and not session.confirmed:
        raise NeedsConfirmation(
            _("{question} “--yes” says that it is meant.").format(
                question=command.confirm or _("It cannot be taken back.")
            )
        )
    words = invocation.arguments
    answers = {prompt.name: word for prompt, word in zip(command.prompts, words, strict=False)}
    for prompt in command.prompts:
        if prompt.required and not answers.get(prompt.name, prompt.default):
            raise CommandError(
                _("{name} is missing: {usage}").format(
                    name=prompt.name.upper(), usage=invocation.command.usage
                )
            )
    with snapshot(session.desk.db):
        about = programs.situation(session.desk, session.here)
    facts = {**about.facts, "draft": session.draft.get().text}
    argv = programs.argv_of(command, answers, facts)
    printed = asyncio.run(
        programs.run(
            command.name,
            argv,
            {**about.given, "draft": facts["draft"], "answers": answers},
            seconds=command.timeout,
            env=programs.environment(config, facts),
        )
    )
    if command.output == "draft":
        if text := programs.plain(printed).rstrip("\n"):
            session.draft.set(replace(session.draft.get(), text=text))
    elif command.output != "none":
        print(printed, end="" if printed.endswith("\n") or not printed else "\n")
