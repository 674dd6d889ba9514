"""What colleagues do, told where one looks: given to me, taken from me, answered or closed while
I write, in what I have and watch. And who they are, and what they are writing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from config.access import NO_AGENTS
from config.i18n import _, ngettext
from omnitui.desk.command import CommandError
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.work import start
from store.errors import NotFound, StoreError
from store.model import ConversationId, Event

if TYPE_CHECKING:
    from omnitui.desk.context import Desk
    from omnitui.desk.together.roster import Colleague
    from omnitui.tui.station.stage import Stage
    from store.model import Draft

TOLD = ("message.queued", "message.noted", "conversation.status", "conversation.assigned")
"""What a watched conversation tells of: what somebody did there, and each but once."""
GATHER = 0.5
"""Seconds for which that is gathered."""
MOST = 200
"""Of it, the latest."""


class Colleagues:
    """One for each screen."""

    def __init__(self, screen: Stage) -> None:
        self._screen = screen
        self._watched: list[Event] = []
        """What may be told of, if the agent watches it."""

    def heard(self, events: Sequence[Event]) -> None:
        """News from the store. What matters most is said, in one line."""
        screen, me = self._screen, self._screen.link.agent
        theirs = [e for e in events if e.actor != me and e.conversation_id is not None]
        for event in theirs:
            if self._is_written_to(event) and (words := _crossing(event)):
                screen.say(words.format(agent=one_line(event.actor)), "warning")
                return
        named = {
            e.conversation_id
            for e in theirs
            if e.kind == "agent.mentioned" and me in e.data.get("agents", ())
        }
        given = [e for e in theirs if e.kind == "conversation.assigned" and _concerns(e, me)]
        # Who is named in a note is told so.
        watched = [e for e in theirs if e.kind in TOLD or e.kind == "message.received"]
        watched = [e for e in watched if e.conversation_id not in named]
        if given:
            with_note = given[-1].conversation_id in named
            start(screen, partial(self._tell, given, [], with_note), "colleagues")
        if watched and not screen.status.loud:
            gathering = bool(self._watched)
            self._watched = [*self._watched, *watched][-MOST:]
            if not gathering:
                start(screen, self._tell_of_watched, "watched")

    def _is_written_to(self, event: Event) -> bool:
        box = self._screen.box
        return (
            event.actor not in NO_AGENTS
            and event.conversation_id == box.conversation_id
            and box.writing
            and box.kind == "reply"
        )

    async def _tell_of_watched(self) -> None:
        """In a storm not everything that comes in is asked about by itself."""
        await asyncio.sleep(GATHER)
        watched, self._watched = self._watched, []
        await self._tell([], watched)

    async def _tell(
        self, given: Sequence[Event], watched: Sequence[Event], with_note: bool = False
    ) -> None:
        screen = self._screen
        try:
            in_view = screen.conversation_shown
            sentence = await screen.link.ask(_sentence, given, watched, in_view, with_note)
        except StoreError:
            return
        if sentence and (given or not screen.status.loud):
            screen.say(sentence, "warning" if given else "info")

    # -- who they are -----------------------------------------------------------

    def who(self) -> None:
        """Who is here, since when, where they look."""
        from omnitui.tui.screens.colleagues import Colleagues as Shown
        from omnitui.tui.words.moments import zone

        screen = self._screen
        team = screen.link.config.team
        below = ""
        if team is not None and team.drafts == "supervisors":
            below = _("Supervisors see what you are writing before you send it.")
        tz = zone(screen.link.config.desk.timezone)
        shown = Shown(self._roster, tz, screen.link.agent, below)
        screen.desk_app.show_overlay(shown, lambda _nothing: None)

    async def _roster(self) -> Sequence[Colleague]:
        from omnitui.desk.together.roster import roster

        return await self._screen.link.ask(roster)

    async def drafts(self) -> None:
        """What colleagues are writing in the conversation. Raises `CommandError`."""
        from omnitui.tui.screens.printed import Printed

        screen = self._screen
        here = screen.chosen
        if here is None:
            screen.say(_("No conversation is selected."), "warning")
            return
        if not await screen.link.ask(_are_visible):
            raise CommandError(
                _("Drafts are their writers' own here: [team] drafts = “supervisors” shows them.")
            )
        found = await screen.link.ask(_drafts, here)
        if not found:
            screen.say(_("No colleague is writing here."))
            return
        text = "\n\n".join(f"{_title(one)}\n\n{one.text.rstrip()}" for one in found)
        access = screen.link.config.access
        popup = Printed(_("What colleagues are writing here"), text, access)
        screen.desk_app.show_overlay(popup, lambda _nothing: None)


def _title(draft: Draft) -> str:
    if draft.kind == "note":
        return _("note of {agent}:").format(agent=one_line(draft.agent))
    return _("draft of {agent}:").format(agent=one_line(draft.agent))


def _are_visible(desk: Desk) -> bool:
    from omnitui.desk.together import drafts

    return drafts.are_visible(desk)


def _drafts(desk: Desk, conversation_id: ConversationId) -> list[Draft]:
    from omnitui.desk.together import drafts

    return [one for one in drafts.of(desk, conversation_id) if one.text.strip()]


def _concerns(event: Event, me: str) -> bool:
    """It was given to the agent, or taken from them."""
    return me in (event.data.get("assignee"), event.data.get("before"))


def _crossing(event: Event) -> str:
    """What somebody did there that one who writes a reply has to know before they send it."""
    if event.kind == "message.queued":
        return _("{agent} has just answered here: look before you send.")
    if event.kind == "conversation.status" and event.data.get("why") == "command":
        if event.data.get("status") == "closed":
            return _("{agent} has just closed it: look before you send.")
        if event.data.get("status") == "snoozed":
            return _("{agent} has just snoozed it: look before you send.")
    return ""


def _sentence(
    desk: Desk,
    given: Sequence[Event],
    watched: Sequence[Event],
    in_view: ConversationId | None,
    with_note: bool,
) -> str:
    """What has happened, with the customer's name; what is in view shows itself."""
    from store import conversations, watches

    if given:
        said = _of_assigned(desk, given[-1], with_note)
        n = len({e.conversation_id for e in given}) - 1
        words = ngettext("{sentence} And {n} more.", "{sentence} And {n} more.", n)
        return words.format(sentence=said, n=n) if n else said
    moved = {e.conversation_id for e in watched if e.kind.startswith("message.")}
    # Of what came with a message the message tells.
    told = [e for e in watched if e.kind != "conversation.status" or e.conversation_id not in moved]
    ids = list(dict.fromkeys(e.conversation_id for e in told if e.conversation_id is not None))
    seen = watches.among(desk.db, desk.agent, ids) - {in_view}
    news = {e.id: words for e in told if (words := _of_mine(e))}
    # In a storm nearly all of it is customers': of that nobody has to ask whose it is.
    of = [e.conversation_id for e in told if e.id in news and e.conversation_id is not None]
    mine = {c.id for c in conversations.many(desk.db, of) if c.assignee == desk.agent} - {in_view}
    for event in reversed(told):
        if event.conversation_id in seen:
            return _of_watched(desk, event)
        if event.conversation_id in mine and event.id in news:
            return news[event.id].format(
                name=_called(desk, event.conversation_id),
                agent=one_line(event.actor),
                id=event.conversation_id,
            )
    return ""


def _of_assigned(desk: Desk, event: Event, with_note: bool) -> str:
    name, who = _called(desk, event.conversation_id), one_line(event.actor)
    to = str(event.data.get("assignee") or "")
    if to == desk.agent:
        words = _("{agent} gives {name} to you (#{id}).")
        if with_note:
            words = _("{agent} gives {name} to you, with a note (#{id}).")
        return words.format(agent=who, name=name, id=event.conversation_id)
    words = {
        "silent": _("{agent} has taken {name} over: you were silent (#{id})."),
        "reclaimed": _("{agent} has put {name} back to nobody (#{id})."),
    }.get(str(event.data.get("why")), "")
    if not words and to == event.actor:
        words = _("{agent} has taken {name} from you (#{id}).")
    elif not words and to:
        words = _("{agent} has given {name}, who was yours, to {other} (#{id}).")
    elif not words:
        words = _("{agent} has put {name}, who was yours, back to nobody (#{id}).")
    return words.format(agent=who, name=name, other=one_line(to), id=event.conversation_id)


def _of_mine(event: Event) -> str:
    """What a colleague did to a conversation of the agent's; "" where that is no news."""
    if event.actor in NO_AGENTS:
        return ""
    if event.kind == "message.queued":
        return _("{agent} has answered {name}, who is yours (#{id}).")
    if event.kind != "conversation.status":
        return ""
    return {
        "closed": _("{agent} has closed {name}, who is yours (#{id})."),
        "snoozed": _("{agent} has snoozed {name}, who is yours (#{id})."),
        "open": _("{agent} has opened {name}, who is yours (#{id})."),
    }.get(str(event.data.get("status")), "")


def _of_watched(desk: Desk, event: Event) -> str:
    words = {
        "message.received": _("You watch {name}: they wrote (#{id})."),
        "message.queued": _("You watch {name}: {agent} answered (#{id})."),
        "message.noted": _("You watch {name}: {agent} kept a note (#{id})."),
        "conversation.status": _("You watch {name}: {agent} changed the status (#{id})."),
        "conversation.assigned": _("You watch {name}: {agent} assigned it (#{id})."),
    }[event.kind]
    return words.format(
        name=_called(desk, event.conversation_id),
        agent=one_line(event.actor),
        id=event.conversation_id,
    )


def _called(desk: Desk, conversation_id: ConversationId | None) -> str:
    from store import conversations

    try:
        found = conversations.get(desk.db, conversation_id or ConversationId(0))
    except NotFound:
        return f"#{conversation_id}"
    return one_line(found.customer_name or found.subject) or f"#{conversation_id}"
