"""Which of the likely mail servers answer: a connection each, all at once, nothing sent."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

from config.model import ServerUrl

TIMEOUT = 4.0
"""Seconds; who answers slower can still be typed in."""


def first_that_answers(*lists: Sequence[ServerUrl]) -> list[ServerUrl | None]:
    """For each list its first server that takes a connection; None where none does."""

    async def search() -> list[ServerUrl | None]:
        flat = {(url.host, url.port) for urls in lists for url in urls}
        async with asyncio.TaskGroup() as group:
            tasks = {
                place: group.create_task(_answers(*place), name=f"try {place[0]}") for place in flat
            }
        return [
            next((url for url in urls if tasks[url.host, url.port].result()), None)
            for urls in lists
        ]

    return asyncio.run(search())


def hosted_by(domain: str) -> str:
    """Who has the mail of a company's domain, told by where a name of it leads; "" for neither.

    Microsoft 365 has everybody set `autodiscover`, Google's domains often have `mail`.
    """

    async def look() -> str:
        async with asyncio.TaskGroup() as group:
            tasks = [
                (host, endings, group.create_task(_leads_to(f"{name}.{domain}"), name=name))
                for host, name, endings in _SIGNS
            ]
        found = (host for host, endings, task in tasks if task.result().endswith(endings))
        return next(found, "")

    return asyncio.run(look())


_SIGNS = (
    ("Microsoft 365", "autodiscover", (".outlook.com", ".office.com", ".office365.com")),
    ("Google", "mail", (".googlehosted.com", "ghs.google.com")),
)


async def _leads_to(name: str) -> str:
    """The canonical name behind a name; "" for none."""
    try:
        async with asyncio.timeout(TIMEOUT):
            found = await asyncio.get_running_loop().getaddrinfo(
                name, None, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME
            )
    except (OSError, TimeoutError, UnicodeError):
        return ""
    return next((entry[3] for entry in found if entry[3]), "").rstrip(".").lower()


async def _answers(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(TIMEOUT):
            _reader, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError, UnicodeError):
        return False
    writer.close()
    return True
