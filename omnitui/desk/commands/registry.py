"""The desk's command registry and its parameter types."""

from __future__ import annotations

from omnitui.desk.command import Registry

REGISTRY = Registry()
"""Every command that acts on a conversation and needs no screen."""
