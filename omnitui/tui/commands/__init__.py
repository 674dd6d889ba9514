"""Screen commands: what moves the eye and the hand. `REGISTRY` has the desk's as well.

One module a subject; importing this package registers them all.
"""

from omnitui.tui.commands import (
    application,
    card,
    composing,
    knowledge,
    lists,
    messages,
    navigation,
    practising,
    selection,
    timeline,
    together,
    views,
    writing,
)
from omnitui.tui.commands.registry import REGISTRY

__all__ = [
    "REGISTRY",
    "application",
    "card",
    "composing",
    "knowledge",
    "lists",
    "messages",
    "navigation",
    "practising",
    "selection",
    "timeline",
    "together",
    "views",
    "writing",
]
