"""The desk's command registry and its parameter types."""

from __future__ import annotations

from omnitui.desk.command import Registry, When
from omnitui.desk.when import time_to_come

REGISTRY = Registry()
"""Every command that acts on a conversation and needs no screen."""
REGISTRY.converter(When, time_to_come)
