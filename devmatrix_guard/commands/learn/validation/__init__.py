"""Tries what a history taught on the repository itself: its fixes, its tree, its later commits."""
