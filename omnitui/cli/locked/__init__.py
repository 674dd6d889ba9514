"""What a locked session takes from itself before it shows anything; what `doctor` finds of it."""
