"""What only mail has: machines, bounces, lists, forms, quotes, subjects."""
