"""What is under check: place, files and lines, settings and rules, what fixes left behind."""
