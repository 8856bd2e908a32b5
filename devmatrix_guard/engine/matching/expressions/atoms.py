"""Match what stands alone: names, literals, constants, strings and typed metavariables."""

from __future__ import annotations

import _ast
from abc import ABC, abstractmethod

from devmatrix_guard.engine.matching.expressions.bindings import Bindings
from devmatrix_guard.engine.matching.expressions.sequences import match_in_order
from devmatrix_guard.engine.matching.expressions.types import Env, Envs
from devmatrix_guard.engine.tree import literals
from devmatrix_guard.engine.tree.expressions import is_operation, read_operation
from devmatrix_guard.engine.tree.names import RECEIVERS, Dotted
from devmatrix_guard.engine.tree.source import Source
from devmatrix_guard.engine.tree.strings import Part
from devmatrix_guard.lazy_typing import Any, Sequence

Node = Any
Pattern = tuple[Any, ...]
_BUILTIN_TYPES = ("str", "int", "float", "bool")
_LOGICAL = frozenset(("not", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"))
_OF_INTEGERS = ("**", "//", "%")
_FOLDABLE = frozenset(
    (
        Part,
        _ast.Compare,
        _ast.Name,
        _ast.Constant,
        _ast.BinOp,
        _ast.BoolOp,
        _ast.UnaryOp,
        _ast.JoinedStr,
        _ast.IfExp,
    )
)


class ValueMatcher(Bindings, ABC):
    """Matches names, literals and strings of one file under one rule's options."""

    looks_up_names = False  # whether a name also stands for what it was assigned

    def __init__(self, source: Source, options: dict[str, Any]) -> None:
        super().__init__(source)
        self.options = options
        self._deep_answers: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    @abstractmethod
    def expr(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """Return every environment under which the pattern is the code."""

    def optional(self, pattern: Pattern | None, node: Node | None, env: Env) -> Envs:
        """Both absent, or both present and matching."""
        if pattern is None or node is None:
            return [env] if pattern is None and node is None else []
        return self.expr(pattern, node, env)

    def all(self, patterns: Sequence[Pattern], nodes: Sequence[Node], env: Env) -> Envs:
        """Match each pattern with the node at its place."""
        envs = [env]
        for pattern, node in zip(patterns, nodes, strict=True):
            envs = [after for e in envs for after in self.expr(pattern, node, e)]
        return envs

    # ---- names ----

    def _match_mv(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is _ast.Name and node.id not in RECEIVERS:
            return self.bind(pattern[1], ("id", node.id, node, True), env)
        return self.bind(pattern[1], ("e", node), env)

    def _match_any(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        return [env]

    def _name(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is _ast.Name:
            return [env] if node.id == pattern[1] else []
        if node.__class__ is Dotted:
            return [env] if node.names == (pattern[1],) else []
        return []

    def _match_self(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        return [env] if node.__class__ is _ast.Name and node.id == pattern[1] else []

    def canonical(self, node: Node) -> tuple[str, ...] | None:
        """Return the dotted name a name was imported as."""
        resolved = self.names.of(node)
        if resolved is None or resolved[0] not in ("entity", "module"):
            return None
        return resolved[2]

    def _match_through_wildcards(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        wanted = read_dotted_pattern(pattern)
        if wanted is None:
            return []
        for module in self.names.wildcards:
            if (*module, node.id) == wanted:
                return [env]
        return []

    # ---- literals ----

    def _match_lit(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        value = self.literal(node)
        if value is not None:
            return self._match_same_literal_pattern(pattern, value, node, env)
        if pattern[1] == "int" and is_operation(node, _ast.USub):
            negated = ("lit", "int", -pattern[2]) if isinstance(pattern[2], int) else pattern
            return self.expr(negated, node.operand, env)
        if not self.options.get("constant_propagation", True):
            return []
        value = self.constant(node)
        if value is None:
            return []
        if value[0] == "cst":
            return [env] if value[1] == "str" and pattern[1:] == ("str", "...") else []
        return self._match_same_literal_pattern(pattern, value, node, env)

    def _match_same_literal_pattern(
        self, pattern: Pattern, value: tuple[Any, ...], node: Node, env: Env
    ) -> Envs:
        kind, content = pattern[1], pattern[2]
        if kind == "regex":
            from devmatrix_guard.engine.regex import regex as regexes

            found = value[0] == "str" and regexes.search(content, value[1], self.effort)
            return [env] if found else []
        if kind != value[0]:
            return []
        if kind == "str":
            if content == "...":
                return [env]
            if is_metavariable(content):
                return self.bind(content, ("text", value[1], node), env)
        return [env] if content == value[1] else []

    def literal(self, node: Node) -> tuple[Any, ...] | None:
        """Return what a plain literal is as (kind, value); None for anything else."""
        if node.__class__ is Part:
            plain = node.kind == "text" or (node.kind == "piece" and not node.prefix)
            return ("str", node.raw) if plain else None
        if node.__class__ is not _ast.Constant:
            return None
        value = node.value
        if isinstance(value, bool):
            return ("bool", value)
        if value is None:
            return ("none", None)
        if isinstance(value, str):
            pieces = self.source.pieces(node)
            if len(pieces) != 1 or pieces[0][0]:
                return None
            return ("str", pieces[0][1])
        if isinstance(value, bytes) or value is Ellipsis:
            return None
        return (value.__class__.__name__, literals.number(value, self._match_written(node)))

    def _match_written(self, node: Node) -> str:
        return self.source.text(
            (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
        )

    def constant(self, node: Node) -> tuple[Any, ...] | None:
        """Return the constant an expression is known to be, as a literal or ("cst", kind)."""
        if node.__class__ not in _FOLDABLE:
            return None
        return self.constants.evaluator.value(node)

    def _match_enc(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is Part:
            pieces = [(node.prefix, node.raw)]
        elif node.__class__ is _ast.Constant and isinstance(node.value, str | bytes):
            pieces = self.source.pieces(node)
        else:
            return []
        if len(pieces) != 1 or pieces[0][0] != pattern[1]:
            return []
        content = ("lit", "str", pattern[2])
        return self._match_same_literal_pattern(content, ("str", pieces[0][1]), node, env)

    # ---- types ----

    def _match_typed(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if not self._has_type(pattern[2], node, env):
            return []
        return self._match_mv(pattern, node, env)

    def _has_type(self, wanted: Pattern, node: Node, env: Env) -> bool:
        """Whether the code's type is written, or plain from a literal, and is the wanted one."""
        name = wanted[1] if wanted[0] == "name" else ""
        if node.__class__ is _ast.Name:
            known = self.names.type_of(node)
            if known is None:
                return False
            if isinstance(known, str):
                return name == known
            return bool(self.expr(wanted, known, env))
        if node.__class__ is _ast.IfExp:
            return all(self._has_type(wanted, part, env) for part in (node.body, node.orelse))
        value = self.literal(node)
        if value is not None:
            return value[0] in _BUILTIN_TYPES and name == value[0]
        operation = read_operation(node)
        if operation is None:
            return False
        if operation[0] in _LOGICAL:
            return name == "bool"
        values = [self.literal(operand) for operand in operation[1]]
        are_integers = all(value is not None and value[0] == "int" for value in values)
        return operation[0] in _OF_INTEGERS and are_integers and name == "int"

    # ---- f-strings ----

    def _match_fstr(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        parts = self.fstring_parts(node)
        if parts is None:
            return []
        return match_in_order(
            pattern[1],
            parts,
            env,
            self._match_fstring_part,
            self.effort,
            dots=("lit", "str", "..."),
        )

    def _match_adjacent(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """Match literals side by side, for which Semgrep takes the parts of an f-string, too."""
        parts = self.fstring_parts(node)
        if parts is None:
            parts = self._list_literals(node)
        return (
            []
            if parts is None
            else match_in_order(
                pattern[1], parts, env, self._match_piece, self.effort, dots=("lit", "str", "...")
            )
        )

    def _list_literals(self, node: Node) -> list[Part] | None:
        """Return the literals that stand side by side, None for anything else."""
        is_text = node.__class__ is _ast.Constant and isinstance(node.value, str | bytes)
        if not is_text and node.__class__ is not _ast.JoinedStr:
            return None
        parts = self.source.string_parts(node)
        return parts if len(parts) > 1 else None

    def _match_piece(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """Match one of several literals; only one without a prefix stands for any prefix."""
        is_literal = node.__class__ is Part and node.kind in ("piece", "text")
        if pattern[:2] == ("lit", "str") and is_literal and not node.is_fstring:
            return self._match_same_literal_pattern(pattern, ("str", node.raw), node, env)
        return self._match_fstring_part(pattern, node, env)

    def fstring_parts(self, node: Node) -> list[Node] | None:
        """Return the parts of one f-string or of a field in one, None for anything else."""
        if node.__class__ is _ast.JoinedStr:
            pieces = self.source.string_parts(node)
            if len(pieces) != 1:
                return None
            node = pieces[0]
        if node.__class__ is not Part or not node.is_fstring:
            return None
        found: list[Node] = node.parts
        return found

    def _match_fstring_part(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node is None or (pattern[0] == "mv" and (self.literal(node) or ("",))[0] == "str"):
            return []
        return self.expr(pattern, node, env)


def is_metavariable(text: str) -> bool:
    """Whether a string literal's content is a metavariable and nothing else."""
    return text[:1] == "$" and text[1:].isidentifier() and text[1:].upper() == text[1:]


def read_dotted_pattern(pattern: Pattern) -> tuple[str, ...] | None:
    """Return a pattern's dotted name when it is nothing but one, without metavariables."""
    names: list[str] = []
    while pattern[0] == "attr":
        if pattern[2][0] == "$":
            return None
        names.append(pattern[2])
        pattern = pattern[1]
    if pattern[0] != "name":
        return None
    return (pattern[1], *reversed(names))
