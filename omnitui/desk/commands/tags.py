"""Tags and the subject."""

from __future__ import annotations

import shlex

from config.i18n import _
from omnitui.desk import journal
from omnitui.desk.command import CommandError, Done, Rest
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.session import Session
from omnitui.desk.tag_names import tag_name
from store import conversations


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
    conversations.set_subject(session.desk.db, session.here, line)
    journal.record(
        session.desk,
        "conversation.subject",
        conversation=session.here,
        before=before,
        subject=line,
    )
    return Done(_("Subject changed."), f"subject {shlex.quote(before)}")
