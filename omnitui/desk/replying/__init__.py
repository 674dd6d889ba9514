"""What goes out: to whom, over what, when, and what became of it."""
