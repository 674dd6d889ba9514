"""An `Outgoing` message as the bytes that go to the mail server.

Header by header and by hand: the standard library's serialiser folds long Message-IDs into
encoded words and breaks threading. Nothing that was typed can add a header: every value
is one line before it is written.
"""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256

from config.model import EmailAccount
from connectors.contract import Address, File, Outgoing, Quote
from connectors.email.mime.flowed import flow
from connectors.email.writing import markdown
from connectors.email.writing.headers_out import (
    address_list,
    content_disposition,
    content_type,
    ids_header,
    one_id,
    one_line,
    text_header,
)

MAX_REFERENCES = 1_500
"""Characters of References; some servers refuse more than 2,000 a header."""


def compose(
    message: Outgoing, account: EmailAccount, *, date: datetime, bcc: bool = False
) -> bytes:
    """A complete mail with CRLF line ends; `date` is aware.

    `bcc`: with the Bcc header, for our own copy; what goes out never has it. The text is
    always 7-bit, so that any server takes it; headers are UTF-8 only where an address before
    its @ is (RFC 6532). The same message gives the same bytes. Raises OSError when an
    attachment's file cannot be read, ValueError when `date` is naive."""
    if date.tzinfo is None:
        raise ValueError("the date of a mail needs a time zone")
    sender = message.sender or Address(account.address, account.display_name)
    written_by = Address(sender.address or account.address, sender.name or account.display_name)
    lines = [
        address_list("From", [written_by]),
        address_list("To", message.to) if message.to else "To: undisclosed-recipients:;",
    ]
    if message.cc:
        lines.append(address_list("Cc", message.cc))
    if bcc and message.bcc:
        lines.append(address_list("Bcc", message.bcc))
    if account.plus_address and message.reply_token:
        answers = with_token(written_by.address, message.reply_token)
        lines.append(address_list("Reply-To", [Address(answers, written_by.name)]))
    lines.append(text_header("Subject", message.subject))
    lines.append(f"Date: {format_datetime(date)}")
    lines.append(f"Message-ID: <{one_id(message.key)}>")
    if parent := _quotable_id(message.in_reply_to):
        lines.append(f"In-Reply-To: <{parent}>")
    references = _bounded([each for each in map(_quotable_id, message.references) if each])
    if references:
        lines.append(ids_header("References", references))
    if message.automatic:
        # RFC 3834 §3.1.8; Exchange asks the other one.
        lines += ["Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All"]
    lines.append("MIME-Version: 1.0")
    seed = message.key
    head = "\r\n".join(lines).encode("utf-8")
    body = _alternative(message.text, message.signature, message.quote, seed)
    if message.files:
        parts = [body, *(_attachment(file) for file in message.files)]
        body = _multipart("mixed", parts, seed)
    return head + b"\r\n" + body


def with_token(address: str, token: str) -> str:
    """`support@acme.example` → `support+omnitui.TOKEN@acme.example` (RFC 5233)."""
    local, _at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}+omnitui.{token}@{domain}"


def _quotable_id(value: str) -> str:
    """Somebody else's Message-ID as we may write it; "" for one that no header can hold: not
    ASCII (RFC 5322 §3.6.4), or so long that References could not be bounded."""
    found = one_id(value)
    return found if found.isascii() and len(found) <= MAX_REFERENCES // 2 - 4 else ""


def _bounded(references: Sequence[str]) -> list[str]:
    """The first id, which names the thread, and as many of the last as fit."""
    ids = list(dict.fromkeys(references))
    if not ids:
        return []
    kept: list[str] = []
    room = MAX_REFERENCES - len(ids[0]) - 3
    for each in reversed(ids[1:]):
        room -= len(each) + 3
        if room < 0 and kept:
            break
        kept.append(each)
    return [ids[0], *reversed(kept)]


def _alternative(text: str, signature: str, quote: Quote | None, seed: str) -> bytes:
    text, signature = _plain(text), _plain(signature)
    if quote is not None:
        quote = Quote(one_line(quote.attribution), _plain(quote.text))
    plain = markdown.plain(text)
    if signature and quote is None:
        plain += f"\n\n-- \n{signature}"
    elif signature:
        # What stands below a delimiter counts as signature: the quote would, too.
        plain += f"\n\n{signature}"
    if quote is not None:
        plain += f"\n\n{quote.attribution}\n{_quoted(quote.text)}"
    parts = [
        _text("plain", flow(plain) + "\n", "; format=flowed"),
        _text("html", markdown.document(text, signature, quote), ""),
    ]
    return _multipart("alternative", parts, seed)


def _quoted(text: str) -> str:
    return "\n".join(f">{'' if line[:1] in ('>', '') else ' '}{line}" for line in text.split("\n"))


def _plain(text: str) -> str:
    """One kind of line end, no NUL, nothing that UTF-8 cannot hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return text.encode("utf-8", "replace").decode("utf-8").strip("\n")


def _text(subtype: str, text: str, parameters: str) -> bytes:
    encoded = binascii.b2a_qp(text.encode("utf-8"), istext=True).replace(b"\n", b"\r\n")
    # mbox files and careless relays put a `>` before a line that begins so.
    encoded = encoded.replace(b"\r\nFrom ", b"\r\n=46rom ")
    if encoded.startswith(b"From "):
        encoded = b"=46" + encoded[1:]
    head = (
        f"Content-Type: text/{subtype}; charset=utf-8{parameters}\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode("ascii") + encoded


def _attachment(file: File) -> bytes:
    content = file.read()
    lines = [content_type(file.type, file.name), content_disposition(file.name, inline=file.inline)]
    if file.content_id and one_id(file.content_id):
        lines.append(f"Content-ID: <{one_id(file.content_id)}>")
    lines.append("Content-Transfer-Encoding: base64")
    head = "\r\n".join(lines).encode("ascii", "replace") + b"\r\n\r\n"
    # 57 bytes make a line of 76 characters; encode at once and cut.
    digits = binascii.b2a_base64(content, newline=False)
    return head + b"\r\n".join(digits[at : at + 76] for at in range(0, len(digits), 76))


def _multipart(subtype: str, parts: Sequence[bytes], seed: str) -> bytes:
    boundary = _boundary(subtype, seed, parts)
    mark = b"--" + boundary
    head = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n' % (subtype.encode(), boundary)
    return (
        head
        + b"".join(mark + b"\r\n" + part.rstrip(b"\r\n") + b"\r\n" for part in parts)
        + mark
        + b"--\r\n"
    )


def _boundary(subtype: str, seed: str, parts: Sequence[bytes]) -> bytes:
    """From the message's id, so that the same message gives the same bytes; `=_` cannot
    stand in quoted-printable or base64, and is looked for all the same."""
    count = 0
    while True:
        digest = sha256(f"{subtype}:{count}:{seed}".encode("utf-8", "replace")).hexdigest()[:24]
        boundary = f"=_{subtype[:3]}_{digest}".encode("ascii")
        if not any(boundary in part for part in parts):
            return boundary
        count += 1
