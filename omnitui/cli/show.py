"""`omnitui show ID`: one conversation with its messages, oldest first."""

from __future__ import annotations

import argparse

from config.i18n import _
from omnitui.cli.access import existing, reading
from omnitui.cli.output import colour, emit, local_time, one_line, safe, wants_json
from omnitui.cli.parser import add_json, number
from store.model import Attachment, ConversationId, Message


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", type=number, metavar="ID", help=_("the conversation"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    with reading(args) as maybe:
        desk = existing(maybe, _("There is no conversation {n}.").format(n=args.id))
        from omnitui.desk import view
        from store import conversations, messages

        conversation_id = ConversationId(args.id)
        conversation = conversations.get(desk.db, conversation_id)
        found = messages.of_conversation(desk.db, conversation_id)
        if wants_json(args):
            emit(args, view.conversation_json(desk, conversation, messages=found))
            return 0
        print(colour(f"{conversation.id}  {one_line(conversation.subject)}", "1"))
        from omnitui.desk.state_names import status_name

        facts = [conversation.customer_name, status_name(conversation.status)]
        facts += [conversation.assignee, " ".join(f"#{tag}" for tag in conversation.tags)]
        print(one_line("  ".join(fact for fact in facts if fact)))
        for message in found:
            _print(message)
    return 0


def _print(message: Message) -> None:
    from omnitui.cli.chat_lines import above, below, told_already
    from omnitui.desk.channel_names import channel_name
    from omnitui.desk.state_names import state_name

    mark = {"in": "←", "out": "→", "note": "✎"}[message.direction]
    author = message.author or message.author_address
    well = message.state in ("received", "sent")
    state = "" if well else f"  [{state_name(message.state)}] {message.error}"
    channel = channel_name(message.channel)
    head = f"{mark} {local_time(message.arrived_at)}  {author}  ({channel}, #{message.id})"
    print("\n" + colour(one_line(head + state), "2"))
    if message.details.get("logged"):
        from omnitui.desk.contacts import told

        print(one_line(told(message)))
    for line in above(message):
        print(one_line(line))
    if message.text and not told_already(message):
        print(safe(message.text))
    for file in message.attachments:
        state = f"  {_state(file)}" if not file.blob else ""
        print(one_line(f"+ {file.name} ({file.type}, {file.size} B){state}"))
    for line in below(message):
        print(one_line(line))


def _state(file: Attachment) -> str:
    if file.awaited:
        return _("fetching…") + (f" {file.problem}" if file.problem else "")
    return file.problem or _("(not downloaded)")
