"""Telegram, through the Bot API."""

from __future__ import annotations

import os

# python-telegram-bot warns at each RetryAfter until one asks for the type it will have.
os.environ.setdefault("PTB_TIMEDELTA", "true")
