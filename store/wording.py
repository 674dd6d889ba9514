"""Where the store's sentences are translated: the program above sets the translator.

The store imports nothing of the product, hence not its catalogs either.
"""

from __future__ import annotations

from collections.abc import Callable

_translate: Callable[[str], str] = str


def translate_with(function: Callable[[str], str]) -> None:
    """Use `function` (gettext) for every sentence of the store from now on."""
    global _translate
    _translate = function


def _(text: str) -> str:
    return _translate(text)
