"""Several agents on one conversation: who has it, who watches it, who is silent."""
