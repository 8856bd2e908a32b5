"""Generates applications and keeps them true to their spec."""
