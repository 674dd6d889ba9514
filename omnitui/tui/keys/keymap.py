"""Which command line a key runs in a context; keys as people write and read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from textual.events import Key

from omnitui.tui.look import symbols

GLOBAL = "global"
TEXT_CONTEXTS = frozenset({"reply", "picker", "line", "articles"})
"""Where printable keys are text: only keys that no text can hold are commands there."""

_CYRILLIC = dict(
    zip(
        "йцукенгшщзхъїфыівапролджєэячсмитьбюЙЦУКЕНГШЩЗХЪЇФЫІВАПРОЛДЖЄЭЯЧСМИТЬБЮ",
        "qwertyuiop[]]assdfghjkl;''zxcvbnm,.QWERTYUIOP{}}ASSDFGHJKL:\"\"ZXCVBNM<>",
        strict=False,
    )
)
"""The key that a Cyrillic letter sits on, so that commands work in any layout."""

_LABELS = {
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "shift+tab": "⇧Tab",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "delete": "Del",
    "backspace": "⌫",
    "minus": "-",
}
_PLAIN_LABELS = {
    "shift+tab": "S-Tab",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "backspace": "BS",
}
"""On a terminal that has no signs for them."""


class Keymap:
    """Context → key → command line, asked for a list of contexts, the nearest first."""

    def __init__(self, bindings: Mapping[str, Mapping[str, str]]) -> None:
        self._bindings = {context: dict(keys) for context, keys in bindings.items()}
        self._first = {
            context: {key.partition(" ")[0] for key, line in keys.items() if line and " " in key}
            for context, keys in self._bindings.items()
        }
        """Keys that begin a sequence."""
        self._keys: dict[tuple[str, ...], dict[str, str]] = {}
        """What has been asked for: the footer asks for a dozen with each change of the focus."""

    def command(self, contexts: Sequence[str], key: Key) -> str:
        """The command line for `key`; "" when it is bound nowhere in `contexts`. One that begins a
        sequence shows what may follow: `keys ctrl+x`."""
        text = bool(contexts) and contexts[0] in TEXT_CONTEXTS
        for name in names(key):
            if text and (len(name) == 1 or name == "space"):
                continue
            for context in contexts:
                line = self._bindings.get(context, {}).get(name)
                if line is not None:
                    return line
                if name in self._first.get(context, ()):
                    return f"keys {name}"
        return ""

    def following(self, pressed: str, contexts: Sequence[str]) -> list[tuple[str, str]]:
        """(key, command line) of what may follow the keys `pressed`, the nearest context's first;
        a key after which more may follow has a line that shows that."""
        found: dict[str, str] = {}
        for context in contexts:
            for key, line in self.in_context(context):
                if not key.startswith(f"{pressed} "):
                    continue
                following, _blank, more = key.removeprefix(f"{pressed} ").partition(" ")
                found.setdefault(following, f"keys {pressed} {following}" if more else line)
        return list(found.items())

    def in_context(self, context: str) -> Iterator[tuple[str, str]]:
        """(key, command line) of one context, in the order they were written."""
        yield from ((k, line) for k, line in self._bindings.get(context, {}).items() if line)

    def contexts(self) -> list[str]:
        return list(self._bindings)

    def key_for(self, line: str, contexts: Sequence[str]) -> str:
        """The first key that runs `line`, as shown to people; "" when none does."""
        within = tuple(contexts)
        if within not in self._keys:
            self._keys[within] = self._reached(within)
        key = self._keys[within].get(line)
        return label(key) if key else ""

    def _reached(self, contexts: tuple[str, ...]) -> dict[str, str]:
        """The first key of each command line that no nearer context hides."""
        text = bool(contexts) and contexts[0] in TEXT_CONTEXTS
        found: dict[str, str] = {}
        hidden: set[str] = set()
        for context in contexts:
            for key, line in self.in_context(context):
                if text and (len(key) == 1 or key == "space"):
                    continue
                if key not in hidden and key.partition(" ")[0] not in hidden:
                    found.setdefault(line, key)
            hidden.update(self._bindings.get(context, ()))
        return found


def names(key: Key) -> list[str]:
    """What a key may be called in a keymap, the exact name first.

    Printable keys are called by their character (`?`, `J`, `space` for the blank); a
    Cyrillic letter also by the Latin one on the same key.
    """
    character = key.character
    if character is not None and character.isprintable() and len(character) == 1:
        if character == " ":
            return ["space"]
        found = [character]
        if character in _CYRILLIC:
            found.append(_CYRILLIC[character])
        return found
    return [key.key, *(alias for alias in key.aliases if alias != key.key)]


def label(key: str) -> str:
    """A key as footers and help show it: `^S`, `Esc`, `?`, `⇧Tab`, `F4`; `^X a` one after the
    other."""
    if " " in key:
        return " ".join(label(one) for one in key.split())
    if symbols.plain() and key in _PLAIN_LABELS:
        return _PLAIN_LABELS[key]
    if key in _LABELS:
        return _LABELS[key]
    if key.startswith("ctrl+"):
        rest = key.removeprefix("ctrl+")
        return "^" + (rest.upper() if len(rest) == 1 else label(rest))
    if key.startswith("shift+"):
        return ("S-" if symbols.plain() else "⇧") + label(key.removeprefix("shift+"))
    if key.startswith("alt+"):
        return "M-" + label(key.removeprefix("alt+"))
    if len(key) > 1 and key[0] == "f" and key[1:].isdigit():
        return key.upper()
    return key
