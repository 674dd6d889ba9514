"""What happened in a chat and is no message, in one line for people.

docs/events.md lists the kinds, docs/telegram.md and docs/webchat.md the codes of `chat.event`.
"""

from __future__ import annotations

from collections.abc import Callable

from config.i18n import _
from omnitui.tui.channels import channel_name
from omnitui.tui.chat_facts import quoted_words
from omnitui.tui.media_words import word
from omnitui.tui.moments import ago
from omnitui.tui.safe_text import one_line
from omnitui.tui.visit_words import VISIT_EVENTS, visit_event
from store.model import Event, Message


def event_words(event: Event, about: Message | None = None) -> str:
    """`title changed: Orders · Ann`. `about`: the message that it is about, if it is here."""
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
