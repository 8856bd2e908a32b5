"""Prints Python source: the printer and the module around it."""
