"""Verbs that serve coding agents, editors and browsers."""
