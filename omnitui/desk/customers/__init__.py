"""Customers made, edited and imported by hand."""
