"""What becomes of findings: shown, fixed, kept for the next commit."""
