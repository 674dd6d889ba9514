"""Puts away in the channel what the desk has closed, where an account is set to do so.

Closings are read from the event log; the account keeps up to which event that was done. So it
survives a restart, and what was closed before the setting was made stays as it is.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from config.i18n import _
from connectors.contract import ChannelError, Connector, Tidies
from omnitui.desk.context import Desk
from omnitui.engine.channel import Channel
from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER
from omnitui.engine.pulse import Pulse, until
from store import accounts, conversations, events, ledger
from store.errors import NotFound, StoreError
from store.model import AccountId, EventId, Millis

PAGE = 500
LIMIT = 120.0
"""Seconds for one call: it may be made again."""
DELAYS = (5.0, 30.0, 120.0, 600.0)
SLOW_DELAY = 1800.0
"""Seconds where the server said no."""


@dataclass(frozen=True, slots=True)
class _Closed:
    upto: EventId
    external_ids: tuple[str, ...]
    more: bool


class Tidier:
    """One account's."""

    def __init__(self, desk: EngineDesk, pulse: Pulse, channel: Channel) -> None:
        self._desk = desk
        self._pulse = pulse
        self._channel = channel
        self._since = EventId(0)
        self._failures = 0
        self._told = ""

    async def run(self) -> None:
        """Until cancelled; ends at once for an account that is not set to."""
        beat = self._pulse.subscribe(f"tidying {self._channel.name}")
        if not await self._begin():
            return
        while True:
            try:
                due_at = await self._round()
            except StoreError as error:
                LOGGER.warning("%s: tidying: %s", self._channel.name, error)
                due_at = self._desk.now() + 5_000
            if due_at is not None:
                # Trouble: other changes in the store are no reason to try sooner.
                await asyncio.sleep(max(0, due_at - self._desk.now()) / 1000)
            else:
                await until(beat, None, self._desk.now())

    async def _begin(self) -> bool:
        async with self._channel.in_use() as connector:
            wanted = _tidies(connector) is not None
        account = self._account()

        def begin(desk: Desk) -> EventId | None:
            since = accounts.tidied_event(desk.db, account)
            if wanted and since is None:
                since = events.last_id(desk.db)
                accounts.set_tidied_event(desk.db, account, since)
            elif not wanted and since is not None:
                accounts.set_tidied_event(desk.db, account, None)
            return since if wanted else None

        def is_settled(desk: Desk) -> bool:
            return not wanted and accounts.tidied_event(desk.db, account) is None

        if await self._desk.read(is_settled):
            return False
        since = await self._desk.write_patiently(begin)
        self._since = since or EventId(0)
        return since is not None

    async def _round(self) -> Millis | None:
        """When to try again after a failure; None: all is done."""
        more = True
        while more:
            closed = await self._desk.read(_closed_since, self._since, self._account())
            if closed.external_ids:
                error = await self._tidy(closed.external_ids)
                if error is not None:
                    await self._channel.tell(_notice(error))
                    return self._desk.now() + round(self._delay(error) * 1000)
                await self._channel.tell("")
                self._failures, self._told = 0, ""
                await self._desk.write(_done, self._account(), closed.upto)
            self._since, more = closed.upto, closed.more
        return None

    async def _tidy(self, external_ids: tuple[str, ...]) -> ChannelError | None:
        try:
            async with asyncio.timeout(LIMIT), self._channel.in_use() as connector:
                if (tidying := _tidies(connector)) is not None:
                    await tidying.tidy(external_ids)
        except TimeoutError:
            return ChannelError(_("The server takes too long."))
        except ChannelError as error:
            return error
        LOGGER.info("%s: %d closed messages put away", self._channel.name, len(external_ids))
        return None

    def _delay(self, error: ChannelError) -> float:
        self._failures += 1
        if str(error) != self._told:
            self._told = str(error)
            LOGGER.warning("%s: tidying: %s", self._channel.name, error)
        if not error.retry:
            return SLOW_DELAY
        return DELAYS[min(self._failures, len(DELAYS)) - 1]

    def _account(self) -> AccountId:
        assert self._channel.account is not None  # registered before any loop is begun
        return self._channel.account.id


def _notice(error: ChannelError) -> str:
    return _("Closed mail is not put away: {why}").format(why=error)


def _tidies(connector: Connector) -> Tidies | None:
    return connector if isinstance(connector, Tidies) and connector.tidies else None


def _done(desk: Desk, account: AccountId, upto: EventId) -> None:
    accounts.set_tidied_event(desk.db, account, upto)


def _closed_since(desk: Desk, since: EventId, account: AccountId) -> _Closed:
    """What was closed by somebody, and is still; not old mail, which arrives closed."""
    page = events.after(desk.db, since, PAGE)
    found: dict[str, None] = {}
    for event in page:
        if (
            event.kind == "conversation.status"
            and event.conversation_id is not None
            and event.data.get("status") == "closed"
            and event.data.get("why") != "history"
        ):
            try:
                conversation = conversations.get(desk.db, event.conversation_id)
            except NotFound:
                continue
            if conversation.status == "closed":
                receipts = ledger.of_conversation(desk.db, account, conversation.id)
                found.update((each, None) for each in receipts)
    upto = page[-1].id if page else since
    return _Closed(upto, tuple(found), len(page) == PAGE)
