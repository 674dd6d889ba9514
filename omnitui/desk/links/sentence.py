"""The sentence around a one-time link, where the team has no template `link` of its own."""

from __future__ import annotations

SENTENCES = {
    "en": (
        "You can go on with this in Telegram, if that suits you better:\n"
        "{url}\n"
        "\n"
        "The link is for you alone and works once, within 24 hours."
    ),
    "uk": (
        "Якщо вам так зручніше, можемо продовжити в Telegram:\n"
        "{url}\n"
        "\n"
        "Посилання лише для вас, воно спрацює один раз протягом 24 годин."
    ),
    "ru": (
        "Если вам так удобнее, можем продолжить в Telegram:\n"
        "{url}\n"
        "\n"
        "Ссылка только для вас, она сработает один раз в течение 24 часов."
    ),
    "pl": (
        "Jeśli tak wygodniej, możemy kontynuować w Telegramie:\n"
        "{url}\n"
        "\n"
        "Link jest tylko dla Pani/Pana i zadziała jeden raz, w ciągu 24 godzin."
    ),
}
"""By the customer's language."""


def around(url: str, *languages: str) -> str:
    """In the first of the languages that there is, else in English."""
    for language in languages:
        found = SENTENCES.get(language.partition("-")[0].lower())
        if found:
            return found.format(url=url)
    return SENTENCES["en"].format(url=url)
