"""What keys are called, and which of them a terminal can send at all.

A key has one canonical name: a printable one its character (`?`, `J`), the blank `space`,
any other Textual's name with its modifiers in alphabetical order (`ctrl+s`, `shift+tab`).
"""

from __future__ import annotations

import re

from config.i18n import _
from config.problems import BadValue, nearest

MODIFIERS = ("alt", "ctrl", "hyper", "meta", "shift", "super")
NAMED = (
    *("escape", "enter", "tab", "space", "backspace", "delete", "insert"),
    *("home", "end", "pageup", "pagedown", "up", "down", "left", "right"),
    *(f"f{number}" for number in range(1, 25)),
)

_OTHER_NAMES = {
    "esc": "escape", "return": "enter", "cr": "enter", "ret": "enter", "spc": "space",
    "bs": "backspace", "del": "delete", "ins": "insert", "pgup": "pageup", "page_up": "pageup",
    "pgdn": "pagedown", "pgdown": "pagedown", "page_down": "pagedown", "backtab": "shift+tab",
}  # fmt: skip
_OTHER_MODIFIERS = {
    "control": "ctrl", "c": "ctrl", "s": "shift", "m": "alt", "a": "alt", "option": "alt",
    "cmd": "super", "win": "super",
}  # fmt: skip
# Textual's names of printable keys (its keys.py), for those who copied one from there.
_CHARACTERS = {
    "exclamation_mark": "!", "quotation_mark": '"', "number_sign": "#", "dollar_sign": "$",
    "percent_sign": "%", "ampersand": "&", "apostrophe": "'", "left_parenthesis": "(",
    "right_parenthesis": ")", "asterisk": "*", "plus": "+", "comma": ",", "minus": "-",
    "full_stop": ".", "slash": "/", "colon": ":", "semicolon": ";", "less_than_sign": "<",
    "equals_sign": "=", "greater_than_sign": ">", "question_mark": "?", "at": "@",
    "left_square_bracket": "[", "backslash": "\\", "right_square_bracket": "]",
    "circumflex_accent": "^", "underscore": "_", "grave_accent": "`",
    "left_curly_bracket": "{", "vertical_line": "|", "right_curly_bracket": "}", "tilde": "~",
}  # fmt: skip
# Under ctrl Textual uses the long name: "ctrl+backslash", "ctrl+right_square_bracket".
_CONTROL_NAMES = {
    "\\": "backslash", "]": "right_square_bracket", "[": "left_square_bracket",
    "^": "circumflex_accent", "_": "underscore", "@": "at", "?": "question_mark",
    "/": "slash", "-": "minus", " ": "space",
}  # fmt: skip

# What a terminal sends for these is another key (ASCII's control codes).
SAME_AS = {
    "ctrl+h": "backspace",
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+left_square_bracket": "escape",
    "ctrl+question_mark": "backspace",
}
LONGEST_SEQUENCE = 4
_TAKEN = {
    "ctrl+b": "tmux",
    "ctrl+a": "screen",
}


def canonical(key: str) -> str:
    """The one name of a key, from the ways people write it: `^S`, `C-s`, `<c-s>`, `ctrl+s`.

    Raises `BadValue` for what is no single key.
    """
    if len(key) == 1 and key.isprintable():
        return "space" if key == " " else key
    text = key.strip()
    if len(text) > 2 and text[0] == "<" and text[-1] == ">":
        text = text[1:-1]
    if re.fullmatch(r"\^.", text):
        text = f"ctrl+{text[1].lower()}"
    *modifiers, base = _split(text)
    known = [_modifier(key, modifier) for modifier in modifiers]
    folded = base.lower() if len(base) > 1 else base
    folded = _OTHER_NAMES.get(folded, folded)
    if folded == "shift+tab":
        known, folded = [*known, "shift"], "tab"
    folded = _CHARACTERS.get(folded, folded)
    if len(folded) != 1 and folded not in NAMED:
        raise _no_such_key(key, folded)
    if known and len(folded) == 1:
        if folded.isalpha() and folded != folded.lower():
            raise BadValue(
                _("a terminal cannot tell {key} from {lower}.").format(
                    key=key, lower="+".join([*known, folded.lower()])
                ),
                _("Write “{lower}”, or “{shift}” for a terminal that speaks kitty's protocol.")
                .format(
                    lower="+".join([*known, folded.lower()]),
                    shift="+".join([*sorted({*known, "shift"}), folded.lower()]),
                ),
            )  # fmt: skip
        if known == ["shift"]:
            raise BadValue(
                _("shift with a printable key is another character."),
                _("Write “{upper}”.").format(upper=folded.upper())
                if folded.isalpha()
                else _("Write the character itself."),
            )
        folded = _CONTROL_NAMES.get(folded, folded)
    return "+".join([*sorted(set(known)), folded])


def sequence(key: str) -> tuple[str, ...]:
    """The canonical keys that are pressed one after the other: `ctrl+x a` are two.

    Raises `BadValue`.
    """
    parts = key.split()
    if len(parts) < 2:
        return (canonical(key),)
    if len(parts) > LONGEST_SEQUENCE:
        raise BadValue(
            _("“{key}” is a longer sequence than anybody remembers.").format(key=key[:40]),
            _("Write at most {n} keys.").format(n=LONGEST_SEQUENCE),
        )
    return tuple(canonical(part) for part in parts)


def impossible(key: str) -> tuple[str, str]:
    """Why no terminal sends this (canonical) key as itself, and a hint; ("", "") when one does."""
    same = SAME_AS.get(key)
    if same:
        return (
            _("terminals send {key} as {same}.").format(key=key, same=same),
            _("Bind “{same}”, or choose another key.").format(same=same),
        )
    return "", ""


def doubtful(key: str) -> str:
    """Why a (canonical) key will not arrive everywhere; "" when it will."""
    *modifiers, base = key.split("+") if key != "+" else ["+"]
    if key in _TAKEN:
        return _("{program} keeps {key} for itself.").format(program=_TAKEN[key], key=key)
    if {"super", "hyper", "meta"} & set(modifiers):
        return _("desktops and terminals keep {key} for themselves.").format(key=key)
    if modifiers == ["alt"] and (base == "enter" or base.isdigit()):
        return _("without kitty's protocol (as in tmux) {key} arrives as {base}.").format(
            key=key, base=base
        )
    if modifiers and base in ("enter", "tab", "space", "escape", "backspace"):
        if (modifiers, base) in ((["shift"], "tab"), (["ctrl"], "space"), (["alt"], "backspace")):
            return ""
        return _("most terminals send {key} as plain {base}.").format(key=key, base=base)
    if modifiers == ["ctrl"] and base.isdigit():
        return _("most terminals cannot send {key}.").format(key=key)
    if len(modifiers) > 1 and len(base) == 1:
        return _("most terminals cannot send {key}.").format(key=key)
    return ""


def printable(key: str) -> bool:
    """True for a canonical key that types a character into a text."""
    return len(key) == 1 or key == "space"


def _split(text: str) -> list[str]:
    """Modifiers and key, written with + or, as in vim and Emacs, with -."""
    if text.endswith("++") or text == "+":
        return [*filter(None, text[:-1].split("+")), "+"]
    if "+" in text:
        return text.split("+")
    emacs = re.fullmatch(r"((?:[CcMmSsAa]-)+)(.+)", text)
    return [*emacs[1].rstrip("-").split("-"), emacs[2]] if emacs else [text]


def _modifier(key: str, modifier: str) -> str:
    folded = modifier.strip().lower()
    folded = _OTHER_MODIFIERS.get(folded, folded)
    if folded in MODIFIERS:
        return folded
    raise _no_such_key(key, folded)


def _no_such_key(key: str, part: str) -> BadValue:
    clean = "".join(c if c.isprintable() else "�" for c in key)[:40]
    near = nearest(part, [*NAMED, *_CHARACTERS, *MODIFIERS]) if len(part) > 2 else ""
    if near:
        return BadValue(
            _("there is no key “{key}”.").format(key=clean),
            _("Did you mean “{near}”?").format(near=near),
        )
    return BadValue(
        _("“{key}” is not one key.").format(key=clean),
        _("Keys that are pressed one after the other are parted by blanks: “ctrl+x a”."),
    )
