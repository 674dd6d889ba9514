"""What a locked session takes from itself before it shows anything, and what `doctor` finds of it."""
