"""Match with `symbolic_propagation`: a name is also what it was assigned.

As in Semgrep, a pattern as a whole is matched where it stands and only its parts are looked up, so
that `f(...)` is found once and not at every use of what it returned.
"""

from __future__ import annotations

import _ast

from devmatrix_guard.engine.matching.expressions.types import Env, Envs
from devmatrix_guard.engine.matching.statements.statements import Node, Pattern, StmtMatcher
from devmatrix_guard.engine.tree.symbols import Symbols

_MOST_LOOKUPS = 50  # within one another, as in Semgrep
# What a name is not looked up for: these match any code, constants, or go on by themselves.
_PLAIN = frozenset(("any", "lit", "enc", "typed"))


class SymbolicMatcher(StmtMatcher):
    """Matches patterns of one file where names stand for what they were assigned."""

    looks_up_names = True
    _depth = 0

    def expr(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """Return every environment under which the pattern is the code or what it stands for."""
        if pattern[0] == "deep":
            return self._match_deep(pattern, node, env)
        found = super().expr(pattern, node, env)
        symbol = None if pattern[0] in _PLAIN else self._find_symbol(node)
        if symbol is None or self._depth == _MOST_LOOKUPS:
            return found
        self.effort.try_once()
        self._depth += 1
        try:
            return found + self.expr(pattern, symbol, env)
        finally:
            self._depth -= 1

    def match_root(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """Match a pattern as a whole, at the code itself."""
        return (
            self.expr(pattern, node, env)
            if pattern[0] == "deep"
            else super().expr(pattern, node, env)
        )

    def _match_deep(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        found = super()._match_deep(pattern, node, env)
        symbol = self._find_symbol(node)
        if symbol is None or self._depth == _MOST_LOOKUPS:
            return found
        self._depth += 1
        try:
            return found + self._match_deep(pattern, symbol, env)
        finally:
            self._depth -= 1

    def list_parts(self, node: Node) -> list[Node]:
        """Return an expression and those in it that a statement's pattern also stands for."""
        found: list[Node] = []
        waiting, seen = [node], {id(node)}
        while waiting:
            for part in super().list_parts(waiting.pop()):
                self.effort.try_once()
                found.append(part)
                symbol = self._find_symbol(part)
                if symbol is not None and id(symbol) not in seen:
                    seen.add(id(symbol))
                    waiting.append(symbol)
        return found

    def _find_symbol(self, node: Node) -> Node | None:
        if node.__class__ is not _ast.Name:
            return None
        if self.source.symbols is None:
            self.source.symbols = Symbols(self.source)
        found: Node | None = self.source.symbols.find(node)
        return found
