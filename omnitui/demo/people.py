"""Names for the practice desk's past: enough of them that search and lists are real."""

from __future__ import annotations

import random
from dataclasses import dataclass

# Surnames without gender, so that every first name fits every surname.
NAMES: dict[str, tuple[str, str]] = {
    "en": (
        "Alice Ben Chloe David Emma Finn Georgia Harry Isla Jack Karen Liam Mia Noah Olivia "
        "Paul Ruby Simon Tessa Victor",
        "Archer Bennett Carter Doyle Evans Fletcher Grant Hughes Irving Jensen Kerr Lowe "
        "Morgan Norris Osborne Price",
    ),
    "uk": (
        "Анна Василь Галина Денис Євгенія Захар Зоряна Іван Катерина Лев Марта Назар Оксана "
        "Петро Роман Світлана Тетяна Устим Христина Ярослав",
        "Бойко Ващенко Гончаренко Дяченко Іваненко Климчук Левчук Марченко Онищук Петренко "
        "Руденко Семенюк Ткачук Федоренко Хоменко Шульга",
    ),
    "ru": (
        "Алла Борис Валерия Глеб Диана Егор Жанна Иван Кира Лев Мария Никита Ольга Пётр Рита "
        "Станислав Таисия Фёдор Эмма Юрий",
        "Ковач Гроссман Черных Седых Дюжиченко Каримжан Ли Маркович Пак Рейн Савченко Толстых "
        "Цой Шмидт Юн Якименко",
    ),
    "pl": (
        "Adam Barbara Cezary Danuta Edward Filip Grażyna Halina Igor Joanna Kamil Lena Marek "
        "Natalia Oskar Paulina Rafał Sylwia Tomasz Wanda",
        "Nowak Mazur Wróbel Kaczmarek Krawczyk Zając Pawlak Sikora Bąk Duda Stępień Wilk "
        "Lis Kubiak Kaźmierczak Sobczak",
    ),
}

_LATIN = str.maketrans(
    {
        **dict(zip("абвгґдезиійклмнопрстуфхцыіёэ", "abvhgdezyijklmnoprstufxcyiee", strict=True)),
        "є": "ye",
        "ж": "zh",
        "ї": "i",
        "ч": "ch",
        "ш": "sh",
        "щ": "shch",
        "ь": "",
        "ъ": "",
        "ю": "yu",
        "я": "ya",
        "’": "",
        "'": "",
        **dict(zip("ąćęłńóśźżé", "acelnoszze", strict=True)),
    }
)
_RUSSIAN = _LATIN | str.maketrans("иг", "ig")


@dataclass(frozen=True, slots=True)
class PastCustomer:
    name: str
    language: str
    email: str
    chat: str


def past_customers(count: int, seed: int = 7) -> list[PastCustomer]:
    """`count` people, the languages in turn; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    found: list[PastCustomer] = []
    taken: set[str] = set()
    languages = list(NAMES)
    while len(found) < count:
        language = languages[len(found) % len(languages)]
        firsts, lasts = (names.split() for names in NAMES[language])
        first, last = chance.choice(firsts), chance.choice(lasts)
        latin = _RUSSIAN if language == "ru" else _LATIN
        handle, family = (word.lower().translate(latin) for word in (first, last))
        email = f"{handle}@{family}.example"
        if email in taken:
            email = f"{handle}{chance.randrange(50, 99)}@{family}.example"
        if email in taken:
            continue
        taken.add(email)
        chat = str(500_000_000 + len(found))
        found.append(PastCustomer(f"{first} {last}", language, email, chat))
    return found
