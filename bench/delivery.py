"""A mail delivered to the mailbox → its words on the agent's screen.

A raw IDLE client on the same mailbox is told of the same mail: Dovecot itself waits about
half a second before it tells anybody, so what the product adds is the difference.
"""

from __future__ import annotations

import socket
import statistics
import threading
import time
from email.message import EmailMessage

from bench import desks, mailserver, programs
from bench.pairs import Pair
from bench.report import Report, Sizes
from tests.servers.dovecot import Mailbox

PAUSE = 1.2
"""Seconds between deliveries, so that the server is at rest."""
PATIENCE = 30.0
FIRST = "begin"
"""The words of the first mail; the others answer it."""


def run(report: Report, sizes: Sizes) -> None:
    report.title("LMTP delivery → on the agent's screen")
    with mailserver.dovecot(report) as server, desks.scratch() as home:
        if server is None:
            return
        mailbox = server.user()
        mailbox.deliver(_mail(mailbox, FIRST))
        mailserver.configure(home, mailbox)
        with programs.omnitui(home).terminal() as screen, IdleClient(mailbox) as raw:
            screen.until(FIRST, timeout=PATIENCE)
            screen.settle(1, 5)
            ours: list[float] = []
            peer: list[float] = []
            for turn in range(max(sizes.rounds, 3) * 2):
                token = f"token{turn}x"
                raw.arm()
                started = time.perf_counter()
                mailbox.deliver(_mail(mailbox, token))
                shown = screen.until(token, timeout=PATIENCE) + screen.started - started
                told = raw.told(PATIENCE) - started
                if turn:
                    ours.append(shown * 1000)
                    peer.append(told * 1000)
                screen.settle(PAUSE, PAUSE)
    report.pair(Pair("delivery → screen", "ms", ours, "raw IDLE client", peer))
    own = sorted(a - b for a, b in zip(ours, peer, strict=True))
    report.say(
        f"  after the server has told the raw client: median {statistics.median(own):.0f} ms"
        f" ({own[0]:.0f} to {own[-1]:.0f})"
    )


def _mail(mailbox: Mailbox, words: str) -> bytes:
    """One more mail of the same thread: its words are the row's preview, and the last message."""
    mail = EmailMessage()
    mail["From"] = "Anna <anna@customer.test>"
    mail["To"] = mailbox.address
    mail["Subject"] = "Where is my order"
    mail["Message-ID"] = f"<{words}@customer.test>"
    if words != FIRST:
        mail["In-Reply-To"] = mail["References"] = f"<{FIRST}@customer.test>"
    mail.set_content(f"{words} and some more words\n")
    return bytes(mail)


class IdleClient:
    """Logs in, selects INBOX and idles; notes when the server says EXISTS."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._socket = socket.create_connection(("127.0.0.1", mailbox.server.imap_port), 10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        self._line()
        self._command(f"a LOGIN {mailbox.address} {mailbox.password}", b"a OK")
        self._command("b SELECT INBOX", b"b OK")
        self._command("c IDLE", b"+ ")
        self._socket.settimeout(None)
        self._heard = threading.Event()
        self._at = 0.0
        self._thread = threading.Thread(target=self._listen, name="raw idle", daemon=True)

    def __enter__(self) -> IdleClient:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._socket.close()

    def arm(self) -> None:
        self._heard.clear()

    def told(self, timeout: float) -> float:
        if not self._heard.wait(timeout):
            raise TimeoutError("the raw IDLE client was told nothing")
        return self._at

    def _listen(self) -> None:
        while line := self._line():
            if line.endswith(b"EXISTS") and not self._heard.is_set():
                self._at = time.perf_counter()
                self._heard.set()

    def _command(self, line: str, answer: bytes) -> None:
        self._socket.sendall(line.encode() + b"\r\n")
        while not (got := self._line()).startswith(answer):
            if not got or got.startswith(line[:1].encode() + b" NO"):
                raise RuntimeError(f"raw IDLE client: {got!r}")

    def _line(self) -> bytes:
        while b"\r\n" not in self._rest:
            try:
                data = self._socket.recv(4096)
            except OSError:
                return b""
            if not data:
                return b""
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\r\n")
        return line
