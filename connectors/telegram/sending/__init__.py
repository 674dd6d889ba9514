"""What goes out to Telegram: sending, changing, taking back, typing, at Telegram's pace."""

from connectors.telegram.sending.pacing import Pacing
from connectors.telegram.sending.sending import FILE_LIMIT, Sending

__all__ = ["FILE_LIMIT", "Pacing", "Sending"]
