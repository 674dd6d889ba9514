"""Hypothesis strategies made of the specification: updates and messages of every kind.

`updates()` is any valid Update; `updates("message_reaction")` one of that kind; `messages()` any
valid Message, `messages("voice")` one with that content; `objects("Sticker")` any type there is.
Everything is valid by the specification; texts are hostile, entities lie rightly in them.
Strategies are kept: Hypothesis looks through each new one before it draws from it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.servers.bot_api import spec
from tests.servers.bot_api.hostile import LANGUAGES, LINKS, entities, texts

Json = dict[str, Any]
DEEPEST = 3
"""Below this nothing optional is made, lists are empty and unions end as soon as they can."""

_AROUND = (
    "message_id", "message_thread_id", "direct_messages_topic", "from", "sender_chat",
    "sender_boost_count", "sender_business_bot", "sender_tag", "date", "guest_query_id",
    "business_connection_id", "chat", "forward_origin", "is_topic_message", "is_automatic_forward",
    "reply_to_message", "external_reply", "quote", "reply_to_story", "reply_to_checklist_task_id",
    "reply_to_poll_option_id", "via_bot", "guest_bot_caller_user", "guest_bot_caller_chat",
    "edit_date", "has_protected_content", "is_from_offline", "is_paid_post", "media_group_id",
    "author_signature", "paid_star_count", "entities", "link_preview_options",
    "suggested_post_info", "effect_id", "caption", "caption_entities", "show_caption_above_media",
    "has_media_spoiler", "reply_markup",
)  # fmt: skip
CONTENTS = tuple(name for name in spec.TYPES["Message"].fields if name not in _AROUND)
"""Every field that makes a message what it is, service messages included."""
CAPTIONED = (
    "animation",
    "audio",
    "document",
    "photo",
    "video",
    "voice",
    "paid_media",
    "live_photo",
)
MESSAGE_KINDS = (
    "message", "edited_message", "channel_post", "edited_channel_post", "business_message",
    "edited_business_message", "guest_message",
)  # fmt: skip

_ENUMS = {
    ("Poll", "type"): ("regular", "quiz"),
    ("Sticker", "type"): ("regular", "mask", "custom_emoji"),
    ("SuggestedPostInfo", "state"): ("pending", "approved", "declined"),
    ("SuggestedPostRefunded", "reason"): ("post_deleted", "payment_refunded"),
    ("ReactionTypeEmoji", "emoji"): ("👍", "❤", "❤‍🔥", "🤷‍♂", "🔥"),
    ("UniqueGiftInfo", "origin"): ("upgrade", "transfer", "resale", "gifted_upgrade", "offer"),
    ("InlineQuery", "chat_type"): ("sender", "private", "group", "supergroup", "channel"),
    ("RichBlockTableCell", "align"): ("left", "center", "right"),
    ("RichBlockTableCell", "valign"): ("top", "middle", "bottom"),
    ("MaskPosition", "point"): ("forehead", "eyes", "mouth", "chin"),
    ("Dice", "emoji"): ("🎲", "🎯", "🏀", "⚽", "🎳", "🎰"),
}
_PAIRS = (
    ("text", "entities"), ("caption", "caption_entities"), ("question", "question_entities"),
    ("title", "title_entities"), ("explanation", "explanation_entities"),
    ("description", "description_entities"), ("text", "text_entities"),
)  # fmt: skip
_DATES = {"date", "edit_date", "until_date", "expiration_date", "send_date", "add_date",
          "close_date", "start_date", "winners_selection_date", "last_error_date",
          "addition_date", "completion_date"}  # fmt: skip


@cache
def dates() -> st.SearchStrategy[int]:
    return st.integers(1_377_000_000, 4_000_000_000)


@cache
def user_ids() -> st.SearchStrategy[int]:
    return st.one_of(st.integers(1, 1000), st.integers(2**31, 2**52 - 1))


@cache
def supergroup_ids() -> st.SearchStrategy[int]:
    return st.integers(1, 10**10).map(lambda number: -(10**12) - number)


@cache
def objects(name: str, depth: int = 0) -> st.SearchStrategy[Any]:
    """Any valid value of a type of the specification."""
    if name.startswith("Array of "):
        inner = name.removeprefix("Array of ")
        if depth > DEEPEST:
            return st.just([])
        if name == "Array of PhotoSize":
            return st.lists(objects(inner, depth + 1), min_size=1, max_size=4)
        return st.lists(objects(inner, depth + 1), max_size=3)
    match name:
        case "Integer":
            return st.integers(0, 2**53 - 1)
        case "Float":
            return st.floats(-90, 90, allow_nan=False)
        case "Boolean":
            return st.booleans()
        case "String" | "InputFile":
            return texts(max_pieces=4)
        case "User":
            return users()
        case "Chat":
            return chats()
        case "Message":
            return messages(depth=depth)
        case "MessageEntity":
            raise AssertionError("entities are made with their text")
    kind = spec.TYPES[name]
    if kind.subtypes:
        chosen = kind.subtypes[:1] if depth >= DEEPEST else kind.subtypes
        return st.sampled_from(chosen).flatmap(lambda each: objects(each, depth + 1))
    return fields(name, depth)


@st.composite
def fields(
    draw: st.DrawFn,
    name: str,
    depth: int = 0,
    *,
    fixed: Json | None = None,
    among: frozenset[str] | None = None,
) -> Json:
    """An object of one type: the required fields, `fixed`, and some of the others (`among`)."""
    made: Json = dict(fixed or {})
    kind = spec.TYPES[name]
    optional = [
        each.name
        for each in spec.optional_fields(name)
        if each.name not in made and (among is None or each.name in among)
    ]
    wanted: set[str] = set()
    if optional and depth <= DEEPEST:
        most = max(1, 7 - 3 * depth)
        wanted = set(draw(_some(tuple(optional), most)))
    with_entities = {entity_name: text_name for text_name, entity_name in _PAIRS}
    for each in kind.fields.values():
        if each.name in made or not (each.required or each.name in wanted):
            continue
        if "Array of MessageEntity" in each.types:
            text = made.get(with_entities.get(each.name, "text"))
            if isinstance(text, str):
                made[each.name] = draw(entities(text, users()))
            elif each.required:
                made[each.name] = []
            continue
        made[each.name] = draw(_field(name, each, depth))
    return made


@cache
def _some(names: tuple[str, ...], most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), max_size=most, unique=True)


@cache
def _field(owner: str, each: spec.Field, depth: int) -> st.SearchStrategy[Any]:
    if each.constant is not None:
        return st.just(each.constant)
    if choices := _ENUMS.get((owner, each.name)):
        return st.sampled_from(choices)
    name, kind = each.name, each.types[0]
    if kind == "Integer":
        if name in _DATES:
            return dates()
        if name in ("message_id", "message_thread_id"):
            return st.integers(1, 2**31 - 1)
        if name.endswith("chat_id"):
            return st.one_of(user_ids(), supergroup_ids())
        if name.endswith("user_id"):
            return user_ids()
        if name == "file_size":
            return st.one_of(st.integers(0, 10**6), st.integers(19 << 20, 2**32))
        return st.one_of(st.integers(0, 100), st.integers(0, 2**31 - 1))
    if kind == "String":
        if name.endswith(("file_id", "unique_id")):
            return st.text("ABCabc012_-", min_size=4, max_size=30)
        if name in ("language_code", "country_code"):
            return st.sampled_from(LANGUAGES)
        if name == "url":
            return st.sampled_from(LINKS)
        if name == "currency":
            return st.sampled_from(("XTR", "TON", "UAH"))
        if name == "mime_type":
            return st.sampled_from(("image/png", "audio/ogg", "x", "", "text/html; charset=x"))
    if kind == "Float":
        return st.floats(-90, 90)
    return objects(kind, depth + 1)


@cache
def users() -> st.SearchStrategy[Json]:
    return fields("User", DEEPEST - 1, fixed={}).map(_with_own_id)


def _with_own_id(user: Json) -> Json:
    return user | {"id": max(1, user["id"])}


@st.composite
def chats(draw: st.DrawFn, types: tuple[str, ...] = ()) -> Json:
    """A chat whose id, type and names agree."""
    kind = draw(st.sampled_from(types or ("private", "group", "supergroup", "channel")))
    names = texts(1, 4)
    if kind == "private":
        chat = {"id": draw(user_ids()), "type": kind, "first_name": draw(names)}
        if draw(st.booleans()):
            chat["last_name"] = draw(names)
    else:
        number = st.integers(-(2**31), -1) if kind == "group" else supergroup_ids()
        chat = {"id": draw(number), "type": kind, "title": draw(names)}
        if kind == "supergroup" and draw(st.booleans()):
            chat["is_forum"] = True
    if draw(st.booleans()):
        chat["username"] = draw(st.text("abc_1", min_size=5, max_size=12))
    return chat


@st.composite
def messages(
    draw: st.DrawFn,
    content: str = "",
    *,
    depth: int = 0,
    chat_types: tuple[str, ...] = (),
    fixed: Json | None = None,
) -> Json:
    """A message; `content` names the field that makes it what it is. Captions go with files,
    quotes with replies, one person's chat with that person."""
    kind = content or draw(st.sampled_from(("text", *CONTENTS)))
    chat = draw(chats(chat_types))
    made: Json = {"chat": chat, "date": draw(dates())} | (fixed or {})
    if chat["type"] == "channel":
        made.setdefault("sender_chat", chat)
    elif chat["type"] == "private" and "from" not in made:
        made["from"] = draw(users()) | {"id": chat["id"], "is_bot": False}
    elif draw(st.booleans()):
        made.setdefault("from", draw(users()))
    field = spec.TYPES["Message"].fields[kind]
    match kind:
        case "text":
            made["text"] = draw(texts(1))
            made["entities"] = draw(entities(made["text"], users()))
        case "venue":
            made["venue"] = draw(objects("Venue", depth + 1))
            made["location"] = made["venue"]["location"]
        case "animation":
            made["animation"] = draw(objects("Animation", depth + 1))
            made["document"] = draw(objects("Document", depth + 1))
        case _ if field.types == ("Boolean",):
            made[kind] = True
        case _:
            made[kind] = draw(_field("Message", field, depth))
    if kind in CAPTIONED and draw(st.booleans()):
        made["caption"] = draw(texts(1))
        made["caption_entities"] = draw(entities(made["caption"], users()))
    among = frozenset(_AROUND) - _MADE_ABOVE
    message: Json = draw(fields("Message", depth, fixed=made, among=among))
    if depth == 0 and draw(st.integers(0, 3)) == 0:
        inner = draw(messages(depth=DEEPEST, fixed={"chat": chat}))
        message["reply_to_message"] = inner
    for name in ("entities", "caption_entities"):
        if not message.get(name, True):
            del message[name]
    return message


_MADE_ABOVE = {
    "entities", "caption", "caption_entities", "reply_to_message", "chat", "date", "from",
    "sender_chat", "business_connection_id",
}  # fmt: skip


@st.composite
def updates(draw: st.DrawFn, *kinds: str) -> Json:
    """An update of one of these kinds, or of any."""
    kind = draw(st.sampled_from(kinds or spec.UPDATE_KINDS))
    number = draw(st.integers(1, 2**31 - 1))
    return {"update_id": number, kind: draw(_payload(kind))}


def _payload(kind: str) -> st.SearchStrategy[Any]:
    edited: Json = {"edit_date": 1_800_000_000} if kind.startswith("edited_") else {}
    if kind.endswith("channel_post"):
        return messages(chat_types=("channel",), fixed=edited)
    if kind.endswith("business_message"):
        fixed = edited | {"business_connection_id": "bc777x1"}
        return messages(chat_types=("private",), fixed=fixed)
    if kind in MESSAGE_KINDS:
        return messages(chat_types=("private", "group", "supergroup"), fixed=edited)
    return objects(spec.TYPES["Update"].fields[kind].types[0])
