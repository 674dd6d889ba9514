"""The mail that goes after a customer who has left a chat: what they did not see there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from omnitui.desk.letters.tongue import Tongue
from store.model import Message


@dataclass(frozen=True, slots=True)
class _Words:
    subject: str
    opening: str
    file: str
    """Of one that is too large to go along."""
    answer: str
    back: str


_TEXTS = {
    "en": _Words(
        "Your chat with {company}",
        "You had left our chat before you could see this:",
        "The file {name} is too large for a mail; it is in the chat.",
        "To go on, just answer this mail.",
        "Or come back to the chat: {page}",
    ),
    "uk": _Words(
        "Ваш чат із {company}",
        "Ви вийшли з нашого чату раніше, ніж могли це побачити:",
        "Файл {name} завеликий для листа; він є в чаті.",
        "Щоб продовжити, просто дайте відповідь на цей лист.",
        "Або поверніться до чату: {page}",
    ),
    "ru": _Words(
        "Ваш чат с {company}",
        "Вы вышли из нашего чата раньше, чем могли это увидеть:",
        "Файл {name} слишком велик для письма; он есть в чате.",
        "Чтобы продолжить, просто ответьте на это письмо.",
        "Или вернитесь в чат: {page}",
    ),
    "pl": _Words(
        "Czat z {company}",
        "Ta odpowiedź przyszła już po wyjściu z naszego czatu:",
        "Plik {name} jest za duży na e-mail; jest dostępny w czacie.",
        "Aby kontynuować, wystarczy odpowiedzieć na tę wiadomość.",
        "Można też wrócić do czatu: {page}",
    ),
}


def subject(tongue: Tongue, company: str) -> str:
    """Of the first one in a conversation."""
    return tongue.of(_TEXTS).subject.format(company=company)


def text(tongue: Tongue, missed: Sequence[Message], left_out: Sequence[str], page: str) -> str:
    """Light Markdown: who wrote what and when, and how to go on. `left_out`: names of files that
    do not go along; `page`: where the chat is, "" where nobody knows."""
    words = tongue.of(_TEXTS)
    blocks = [words.opening]
    for message in missed:
        blocks.append(f"**{_one_line(message.author)}**, {tongue.moment(message.sent_at)}")
        if message.text.strip():
            blocks.append(message.text.strip("\n"))
    blocks += [words.file.format(name=_one_line(name)) for name in left_out]
    blocks.append("\n".join(filter(None, (words.answer, page and words.back.format(page=page)))))
    return "\n\n".join(blocks)


def _one_line(name: str) -> str:
    return " ".join(name.split())
