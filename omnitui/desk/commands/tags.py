"""Tags and the subject."""

from __future__ import annotations

import shlex

from config.i18n import _
from omnitui.desk import journal
from omnitui.desk.command import CommandError, Done, Rest
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.session import NeedsConfirmation, Session
from omnitui.desk.tag_names import tag_name
from store import conversations, events

A_MOMENT = 60_000
"""Milliseconds in which a colleague's subject is new."""


@REGISTRY.command("tag add")
def tag_add(session: Session, tag: Rest) -> Done:
    """Put a tag on the conversation."""
    name = tag_name(tag)
    session.conversation()
    if not conversations.add_tag(session.desk.db, session.here, name):
        return Done(_("It has this tag already."))
    journal.record(session.desk, "conversation.tagged", conversation=session.here, tag=name)
    return Done(_("Tagged {tag}.").format(tag=name), f"tag remove {name}")


@REGISTRY.command("tag remove")
def tag_remove(session: Session, tag: Rest) -> Done:
    """Take a tag off the conversation."""
    name = tag_name(tag)
    if not conversations.remove_tag(session.desk.db, session.here, name):
        raise CommandError(_("The conversation has no tag “{tag}”.").format(tag=name))
    journal.record(session.desk, "conversation.untagged", conversation=session.here, tag=name)
    return Done(_("Tag {tag} removed.").format(tag=name), f"tag add {name}")


@REGISTRY.command("subject")
def subject(session: Session, text: Rest) -> Done:
    """Give the conversation another subject; the customer's mails keep theirs."""
    line = " ".join(text.split())[:500]
    before = session.conversation().subject
    if before == line:
        return Done(_("Nothing to change."))
    _may_overwrite(session, before)
    conversations.set_subject(session.desk.db, session.here, line)
    journal.record(
        session.desk,
        "conversation.subject",
        conversation=session.here,
        before=before,
        subject=line,
    )
    return Done(_("Subject changed."), f"subject {shlex.quote(before)}")


def _may_overwrite(session: Session, before: str) -> None:
    """Raises `NeedsConfirmation` when a colleague has given it a subject a moment ago, which the
    agent may not have seen while they typed theirs. A hook is not asked."""
    desk = session.desk
    if session.confirmed or session.many or session.undoing or desk.hook:
        return
    last = events.last_of(desk.db, session.here, "conversation.subject")
    if last is None or last.actor == desk.agent or last.at < desk.now() - A_MOMENT:
        return
    words = {"agent": last.actor, "subject": before}
    raise NeedsConfirmation(
        _("{agent} has just made the subject “{subject}”: confirm that yours goes there.").format(
            **words
        ),
        _("{agent} has just made the subject “{subject}”. Put yours there?").format(**words),
    )
