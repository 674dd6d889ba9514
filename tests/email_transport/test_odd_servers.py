"""What servers other than Dovecot say and leave out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from config.model import ServerUrl
from connectors.contract import ChannelError, Unreachable
from tests.email_transport.conftest import receiving
from tests.email_transport.ledger import MemoryIntake
from tests.servers.dovecot import Dovecot, mail
from tests.servers.fixtures import AccountMaker
from tests.servers.scripted import scripted_server

pytestmark = pytest.mark.real

RAW = mail("ann@customer.test", "support@example.test", "odd")


class OddServer:
    """An IMAP server with one folder, whose manners a test chooses. `mails` may grow."""

    def __init__(self) -> None:
        self.mails = [RAW]
        self.said: list[str] = []
        self._told = 0
        self.capabilities = "IMAP4rev1 IDLE"
        self.noise = ""
        """Untagged lines before every answer."""
        self.literal8 = False
        self.most = 0
        """Mails a FETCH may name; 0: any number."""
        self.idle_ends_at_once = False
        self.end_idle_with = ""
        self.select = "* OK [UIDVALIDITY 7] it is\r\n* OK [UIDNEXT {next}] soon"

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"* OK [CAPABILITY {self.capabilities}] hello\r\n".encode())
        while line := (await reader.readline()).decode().strip():
            tag, _, command = line.partition(" ")
            self.said.append(command)
            if "{" in command:  # LOGIN with literals
                for _number in range(2):
                    writer.write(b"+ go on\r\n")
                    await reader.readline()
            writer.write(self.noise.encode())
            answer = self._answer(command)
            if command == "IDLE":
                if await self._idle(reader, writer, tag):
                    return
                continue
            status = "OK done" if answer is not None else "BAD too much"
            writer.write((answer or b"") + f"{tag} {status}\r\n".encode())
            await writer.drain()

    async def _idle(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tag: str
    ) -> bool:
        """Whether the connection is to end."""
        if self.idle_ends_at_once:
            writer.write(f"+ idling\r\n{tag} OK enough\r\n".encode())
            return False
        writer.write(f"+ idling\r\n{self.noise}".encode())
        if self.end_idle_with:
            writer.write(f"* BYE {self.end_idle_with}\r\n".encode())
            self.end_idle_with = ""
            await writer.drain()
            return True
        done = asyncio.ensure_future(reader.readline())
        while not done.done():
            if len(self.mails) > self._told:
                self._told = len(self.mails)
                writer.write(f"* {self._told} EXISTS\r\n* {self._told} RECENT\r\n".encode())
            await asyncio.wait({done}, timeout=0.02)
        writer.write(f"{tag} OK done\r\n".encode())
        return not done.result()

    def _answer(self, command: str) -> bytes | None:
        name = command.split(" ")[0]
        if name == "UID":
            name = command.split(" ")[1]
        if name == "CAPABILITY":
            return f"* CAPABILITY {self.capabilities}\r\n".encode()
        if name == "LIST":
            return b'* LIST (\\HasNoChildren) "/" INBOX\r\n'
        if name in ("EXAMINE", "SELECT"):
            self._told = len(self.mails)
            told = self.select.format(next=len(self.mails) + 1)
            return f"* FLAGS ()\r\n* {len(self.mails)} EXISTS\r\n{told}\r\n".encode()
        if name == "SEARCH":
            least = int(command.rsplit(" ", 1)[1].split(":")[0])
            last = len(self.mails)
            found = [n for n in range(1, last + 1) if n >= least] or [last]
            return f"* SEARCH {' '.join(map(str, found))}\r\n".encode()
        if name == "FETCH":
            uids = _numbers(command.split(" ")[2])
            if self.most and len(uids) > self.most:
                return None
            return b"".join(self._fetched(uid) for uid in uids if uid <= len(self.mails))
        return b""

    def _fetched(self, uid: int) -> bytes:
        raw = self.mails[uid - 1]
        mark = b"~" if self.literal8 else b""
        return (
            f"* {uid} FETCH (FLAGS () UID {uid} RFC822.SIZE {len(raw)} BODY[]<0> ".encode()
            + mark
            + f"{{{len(raw)}}}\r\n".encode()
            + raw
            + b")\r\n"
        )


def _numbers(uid_set: str) -> list[int]:
    found: list[int] = []
    for part in uid_set.split(","):
        first, _, last = part.partition(":")
        found += range(int(first), int(last or first) + 1)
    return found


@pytest.fixture
def odd(email_account: AccountMaker, dovecot: Dovecot) -> Callable[[int], object]:
    """An account on the server at that port."""

    def make(port: int, **settings: object) -> object:
        box = dovecot.user()
        imap = ServerUrl("imap", "localhost", port, box.address)
        return email_account(box, imap=imap, **settings)

    return make


async def receive(
    server: OddServer, odd: Callable[..., object], steps: Callable[..., object], **settings: object
) -> MemoryIntake:
    intake = MemoryIntake()
    async with scripted_server(server) as port, receiving(odd(port, **settings), intake):  # type: ignore[arg-type]
        await steps(intake)  # type: ignore[misc]
    return intake


async def test_lines_that_mean_nothing_to_us(odd: Callable[..., object]) -> None:
    server = OddServer()
    server.noise = (
        "* OK Still here\r\n* 3 RECENT\r\n* FLAGS (\\Seen)\r\n* NO disk nearly full\r\n"
        "* XNOTIFY (a {curly} thing)\r\n* 1 FETCH (FLAGS (\\Seen))\r\n* 9 EXPUNGE\r\n"
        "* BAD who knows {3}\r\n* OK [ALERT] Sunday {12}\r\n\r\n* VANISHED 4:9\r\n"
    )

    async def steps(intake: MemoryIntake) -> None:
        await intake.count(1)
        server.mails.append(RAW)
        await intake.count(2)

    intake = await receive(server, odd, steps)
    assert list(intake.raw.values()) == [RAW, RAW]
    assert server.said.count("IDLE") <= 3, "none of it is taken for new mail"


async def test_binary_literals(odd: Callable[..., object]) -> None:
    server = OddServer()
    server.literal8 = True
    intake = await receive(server, odd, lambda i: i.count(1))
    assert list(intake.raw.values()) == [RAW]


async def test_a_server_that_hands_over_few_at_once(odd: Callable[..., object]) -> None:
    server = OddServer()
    server.mails *= 25
    server.most = 1
    intake = await receive(server, odd, lambda i: i.count(25))
    assert sorted(intake.uids()) == list(range(1, 26))
    assert not intake.quarantined
    assert all(len(line) < 1000 for line in server.said), "lines stay short"


async def test_an_idle_that_ends_by_itself_is_none(odd: Callable[..., object]) -> None:
    server = OddServer()
    server.idle_ends_at_once = True

    async def steps(intake: MemoryIntake) -> None:
        await intake.count(1)
        server.mails.append(RAW)
        await intake.count(2)

    await receive(server, odd, steps, poll=0.2)
    assert 1 <= server.said.count("IDLE") <= 4


async def test_neither_idle_nor_uidnext(odd: Callable[..., object]) -> None:
    server = OddServer()
    server.capabilities = "IMAP4"
    server.select = "* OK [UIDVALIDITY 7] it is"

    async def steps(intake: MemoryIntake) -> None:
        await intake.count(1)
        server.mails.append(RAW)
        await intake.count(2)

    intake = await receive(server, odd, steps, poll=0.1)
    assert intake.uids() == [1, 2]
    assert "IDLE" not in server.said


@pytest.mark.parametrize(
    "farewell", ["[UNAVAILABLE] down for maintenance", "Autologout; idle for too long", ""]
)
async def test_a_farewell_while_waiting(odd: Callable[..., object], farewell: str) -> None:
    server = OddServer()
    server.end_idle_with = farewell or "x" * 3000

    async def steps(intake: MemoryIntake) -> None:
        async with asyncio.timeout(20):
            while server.said.count("IDLE") < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        server.mails.append(RAW)
        await intake.count(2)

    intake = await receive(server, odd, steps)
    assert sorted(intake.uids()) == [1, 2]


@pytest.mark.parametrize(
    ("greeting", "error", "said"),
    [
        ("* BYE [UNAVAILABLE] overloaded", Unreachable, "overloaded"),
        ("* BYE Too many connections", Unreachable, "Too many"),
        ("220 mail ESMTP", ChannelError, "no IMAP server"),
    ],
)
async def test_a_greeting_that_is_none(
    odd: Callable[..., object], greeting: str, error: type[ChannelError], said: str
) -> None:
    async def turn_away(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{greeting}\r\n".encode())
        await writer.drain()

    async with scripted_server(turn_away) as port:
        with pytest.raises(error, match=said):
            async with receiving(odd(port), MemoryIntake()) as run:  # type: ignore[arg-type]
                await asyncio.wait({run}, timeout=10)
