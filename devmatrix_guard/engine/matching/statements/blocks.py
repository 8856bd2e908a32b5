"""Match sequences of statements and bodies; `...` goes into nested blocks."""

from __future__ import annotations

from abc import abstractmethod

from devmatrix_guard.engine.matching.expressions.expressions import ExprMatcher
from devmatrix_guard.engine.matching.expressions.types import Env, Envs
from devmatrix_guard.engine.matching.statements.statement_search import DOTS, StatementSearch
from devmatrix_guard.engine.tree import locations as places
from devmatrix_guard.engine.tree.source import Source, Span
from devmatrix_guard.engine.tree.statements import Body, list_statements
from devmatrix_guard.lazy_typing import Any, Sequence

Node = Any
Pattern = tuple[Any, ...]
_Kept = tuple[Any, Body]


class BlockMatcher(ExprMatcher):
    """Matches lists of statements of one file under one rule's options."""

    def __init__(self, source: Source, options: dict[str, Any]) -> None:
        super().__init__(source, options)
        self._searches: dict[int, StatementSearch] = {}
        self._bodies: dict[int, _Kept] = {}

    def forget_answers(self) -> None:
        """Let go of what only one rule asks for again."""
        self._searches.clear()
        self._deep_answers.clear()

    @abstractmethod
    def stmt(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """Return every environment under which the pattern is the statement."""

    def sequence(
        self, patterns: Sequence[Pattern], body: Body, start: int, inside: bool
    ) -> list[tuple[Env, Span]]:
        """Match a sequence from one statement of a body on; what follows it does not matter.

        Returns each match's bindings and the span of its statements.
        """
        search = self._search(patterns, self.source)
        hits = search.hits(body, start, {}, inside=inside, less_is_ok=True)
        if not hits:
            return []
        first = places.locate_statement(self.source, body.nodes[start])
        return [(env, (*first[:2], *max(first[2:], end))) for env, end in hits]

    def _search(self, patterns: Sequence[Pattern], source: Source | None) -> StatementSearch:
        """Return the search for these patterns, which remembers what it found in a body."""
        found = self._searches.get(id(patterns))
        if found is None:
            found = self._searches[id(patterns)] = StatementSearch(
                patterns, source, self.stmt, self.bind, self.effort, self._scope_of
            )
        return found

    def _scope_of(self, node: Node) -> Any:
        return self.names.of(node)

    def _body(self, nodes: Sequence[Node]) -> Body:
        kept = self._bodies.get(id(nodes))
        if kept is None:
            kept = self._bodies[id(nodes)] = (
                nodes,
                Body(list_statements(nodes), has_lambdas=self.source.has_lambdas),
            )
        return kept[1]

    def block(self, pattern: Pattern, nodes: Sequence[Node], env: Env) -> Envs:
        """Match a body."""
        if pattern[0] != "block":
            value = ("s", nodes[0]) if len(nodes) == 1 else ("ss", tuple(nodes))
            return self.bind(pattern[1][1], value, env)
        patterns = pattern[1]
        if patterns == (DOTS,):
            return [env]
        body = self._body(nodes)
        if len(patterns) == 3 and patterns[0] == patterns[2] == DOTS != patterns[1]:
            self.effort.spend(len(body.everywhere))
            return [
                bound for node in body.everywhere for bound in self.stmt(patterns[1], node, env)
            ]
        hits = self._search(patterns, None).hits(body, 0, env, inside=False, less_is_ok=False)
        return [bound for bound, _ in hits]

    def then_block(self, envs: Envs, pattern: Pattern, nodes: Sequence[Node]) -> Envs:
        """Match a body under each of the environments."""
        return [after for e in envs for after in self.block(pattern, nodes, e)]
