"""The proof of a fix: the file parses after it, its rule is silent there, the examples agree."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from devmatrix_guard.engine.fixing.draft import Body, Draft, draft_fix, fix_examples, fix_spec
from devmatrix_guard.engine.fixing.halves import judge_in_halves
from devmatrix_guard.engine.fixing.region import (
    Replacement,
    compiles,
    parse_shared,
    splice,
)
from devmatrix_guard.engine.matching.match import Match, find_matches, find_together
from devmatrix_guard.engine.tree.source import SourceError
from devmatrix_guard.engine.tree.source_text import SourceText, decode_source
from devmatrix_guard.errors import RuleError
from devmatrix_guard.model.finding import Doubt

_NO_EXAMPLE = Doubt("no-example", "the rule has no example that proves its fix")
_OTHER_EXAMPLE = Doubt("example", "the fix does not do what the rule's own example says")
_FOUND_EXAMPLE = Doubt("example", "the rule still finds its own fixed example")
_NO_EXAMPLE_PARSES = Doubt("example", "an example of the rule does not parse")
_NO_PARSE = Doubt("parse", "the fixed file would not parse")
_NO_COMPILE = Doubt("parse", "the fixed file would not compile")
_STILL = Doubt("still-found", "the rule still finds the fixed code")
_NOT_HERE = Doubt("semgrep", "its rule runs in semgrep only, so the fix cannot be proven here")
_MAX_PASSES = 20

Span = tuple[int, int]


class ExampleFix(NamedTuple):
    """What a rule's fix makes of an example; `problem` says why it cannot be made."""

    code: str
    problem: str = ""


def prove_together(
    drafts: Mapping[int, tuple[Body, Draft]], source: SourceText
) -> dict[int, Doubt]:
    """Return why drafts cannot be trusted, by their key; those that are proven are left out.

    Drafts that do not overlap are tried in one file; those that fail there are tried once more
    without the others, in halves where it is the file as a whole that fails.
    """
    proof = _Proof(drafts, source)
    failed: dict[int, Doubt] = {}
    pending = sorted(drafts, key=lambda key: drafts[key][1].start)
    while pending:
        batch = _apart(pending, drafts)
        failed |= judge_in_halves(batch, proof.failures)
        done = set(batch)
        pending = [key for key in pending if key not in done]
    return failed


def prove_by_examples(body: Body) -> Doubt | None:
    """Return why a rule's own examples do not prove its fix; None when they do."""
    return _prove_by_examples(json.dumps(dict(body), sort_keys=True, default=str))


def fix_example(body: Body, code: str) -> ExampleFix:
    """Return what the fix of a rule, given as its YAML mapping, makes of a piece of code."""
    spec = fix_spec(body)
    if spec is None:
        return ExampleFix(code, "the rule has no fix")
    for _ in range(_MAX_PASSES):
        text, tree = decode_source(code.encode()), parse_shared(code.encode())
        if text is None or tree is None:
            return ExampleFix(code, "the example does not parse")
        drafts = [draft_fix(spec, match, text, tree) for match in find_matches(body, code)]
        ready = [draft for draft in drafts if draft.edits]
        if not ready:
            doubt = next((draft.doubt for draft in drafts if draft.doubt), None)
            return ExampleFix(code, doubt.sentence if doubt else "")
        keys = _apart(range(len(ready)), {n: (body, draft) for n, draft in enumerate(ready)})
        code = splice(text.text, _join(ready[key] for key in keys), 0, len(text.text))
    return ExampleFix(code, _STILL.sentence)


def same_lines(one: str, other: str) -> bool:
    """Tell whether two pieces of code have the same lines; blank ones do not count."""
    lines = ([line for line in code.splitlines() if line.strip()] for code in (one, other))
    return next(lines) == next(lines)


@lru_cache(maxsize=512)
def _prove_by_examples(body_json: str) -> Doubt | None:
    body = json.loads(body_json)
    pairs = fix_examples(body)
    if not pairs:
        return _NO_EXAMPLE
    for code, fixed in pairs:
        try:
            made = fix_example(body, code)
            if made.problem or not same_lines(made.code, fixed):
                return _OTHER_EXAMPLE
            if find_matches(body, fixed):
                return _FOUND_EXAMPLE
        except SourceError:
            return _NO_EXAMPLE_PARSES
        except RuleError:
            return _NOT_HERE
    return None


def _apart(keys: Iterable[int], drafts: Mapping[int, tuple[Body, Draft]]) -> list[int]:
    """Return the keys of drafts that do not overlap, earlier ones first."""
    chosen: list[int] = []
    taken: list[Span] = []
    for key in keys:
        edits = drafts[key][1].edits
        reach = (min(e.start for e in edits), max(e.end for e in edits))
        at = bisect_left(taken, reach)
        if not any(_touch(reach, other) for other in taken[max(at - 1, 0) : at + 1]):
            taken.insert(at, reach)
            chosen.append(key)
    return chosen


def _touch(one: Span, other: Span) -> bool:
    """Tell whether two drafts overlap, from the first edit of each to its last."""
    first, second = sorted((one, other))
    return first[0] == second[0] or first[1] > second[0]


def _join(drafts: Iterable[Draft]) -> list[Replacement]:
    """Return the replacements of several drafts, an import they share only once."""
    return list(dict.fromkeys(r for draft in drafts for r in draft.replacements))


class _Proof:
    """Tries drafts in the file; what their rules find in it before is worked out once."""

    def __init__(self, drafts: Mapping[int, tuple[Body, Draft]], source: SourceText) -> None:
        self._drafts = drafts
        self._source = source
        self._bytes = source.encode(source.text)
        self._before: dict[int, list[Span]] = {}

    def failures(self, keys: Sequence[int]) -> dict[int, Doubt]:
        """Return why drafts fail when all of these are applied; those that do not are left out."""
        drafts = [self._drafts[key][1] for key in keys]
        replacements = _join(drafts)
        try:
            fixed = self._source.encode(
                splice(self._source.text, replacements, 0, len(self._source.text))
            )
        except UnicodeEncodeError:
            return {}  # graded by the caller, with the encoding's name
        text = decode_source(fixed)
        if text is None or (not compiles(fixed) and parse_shared(fixed) is None):
            return dict.fromkeys(keys, _NO_PARSE)
        if not compiles(fixed) and compiles(self._bytes):
            return dict.fromkeys(keys, _NO_COMPILE)
        shift = _Shift(replacements)
        places = {key: _place_after(self._drafts[key][1], shift) for key in keys}
        bodies = {id(body): body for body, _ in map(self._drafts.__getitem__, keys)}
        after = _list_spans(list(bodies.values()), text, fixed, _list_lines(places.values(), text))
        found = dict(zip(bodies, after, strict=True))
        doubts = {key: self._doubt(key, found, places[key], shift) for key in keys}
        return {key: doubt for key, doubt in doubts.items() if doubt is not None}

    def _doubt(
        self, key: int, found: Mapping[int, list[Span] | None], place: Span, shift: _Shift
    ) -> Doubt | None:
        """Return why one draft fails, given where its rule matches in the fixed file."""
        body, draft = self._drafts[key]
        after = found[id(body)]
        if after is None:
            return _NOT_HERE
        start, end = place
        near = after[bisect_left(after, (start,)) : bisect_left(after, (end,))]
        inside = [span for span in near if span[1] <= end or span[0] == start]
        if not inside:
            return None
        nested = {
            (s[0] + shift.before(s[0]), s[1] + shift.before(s[1]))
            for s in self._spans_before(body)
            if s != (draft.start, draft.end)
        }
        return None if nested.issuperset(inside) else _STILL

    def _spans_before(self, body: Body) -> list[Span]:
        known = self._before.get(id(body))
        if known is None:
            (found,) = _list_spans([body], self._source, self._bytes, None)
            known = self._before[id(body)] = found or []
        return known


def _place_after(draft: Draft, shift: _Shift) -> Span:
    """Return where the code of a draft stands once all are applied."""
    own = _Shift(set(draft.edits))
    start = draft.start + shift.before(draft.start) - own.before(draft.start)
    return start, draft.end + shift.before(draft.end)


def _list_lines(places: Iterable[Span], text: SourceText) -> tuple[Span, ...]:
    lines = ((text.position(start)[0], text.position(end)[0]) for start, end in places)
    return tuple(sorted(lines))


def _list_spans(
    bodies: Sequence[Body], text: SourceText, source: bytes, lines: tuple[Span, ...] | None
) -> list[list[Span] | None]:
    """Return where rules match near the lines, as sorted offsets; None for one that cannot run."""
    found = find_together(bodies, source, lines)
    return [
        None if one is None else sorted(_list_offsets(match, text) for match in one)
        for one in found
    ]


def _list_offsets(match: Match, text: SourceText) -> Span:
    start = text.offset(match.start_line, match.start_col)
    return start, text.offset(match.end_line, match.end_col)


class _Shift:
    """How far replacements move what stands after them."""

    def __init__(self, replacements: Iterable[Replacement]) -> None:
        ordered = sorted(replacements, key=lambda r: r.end)
        self._ends = [r.end for r in ordered]
        self._sums = [0, *accumulate(len(r.text) - (r.end - r.start) for r in ordered)]

    def before(self, offset: int) -> int:
        """Return by how much the replacements that end at or before an offset move it."""
        return self._sums[bisect_right(self._ends, offset)]
