"""Runs the regular expressions of rules within bounded time."""
