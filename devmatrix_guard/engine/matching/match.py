"""Match one pattern or one rule against one piece of source.

`find_matches` is what learning and `guard rules test` use; `check` runs many rules at once.
"""

from __future__ import annotations

from devmatrix_guard.engine.budget import STEPS
from devmatrix_guard.engine.matching.expressions.types import Range
from devmatrix_guard.engine.matching.formula import FileMatcher
from devmatrix_guard.engine.matching.statements.statements import StmtMatcher
from devmatrix_guard.engine.tree.source import Source, SourceError
from devmatrix_guard.errors import RuleError
from devmatrix_guard.lazy_typing import Any
from devmatrix_guard.model.named_value import NamedValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devmatrix_guard.engine.matching.walk import Ranges


class Binding(NamedValue):
    """The code a metavariable bound: its text as written and its span.

    Lines and columns are 1-based, columns count code points, the end column is exclusive. A
    binding without code (`$...ARGS` over no arguments) has an empty text and line 0.
    """

    text: str
    start_line: int = 0
    start_col: int = 0
    end_line: int = 0
    end_col: int = 0


class Match(NamedValue):
    """One match; spans count as in `Binding`, metavariables are named as written (`$X`).

    `text` is the matched code as written.
    """

    start_line: int
    start_col: int
    end_line: int
    end_col: int
    metavariables: Mapping[str, Binding] = {}
    text: str = ""


def find_matches(
    pattern: str | Mapping[str, Any], source: str | bytes, *, steps: int = STEPS
) -> list[Match]:
    """Return where a pattern, or a rule given as its YAML mapping, matches the source.

    Args:
        pattern: the pattern or rule.
        source: the file.
        steps: what it may do in the file before it is stopped.

    Raises:
        RuleError: the pattern cannot run in process, or takes too long; the text says why.
        SourceError: the source is not Python that can be parsed here.
    """
    from devmatrix_guard.engine.patterns.compile import PatternError
    from devmatrix_guard.engine.rules.compile_rule import compile_body

    body = {"pattern": pattern} if isinstance(pattern, str) else pattern
    try:
        formula, options = compile_body(body)
    except PatternError as error:
        raise RuleError(f"This pattern needs semgrep: {error}.") from error
    file = Source(source.encode() if isinstance(source, str) else source)
    return match_rule(file, formula, options, steps)


def find_together(
    rules: Sequence[Mapping[str, Any]], source: bytes, lines: Ranges = None
) -> list[list[Match] | None]:
    """Return where each rule matches, all found in one walk.

    None for one that cannot run here, was stopped, or failed: that costs no other its matches.

    Args:
        rules: their YAML mappings.
        source: the file.
        lines: limits the matches to what touches these lines.
    """
    from devmatrix_guard.engine.patterns.compile import PatternError
    from devmatrix_guard.engine.rules.compile_rule import compile_body

    compiled: dict[int, tuple[tuple[Any, ...], dict[str, Any]]] = {}
    for number, body in enumerate(rules):
        try:
            compiled[number] = compile_body(body)
        except PatternError:
            continue
    found: list[list[Match] | None] = [None] * len(rules)
    try:
        file = Source(source)
    except SourceError:
        return found
    try:
        each = match_rules(file, list(compiled.values()), lines)
    finally:
        file.release()
    for number, matches in zip(compiled, each, strict=True):
        found[number] = matches
    return found


def match_rules(
    file: Source, rules: Sequence[tuple[tuple[Any, ...], dict[str, Any]]], lines: Ranges
) -> list[list[Match] | None]:
    """Return the matches of compiled rules, None for one that was stopped or failed.

    Raises:
        RecursionError: the file is nested too deeply for the stack.
    """
    try:
        matcher = FileMatcher(file, rules)
        ranges = matcher.matches(lines)
        return [
            None if place in matcher.stopped else [match_of(file, options, one) for one in found]
            for place, ((_, options), found) in enumerate(zip(rules, ranges, strict=True))
        ]
    except RecursionError:
        raise
    except Exception:
        if len(rules) == 1:
            return [None]
    # What rules share is made in one go: one at a time, only the one that fails is lost.
    return [one for rule in rules for one in match_rules(file, [rule], lines)]


def match_rule(
    file: Source, rule: tuple[Any, ...], options: dict[str, Any], steps: int = STEPS
) -> list[Match]:
    """Return the matches of a compiled rule, `(leaves, formula)`, in a whole file.

    Raises:
        RuleError: the pattern takes too long in this file.
    """
    matcher = FileMatcher(file, [(rule, options)], steps=steps)
    (found,) = matcher.matches(None)
    if matcher.failed:
        raise matcher.failed[0]
    if matcher.stopped:
        raise RuleError(f"This pattern was stopped: {matcher.stopped[0]}.")
    return [match_of(file, options, one) for one in found]


def match_of(file: Source, options: dict[str, Any], found: Range) -> Match:
    """Return a range as a match: columns in code points, bindings with their text."""
    code = StmtMatcher(file, options)
    (line, offset), (end_line, end_offset), env = found[:3]
    bound = {name: _build_binding(file, code, value) for name, value in env.items()}
    start, end = file.column(line, offset), file.column(end_line, end_offset)
    text = file.text((line, offset, end_line, end_offset))
    return Match(line, start, end_line, end, bound, text)


def _build_binding(file: Source, code: StmtMatcher, value: tuple[Any, ...]) -> Binding:
    span = code.span(value)
    if span is None:
        return Binding(code.shown(value))
    first, last = file.column(span[0], span[1]), file.column(span[2], span[3])
    return Binding(code.shown(value), span[0], first, span[2], last)
