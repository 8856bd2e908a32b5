"""Fixes as units: what each mended, who brought it in, what proves it, what is like it."""
