"""What each method does, by subject."""
