"""Frozen values shared by every part; import the defining module, not this package."""
