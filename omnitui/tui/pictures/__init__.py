"""Customers' pictures on the terminal: read in a process of their own, drawn in half cells."""
