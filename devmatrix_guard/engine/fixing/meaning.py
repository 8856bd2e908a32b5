"""The proof that a fixed file means what its fixes say: the same tree, names and evaluation.

drafts -> the file's tree with each match replaced by its template -> the fixed text parsed and
compared with it -> names and order of evaluation compared with the file before
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from devmatrix_guard.engine.fixing.binding import Change, compare_names
from devmatrix_guard.engine.fixing.draft import Draft, MatchedCode
from devmatrix_guard.engine.fixing.evaluation import compare_evaluation
from devmatrix_guard.engine.fixing.expected import (
    Filled,
    TreeEdit,
    TreeIndex,
    UnknownPlaceError,
    fill_template,
    is_same_tree,
    replace_match,
)
from devmatrix_guard.engine.fixing.halves import judge_in_halves
from devmatrix_guard.engine.fixing.partial import PartialScan
from devmatrix_guard.engine.fixing.region import parse_shared, splice
from devmatrix_guard.engine.fixing.unmentioned import find_unmentioned
from devmatrix_guard.engine.tree.source_text import SourceText
from devmatrix_guard.model.finding import Doubt

_OTHER_MEANING = Doubt("meaning", "the fixed code would not mean what the fix says")
_TOO_DEEP = Doubt("meaning", "the code is nested too deeply for a proof")
_DOCUMENTED = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Unproven(NamedTuple):
    """Why a draft is not proven; `stands` says that the code can still be shown."""

    doubt: Doubt
    stands: bool = True


class _Prepared(NamedTuple):
    draft: Draft
    code: MatchedCode
    filled: Filled | None
    matched: tuple[ast.AST, ...]


def doubt_meaning(
    drafts: Mapping[int, Draft], source: SourceText, tree: ast.Module
) -> dict[int, Unproven]:
    """Return what is in doubt about drafts, by their key; those that are proven are left out."""
    try:
        return _Proof(source, tree).doubts(drafts)
    except RecursionError:
        return dict.fromkeys(drafts, Unproven(_TOO_DEEP))


class _Proof:
    def __init__(self, source: SourceText, tree: ast.Module) -> None:
        self._source = source
        self._tree = tree
        self._index = TreeIndex(tree, source)

    def doubts(self, drafts: Mapping[int, Draft]) -> dict[int, Unproven]:
        found: dict[int, Unproven] = {}
        ready: dict[int, _Prepared] = {}
        for key in sorted(drafts, key=lambda k: drafts[k].start):
            prepared = self._prepare(drafts[key])
            if isinstance(prepared, Unproven):
                found[key] = prepared
            else:
                ready[key] = prepared

        def judge(keys: Sequence[int]) -> dict[int, Unproven]:
            doubts = self._doubts([ready[key] for key in keys])
            return {keys[number]: doubt for number, doubt in doubts.items()}

        while ready:
            batch = _apart(ready)
            found |= judge_in_halves(batch, judge)
            for key in batch:
                del ready[key]
        return found

    def _prepare(self, draft: Draft) -> _Prepared | Unproven:
        code = draft.code
        if code is None:
            return Unproven(_OTHER_MEANING)
        try:
            filled = None
            if code.template.fill().strip():
                filled = fill_template(code.template, code.bindings, self._index, code.indent)
            with self._replaced([(code, filled)]) as (edit,):
                matched = tuple(edit.before)
                if _makes_docstring(edit):
                    return _doubt("meaning", "a string would become a docstring")
            if any(isinstance(node, ast.TryStar) for node in matched):
                return _doubt("meaning", "no pattern tells `except*` from `except`")
        except UnknownPlaceError as error:
            return _doubt("meaning", f"its effect cannot be proven: {error}")
        prepared = _Prepared(draft, code, filled, matched)
        slots = {id(node): node for name in code.bindings for node in self._bound(code, name)}
        after = filled.nodes if filled else ()
        problem = compare_evaluation(
            matched, after, slots, is_text=code.is_text
        ) or find_unmentioned(matched, after, slots, code.mentions, is_text=code.is_text)
        return _doubt("meaning", problem) if problem else prepared

    def _bound(self, code: MatchedCode, name: str) -> list[ast.expr]:
        """Return the expressions a metavariable bound inside of the match."""
        binding = code.bindings[name]
        if not binding.start_line or not name.startswith("$"):
            return []
        start, end = self._index.span_of(binding)
        if start < code.start or end > code.end:
            return []
        if name.startswith("$..."):
            end = start + len(binding.text.rstrip().removesuffix(",").rstrip())
            run = self._index.siblings(start, end) or []
            nodes = [getattr(p.node, "value", p.node) for p in run]
            return [n for n in nodes if isinstance(n, ast.expr)]
        place = self._index.expression(start, end)
        return [place.node] if place is not None and isinstance(place.node, ast.expr) else []

    @contextmanager
    def _replaced(
        self, changes: Sequence[tuple[MatchedCode, Filled | None]]
    ) -> Iterator[list[TreeEdit]]:
        """Replace matches in the tree, the last one first, and put everything back."""
        done: list[TreeEdit] = []
        try:
            for code, filled in sorted(changes, key=lambda c: -c[0].start):
                done.append(replace_match(self._index, code.start, code.end, filled))
            yield done
        finally:
            for edit in reversed(done):
                edit.undo()

    def _doubts(self, batch: Sequence[_Prepared]) -> dict[int, Unproven]:
        """Return what is in doubt when the fixes of a batch are all made, by their number in it."""
        replacements = list(dict.fromkeys(r for p in batch for r in p.draft.replacements))
        text = splice(self._source.text, replacements, 0, len(self._source.text))
        try:
            actual = parse_shared(self._source.encode(text))
        except UnicodeEncodeError:
            return {}  # graded by the caller, with the encoding's name
        added = [node for p in batch for node in p.code.added]
        scan = PartialScan(self._index, self._source)
        with self._replaced([(p.code, p.filled) for p in batch]):
            is_copied = scan.compare_with(text)
            if actual is None or not is_same_tree(self._tree, actual, added, is_copied):
                return dict.fromkeys(range(len(batch)), Unproven(_OTHER_MEANING, stands=False))
            changes = list(map(_change, batch))
            before, after = scan.analyse(changes)
            problems = compare_names(before, after, self._index, changes)
        for number, prepared in enumerate(batch):
            problems[number] = problems.get(number) or self._late_import(prepared)
        return {number: _doubt("names", problem) for number, problem in problems.items() if problem}

    def _late_import(self, prepared: _Prepared) -> str:
        """Return why an added import would not be made before the fixed code runs."""
        first = next(
            (
                self._source.offset(min(_list_lines(node)), 1)
                for node in self._tree.body
                if self._source.offset((node.end_lineno or 0) + 1, 1) > prepared.code.start
            ),
            0,
        )
        if any(r.start > first for r in prepared.draft.imports):
            return "an import it needs would stand below its use"
        return ""


def _makes_docstring(edit: TreeEdit) -> bool:
    """Tell whether a string may become a docstring once nothing but fixed code stands above it."""
    if edit.after or edit.at is None or not isinstance(edit.parent, _DOCUMENTED):
        return False
    body: list[ast.AST] = getattr(edit.parent, edit.field)
    first, following = body[:1], body[edit.at : edit.at + 1]
    return any(map(_is_string, following)) and (edit.at == 0 or not any(map(_is_string, first)))


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(getattr(node.value, "value", None), str)


def _doubt(code: str, sentence: str) -> Unproven:
    return Unproven(Doubt(code, sentence))


def _change(prepared: _Prepared) -> Change:
    ids = {id(inner) for node in prepared.matched for inner in ast.walk(node)}
    line = min((_find_first_line(node) for node in prepared.matched), default=0)
    code = prepared.code
    added = frozenset(
        alias.asname or alias.name.partition(".")[0]
        for node in code.added
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    )
    filled = prepared.filled.nodes if prepared.filled else ()
    own = {id(inner) for node in filled for inner in ast.walk(node)}
    return Change(
        frozenset(ids), line, code.needs, added, code.is_text, frozenset(own), code.mentions
    )


def _find_first_line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def _list_lines(node: ast.stmt) -> list[int]:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return [node.lineno, *(d.lineno for d in decorators)]


def _apart(ready: Mapping[int, _Prepared]) -> list[int]:
    """Return the keys of drafts whose matches do not overlap, in the order of the file."""
    chosen: list[int] = []
    end = -1
    for key, prepared in ready.items():
        if prepared.code.start >= end:
            chosen.append(key)
            end = prepared.code.end
    return chosen
