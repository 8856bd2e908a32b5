"""Match compiled expression patterns against CPython's tree, by Semgrep's rules.

The equivalences are Semgrep's: keyword arguments in any order, aliases seen through, constants
propagated, `and`, `or`, `|`, `&` and `^` as flat lists, unpacked tuples assigned item by item.
"""

from __future__ import annotations

import _ast
from collections.abc import Callable, Sequence
from typing import Any

from devmatrix_guard.engine import literals, regexes
from devmatrix_guard.engine.bindings import Bindings, Dotted
from devmatrix_guard.engine.sequences import Env, Envs, in_any_order, in_order
from devmatrix_guard.engine.source import Source
from devmatrix_guard.engine.strings import Part

Node = Any
Pattern = tuple[Any, ...]
_ANY: Pattern = ("any",)
_ASSOCIATIVE = frozenset(("or", "and", "|", "&", "^"))
_COMMUTATIVE = frozenset(("|", "&", "^"))
_SYMMETRIC = frozenset(("==", "!="))
_MAX_AC_LEFT = 3
_BUILTIN_TYPES = ("str", "int", "float", "bool")
_LOGICAL = frozenset(
    ("not", "and", "or", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not")
)

OPERATOR_OF = {
    _ast.Add: "+", _ast.Sub: "-", _ast.Mult: "*", _ast.Div: "/", _ast.Mod: "%", _ast.Pow: "**",
    _ast.FloorDiv: "//", _ast.LShift: "<<", _ast.RShift: ">>", _ast.BitOr: "|", _ast.BitXor: "^",
    _ast.BitAnd: "&", _ast.MatMult: "@", _ast.Invert: "~", _ast.Not: "not", _ast.UAdd: "+",
    _ast.USub: "-", _ast.And: "and", _ast.Or: "or", _ast.Eq: "==", _ast.NotEq: "!=", _ast.Lt: "<",
    _ast.LtE: "<=", _ast.Gt: ">", _ast.GtE: ">=", _ast.Is: "is", _ast.IsNot: "is not",
    _ast.In: "in", _ast.NotIn: "not in",
}  # fmt: skip


class ExprMatcher(Bindings):
    """Matches expressions of one file under one rule's options."""

    def __init__(self, source: Source, options: dict[str, Any]) -> None:
        super().__init__(source)
        self.options = options

    # ---- entry ----

    def expr(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """Return every environment under which the pattern is the code."""
        if node.__class__ is _ast.Name and pattern[0] not in ("mv", "any"):
            return self._expr_vs_name(pattern, node, env)
        return _EXPR[pattern[0]](self, pattern, node, env)

    def _expr_vs_name(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        found = _EXPR[pattern[0]](self, pattern, node, env)
        if pattern[0] not in ("name", "attr", "deep", "typed"):
            return found
        dotted = self.canonical(node)
        if dotted is not None:
            if pattern[0] in ("name", "attr"):
                found = found + _EXPR[pattern[0]](self, pattern, Dotted(dotted, node), env)
        elif pattern[0] == "attr" and not found:
            found = self._through_wildcards(pattern, node, env)
        return found

    def canonical(self, node: Node) -> tuple[str, ...] | None:
        """Return the dotted name a name was imported as."""
        resolved = self.names.of(node)
        if resolved is None or resolved[0] not in ("entity", "module"):
            return None
        return resolved[2]

    def _through_wildcards(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        wanted = dotted_pattern(pattern)
        if wanted is None:
            return []
        for module in self.names.wildcards:
            if (*module, node.id) == wanted:
                return [env]
        return []

    # ---- leaves ----

    def _mv(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is _ast.Name and node.id != "self":
            return self.bind(pattern[1], ("id", node.id, node, True), env)
        return self.bind(pattern[1], ("e", node), env)

    def _any(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        return [env]

    def _deep(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        found = self.expr(pattern[1], node, env)
        for child in subexpressions(node):
            found = found + self._deep(pattern, child, env)
        return found

    def _name(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is _ast.Name:
            return [env] if node.id == pattern[1] else []
        if node.__class__ is Dotted:
            return [env] if node.names == (pattern[1],) else []
        return []

    def _self(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        return [env] if node.__class__ is _ast.Name and node.id == "self" else []

    def _lit(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        value = self.literal(node)
        if value is not None:
            return self._same_literal_pattern(pattern, value, node, env)
        if pattern[1] == "int" and _is_operation(node, _ast.USub):
            negated = ("lit", "int", -pattern[2]) if isinstance(pattern[2], int) else pattern
            return self.expr(negated, node.operand, env)
        if not self.options.get("constant_propagation", True):
            return []
        value = self.constant(node)
        if value is None:
            return []
        if value[0] == "cst":
            return [env] if value[1] == "str" and pattern[1:] == ("str", "...") else []
        return self._same_literal_pattern(pattern, value, node, env)

    def _same_literal_pattern(
        self, pattern: Pattern, value: tuple[Any, ...], node: Node, env: Env
    ) -> Envs:
        kind, content = pattern[1], pattern[2]
        if kind == "regex":
            found = value[0] == "str" and regexes.search(content, value[1]) is not None
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
        return (value.__class__.__name__, literals.number(value, self._written(node)))

    def _written(self, node: Node) -> str:
        return self.source.text(
            (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
        )

    def constant(self, node: Node) -> tuple[Any, ...] | None:
        """Return the constant an expression is known to be, as a literal or ("cst", kind)."""
        if node.__class__ not in _FOLDABLE:
            return None
        return self.source.constants.evaluator.value(node)

    def _enc(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Constant or not isinstance(node.value, str | bytes):
            return []
        pieces = self.source.pieces(node)
        if len(pieces) != 1 or pieces[0][0] != pattern[1]:
            return []
        content = ("lit", "str", pattern[2])
        return self._same_literal_pattern(content, ("str", pieces[0][1]), node, env)

    def _typed(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if not self._has_type(pattern[2], node, env):
            return []
        return self._mv(pattern, node, env)

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
        value = self.literal(node)
        if value is not None:
            return value[0] in _BUILTIN_TYPES and name == value[0]
        operation = operation_of(node)
        return operation is not None and operation[0] in _LOGICAL and name == "bool"

    # ---- access and calls ----

    def _attr(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        field, base = pattern[2], pattern[1]
        if node.__class__ is Dotted:
            return self._attr_vs_dotted(pattern, node, env)
        if node.__class__ is not _ast.Attribute:
            return []
        if field[0] != "$" and field != node.attr:
            return []
        found = self.expr(base, node.value, env)
        if base[0] == "chain":
            found = found + self.expr(base[1], node.value, env)
        if field[0] != "$":
            return found
        value = ("id", node.attr, node, True)
        return [bound for e in found for bound in self.bind(field, value, e)]

    def _attr_vs_dotted(self, pattern: Pattern, node: Dotted, env: Env) -> Envs:
        if len(node.names) < 2:
            return []
        rest = Dotted(node.names[:-1], node.node)
        found = self.expr(pattern[1], rest, env)
        if pattern[2][0] == "$":
            value = ("id", node.names[-1], node.node, False)
            return [bound for e in found for bound in self.bind(pattern[2], value, e)]
        return found if pattern[2] == node.names[-1] else []

    def _chain(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """`$X. ...`: any number of attributes and method calls on what comes before."""
        if node.__class__ is not _ast.Attribute and not (
            node.__class__ is _ast.Call and node.func.__class__ is _ast.Attribute
        ):
            return []
        found: Envs = []
        current: Node = node
        while True:
            found = found + self.expr(pattern[1], current, env)
            if current.__class__ is _ast.Call and current.func.__class__ is _ast.Attribute:
                current = current.func.value
            elif current.__class__ is _ast.Attribute:
                current = current.value
            else:
                return found

    def _call(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Call:
            return []
        found: Envs = []
        for bound in self.expr(pattern[1], node.func, env):
            found += self.arguments(pattern[2], arguments_of(node), bound)
        return found

    def arguments(self, patterns: Sequence[Pattern], nodes: Sequence[Node], env: Env) -> Envs:
        """Match arguments: positional ones in order, keywords wherever they stand."""
        if not patterns:
            return [] if nodes else [env]
        head, rest = patterns[0], patterns[1:]
        if head == ("dots",):
            if not rest:
                return [env]
            found: Envs = []
            for start in range(len(nodes) + 1):
                found += self.arguments(rest, nodes[start:], env)
            return found
        if head[0] == "many":
            found = []
            for stop in range(len(nodes) + 1):
                for bound in self.bind(head[1], ("args", tuple(nodes[:stop])), env):
                    found += self.arguments(rest, nodes[stop:], bound)
            return found
        if head[0] == "kw":
            return self._keyword(head, rest, nodes, env)
        if not nodes or is_keyword(nodes[0]):
            return []
        found = []
        for bound in self.expr(head[1], nodes[0], env):
            found += self.arguments(rest, nodes[1:], bound)
        return found

    def _keyword(
        self, head: Pattern, rest: Sequence[Pattern], nodes: Sequence[Node], env: Env
    ) -> Envs:
        found: Envs = []
        for index, node in enumerate(nodes):
            if not is_keyword(node) or (head[1][0] != "$" and head[1] != node.arg):
                continue
            left = [*nodes[:index], *nodes[index + 1 :]]
            named = [env]
            if head[1][0] == "$":
                named = self.bind(head[1], ("id", node.arg, node, False), env)
            for bound in named:
                for after in self.expr(head[2], node.value, bound):
                    found += self.arguments(rest, left, after)
            if head[1][0] != "$":
                break
        return found

    def _star(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is _ast.Starred:
            return self.expr(pattern[1], node.value, env)
        return []

    def _dstar(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is _ast.keyword and node.arg is None:
            return self.expr(pattern[1], node.value, env)
        return []

    def _index(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Subscript or node.slice.__class__ is _ast.Slice:
            return []
        found: Envs = []
        for bound in self.expr(pattern[1], node.value, env):
            found += self.expr(pattern[2], node.slice, bound)
        return found

    def _slice(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Subscript or node.slice.__class__ is not _ast.Slice:
            return []
        envs = self.expr(pattern[1], node.value, env)
        bounds = (node.slice.lower, node.slice.upper, node.slice.step)
        for wanted, bound in zip(pattern[2], bounds, strict=True):
            envs = [after for e in envs for after in self.optional(wanted, bound, e)]
        return envs

    def optional(self, pattern: Pattern | None, node: Node | None, env: Env) -> Envs:
        """Both absent, or both present and matching."""
        if pattern is None or node is None:
            return [env] if pattern is None and node is None else []
        return self.expr(pattern, node, env)

    # ---- collections ----

    def _list(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if pattern[1] == (_ANY,) and self._comprehension_kind(node) == "list":
            return [env]
        if node.__class__ is not _ast.List:
            return []
        return in_order(pattern[1], node.elts, env, self.expr, dots=_ANY)

    def _tuple(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is _ast.GeneratorExp and pattern[1] == (_ANY,):
            return [env] if self._comprehension_kind(node) == "tuple" else []
        if node.__class__ not in (_ast.Tuple, DictItem):
            return []
        return in_order(pattern[1], node.elts, env, self.expr, dots=_ANY)

    def _set(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is _ast.Dict and None in node.keys:
            return self._unordered(pattern[1], dict_items(node), env)
        if node.__class__ is not _ast.Set:
            return []
        return self._unordered(pattern[1], node.elts, env)

    def _dict(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if pattern[1] == (_ANY,):
            kinds = (_ast.Dict, _ast.Set, _ast.DictComp, _ast.SetComp)
            return [env] if node.__class__ in kinds else []
        if node.__class__ is not _ast.Dict or None in node.keys:
            return []  # Semgrep takes a dictionary that unpacks another one for a set
        return self._unordered(pattern[1], dict_items(node), env)

    def _unordered(self, patterns: Sequence[Pattern], nodes: Sequence[Node], env: Env) -> Envs:
        wanted = [pattern for pattern in patterns if pattern != _ANY]
        less_is_ok = len(wanted) < len(patterns)
        return in_any_order(wanted, nodes, env, self.expr, less_is_ok=less_is_ok)

    def _comp(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if self._comprehension_kind(node) != pattern[1]:
            return []
        clauses = [
            part
            for g in node.generators
            for part in (("for", g.target, g.iter), *(("if", test) for test in g.ifs))
        ]
        if len(clauses) != len(pattern[3]):
            return []
        element = DictItem(node.key, node.value) if node.__class__ is _ast.DictComp else node.elt
        envs = self.expr(pattern[2], element, env)
        for wanted, clause in zip(pattern[3], clauses, strict=True):
            if wanted[0] != clause[0]:
                return []
            if wanted[0] == "for":
                envs = [after for e in envs for after in self.target(wanted[1], clause[1], e)]
            envs = [after for e in envs for after in self.expr(wanted[-1], clause[-1], e)]
        return envs

    def _comprehension_kind(self, node: Node) -> str | None:
        if node.__class__ is _ast.GeneratorExp:
            return "list" if getattr(node, "bare", False) else "tuple"
        return _COMPREHENSIONS.get(node.__class__)

    def target(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """A loop or `as` target."""
        if pattern[0] in ("pattuple", "patlist"):
            kind = _ast.Tuple if pattern[0] == "pattuple" else _ast.List
            if node.__class__ is not kind:
                return []
            return in_order(pattern[1], node.elts, env, self.target, dots=None)
        if pattern[0] == "mv":
            return self._mv(pattern, node, env)
        if pattern == _ANY:
            return [env]
        if pattern[0] == "name":
            return [env] if node.__class__ is _ast.Name and node.id == pattern[1] else []
        if node.__class__ in (_ast.Name, _ast.Tuple, _ast.List):
            return []
        return self.expr(pattern, node, env)

    # ---- operators ----

    def _op(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        operator, operands = pattern[1], pattern[2]
        if operator == "-" and len(operands) == 1:
            value = self.literal(node)
            if value is not None and value[0] == "int" and isinstance(value[1], int):
                return self._negated(operands[0], node, env)
        found = operation_of(node)
        if found is None or found[0] != operator:
            return []
        nodes = found[1]
        if len(operands) == 2 and operands[1] == _ANY and operator not in _ASSOCIATIVE:
            if len(nodes) != 2:
                return []
            return self.expr(operands[0], nodes[0], env) or self._op(pattern, nodes[0], env)
        if operator in _ASSOCIATIVE and self.options.get("ac_matching", True):
            return self._associative(operator, operands, node, env)
        envs = self._operands(operands, nodes, env)
        if operator in _SYMMETRIC and self.options.get("symmetric_eq", False) and len(nodes) == 2:
            envs = envs + self._operands(operands, nodes[::-1], env)
        return envs

    def _negated(self, operand: Pattern, node: Node, env: Env) -> Envs:
        negated = _ast.Constant(value=-node.value, kind=None)
        _ast_copy(node, negated)
        return self.expr(operand, negated, env)

    def _operands(self, patterns: Sequence[Pattern], nodes: Sequence[Node], env: Env) -> Envs:
        wrapped = [("dots",) if pattern == _ANY else ("pos", pattern) for pattern in patterns]
        return self.arguments(wrapped, nodes, env)

    def _associative(
        self, operator: str, operands: Sequence[Pattern], node: Node, env: Env
    ) -> Envs:
        patterns = flat_patterns(operator, operands)
        nodes = flat_operands(operator, node)
        commutative = operator in _COMMUTATIVE or (
            operator in ("and", "or") and self.options.get("commutative_boolop", False)
        )
        if commutative:
            return self._any_order(operator, patterns, nodes, env)
        return self._in_order(operator, patterns, nodes, env)

    def _in_order(
        self, operator: str, patterns: Sequence[Pattern], nodes: Sequence[Node], env: Env
    ) -> Envs:
        if not patterns:
            return [] if nodes else [env]
        head, rest = patterns[0], patterns[1:]
        found: Envs = []
        if head == _ANY:
            for start in range(len(nodes) + 1):
                found += self._in_order(operator, rest, nodes[start:], env)
        elif head[0] == "mv":
            for stop in range(1, len(nodes) + 1):
                for bound in self.expr(head, joined(operator, nodes[:stop]), env):
                    found += self._in_order(operator, rest, nodes[stop:], bound)
        elif nodes:
            for bound in self.expr(head, nodes[0], env):
                found += self._in_order(operator, rest, nodes[1:], bound)
        return found

    def _any_order(
        self, operator: str, patterns: Sequence[Pattern], nodes: Sequence[Node], env: Env
    ) -> Envs:
        variables = [p for p in patterns if p == _ANY or p[0] == "mv"]
        fixed = [p for p in patterns if p not in variables]
        while variables and variables[-1] == _ANY:
            variables.pop()
        found: Envs = []
        for left, bound in self._one_to_one(fixed, list(nodes), env):
            found += self._spread(operator, variables, left, bound)
        return found

    def _one_to_one(
        self, patterns: list[Pattern], nodes: list[Node], env: Env
    ) -> list[tuple[list[Node], Env]]:
        if not patterns:
            return [(nodes, env)]
        found = []
        for index, node in enumerate(nodes):
            left = nodes[:index] + nodes[index + 1 :]
            for bound in self.expr(patterns[0], node, env):
                found += self._one_to_one(patterns[1:], left, bound)
        return found

    def _spread(self, operator: str, variables: list[Pattern], nodes: list[Node], env: Env) -> Envs:
        """Give each variable a part of what is left; some may stay over."""
        if not variables:
            return [env]
        if len(nodes) > _MAX_AC_LEFT:
            wrapped = [("dots",) if v == _ANY else ("pos", v) for v in variables]
            return self.arguments([*wrapped, ("dots",)], nodes, env)
        found: Envs = []
        for mask in range(1 << len(nodes)):
            chosen = [n for i, n in enumerate(nodes) if mask >> i & 1]
            left = [n for i, n in enumerate(nodes) if not mask >> i & 1]
            if not chosen:
                bounds = [env] if variables[0] == _ANY else []
            else:
                bounds = self.expr(variables[0], joined(operator, chosen), env)
            for bound in bounds:
                found += self._spread(operator, variables[1:], left, bound)
        return found

    # ---- the rest ----

    def _cond(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.IfExp:
            return []
        return self.all(pattern[1:], (node.test, node.body, node.orelse), env)

    def all(self, patterns: Sequence[Pattern], nodes: Sequence[Node], env: Env) -> Envs:
        """Match each pattern with the node at its place."""
        envs = [env]
        for pattern, node in zip(patterns, nodes, strict=True):
            envs = [after for e in envs for after in self.expr(pattern, node, e)]
        return envs

    def _assign(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        parts = assignment_of(node)
        if parts is None:
            return []
        target, value = parts
        found = self.all(pattern[1:], parts, env)
        if target.__class__ is value.__class__ is _ast.Tuple and len(target.elts) == len(
            value.elts
        ):
            for one, other in zip(target.elts, value.elts, strict=True):
                found = found + self._assign(pattern, Assignment(one, other), env)
        return found

    def _aug(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.AugAssign or OPERATOR_OF[node.op.__class__] != pattern[1]:
            return []
        return self.all(pattern[2:], (node.target, node.value), env)

    def _lambda(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Lambda:
            return []
        found: Envs = []
        for bound in self.parameters(pattern[1], node.args, env):
            found += self.expr(pattern[2], node.body, bound)
        return found

    def _yield(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Yield:
            return []
        return self.optional(pattern[1], node.value, env)

    def _yieldfrom(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.YieldFrom:
            return []
        return self.expr(pattern[1], node.value, env)

    def _await(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        return self.expr(pattern[1], node.value, env) if node.__class__ is _ast.Await else []

    def _fstr(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        parts = self.fstring_parts(node)
        if parts is None:
            return []
        return in_order(
            pattern[1], parts, env, self._fstring_part,
            dots=("text", "..."), bind_many=self._bind_text,
        )  # fmt: skip

    def _bind_text(self, variable: str, parts: Sequence[Node], env: Env) -> Envs:
        return self.bind(variable, ("args", tuple(parts)), env)

    def fstring_parts(self, node: Node) -> list[Part] | None:
        """Return the parts of one f-string, None for anything else."""
        if node.__class__ is _ast.JoinedStr:
            pieces = self.source.string_parts(node)
            if len(pieces) != 1:
                return None
            node = pieces[0]
        if node.__class__ is not Part or node.kind != "piece" or "f" not in node.prefix:
            return None
        found: list[Part] = node.parts
        return found

    def _fstring_part(self, pattern: Pattern, node: Part, env: Env) -> Envs:
        if node.kind == "text":
            return [env] if pattern == ("text", node.raw) else []
        if pattern[0] in ("text", "manytext") or node.value is None:
            return []
        return self.expr(pattern, node.value, env)

    # ---- parameters ----

    def parameters(self, patterns: Sequence[Pattern], node: Node, env: Env) -> Envs:
        """Match parameters in order; a pattern says no more than it needs to."""
        return in_order(
            patterns, parameters_of(node), env, self._parameter, bind_many=self._bind_parameters
        )

    def _bind_parameters(self, variable: str, nodes: Sequence[Node], env: Env) -> Envs:
        return self.bind(variable, ("params", tuple(n.arg for n in nodes if n.arg)), env)

    def _parameter(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        kind = pattern[0]
        if kind in ("slash", "lonestar"):
            return [env] if node.kind == kind else []
        if kind == "param" and node.kind in ("slash", "lonestar"):
            plain = pattern[1][0] == "$" and pattern[2] is None and pattern[3] is None
            return [env] if plain else []
        if kind != node.kind:
            return []
        name = pattern[1]
        if name[0] == "$":
            envs = self.bind(name, ("id", node.arg.arg, node.arg, True), env)
        else:
            envs = [env] if name == node.arg.arg else []
        for wanted, found in ((pattern[2], node.default), (pattern[3], node.arg.annotation)):
            if wanted is not None:
                envs = [] if found is None else [
                    after for e in envs for after in self.expr(wanted, found, e)
                ]  # fmt: skip
        return envs


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


class Parameter:
    """One parameter with its default; `kind` is param, rest, kwrest, slash or lonestar."""

    __slots__ = ("arg", "default", "kind")

    def __init__(self, kind: str, arg: Node, default: Node) -> None:
        self.kind = kind
        self.arg = arg
        self.default = default


class Assignment:
    """A target and a value where the tree has no node for the two."""

    __slots__ = ("target", "value")

    def __init__(self, target: Node, value: Node) -> None:
        self.target = target
        self.value = value


class DictItem:
    """A key and its value, which Semgrep sees as a tuple."""

    __slots__ = ("col_offset", "elts", "end_col_offset", "end_lineno", "lineno")

    def __init__(self, key: Node, value: Node) -> None:
        self.elts = [key, value]
        self.lineno, self.col_offset = key.lineno, key.col_offset
        self.end_lineno, self.end_col_offset = value.end_lineno, value.end_col_offset


def is_metavariable(text: str) -> bool:
    """Whether a string literal's content is a metavariable and nothing else."""
    return text[:1] == "$" and text[1:].isidentifier() and text[1:].upper() == text[1:]


def is_keyword(node: Node) -> bool:
    """Whether an argument is `name=value`."""
    return node.__class__ is _ast.keyword and node.arg is not None


def arguments_of(node: Node) -> list[Node]:
    """Return a call's arguments in the order they are written."""
    args = node.args
    if not node.keywords:
        return list(args)
    together = [*args, *node.keywords]
    if args and args[-1].__class__ is _ast.Starred:
        together.sort(key=lambda item: (item.lineno, item.col_offset))
    return together


def mark_bare_generator(call: Node) -> None:
    """Note a generator that shares the call's brackets: Semgrep takes it for a list."""
    if len(call.args) == 1 and not call.keywords and call.args[0].__class__ is _ast.GeneratorExp:
        generator = call.args[0]
        end = (call.end_lineno, call.end_col_offset)
        if (generator.end_lineno, generator.end_col_offset) == end:
            vars(generator)["bare"] = True


def dict_items(node: Node) -> list[Node]:
    """Return a dictionary's items as Semgrep sees them: tuples, and spreads."""
    return [
        _ast_star(value) if key is None else DictItem(key, value)
        for key, value in zip(node.keys, node.values, strict=True)
    ]


def _ast_star(value: Node) -> Node:
    star = _ast.Starred(value=value, ctx=_LOAD)
    return _ast_copy(value, star)


def _ast_copy(old: Node, new: Node) -> Node:
    new.lineno, new.col_offset = old.lineno, old.col_offset
    new.end_lineno, new.end_col_offset = old.end_lineno, old.end_col_offset
    return new


_LOAD = _ast.Load()


def _is_operation(node: Node, operator: Callable[..., Any]) -> bool:
    return node.__class__ is _ast.UnaryOp and node.op.__class__ is operator


def operation_of(node: Node) -> tuple[str, list[Node]] | None:
    """Return an operation as (operator, operands)."""
    kind = node.__class__
    if kind is _ast.BinOp:
        return OPERATOR_OF[node.op.__class__], [node.left, node.right]
    if kind is _ast.BoolOp:
        return OPERATOR_OF[node.op.__class__], node.values
    if kind is _ast.UnaryOp:
        return OPERATOR_OF[node.op.__class__], [node.operand]
    if kind is _ast.Compare and len(node.ops) == 1:
        return OPERATOR_OF[node.ops[0].__class__], [node.left, node.comparators[0]]
    return None


def flat_patterns(operator: str, operands: Sequence[Pattern]) -> list[Pattern]:
    """Flatten nested operands of the same associative operator."""
    flat: list[Pattern] = []
    for operand in operands:
        if operand[0] == "op" and operand[1] == operator:
            flat += flat_patterns(operator, operand[2])
        else:
            flat.append(operand)
    return flat


def flat_operands(operator: str, node: Node) -> list[Node]:
    """Flatten nested operands of the same associative operator in the code."""
    found = operation_of(node)
    if found is None or found[0] != operator:
        return [node]
    return [leaf for operand in found[1] for leaf in flat_operands(operator, operand)]


def joined(operator: str, nodes: Sequence[Node]) -> Node:
    """Return several operands as one operation again."""
    if len(nodes) == 1:
        return nodes[0]
    new = _operation(operator, nodes)
    first = min(nodes, key=lambda n: (n.lineno, n.col_offset))
    last = max(nodes, key=lambda n: (n.end_lineno, n.end_col_offset))
    new.lineno, new.col_offset = first.lineno, first.col_offset
    new.end_lineno, new.end_col_offset = last.end_lineno, last.end_col_offset
    return new


def _operation(operator: str, nodes: Sequence[Node]) -> Node:
    if operator in ("and", "or"):
        return _ast.BoolOp(op=(_ast.And if operator == "and" else _ast.Or)(), values=list(nodes))
    kind: Any = next(k for k, v in OPERATOR_OF.items() if v == operator and k is not _ast.Invert)
    return _ast.BinOp(left=joined(operator, nodes[:-1]), op=kind(), right=nodes[-1])


def assignment_of(node: Node) -> Any:
    """Return (target, value) of anything Semgrep sees as an assignment, else None."""
    kind = node.__class__
    if kind is Assignment or kind is _ast.NamedExpr:
        return node.target, node.value
    if kind is _ast.Assign:
        if len(node.targets) == 1:
            return node.targets[0], node.value
        together = _ast.Tuple(elts=node.targets, ctx=_LOAD)
        together.lineno, together.col_offset = node.targets[0].lineno, node.targets[0].col_offset
        together.end_lineno = node.targets[-1].end_lineno
        together.end_col_offset = node.targets[-1].end_col_offset
        return together, node.value
    if kind is _ast.AnnAssign and node.value is not None:
        return node.target, node.value
    return None


def parameters_of(node: Node) -> list[Parameter]:
    """Return a signature's parameters in order, its lone `*` and `/` included."""
    found: list[Parameter] = []
    plain = [*node.posonlyargs, *node.args]
    defaults = [None] * (len(plain) - len(node.defaults)) + list(node.defaults)
    for index, (arg, default) in enumerate(zip(plain, defaults, strict=True)):
        found.append(Parameter("param", arg, default))
        if node.posonlyargs and index == len(node.posonlyargs) - 1:
            found.append(Parameter("slash", None, None))
    if node.vararg is not None:
        found.append(Parameter("rest", node.vararg, None))
    elif node.kwonlyargs:
        found.append(Parameter("lonestar", None, None))
    for arg, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
        found.append(Parameter("param", arg, default))
    if node.kwarg is not None:
        found.append(Parameter("kwrest", node.kwarg, None))
    return found


def subexpressions(node: Node) -> list[Node]:
    """Return the expressions directly below one, as `<... ...>` goes through them."""
    kind = node.__class__
    if kind in (_ast.Constant, _ast.Name, Dotted, Part):
        return []
    if kind is _ast.Call:
        arguments = [a.value if is_keyword(a) else a for a in arguments_of(node)]
        return [node.func, *arguments]
    if kind is _ast.keyword or kind in (_ast.Attribute, _ast.Await, _ast.Starred):
        return [node.value]
    if kind is _ast.Dict:
        return dict_items(node)
    if kind is _ast.Subscript:
        if node.slice.__class__ is _ast.Slice:
            bounds = (node.slice.lower, node.slice.upper, node.slice.step)
            return [node.value, *(bound for bound in bounds if bound is not None)]
        return [node.value, node.slice]
    if kind is _ast.Compare:
        return list(node.comparators) if len(node.ops) > 1 else [node.left, *node.comparators]
    if kind in _COMPREHENSIONS or kind is _ast.GeneratorExp:
        element = DictItem(node.key, node.value) if kind is _ast.DictComp else node.elt
        return [element, *(part for g in node.generators for part in (g.iter, *g.ifs))]
    if kind is _ast.Lambda:
        return [node.body]
    parts = assignment_of(node)
    if parts is not None:
        return list(parts)
    if kind is _ast.AugAssign:
        return [node.target, node.value]
    if kind is _ast.JoinedStr:
        return [v.value for v in node.values if v.__class__ is _ast.FormattedValue]
    return [child for child in _children(node) if isinstance(child, _ast.expr | DictItem)]


def _children(node: Node) -> list[Node]:
    if node.__class__ is DictItem:
        return list(node.elts)
    found: list[Node] = []
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            found += value
        elif value is not None:
            found.append(value)
    return found


def dotted_pattern(pattern: Pattern) -> tuple[str, ...] | None:
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


_COMPREHENSIONS = {_ast.ListComp: "list", _ast.SetComp: "dict", _ast.DictComp: "dict"}
_EXPR: dict[str, Callable[[ExprMatcher, Pattern, Node, Env], Envs]] = {
    "mv": ExprMatcher._mv,
    "any": ExprMatcher._any,
    "deep": ExprMatcher._deep,
    "name": ExprMatcher._name,
    "self": ExprMatcher._self,
    "lit": ExprMatcher._lit,
    "enc": ExprMatcher._enc,
    "typed": ExprMatcher._typed,
    "attr": ExprMatcher._attr,
    "chain": ExprMatcher._chain,
    "call": ExprMatcher._call,
    "star": ExprMatcher._star,
    "dstar": ExprMatcher._dstar,
    "index": ExprMatcher._index,
    "slice": ExprMatcher._slice,
    "list": ExprMatcher._list,
    "tuple": ExprMatcher._tuple,
    "set": ExprMatcher._set,
    "dict": ExprMatcher._dict,
    "comp": ExprMatcher._comp,
    "op": ExprMatcher._op,
    "cond": ExprMatcher._cond,
    "assign": ExprMatcher._assign,
    "aug": ExprMatcher._aug,
    "lambda": ExprMatcher._lambda,
    "yield": ExprMatcher._yield,
    "yieldfrom": ExprMatcher._yieldfrom,
    "await": ExprMatcher._await,
    "fstr": ExprMatcher._fstr,
}
