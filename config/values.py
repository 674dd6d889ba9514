"""Readers of single values: from what TOML gives to what the program uses, or `BadValue`.

A reader's sentence follows `file:line: key:`, so it says only what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config.i18n import _, ngettext
from config.model import CloseAction, ServerUrl
from config.problems import BadValue, nearest
from config.quiet_hours import QuietHours, parse_quiet_hours
from config.secret_ref import SecretRef
from config.secret_syntax import parse_ref
from config.urls import Protocol, parse_origin, parse_server_url, parse_web_url

Read = Callable[[Any], Any]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}
_DURATION = re.compile(r"(?:\d+\s*[smhdwy]\s*)+")
_LONGEST = 100 * 365 * 86400
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")
# ISO 639-1; what a catalog or a template variant may be called.
_LANGUAGES = tuple(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy
    da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu
    hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb
    lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om
    or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw
    ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()  # noqa: SIM905 - 183 words read better as one text
)
# Country codes and names that people write for a language.
_MISTAKEN = {
    "ua": "uk", "cz": "cs", "jp": "ja", "gr": "el", "dk": "da", "by": "be", "cn": "zh",
    "english": "en", "ukrainian": "uk", "russian": "ru", "polish": "pl", "german": "de",
    "ukr": "uk", "rus": "ru", "pol": "pl", "eng": "en", "deu": "de", "ger": "de",
    "українська": "uk", "русский": "ru", "polski": "pl", "deutsch": "de",
}  # fmt: skip


def kind_of(value: Any) -> str:
    """What a TOML value is, in words for a person."""
    kinds: tuple[tuple[type, str], ...] = (
        (bool, _("true or false")),
        (int, _("a number")),
        (float, _("a number with a fraction")),
        (str, _("a text")),
        (list, _("a list")),
        (dict, _("a table")),
    )
    return next((words for kind, words in kinds if isinstance(value, kind)), _("a date or time"))


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadValue(
            _("needs a text in quotes, not {kind}.").format(kind=kind_of(value)),
        )
    if "\0" in value:
        raise BadValue(_("there is a NUL character in the text."))
    return value


def filled(value: Any) -> str:
    """A text that is not empty."""
    read = text(value).strip()
    if not read:
        raise BadValue(_("must not be empty."))
    return read


def one_line(value: Any) -> str:
    read = text(value)
    if any(ord(c) < 32 or ord(c) == 127 for c in read):
        raise BadValue(_("must be one line without control characters."))
    return read.strip()


def word(value: Any) -> str:
    """A name without spaces or signs that mean something in a URL."""
    read = filled(value)
    if not re.fullmatch(r"[A-Za-z0-9._-]+", read):
        raise BadValue(_("“{value}” is no name: it has other signs than letters, digits, “.”, “-”"
                         " and “_”.").format(value=shown(read)))  # fmt: skip
    return read


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadValue(
            _("needs true or false, not {kind}.").format(kind=kind_of(value)),
            _("Write it without quotes.") if isinstance(value, str) else "",
        )
    return value


class Placeholders:
    """A text with `{name}` for each of `names`; one line unless `lines`."""

    def __init__(self, *names: str, lines: bool = False) -> None:
        self.names = names
        self.lines = lines

    def __call__(self, value: Any) -> str:
        read = text(value) if self.lines else one_line(value)
        for found in _PLACEHOLDER.findall(read):
            if found not in self.names:
                near = nearest(found, self.names)
                known = ", ".join(f"{{{name}}}" for name in self.names)
                raise BadValue(
                    _("{found} stands for nothing here.").format(found=f"{{{found}}}"),
                    _("Did you mean “{near}”?").format(near=f"{{{near}}}")
                    if near
                    else _("Known here: {known}.").format(known=known),
                )
        return read


class Integer:
    def __init__(self, least: int = 0, most: int = 2**31 - 1) -> None:
        self.least = least
        self.most = most

    def __call__(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadValue(
                _("needs a whole number, not {kind}.").format(kind=kind_of(value)),
                _("Write it without quotes.") if isinstance(value, str) else "",
            )
        if not self.least <= value <= self.most:
            raise BadValue(
                _("must be from {least} to {most}.").format(least=self.least, most=self.most)
            )
        return value


class Choice:
    def __init__(self, *words: str) -> None:
        self.words = words

    def __call__(self, value: Any) -> str:
        read = text(value)
        if read in self.words:
            return read
        near = nearest(read, self.words)
        known = ", ".join(f'"{word}"' for word in self.words)
        raise BadValue(
            _("“{value}” is not one of {known}.").format(value=shown(read), known=known),
            _("Did you mean “{near}”?").format(near=near) if near else "",
        )


class Several:
    """A list of `words`, each at most once."""

    def __init__(self, *words: str) -> None:
        self.word = Choice(*words)

    def __call__(self, value: Any) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.word(one) for one in texts(value)))


class Duration:
    """`"14d"`, `"1d 12h"`, `"90s"` → seconds. A bare number only where it can only be seconds."""

    def __init__(self, least: int = 0, most: int = _LONGEST, *, bare_seconds: bool = False) -> None:
        self.least = least
        self.most = most
        self.bare_seconds = bare_seconds

    def __call__(self, value: Any) -> int:
        hint = _('Write it like "30s", "10m", "72h", "14d", "2w" or "3y".')
        if isinstance(value, int) and not isinstance(value, bool):
            if value != 0 and not self.bare_seconds:
                raise BadValue(_("needs a unit of time."), hint)
            seconds = value
        elif isinstance(value, str):
            if not _DURATION.fullmatch(value.strip()) or not value.isascii():
                raise BadValue(_("“{value}” is no duration.").format(value=shown(value)), hint)
            parts = re.findall(r"(\d{1,18})\d*\s*([smhdwy])", value)
            seconds = sum(int(number) * _UNITS[unit] for number, unit in parts)
        else:
            raise BadValue(_("needs a duration, not {kind}.").format(kind=kind_of(value)), hint)
        if seconds < self.least:
            raise BadValue(_("must be at least {time}.").format(time=lasting(self.least)))
        if seconds > _LONGEST:
            raise BadValue(_("is longer than a hundred years."), hint)
        if seconds > self.most:
            raise BadValue(_("must be at most {time}.").format(time=lasting(self.most)))
        return seconds


def quiet_hours(value: Any) -> QuietHours:
    try:
        return parse_quiet_hours(one_line(value))
    except ValueError as error:
        raise BadValue(
            _("“{part}” are no hours of the day or days of the week.").format(part=error),
            _("Write them like “22:00-07:00” or “mon-fri 18:00-09:00, sat sun”."),
        ) from None


def lasting(seconds: int) -> str:
    """So long, in the largest unit that it is a number of."""
    if seconds and seconds % 86_400 == 0:
        days = seconds // 86_400
        return ngettext("{n} day", "{n} days", days).format(n=days)
    return ngettext("{n} second", "{n} seconds", seconds).format(n=seconds)


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts, at least one."""
    if isinstance(value, str):
        raise BadValue(
            _("needs a list, not one text."), _("Put it in brackets: [{v}].").format(v='"…"')
        )
    if not isinstance(value, list):
        raise BadValue(_("needs a list of texts, not {kind}.").format(kind=kind_of(value)))
    if not value:
        raise BadValue(_("must not be empty."))
    return tuple(filled(item) for item in value)


def folders(value: Any) -> tuple[str, ...]:
    """Names and patterns of folders, at least one that is not an exclusion."""
    read = texts(value)
    for item in read:
        if any(ord(c) < 32 for c in item) or item == "!":
            raise BadValue(_("“{value}” is no folder.").format(value=shown(item)))
    if all(item.startswith("!") for item in read):
        raise BadValue(
            _("excludes folders and names none to read."), _("Put {v} before.").format(v='"*"')
        )
    return read


_SYSTEM_FLAGS = {"seen": "\\Seen", "flagged": "\\Flagged", "answered": "\\Answered"}


def on_close(value: Any) -> tuple[CloseAction, ...]:
    """`"seen"`, `"flag:NAME"`, `"move:FOLDER"`, one or a list; the move is the last."""
    if value in ("", []):
        return ()
    actions = [_close_action(item) for item in texts([value] if isinstance(value, str) else value)]
    if any(action.kind == "move" for action in actions[:-1]):
        raise BadValue(_("a mail can only be moved last, and to one folder."))
    return tuple(actions)


def _close_action(item: str) -> CloseAction:
    kind, colon, name = item.partition(":")
    name = name.strip()
    if item == "seen":
        return CloseAction("flag", "\\Seen")
    if kind == "move" and name and not any(ord(c) < 32 for c in name) and not set(name) & set("*%"):
        return CloseAction("move", name)
    if kind == "flag" and colon:
        flag = _SYSTEM_FLAGS.get(name.removeprefix("\\").lower())
        if flag is None and re.fullmatch(r"[A-Za-z0-9$_.-]+", name):
            flag = name  # a keyword; \Deleted and the like are no flags for this
        if flag is not None:
            return CloseAction("flag", flag)
    raise BadValue(
        _("“{value}” is nothing that can be done with a mail.").format(value=shown(item)),
        _("Write {examples}.").format(examples='"seen", "flag:Answered" or "move:Archive"'),
    )


def origins(value: Any) -> tuple[str, ...]:
    return tuple(parse_origin(item) for item in texts(value))


def address(value: Any) -> str:
    """An e-mail address, bare."""
    read = one_line(value)
    if not _ADDRESS.fullmatch(read):
        raise BadValue(
            _("“{value}” is no e-mail address.").format(value=shown(read)),
            _('Write it like "support@example.org"; the name goes into `name`.'),
        )
    return read


def addresses(value: Any) -> tuple[str, ...]:
    """E-mail addresses, bare; at least one."""
    return tuple(address(item) for item in texts(value))


def addresses_or_domains(value: Any) -> tuple[str, ...]:
    """`boss@acme.example` or `acme.example`; at least one."""
    return tuple(
        item.lower() if re.fullmatch(r"@?[^\s@]+\.[^\s@]+", item) else address(item)
        for item in texts(value)
    )


class Server:
    def __init__(self, protocol: Protocol) -> None:
        self.protocol: Protocol = protocol

    def __call__(self, value: Any) -> ServerUrl:
        return parse_server_url(text(value).strip(), self.protocol)


def web_url(value: Any) -> str:
    return parse_web_url(text(value).strip())


def listen(value: Any) -> tuple[str, int]:
    """`127.0.0.1:8800`, `[::1]:8800` → host and port."""
    host, colon, port = one_line(value).rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port[:6]) > 65535:
        raise BadValue(_("needs an address and a port."), _('Write it like "127.0.0.1:8800".'))
    return host.strip("[]"), int(port)


def secret(value: Any) -> SecretRef:
    if not isinstance(value, str):
        raise BadValue(
            _("needs a text in quotes, not {kind}.").format(kind=kind_of(value)),
            _('Write where the secret is, for example "keyring:omnitui/support".'),
        )
    return parse_ref(value.strip())


def path(value: Any) -> Path:
    return Path(filled(value))


def timezone(value: Any) -> str:
    """A name of the IANA time zone database; "" is the machine's own."""
    read = text(value).strip()
    if not read:
        return ""
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(read)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = sorted(zoneinfo.available_timezones())
        if not known:
            raise BadValue(
                _("this machine has no time zone data."), _("Install the package tzdata.")
            ) from None
        near = nearest(read, known) or nearest(read, [zone.rpartition("/")[2] for zone in known])
        near = next((zone for zone in known if zone.rpartition("/")[2] == near), near)
        raise BadValue(
            _("“{value}” is no time zone.").format(value=shown(read)),
            _("Did you mean “{near}”?").format(near=near)
            if near
            else _('Write it like "Europe/Kyiv".'),
        ) from None
    return read


def language(value: Any) -> str:
    """An ISO 639-1 code, with a region or without; "" follows the environment."""
    read = text(value).strip()
    if not read:
        return ""
    head = read.replace("-", "_").partition("_")[0]
    if head.lower() in _LANGUAGES:
        return read
    near = _MISTAKEN.get(head.lower()) or nearest(head, _LANGUAGES)
    raise BadValue(
        _("“{value}” is no language code.").format(value=shown(read)),
        _("Did you mean “{near}”?").format(near=near) if near else _('Write it like "uk".'),
    )


def argv(value: Any) -> tuple[str, ...]:
    """A program and its arguments: a list, or one text split as a shell would, but run by none."""
    if isinstance(value, list):
        return texts(value)
    import shlex

    try:
        words = shlex.split(filled(value))
    except ValueError:
        raise BadValue(_("has a quote that does not end.")) from None
    if not words or not words[0]:
        raise BadValue(_("must not be empty."))
    return tuple(words)


def command_lines(value: Any) -> tuple[str, ...]:
    """One command line or a list of them."""
    return (one_line(filled(value)),) if isinstance(value, str) else texts(value)


def shown(value: str) -> str:
    """A wrong value fit for one line of an error: short, and without control characters."""
    clean = "".join(c if c.isprintable() else "�" for c in value)
    return clean if len(clean) <= 60 else clean[:59] + "…"
