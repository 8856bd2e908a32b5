"""The part of a file a proof has to look at: the statements its fixes touch or take code from.

Of the module's other statements, only those count that mention a name the fixes bring or take
away: what any other name in them means cannot change.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Sequence

from devmatrix_guard.engine.fixing.binding import BUILTINS, Change
from devmatrix_guard.engine.fixing.expected import TreeIndex, find_first_line, find_origin
from devmatrix_guard.engine.fixing.scopes import NAME_GIVERS, Analysis, ScopeWalk
from devmatrix_guard.engine.tree.source_text import SourceText, find_line_starts

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class PartialScan:
    """Reads what a proof needs of a tree: made before the tree is changed, asked afterwards."""

    def __init__(self, index: TreeIndex, source: SourceText) -> None:
        self._index = index
        self._source = source
        self._far = [node for node in index.body if not index.is_covered(node)]
        self._far_ids = set(map(id, self._far))
        self._before = ScopeWalk(index.tree)
        self._before.visit(node for node in index.body if id(node) not in self._far_ids)

    def compare_with(self, text: str) -> Callable[[ast.stmt, ast.stmt], bool]:
        """Return what tells whether a statement stands unchanged in the text after the fix."""
        starts = find_line_starts(text)

        def is_copied(old: ast.stmt, new: ast.stmt) -> bool:
            if id(old) not in self._far_ids or type(old) is not type(new):
                return False
            if (old.col_offset, old.end_col_offset) != (new.col_offset, new.end_col_offset):
                return False
            lines = _cut(self._source.text, self._source.starts, old)
            return lines == _cut(text, starts, new)

        return is_copied

    def analyse(self, changes: Sequence[Change]) -> tuple[Analysis, Analysis]:
        """Return the scopes and names before, and in the tree as the changes left it."""
        before, after = self._before, ScopeWalk(self._index.tree)
        after.visit(node for node in self._index.tree.body if id(node) not in self._far_ids)
        matched = frozenset().union(*(change.matched for change in changes))
        here = [o for o in before.occurrences if id(o.node) in matched]
        names = {o.name for o in here if o.binds or o.name in BUILTINS} | NAME_GIVERS
        names |= {o.name for o in after.occurrences if not self._is_own(o.node)}
        names.update(*((*change.needs, *change.added) for change in changes))
        copied = {id(find_origin(o.node)) for o in after.occurrences}
        named = {o.name for o in here if not o.binds and id(o.node) not in copied}
        concerned = self._find_concerned(names, named - names)
        self._index.cover(concerned)
        before.visit(concerned)
        after.visit(concerned)
        return before.analyse(), after.analyse()

    def _is_own(self, node: ast.AST) -> bool:
        """Tell whether a node is of the file, and not of a template."""
        return id(find_origin(node)) in self._index.ids

    def _find_concerned(self, names: Collection[str], named: Collection[str]) -> list[ast.stmt]:
        """Return the other statements that mention a name, or may import any.

        Args:
            names: what a fix brings or takes away.
            named: what a pattern names; only what binds it in the module matters.
        """
        mention = _compile_words(names)
        mention_at_top = _compile_words([*names, *named])
        is_plain = self._source.text.isascii()
        found: list[ast.stmt] = []
        for node in self._far:
            code = _cut(self._source.text, self._source.starts, node)
            # Other letters may spell a plain name: Python normalises them.
            is_hidden = not is_plain and not code.isascii()
            is_at_top = not isinstance(node, _DEFINITIONS) or "global" in code
            has_star = "*" in code and "import" in code and not isinstance(node, _DEFINITIONS)
            is_named = (mention_at_top if is_at_top else mention).search(code)
            # A definition binds its own name at the top.
            if is_hidden or has_star or is_named or getattr(node, "name", "") in named:
                found.append(node)
        return found


def _compile_words(names: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names)))})\b")


def _cut(text: str, starts: Sequence[int], node: ast.stmt) -> str:
    """Return the whole lines of a statement."""
    last = node.end_lineno or node.lineno
    return text[starts[find_first_line(node) - 1] : starts[last] if last < len(starts) else None]
