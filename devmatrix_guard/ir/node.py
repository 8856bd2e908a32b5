"""The base of every IR node, by which whatever walks the IR knows one from plain data."""

from __future__ import annotations

from devmatrix_guard.model.named_value import NamedValue


class Node(NamedValue):
    """A part of the ApplicationIR: nodes, texts, numbers and tuples of them, nothing else."""
