"""What the tests of the engine have for these, too."""

from __future__ import annotations

from tests.engine.test_store_faults import small_disk

__all__ = ["small_disk"]
