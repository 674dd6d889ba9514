"""One account's life in the engine: its connector, run again and again, and its shown state."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict

from config.access import ENGINE
from config.i18n import _
from config.model import AccountSettings
from config.problems import ConfigError
from config.secrets import SecretError
from config.told import joined, source_of, words_of
from connectors.contract import ChannelError, Connector, Misconfigured
from omnitui.desk.context import Desk
from omnitui.desk.visiting import visits
from omnitui.engine import log
from omnitui.engine.backoff import Backoff
from omnitui.engine.desk import EngineDesk
from omnitui.engine.intake import AccountIntake
from omnitui.engine.log import LOGGER, name_of, trace
from omnitui.engine.registry import Connectors
from omnitui.engine.visitors import Visitors
from store import accounts, events
from store.errors import NotFound, StoreError, is_shortage
from store.model import Account, AccountState, Millis

EXPECTED = (ChannelError, StoreError, ConfigError, SecretError)
"""Failures whose text is written for people."""


SUCCESS_EVERY = 60_000
"""Milliseconds: how exactly it is kept when an account last worked. An idle desk stays idle."""


class Live:
    """A built connector and who uses it: it is closed only when what is in flight has ended."""

    def __init__(self, connector: Connector) -> None:
        self.connector = connector
        self.published = connector.capabilities
        self.free = asyncio.Event()
        self.free.set()
        self._users = 0

    def hold(self) -> None:
        """It is not closed before as many `release`."""
        self._users += 1
        self.free.clear()

    def release(self) -> None:
        self._users -= 1
        if not self._users:
            self.free.set()

    @contextlib.contextmanager
    def used(self) -> Iterator[Connector]:
        self.hold()
        try:
            yield self.connector
        finally:
            self.release()


class Channel:
    """The supervised connector of one account."""

    def __init__(self, desk: EngineDesk, settings: AccountSettings, connectors: Connectors) -> None:
        self.settings = settings
        self.name = settings.name
        self.account: Account | None = None
        self.retry = asyncio.Event()
        """Set it to cut a delay short."""
        self.ready = asyncio.Event()
        """Set while there is a connector to send with."""
        self.visitors = Visitors()
        """Who is there, as the connector signals it."""
        self._desk = desk
        self._connectors = connectors
        self._live: Live | None = None
        self._stale = False
        self._backoff = Backoff(desk.pace)
        self._state: tuple[AccountState, str] | None = None
        self._logged: tuple[AccountState, str] | None = None
        self._detail = ""
        self._past = (0, 0)
        self._notice = ""
        self._online_since: float | None = None
        self._success_noted: Millis = 0

    async def register(self) -> Account:
        """The account's row in the store. Raises `StoreError`."""

        def work(desk: Desk) -> Account:
            try:
                return accounts.get(desk.db, self.name)
            except NotFound:
                return accounts.ensure(
                    desk.db, self.name, self.settings.channel, address=self.settings.address
                )

        patience = self._desk.pace.store_patience
        self.account = await self._desk.write_patiently(work, patience=patience)
        return self.account

    @contextlib.asynccontextmanager
    async def in_use(self) -> AsyncIterator[Connector]:
        """The connector for one send, a look or the like, kept open meanwhile; waits until
        there is one."""
        while (live := self._live) is None:
            self.ready.clear()
            await self.ready.wait()
        with live.used() as connector:
            yield connector

    @property
    def live(self) -> Live | None:
        """The connector there is this moment, to be held while it is used."""
        return self._live

    @property
    def online_for(self) -> float:
        """Seconds for which it has been online without a break; 0.0 while it is not."""
        if self._online_since is None or self._state is None or self._state[0] != "online":
            return 0.0
        return asyncio.get_running_loop().time() - self._online_since

    @property
    def parallel(self) -> int:
        """How many messages may be on their way at once."""
        return max(1, self._live.connector.capabilities.parallel) if self._live else 1

    async def run(self) -> None:
        """Receive until cancelled, whatever the connector does."""
        async with asyncio.TaskGroup() as group:
            try:
                while True:
                    error = await self._once(group)
                    self.visitors.nobody()
                    delay = self._after(error)
                    state, reason = _shown(error)
                    await self._show(state, reason)
                    self.retry.clear()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(delay):
                            await self.retry.wait()
            finally:
                live, self._live = self._live, None
                self.ready.clear()
                if live is not None:
                    await self._close(live)

    async def _once(self, group: asyncio.TaskGroup) -> Exception:
        """Build if need be and run the connector until it fails; how it failed."""
        self._online_since = None
        if self._stale:
            self._retire(group)
        try:
            if self._state is None:
                # Later rounds leave the last failure's reason on the screen until it is over.
                await self._show("starting", "")
            if self._live is None:
                await self._build()
            live, account = self._live, self.account
            assert live is not None
            assert account is not None
            intake = AccountIntake(
                self._desk,
                account,
                online=self._online,
                waiting=self._waiting,
                succeeded=self.note_success,
                visitors=self.visitors,
            )
            # In a task of its own: what is told to end here, and what a TaskGroup cancels in there
            # for its own reasons, are not to be taken for each other.
            await asyncio.create_task(live.connector.run(intake), name=f"{self.name} receiving")
        except asyncio.CancelledError:
            if told_to_end():
                raise
            failure: Exception = ChannelError(_("The connector ended without saying why."))
        except Exception as error:
            # Quarantined: this account is shown as failed and started anew; no other notices.
            if told_to_end():
                # A TaskGroup in which something failed at that moment raises that alone.
                raise asyncio.CancelledError from error
            failure = innermost(error)
            if isinstance(failure, EXPECTED) or is_shortage(failure):
                LOGGER.warning("%s: %s", self.name, _shown(failure)[1])
            else:
                LOGGER.error("%s: unexpected error\n%s", self.name, trace(error))
        else:
            failure = ChannelError(_("The connector ended without saying why."))
        # A secret or a certificate may be another one at the next try.
        self._stale = not _passes(failure)
        self._retire(group)
        try:
            # A fresh connector at once: sending may well work while receiving does not.
            await self._build()
        except Exception as error:
            # Quarantined: the next round meets it again and shows it.
            LOGGER.debug("%s: %s", self.name, name_of(error))
        return failure

    def _retire(self, group: asyncio.TaskGroup) -> None:
        live, self._live = self._live, None
        self.ready.clear()
        if live is not None:
            group.create_task(self._close_when_free(live), name=f"closing {self.name}")

    async def _close_when_free(self, live: Live) -> None:
        try:
            await live.free.wait()
        finally:
            await self._close(live)

    async def _build(self) -> None:
        # In a thread: building may ask a keyring or run a password command.
        connector = await asyncio.to_thread(self._connectors.build, self.settings)
        live = Live(connector)

        def publish(desk: Desk) -> Account:
            return accounts.ensure(
                desk.db,
                self.settings.name,
                connector.channel,
                address=self.settings.address,
                display_name=self.settings.display_name,
                capabilities=asdict(connector.capabilities),
            )

        try:
            self.account = await self._desk.write_patiently(publish)
        except BaseException:
            await self._close(live)
            raise
        self._live = live
        self.ready.set()

    async def _close(self, live: Live) -> None:
        try:
            async with asyncio.timeout(self._desk.pace.close_limit):
                await live.connector.close()
        except TimeoutError:
            LOGGER.warning("%s: the connector did not close in time", self.name)
        except Exception as error:
            # Quarantined: it is gone in any case.
            LOGGER.error("%s: error on closing\n%s", self.name, trace(error))

    def _after(self, error: Exception) -> float:
        since = self._online_since
        if since is not None:
            stayed = asyncio.get_running_loop().time() - since
            if stayed >= self._desk.pace.stable:
                self._backoff.reset()
        return self._backoff.after(error)

    async def _online(self, detail: str, past: tuple[int, int]) -> None:
        if self._online_since is None:
            self._online_since = asyncio.get_running_loop().time()
        self._detail, self._past = detail, past
        if self._state != ("online", self._reason()):
            await self._show("online", self._reason())
        elif self._success_is_due():
            with contextlib.suppress(StoreError):  # the next round notes it
                await self._desk.write(self.note_success)

    def note_success(self, desk: Desk) -> None:
        """Its server has just done what was asked: for a transaction that is made anyway."""
        self._publish_learned(desk)
        if self.account is not None and self._success_is_due():
            self._success_noted = desk.now()
            accounts.succeeded(desk.db, self.account.id, self._success_noted)

    def _publish_learned(self, desk: Desk) -> None:
        """A connector may learn from its server what it can do (the size of a mail)."""
        live = self._live
        if live is None or self.account is None or live.connector.capabilities == live.published:
            return
        live.published = live.connector.capabilities
        accounts.ensure(
            desk.db,
            self.name,
            live.connector.channel,
            address=self.settings.address,
            display_name=self.settings.display_name,
            capabilities=asdict(live.published),
        )

    def _success_is_due(self) -> bool:
        return not 0 <= self._desk.now() - self._success_noted < SUCCESS_EVERY

    async def _waiting(self, reason: str) -> None:
        """The intake waits for the store; "" when the wait is over."""
        if reason:
            await self._show("retrying", reason)
        elif self._online_since is not None:
            await self._show("online", self._reason())

    async def tell(self, notice: str) -> None:
        """What is wrong beside receiving and sending, shown with the account while it is
        online; "": nothing any more."""
        if notice == self._notice:
            return
        self._notice = notice
        if self._state is not None and self._state[0] == "online":
            await self._show("online", self._reason())

    def _reason(self) -> str:
        return joined((self._detail, self._notice))

    async def _show(self, state: AccountState, reason: str) -> None:
        """Put the state where screens see it; a store that takes no writes stops nothing."""
        if self._state == (state, reason):
            return
        if self._logged != (state, reason):
            self._logged = (state, reason)
            LOGGER.info("%s: %s%s", self.name, state, f": {reason}" if reason else "")
        try:
            account = self.account or await self.register()

            def work(desk: Desk) -> None:
                past = self._past if state == "online" else (0, 0)
                accounts.set_state(
                    desk.db, account.id, state, reason, desk.now(),
                    source=source_of(reason), past=past,
                )  # fmt: skip
                if state == "online":
                    self.note_success(desk)
                events.append(
                    desk.db,
                    ENGINE,
                    "account.state",
                    at=desk.now(),
                    data={"account": self.name, "state": state, "reason": str(reason)},
                )

            await self._desk.write(work)
        except StoreError:
            self._state = None  # said in the log; the next one may be stored again
        else:
            self._state = (state, reason)

    async def stopped(self) -> None:
        """Show that the engine has ended."""
        if (account := self.account) is not None:
            await self._desk.write(visits.nobody, account)
        await self._show("stopped", "")


def told_to_end() -> bool:
    """Whether this task was cancelled, and not just something that it waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def raised(error: BaseException, doing: str) -> BaseException:
    """What a call of a connector came to, out of its wrapping; in the log unless it is written for
    people. Nobody's failure but this call's. Raises it again where this task is to end."""
    if isinstance(error, ChannelError):
        return error
    if not isinstance(error, Exception):
        if told_to_end():
            raise error
        return error  # it cancelled something of its own
    log.failure(doing, error)
    return innermost(error)


def innermost(error: Exception) -> Exception:
    """What a group of errors is about: its first one written for people, else its first."""
    while isinstance(error, ExceptionGroup):
        expected = error.subgroup(EXPECTED)
        error = (expected or error).exceptions[0]
    return error


def _passes(error: Exception) -> bool:
    """Whether it may be well again without anybody changing a setting."""
    if isinstance(error, ChannelError):
        return error.retry
    return isinstance(error, StoreError) or is_shortage(error)


def _shown(error: Exception) -> tuple[AccountState, str]:
    if isinstance(error, EXPECTED):
        return ("retrying" if _passes(error) else "failed"), words_of(error)
    if is_shortage(error):
        return "retrying", _("The system gives omnitui no more memory or open files just now.")
    reason = _("omnitui itself failed here ({error}); the log says where.")
    return "failed", reason.format(error=name_of(error))


def unserved(name: str) -> Misconfigured:
    """What becomes of a reply whose account the configuration no longer has."""
    return Misconfigured(
        _("The account “{name}” is not in config.toml any more.").format(name=name)
    )
