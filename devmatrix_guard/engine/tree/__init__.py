"""What is known of one file: its text, syntax tree, names, constants and locations."""
