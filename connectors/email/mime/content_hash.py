"""A fingerprint of what the sender wrote: the same for every copy of one mail.

Copies of one mail in two folders or mailboxes differ in trace headers (Received,
Delivered-To, DKIM and ARC results, spam marks), in line ends, folding and in empty lines
at the end. None of these is hashed. Two mails that differ in anything a sender writes have
different hashes, so a reused Message-ID does not swallow a mail.
"""

from __future__ import annotations

import hashlib

from connectors.email.mime.headers import Data, Headers

WRITTEN = (
    "from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to",
    "references",
)  # fmt: skip
_LABELS = [(name, f"{name}:".encode("ascii")) for name in WRITTEN]
CHUNK = 1 << 20


def content_hash(data: Data, headers: Headers, body_start: int) -> str:
    """SHA-256 in hex over the written headers and the body from `body_start`."""
    digest = hashlib.sha256()
    written: list[bytes] = []
    for name, label in _LABELS:
        for value in headers.all(name):
            written += (label, b" ".join(value.split()), b"\n")
    written.append(b"\n")
    digest.update(b"".join(written))
    _hash_body(digest, data, body_start)
    return digest.hexdigest()


def _hash_body(digest: hashlib._Hash, data: Data, start: int) -> None:
    """The body with `\\n` line ends and none at the end, a megabyte at a time."""
    end = len(data)
    if end - start <= CHUNK:
        digest.update(_unix(bytes(data[start:end])).rstrip(b"\n"))
        return
    held = b""  # line ends that count only when more follows
    at = start
    while at < end:
        stop = min(end, at + CHUNK)
        if stop < end and data[stop - 1 : stop] == b"\r":
            stop -= 1
        block = held + _unix(bytes(data[at:stop]))
        kept = block.rstrip(b"\n")
        digest.update(kept)
        held = block[len(kept) :]
        at = stop


def _unix(block: bytes) -> bytes:
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return block
