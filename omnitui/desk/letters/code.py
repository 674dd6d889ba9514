"""The mail with a one-time code. Nothing in it is from who asked: it may go to a stranger."""

from __future__ import annotations

from omnitui.desk.letters.tongue import Tongue

MASK = "••••••"
"""Stands in the store where the mail has the code."""

_SUBJECTS = {
    "en": "Your code for the chat with {company}",
    "uk": "Ваш код для чату з {company}",
    "ru": "Ваш код для чата с {company}",
    "pl": "Kod do czatu z {company}",
}
_TEXTS = {
    "en": (
        "Your code for the chat with {company}:\n"
        "\n"
        "**{code}**\n"
        "\n"
        "Type it into the chat that asked you for it within {minutes} minutes, and tell it to"
        " nobody.\n"
        "\n"
        "If you did not ask for a code, somebody has mistyped their address: you need not do"
        " anything."
    ),
    "uk": (
        "Ваш код для чату з {company}:\n"
        "\n"
        "**{code}**\n"
        "\n"
        "Введіть його в чаті, який про нього запитав, протягом {minutes} хвилин і нікому не"
        " повідомляйте.\n"
        "\n"
        "Якщо ви не просили коду, хтось помилився, вказуючи свою адресу: нічого робити не"
        " потрібно."
    ),
    "ru": (
        "Ваш код для чата с {company}:\n"
        "\n"
        "**{code}**\n"
        "\n"
        "Введите его в чате, который о нём спросил, в течение {minutes} минут и никому не"
        " сообщайте.\n"
        "\n"
        "Если вы не просили код, кто-то ошибся, указывая свой адрес: делать ничего не нужно."
    ),
    "pl": (
        "Kod do czatu z {company}:\n"
        "\n"
        "**{code}**\n"
        "\n"
        "Proszę wpisać go w czacie, który o niego zapytał, w ciągu {minutes} minut i nikomu go"
        " nie podawać.\n"
        "\n"
        "Jeśli kod nie był zamawiany, ktoś pomylił się, podając swój adres: nie trzeba nic robić."
    ),
}


def subject(tongue: Tongue, company: str) -> str:
    return tongue.of(_SUBJECTS).format(company=company)


def text(tongue: Tongue, company: str, minutes: int) -> str:
    """With the mask in the code's place."""
    return tongue.of(_TEXTS).format(company=company, code=MASK, minutes=minutes)
