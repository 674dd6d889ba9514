"""What colleagues do, told where one looks: given to me, taken from me, answered while I write,
in what I watch. And who they are, and what they are writing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from config.i18n import _
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
AUTOMATIC = ("engine", "customer")


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
            if event.kind == "message.queued" and self._is_written_to(event):
                screen.say(
                    _("{agent} has just answered here: look before you send.").format(
                        agent=one_line(event.actor)
                    ),
                    "warning",
                )
                return
        given = [e for e in theirs if e.kind == "conversation.assigned" and _concerns(e, me)]
        # Who is named in a note is told so; why it was given stands in it.
        named = any(e.kind == "agent.mentioned" and me in e.data.get("agents", ()) for e in theirs)
        watched = [e for e in theirs if e.kind in TOLD or e.kind == "message.received"]
        if given and not named:
            start(screen, partial(self._tell, given, []), "colleagues")
        if watched and not screen.status.loud:
            gathering = bool(self._watched)
            self._watched = [*self._watched, *watched][-MOST:]
            if not gathering:
                start(screen, self._tell_of_watched, "watched")

    def _is_written_to(self, event: Event) -> bool:
        box = self._screen.box
        return (
            event.actor not in AUTOMATIC
            and event.conversation_id == box.conversation_id
            and box.writing
            and box.kind == "reply"
        )

    async def _tell_of_watched(self) -> None:
        """In a storm not everything that comes in is asked about by itself."""
        await asyncio.sleep(GATHER)
        watched, self._watched = self._watched, []
        await self._tell([], watched)

    async def _tell(self, given: Sequence[Event], watched: Sequence[Event]) -> None:
        screen = self._screen
        try:
            sentence = await screen.link.ask(_sentence, given, watched, screen.reading.current)
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
        popup = Printed(_("What colleagues are writing here"), text)
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


def _sentence(
    desk: Desk,
    given: Sequence[Event],
    watched: Sequence[Event],
    in_view: ConversationId | None,
) -> str:
    """What has happened, with the customer's name; what is in view shows itself."""
    from store import watches

    if given:
        return _of_assigned(desk, given[-1])
    ids = [e.conversation_id for e in watched if e.conversation_id is not None]
    mine = watches.among(desk.db, desk.agent, list(dict.fromkeys(ids))) - {in_view}
    found = next((e for e in reversed(watched) if e.conversation_id in mine), None)
    return _of_watched(desk, found) if found is not None else ""


def _of_assigned(desk: Desk, event: Event) -> str:
    name, who = _called(desk, event.conversation_id), one_line(event.actor)
    if event.data.get("assignee") == desk.agent:
        return _("{agent} gives {name} to you (#{id}).").format(
            agent=who, name=name, id=event.conversation_id
        )
    words = {
        "silent": _("{agent} has taken {name} over: you were silent (#{id})."),
        "reclaimed": _("{agent} has put {name} back to nobody (#{id})."),
    }.get(str(event.data.get("why")), _("{agent} has taken {name} from you (#{id})."))
    return words.format(agent=who, name=name, id=event.conversation_id)


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
