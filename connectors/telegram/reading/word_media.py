"""Media that are facts: places, contacts, polls, lists. Their text says them all."""

from __future__ import annotations

from typing import Any

from connectors.telegram.reading import people
from connectors.telegram.reading.context import ReadingContext
from connectors.telegram.reading.medium import MAX_WORDS, Medium, of_words
from connectors.telegram.reading.money import money
from connectors.telegram.reading.values import (
    counted,
    number,
    object_of,
    objects,
    one_line,
    string,
    whole,
)


def location(found: Any, _context: ReadingContext, _id: object) -> Medium:
    """Location: a link to a map; one that is live moves by edits."""
    found = object_of(found)
    latitude, longitude = number(found.get("latitude")), number(found.get("longitude"))
    details: dict[str, Any] = {"kind": "location"}
    if latitude is None or longitude is None:
        return Medium(details)
    details |= {"latitude": latitude, "longitude": longitude}
    if (period := counted(found.get("live_period"))) is not None:
        details |= {"live": True, "live_period": period}
    for name in ("heading", "horizontal_accuracy", "proximity_alert_radius"):
        if (value := number(found.get(name))) is not None:
            details[name] = value
    # That it goes no further is news, too: it is told without `live_period`.
    place = f"{latitude:.6f}/{longitude:.6f}/{period is not None}"
    return Medium(details, text=_map(latitude, longitude), fingerprint=place)


def venue(found: Any, context: ReadingContext, message_id: object) -> Medium:
    """Venue: title, address and the link to a map."""
    found = object_of(found)
    medium = location(found.get("location"), context, message_id)
    title, address = one_line(string(found.get("title"))), one_line(string(found.get("address")))
    medium.details |= {"kind": "venue", "title": title, "address": address}
    medium.text = "\n".join(line for line in (title, address, medium.text) if line)
    medium.fingerprint = medium.text
    return medium


def _map(latitude: float, longitude: float) -> str:
    lat, lon = f"{latitude:.6f}".rstrip("0").rstrip("."), f"{longitude:.6f}".rstrip("0").rstrip(".")
    return f"https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=16/{lat}/{lon}"


def contact(found: Any, _context: ReadingContext, _id: object) -> Medium:
    """Contact: name and number; `own_phone` says whether it is the sender's own."""
    found = object_of(found)
    told = one_line(string(found.get("phone_number")))
    phone = phone_number(told) or told
    details: dict[str, Any] = {"kind": "contact", "phone": phone}
    for name in ("first_name", "last_name"):
        if value := one_line(string(found.get(name))):
            details[name] = value
    if (user_id := whole(found.get("user_id"))) is not None:
        details["user_id"] = user_id
    if card := string(found.get("vcard")):
        details["vcard"] = card[:MAX_WORDS]
    name = people.person_name({"first_name": details.get("first_name"),
                               "last_name": details.get("last_name")})  # fmt: skip
    text = "\n".join(line for line in (name, phone) if line)
    return Medium(details, text=text, fingerprint=f"{text}\0{user_id}\0{card}")


def poll(found: Any, _context: ReadingContext, _id: object) -> Medium:
    """Poll: the question and its options, with the votes so far."""
    found = object_of(found)
    question = string(found.get("question"))
    listed = [
        [string(option.get("text")), counted(option.get("voter_count")) or 0]
        for option in objects(found.get("options"))
    ]
    details: dict[str, Any] = {
        "kind": "poll",
        "question": question,
        "options": listed,
        "anonymous": found.get("is_anonymous") is True,
        "quiz": found.get("type") == "quiz",
    }
    if found.get("is_closed") is True:
        details["closed"] = True
    if found.get("allows_multiple_answers") is True:
        details["several"] = True
    if poll_id := string(found.get("id")):
        details["id"] = poll_id
    if about := string(found.get("description")):
        details["description"] = about[:MAX_WORDS]
    lines = [question, *(f"- {text}" for text, _votes in listed)]
    if about:
        lines.insert(1, about[:MAX_WORDS])
    return of_words(details, lines)


def dice(found: Any, _context: ReadingContext, _id: object) -> Medium:
    """Dice: the emoji and what it came to."""
    found = object_of(found)
    emoji, value = one_line(string(found.get("emoji"))) or "🎲", whole(found.get("value"))
    details: dict[str, Any] = {"kind": "dice", "emoji": emoji}
    if value is not None:
        details["value"] = value
    text = emoji if value is None else f"{emoji} {value}"
    return Medium(details, text=text, fingerprint=text)


def story(found: Any, _context: ReadingContext, _id: object) -> Medium:
    """Telegram gives bots no content of stories."""
    found = object_of(found)
    chat, story_id = object_of(found.get("chat")), whole(found.get("id"))
    details: dict[str, Any] = {"kind": "story"}
    if author := people.chat_name(chat):
        details["author"] = author
    username = string(chat.get("username"))
    if story_id is not None and username.isascii() and username.isidentifier():
        details["url"] = f"https://t.me/{username}/s/{story_id}"
    return Medium(details, fingerprint=f"{chat.get('id')}/{story_id}")


def invoice(found: Any, _context: ReadingContext, _id: object) -> Medium:
    """Invoice: what is sold, and for how much."""
    found = object_of(found)
    title = one_line(string(found.get("title")))
    details: dict[str, Any] = {"kind": "invoice", "title": title, **money(found)}
    return of_words(details, [title, string(found.get("description")), details.get("price", "")])


def checklist(found: Any, _context: ReadingContext, _id: object) -> Medium:
    """Checklist: its tasks, with a mark at those that are done."""
    found = object_of(found)
    title = string(found.get("title"))
    tasks = [
        [string(task.get("text")), bool(task.get("completion_date"))]
        for task in objects(found.get("tasks"))
    ]
    lines = [title, *(f"- [{'x' if done else ' '}] {text}" for text, done in tasks)]
    return of_words({"kind": "checklist", "title": title, "tasks": tasks}, lines)


def giveaway(found: Any, _context: ReadingContext, _id: object) -> Medium:
    """Giveaway and GiveawayWinners: the prize, and who may win it or did."""
    found = object_of(found)
    details: dict[str, Any] = {}
    for name in ("winner_count", "prize_star_count", "premium_subscription_month_count"):
        if (value := counted(found.get(name))) is not None:
            details[name] = value
    names = [people.chat_name(chat) for chat in objects(found.get("chats"))][:20]
    winners = [people.person_name(user) for user in objects(found.get("winners"))][:100]
    if winners:
        details["winners"] = winners
    return of_words(details, [string(found.get("prize_description")), ", ".join(names or winners)])


def phone_number(told: object) -> str:
    """`+380441234567`; "" for what is no number (E.164: at most 15 digits)."""
    digits = "".join(char for char in string(told) if char in "0123456789").removeprefix("00")
    return f"+{digits}" if 5 <= len(digits) <= 15 else ""
