"""What the bot says to who opens the chat."""

from __future__ import annotations

from collections.abc import Mapping

BUILT_IN: Mapping[str, str] = {
    "en": "Hello! Write here, and we will answer you.",
    "de": "Guten Tag! Schreiben Sie uns hier, wir antworten Ihnen.",
    "es": "¡Hola! Escríbanos aquí y le responderemos.",
    "fr": "Bonjour ! Écrivez-nous ici, nous vous répondrons.",
    "it": "Buongiorno! Scriveteci qui e vi risponderemo.",
    "pl": "Dzień dobry! Proszę napisać tutaj, odpowiemy.",
    "pt": "Olá! Escreva-nos aqui e responderemos.",
    "ru": "Здравствуйте! Напишите нам здесь, и мы ответим.",
    "uk": "Вітаємо! Напишіть нам тут, і ми відповімо.",
}
"""For customers, so in their language and not in the agents'."""


def greeting(texts: Mapping[str, str] | None, language: str) -> str:
    """The text for somebody whose Telegram speaks `language` (IETF tag); empty: none."""
    known = BUILT_IN if texts is None else texts
    code = language.replace("_", "-").partition("-")[0].lower()
    return known.get(code) or known.get("") or next(iter(known.values()), "")
