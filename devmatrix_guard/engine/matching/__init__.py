"""Finds where a pattern matches: walks the tree, compares nodes, applies the formula."""
