"""What a change does to the applications it touches."""
