"""Serves editors: messages -> open texts -> findings -> diagnostics, actions and hovers."""
