"""The screen's registry: screen commands over the desk's."""

from __future__ import annotations

from omnitui.desk import commands as desk_commands
from omnitui.desk.command import Registry, Rest

REGISTRY = Registry(desk_commands.REGISTRY)

NOTHING = Rest("")
"""No text given, where one may follow."""
