"""Short ways to write a mail."""

from __future__ import annotations


def mail(*lines: str | bytes) -> bytes:
    """The lines joined by CRLF; the first empty one ends the header."""
    return b"\r\n".join(line if isinstance(line, bytes) else line.encode("utf-8") for line in lines)


def plain(text: str, *headers: str) -> bytes:
    """A plain UTF-8 mail from Ann to us."""
    return mail(
        "From: Ann <ann@example.org>",
        "To: support@acme.example",
        "Date: Fri, 05 Jan 2024 10:00:00 +0000",
        "Message-ID: <one@example.org>",
        "Subject: Order",
        *headers,
        "Content-Type: text/plain; charset=utf-8",
        "",
        text.replace("\n", "\r\n"),
    )
