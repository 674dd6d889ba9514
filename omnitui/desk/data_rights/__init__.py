"""What a customer may ask for: everything in a file, or nothing left; and rules by age."""
