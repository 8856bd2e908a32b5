"""Looks after rules: list, edit, prove, explain, accept and give feedback."""
