"""How the screen folds by its size."""

from __future__ import annotations

from typing import Literal

Layout = Literal["wide", "medium", "narrow", "tiny"]

WIDE = 160
MEDIUM = 110
LEAST_WIDTH = 40
LEAST_HEIGHT = 12
LAYOUTS: tuple[Layout, ...] = ("wide", "medium", "narrow", "tiny")


def layout_for(width: int, height: int) -> Layout:
    """How the screen folds in `width` × `height` cells."""
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return "tiny"
    if width < MEDIUM:
        return "narrow"
    return "medium" if width < WIDE else "wide"
