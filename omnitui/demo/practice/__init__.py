"""Practice: a scenario's customers write, an agent answers, and is told how that went."""
