"""A bot: its token, its updates, its webhook and whatever it set about itself."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.servers.bot_api import spec
from tests.servers.bot_api.updates import UpdateQueue
from tests.servers.bot_api.world import Account, Json, World

if TYPE_CHECKING:
    from tests.servers.bot_api.delivery import Delivery


@dataclass
class Webhook:
    """Where updates are posted to; `url` empty: nowhere."""

    url: str = ""
    secret: str = ""
    max_connections: int = 40
    last_error_at: int | None = None
    last_error: str = ""


@dataclass(eq=False)
class Bot:
    """One bot on the server. `push` is the way to make any update."""

    token: str
    account: Account
    world: World
    updates: UpdateQueue
    changed: Callable[[Bot], None]
    """Told after a push: somebody may be waiting."""
    problems: list[str]
    """The server's: updates that are not valid by the specification."""
    webhook: Webhook = field(default_factory=Webhook)
    delivery: Delivery | None = None
    """What posts to the webhook now."""
    closed: bool = False
    logged_out: bool = False
    settings: dict[str, Json] = field(default_factory=dict)
    """Commands, names and descriptions, by method and scope."""
    poll: asyncio.Future[str] | None = None
    """The getUpdates that is waiting; its result is "" for a wake-up, else why it ends."""
    last_poll: tuple[int, float] = (-1, 0.0)
    """Offset and time.monotonic() of the last getUpdates."""

    @property
    def id(self) -> int:
        return self.account.id

    @property
    def username(self) -> str:
        return self.account.username

    def push(self, content: Json, *, check: bool = True, always: bool = False) -> Json | None:
        """Queue an update, such as `{"message": {…}}`. `check=False` lets nonsense through,
        `always` what the bot did not ask for."""
        content = copy.deepcopy(content)
        if check and (bad := spec.problem("Update", {"update_id": 1} | content)):
            self.problems.append(f"update: {bad}")
            raise AssertionError(f"not a valid Update: {bad}")
        with self.world.lock:
            update = self.updates.push(content, always=always)
        self.changed(self)
        return update

    def push_all(self, contents: Sequence[Json]) -> None:
        """Many at once, unchecked: for loads."""
        with self.world.lock:
            for content in contents:
                self.updates.push(content, always=True)
        self.changed(self)

    def disturb(self, how: str, *args: Any) -> None:
        """`repeat`, `mix`, `restart`, … its updates while it may be fetching them."""
        with self.world.lock:
            getattr(self.updates, how)(*args)
        self.changed(self)

    def slowed(self, offset: int, limit: int, timeout: int) -> tuple[int, int]:
        """Limit and timeout for a poll that comes too soon after the last one."""
        now = time.monotonic()
        (before, at), self.last_poll = self.last_poll, (offset, now)
        if offset != before:
            return limit, timeout
        return (1 if now < at + 0.5 else limit), (max(timeout, 3) if now < at + 3 else timeout)

    def me(self) -> Json:
        return self.account.json() | {
            "can_join_groups": True,
            "can_read_all_group_messages": True,
            "supports_inline_queries": False,
            "can_connect_to_business": True,
            "has_main_web_app": False,
            "has_topics_enabled": False,
            "allows_users_to_create_topics": False,
            "can_manage_bots": False,
            "supports_join_request_queries": False,
            "supports_guest_queries": False,
        }

    def setting(self, name: str, scope: Any = None) -> Json:
        return self.settings.setdefault(f"{name}/{scope}", {})
