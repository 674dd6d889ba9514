"""What the transport tests share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from config.model import EmailAccount, ServerUrl
from connectors.email.connector import EmailConnector
from connectors.email.imap.session import ImapSession
from connectors.email.reading import Readers
from connectors.email.task_group import task_group
from connectors.tls import client_context
from tests.email_transport.ledger import MemoryIntake
from tests.servers import forked_readers
from tests.servers.dovecot import Mailbox

OpenSession = Callable[..., Awaitable[ImapSession]]


@pytest.fixture
async def open_session(mailbox: Mailbox) -> AsyncIterator[OpenSession]:
    """`await open_session(scheme="imaps", port=…, box=…, password=…, patience=…)`."""
    async with AsyncExitStack() as stack:

        async def open_one(
            scheme: str = "imap",
            port: int | None = None,
            box: Mailbox = mailbox,
            password: str | None = None,
            host: str = "localhost",
            **settings: Any,
        ) -> ImapSession:
            if port is None:
                port = box.server.imaps_port if scheme == "imaps" else box.server.imap_port
            context = client_context(box.server.certificate.cert)
            session = await ImapSession.open(
                ServerUrl(scheme, host, port, box.address),
                box.password if password is None else password,
                context,
                **settings,
            )
            stack.push_async_callback(session.close)
            return session

        yield open_one


@pytest.fixture(autouse=True)
def _readers_begin_at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.path.match("test_reading.py"):
        monkeypatch.setattr(Readers, "_start", forked_readers.start)


@asynccontextmanager
async def receiving(
    account: EmailAccount, intake: MemoryIntake
) -> AsyncIterator[asyncio.Task[None]]:
    """A connector that runs until the block ends; what `run` raises ends the block at once."""
    connector = EmailConnector(account.name, account)
    try:
        async with task_group() as group:
            run = group.create_task(connector.run(intake), name="run")
            yield run
            run.cancel()
    finally:
        await connector.close()
