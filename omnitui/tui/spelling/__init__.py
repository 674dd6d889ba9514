"""Spelling: dictionaries of this machine, and the programs that look words up in them."""
