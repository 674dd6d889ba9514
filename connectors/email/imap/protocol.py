"""aioimaplib's protocol, with the parts replaced that lose or change what a server says.

Kept: tags, commands, states, sending. Replaced, because of what aioimaplib 2.0 does:
- reading recursed once a line and died on long answers: `Framer` loops;
- `* ` was taken out of the middle of lines: only the mark at the start goes;
- EXISTS during another command was dropped: it is always noted (`news`);
- a lost connection left every waiter waiting: all are woken with the error;
- a server's challenge was never answered: `Exchange.answers` are.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from aioimaplib.aioimaplib import (  # type: ignore[import-untyped]
    AioImapException,
    Command,
    IMAP4ClientProtocol,
)

from connectors.email.imap.framer import Framer, NotImap, Response

_TAGGED = re.compile(rb"[A-Z0-9]+ (?:OK|NO|BAD)\b", re.I)
_COUNT = re.compile(rb"(\d+) (EXISTS|EXPUNGE)\b", re.I)


class Exchange(Command):  # type: ignore[misc]
    """One command and everything the server says until its tagged answer."""

    def __init__(
        self, name: str, tag: str, *args: str, prefix: str = "", answers: Sequence[bytes] = ()
    ) -> None:
        super().__init__(name, tag, *args, prefix=prefix)
        self.untagged: list[Response] = []
        self.answers = list(answers)
        """What to send at each `+` of the server; after the last one an empty line."""
        self.continued = asyncio.Event()
        """A `+` came, or the exchange ended."""
        self.challenge = b""
        """What the server said after its last `+`."""

    @property
    def done(self) -> bool:
        ended: bool = self._event.is_set()
        return ended

    def close(self, line: bytes, result: str) -> None:
        super().close(line, result)
        self.continued.set()

    def fail(self, error: Exception) -> None:
        self._exception = error
        self._event.set()
        self.continued.set()


class ImapProtocol(IMAP4ClientProtocol):  # type: ignore[misc]
    """One connection. Its user runs one `Exchange` at a time."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    pending_sync_command: Exchange | None

    def __init__(self) -> None:
        super().__init__(asyncio.get_running_loop())
        self.greeting: asyncio.Future[bytes] = self.loop.create_future()
        self.news = asyncio.Event()
        """The server spoke of new mail, or the connection is lost."""
        self.bye = b""
        self.lost: Exception | None = None
        self.closed = asyncio.Event()
        self.deadline: asyncio.Timeout | None = None
        """Moved on by `patience` seconds whenever something arrives."""
        self.patience = 30.0
        self.sealed = False
        """STARTTLS was agreed on: not one more plain byte may come (RFC 3207 §6 for SMTP)."""
        self._framer = Framer()

    def begin(self, exchange: Exchange, *, secret: str | None = None) -> None:
        """Send the command. `await exchange.wait()` for its end. `secret` stays out of logs."""
        self.pending_sync_command = exchange
        self.send(str(exchange), scrub=secret)

    def data_received(self, d: bytes) -> None:
        if self.deadline is not None and not self.deadline.expired():
            self.deadline.reschedule(self.loop.time() + self.patience)
        try:
            self._refuse_if_sealed()
            for response in self._framer.feed(d):
                self._refuse_if_sealed()
                self._dispatch(response)
            if self._framer.pending:
                self._refuse_if_sealed()
        except (NotImap, AioImapException) as error:
            self.fail(error)
            self.transport.abort()

    def secure(self, transport: asyncio.Transport) -> None:
        """Go on over the encrypted transport."""
        self.transport = transport
        self.sealed = False

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.fail(exc or EOFError())
        self.closed.set()

    def fail(self, error: Exception) -> None:
        """Nothing more can be learnt from this connection: wake everybody who waits."""
        if self.lost is None:
            self.lost = error
        if not self.greeting.done():
            self.greeting.set_exception(self.lost)
            self.greeting.exception()  # whoever opened it may have gone: no warning
        if self.pending_sync_command is not None:
            self.pending_sync_command.fail(self.lost)
            self.pending_sync_command = None
        self.news.set()

    def _refuse_if_sealed(self) -> None:
        if self.sealed:
            raise NotImap

    def _dispatch(self, response: Response) -> None:
        line = response[0]
        if not self.greeting.done():
            self.greeting.set_result(line)
        elif line.startswith(b"* "):
            self._untagged((line[2:], *response[1:]))
        elif line.startswith(b"+"):
            self._continuation(line)
        elif _TAGGED.match(line):
            self._tagged(line)
        elif line:
            raise NotImap

    def _untagged(self, response: Response) -> None:
        line = response[0]
        count = _COUNT.match(line)
        if count is not None and count[2].upper() == b"EXISTS":
            self.news.set()
        elif line[:4].upper() == b"BYE ":
            self.bye = line[4:]
        if self.pending_sync_command is not None:
            self.pending_sync_command.untagged.append(response)

    def _tagged(self, line: bytes) -> None:
        exchange = self.pending_sync_command
        if exchange is None:
            raise NotImap
        starttls = exchange.name == "STARTTLS"
        self._response_done(line)
        if starttls and exchange.response.result == "OK":
            self.sealed = True

    def _continuation(self, line: bytes) -> None:
        exchange = self.pending_sync_command
        if exchange is None:
            raise NotImap
        exchange.continued.set()
        exchange.challenge = line[1:].strip()
        if exchange.answers:
            self.transport.write(exchange.answers.pop(0))
        elif exchange.name == "AUTHENTICATE":
            # A challenge that only tells why the log-in fails: an empty line lets it end.
            self.transport.write(b"\r\n")
