"""Verbs that generate applications and keep them true to their spec."""
