"""Files on their way out: as what Telegram shows them, and how they are uploaded."""

from __future__ import annotations

import io
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from telegram import InputFile

from config.i18n import _
from connectors.contract import File, Rejected, Remote
from connectors.telegram.sending.pictures import (
    HEAD,
    is_audio,
    is_gif,
    is_mp4,
    is_voice,
    picture_size,
)

Kind = Literal["photo", "video", "animation", "voice", "audio", "document"]

PHOTO_LIMIT = 10_000_000
"""Bytes of a photo, whose width and height are at most `PHOTO_SIDES` together and one at most
`PHOTO_RATIO` times the other (Bot API, sendPhoto)."""
PHOTO_SIDES = 10_000
PHOTO_RATIO = 20
SOUND_ENDINGS = (".ogg", ".oga", ".opus")
_ALBUM_LIMIT = 10


@dataclass(frozen=True, slots=True)
class Media:
    """A file that was looked at."""

    file: File
    kind: Kind
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Album:
    """Files that go out together: one, or up to ten that Telegram shows as one."""

    media: tuple[Media, ...]

    @property
    def kind(self) -> Kind:
        return self.media[0].kind


def looked_at(file: File, limit: int) -> Media:
    """What a file is. `limit`: bytes of one that the server takes. Reads the disk. Raises
    `Rejected`."""
    content = file.content
    if isinstance(content, Remote):
        raise Rejected(
            _("“{name}” has not been fetched yet; try again in a moment.").format(name=file.name)
        )
    try:
        if isinstance(content, Path):
            size = content.stat().st_size
            with content.open("rb") as source:
                head = source.read(HEAD)
        else:
            size, head = len(content), content[:HEAD]
    except OSError as error:
        raise Rejected(
            _("“{name}” cannot be read ({why}); attach it again.").format(
                name=file.name, why=error.strerror or error
            )
        ) from error
    if not size:
        raise Rejected(
            _("“{name}” is empty; Telegram takes no empty files.").format(name=file.name)
        )
    if size > limit:
        raise Rejected(
            _("“{name}” has {size} MB; Telegram takes at most {limit} MB a file.").format(
                name=file.name, size=f"{size / 1e6:.1f}", limit=limit // 1_000_000
            )
        )
    return Media(file, _kind(file, size, head), size)


def _kind(file: File, size: int, head: bytes) -> Kind:
    if (sides := picture_size(head)) is not None:
        return "photo" if size <= PHOTO_LIMIT and _fits(*sides) else "document"
    if is_gif(head):
        return "animation"
    if is_mp4(head):
        return "video"
    if is_voice(head) and file.name.lower().endswith(SOUND_ENDINGS):
        return "voice"
    return "audio" if is_audio(head) else "document"


def _fits(width: int, height: int) -> bool:
    return (
        min(width, height) > 0
        and width + height <= PHOTO_SIDES
        and max(width, height) <= PHOTO_RATIO * min(width, height)
    )


def albums(media: list[Media]) -> list[Album]:
    """In the order of the files, but what Telegram shows together stands together: photos with
    videos, documents with documents, audio with audio."""
    groups: dict[str, list[Media]] = {}
    for index, each in enumerate(media):
        match each.kind:
            case "photo" | "video":
                name = "pictures"
            case "document" | "audio":
                name = each.kind
            case _:
                name = str(index)
        groups.setdefault(name, []).append(each)
    return [
        Album(tuple(group[start : start + _ALBUM_LIMIT]))
        for group in groups.values()
        for start in range(0, len(group), _ALBUM_LIMIT)
    ]


class Upload(InputFile):
    """A file as python-telegram-bot takes it, read while it goes out and from its beginning
    each time that it does: a request that was refused may be made again."""

    __slots__ = ()

    def __init__(self, file: File, stack: ExitStack, *, attach: bool) -> None:
        """Raises `Rejected` when it cannot be read any more. `stack` closes it."""
        content = file.content
        handle: IO[bytes]
        if isinstance(content, Path):
            try:
                handle = stack.enter_context(content.open("rb"))
            except OSError as error:
                raise Rejected(
                    _("A file cannot be read any more ({why}); attach it again.").format(
                        why=error.strerror or error
                    )
                ) from error
        else:
            handle = io.BytesIO(file.read())
        super().__init__(handle, filename=file.name or None, attach=attach, read_file_handle=False)
        if file.type:
            self.mimetype = file.type

    @property
    def field_tuple(self) -> tuple[str, bytes | IO[bytes], str]:
        if not isinstance(self.input_file_content, bytes):
            self.input_file_content.seek(0)
        return super().field_tuple
