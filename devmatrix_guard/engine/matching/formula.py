"""Evaluate a rule's formula over the ranges its patterns match: Semgrep's set operations.

A range is `(start, end, env, kind)`; start and end are (line, column) pairs of the tree, env holds
the bound metavariables, kind says whether it came from a pattern, `pattern-inside` or a regex.
"""

from __future__ import annotations

from devmatrix_guard.engine.budget import STEPS, Effort, TooMuchWorkError
from devmatrix_guard.engine.matching.expressions.types import Env, Range
from devmatrix_guard.engine.matching.leaves import (
    INSIDE,
    PLAIN,
    REGEX,
    Holding,
    LeafMatcher,
    NestedLeafMatcher,
    unique,
)
from devmatrix_guard.engine.matching.ranges import find_overlapping
from devmatrix_guard.engine.matching.statements.statements import StmtMatcher
from devmatrix_guard.engine.matching.table import Table
from devmatrix_guard.engine.matching.walk import Ranges, Walk
from devmatrix_guard.engine.tree.source import OutsideExcerptError, Source, SourceError, Span
from devmatrix_guard.errors import describe_defect
from devmatrix_guard.lazy_typing import Any, Sequence

_COST_OF_A_RANGE = 40  # each is shown, told apart from others, and mended
_COST_OF_A_MERGE = 10
_COST_OF_A_REGEX = 1000
_PROGRAMS = ("id", "e", "s", "ss")


class RuleMatcher:
    """Evaluates one compiled rule's formula over what its patterns match in one file.

    `matchers` stand for the rule's leaves; that of a regular expression is None.
    """

    def __init__(
        self, code: StmtMatcher, rule: tuple[Any, ...], matchers: Sequence[LeafMatcher | None]
    ) -> None:
        self.source = code.source
        self.text: str | None = None  # instead of the file's
        self.code = code
        self.leaves, self.formula = rule
        self.within: Span | None = None
        self.matchers = matchers

    def get_source_text(self) -> tuple[str, tuple[int, int]]:
        """Return what regular expressions are looked for in, and where it begins."""
        if self.text is not None:
            return self.text, (1, 0)
        if self.within is not None:
            return self.source.text(self.within), self.within[:2]
        return self.source.data.decode("utf-8", "replace"), (1, 0)

    def evaluate(self, context: Range | None = None) -> list[Range]:
        """Return the ranges of the formula, each once."""
        found = unique(_Evaluation(self).ranges(self.formula, context, None))
        self.code.effort.spend(len(found) * _COST_OF_A_RANGE)
        return found


def make_matcher(source: Source, options: dict[str, Any]) -> StmtMatcher:
    """Return what matches patterns in a file under a rule's options."""
    if not options.get("symbolic_propagation") or not options.get("constant_propagation", True):
        return StmtMatcher(source, options)
    from devmatrix_guard.engine.matching.symbolic import SymbolicMatcher

    return SymbolicMatcher(source, options)


class FileMatcher:
    """Matches several compiled rules in one file with one walk over its tree.

    `stopped` says of each rule that took too long, by its number, why it was stopped; `failed`
    holds what was raised where the fault is ours. Such a rule has no ranges.

    Args:
        source: the file.
        rules: ((leaves, formula), options) of each rule.
        words: the words of the file, where they are known: what a pattern has to find among them.
        steps: what each rule may do in the file.
    """

    def __init__(
        self,
        source: Source,
        rules: Sequence[tuple[tuple[Any, ...], dict[str, Any]]],
        words: set[bytes] | None = None,
        steps: int = STEPS,
    ) -> None:
        self.source = source
        self.stopped: dict[int, str] = {}
        self.failed: dict[int, Exception] = {}
        self._words = words
        self._effort = Effort(steps)
        self._codes: dict[Any, StmtMatcher] = {}
        self._shared: dict[Any, LeafMatcher] = {}
        self.matchers = [self._matcher(rule, options) for rule, options in rules]

    def _matcher(self, rule: tuple[Any, ...], options: dict[str, Any]) -> RuleMatcher:
        key = tuple(sorted(options.items()))
        code = self._codes.get(key)
        if code is None:
            code = self._codes[key] = make_matcher(self.source, options)
            code.effort = self._effort
        leaves: list[LeafMatcher | None] = []
        for leaf in rule[0]:
            if leaf[0] == "regex":
                leaves.append(None)
                continue
            name = (*leaf[:3], leaf[5], key)
            found = self._shared.get(name)
            if found is None:
                found = self._shared[name] = LeafMatcher(leaf, code, {})
            leaves.append(found)
        return RuleMatcher(code, rule, leaves)

    def matches(self, lines: Ranges) -> list[list[Range]]:
        """Return each rule's ranges; `lines` limits them to what touches these lines."""
        wanted = [
            matcher.place
            for matcher in self._shared.values()
            if self._words is None or matcher.words <= self._words
        ]
        if wanted:
            Walk(self.source, Table(wanted, self.source), lines).run()
        return [self._evaluate(rule) for rule in range(len(self.matchers))]

    def _evaluate(self, rule: int) -> list[Range]:
        self._effort.restart()
        try:
            return self.matchers[rule].evaluate()
        except Exception as error:
            self._stop(rule, error)
            return []
        finally:
            self.matchers[rule].code.forget_answers()

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
        self._regexes: dict[int, list[Range]] = {}

    def ranges(
        self, formula: tuple[Any, ...], context: Range | None, holding: Holding | None
    ) -> list[Range]:
        """Return a formula's ranges; those that hold nothing of `holding` may be left out."""
        kind = formula[0]
        if kind == "leaf":
            return self._evaluate_leaf(formula[1], holding)
        if holding is not None and self._kind(formula) is None:
            holding = None
        if kind == "inside":
            inner = self.ranges(formula[1], context, holding)
            return [(start, end, env, INSIDE) for start, end, env, _ in inner]
        if kind == "or":
            return [found for part in formula[1] for found in self.ranges(part, context, holding)]
        return self._evaluate_and(formula, context, holding)

    def _evaluate_leaf(self, number: int, holding: Holding | None) -> list[Range]:
        matcher = self.matcher.matchers[number]
        if matcher is not None:
            return matcher.ranges(self.code.effort, holding)
        if number not in self._regexes:
            from devmatrix_guard.engine.matching.expressions import conditions

            text, begin = self.matcher.get_source_text()
            found = conditions.find_regex_matches(
                text, begin, self.leaves[number][1], self.code.effort
            )
            self._regexes[number] = [(start, end, env, REGEX) for start, end, env in found]
        return self._regexes[number]

    def _evaluate_and(
        self, formula: tuple[Any, ...], context: Range | None, holding: Holding | None
    ) -> list[Range]:
        _, positives, negatives, wanted, focus = formula
        ranges = self._evaluate_positives(positives, context, holding)
        for negative in negatives:
            if not ranges:
                return []
            found = self.ranges(negative, context, Holding(ranges))
            ranges = self._subtract(ranges, found)
        for condition in wanted:
            ranges = [r for old in ranges for r in self._apply_condition(condition, old)]
        if focus:
            ranges = [r for old in ranges for r in self._apply_focus(focus, old)]
        return ranges

    def _evaluate_positives(
        self, positives: Sequence[Any], context: Range | None, holding: Holding | None
    ) -> list[Range]:
        if not positives:
            return [] if context is None else [context]
        terms = self._terms(positives, context, holding)
        if not all(terms):
            return []
        return self._intersections(
            [found for found in terms if found[0][3] != INSIDE]
            + [found for found in terms if found[0][3] == INSIDE]
        )

    def _intersections(self, terms: Sequence[list[Range]]) -> list[Range]:
        first, *others = terms
        for other in others:
            first = self._intersect(first, other)
        return first

    def _terms(
        self, positives: Sequence[Any], context: Range | None, holding: Holding | None
    ) -> list[list[Range]]:
        """Return what each of the terms matches, worked out from the cheapest on.

        After one without a match the others are left out. Once all others are known, what an
        `inside` matches is of use only where it holds what they have in common.
        """
        found: list[list[Range]] = [[] for _ in positives]
        costs = [self._estimate(positive) for positive in positives]
        if not all(costs):
            return found
        plain = [n for n, positive in enumerate(positives) if positive[0] != "inside"]
        for number in sorted(range(len(positives)), key=costs.__getitem__):
            near = holding
            if plain and number not in plain and all(found[n] for n in plain):
                near = self._holding([found[n] for n in plain]) or holding
            found[number] = self.ranges(positives[number], context, near)
            if not found[number]:
                break
        return found

    def _holding(self, terms: Sequence[list[Range]]) -> Holding | None:
        if len(terms) == 1 and all(found[3] != INSIDE for found in terms[0]):
            return Holding(terms[0])
        return None

    def _estimate(self, formula: tuple[Any, ...]) -> int:
        """Return about what a formula costs, 0 if it has no match for sure."""
        kind = formula[0]
        if kind == "leaf":
            matcher = self.matcher.matchers[formula[1]]
            return _COST_OF_A_REGEX if matcher is None else matcher.estimate()
        if kind == "inside":
            return self._estimate(formula[1])
        costs = [self._estimate(part) for part in formula[1]]
        if kind == "or":
            return sum(costs)
        if not costs:
            return 1
        return sum(costs) if all(costs) else 0

    def _kind(self, formula: tuple[Any, ...]) -> int | None:
        """Return the kind all ranges of a formula have, None where that depends on the code."""
        kind = formula[0]
        if kind == "leaf":
            return None if self.matcher.matchers[formula[1]] is None else PLAIN
        if kind == "inside":
            return None if self._kind(formula[1]) is None else INSIDE
        kinds = {self._kind(part) for part in formula[1]}
        if None in kinds or not kinds:
            return None
        if kind == "or":
            return kinds.pop() if len(kinds) == 1 else None
        return PLAIN if PLAIN in kinds else INSIDE

    def _intersect(self, ones: list[Range], others: list[Range]) -> list[Range]:
        found: list[Range] = []
        for one, near in find_overlapping(ones, others):
            self.code.effort.spend(len(near))
            before = len(found)
            for other in near:
                if self._lies_in(one, other):
                    found.append(_merge(one, other))
                elif self._lies_in(other, one):
                    found.append(_merge(other, one))
            self.code.effort.spend((len(found) - before) * _COST_OF_A_MERGE)
        return unique(found)

    def _lies_in(self, inner: Range, outer: Range) -> bool:
        if inner[3] == INSIDE and outer[3] != INSIDE:
            return False
        return self._is_included(inner, outer)

    def _is_included(self, inner: Range, outer: Range) -> bool:
        if inner[0] < outer[0] or inner[1] > outer[1]:
            return False
        bound = outer[2]
        return all(
            name not in bound or name[1:].isdigit() or self.code.same_value(value, bound[name])
            for name, value in inner[2].items()
        )

    def _subtract(self, ranges: list[Range], negatives: list[Range]) -> list[Range]:
        found = []
        for one, near in find_overlapping(ranges, negatives):
            self.code.effort.spend(len(near))
            if not any(self._is_excluded(one, negative) for negative in near):
                found.append(one)
        return found

    def _is_excluded(self, one: Range, negative: Range) -> bool:
        if negative[3] == INSIDE:
            return self._is_included(one, negative)
        if negative[3] == REGEX:
            return self._is_included(one, negative) or self._is_included(negative, one)
        return self._is_included(one, negative) and self._is_included(negative, one)

    def _apply_condition(self, condition: tuple[Any, ...], old: Range) -> list[Range]:
        if condition[0] == "pattern":
            return self._apply_nested(condition, old)
        if condition[0] == "text":
            return self._apply_to_text(condition, old)
        from devmatrix_guard.engine.matching.expressions import conditions

        start, end, env, kind = old
        found = conditions.holds(condition, self.code, env)
        return [] if found is None else [(start, end, {**found, **env}, kind)]

    def _apply_nested(self, condition: tuple[Any, ...], old: Range) -> list[Range]:
        """`metavariable-pattern`: a formula over the code a metavariable is bound to."""
        _, variable, rule = condition
        value = old[2].get(variable)
        span = None if value is None else self.code.span(value)
        if value is None or span is None or value[0] not in _PROGRAMS:
            return []
        context = ((span[0], span[1]), (span[2], span[3]), old[2], PLAIN)
        found = _NestedMatcher(self.matcher, rule, old[2]).nested(value, context)
        return [(*old[:2], {**match[2], **old[2]}, old[3]) for match in found]

    def _apply_to_text(self, condition: tuple[Any, ...], old: Range) -> list[Range]:
        """`metavariable-pattern` with a language of text: a formula over what a string holds."""
        _, variable, rule, is_generic = condition
        text = self._read_text(old[2].get(variable), is_generic)
        if text is None:
            return []
        lines = text.split("\n")
        context = ((1, 0), (len(lines), len(lines[-1].encode())), old[2], PLAIN)
        matcher = RuleMatcher(self.code, rule, [None] * len(rule[0]))
        matcher.text = text
        return [(*old[:2], {**match[2], **old[2]}, old[3]) for match in matcher.evaluate(context)]

    def _read_text(self, value: tuple[Any, ...] | None, is_generic: bool) -> str | None:
        """Return the content of the string a metavariable is bound to; `generic` is any code."""
        if value is None:
            return None
        if value[0] == "text":
            return str(value[1])
        literal = self.code.literal(value[1]) if value[0] == "e" else None
        if literal is not None and literal[0] == "str":
            return str(literal[1])
        return self.code.text(value) if is_generic else None

    def _apply_focus(self, focus: Sequence[Sequence[str]], old: Range) -> list[Range]:
        groups = [self._focus(variables, old) for variables in focus]
        first, *others = groups
        for other in others:
            if len(first) != 1 or len(other) != 1:
                return []
            smaller = _choose_smaller(first[0], other[0])
            first = [] if smaller is None else [smaller]
        return first

    def _focus(self, variables: Sequence[str], old: Range) -> list[Range]:
        found = []
        for variable in variables:
            value = old[2].get(variable)
            span = None if value is None else self.code.span(value)
            if span is not None:
                narrowed = ((span[0], span[1]), (span[2], span[3]), old[2], PLAIN)
                smaller = _choose_smaller(narrowed, old)
                if smaller is not None:
                    found.append(smaller)
        return found


class _NestedMatcher(RuleMatcher):
    """Evaluates a formula inside the code bound to a metavariable, its bindings in force."""

    def __init__(self, outer: RuleMatcher, rule: tuple[Any, ...], env: Env) -> None:
        code = make_matcher(outer.source, outer.code.options)
        code.effort = outer.code.effort
        matchers = [
            None if leaf[0] == "regex" else NestedLeafMatcher(leaf, code, env) for leaf in rule[0]
        ]
        super().__init__(code, rule, matchers)

    def nested(self, value: tuple[Any, ...], context: Range) -> list[Range]:
        """Return the ranges of the formula within the value."""
        wanted = (matcher.place for matcher in self.matchers if matcher is not None)
        Walk(self.source, Table(wanted, self.source), None).value(value)
        self.within = (*context[0], *context[1])
        return self.evaluate(context)


def _merge(inner: Range, outer: Range) -> Range:
    return (inner[0], inner[1], {**outer[2], **inner[2]}, inner[3])


def _choose_smaller(one: Range, other: Range) -> Range | None:
    if one[0] >= other[0] and one[1] <= other[1]:
        return one
    if other[0] >= one[0] and other[1] <= one[1]:
        return other
    return None
