"""Serves coding agents: the event of a hook -> a check and lessons -> an answer."""
