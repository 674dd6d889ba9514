"""What was sent instead of a text, or with it, in words for people: photos, voices, places.

Everything is read from `Message.details`, which another program may have written: what does
not have the expected shape is left out, never an error. The kinds of media are those that
docs/telegram.md lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from config.i18n import _, ngettext, pgettext
from omnitui.tui.text.safe_text import link_host, one_line
from omnitui.tui.words.channels import unicode_terminal
from store.model import Attachment, Message

if TYPE_CHECKING:  # the inbox is drawn before anything that needs it is read
    from omnitui.tui.text.inline import Kind

Part: TypeAlias = "tuple[str, Kind | None]"
"""A piece of a line, and how it looks."""

MAP = "https://www.openstreetmap.org/?mlat="
"""What the text of a place begins with: a link to it on a map."""

WORDLESS = frozenset({"sticker", "location", "venue", "contact", "poll", "dice"})
"""Kinds whose text is made of themselves: nobody wrote it."""

OWN_FILE = frozenset(
    {"photo", "video", "video_note", "voice", "audio", "animation", "sticker", "story"}
)
"""Kinds that are a file: it is told with them, not once more below."""

MOST_SECONDS = 10**7
"""What lasts longer, nobody has measured."""

_SIGNS = {
    "photo": "📷",
    "video": "🎬",
    "video_note": "📹",
    "voice": "🎤",
    "audio": "🎵",
    "animation": "🎬",
    "document": "▤",
    "location": "📍",
    "venue": "📍",
    "contact": "👤",
    "poll": "📊",
    "dice": "🎲",
    "story": "📖",
    "game": "🎮",
    "invoice": "🧾",
    "checklist": "✅",
    "giveaway": "🎁",
    "giveaway_winners": "🎁",
    "paid_media": "🔒",
}
"""Signs that every terminal draws two cells wide (Emoji_Presentation), but for the file's."""


def media(message: Message) -> Mapping[str, Any] | None:
    """What was sent instead of a text, or with it."""
    return mapping(message.details.get("media"))


def link_of(message: Message) -> str:
    """Where it is shown, of media that are shown elsewhere; empty: nowhere."""
    found = media(message)
    return word(found, "url") if found else ""


def album(message: Message) -> bool:
    return bool(message.details.get("album"))


def told_files(message: Message) -> Sequence[Attachment]:
    """The files that the line about the media tells of."""
    found = media(message)
    if found is None or found.get("kind") not in OWN_FILE:
        return ()
    files = [file for file in message.attachments if not file.inline]
    if not album(message):
        return files[:1]
    return [file for file in files if file.type.startswith(("image/", "video/", "audio/"))]


def in_a_line(
    details: Mapping[str, Any], types: Sequence[str], text: str = "", *, plain: bool = False
) -> str:
    """A message without words in one line, for lists: `🎤 voice message 0:12`; empty when
    nothing tells what it is.

    Args:
        types: media types of its files.
        plain: without signs, for terminals that cannot draw them.
    """
    found = mapping(details.get("media"))
    if found is None:
        if not types:
            return ""
        n = len(types)
        return with_sign("document", ngettext("{n} file", "{n} files", n).format(n=n), plain=plain)
    kind = _kind(found)
    words = album_words(types) if details.get("album") and len(types) > 1 else ""
    words = words or _plain(media_parts(found, text))
    return with_sign(kind, words, plain=plain)


def with_sign(kind: str, words: str, *, plain: bool | None = None) -> str:
    """`words` behind the sign of their kind; without it where the terminal has no Unicode."""
    plain = not unicode_terminal() if plain is None else plain
    sign = "" if plain else _SIGNS.get(kind, "")
    return f"{sign} {words}" if sign else words


def album_words(types: Sequence[str]) -> str:
    """`3 photos`, `2 photos, 1 video`."""
    n = {"image": 0, "video": 0, "": 0}
    for one in types:
        sort = one.partition("/")[0]
        n[sort if sort in n else ""] += 1
    words = []
    if n["image"]:
        words.append(ngettext("{n} photo", "{n} photos", n["image"]).format(n=n["image"]))
    if n["video"]:
        words.append(ngettext("{n} video", "{n} videos", n["video"]).format(n=n["video"]))
    if n[""]:
        words.append(ngettext("{n} file", "{n} files", n[""]).format(n=n[""]))
    return ", ".join(words)


def media_parts(found: Mapping[str, Any], text: str = "") -> list[Part]:
    """What a medium is, in one line, without its sign. `text`: the message's."""
    kind = _kind(found)
    told = _TOLD.get(kind)
    if told is not None:
        return told(found, text)
    seconds = duration(found.get("duration"))
    return [(f"{kind_name(kind)} {seconds}".rstrip(), None)]


def kind_name(kind: str) -> str:
    """What people call it."""
    names = {
        "photo": _("photo"),
        "video": _("video"),
        "video_note": _("video message"),
        "voice": _("voice message"),
        "audio": _("audio"),
        "animation": _("animation"),
        "sticker": _("sticker"),
        "document": _("file"),
        "location": _("location"),
        "venue": _("place"),
        "contact": _("contact"),
        "poll": _("poll"),
        "dice": _("dice"),
        "story": _("story"),
        "game": _("game"),
        "invoice": _("invoice"),
        "checklist": _("checklist"),
        "giveaway": _("giveaway"),
        "giveaway_winners": _("giveaway winners"),
        "paid_media": _("paid media: shown in Telegram only"),
    }
    if kind in names:
        return names[kind]
    if kind in ("", "unsupported", "unknown"):
        return _("something that only Telegram's own apps show")
    return _("{kind}: shown in Telegram only").format(kind=one_line(kind.replace("_", " ")))


def duration(seconds: object) -> str:
    """`0:12`, `3:05`, `1:02:03`; empty when unknown."""
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        return ""
    if not 0 <= seconds < MOST_SECONDS:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _audio(found: Mapping[str, Any], _text: str) -> list[Part]:
    artist, title = word(found, "performer"), word(found, "title")
    named = " – ".join(part for part in (artist, title) if part) or kind_name("audio")
    return [(f"{named} {duration(found.get('duration'))}".rstrip(), None)]


def _sticker(found: Mapping[str, Any], text: str) -> list[Part]:
    emoji = word(found, "emoji") or one_line(text)[:8]
    parts: list[Part] = [(f"{emoji} {kind_name('sticker')}".lstrip(), None)]
    if named := word(found, "set_name"):
        parts.append((f"  {named}", "quiet"))
    return parts


def _location(found: Mapping[str, Any], text: str) -> list[Part]:
    live = _("live location") if found.get("live") else kind_name("location")
    return [(live, None), *_where(found, text)]


def _venue(found: Mapping[str, Any], text: str) -> list[Part]:
    named = [word for word in (word(found, "title"), word(found, "address")) if word]
    parts: list[Part] = [(", ".join(named) or kind_name("venue"), None)]
    return [*parts, *_where(found, text)]


def _where(found: Mapping[str, Any], text: str) -> list[Part]:
    """` 50.4501, 30.5234 ⟨openstreetmap.org⟩`: the host of the link that `open` follows."""
    parts: list[Part] = []
    place = (found.get("latitude"), found.get("longitude"))
    if all(isinstance(one, int | float) for one in place):
        shown = ", ".join(f"{one:.5f}".rstrip("0").rstrip(".") for one in place)
        parts.append((f"  {shown}", "quiet"))
    at = text.find("https://")
    host = link_host(text[at:].split()[0]) if at >= 0 else ""
    if host:
        parts.append((f" ⟨{host.removeprefix('www.')}⟩", "site"))
    return parts


def _contact(found: Mapping[str, Any], _text: str) -> list[Part]:
    names = [word(found, "first_name"), word(found, "last_name")]
    name = " ".join(part for part in names if part) or kind_name("contact")
    phone = word(found, "phone")
    parts: list[Part] = [(f"{name} {phone}".rstrip(), None)]
    if found.get("own"):
        parts.append(("  " + _("their own number"), "quiet"))
    return parts


def _poll(found: Mapping[str, Any], text: str) -> list[Part]:
    question = word(found, "question") or one_line(text.partition("\n")[0])
    name = _("quiz") if found.get("quiz") else kind_name("poll")
    parts: list[Part] = [(f"{name}: {question}" if question else name, None)]
    if found.get("closed"):
        parts.append(("  " + pgettext("poll", "closed"), "quiet"))
    return parts


def _dice(found: Mapping[str, Any], _text: str) -> list[Part]:
    emoji, value = word(found, "emoji"), found.get("value")
    shown = str(value) if isinstance(value, int) else ""
    other = emoji if emoji and emoji != "🎲" else ""
    return [(" ".join(part for part in (other, kind_name("dice"), shown) if part), None)]


def _animation(found: Mapping[str, Any], _text: str) -> list[Part]:
    return [(f"GIF {duration(found.get('duration'))}".rstrip(), None)]


def _story(found: Mapping[str, Any], _text: str) -> list[Part]:
    author, host = word(found, "author"), link_host(word(found, "url"))
    parts: list[Part] = [(kind_name("story"), None)]
    if author:
        parts.append((f" · {author}", None))
    parts.append((f" ⟨{host}⟩", "site") if host else ("  " + _("shown in Telegram only"), "quiet"))
    return parts


_TOLD = {
    "story": _story,
    "audio": _audio,
    "sticker": _sticker,
    "location": _location,
    "venue": _venue,
    "contact": _contact,
    "poll": _poll,
    "dice": _dice,
    "animation": _animation,
}


def options(found: Mapping[str, Any]) -> list[tuple[str, int | None]]:
    """A poll's answers with their votes; None: not told."""
    listed: list[tuple[str, int | None]] = []
    for one in entries(found.get("options")):
        if isinstance(one, str):
            listed.append((one_line(one), None))
        elif isinstance(one, Sequence) and one:
            votes = one[1] if len(one) > 1 and isinstance(one[1], int) else None
            listed.append((one_line(str(one[0])), votes))
    return listed


def says_no_more(text: str, words: str) -> bool:
    """Whether a text is only what the lines about the media, `words`, say already."""
    for line in text.strip().split("\n"):
        bare = one_line(line).removeprefix("- ")
        if bare in words or bare.startswith(MAP):
            continue
        # `🎲 4`, `😀`: the sign may be another one than ours.
        if any(piece not in words for piece in bare.split() if piece.isalnum()):
            return False
    return True


def mapping(found: object) -> Mapping[str, Any] | None:
    return found if isinstance(found, Mapping) else None


def entries(found: object) -> Sequence[Any]:
    if isinstance(found, str) or not isinstance(found, Sequence):
        return ()
    return found


def word(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    return one_line(value) if isinstance(value, str) else ""


def _kind(found: Mapping[str, Any]) -> str:
    return str(found.get("kind") or "")


def _plain(parts: Iterable[Part]) -> str:
    """The line without what is quiet in it."""
    return "".join(text for text, kind in parts if kind is None)
