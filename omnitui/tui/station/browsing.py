"""Going about one customer's history: parts of it, days, all its attachments, who has seen what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.desk.past import parse_past
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.scope_line import words
from omnitui.tui.words.channels import channel_name
from omnitui.tui.words.moments import local, short_date, zone
from store.clock import now
from store.model import Message
from store.timeline import EVERYTHING, Only

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage
    from store.timeline_hits import Hit


async def narrow(screen: Stage, only: Only) -> None:
    """Show only a part of the history; says so where there is nothing in it."""
    timeline = screen.timeline
    if timeline.customer_id is None:
        raise CommandError(_("Open a conversation first."))
    if timeline.scope.only == only:
        return
    if not await timeline.narrow(only) and only:
        screen.say(_("There is nothing to show: {what}.").format(what=words(only)))


async def only_channel(screen: Stage, name: str) -> None:
    """Only one channel: of the highlighted message, or by its name. Raises `CommandError`."""
    if name:
        known = {account.channel for account in screen.live.accounts}
        begun = [
            channel
            for channel in sorted(known)
            if name.lower() in (channel, channel_name(channel).lower())
        ]
        await narrow(screen, Only(channel=begun[0] if begun else name.lower()))
        return
    await narrow(screen, Only(channel=_highlighted(screen).channel))


async def only_conversation(screen: Stage) -> None:
    """Raises `CommandError`."""
    await narrow(screen, Only(conversation_id=_highlighted(screen).conversation_id))


async def everything(screen: Stage) -> None:
    await narrow(screen, EVERYTHING)


async def go_to_date(screen: Stage, text: str) -> None:
    """Go to the first message of a day, month or year, or the next one after it, and say where
    that is. Raises `CommandError` for what is no date."""
    if not text:
        screen.ask_line("date ")
        return
    timezone = screen.link.config.desk.timezone
    at = parse_past(text, now(), timezone)
    found = await screen.timeline.go_to(at)
    if found is None:
        screen.say(_("There are no messages in this timeline."))
        return
    screen.focus_pane("timeline")
    tz, moment = zone(timezone), now()
    today = local(moment, tz).date()
    asked = short_date(local(at, tz).date(), today)
    day = short_date(local(found.arrived_at, tz).date(), today)
    if found.arrived_at < at:
        sentence = _("Nothing since {asked}: this is the last message, of {day}.")
    elif day != asked:
        sentence = _("The first message from {asked} on is of {day}.")
    else:
        sentence = _("{day}: the first message of the day.")
    screen.say(sentence.format(asked=asked, day=day))


def found_words(text: str, hit: Hit) -> str:
    """`“refund”: 3 of 17`; the newest hit is the first."""
    total = f"{hit.total}+" if hit.more else str(hit.total)
    if hit.total is None:
        return _("“{text}”: found").format(text=text)
    if hit.number is None:
        return _("“{text}”: one of {total}").format(text=text, total=total)
    return _("“{text}”: {number} of {total}").format(text=text, number=hit.number, total=total)


def whole(message: Message, zone_name: str) -> str:
    """A message with its heading, as it is copied to somebody else."""
    tz = zone(zone_name)
    moment = local(message.arrived_at, tz)
    sender = message.author or message.author_address
    if message.author_address and message.author_address != sender:
        sender = f"{sender} <{message.author_address}>"
    lines = [(_("from"), sender)]
    lines += [(_("to"), ", ".join(to.address for to in message.recipients))]
    lines += [
        (_("date"), f"{moment:%Y-%m-%d %H:%M}"),
        (_("channel"), channel_name(message.channel)),
    ]
    lines += [(_("subject"), message.subject)]
    lines += [(_("attached"), ", ".join(file.name for file in message.attachments))]
    head = "\n".join(f"{label}: {one_line(value)}" for label, value in lines if value)
    return f"{head}\n\n{message.text}"


def _highlighted(screen: Stage) -> Message:
    message = screen.timeline.selected_message
    if message is None:
        raise CommandError(_("Open a conversation and highlight a message first."))
    return message
