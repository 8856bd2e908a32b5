"""Reads rule files, compiles them, and keeps the compiled form."""
