"""What fixes removed and added, and changes that take it back."""
