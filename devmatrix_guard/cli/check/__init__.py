"""Verbs that check code, and those on what a check says."""
