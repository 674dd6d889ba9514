"""The TCP and TLS connection under an IMAP session, set up to notice when its line is dead."""

from __future__ import annotations

import asyncio
import ssl

from config.model import ServerUrl
from connectors.email.imap.protocol import ImapProtocol
from connectors.email.quiet_line import keep_alive


async def connect(server: ServerUrl, context: ssl.SSLContext) -> ImapProtocol:
    """Raises what the loop raises."""
    tls = context if server.security == "tls" else None
    transport, protocol = await asyncio.get_running_loop().create_connection(
        ImapProtocol,
        server.host,
        server.port,
        ssl=tls,
        server_hostname=server.host if tls else None,
        happy_eyeballs_delay=0.25,
    )
    if (connected := transport.get_extra_info("socket")) is not None:
        keep_alive(connected)
    return protocol
