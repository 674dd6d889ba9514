"""The keys as shipped, and what is wrong with those that a user wrote over them.

A binding is context → key → command line. The screen looks a key up in the context with the
focus, then in `global`; overlays (`MODAL`) hide everything below them but what leaves the program
(`quit`). An empty command line takes a key away. Keys that are pressed one after the other are
parted by blanks: `ctrl+x a`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from config.i18n import _
from config.keys import doubtful, impossible, printable, sequence
from config.problems import BadValue, nearest

Bindings = Mapping[str, Mapping[str, str]]

GLOBAL = "global"
TEXT = frozenset({"reply", "picker", "line", "articles"})
"""Contexts in which printable keys type text, so that only other keys can be bound."""
MODAL = frozenset({"picker", "line", "menu", "pager", "picture", "merge"})
"""Contexts of overlays: of `global` only what leaves the program reaches into them."""
OWN_KEYS = MODAL | {"articles"}
"""Contexts whose keys hide those of `global` on purpose: a list beside the reply is moved in by the
keys of lists."""

_MOVE = {
    "j": "move down",
    "k": "move up",
    "down": "move down",
    "up": "move up",
    "g": "move first",
    "G": "move last",
    "home": "move first",
    "end": "move last",
    "pagedown": "move page-down",
    "pageup": "move page-up",
    "ctrl+d": "move half-page-down",
    "ctrl+u": "move half-page-up",
}

_CONVERSATION = {
    "J": "next",
    "K": "previous",
    "W": "next chat",
    "r": "reply",
    "f2": "menu channel",
    "f8": "articles",
    "T": "reply template",
    "i": "reply note",
    "R": "retry",
    "a": "menu assign",
    "s": "menu status",
    "t": "menu tags",
    "p": "menu priority",
    "x": "close",
    "u": "undo",
    ".": "repeat",
    "|": "pipe",
    "!": "shell",
    "m": "menu own",
    "y": "copy",
    "C": "card",
    "E": "menu customer",
    "c": "compose",
    "L": "log",
    "+": "card accept",
    "-": "card dismiss",
}
"""What acts on a conversation wherever it is looked at."""

_DEFAULTS: dict[str, dict[str, str]] = {
    "global": {
        "?": "help",
        "f1": "help",
        ":": "command",
        "ctrl+p": "palette",
        "w": "customers",
        "tab": "focus next",
        "shift+tab": "focus previous",
        "1": "view mine",
        "2": "view unassigned",
        "3": "view all",
        "4": "view snoozed",
        "5": "view closed",
        "6": "view mentions",
        "7": "view 7",
        "8": "view 8",
        "9": "view 9",
        "A": "accounts",
        "P": "menu presence",
        "f10": "tour next",
        "f12": "popped",
        "escape": "back",
        "q": "quit confirm",
        "ctrl+q": "quit",
        "ctrl+l": "redraw",
    },
    "inbox": {
        **_MOVE,
        "enter": "open",
        "l": "open",
        "right": "open",
        **_CONVERSATION,
        "/": "search",
        "n": "search next",
        "N": "search previous",
        "\\": "filter",
        "space": "mark",
        "v": "mark range",
        "*": "mark all",
        "~": "mark invert",
        "O": "menu list",
    },
    "timeline": {
        **_MOVE,
        "enter": "reply",
        "h": "focus inbox",
        "left": "focus inbox",
        **_CONVERSATION,
        "/": "search",
        "n": "search next",
        "N": "search previous",
        "o": "open link",
        ">": "quote",
        "v": "quote part",
        "<": "answer",
        "e": "edit",
        "d": "delete",
        "z": "fold",
        "M": "fold others",
        "f": "menu filter",
        "@": "date",
        "Y": "copy whole",
        "Z": "unfold",
        "space": "unfold",
        "D": "details",
        "H": "raw",
        "F": "adopt",
    },
    "card": {
        **_MOVE,
        **_CONVERSATION,
        "enter": "card act",
        "e": "menu customer",
        "n": "card edit note",
        "d": "card remove",
    },
    "reply": {
        "ctrl+s": "reply send",
        "ctrl+j": "reply send",
        "ctrl+enter": "reply send",
        "escape": "back",
        "ctrl+g": "editor",
        "f4": "editor",
        "ctrl+t": "template",
        "ctrl+n": "reply kind",
        "ctrl+r": "reply earlier",
        "ctrl+f": "find",
        "ctrl+o": "reply attach",
        "f2": "menu channel",
        "f6": "next",
        "f3": "menu send",
        "f5": "menu delivery",
        "f7": "spelling",
        "f8": "articles",
        "f9": "preview",
    },
    "articles": {
        "down": "article move next",
        "up": "article move previous",
        "ctrl+n": "article move next",
        "ctrl+p": "article move previous",
        "pagedown": "article move page-down",
        "pageup": "article move page-up",
        "tab": "article move next-part",
        "shift+tab": "article move previous-part",
        "enter": "article take",
        "ctrl+l": "article address",
        "f8": "articles",
        "escape": "article close",
    },
    "picker": {
        "f1": "help",
        "down": "choose next",
        "up": "choose previous",
        "ctrl+n": "choose next",
        "ctrl+p": "choose previous",
        "pagedown": "choose page-down",
        "pageup": "choose page-up",
        "tab": "choose tick",
        "enter": "choose accept",
        "escape": "choose cancel",
    },
    "line": {
        "f1": "help",
        "enter": "choose accept",
        "tab": "choose complete",
        "up": "choose previous",
        "down": "choose next",
        "escape": "choose cancel",
    },
    "pager": {
        "f1": "help",
        "?": "help",
        "j": "choose next",
        "k": "choose previous",
        "down": "choose next",
        "up": "choose previous",
        "space": "choose page-down",
        "pagedown": "choose page-down",
        "pageup": "choose page-up",
        "b": "choose page-up",
        "ctrl+d": "choose page-down",
        "ctrl+u": "choose page-up",
        "g": "choose first",
        "G": "choose last",
        "home": "choose first",
        "end": "choose last",
        "/": "choose find",
        "n": "choose find-next",
        "N": "choose find-previous",
        "w": "choose save",
        "D": "details",
        "H": "raw",
        "q": "choose cancel",
        "escape": "choose cancel",
    },
    "picture": {
        "f1": "help",
        "?": "help",
        "enter": "choose accept",
        "q": "choose cancel",
        "escape": "choose cancel",
    },
    "merge": {
        "f1": "help",
        "?": "help",
        "j": "choose next",
        "k": "choose previous",
        "down": "choose next",
        "up": "choose previous",
        "g": "choose first",
        "G": "choose last",
        "home": "choose first",
        "end": "choose last",
        "space": "choose tick",
        "left": "choose ours",
        "h": "choose ours",
        "right": "choose theirs",
        "l": "choose theirs",
        "enter": "choose accept",
        "q": "choose cancel",
        "escape": "choose cancel",
    },
    "menu": {
        "escape": "choose cancel",
        "backspace": "choose cancel",
        "q": "choose cancel",
    },
}

DEFAULTS: Bindings = MappingProxyType(
    {context: MappingProxyType(keys) for context, keys in _DEFAULTS.items()}
)
"""Context → key → command line, as shipped. Keys are canonical (`config.keys`)."""
CONTEXTS = tuple(DEFAULTS)


@dataclass(frozen=True, slots=True)
class KeyProblem:
    context: str
    key: str
    """As it was written; empty when the context itself is wrong."""
    sentence: str
    hint: str = ""
    severity: Literal["error", "warning"] = "error"


def merge(bindings: Bindings, defaults: Bindings = DEFAULTS) -> dict[str, dict[str, str]]:
    """The defaults with a user's bindings over them; a key bound to "" is gone.

    `bindings` has passed `check_keymap`: what is wrong in it is left out here.
    """
    merged = {context: dict(keys) for context, keys in defaults.items()}
    for context, keys in bindings.items():
        if context not in merged:
            continue
        for key, line in keys.items():
            try:
                pressed = sequence(key)
            except BadValue:
                continue
            name = " ".join(pressed)
            merged[context].pop(name, None)
            if not line:
                continue
            for length in range(1, len(pressed)):  # what begins a sequence means nothing else
                merged[context].pop(" ".join(pressed[:length]), None)
            for longer in [k for k in merged[context] if k.startswith(f"{name} ")]:
                merged[context].pop(longer)
            merged[context][name] = line
    return merged


def check_keymap(bindings: Bindings, defaults: Bindings = DEFAULTS) -> list[KeyProblem]:
    """What is wrong with a user's bindings: unknown contexts and keys, one key bound twice,
    keys that no terminal sends, keys that type text, and bindings that hide another."""
    problems: list[KeyProblem] = []
    clean: dict[str, dict[str, str]] = {}
    for context, keys in bindings.items():
        if context not in defaults:
            problems.append(_unknown_context(context, list(defaults)))
            continue
        clean[context] = _check_context(context, keys, problems)
    problems += _hidden(clean, defaults)
    return problems


def _unknown_context(context: str, known: list[str]) -> KeyProblem:
    near = nearest(context, known)
    hint = (
        _("Did you mean “{near}”?").format(near=near)
        if near
        else _("Known here: {known}.").format(known=", ".join(known))
    )
    return KeyProblem(context, "", _("there is no such place for keys."), hint)


def _check_context(
    context: str, keys: Mapping[str, str], problems: list[KeyProblem]
) -> dict[str, str]:
    """The context's bindings by canonical key."""
    found: dict[str, str] = {}
    written: dict[str, str] = {}
    for key in keys:
        try:
            pressed = sequence(key)
        except BadValue as bad:
            problems.append(KeyProblem(context, key, bad.sentence, bad.hint))
            continue
        name = " ".join(pressed)
        if name in written:
            problems.append(
                KeyProblem(
                    context,
                    key,
                    _("“{one}” and “{other}” are the same key.").format(
                        one=written[name], other=key
                    ),
                    _("Keep one of them."),
                )
            )
            continue
        written[name] = key
        if not keys[key]:  # taking a key away needs no terminal that sends it
            found[name] = ""
            continue
        sentence, hint = _unfit(context, pressed)
        if sentence:
            problems.append(KeyProblem(context, key, sentence, hint))
            continue
        if why := next(filter(None, map(doubtful, pressed)), ""):
            hint = _("Keep another key for the same command.")
            problems.append(KeyProblem(context, key, why, hint, "warning"))
        found[name] = keys[key]
    return _without_clashes(context, found, written, problems)


def _unfit(context: str, pressed: Sequence[str]) -> tuple[str, str]:
    """Why these keys, one after the other, cannot be a command here, and a hint."""
    for key in pressed:
        why, hint = impossible(key)
        if why:
            return why, hint
    if context in TEXT and printable(pressed[0]):
        return (
            _("this key types a character here, so it cannot be a command."),
            _("Choose one with ctrl, or a function key."),
        )
    if len(pressed) > 1 and context in MODAL:
        return _("only one key at a time works here."), _("Choose a single key.")
    if "escape" in pressed[1:]:
        return _("Esc leaves a sequence."), _("Choose another key after the first.")
    return "", ""


def _without_clashes(
    context: str,
    found: dict[str, str],
    written: Mapping[str, str],
    problems: list[KeyProblem],
) -> dict[str, str]:
    """Those of the user's bindings of which none begins another."""
    kept = dict(found)
    for name, line in found.items():
        longer = next((n for n, bound in found.items() if bound and n.startswith(name + " ")), "")
        if line and longer:
            kept.pop(name)
            problems.append(
                KeyProblem(
                    context,
                    written[name],
                    _("this key begins “{longer}”, so it cannot be a command by itself.").format(
                        longer=written[longer]
                    ),
                    _("Bind one of the two to other keys."),
                )
            )
    return kept


def _hidden(clean: Bindings, defaults: Bindings) -> list[KeyProblem]:
    """Bindings of the user's that clash with `global`: a context's own key comes first."""
    problems = []
    merged = merge(clean, defaults)
    for context, keys in clean.items():
        for whole, line in keys.items():
            key = whole.partition(" ")[0]
            if key != whole:
                problems += _begins(context, whole, line, keys, defaults)
            other = merged[GLOBAL].get(key, "")
            if context == GLOBAL:
                hiding = [
                    name
                    for name in merged
                    if name not in {GLOBAL, *OWN_KEYS} and merged[name].get(key, line) != line
                ]
                if line and hiding:
                    problems.append(_hides_global(whole, line, hiding))
            elif line and context not in OWN_KEYS and other and other != line:
                problems.append(
                    KeyProblem(
                        context,
                        whole,
                        _("here this hides “{other}”, which the key means everywhere.").format(
                            other=other
                        ),
                        _("Choose another key if you want both."),
                        "warning",
                    )
                )
    return problems


def _begins(
    context: str, whole: str, line: str, written: Mapping[str, str], defaults: Bindings
) -> list[KeyProblem]:
    """The first key of a sequence that meant something by itself."""
    first = whole.partition(" ")[0]
    meant = defaults[context].get(first, "")
    if not line or not meant or first in written:
        return []
    return [
        KeyProblem(
            context,
            whole,
            _("“{key}” begins keys here and no longer means “{line}”.").format(
                key=first, line=meant
            ),
            _("Add “{key}” = “{line}” if you want that, too.").format(
                key=f"{first} {first}", line=meant
            ),
            "warning",
        )
    ]


def _hides_global(key: str, line: str, contexts: list[str]) -> KeyProblem:
    return KeyProblem(
        GLOBAL,
        key,
        _("“{line}” is not reached in {contexts}, where the key means something else.").format(
            line=line, contexts=", ".join(contexts)
        ),
        _("Take the key away there: [keys.{context}] “{key}” = “”.").format(
            context=contexts[0], key=key
        ),
        "warning",
    )
