"""Everything but text that somebody can send: files, places, contacts, polls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.servers.bot_api import media, pictures, spec
from tests.servers.bot_api.entities import detected
from tests.servers.bot_api.posted import Posted
from tests.servers.bot_api.world import Account, Json
from tests.servers.bot_api.writer import Writer

Item = tuple[str, bytes] | tuple[str, bytes, str]
"""Kind, content and, where it has one, the file's name."""


class Sender(Writer):
    """Every method takes what `posts` takes (`reply_to`, `silent`, …) besides its own; files have
    a `content` (a small real file where none is given), a `name`, and a `size` to claim
    another one than they have."""

    def sends(
        self,
        kind: str,
        content: bytes | None = None,
        *,
        caption: str = "",
        caption_entities: list[Json] | None = None,
        name: str = "",
        size: int | None = None,
        details: Json | None = None,
        **more: Any,
    ) -> Posted:
        """A file of any kind; `details` as the API names them (`duration`, `performer`, …)."""
        content = _SAMPLES[kind] if content is None else content
        with self.server.world.lock:
            files = self.server.world.files
            stored = files.add(content, kind, name, size=size)
            found = media.of_file(files, stored, kind, **(details or {}))
            entities = detected(caption) if caption_entities is None else caption_entities
            if caption:
                found["caption"] = caption
            if entities:
                found["caption_entities"] = entities
            return self.posts(found, **more)

    def sends_photo(self, content: bytes | None = None, caption: str = "", **more: Any) -> Posted:
        content = pictures.png(640, 480) if content is None else content
        return self.sends("photo", content, caption=caption, **more)

    def sends_document(
        self, content: bytes = b"%PDF-1.4\n", name: str = "letter.pdf", **more: Any
    ) -> Posted:
        return self.sends("document", content, name=name, **more)

    def sends_audio(
        self, content: bytes | None = None, *, title: str | None = None,
        performer: str | None = None, duration: int = 180, name: str = "song.mp3", **more: Any
    ) -> Posted:  # fmt: skip
        details = {"title": title, "performer": performer, "duration": duration}
        return self.sends("audio", content, details=details, name=name, **more)

    def sends_video(
        self, content: bytes | None = None, *, duration: int = 12, name: str = "clip.mp4",
        **more: Any
    ) -> Posted:  # fmt: skip
        return self.sends("video", content, details={"duration": duration}, name=name, **more)

    def sends_voice(
        self, content: bytes | None = None, *, duration: int = 5, **more: Any
    ) -> Posted:
        return self.sends("voice", content, details={"duration": duration}, **more)

    def sends_video_note(
        self, content: bytes | None = None, *, duration: int = 7, **more: Any
    ) -> Posted:
        return self.sends("video_note", content, details={"duration": duration}, **more)

    def sends_animation(self, content: bytes | None = None, **more: Any) -> Posted:
        return self.sends("animation", content, name=more.pop("name", "funny.mp4"), **more)

    def sends_sticker(
        self, emoji: str = "👍", set_name: str = "Thumbs", *, content: bytes | None = None,
        animated: bool = False, video: bool = False, **more: Any
    ) -> Posted:  # fmt: skip
        details = {"emoji": emoji or None, "set_name": set_name or None}
        flags = {"is_animated": animated, "is_video": video}
        return self.sends("sticker", content, details=details | flags, **more)

    def sends_album(self, *items: Item, caption: str = "", **more: Any) -> list[Posted]:
        """Two to ten files, each a message of its own; the caption stands at the first."""
        chosen: Sequence[Item] = items or [
            ("photo", pictures.png(640, 480, colour=each)) for each in range(3)
        ]
        group = str(13_000_000_000_000 + next(self.server.world.numbers))
        return [
            self.sends(
                item[0], item[1], name=item[2] if len(item) == 3 else "",
                caption="" if index else caption, media_group_id=group, **more,
            )
            for index, item in enumerate(chosen)
        ]  # fmt: skip

    def sends_location(
        self, latitude: float = 50.45, longitude: float = 30.52, *, live: int = 0, **more: Any
    ) -> Posted:
        """`live`: for so many seconds."""
        details = {"live_period": live} if live else {}
        return self.posts(media.location(latitude, longitude, **details), **more)

    def moves(self, which: Posted, latitude: float, longitude: float) -> Posted:
        """A live location goes on: an edit."""
        place = which.json["location"] | {"latitude": latitude, "longitude": longitude}
        return self.edits(which, location=place)

    def sends_venue(
        self, latitude: float = 50.45, longitude: float = 30.52, title: str = "Cafe",
        address: str = "1 Main Street", **more: Any
    ) -> Posted:  # fmt: skip
        return self.posts(media.venue(latitude, longitude, title, address), **more)

    def sends_contact(
        self, *, own: bool = True, phone: str = "", first_name: str = "", last_name: str = "",
        of: Account | None = None, **more: Any
    ) -> Posted:  # fmt: skip
        """`own`: the person's own number, as Telegram vouches for it; else a card that anybody
        could have typed, or that of the account `of`."""
        about = self.author if own else of
        contact: Json = {"phone_number": phone or (about.phone if about else "") or "+380441234567"}
        contact["first_name"] = first_name or (about.first_name if about else "Somebody")
        if last_name or (about and about.last_name):
            contact["last_name"] = last_name or (about.last_name if about else "")
        if about is not None:
            contact["user_id"] = about.id
        return self.posts({"contact": contact}, **more)

    def sends_poll(
        self, question: str = "Which?", options: Sequence[str] = ("One", "Two"), **more: Any
    ) -> Posted:
        """Further fields of the poll: `anonymous=False`, `quiz=True`."""
        details: Json = {"is_anonymous": more.pop("anonymous", True)}
        if more.pop("quiz", False):
            details |= {"type": "quiz"}
        number = 5_000_000_000 + next(self.server.world.numbers)
        return self.posts(media.poll(number, question, options, **details), **more)

    def happens(self, kind: str, content: Json | None = None, **more: Any) -> Posted:
        """Any field of a message that makes it what it is (`giveaway`, `story`, `gift`,
        `video_chat_started`, …), as small as is valid, with the given parts of it."""
        (name,) = spec.TYPES["Message"].fields[kind].types
        made = spec.smallest(name)
        if isinstance(made, dict):
            made |= content or {}
        elif isinstance(made, list):
            made = [spec.smallest(name.removeprefix("Array of ")) | (content or {})]
        return self.posts({kind: made}, **more)

    def sends_dice(self, emoji: str = "🎲", value: int = 4, **more: Any) -> Posted:
        return self.posts({"dice": {"emoji": emoji, "value": value}}, **more)


_SAMPLES = {
    "photo": pictures.png(640, 480), "document": b"%PDF-1.4\n", "audio": pictures.MP3,
    "video": pictures.MP4, "voice": pictures.OGG, "video_note": pictures.MP4,
    "animation": pictures.MP4, "sticker": pictures.WEBP,
}  # fmt: skip
