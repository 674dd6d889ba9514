"""What comes in: which message it is, whose, and which conversation it joins."""
