"""What happened in a chat and is no message, in one line for people.

docs/events.md lists the kinds, docs/telegram.md and docs/webchat.md the codes of `chat.event`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from config.access import NO_AGENTS
from config.i18n import _, ngettext
from omnitui.tui.text.cells import width
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.words.channels import channel_name
from omnitui.tui.words.chat_facts import quoted_words
from omnitui.tui.words.media_words import word
from omnitui.tui.words.moments import ago
from omnitui.tui.words.visit_words import VISIT_EVENTS, visit_event
from store.model import Event, Message

MOST = 4
"""Things that one line tells; of more the first and the last ones."""


def events_words(happened: Sequence[Event], about: Message | None = None) -> str:
    """`closed by Ann · reopened`: what was done in a row; who did it is said once."""
    shown = happened if len(happened) <= MOST else (*happened[:1], *happened[1 - MOST :])
    words: list[str] = []
    actor = ""
    for number, event in enumerate(shown):
        if number == 1 and len(shown) < len(happened):
            words.append("…")
        found = event_words(event, about, by="" if event.actor == actor else event.actor)
        actor = event.actor
        words.append(found)
    return " · ".join(words)


def latest_words(happened: Sequence[Event], about: Message | None, room: int) -> str:
    """As much of `events_words` as there are cells for: what was done last counts most."""
    found = events_words(happened, about)
    for first in range(1, len(happened)):
        if width(found) <= room:
            break
        found = f"… · {events_words(happened[first:], about)}"
    return found


def event_words(event: Event, about: Message | None = None, by: str | None = None) -> str:
    """`title changed: Orders · Ann`. `about`: the message that it is about, if it is here; `by`:
    who is named with what agents do, instead of who did it."""
    if event.kind in _DONE:
        name = one_line(event.actor if by is None else by)
        return _DONE[event.kind](event, "" if name in NO_AGENTS else name)
    words = _WORDS.get(event.kind)
    found = words(event) if words is not None else _code(event.kind)
    if event.kind == "chat.pinned" and about is not None:
        found = _("pinned: {text}").format(text=quoted_words(about))
    who = word(event.data, "author")
    return f"{found} · {who}" if who else found


def _started(event: Event) -> str:
    payload = word(event.data, "payload")
    if payload:
        return _("opened the chat by the link “{payload}”").format(payload=payload)
    return _("opened the chat")


def _chat(event: Event) -> str:
    code, text = word(event.data, "event"), word(event.data, "text")
    if code == "message_auto_delete_timer_changed" and text.isdecimal():
        if not int(text):
            return _("messages are kept from now on")
        return _("messages delete themselves after {time}").format(time=ago(int(text) * 1000))
    if code in VISIT_EVENTS:
        return visit_event(event)
    names = {
        "new_chat_members": _("joined the chat"),
        "left_chat_member": _("left the chat"),
        "new_chat_title": _("title changed"),
        "new_chat_photo": _("chat photo changed"),
        "delete_chat_photo": _("chat photo deleted"),
        "group_chat_created": _("group created"),
        "supergroup_chat_created": _("group created"),
        "channel_chat_created": _("channel created"),
        "message_auto_delete_timer_changed": _("messages delete themselves"),
        "migrate_to_chat_id": _("the group became a supergroup"),
        "migrate_from_chat_id": _("the group became a supergroup"),
        "pinned_message": _("message pinned"),
        "users_shared": _("people shared"),
        "chat_shared": _("chat shared"),
        "successful_payment": _("paid"),
        "refunded_payment": _("payment refunded"),
        "connected_website": _("logged in on the website"),
        "write_access_allowed": _("allowed the bot to write"),
        "passport_data": _("sent documents of Telegram Passport"),
        "proximity_alert_triggered": _("came near"),
        "boost_added": _("boosted the chat"),
        "chat_background_set": _("chat background changed"),
        "forum_topic_created": _("topic opened"),
        "forum_topic_edited": _("topic changed"),
        "forum_topic_closed": _("topic closed"),
        "forum_topic_reopened": _("topic opened again"),
        "general_forum_topic_hidden": _("general topic hidden"),
        "general_forum_topic_unhidden": _("general topic shown again"),
        "giveaway_created": _("giveaway created"),
        "giveaway_completed": _("giveaway over"),
        "video_chat_scheduled": _("video chat planned"),
        "video_chat_started": _("video chat started"),
        "video_chat_ended": _("video chat ended"),
        "video_chat_participants_invited": _("invited to the video chat"),
        "web_app_data": _("sent data from a web app"),
        "checklist_tasks_done": _("ticked off in a checklist"),
        "checklist_tasks_added": _("added to a checklist"),
        "gift": _("sent a gift"),
        "unique_gift": _("sent a gift"),
        "business_connected": _("business account connected"),
        "business_disconnected": _("business account disconnected"),
        "bot_added": _("the bot was added"),
        "bot_removed": _("the bot was removed"),
    }
    name = names.get(code) or _code(code)
    return f"{name}: {text}" if text and text != name else name


def _linked(event: Event) -> str:
    address, channel = word(event.data, "address"), word(event.data, "channel")
    if channel == "phone":
        return _("phone number added: {number}").format(number=address)
    if channel == "email":
        return _("e-mail address added: {address}").format(address=address)
    # A chat's number says nothing to a person.
    return _("the same customer on {channel}, too").format(channel=channel_name(channel))


def _merged(event: Event) -> str:
    name = word(event.data, "name") or word(event.data, "merged_name")
    if name:
        return _("now one customer with {name}").format(name=name)
    return _("two customers made one")


def _link_opened(event: Event) -> str:
    result = word(event.data, "result")
    failures = {
        "expired": _("too late"),
        "used": _("used before"),
        "unsent": _("never sent to them"),
        "other-account": _("made for another bot"),
        "withdrawn": _("taken back"),
        "somebody-else": _("signed in as somebody else"),
        "unknown": _("unknown"),
    }
    who = _opener(event)
    if result in failures:
        return _("one-time link opened by {who}, without effect: {why}").format(
            who=who, why=failures[result]
        )
    return _("one-time link opened by {who}: it is the same customer").format(who=who)


def _opener(event: Event) -> str:
    """`Ann Lee (@ann)`."""
    name, username = word(event.data, "name"), word(event.data, "username")
    shown = name or word(event.data, "address")
    return f"{shown} (@{username})" if username else shown


def _status(event: Event, by: str) -> str:
    status, before = word(event.data, "status"), word(event.data, "before")
    if word(event.data, "why") == "snooze-over":
        return _("the snooze is over")
    if status == "open":
        said = {
            "closed": (_("reopened"), _("reopened by {agent}")),
            "snoozed": (_("taken out of snooze"), _("taken out of snooze by {agent}")),
        }.get(before, (_("opened"), _("opened by {agent}")))
    else:
        said = {
            "closed": (_("closed"), _("closed by {agent}")),
            "pending": (_("set to wait for the customer"),
                        _("set to wait for the customer by {agent}")),
            "snoozed": (_("snoozed"), _("snoozed by {agent}")),
        }.get(status, (_code(status), _code(status)))  # fmt: skip
    return said[1].format(agent=by) if by else said[0]


def _assigned(event: Event, by: str) -> str:
    to = word(event.data, "assignee")
    if not to and word(event.data, "why") == "reclaimed" and by:
        words = _("put back to nobody by {agent}: {other} had it")
        return words.format(agent=by, other=word(event.data, "before"))
    if not to:
        return (
            _("assigned to nobody by {agent}").format(agent=by) if by else _("assigned to nobody")
        )
    why, had = word(event.data, "why"), word(event.data, "before")
    if to == event.actor and why == "silent":
        return _("taken over by {agent}: {other} was silent").format(agent=to, other=had)
    if to == event.actor:
        return _("taken by {agent}").format(agent=to)
    if by:
        return _("assigned to {agent} by {other}").format(agent=to, other=by)
    return _("assigned to {agent}").format(agent=to)


def _moved(event: Event, by: str) -> str:
    ids = event.data.get("messages")
    n = len(ids) if isinstance(ids, list | tuple) else 0
    here = event.conversation_id
    source, target = event.data.get("source"), event.data.get("target")
    if here == target:
        words = ngettext("{n} message came from #{id}", "{n} messages came from #{id}", n)
        found = words.format(n=n, id=source)
    else:
        words = ngettext("{n} message went to #{id}", "{n} messages went to #{id}", n)
        found = words.format(n=n, id=target)
    return _("{what} · by {agent}").format(what=found, agent=by) if by else found


def _proven(event: Event, by: str) -> str:
    address = _address(event)
    if by:
        return _("{address} is theirs: {agent} says so").format(address=address, agent=by)
    return _("{address} is proven to be theirs").format(address=address)


def _unproven(event: Event, by: str) -> str:
    address = _address(event)
    if by:
        return _("{address} is not proven any more, by {agent}").format(address=address, agent=by)
    return _("{address} is not proven any more").format(address=address)


def _address(event: Event) -> str:
    """An e-mail address; a chat's number says nothing to a person."""
    channel = word(event.data, "channel")
    shown = word(event.data, "address")
    return shown if channel in ("email", "phone") else channel_name(channel)


_DONE: dict[str, Callable[[Event, str], str]] = {
    "conversation.status": _status,
    "conversation.assigned": _assigned,
    "messages.moved": _moved,
    "identity.proven": _proven,
    "identity.unproven": _unproven,
}
"""What agents do, with who did."""


_WORDS: dict[str, Callable[[Event], str]] = {
    "chat.started": _started,
    "chat.event": _chat,
    "chat.pinned": lambda _event: _("message pinned"),
    "chat.moved": lambda _event: _("the chat goes on under another number"),
    "customer.blocked": lambda _event: _("blocked the bot: nothing reaches them"),
    "customer.unblocked": lambda _event: _("unblocked the bot"),
    "customer.barred": lambda event: _("kept out of the chat by {agent}").format(
        agent=one_line(event.actor)
    ),
    "customer.unbarred": lambda event: _("let into the chat again by {agent}").format(
        agent=one_line(event.actor)
    ),
    "identity.linked": _linked,
    "customer.merged": _merged,
    "customer.unmerged": lambda _event: _("two customers again: that was taken back"),
    "link.created": lambda event: _("one-time link for {address} by {who}").format(
        address=word(event.data, "address"), who=one_line(event.actor)
    ),
    "link.opened": _link_opened,
}


def _code(code: str) -> str:
    """A code as words, for what nobody has worded."""
    return one_line(code.replace("_", " ").replace(".", " ")) or _("something happened here")
