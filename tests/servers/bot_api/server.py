"""A Bot API server on loopback: the object that tests hold."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import threading
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Literal

import uvicorn

from tests.servers.bot_api import errors, methods
from tests.servers.bot_api.app import App
from tests.servers.bot_api.bots import Bot
from tests.servers.bot_api.business import Business
from tests.servers.bot_api.calls import Call, Context
from tests.servers.bot_api.delivery import deliver
from tests.servers.bot_api.faults import Fault, FaultKind
from tests.servers.bot_api.files import UPLOAD_LIMIT
from tests.servers.bot_api.groups import Channel, Group
from tests.servers.bot_api.pace import Pace
from tests.servers.bot_api.people import User
from tests.servers.bot_api.quick_server import QuickServer
from tests.servers.bot_api.updates import UpdateQueue
from tests.servers.bot_api.world import Account, Chat, ChatType, Connection, World

TOKEN = "7000001:AAHtest-token_of-the-tests-own-bot00"


class BotApi:
    """Telegram for tests. `start` runs it in a thread of its own, `port` 0 is any free one.

    `url` is what goes into a bot's `base_url` setting; `bot` is the first bot, `user()` makes
    a customer. Everything may be called from any thread.
    """

    def __init__(self, port: int = 0, *, token: str = TOKEN, self_hosted: bool = False) -> None:
        self.world = World()
        self.port = port
        self.self_hosted = self_hosted
        """No limit on downloads, and uploads of 2 GB, as a server of one's own."""
        self.local_files: Path | None = None
        """`--local` of a server of one's own: getFile names a file in this directory, and
        nothing can be downloaded by HTTP."""
        self.upload_limit_bytes = UPLOAD_LIMIT
        """Of all files in one call; a test may make it small."""
        self.bots: dict[str, Bot] = {}
        self.calls: list[Call] = []
        """Every call, in the order of arrival; downloads are calls of `file`."""
        self.faults: list[Fault] = []
        self.pace: Pace | None = None
        """Limits on sending; None: there are none."""
        self.problems: list[str] = []
        """What the server itself did wrong by the specification: a test fails of it."""
        self.slows_hasty_polls = False
        """As Telegram does: who asks for the same offset again within half a second gets one
        update, and who does not want to wait then waits for three seconds."""
        self.echoes_business = False
        """A bot is told of what it wrote itself for a business, too."""
        self.webhook_delay = 0.05
        """Seconds before an update that a webhook did not take is posted again."""
        self.given_out: list[Any] = []
        """What the control API's other end holds."""
        self.released = asyncio.Event()
        self._stopped = False
        self._called = threading.Condition()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._uvicorn: QuickServer | None = None
        self._background: set[asyncio.Task[None]] = set()
        self.bot = self.add_bot(token)
        self.token = token
        methods.load()

    # Running

    def start(self) -> BotApi:
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        started: Future[None] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listening, started)), name="bot-api", daemon=True
        )
        self._thread.start()
        started.result(10)
        return self

    def close(self) -> None:
        if self._thread is None or self._loop is None:
            return
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stop)
        self._thread.join(10)
        self._thread = None

    def __enter__(self) -> BotApi:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    async def _serve(self, listening: socket.socket, started: Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = False
        config = uvicorn.Config(
            App(self), http="h11", ws="none", lifespan="off", log_config=None,
            log_level="critical", access_log=False, proxy_headers=False, server_header=False,
            # As Telegram's: shorter, and it would end connections just as they are used again.
            date_header=False, timeout_keep_alive=75,
        )  # fmt: skip
        self._uvicorn = server = QuickServer(config, lambda: started.set_result(None))
        try:
            await server.serve(sockets=[listening])
        finally:
            background = list(self._background)
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            listening.close()

    def _stop(self) -> None:
        self._stopped = True
        self.released.set()
        for bot in self.bots.values():
            if bot.poll is not None and not bot.poll.done():
                bot.poll.set_result("")
        if self._uvicorn is not None:
            self._uvicorn.stopping.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """As python-telegram-bot takes it."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        return f"{self.url}/file/bot"

    @property
    def unlimited_downloads(self) -> bool:
        return self.self_hosted or self.local_files is not None

    @property
    def upload_limit(self) -> int:
        return 2000 << 20 if self.self_hosted else self.upload_limit_bytes

    # What a test sets up

    def add_bot(self, token: str, *, username: str = "", first_name: str = "Acme support") -> Bot:
        """Another bot; its id is the number before the colon of its token."""
        number = int(token.partition(":")[0])
        name = username or f"acme{number}_bot"
        account = Account(number, first_name, username=name, is_bot=True)
        queue = UpdateQueue(self.world.now, number % 1000 * 1_000_000 + 100_001)
        bot = Bot(token, account, self.world, queue, self._changed, self.problems)
        self.world.accounts[number] = account
        self.bots[token] = bot
        return bot

    def revoke(self, bot: Bot, token: str) -> Bot:
        """The owner makes a new token: the earlier one is worth nothing any more."""
        self.bots.pop(bot.token)
        bot.token = token
        self.bots[token] = bot
        return bot

    def user(
        self,
        first_name: str = "Ann",
        *,
        id: int | None = None,  # noqa: A002
        last_name: str = "",
        username: str = "",
        language: str = "",
        phone: str = "",
        started: bool = True,
        bot: Bot | None = None,
    ) -> User:
        """A person; with the id of one that is there, the same one (at another bot).
        `started=False`: they have never opened the bot, which therefore may not write."""
        world, bot = self.world, bot or self.bot
        with world.lock:
            number = id if id is not None else max([41, *self._people()]) + 1
            account = world.accounts.get(number)
            if account is None:
                account = world.accounts[number] = Account(
                    number, first_name, last_name, username, language, phone=phone
                )
            chat = world.private_chat(bot.id, account, started=started)
            return User(self, chat, account)

    def group(
        self, title: str = "Customers", *, id: int | None = None,  # noqa: A002
        type: Literal["group", "supergroup"] = "supergroup",  # noqa: A002
        members: Iterable[User] = (), username: str = "", bot: Bot | None = None,
        status: str = "administrator",
    ) -> Group:  # fmt: skip
        """A group with the bot in it; nobody is told of its making."""
        chat = self._room(title, id, type, username, bot or self.bot, status)
        chat.members |= {each.id: "member" for each in members}
        return Group(self, chat)

    def channel(
        self, title: str = "News", *, id: int | None = None, username: str = "",  # noqa: A002
        bot: Bot | None = None, status: str = "administrator",
    ) -> Channel:  # fmt: skip
        """A channel with the bot as an administrator."""
        return Channel(self, self._room(title, id, "channel", username, bot or self.bot, status))

    def _room(
        self, title: str, number: int | None, kind: ChatType, username: str, bot: Bot, status: str
    ) -> Chat:
        world = self.world
        with world.lock:
            if number is None:
                number = -next(world.numbers) - (100 if kind == "group" else 1_000_000_000_100)
            # A basic group's messages are numbered together with its bot's private ones.
            numbers = world.message_numbers(bot.id) if kind == "group" else itertools.count(1)
            chat = world.chats[number] = Chat(number, kind, numbers, title, username)
            chat.members[bot.id] = status
            return chat

    def business(self, owner: User, *, bot: Bot | None = None, tell: bool = True) -> Business:
        """`owner` lets the bot answer for their business; the bot is told, unless not `tell`."""
        bot = bot or self.bot
        with self.world.lock:
            number = f"bc{owner.id}x{next(self.world.numbers)}"
            connection = Connection(number, owner.author, bot.id, int(self.world.now()))
            self.world.connections[number] = connection
        made = Business(self, connection, owner, bot)
        if tell:
            made.connects()
        return made

    def _people(self) -> Iterable[int]:
        return (number for number, each in self.world.accounts.items() if not each.is_bot)

    def push(self, update: dict[str, Any], *, check: bool = True) -> dict[str, Any] | None:
        """A raw update for the first bot; `check=False` lets through what is not valid."""
        return self.bot.push(update, check=check)

    def advance(self, seconds: float) -> None:
        """Telegram's clock goes forward."""
        self.world.ahead += seconds

    def limit(self, per_chat: float = 1, overall: float = 30, **more: Any) -> Pace:
        """Refuse what is sent faster than so many messages a second; `more` as in `Pace`."""
        self.pace = Pace(per_chat, overall, **more)
        return self.pace

    def fault(self, kind: FaultKind, method: str = "*", times: int = 1, **more: Any) -> Fault:
        """Make the next calls of `method` go wrong; see `Fault`."""
        made = Fault(kind, method, times, **more)
        self.faults.append(made)
        return made

    def forgive(self) -> None:
        """No faults any more; what hangs goes on."""
        self.faults.clear()
        self.release()

    def release(self) -> None:
        """Let the calls go on that hang now; later ones hang again."""

        def let_go() -> None:
            waiting, self.released = self.released, asyncio.Event()
            waiting.set()

        if self._loop is not None:
            self._loop.call_soon_threadsafe(let_go)

    # What a test looks at

    def calls_of(self, *methods: str) -> list[Call]:
        return [call for call in list(self.calls) if call.method in methods]

    def wait_until(self, condition: Callable[[], object], seconds: float = 10.0) -> None:
        """Block until something is so, looked at whenever a call comes or is answered. Not for
        the event loop: `until` is."""
        with self._called:
            if not self._called.wait_for(condition, seconds):
                raise AssertionError(f"not within {seconds} s; calls: {self.calls[-5:]}")

    async def until(self, condition: Callable[[], object], seconds: float = 10.0) -> None:
        await asyncio.to_thread(self.wait_until, condition, seconds)

    # What the HTTP side needs

    def called(self) -> None:
        with self._called:
            self._called.notify_all()

    def fault_for(self, method: str, arguments: dict[str, Any]) -> Fault | None:
        return next((each for each in self.faults if each.hits(method, arguments)), None)

    def _changed(self, bot: Bot) -> None:
        """Wake whoever waits for this bot's updates. Any thread."""
        if self._loop is None or self._loop.is_closed():
            return

        def wake() -> None:
            deliver(self, bot)
            if bot.poll is not None and not bot.poll.done() and not bot.webhook.url:
                bot.poll.set_result("")

        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(wake)

    def webhook_changed(self, bot: Bot, why: str) -> None:
        """End the poll that waits; begin to deliver."""
        if self._loop is None:
            return
        if why and bot.poll is not None and not bot.poll.done():
            bot.poll.set_result(why)
        self._changed(bot)

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Goes on until it ends or the server does. The server's thread only."""
        if self._stopped:
            work.close()
            return
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def long_poll(self, context: Context) -> list[tuple[int, bytes]]:
        """getUpdates. Raises `Refusal`."""
        bot = context.bot
        if bot.webhook.url:
            raise errors.conflict(errors.WEBHOOK_ACTIVE)
        offset = context.get("offset", 0)
        limit = min(max(context.get("limit", 100), 1), 100)
        timeout = min(max(context.get("timeout", 0), 0), 50)
        if self.slows_hasty_polls:
            limit, timeout = bot.slowed(offset, limit, timeout)
        deadline = asyncio.get_running_loop().time() + timeout
        with self.world.lock:
            bot.updates.allow(context.get("allowed_updates"))
        if bot.poll is not None and not bot.poll.done():
            bot.poll.set_result(errors.TERMINATED)
        while True:
            waiting = bot.poll = asyncio.get_running_loop().create_future()
            with self.world.lock:
                found = bot.updates.fetch(offset, limit)
            left = deadline - asyncio.get_running_loop().time()
            if found or left <= 0 or self._stopped:
                waiting.cancel()
                bot.updates.handed_out += [number for number, _raw in found]
                return found
            # A negative offset has forgotten what it had to; what comes now is wanted.
            offset = max(offset, 0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    if why := await waiting:
                        raise errors.conflict(why)
            if bot.poll is not waiting:
                raise errors.conflict(errors.TERMINATED)
