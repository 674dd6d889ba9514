"""Updates of the Bot API, as JSON, understood: what each becomes is in docs/telegram.md.

Plain JSON and no classes of a library: what is new in the API is kept, and nothing is lost.
"""

from __future__ import annotations

from connectors.telegram.reading.context import (
    DOWNLOAD_LIMIT,
    BusinessConnection,
    ReadingContext,
    read_connection,
)
from connectors.telegram.reading.update import KINDS, connection_needed, read_update

__all__ = [
    "DOWNLOAD_LIMIT",
    "KINDS",
    "BusinessConnection",
    "ReadingContext",
    "connection_needed",
    "read_connection",
    "read_update",
]
