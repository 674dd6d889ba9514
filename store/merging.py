"""The book of merges, and the rows that a merge moves from one customer to another."""

from __future__ import annotations
