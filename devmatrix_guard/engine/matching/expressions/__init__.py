"""Expressions, arguments and bindings: where patterns of them match."""
