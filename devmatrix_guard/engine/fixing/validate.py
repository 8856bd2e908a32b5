"""The proof of a fix: the file parses after it, its rule is silent there, the examples agree."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from devmatrix_guard.engine.fixing.draft import Body, Draft, draft_fix, fix_spec, fixed_examples
from devmatrix_guard.engine.fixing.region import (
    Replacement,
    compiles,
    parse_source,
    splice,
)
from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.engine.tree.source import SourceError
from devmatrix_guard.engine.tree.source_text import SourceText, decode_source
from devmatrix_guard.errors import RuleError

NO_EXAMPLE = "the rule has no example that proves its fix"
_NO_PARSE = "the fixed file would not parse"
_NO_COMPILE = "the fixed file would not compile"
_STILL = "the rule still finds the fixed code"
_NOT_HERE = "its rule runs in semgrep only, so the fix cannot be proven here"
_MAX_PASSES = 20
_MAX_ALONE = 50

Span = tuple[int, int]


class ExampleFix(NamedTuple):
    """What a rule's fix makes of an example; `problem` says why it cannot be made."""

    code: str
    problem: str = ""


def prove_together(drafts: Mapping[int, tuple[Body, Draft]], source: SourceText) -> dict[int, str]:
    """Return why drafts cannot be trusted, by their key; those that are proven are left out.

    Drafts that do not overlap are tried in one file; only those that fail there are tried alone.
    """
    failed: dict[int, str] = {}
    pending = sorted(drafts, key=lambda key: drafts[key][1].start)
    alone = 0
    while pending:
        batch = _apart(pending, drafts)
        suspects = _failures([drafts[key] for key in batch], source)
        for key, reason in zip(batch, suspects, strict=True):
            # Trying one alone costs the whole file, so of very many suspects the rest stay such.
            if reason and len(batch) > 1 and alone < _MAX_ALONE:
                alone += 1
                reason = _failures([drafts[key]], source)[0]
            if reason:
                failed[key] = reason
        done = set(batch)
        pending = [key for key in pending if key not in done]
    return failed


def prove_by_examples(body: Body) -> str:
    """Return why a rule's own examples do not prove its fix; empty when they do."""
    return _prove_by_examples(json.dumps(dict(body), sort_keys=True, default=str))


def fix_example(body: Body, code: str) -> ExampleFix:
    """Return what the fix of a rule, given as its YAML mapping, makes of a piece of code."""
    spec = fix_spec(body)
    if spec is None:
        return ExampleFix(code, "the rule has no fix")
    for _ in range(_MAX_PASSES):
        text, tree = decode_source(code.encode()), parse_source(code.encode())
        if text is None or tree is None:
            return ExampleFix(code, "the example does not parse")
        drafts = [draft_fix(spec, match, text, tree) for match in find_matches(body, code)]
        ready = [draft for draft in drafts if draft.edits]
        if not ready:
            problem = next((draft.problem for draft in drafts), "")
            return ExampleFix(code, problem)
        keys = _apart(range(len(ready)), {n: (body, draft) for n, draft in enumerate(ready)})
        code = splice(text.text, _joined(ready[key] for key in keys), 0, len(text.text))
    return ExampleFix(code, _STILL)


def same_lines(one: str, other: str) -> bool:
    """Tell whether two pieces of code have the same lines; blank ones do not count."""
    lines = ([line for line in code.splitlines() if line.strip()] for code in (one, other))
    return next(lines) == next(lines)


@lru_cache(maxsize=512)
def _prove_by_examples(body_json: str) -> str:
    body = json.loads(body_json)
    pairs = fixed_examples(body)
    if not pairs:
        return NO_EXAMPLE
    for code, fixed in pairs:
        try:
            made = fix_example(body, code)
            if made.problem or not same_lines(made.code, fixed):
                return "the fix does not do what the rule's own example says"
            if find_matches(body, fixed):
                return "the rule still finds its own fixed example"
        except SourceError:
            return "an example of the rule does not parse"
        except RuleError:
            return _NOT_HERE
    return ""


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


def _joined(drafts: Iterable[Draft]) -> list[Replacement]:
    """Return the replacements of several drafts, an import they share only once."""
    return list(dict.fromkeys(r for draft in drafts for r in draft.replacements))


def _failures(batch: Sequence[tuple[Body, Draft]], source: SourceText) -> list[str]:
    """Return for each draft why it fails when all are applied; empty where it does not."""
    replacements = _joined(draft for _, draft in batch)
    try:
        fixed = source.encode(splice(source.text, replacements, 0, len(source.text)))
    except UnicodeEncodeError:
        return [""] * len(batch)  # graded by the caller, with the encoding's name
    text = decode_source(fixed)
    if text is None or parse_source(fixed) is None:
        return [_NO_PARSE] * len(batch)
    if not compiles(fixed) and compiles(source.encode(source.text)):
        return [_NO_COMPILE] * len(batch)
    after: dict[int, list[Span] | None] = {}
    for body, _ in batch:
        if id(body) not in after:
            after[id(body)] = _spans(body, text, fixed)
    shift = _Shift(replacements)
    return [_still_there(body, draft, after[id(body)], shift, source) for body, draft in batch]


def _still_there(
    body: Body,
    draft: Draft,
    after: list[Span] | None,
    shift: _Shift,
    source: SourceText,
) -> str:
    """Return why one draft fails, given where its rule matches in the fixed file."""
    if after is None:
        return _NOT_HERE
    own = _Shift(set(draft.edits))
    start = draft.start + shift.before(draft.start) - own.before(draft.start)
    end = draft.end + shift.before(draft.end)
    near = after[bisect_left(after, (start,)) : bisect_left(after, (end,))]
    inside = [span for span in near if span[1] <= end or span[0] == start]
    if not inside:
        return ""
    before = _spans(body, source, source.encode(source.text)) or []
    nested = {
        (s[0] + shift.before(s[0]), s[1] + shift.before(s[1]))
        for s in before
        if s != (draft.start, draft.end)
    }
    return "" if nested.issuperset(inside) else _STILL


def _spans(body: Body, text: SourceText, source: bytes) -> list[Span] | None:
    """Return where a rule matches, as sorted offsets; None where it cannot run in process."""
    try:
        found = find_matches(body, source)
    except (RuleError, SourceError):
        return None
    return sorted(
        (text.offset(m.start_line, m.start_col), text.offset(m.end_line, m.end_col)) for m in found
    )


class _Shift:
    """How far replacements move what stands after them."""

    def __init__(self, replacements: Iterable[Replacement]) -> None:
        ordered = sorted(replacements, key=lambda r: r.end)
        self._ends = [r.end for r in ordered]
        self._sums = [0, *accumulate(len(r.text) - (r.end - r.start) for r in ordered)]

    def before(self, offset: int) -> int:
        """Return by how much the replacements that end at or before an offset move it."""
        return self._sums[bisect_right(self._ends, offset)]
