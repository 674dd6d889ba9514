"""Working together: taking a conversation, watching one, freeing what an absent colleague has."""

from __future__ import annotations

import shlex

from config.i18n import _, ngettext
from omnitui.desk import journal
from omnitui.desk.command import CommandError, Done, Rest
from omnitui.desk.commands.agents import meant
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.commands.status import assigned_back
from omnitui.desk.session import NeedsConfirmation, Session
from omnitui.desk.together import holding, silence
from store import conversations, mentions, watches
from store.errors import NotFound
from store.model import ConversationId


@REGISTRY.command("claim")
def claim(session: Session) -> Done:
    """Take a conversation that nobody has, or whose assignee is silent while the customer waits.
    Of two who do it at once one gets it, and the other is told who has it."""
    desk, found = session.desk, session.conversation()
    if found.assignee == desk.agent:
        return Done(_("It is yours already."))
    undo = assigned_back(desk.agent, found.assignee)
    if not found.assignee:
        holding.give(desk, found, desk.agent)
        words = _("{name} is yours.")
        return Done(words.format(name=found.customer_name or f"#{found.id}"), undo)
    if not silence.is_silent(desk, found):
        raise CommandError(
            _("{who}: “assign me” takes it over.").format(who=holding.holder_words(desk, found))
        )
    holding.give(
        desk,
        found,
        desk.agent,
        why="silent",
        since=silence.silent_since(desk, found.assignee),
    )
    holding.tell_of_loss(desk, found)
    words = _("Yours: {agent} has been silent. They see it when they are back.")
    return Done(words.format(agent=found.assignee), undo)


@REGISTRY.command("watch")
def watch(session: Session) -> Done:
    """Be told of whatever happens in the conversation."""
    desk, found = session.desk, session.conversation()
    if not watches.add(desk.db, desk.agent, found.id, desk.now()):
        return Done(_("You watch it already."))
    journal.record(desk, "conversation.watched", conversation=found.id)
    return Done(_("You watch it: you are told what happens here."), "unwatch")


@REGISTRY.command("unwatch")
def unwatch(session: Session) -> Done:
    """Be told of the conversation no longer."""
    desk, found = session.desk, session.conversation()
    if not watches.remove(desk.db, desk.agent, found.id):
        return Done(_("You do not watch it."))
    journal.record(desk, "conversation.unwatched", conversation=found.id)
    return Done(_("Watched no longer."), "watch")


@REGISTRY.command("reclaim")
def reclaim(session: Session, agent: str) -> Done:
    """Give all that an agent has, open or snoozed, back to nobody: of one who left, or is ill."""
    desk = session.desk
    name = meant(session, agent)
    theirs = conversations.of_assignee(desk.db, name)
    if not theirs:
        return Done(_("{agent} has no conversation.").format(agent=name))
    if holding.is_there(desk, name) and not session.confirmed:
        n = len(theirs)
        raise NeedsConfirmation(
            ngettext(
                "{agent} is there and has {n} conversation: give it back to nobody?",
                "{agent} is there and has {n} conversations: give them back to nobody?",
                n,
            ).format(agent=name, n=n)
        )
    for one in theirs:
        holding.give(desk, one, "", why="reclaimed")
        holding.tell_of_loss(desk, one)
    said = ngettext(
        "{n} conversation of {agent} is nobody's now.",
        "{n} conversations of {agent} are nobody's now.",
        len(theirs),
    ).format(n=len(theirs), agent=name)
    ids = ",".join(str(one.id) for one in theirs)
    return Done(said, f"reclaim back {shlex.quote(name)} {ids}")


@REGISTRY.command("reclaim back")
def reclaim_back(session: Session, agent: str, numbers: Rest) -> Done:
    """Give an agent back those of these conversations that nobody has taken since: for undo."""
    desk, given = session.desk, 0
    for word in numbers.replace(",", " ").split():
        if not (word.isascii() and word.isdecimal() and len(word) < 19):
            raise CommandError(_("“{word}” is no conversation's number.").format(word=word))
        try:
            found = conversations.get(desk.db, ConversationId(int(word)))
        except NotFound:
            continue  # erased meanwhile
        if not found.assignee:
            holding.give(desk, found, agent, why="given-back")
            mentions.withdraw(desk.db, agent, found.id)
            given += 1
    said = ngettext(
        "{agent} has {n} conversation back.", "{agent} has {n} conversations back.", given
    )
    undo = f"reclaim {shlex.quote(agent)}" if given else ""
    return Done(said.format(agent=agent, n=given), undo)
