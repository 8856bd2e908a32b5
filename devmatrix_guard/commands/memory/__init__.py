"""Reads the memory: patterns, lineage, and the report of a period."""
