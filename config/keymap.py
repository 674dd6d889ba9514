"""A user's keys over those as shipped (`config.default_keys`), and what is wrong with them.

A binding is context → key → command line. The screen looks a key up in the context with the
focus, then in `global`; overlays (`MODAL`) hide everything below them but what leaves the program
(`quit`). An empty command line takes a key away. Keys that are pressed one after the other are
parted by blanks: `ctrl+x a`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from config.default_keys import DEFAULTS, Bindings
from config.i18n import _
from config.keys import doubtful, impossible, printable, sequence
from config.problems import BadValue, nearest

GLOBAL = "global"
TEXT = frozenset({"reply", "picker", "line", "articles"})
"""Contexts in which printable keys type text, so that only other keys can be bound."""
MODAL = frozenset({"picker", "line", "menu", "pager", "picture", "merge"})
"""Contexts of overlays: of `global` only what leaves the program reaches into them."""
OWN_KEYS = MODAL | {"articles"}
"""Contexts whose keys hide those of `global` on purpose: a list beside the reply is moved in by the
keys of lists."""


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
