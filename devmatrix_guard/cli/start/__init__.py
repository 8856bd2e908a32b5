"""Verbs that set a repository up and take a first look at it."""
