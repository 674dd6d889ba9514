"""Somebody who writes in a chat that a bot can read: what all of them can do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tests.servers.bot_api.bots import Bot
from tests.servers.bot_api.entities import detected
from tests.servers.bot_api.posted import Posted, Seen, seen
from tests.servers.bot_api.world import Account, Chat, Json, Stored

if TYPE_CHECKING:
    from tests.servers.bot_api.server import BotApi

Which = Posted | Seen | Stored | int
"""A message of the chat, or its number."""


class Writer:
    """`author` in `chat`; None: the channel itself."""

    def __init__(
        self, server: BotApi, chat: Chat, author: Account | None, *, thread: int | None = None
    ) -> None:
        self.server = server
        self.chat = chat
        self.author = author
        self.thread = thread

    # Writing

    def says(self, text: str, *, entities: list[Json] | None = None, **more: Any) -> Posted:
        """A text. Without `entities` it has those that Telegram finds itself (links, commands).
        `more`: `reply_to`, `quote`, `silent`, or any further fields of the message."""
        found = detected(text) if entities is None else entities
        return self.posts({"text": text} | ({"entities": found} if found else {}), **more)

    def posts(
        self,
        content: Json,
        *,
        reply_to: Which | None = None,
        quote: str = "",
        silent: bool = False,
        **fields: Any,
    ) -> Posted:
        """Any content, service messages included; what all the others come down to."""
        world = self.server.world
        with world.lock:
            extra: Json = {}
            if self.thread is not None:
                extra |= {"message_thread_id": self.thread, "is_topic_message": True}
            if reply_to is not None:
                target = self.stored(reply_to)
                extra["reply_to_message"] = target.without_reply()
                if quote:
                    text = target.text
                    position = len(text[: text.index(quote)].encode("utf-16-le")) // 2
                    extra["quote"] = {"text": quote, "position": position, "is_manual": True}
            self._opens()
            stored = world.store(self.chat, self.author, extra | content | fields, silent=silent)
            if self.author is None or self.author.id != self.chat.owner_id:
                self.chat.last_inbound = world.now()
            return Posted(stored, self.tell(self._kind(), stored.json))

    def edits(self, which: Which, text: str | None = None, **changes: Any) -> Posted:
        """Another text (or caption), or other fields; None takes a field away."""
        world = self.server.world
        with world.lock:
            stored = self.stored(which)
            if text is not None:
                field = "text" if "text" in stored.json else "caption"
                entities = "entities" if field == "text" else "caption_entities"
                changes = {field: text, entities: detected(text) or None} | changes

            def change(message: Json) -> None:
                for name, value in changes.items():
                    if value is None:
                        message.pop(name, None)
                    else:
                        message[name] = value
                message["edit_date"] = int(world.now())

            world.change(stored, change)
            return Posted(stored, self.tell(f"edited_{self._kind()}", stored.json))

    def deletes(self, *which: Which) -> Json | None:
        """Telegram tells no bot of it, except in business chats."""
        with self.server.world.lock:
            for each in which:
                self.stored(each).deleted = True
            if not self.chat.connection:
                return None
            return self.tell(
                "deleted_business_messages",
                {
                    "business_connection_id": self.chat.connection,
                    "chat": self.chat.json(),
                    "message_ids": [self._number(each) for each in which],
                },
            )

    def forwards(self, which: Posted | Json, **more: Any) -> Posted:
        """A message of another chat, or any content that has a `forward_origin`."""
        if not isinstance(which, Posted):
            return self.posts(which, **more)
        source = which.json
        content = {
            name: value for name, value in source.items() if name not in _NOT_FORWARDED
        }  # fmt: skip
        return self.posts(content | {"forward_origin": origin_of(which.stored)}, **more)

    # Reacting

    def reacts(self, which: Which, *emoji: str, custom: str = "") -> Json | None:
        """These are now the person's reactions; none takes them back."""
        assert self.author is not None, "a channel does not react"
        reactions: list[Json] = [{"type": "emoji", "emoji": each} for each in emoji]
        if custom:
            reactions.append({"type": "custom_emoji", "custom_emoji_id": custom})
        with self.server.world.lock:
            stored = self.stored(which)
            before = stored.reactions.get(self.author.id, [])
            stored.reactions[self.author.id] = reactions
            return self.tell(
                "message_reaction",
                {
                    "chat": self.chat.json(),
                    "message_id": stored.id,
                    "user": self.author.json(),
                    "date": int(self.server.world.now()),
                    "old_reaction": before,
                    "new_reaction": reactions,
                },
            )

    def pins(self, which: Which, **more: Any) -> Posted:
        with self.server.world.lock:
            stored = self.stored(which)
            self.chat.pinned.append(stored.id)
            return self.posts({"pinned_message": stored.without_reply()}, **more)

    def presses(self, which: Which, button: str) -> str:
        """A button by its words or its data; gives the callback query's id, whose answer is in
        `server.world.callbacks`."""
        assert self.author is not None
        with self.server.world.lock:
            stored = self.stored(which)
            rows = stored.json["reply_markup"]["inline_keyboard"]
            pressed = next(
                each for row in rows for each in row
                if button in (each["text"], each.get("callback_data"))
            )  # fmt: skip
            number = str(next(self.server.world.numbers) + 4_000_000_000)
            self.server.world.callbacks[number] = None
            query = {
                "id": number, "from": self.author.json(), "message": stored.json,
                "chat_instance": str(self.chat.id), "data": pressed["callback_data"],
            }  # fmt: skip
            self.tell("callback_query", query)
        return number

    def votes(self, which: Which, *options: int) -> Json | None:
        """In a poll; no options take the vote back. Only polls of a bot tell it."""
        assert self.author is not None
        world = self.server.world
        with world.lock:
            stored = self.stored(which)
            poll = stored.json["poll"]
            votes = world.polls.setdefault(poll["id"], (stored, {}))[1]
            votes[self.author.id] = list(options)
            for index, option in enumerate(poll["options"]):
                option["voter_count"] = sum(index in each for each in votes.values())
            poll["total_voter_count"] = sum(bool(each) for each in votes.values())
            if stored.by_bot is None:
                return None
            if poll["is_anonymous"]:
                return self.tell("poll", poll)
            self.tell("poll", poll)
            return self.tell(
                "poll_answer",
                {
                    "poll_id": poll["id"],
                    "user": self.author.json(),
                    "option_ids": list(options),
                    "option_persistent_ids": [str(each) for each in options],
                },
            )

    # Looking

    def sees(self) -> list[Seen]:
        """The chat as it looks now, the oldest message first."""
        with self.server.world.lock:
            return [
                seen(self.server.world, each)
                for each in self.chat.messages.values()
                if not each.deleted
                and (self.thread is None or each.json.get("message_thread_id") == self.thread)
            ]

    def hears(self) -> list[Seen]:
        """Only what bots wrote."""
        return [each for each in self.sees() if each.by_bot]

    def stored(self, which: Which) -> Stored:
        return self.chat.messages[self._number(which)]

    def _number(self, which: Which) -> int:
        return which if isinstance(which, int) else which.id

    # Telling the bots

    def audience(self) -> Iterator[Bot]:
        """The bots that hear what happens here."""
        chat = self.chat
        for bot in self.server.bots.values():
            if chat.connection:
                connection = self.server.world.connections[chat.connection]
                if connection.is_enabled and connection.bot_id == bot.id:
                    yield bot
            elif chat.type == "private":
                if chat.bot_id == bot.id:
                    yield bot
            elif chat.members.get(bot.id, "left") not in ("left", "kicked"):
                yield bot

    def tell(self, kind: str, content: Json) -> Json | None:
        """The update that the first of them got."""
        updates = [bot.push({kind: content}) for bot in self.audience()]
        return updates[0] if updates else None

    def _kind(self) -> str:
        if self.chat.connection:
            return "business_message"
        return "channel_post" if self.chat.type == "channel" else "message"

    def _opens(self) -> None:
        """What writing does to the chat, besides the message."""


_NOT_FORWARDED = {
    "message_id", "from", "sender_chat", "chat", "date", "reply_to_message", "quote", "edit_date",
    "message_thread_id", "is_topic_message", "media_group_id", "business_connection_id",
    "reply_markup", "external_reply",
}  # fmt: skip


def origin_of(stored: Stored) -> Json:
    """Whose message it was, as a forward shows it."""
    if kept := stored.json.get("forward_origin"):
        return dict(kept)
    date = stored.json["date"]
    if stored.chat.type == "channel":
        return {
            "type": "channel", "date": date, "chat": stored.chat.json(), "message_id": stored.id,
        }  # fmt: skip
    assert stored.author is not None
    return {"type": "user", "date": date, "sender_user": stored.author.json()}
