"""Match one pattern or one rule against one piece of source.

`find_matches` is what learning and `guard rules test` use; `check` runs many rules at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from devmatrix_guard.engine.formula import RuleMatcher
from devmatrix_guard.engine.source import Source


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


def find_matches(pattern: str | Mapping[str, Any], source: str | bytes) -> list[Match]:
    """Return where a pattern, or a rule given as its YAML mapping, matches the source.

    Raises:
        RuleError: the pattern cannot run in process; the text says why.
        SourceError: the source is not Python that can be parsed here.
    """
    from devmatrix_guard.engine.compile_rule import compile_body
    from devmatrix_guard.engine.pattern_tree import PatternError
    from devmatrix_guard.errors import RuleError

    body = {"pattern": pattern} if isinstance(pattern, str) else pattern
    try:
        formula, options = compile_body(body)
    except PatternError as error:
        raise RuleError(f"This pattern needs semgrep: {error}.") from error
    file = Source(source.encode() if isinstance(source, str) else source)
    return match_rule(file, formula, options)


def match_rule(file: Source, formula: tuple[Any, ...], options: dict[str, Any]) -> list[Match]:
    """Return the matches of a compiled rule in a whole file."""
    matcher = RuleMatcher(file, options)
    return [_match(file, matcher, found) for found in matcher.matches(formula, None)]


def _match(file: Source, matcher: RuleMatcher, found: Any) -> Match:
    (line, offset), (end_line, end_offset), env = found[:3]
    bound = {}
    for name, value in env.items():
        text = matcher.code.text(value)
        span = matcher.code.span(value)
        if span is None:
            bound[name] = Binding("")
        else:
            bound[name] = Binding(
                text or "",
                span[0], file.column(span[0], span[1]), span[2], file.column(span[2], span[3]),
            )  # fmt: skip
    start, end = file.column(line, offset), file.column(end_line, end_offset)
    return Match(line, start, end_line, end, bound)
