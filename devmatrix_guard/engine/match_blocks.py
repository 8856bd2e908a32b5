"""Match sequences of statements and bodies; `...` goes into nested blocks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from devmatrix_guard.engine import places
from devmatrix_guard.engine.match_expr import ExprMatcher
from devmatrix_guard.engine.sequences import Env, Envs
from devmatrix_guard.engine.statements import flattened, statements_of

Node = Any
Pattern = tuple[Any, ...]
DOTS: Pattern = ("expr", ("any",))
_MATCHED = ""  # the span of the statements matched so far, kept beside the metavariables


class BlockMatcher(ExprMatcher):
    """Matches lists of statements of one file under one rule's options."""

    @abstractmethod
    def stmt(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """Return every environment under which the pattern is the statement."""

    def sequence(self, patterns: Sequence[Pattern], nodes: Sequence[Node], inside: bool) -> Envs:
        """Match a sequence at the start of `nodes`; what follows the match does not matter.

        Each environment holds the span of the matched statements: see `matched_span`.
        """
        if not nodes:
            return []
        start = self._extend({}, nodes[0])
        return self._deep_statements(patterns, nodes, start, inside=inside, less_is_ok=True)

    def _extend(self, env: Env, node: Node) -> Env:
        span = places.statement(self.source, node)
        before = env.get(_MATCHED)
        if before is not None:
            first = min(before[:2], span[:2])
            last = max(before[2:], span[2:])
            span = (*first, *last)
        return {**env, _MATCHED: span}

    def _deep_statements(
        self,
        patterns: Sequence[Pattern],
        nodes: Sequence[Node],
        env: Env,
        *,
        inside: bool,
        less_is_ok: bool,
    ) -> Envs:
        if not patterns:
            return [env] if less_is_ok or not nodes else []
        head = patterns[0]
        if head == DOTS:
            if len(patterns) == 1 and (inside or not nodes):
                for node in nodes:
                    env = self._extend(env, node)
                return [env]
            if not nodes:
                return self._flat_statements(patterns, nodes, env)
            found = self._flat_statements(patterns, nodes, env)
            deeper = flattened(nodes)
            if deeper is not None:
                found = found + self._flat_statements(patterns, deeper, env)
            return found
        if head[0] == "many":
            return self._flat_statements(patterns, nodes, env)
        if not nodes:
            return []
        found = []
        for bound in self.stmt(head, nodes[0], env):
            found += self._deep_statements(
                patterns[1:], nodes[1:], self._extend(bound, nodes[0]),
                inside=inside, less_is_ok=less_is_ok,
            )  # fmt: skip
        return found

    def _flat_statements(
        self, patterns: Sequence[Pattern], nodes: Sequence[Node], env: Env, less_is_ok: bool = True
    ) -> Envs:
        if not patterns:
            return [env] if less_is_ok or not nodes else []
        head, rest = patterns[0], patterns[1:]
        found: Envs = []
        if head == DOTS:
            for start in range(len(nodes) + 1):
                if start:
                    env = self._extend(env, nodes[start - 1])
                found += self._flat_statements(rest, nodes[start:], env)
            return found
        if head[0] == "many":
            for stop in range(len(nodes) + 1):
                for bound in self.bind(head[1], ("ss", tuple(nodes[:stop])), env):
                    after = self._extend(bound, nodes[stop - 1]) if stop else bound
                    found += self._flat_statements(rest, nodes[stop:], after, False)
            return found
        if not nodes:
            return []
        for bound in self.stmt(head, nodes[0], env):
            found += self._flat_statements(rest, nodes[1:], self._extend(bound, nodes[0]))
        return found

    def block(self, pattern: Pattern, nodes: Sequence[Node], env: Env) -> Envs:
        """Match a body."""
        if pattern[0] != "block":
            value = ("s", nodes[0]) if len(nodes) == 1 else ("ss", tuple(nodes))
            return self.bind(pattern[1][1], value, env)
        nodes = statements_of(nodes)
        patterns = pattern[1]
        if patterns == (DOTS,):
            return [env]
        if len(patterns) == 3 and patterns[0] == patterns[2] == DOTS != patterns[1]:
            everywhere = flattened(nodes) or nodes
            return [bound for node in everywhere for bound in self.stmt(patterns[1], node, env)]
        return self._deep_statements(patterns, nodes, env, inside=False, less_is_ok=False)

    def then_block(self, envs: Envs, pattern: Pattern, nodes: Sequence[Node]) -> Envs:
        return [after for e in envs for after in self.block(pattern, nodes, e)]


def matched_span(env: Env) -> Any:
    """Return the span of the statements a sequence matched."""
    return env[_MATCHED]
