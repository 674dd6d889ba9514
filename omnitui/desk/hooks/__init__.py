"""Hooks: what the desk does by itself when something happens (docs/hooks.md)."""
