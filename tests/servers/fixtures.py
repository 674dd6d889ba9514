"""Fixtures of real servers."""
