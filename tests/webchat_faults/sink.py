"""An SMTP server that takes every mail and keeps it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from email import message_from_bytes

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.process import free_port


@dataclass(frozen=True, slots=True)
class Letter:
    to: tuple[str, ...]
    text: str


class Sink:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: list[Letter] = []
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    @property
    def taken(self) -> list[Letter]:
        with self._lock:
            return list(self._taken)

    def close(self) -> None:
        self._controller.stop()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content)
        part = next(each for each in letter.walk() if each.get_content_type() == "text/plain")
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        with self._lock:
            self._taken.append(Letter(tuple(envelope.rcpt_tos), payload.decode()))
        return "250 2.0.0 OK queued"
