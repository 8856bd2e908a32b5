"""What a pattern or a rule matched in one file: the span and the code each metavariable bound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Binding(NamedTuple):
    """The code a metavariable bound: its text as written and its span.

    Lines and columns are 1-based, columns count code points, the end column is exclusive. A
    binding without code (`$...ARGS` over no arguments) has an empty text and line 0.
    """

    text: str
    start_line: int = 0
    start_col: int = 0
    end_line: int = 0
    end_col: int = 0


class Match(NamedTuple):
    """One match; spans count as in `Binding`, metavariables are named as written (`$X`)."""

    start_line: int
    start_col: int
    end_line: int
    end_col: int
    metavariables: Mapping[str, Binding] = {}
