"""Big mailboxes in seconds: Maildir files written directly, with mail as varied as real mail.

python -m tests.servers.load DIRECTORY --count 20000     writes a Maildir
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, formatdate
from pathlib import Path

from tests.servers.dovecot import Mailbox


def _list(words: str) -> list[str]:
    return words.split()


_FIRST = _list("Anna Olena Piotr Иван Оксана Józef Maria Jean Zoë Jürgen Ольга Søren")
_LAST = _list("Kowalska Шевченко Smith Иванов O'Neil Müller Łukasiewicz Дорошенко Garcia")
_TOPICS = (
    "Where is my order",
    "Refund please",
    "Де моє замовлення",
    "Где мой заказ",
    "Gdzie jest moja paczka",
    "Wrong size",
    "Broken on arrival",
    "Invoice",
    "Password does not work",
)
_WORDS = _list(
    "order parcel refund size colour broken late courier invoice address change cancel please"
    " thanks waiting week already yesterday photo attached receipt card bank payment account"
    " доставка замовлення повернення розмір дякую чекаю номер адреса оплата картка"
    " заказ посылка возврат спасибо жду вчера paczka zwrot rozmiar dziękuję czekam reklamacja"
)


def mails(
    count: int, to: str, *, seed: int = 1, size: int = 11_000, until: float | None = None
) -> Iterator[tuple[bytes, float]]:
    """Raw mail and its INTERNALDATE, oldest first, the same for the same seed.

    About `size` bytes each. Plain text, HTML with text, HTML alone, attachments; four
    languages, several charsets; a third are replies to earlier ones.
    """
    chance = random.Random(seed)
    end = time.time() if until is None else until
    step = 90 * 86400 / max(count, 1)
    # Writing MIME is slow: bodies are made once and used about twenty times.
    bodies = [_body(chance, size) for _ in range(min(max(count // 20, 50), 1000))]
    people = [
        f"{formataddr((f'{chance.choice(_FIRST)} {chance.choice(_LAST)}', address))}"
        for address in (f"customer{n}@shop-{n % 97}.test" for n in range(max(count // 8, 1)))
    ]
    topics = [(topic, Header(topic).encode()) for topic in _TOPICS]
    earlier: list[tuple[str, str, str]] = []
    for number in range(count):
        at = end - (count - number) * step
        identity = f"<{seed}.{number}@customer.test>"
        subject = f"{chance.choice(topics)[1]} {chance.randrange(10_000, 99_999)}"
        references = ""
        threading = ""
        if earlier and chance.random() < 0.33:
            parent, references, subject = chance.choice(earlier[-500:])
            references = f"{references} {parent}".strip()
            threading = f"In-Reply-To: {parent}\r\nReferences: {references}\r\n"
            subject = f"Re: {subject.removeprefix('Re: ')}"
        earlier.append((identity, references, subject))
        head = (
            f"From: {chance.choice(people)}\r\nTo: {to}\r\nSubject: {subject}\r\n"
            f"Date: {formatdate(at)}\r\nMessage-ID: {identity}\r\n{threading}"
        )
        yield head.encode() + chance.choice(bodies), at


def seed_mailbox(mailbox: Mailbox, count: int, *, seed: int = 1, folder: str = "INBOX") -> None:
    """Some thousand mails a second."""
    for raw, at in mails(count, mailbox.address, seed=seed):
        mailbox.plant(raw, folder, at=at)


def write_maildir(directory: Path, count: int, *, to: str = "support@example.test") -> None:
    for part in ("tmp", "new", "cur"):
        (directory / part).mkdir(parents=True, exist_ok=True)
    for number, (raw, at) in enumerate(mails(count, to)):
        (directory / "cur" / f"{int(at)}.{number}.load,S={len(raw)}:2,").write_bytes(raw)


def _body(chance: random.Random, size: int) -> bytes:
    """Content headers, empty line and content."""
    message = EmailMessage(policy=SMTP)
    kind = chance.random()
    wanted = int(size * chance.uniform(0.5, 1.2))
    text = _prose(chance, wanted // 6 if kind > 0.4 else wanted // 2)
    charset = "utf-8"
    if kind < 0.08:
        charset, text = "koi8-r", text.encode("koi8-r", "ignore").decode("koi8-r")
    message.set_content(text, charset=charset)
    if kind > 0.4:
        rows = "".join(f"<p style='margin:0'>{line}</p>\n" for line in text.splitlines())
        filler = "<td class='spacer' width='10'>&nbsp;</td>\n" * (wanted // 90)
        page = f"<html><body><table><tr>{filler}</tr></table>{rows}</body></html>"
        if kind > 0.8:
            message.set_content(page, subtype="html", cte="quoted-printable")
        else:
            message.add_alternative(page, subtype="html", cte="quoted-printable")
    if kind > 0.95:
        message.add_attachment(
            chance.randbytes(wanted // 2), maintype="image", subtype="jpeg", filename="photo.jpg"
        )
    return message.as_bytes()


def _prose(chance: random.Random, size: int) -> str:
    lines: list[str] = []
    length = 0
    while length < size:
        line = " ".join(chance.choices(_WORDS, k=chance.randrange(4, 12)))
        lines.append(line)
        length += len(line.encode())
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Write a Maildir of varied mail.")
    arguments.add_argument("directory", type=Path)
    arguments.add_argument("--count", type=int, default=20_000)
    given = arguments.parse_args()
    write_maildir(given.directory, given.count)
