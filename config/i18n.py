"""Every string a person reads, in their language: `_("{n} new").format(n=3)`.

Looked up when called, never when imported, so that the language may be set after the
modules are loaded. English needs no catalog and costs one attribute read a call;
`gettext` itself is imported only when another language is really used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

LOCALE = Path(__file__).parent / "locale"
DOMAIN = "omnitui"
SOURCE_LANGUAGE = "en"
AGENT_VARIABLE = "OMNITUI_LANGUAGE"


class Catalog(Protocol):
    """The part of `gettext.NullTranslations` that is used here."""

    def gettext(self, message: str) -> str: ...

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str: ...

    def pgettext(self, context: str, message: str) -> str: ...


class English:
    """The source texts themselves."""

    def gettext(self, message: str) -> str:
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return msgid1 if n == 1 else msgid2

    def pgettext(self, context: str, message: str) -> str:
        return message


_ENGLISH = English()
_catalog: Catalog | None = None
_language = SOURCE_LANGUAGE
_keeper: Callable[[str, Mapping[str, Any]], str] | None = None


def _(message: str) -> str:
    """`message` in the interface's language; itself where it is not translated.

    The empty string stays empty: in a catalog its translation is the file's header.
    """
    if not message:
        return ""
    text = _current().gettext(message)
    return text if _keeper is None else _keeper(text, {"m": message})


def N_(message: str) -> str:  # noqa: N802 - the customary name
    """`message` as it is: marks a text in a table, which is translated where it is shown."""
    return message


def ngettext(singular: str, plural: str, n: int) -> str:
    """The form that fits `n` in the interface's language (three or more in Slavic ones).

    Put the number in with `.format(n=n)`, also into the singular: in Russian the first
    form serves 21 as well.
    """
    text = _current().ngettext(singular, plural, n)
    return text if _keeper is None else _keeper(text, {"m": singular, "p": plural, "n": n})


def pgettext(context: str, message: str) -> str:
    """`message` where one English text has two meanings: `context` says which it is here.

    Both are literals. `pgettext("key", "open")` is what a key does, `pgettext("status", "open")`
    how a conversation is.
    """
    text = _current().pgettext(context, message)
    return text if _keeper is None else _keeper(text, {"c": context, "m": message})


def keep_sources(keeper: Callable[[str, Mapping[str, Any]], str]) -> None:
    """Have `keeper` wrap every sentence with what it is made of (`config.told`)."""
    global _keeper
    _keeper = keeper


def set_language(code: str) -> str:
    """Use the catalog nearest to `code` (`uk`, `pt_BR`, `uk_UA.UTF-8`); "" asks the environment.

    Returns the language in use: "en" when there is no catalog for it.
    """
    global _catalog, _language
    wanted = _normalise(code) if code else choose_language()
    for language in _nearest(wanted):
        if language == SOURCE_LANGUAGE:
            break
        catalog = _read(language)
        if catalog is not None:
            _catalog, _language = catalog, language
            return language
    _catalog, _language = _ENGLISH, SOURCE_LANGUAGE
    return _language


def language() -> str:
    """The language in use."""
    _current()
    return _language


def languages() -> list[str]:
    """The languages there is a catalog for, English first."""
    found = sorted(path.parent.parent.name for path in LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))
    return [SOURCE_LANGUAGE, *found]


def choose_language(agent: str = "", desk: str = "") -> str:
    """Which language to use: the agent's setting, then the desk's, then the environment's.

    An agent sets their own with the variable OMNITUI_LANGUAGE.
    """
    own = agent or os.environ.get(AGENT_VARIABLE, "")
    return _normalise(own) or _normalise(desk) or environment_language()


def environment_language(environ: Mapping[str, str] = os.environ) -> str:
    """The first of LANGUAGE, LC_ALL, LC_MESSAGES, LANG that is set, as gettext orders them.

    LANGUAGE is a list and counts only outside the C locale (GNU gettext manual, 2.3.3).
    """
    locale = next((v for k in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := environ.get(k))), "")
    base = _normalise(locale)
    if not base:
        return SOURCE_LANGUAGE
    for entry in environ.get("LANGUAGE", "").split(":"):
        wanted = _normalise(entry)
        if any(code == SOURCE_LANGUAGE or _path(code).exists() for code in _nearest(wanted)):
            return wanted
    return base


def _current() -> Catalog:
    if _catalog is None:
        set_language("")
    return _catalog or _ENGLISH


def _normalise(code: str) -> str:
    """`uk-UA.UTF-8@euro` → `uk_UA`; "" for C, POSIX and what is no language at all."""
    name = code.partition(".")[0].partition("@")[0].replace("-", "_").strip()
    if not name.replace("_", "").isalpha() or name.upper() in ("C", "POSIX"):
        return ""
    head, _sep, region = name.partition("_")
    return f"{head.lower()}_{region}" if region else head.lower()


def _nearest(code: str) -> list[str]:
    head = code.partition("_")[0]
    return [c for c in dict.fromkeys((code, head)) if c]


def _path(code: str) -> Path:
    return LOCALE / code / "LC_MESSAGES" / f"{DOMAIN}.mo"


def _read(code: str) -> Catalog | None:
    try:
        file = _path(code).open("rb")
    except OSError:
        return None
    import gettext

    with file:
        return gettext.GNUTranslations(file)
