"""Languages by name."""

from __future__ import annotations

from config.i18n import _
from omnitui.tui.text.safe_text import one_line

OWN_NAMES = {"en": "English", "uk": "Українська", "ru": "Русский", "pl": "Polski"}
"""The interface's languages as those who speak them write them."""


def language_name(code: str) -> str:
    """`uk` → `Ukrainian`, in the interface's language; the code where it is a rare one."""
    return languages().get(code.partition("-")[0].partition("_")[0].lower(), one_line(code))


def languages() -> dict[str, str]:
    """The common ones, by code."""
    return {
        "en": _("English"),
        "uk": _("Ukrainian"),
        "ru": _("Russian"),
        "pl": _("Polish"),
        "de": _("German"),
        "fr": _("French"),
        "es": _("Spanish"),
        "it": _("Italian"),
        "pt": _("Portuguese"),
        "cs": _("Czech"),
        "ro": _("Romanian"),
        "tr": _("Turkish"),
        "ja": _("Japanese"),
        "zh": _("Chinese"),
        "ar": _("Arabic"),
        "he": _("Hebrew"),
    }
