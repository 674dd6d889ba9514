"""What each method does, by subject."""

from importlib import import_module

_SUBJECTS = ("itself", "text", "files", "others", "changing", "rooms", "webhooks")


def load() -> None:
    """Register every handler."""
    for name in _SUBJECTS:
        import_module(f"{__name__}.{name}")
