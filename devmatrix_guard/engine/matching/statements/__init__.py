"""Statements, blocks and definitions: where patterns of them match."""
