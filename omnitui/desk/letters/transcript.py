"""The mail with the text of a chat, for the customer who asked for it."""

from __future__ import annotations

from collections.abc import Sequence

from omnitui.desk.letters.tongue import Tongue
from store.model import Message

MOST_CHARACTERS = 400_000
"""Of a longer chat the end goes out."""

_SUBJECTS = {
    "en": "The text of your chat with {company}",
    "uk": "Текст вашого чату з {company}",
    "ru": "Текст вашего чата с {company}",
    "pl": "Treść czatu z {company}",
}
_TEXTS = {
    "en": "Here is the text of your chat with {company}, as you asked for it.",
    "uk": "Надсилаємо текст вашого чату з {company}, як ви просили.",
    "ru": "Отправляем текст вашего чата с {company}, как вы просили.",
    "pl": "Przesyłamy treść czatu z {company}, zgodnie z prośbą.",
}
_TITLES = {
    "en": "From {first} to {last}:",
    "uk": "Від {first} до {last}:",
    "ru": "С {first} до {last}:",
    "pl": "Od {first} do {last}:",
}
_YOU = {"en": "You", "uk": "Ви", "ru": "Вы", "pl": "Ty"}
_FILES = {"en": "File: {name}", "uk": "Файл: {name}", "ru": "Файл: {name}", "pl": "Plik: {name}"}


def subject(tongue: Tongue, company: str) -> str:
    return tongue.of(_SUBJECTS).format(company=company)


def text(tongue: Tongue, company: str) -> str:
    """What stands above the chat."""
    return tongue.of(_TEXTS).format(company=company)


def title(tongue: Tongue, messages: Sequence[Message]) -> str:
    """The line above the chat's text; there has to be a message."""
    first, last = (tongue.moment(one.arrived_at) for one in (messages[0], messages[-1]))
    return tongue.of(_TITLES).format(first=first, last=last)


def body(tongue: Tongue, messages: Sequence[Message]) -> str:
    """Who wrote what and when, as they typed it."""
    blocks = []
    for message in messages:
        who = tongue.of(_YOU) if message.direction == "in" else " ".join(message.author.split())
        lines = [f"{tongue.moment(message.arrived_at)} {who}:"]
        if message.text.strip():
            lines.append(message.text.strip("\n"))
        lines += [tongue.of(_FILES).format(name=file.name) for file in message.attachments]
        blocks.append("\n".join(lines))
    whole = "\n\n".join(blocks)
    if len(whole) <= MOST_CHARACTERS:
        return whole
    return "[…]\n" + whole[-MOST_CHARACTERS:].partition("\n")[2]
