"""What the terminal decides about the look: colours and the signs that it can show."""
