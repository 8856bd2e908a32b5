"""Verbs that learn from a history, and those on what was learned."""
