"""A desk with a Telegram bot: every kind of message there is, through the real reading of the
Bot API's updates and the real intake. All people are invented.

`python -m tests.tui.views.chatroom DIRECTORY` makes one to look at.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from config.model import Config, DeskSettings, Home
from connectors.contract import Capabilities, ChannelError, Sent
from connectors.telegram.reading import BusinessConnection, ReadingContext, read_update
from omnitui.desk.arriving import intake
from omnitui.desk.context import Desk
from omnitui.desk.replying import outbox, reply
from store import accounts, attachments, messages
from store import outbox as store_outbox
from store.blobs import for_database
from store.database import transaction
from store.driver import Connection
from store.model import AS_USUAL, Account, ConversationId, CustomerId, Delivery, Message, Millis
from tests.fresh_store import fresh_store
from tests.tui.views.desk import MINUTE, NOW

Json = Mapping[str, Any]

OLENA = {"id": 42, "is_bot": False, "first_name": "Olena", "last_name": "Kovalenko",
         "username": "olena_k", "language_code": "uk"}  # fmt: skip
PIOTR = {"id": 43, "is_bot": False, "first_name": "Piotr", "last_name": "Lis"}
BEN = {"id": 44, "is_bot": False, "first_name": "Ben", "username": "benh"}
OWNER = {"id": 777, "is_bot": False, "first_name": "Ann", "last_name": "Reed"}
BOT = {"id": 9, "is_bot": True, "first_name": "Acme", "username": "acme_bot"}
GROUP = {"id": -100123, "type": "supergroup", "title": "Acme buyers", "is_forum": True}

CAPABLE = Capabilities(
    part_limit=4096, each_file_limit=50_000_000, formatting="markdown", edit=True, delete=True,
    delete_window=172_800, answers=True, silent=True, typing=True,
    link="https://t.me/acme_bot?start={payload}", parallel=20,
)  # fmt: skip


@dataclass
class Chatroom:
    """Times are minutes before `now`."""

    directory: Path
    now: Millis = NOW
    db: Connection = field(init=False)
    account: Account = field(init=False)
    _updates: count[int] = field(default_factory=lambda: count(5001))
    _numbers: count[int] = field(default_factory=lambda: count(1001))

    def __post_init__(self) -> None:
        home = Home(self.directory, self.directory, self.directory / "state")
        home.data.mkdir(parents=True, exist_ok=True)
        self.config = Config(path=None, home=home, desk=DeskSettings(name="Acme"))
        self.db = fresh_store(home.store_file)
        self.context = ReadingContext(
            9,
            "acme_bot",
            groups=True,
            channels=True,
            connections={"biz": BusinessConnection(777, name="Ann Reed")},
        )
        with transaction(self.db):
            self.account = accounts.ensure(
                self.db,
                "bot",
                "telegram",
                address="@acme_bot",
                display_name="Acme",
                capabilities=dataclasses.asdict(CAPABLE),
            )

    def desk(self, ago: float = 0) -> Desk:
        at = self.at(ago)
        return Desk(self.db, self.config, "ann", lambda: at)

    def at(self, ago: float) -> Millis:
        return self.now - round(ago * MINUTE)

    def update(self, ago: float, **content: Any) -> Message | None:
        """Something comes in; the message that it became or is about."""
        raw = {"update_id": next(self._updates), **content}
        received = read_update(raw, self.context, now=self.at(ago))
        with transaction(self.db):
            receipt = intake.accept(self.desk(ago), self.account, [received], {})[0]
            assert receipt.outcome == "accepted", receipt
            return messages.get(self.db, receipt.message_id) if receipt.message_id else None

    def says(
        self,
        who: Json,
        ago: float,
        /,
        *,
        chat: Json | None = None,
        kind: str = "message",
        **more: Any,
    ) -> Message:
        """A message; `more` are the fields of the Bot API's Message."""
        message: dict[str, Any] = {
            "message_id": more.pop("message_id", None) or next(self._numbers),
            "date": self.at(ago) // 1000,
            "chat": chat or {**who, "type": "private"},
            "from": who,
            **more,
        }
        if kind == "edited_message":
            message["edit_date"] = self.at(more.get("edited", ago)) // 1000
        found = self.update(ago, **{kind: message})
        assert found is not None
        return found

    def number(self, message: Message) -> int:
        return int(message.external_id.rpartition(":")[2])

    def here(self, message: Message, content: bytes = b"x" * 34_000) -> None:
        """Its files have been fetched."""
        with transaction(self.db):
            for waiting in attachments.of_message(self.db, message.id):
                blob = for_database(self.db).put(self.db, content)
                attachments.arrived(self.db, waiting.id, blob, len(content))

    def never(self, message: Message, problem: str) -> None:
        """Its files will not come."""
        with transaction(self.db):
            for waiting in attachments.of_message(self.db, message.id):
                attachments.never(self.db, waiting.id, problem)

    def answer(
        self,
        conversation: ConversationId,
        text: str,
        ago: float,
        *,
        delivery: Delivery = AS_USUAL,
        result: Sent | ChannelError | None = None,
    ) -> Message:
        """We reply, and it is out; `result`: how the send ended instead."""
        with transaction(self.db):
            desk = self.desk(ago)
            sent = reply.queue(desk, conversation, text, delivery=delivery, undo_delay=0)
            store_outbox.claim(self.db, sent, self.at(ago))
            message = messages.get(self.db, sent)
            chat = message.details.get("chat") or "42"
            done = result or Sent(f"{chat}:{next(self._numbers)}")
            outbox.settle(desk, store_outbox.get(self.db, sent), done)
            return messages.get(self.db, sent)

    def details(self, message: Message, **more: Any) -> None:
        with transaction(self.db):
            messages.add_details(self.db, message.id, more)


def photo(number: int, size: int = 180_000) -> list[Json]:
    return [
        {"file_id": f"small{number}", "file_unique_id": f"s{number}", "width": 90, "height": 67,
         "file_size": 1200},
        {"file_id": f"large{number}", "file_unique_id": f"l{number}", "width": 1280,
         "height": 960, "file_size": size},
    ]  # fmt: skip


def file(number: int, mime: str, size: int, **more: Any) -> Json:
    found = {"file_id": f"file{number}", "file_unique_id": f"f{number}"}
    return {**found, "mime_type": mime, "file_size": size, **more}


def bold(text: str, *marked: tuple[str, str]) -> Json:
    """A text with entities over the first place of each of some words."""
    entities = []
    for words, kind in marked:
        start = text.index(words)
        before = len(text[:start].encode("utf-16-le")) // 2
        length = len(words.encode("utf-16-le")) // 2
        entities.append({"type": kind, "offset": before, "length": length})
    return {"text": text, "entities": entities}


def told(message: Message, room: Chatroom, who: Json, text: str) -> Json:
    """A message as answers carry it along."""
    return {"message_id": room.number(message), "date": message.arrived_at // 1000,
            "chat": {"id": 42, "type": "private"}, "from": who, "text": text}  # fmt: skip


def morning(room: Chatroom) -> CustomerId:
    """Olena's morning in the chat: one of each kind."""
    olena = {**OLENA}
    room.update(
        200,
        message={"message_id": 1000, "date": room.at(200) // 1000, "text": "/start spring",
                 "chat": {**olena, "type": "private"}, "from": olena,
                 "entities": [{"type": "bot_command", "offset": 0, "length": 6}]},
    )  # fmt: skip
    hello = room.says(olena, 190, text="Добрий день! Де моє замовлення 1042?")
    chat = hello.conversation_id
    room.here(room.says(olena, 189, voice=file(1, "audio/ogg", 21_000, duration=12)))
    asked = room.answer(chat, "Good morning! It is **on its way**: which box came wet?", 180)
    pictures: Sequence[Message] = [
        room.says(olena, 170, photo=photo(n), media_group_id="album1", **caption)
        for n, caption in enumerate(({"caption": "The box, from three sides"}, {}, {}))
    ]
    room.here(pictures[0])
    answer = room.says(
        olena, 168, text="This one",
        reply_to_message=told(asked, room, BOT, "Good morning! It is on its way"),
    )  # fmt: skip
    room.update(
        167,
        message_reaction={"chat": {**olena, "type": "private"}, "message_id": room.number(asked),
                          "user": olena, "date": room.at(167) // 1000, "old_reaction": [],
                          "new_reaction": [{"type": "emoji", "emoji": "👍"}]},
    )  # fmt: skip
    wrong = room.says(olena, 160, text="I need two of them by Friday")
    room.says(
        olena, 158, kind="edited_message", message_id=room.number(wrong),
        text="I need three of them by Friday, please",
    )  # fmt: skip
    room.says(
        olena, 150, sticker=file(2, "image/webp", 20_000, type="regular", width=512, height=512,
                                 is_animated=False, is_video=False, emoji="😀",
                                 set_name="HotCherry"),
    )  # fmt: skip
    room.says(
        olena, 149,
        venue={"location": {"latitude": 50.4501, "longitude": 30.5234}, "title": "Lipa shop",
               "address": "Khreshchatyk 1, Kyiv"},
        location={"latitude": 50.4501, "longitude": 30.5234},
    )  # fmt: skip
    room.says(olena, 148, location={"latitude": 50.44, "longitude": 30.52})
    room.says(
        olena, 147, contact={"phone_number": "+380501234567", "first_name": "Olena",
                             "last_name": "Kovalenko", "user_id": 42},
    )  # fmt: skip
    room.says(
        olena, 140,
        poll={"id": "p", "question": "Which colour?", "options": [
            {"text": "blue", "voter_count": 2}, {"text": "grey", "voter_count": 0}],
            "total_voter_count": 2, "is_closed": False, "is_anonymous": True, "type": "regular",
            "allows_multiple_answers": False},
    )  # fmt: skip
    room.says(olena, 139, dice={"emoji": "🎲", "value": 4})
    room.says(
        olena, 138, audio=file(3, "audio/mpeg", 4_100_000, duration=185, performer="Onuka",
                               title="Vidlik", file_name="vidlik.mp3"),
    )  # fmt: skip
    opening = room.says(
        olena, 137, video=file(4, "video/mp4", 15_000_000, duration=62, width=1920, height=1080),
        caption="How it opens",
    )  # fmt: skip
    room.never(opening, "Telegram has it no more: ask for it once again.")
    room.says(olena, 136, video_note=file(5, "video/mp4", 900_000, duration=9, length=240))
    room.says(
        olena, 135, document=file(6, "application/pdf", 240_000, file_name="invoice 1042.pdf")
    )
    room.says(
        olena, 134, animation=file(7, "video/mp4", 90_000, duration=3, width=320, height=240),
        document=file(7, "video/mp4", 90_000),
    )  # fmt: skip
    room.says(olena, 133, story={"chat": {"id": 42, "type": "private", **olena}, "id": 7})
    room.says(
        olena, 130,
        **bold("Read this: not now, but soon 🙂 and the code is 12-34; the end is a secret",
               ("not now", "bold"), ("soon", "italic"), ("12-34", "code"),
               ("a secret", "spoiler"), ("the end", "underline")),
    )  # fmt: skip
    room.says(
        olena, 129, text="They wrote me that it was returned",
        forward_origin={"type": "user", "date": room.at(4000) // 1000, "sender_user": PIOTR},
    )  # fmt: skip
    room.says(olena, 128, text="2*3*4 is not _bold_ and `this` stays")
    room.update(
        120,
        message={"message_id": next(room._numbers), "date": room.at(120) // 1000,
                 "chat": {**olena, "type": "private"}, "from": olena,
                 "message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}},
    )  # fmt: skip
    room.answer(
        chat, "The third one leaves today.", 110, delivery=Delivery(answers=answer.id, silent=True)
    )
    late = room.answer(chat, "Here is the lable for it.", 100)
    room.details(
        late,
        alteration={"id": 1, "kind": "edit", "state": "queued", "error": "",
                    "text": "Here is the label for it.", "agent": "ann"},
    )  # fmt: skip
    other = room.answer(chat, "We call you tomorrow.", 95)
    room.details(
        other,
        alteration={"id": 2, "kind": "delete", "state": "failed", "agent": "ann", "text": "",
                    "error": "Telegram lets a message be deleted for 48 hours only."},
    )  # fmt: skip
    gone = room.answer(chat, "Never mind.", 90)
    room.details(gone, deleted_at=room.at(88), deleted_by="ann")
    return hello.customer_id


def business(room: Chatroom) -> CustomerId:
    """Ben writes to the shop's business account."""
    chat = {**BEN, "type": "private"}
    more = {"chat": chat, "kind": "business_message", "business_connection_id": "biz"}
    room.says(OWNER, 24 * 60 - 20, **more, text="Hello Ben, this is Ann.")
    first = room.says(BEN, 24 * 60 - 30, **more, text="Is the shop open on Sunday?")
    room.update(
        60,
        deleted_business_messages={"business_connection_id": "biz", "chat": chat,
                                   "message_ids": [room.number(first)]},
    )  # fmt: skip
    return room.says(BEN, 23 * 60, **more, text="And at what time?").customer_id


def group(room: Chatroom) -> CustomerId:
    """A group of buyers."""
    room.says(OLENA, 50, chat=GROUP, text="Who else waits for the blue ones?")
    found = room.says(PIOTR, 49, chat=GROUP, text="I do, since *May*")
    room.update(
        48,
        message={"message_id": next(room._numbers), "date": room.at(48) // 1000, "chat": GROUP,
                 "from": PIOTR, "new_chat_title": "Buyers of the blue ones"},
    )  # fmt: skip
    return found.customer_id


def leaving(room: Chatroom) -> CustomerId:
    """Piotr sends a voice message and blocks the bot."""
    found = room.says(PIOTR, 30, voice=file(8, "audio/ogg", 12_000, duration=75))
    member = {"status": "member", "user": BOT}
    room.update(
        20,
        my_chat_member={"chat": {**PIOTR, "type": "private"}, "from": PIOTR,
                        "date": room.at(20) // 1000, "old_chat_member": member,
                        "new_chat_member": {"status": "kicked", "user": BOT, "until_date": 0}},
    )  # fmt: skip
    return found.customer_id


def fill(room: Chatroom) -> CustomerId:
    business(room)
    olena = morning(room)
    group(room)
    leaving(room)
    return olena


if __name__ == "__main__":
    from store.clock import now

    fill(Chatroom(Path(sys.argv[1]), now()))
