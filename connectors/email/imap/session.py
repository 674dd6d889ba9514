"""One logged-in IMAP connection. The only place that talks to aioimaplib.

Every command runs alone, under a lock and a time limit that arriving bytes extend. After a
time-out, a cancellation in the middle of a command, or nonsense from the server the
connection is dropped: what it would say next could belong to another question.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from aioimaplib.aioimaplib import AioImapException  # type: ignore[import-untyped]

from config.i18n import _
from config.model import ServerUrl
from connectors.contract import ChannelError, Misconfigured, Unreachable
from connectors.email.credential import GIVE_UP, Bearer, Credential, refusal_words
from connectors.email.failures import (
    closed,
    network_failure,
    place,
    refused_token,
    words,
    wrong_credentials,
)
from connectors.email.imap import parse as imap_parse
from connectors.email.imap.connect import connect
from connectors.email.imap.folder_names import namespaced
from connectors.email.imap.framer import NotImap
from connectors.email.imap.mailbox_name import quote, quote_mailbox
from connectors.email.imap.parse import Fetched, Folder, Namespaces
from connectors.email.imap.protocol import Exchange, ImapProtocol

PATIENCE = 60.0
"""Seconds without a byte after which the server counts as gone."""
CONNECT_PATIENCE = 30.0
"""Seconds for connecting, TLS and the greeting."""
QUICK_PATIENCE = 30.0
"""Seconds for answers that need no work: to DONE, to NOOP."""
SLOWEST_LINE = 20_000
"""Bytes a second that an upload may be expected to make."""
_NOT_NOW = {"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "OVERQUOTA"}
"""Response codes (RFC 5530) of a refusal that has nothing to do with the credentials."""


class Refused(Exception):
    """The server answered NO or BAD. `code` as in RFC 5530, in capitals; `said`: its words."""

    def __init__(self, result: str, line: bytes) -> None:
        self.result = result
        self.code = imap_parse.code(line)[0]
        self.said = words(line)
        self.challenge = b""
        """What the server asked last, where that tells why (SASL)."""
        super().__init__(f"{result} {self.said}")


@dataclass(frozen=True, slots=True)
class Selected:
    """An open mailbox."""

    uidvalidity: int
    uidnext: int
    """0: the server did not say."""
    exists: int


class ImapSession:
    """Made by `open`. Its methods raise `ChannelError` when the connection is of no more use
    and `Refused` when the server said no to this one command."""

    def __init__(self, server: ServerUrl, protocol: ImapProtocol, patience: float) -> None:
        self.server = server
        self.capabilities: frozenset[str] = frozenset()
        self.selected = ""
        """The mailbox that is open; empty: none."""
        self.current = Selected(0, 0, 0)
        """What `select` said of it."""
        self._protocol = protocol
        self._patience = patience
        self._lock = asyncio.Lock()
        self._namespaces: Namespaces | None = None

    @classmethod
    async def open(
        cls,
        server: ServerUrl,
        credential: Credential,
        context: ssl.SSLContext,
        *,
        patience: float | None = None,
    ) -> ImapSession:
        """Connect, encrypt as the URL says, log in. Raises `ChannelError`."""
        patience = PATIENCE if patience is None else patience
        session = None
        try:
            async with asyncio.timeout(min(patience, CONNECT_PATIENCE)):
                protocol = await connect(server, context)
                session = cls(server, protocol, patience)
                greeting = await protocol.greeting
            await session._greeted(greeting, context)
            await session._log_in(credential)
        except BaseException as error:
            if session is not None:
                session.drop()
                await asyncio.sleep(0)  # lets the transport be gone before the loop may end
            if isinstance(error, ChannelError | asyncio.CancelledError):
                raise
            if isinstance(error, OSError | EOFError | NotImap | AioImapException | Refused):
                raise session._lost(error) if session else network_failure(error, server) from error
            raise
        return session

    @property
    def news(self) -> bool:
        """The server spoke of new mail since `clear_news`."""
        return self._protocol.news.is_set()

    def clear_news(self) -> None:
        if self._protocol.lost is None:
            self._protocol.news.clear()

    @property
    def can_idle(self) -> bool:
        return "IDLE" in self.capabilities

    async def select(self, folder: str, *, writable: bool = False) -> Selected:
        """Open a mailbox, read-only unless `writable`."""
        self.clear_news()
        self.selected = ""
        exchange = await self._run("SELECT" if writable else "EXAMINE", _mailbox(folder))
        self.selected = folder
        found = {"UIDVALIDITY": 0, "UIDNEXT": 0, "EXISTS": 0}
        for response in exchange.untagged:
            number, name = (*response[0].split(b" ")[:2], b"")[:2]
            if name.upper() == b"EXISTS" and number.isdigit():
                found["EXISTS"] = int(number)
            elif number.upper() == b"OK":
                code, value = imap_parse.code(response[0][3:])
                if code in found and value.isdigit():
                    found[code] = int(value)
        self.current = Selected(found["UIDVALIDITY"], found["UIDNEXT"], found["EXISTS"])
        return self.current

    async def search(self, criteria: str) -> list[int]:
        """UIDs in the open mailbox, ascending."""
        exchange = await self._run("SEARCH", criteria, prefix="UID")
        return imap_parse.uids(exchange.untagged)

    async def search_header(self, name: str, value: str) -> list[int]:
        value = "".join(c for c in value if c.isprintable() and c.isascii())
        return await self.search(f"HEADER {name} {quote(value)}")

    async def fetch(self, uids: Sequence[int], items: str) -> list[Fetched]:
        """The messages that are (still) there, in the server's order."""
        wanted = set(uids)
        exchange = await self._run("FETCH", imap_parse.uid_set(uids), items, prefix="UID")
        found = (imap_parse.fetched(response) for response in exchange.untagged)
        return [message for message in found if message is not None and message.uid in wanted]

    async def add_flag(self, uids: Sequence[int], flag: str) -> None:
        await self._run(
            "STORE", imap_parse.uid_set(uids), "+FLAGS.SILENT", f"({flag})", prefix="UID"
        )

    async def move(self, uids: Sequence[int], folder: str) -> None:
        """RFC 6851; only where MOVE is among the capabilities."""
        await self._run("MOVE", imap_parse.uid_set(uids), _mailbox(folder), prefix="UID")

    async def copy(self, uids: Sequence[int], folder: str) -> None:
        await self._run("COPY", imap_parse.uid_set(uids), _mailbox(folder), prefix="UID")

    async def expunge(self, uids: Sequence[int]) -> None:
        """These and no others (RFC 4315); only where UIDPLUS is among the capabilities."""
        await self._run("EXPUNGE", imap_parse.uid_set(uids), prefix="UID")

    async def create(self, folder: str) -> None:
        await self._run("CREATE", _mailbox(folder))

    async def folders(self) -> list[Folder]:
        exchange = await self._list()
        found = (imap_parse.folder(response) for response in exchange.untagged)
        if self._namespaces is None and "NAMESPACE" in self.capabilities:
            with contextlib.suppress(Refused):
                for response in (await self._run("NAMESPACE")).untagged:
                    self._namespaces = imap_parse.namespaces(response) or self._namespaces
        return namespaced([folder for folder in found if folder is not None], self._namespaces)

    async def _list(self) -> Exchange:
        if {"SPECIAL-USE", "LIST-EXTENDED"} <= self.capabilities:
            # Some servers tell which folder is the Sent one only when they are asked to.
            with contextlib.suppress(Refused):
                return await self._run("LIST", '""', '"*"', "RETURN", "(SPECIAL-USE)")
        return await self._run("LIST", '""', '"*"')

    async def status(self, folder: str) -> dict[str, int]:
        """MESSAGES, UIDNEXT and UIDVALIDITY of a mailbox that need not be open."""
        exchange = await self._run("STATUS", _mailbox(folder), "(MESSAGES UIDNEXT UIDVALIDITY)")
        found: dict[str, int] = {}
        for response in exchange.untagged:
            found |= imap_parse.status(response)
        return found

    async def append(self, folder: str, raw: bytes, flags: str = "") -> None:
        # The literal's size, not `{n+}`: the server may say no before the bytes travel.
        await self._run(
            "APPEND",
            _mailbox(folder),
            f"({flags})",
            f"{{{len(raw)}}}",
            answers=[raw + b"\r\n"],
            more_patience=len(raw) / SLOWEST_LINE,
        )

    async def noop(self) -> None:
        await self._run("NOOP")

    async def idle(self, seconds: float, wake: asyncio.Event | None = None) -> bool:
        """Wait until the server speaks of new mail (True), `seconds` are over, or `wake` is set
        (RFC 2177).

        A server that leaves the end of it unanswered for QUICK_PATIENCE counts as gone. What it
        said since `clear_news` counts too: nothing between a search and this is lost.
        """
        async with self._alone() as protocol:
            if protocol.news.is_set():
                return True
            exchange = Exchange("IDLE", protocol.new_tag())
            protocol.begin(exchange)
            quick = min(self._patience, QUICK_PATIENCE)
            async with asyncio.timeout(quick):
                await exchange.continued.wait()
            if not exchange.done:
                await _first_of(seconds, protocol.news, *((wake,) if wake else ()))
                if protocol.lost is not None:
                    raise protocol.lost
                if not exchange.done:
                    protocol.send("DONE")
            async with asyncio.timeout(quick):
                await exchange.wait()
            self._judge(exchange)
            return bool(protocol.news.is_set())

    def drop(self) -> None:
        """End the connection at once, without a word."""
        if self._protocol.transport is not None:
            self._protocol.transport.abort()

    async def close(self) -> None:
        """Log out and end the connection; never takes more than about a second."""
        protocol = self._protocol
        if protocol.lost is None and protocol.pending_sync_command is None:
            exchange = Exchange("LOGOUT", protocol.new_tag())
            protocol.begin(exchange)
            with contextlib.suppress(OSError, EOFError, NotImap, AioImapException):
                async with asyncio.timeout(1):
                    await exchange.wait()
        self.drop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await protocol.closed.wait()

    @contextlib.asynccontextmanager
    async def _alone(self) -> AsyncIterator[ImapProtocol]:
        """The connection to oneself; whatever goes wrong inside ends it."""
        async with self._lock:
            protocol = self._protocol
            if protocol.lost is not None:
                raise self._lost(protocol.lost)
            try:
                yield protocol
            except Refused:
                raise
            except BaseException as error:
                self.drop()
                if isinstance(error, OSError | EOFError | NotImap | AioImapException):
                    raise self._lost(error) from error
                raise

    async def _run(
        self,
        name: str,
        *args: str,
        prefix: str = "",
        answers: Sequence[bytes] = (),
        secret: str | None = None,
        more_patience: float = 0.0,
    ) -> Exchange:
        async with self._alone() as protocol:
            exchange = Exchange(name, protocol.new_tag(), *args, prefix=prefix, answers=answers)
            protocol.patience = self._patience
            try:
                async with asyncio.timeout(self._patience + more_patience) as protocol.deadline:
                    protocol.begin(exchange, secret=secret)
                    await exchange.wait()
            finally:
                protocol.deadline = None
            self._judge(exchange)
            return exchange

    def _judge(self, exchange: Exchange) -> None:
        result, lines = exchange.response
        if result != "OK":
            refused = Refused(result, bytes(lines[-1]) if lines else b"")
            refused.challenge = exchange.challenge
            raise refused

    def _lost(self, error: BaseException) -> ChannelError:
        bye = self._protocol.bye
        if isinstance(error, ChannelError):
            return error
        if isinstance(error, NotImap | AioImapException | Refused):
            said = f"{error}" if isinstance(error, Refused) else _("it does not speak IMAP")
            return closed(self.server, said)
        if bye and not isinstance(error, ssl.SSLError):
            return closed(self.server, bye)
        return network_failure(error, self.server)

    async def _greeted(self, greeting: bytes, context: ssl.SSLContext) -> None:
        protocol = self._protocol
        word = greeting[2:].split(b" ", 1)[0].upper() if greeting.startswith(b"* ") else b""
        if word == b"BYE":
            raise closed(self.server, greeting[6:])
        if word not in (b"OK", b"PREAUTH"):
            raise Misconfigured(
                _("{where} is no IMAP server (it said: {said}); check host and port.").format(
                    where=place(self.server), said=words(greeting)
                )
            )
        protocol.state = "AUTH" if word == b"PREAUTH" else "NONAUTH"
        if self.server.security == "starttls":
            if word == b"PREAUTH":
                # Nothing may be said in the clear, and after PREAUTH there is no STARTTLS.
                raise Misconfigured(
                    _("{where} offers no encryption; use imaps://.").format(
                        where=place(self.server)
                    )
                )
            await self._start_tls(context)
        await self._ask_capabilities()

    async def _start_tls(self, context: ssl.SSLContext) -> None:
        protocol = self._protocol
        try:
            await self._run("STARTTLS")
        except Refused as refusal:
            raise Misconfigured(
                _("{where} refuses STARTTLS ({said}); use imaps:// and its port.").format(
                    where=place(self.server), said=refusal.said
                )
            ) from None
        if protocol.lost is not None:
            raise protocol.lost
        async with asyncio.timeout(min(self._patience, CONNECT_PATIENCE)):
            secured = await asyncio.get_running_loop().start_tls(
                protocol.transport, protocol, context, server_hostname=self.server.host
            )
        if secured is None:
            raise EOFError
        protocol.secure(secured)

    async def _ask_capabilities(self, tagged: bytes = b"") -> None:
        code, listed = imap_parse.code(tagged)
        if code != "CAPABILITY":
            exchange = await self._run("CAPABILITY")
            listed = " ".join(
                line[0].decode("ascii", "replace")
                for line in exchange.untagged
                if line[0][:11].upper() == b"CAPABILITY "
            )
        self.capabilities = frozenset(listed.upper().split()) - {"CAPABILITY"}
        self._protocol.capabilities = set(self.capabilities)

    async def _log_in(self, credential: Credential) -> None:
        if self._protocol.state == "AUTH":
            return
        user = self.server.user
        try:
            if isinstance(credential, Bearer):
                exchange = await self._authenticate_bearer(credential)
            elif "AUTH=PLAIN" in self.capabilities:
                exchange = await self._authenticate_plain(user, credential)
            elif "LOGINDISABLED" not in self.capabilities:
                exchange = await self._login(user, credential)
            elif "AUTH=LOGIN" in self.capabilities:
                answers = [base64.b64encode(s.encode()) + b"\r\n" for s in (user, credential)]
                exchange = await self._run("AUTHENTICATE", "LOGIN", answers=answers)
            elif {"AUTH=XOAUTH2", "AUTH=OAUTHBEARER"} & self.capabilities:
                raise Misconfigured(
                    _("{where} takes no password, only OAuth; set it up with: omnitui init --oauth")
                    .format(where=place(self.server))
                )  # fmt: skip
            else:
                raise Misconfigured(
                    _(
                        "{where} offers no way to log in that this program knows (a password over"
                        " an encrypted connection); check scheme and port."
                    ).format(where=place(self.server))
                )
        except Refused as refusal:
            if self._protocol.bye:
                raise closed(self.server, self._protocol.bye) from None
            if refusal.code in _NOT_NOW:
                raise Unreachable(
                    _("{where} takes no log-in now ({said}); it is tried again.").format(
                        where=place(self.server), said=refusal.said
                    )
                ) from None
            if isinstance(credential, Bearer):
                why = refusal_words(refusal.challenge)
                raise refused_token(self.server, credential, refusal.said, why) from None
            raise wrong_credentials(self.server, refusal.said) from None
        self._protocol.state = "AUTH"
        await self._ask_capabilities(bytes(exchange.response.lines[-1]))
        if "ID" in self.capabilities:
            # Some providers open no mailbox to a client that does not say what it is (RFC 2971).
            with contextlib.suppress(Refused):
                await self._run("ID", '("name" "omnitui")')

    async def _authenticate_plain(self, user: str, password: str) -> Exchange:
        packed = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        return await self._authenticate("PLAIN", packed)

    async def _authenticate_bearer(self, bearer: Bearer) -> Exchange:
        if "AUTH=XOAUTH2" in self.capabilities:
            return await self._authenticate("XOAUTH2", bearer.xoauth2(self.server.user))
        if "AUTH=OAUTHBEARER" in self.capabilities:
            packed = bearer.oauthbearer(self.server)
            return await self._authenticate("OAUTHBEARER", packed, GIVE_UP)
        raise Misconfigured(
            _("{where} takes no log-in by OAuth; give the account a password instead.").format(
                where=place(self.server)
            )
        )

    async def _authenticate(self, mechanism: str, packed: str, *more: str) -> Exchange:
        """`more`: answers to what the server asks after the first; then empty lines."""
        answers = [each.encode() + b"\r\n" for each in more]
        if "SASL-IR" in self.capabilities:
            return await self._run(
                "AUTHENTICATE", mechanism, packed, secret=packed, answers=answers
            )
        first = packed.encode() + b"\r\n"
        return await self._run("AUTHENTICATE", mechanism, answers=[first, *answers])

    async def _login(self, user: str, password: str) -> Exchange:
        # As literals: a quoted string may hold neither other scripts nor line ends.
        name, secret = user.encode(), password.encode()
        return await self._run(
            "LOGIN",
            f"{{{len(name)}}}",
            answers=[name + f" {{{len(secret)}}}\r\n".encode(), secret + b"\r\n"],
        )


async def _first_of(seconds: float, *events: asyncio.Event) -> None:
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()


def _mailbox(name: str) -> str:
    # Encoded they would be harmless, but servers repeat names in their answers, decoded.
    if any(ord(character) < 32 for character in name):
        raise Refused("NO", b"no folder has a control character in its name")
    return quote_mailbox(name)
