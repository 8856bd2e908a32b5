"""Turns the text of a pattern into a matcher: parse, then compile."""
