"""Evaluate a rule's formula over the ranges its patterns match: Semgrep's set operations.

A range is `(start, end, env, kind)`; start and end are (line, column) pairs of the tree, env holds
the bound metavariables, kind says whether it came from a pattern, `pattern-inside` or a regex.
"""

from __future__ import annotations

from devmatrix_guard.engine.budget import TooMuchWorkError
from devmatrix_guard.engine.matching.ranges import overlapping
from devmatrix_guard.engine.matching.statements import StmtMatcher
from devmatrix_guard.engine.matching.types import Env, Range
from devmatrix_guard.engine.matching.walk import Ranges, Table, Walk, import_aliases
from devmatrix_guard.engine.tree import locations as places
from devmatrix_guard.engine.tree.source import OutsideExcerptError, Source, SourceError, Span
from devmatrix_guard.errors import describe_defect
from devmatrix_guard.lazy_typing import Any, Sequence

PLAIN, INSIDE, REGEX = 0, 1, 2
_COST_OF_A_RANGE = 40  # each is shown, told apart from others, and mended
_COST_OF_A_MERGE = 10
_PROGRAMS = ("id", "e", "s", "ss")


class RuleMatcher:
    """Matches one compiled rule's patterns in one file and evaluates its formula."""

    def __init__(self, source: Source, rule: tuple[Any, ...], options: dict[str, Any]) -> None:
        self.source = source
        self.code = StmtMatcher(source, options)
        self.leaves, self.formula = rule
        self.within: Span | None = None
        self.found: list[list[Range]] = [[] for _ in self.leaves]

    def offer(self, number: int, node: Any) -> None:
        """Try one pattern at one place and keep what it matches."""
        root, pattern, inside = self.leaves[number]
        code = self.code
        code.effort.begin()
        if root == "Ss":
            body, start_at = node
            for env, s in code.sequence(pattern, body, start_at, inside):
                self.found[number].append(((s[0], s[1]), (s[2], s[3]), env, PLAIN))
            return
        envs = self._expression(pattern, node) if root == "E" else code.stmt(pattern, node, {})
        if envs:
            s = places.anything(self.source, node)
            start, end = (s[0], s[1]), (s[2], s[3])
            self.found[number] += [(start, end, env, PLAIN) for env in envs]

    def _expression(self, pattern: Any, node: Any) -> list[Env]:
        return self.code.expr(pattern, node, {})

    def evaluate(self, context: Range | None = None) -> list[Range]:
        """Return the ranges of the formula, each once."""
        found = unique(_Evaluation(self).ranges(self.formula, context))
        self.code.effort.spend(len(found) * _COST_OF_A_RANGE)
        return found


class FileMatcher:
    """Matches several compiled rules in one file with one walk over its tree.

    `stopped` says of each rule that took too long, by its number, why it was stopped; `failed`
    holds what was raised where the fault is ours. Such a rule has no ranges.
    """

    def __init__(
        self, source: Source, rules: Sequence[tuple[tuple[Any, ...], dict[str, Any]]]
    ) -> None:
        self.source = source
        self.matchers = [RuleMatcher(source, rule, options) for rule, options in rules]
        self.stopped: dict[int, str] = {}
        self.failed: dict[int, Exception] = {}

    def matches(self, lines: Ranges) -> list[list[Range]]:
        """Return each rule's ranges; `lines` limits them to what touches these lines."""
        slots: list[tuple[int, int]] = []
        for rule, matcher in enumerate(self.matchers):
            slots += [(rule, n) for n, leaf in enumerate(matcher.leaves) if leaf[0] != "regex"]
        leaves = [(i, self.matchers[rule].leaves[n][:2]) for i, (rule, n) in enumerate(slots)]
        matchers, stopped = self.matchers, self.stopped

        def offer(index: int, node: Any) -> None:
            rule, number = slots[index]
            if rule not in stopped:
                try:
                    matchers[rule].offer(number, node)
                except Exception as error:
                    self._stop(rule, error)

        if leaves:
            table = Table(leaves, import_aliases(self.source.utf8))
            Walk(self.source, table, offer, lines).run()
        return [self._evaluated(rule) for rule in range(len(matchers))]

    def _evaluated(self, rule: int) -> list[Range]:
        try:
            return [] if rule in self.stopped else self.matchers[rule].evaluate()
        except Exception as error:
            self._stop(rule, error)
            return []

    def _stop(self, rule: int, error: Exception) -> None:
        """Go on without a rule, unless the file itself, or its excerpt, is at fault."""
        if isinstance(error, TooMuchWorkError):
            self.stopped[rule] = str(error)
            return
        if isinstance(error, RecursionError | SourceError | OutsideExcerptError):
            raise error
        self.stopped[rule] = describe_defect(error)
        self.failed[rule] = error


class _Evaluation:
    def __init__(self, matcher: RuleMatcher) -> None:
        self.matcher = matcher
        self.code = matcher.code
        self.leaves = matcher.leaves
        self.found = matcher.found
        self._regexes: dict[int, list[Range]] = {}

    def ranges(self, formula: tuple[Any, ...], context: Range | None) -> list[Range]:
        kind = formula[0]
        if kind == "leaf":
            return self._leaf(formula[1])
        if kind == "inside":
            inner = self.ranges(formula[1], context)
            return [(start, end, env, INSIDE) for start, end, env, _ in inner]
        if kind == "or":
            return [found for part in formula[1] for found in self.ranges(part, context)]
        return self._and(formula, context)

    def _leaf(self, number: int) -> list[Range]:
        leaf = self.leaves[number]
        if leaf[0] != "regex":
            return unique(self.found[number])
        if number not in self._regexes:
            from devmatrix_guard.engine.matching import conditions

            matcher = self.matcher
            found = conditions.regex_matches(
                matcher.source, leaf[1], self.code.effort, matcher.within
            )
            self._regexes[number] = [(start, end, env, REGEX) for start, end, env in found]
        return self._regexes[number]

    def _and(self, formula: tuple[Any, ...], context: Range | None) -> list[Range]:
        _, positives, negatives, wanted, focus = formula
        ranges = self._positives(positives, context)
        for negative in negatives:
            if not ranges:
                return []
            ranges = self._difference(ranges, self.ranges(negative, context))
        for condition in wanted:
            ranges = [r for old in ranges for r in self._condition(condition, old)]
        if focus:
            ranges = [r for old in ranges for r in self._focus(focus, old)]
        return ranges

    def _positives(self, positives: Sequence[Any], context: Range | None) -> list[Range]:
        if not positives:
            return [] if context is None else [context]
        plain: list[list[Range]] = []
        inside: list[list[Range]] = []
        for positive in positives:
            found = self.ranges(positive, context)
            if not found:
                return []
            (inside if found[0][3] == INSIDE else plain).append(found)
        first, *others = plain + inside
        for other in others:
            first = self._intersection(first, other)
        return first

    def _intersection(self, ones: list[Range], others: list[Range]) -> list[Range]:
        found: list[Range] = []
        for one, near in overlapping(ones, others):
            self.code.effort.spend(len(near))
            before = len(found)
            for other in near:
                if self._lies_in(one, other):
                    found.append(_merged(one, other))
                elif self._lies_in(other, one):
                    found.append(_merged(other, one))
            self.code.effort.spend((len(found) - before) * _COST_OF_A_MERGE)
        return unique(found)

    def _lies_in(self, inner: Range, outer: Range) -> bool:
        if inner[3] == INSIDE and outer[3] != INSIDE:
            return False
        return self._included(inner, outer)

    def _included(self, inner: Range, outer: Range) -> bool:
        if inner[0] < outer[0] or inner[1] > outer[1]:
            return False
        bound = outer[2]
        return all(
            name not in bound or name[1:].isdigit() or self.code.same_value(value, bound[name])
            for name, value in inner[2].items()
        )

    def _difference(self, ranges: list[Range], negatives: list[Range]) -> list[Range]:
        found = []
        for one, near in overlapping(ranges, negatives):
            self.code.effort.spend(len(near))
            if not any(self._excluded(one, negative) for negative in near):
                found.append(one)
        return found

    def _excluded(self, one: Range, negative: Range) -> bool:
        if negative[3] == INSIDE:
            return self._included(one, negative)
        if negative[3] == REGEX:
            return self._included(one, negative) or self._included(negative, one)
        return self._included(one, negative) and self._included(negative, one)

    def _condition(self, condition: tuple[Any, ...], old: Range) -> list[Range]:
        if condition[0] == "pattern":
            return self._nested(condition, old)
        from devmatrix_guard.engine.matching import conditions

        start, end, env, kind = old
        found = conditions.holds(condition, self.code, env)
        return [] if found is None else [(start, end, {**found, **env}, kind)]

    def _nested(self, condition: tuple[Any, ...], old: Range) -> list[Range]:
        """`metavariable-pattern`: a formula over the code a metavariable is bound to."""
        _, variable, rule = condition
        value = old[2].get(variable)
        span = None if value is None else self.code.span(value)
        if value is None or span is None or value[0] not in _PROGRAMS:
            return []
        context = ((span[0], span[1]), (span[2], span[3]), old[2], PLAIN)
        found = _NestedMatcher(self.matcher, rule, old[2]).nested(value, context)
        return [(*old[:2], {**match[2], **old[2]}, old[3]) for match in found]

    def _focus(self, focus: Sequence[Sequence[str]], old: Range) -> list[Range]:
        groups = [self._focused(variables, old) for variables in focus]
        first, *others = groups
        for other in others:
            if len(first) != 1 or len(other) != 1:
                return []
            smaller = _smaller(first[0], other[0])
            first = [] if smaller is None else [smaller]
        return first

    def _focused(self, variables: Sequence[str], old: Range) -> list[Range]:
        found = []
        for variable in variables:
            value = old[2].get(variable)
            span = None if value is None else self.code.span(value)
            if span is not None:
                narrowed = ((span[0], span[1]), (span[2], span[3]), old[2], PLAIN)
                smaller = _smaller(narrowed, old)
                if smaller is not None:
                    found.append(smaller)
        return found


class _NestedMatcher(RuleMatcher):
    """Evaluates a formula inside the code bound to a metavariable, its bindings in force."""

    def __init__(self, outer: RuleMatcher, rule: tuple[Any, ...], env: Env) -> None:
        super().__init__(outer.source, rule, outer.code.options)
        self.code.effort = outer.code.effort
        self.env = env

    def nested(self, value: tuple[Any, ...], context: Range) -> list[Range]:
        """Return the ranges of the formula within the value."""
        leaves = ((n, leaf[:2]) for n, leaf in enumerate(self.leaves) if leaf[0] != "regex")
        table = Table(leaves, import_aliases(self.source.utf8))
        Walk(self.source, table, self.offer, None).value(value)
        self.within = (*context[0], *context[1])
        return self.evaluate(context)

    def _expression(self, pattern: Any, node: Any) -> list[Env]:
        self.code.effort.spend(_COST_OF_A_MERGE)  # the same code is gone through for each range
        return self.code.expr(pattern, node, self.env)


def unique(ranges: list[Range]) -> list[Range]:
    """Drop ranges that are the same place with the same bindings."""
    if len(ranges) < 2:
        return ranges
    seen: dict[Any, Range] = {}
    for found in ranges:
        key = (found[0], found[1], found[3], *sorted((n, _key(v)) for n, v in found[2].items()))
        seen.setdefault(key, found)
    return list(seen.values())


def _key(value: tuple[Any, ...]) -> tuple[Any, ...]:
    kind, content = value[0], value[1]
    if kind in ("id", "text", "module", "sign"):
        return (kind, str(content), _place(value[2]))
    if isinstance(content, tuple):
        return (kind, "", tuple(_place(node) for node in content))
    return (kind, "", _place(content))


def _place(node: Any) -> tuple[int, ...]:
    """Return what tells one node from another; a loop with its `else` from the loop without it."""
    node = getattr(node, "node", node)
    if hasattr(node, "lineno"):
        return (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
    loop = getattr(node, "loop", None)
    nodes = node.statements if loop is None else [loop]
    return (*_place(nodes[0])[:2], *_place(nodes[-1])[2:], 0)


def _merged(inner: Range, outer: Range) -> Range:
    return (inner[0], inner[1], {**outer[2], **inner[2]}, inner[3])


def _smaller(one: Range, other: Range) -> Range | None:
    if one[0] >= other[0] and one[1] <= other[1]:
        return one
    if other[0] >= one[0] and other[1] <= one[1]:
        return other
    return None
