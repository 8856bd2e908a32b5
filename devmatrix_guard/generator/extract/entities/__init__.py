"""Entities: which there are, their attributes, keys, files and views, and who signs in."""
