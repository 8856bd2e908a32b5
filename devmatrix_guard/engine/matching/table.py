"""File patterns by the nodes they could match: by class, and by name where they have one."""

from __future__ import annotations

import _ast

from devmatrix_guard.engine.matching.expressions.aliases import import_aliases
from devmatrix_guard.engine.matching.statements.parts import parts_of_statement
from devmatrix_guard.engine.tree.expressions import Assignment, DictItem, read_operation
from devmatrix_guard.engine.tree.source import Source
from devmatrix_guard.engine.tree.statements import Bare, Inner
from devmatrix_guard.lazy_typing import Any, Iterable, Sequence

Node = Any
Pattern = tuple[Any, ...]
Seen = list[Any]

_CALL_OR_ATTRIBUTE = (_ast.Call, _ast.Attribute)
_OPERATIONS = (_ast.BinOp, _ast.BoolOp, _ast.UnaryOp, _ast.Compare)
_ASSIGNMENTS = (_ast.Assign, _ast.AnnAssign, _ast.NamedExpr)
_EXPRESSION_CLASSES: dict[str, tuple[type, ...]] = {
    "call": (_ast.Call,),
    "self": (_ast.Name,),
    "chain": _CALL_OR_ATTRIBUTE,
    "star": (_ast.Starred,),
    "dstar": (_ast.keyword,),
    "index": (_ast.Subscript,),
    "slice": (_ast.Subscript,),
    "slices": (_ast.Subscript,),
    "compares": (_ast.Compare,),
    "adjacent": (_ast.Constant, _ast.JoinedStr),
    "list": (_ast.List, _ast.ListComp, _ast.GeneratorExp),
    "tuple": (_ast.Tuple, _ast.GeneratorExp, DictItem),
    "set": (_ast.Set, _ast.Dict),
    "dict": (_ast.Dict, _ast.Set, _ast.DictComp, _ast.SetComp),
    "comp": (_ast.ListComp, _ast.SetComp, _ast.DictComp, _ast.GeneratorExp),
    "cond": (_ast.IfExp,),
    "assign": (*_ASSIGNMENTS, Assignment),
    "aug": (_ast.AugAssign,),
    "lambda": (_ast.Lambda,),
    "yield": (_ast.Yield,),
    "yieldfrom": (_ast.YieldFrom,),
    "await": (_ast.Await,),
    "fstr": (_ast.JoinedStr,),
    "enc": (_ast.Constant,),
}
_STATEMENT_CLASSES: dict[str, tuple[type, ...]] = {
    "return": (_ast.Return,),
    "if": (_ast.If,),
    "while": (_ast.While,),
    "for": (_ast.For, Inner),
    "async": (_ast.AsyncFor, _ast.AsyncWith),
    "with": (_ast.With, Inner),
    "try": (_ast.Try, _ast.TryStar),
    "raise": (_ast.Raise,),
    "raisefrom": (_ast.Raise,),
    "reraise": (_ast.Raise,),
    "assert": (_ast.Assert,),
    "del": (_ast.Delete,),
    "pass": (_ast.Pass,),
    "break": (_ast.Break,),
    "continue": (_ast.Continue,),
    "outer": (_ast.Global, _ast.Nonlocal),
    "def": (_ast.FunctionDef, _ast.AsyncFunctionDef),
    "class": (_ast.ClassDef,),
    "vardef": (_ast.AnnAssign, _ast.Assign),
    "import": (_ast.Import, _ast.ImportFrom),
    "from": (_ast.ImportFrom, _ast.Import),
    "importall": (_ast.ImportFrom,),
    "many": (),
}
# As what the first statement of a sequence can match; the others may begin anywhere.
_START_CLASSES: dict[str, tuple[type, ...]] = {
    "return": (_ast.Return, _ast.Expr),
    "if": (_ast.If,),
    "while": (_ast.While,),
    "for": (_ast.For, _ast.AsyncFor),
    "with": (_ast.With,),
    "try": (_ast.Try, _ast.TryStar),
    "def": (_ast.FunctionDef, _ast.AsyncFunctionDef),
    "class": (_ast.ClassDef,),
    "vardef": (_ast.AnnAssign, _ast.Assign),
    "import": (_ast.Import, _ast.ImportFrom),
    "from": (_ast.ImportFrom, _ast.Import),
    "importall": (_ast.ImportFrom,),
}
# Beside names and operators, what patterns are filed under: a name that was imported, the kind of
# value that is assigned, what is assigned to an item.
IMPORTED, ANY_CALL, ANY_ATTRIBUTE, ANY_ITEM = "<imported>", "<call>", "<attribute>", "<item>"
INTO_ITEM, WHOLE = "<into item>", "<whole>"
_VALUES = {
    _ast.Call: ANY_CALL,
    _ast.Attribute: ANY_ATTRIBUTE,
    _ast.Name: ANY_ATTRIBUTE,
    _ast.Subscript: ANY_ITEM,
}
_ASSIGNED = frozenset(_EXPRESSION_CLASSES["assign"])
_OPEN_STARTS = ("mv", "any", "deep")


class Table:
    """Which leaf patterns to try at which node: by class, and by name where the pattern has one.

    A pattern stands in it as the list of the places where it is to be tried. One whose names are
    open may find code in which a name stands for what the pattern names: it is filed by class only.
    """

    def __init__(self, leaves: Iterable[tuple[Seen, str, Any, bool]], source: Source) -> None:
        self.everywhere: list[Seen] = []
        self.by_class: dict[type, dict[str | None, list[Seen]]] = {}
        self.sequences: list[Seen] = []
        self.statements: dict[type, list[Seen]] = {}
        self.source = source
        self.aliases = import_aliases(source)
        self.starts: Table | None = None
        self._at: dict[tuple[type, str | None], list[Seen]] = {}
        for seen, root, pattern, is_open in leaves:
            if root == "Ss" and is_open:
                self.sequences.append(seen)
            elif root == "Ss":
                self._add_sequence(seen, pattern)
            elif root == "S":
                for kind in _STATEMENT_CLASSES[pattern[0]]:
                    self.statements.setdefault(kind, []).append(seen)
            elif is_open and pattern[0] in ("call", "assign"):
                for kind in _EXPRESSION_CLASSES[pattern[0]]:
                    self._add(kind, None, seen)
            else:
                self._add_expression(seen, pattern)

    def _add_sequence(self, seen: Seen, patterns: Sequence[Pattern]) -> None:
        """File a sequence by its first statement, where that tells where it can begin."""
        first = patterns[0]
        classes = _START_CLASSES.get(first[0], ())
        is_open = first[0] == "expr" and first[1][0] in _OPEN_STARTS
        if is_open or not (classes or first[0] == "expr"):
            self.sequences.append(seen)
            return
        if self.starts is None:
            self.starts = Table((), self.source)
        if first[0] == "expr":
            self.starts._add_expression(seen, first[1])
        for kind in classes:
            self.starts.statements.setdefault(kind, []).append(seen)

    def _add_expression(self, seen: Seen, pattern: Pattern) -> None:
        kind = pattern[0]
        if kind == "call":
            self._add(_ast.Call, last_name(pattern[1]), seen)
        elif kind == "attr":
            self._add(_ast.Attribute, last_name(pattern), seen)
            self._add(_ast.Name, last_name(pattern) or IMPORTED, seen)
        elif kind == "name":
            self._add(_ast.Name, pattern[1], seen)
        elif kind == "assign":
            for node_class in _EXPRESSION_CLASSES[kind]:
                self._add(node_class, _name_assignment(pattern), seen)
        elif kind in _EXPRESSION_CLASSES:
            for node_class in _EXPRESSION_CLASSES[kind]:
                self._add(node_class, None, seen)
        elif kind == "op":
            for node_class in _OPERATIONS:
                self._add(node_class, pattern[1], seen)
            if pattern[1] == "-" and len(pattern[2]) == 1:  # a number, or a name that holds one
                self._add(_ast.Constant, None, seen)
                self._add(_ast.Name, None, seen)
        else:
            self.everywhere.append(seen)

    def _add(self, node_class: type, name: str | None, seen: Seen) -> None:
        self.by_class.setdefault(node_class, {}).setdefault(name, []).append(seen)

    def at(self, node: Node) -> list[Seen]:
        """Return the patterns to try at an expression."""
        kind = node.__class__
        if kind not in self.by_class:
            return self.everywhere
        name = _read_assigned_name(node) if kind in _ASSIGNED else _name_of(node)
        found = self._at.get((kind, name))
        if found is None:
            found = self._at[kind, name] = self._list_named(kind, name)
        return found

    def _list_named(self, kind: type, name: Any) -> list[Seen]:
        names = self.by_class[kind]
        found = [*self.everywhere, *names.get(None, ())]
        if name == WHOLE:
            return found + [seen for key, some in names.items() if key is not None for seen in some]
        if kind in _ASSIGNED:
            into_item, value, name = name
            found += [*(names.get(INTO_ITEM, ()) if into_item else ()), *names.get(value, ())]
        if name is None:
            return found
        if kind is _ast.Name and IMPORTED in names and name in self.source.names.imported:
            found += names[IMPORTED]
        found += names.get(name, ())
        for other in self.aliases.get(name, ()):
            if other != name:
                found += names.get(other, ())
        return found

    def beginning_at(self, source: Source, node: Node) -> Iterable[Seen]:
        """Return the sequences whose first statement may be this one."""
        starts = self.starts
        if starts is None:
            return self.sequences
        kind = node.node.__class__ if node.__class__ is Bare else node.__class__
        found = {id(seen): seen for seen in starts.statements.get(kind, ())}
        if starts.everywhere or starts.by_class:
            for part in parts_of_statement(source, node):
                for seen in starts.at(part):
                    found[id(seen)] = seen
        return [*self.sequences, *found.values()]


def _read_assigned_name(node: Node) -> Any:
    """Return what patterns for an assignment are filed under.

    That is whether it is to an item, what kind of value it has, and the name of what is called for
    it; `WHOLE` where it is several assignments in one.
    """
    value = node.value
    kind = value.__class__
    if kind is _ast.Tuple:
        return WHOLE
    target = node.targets[0] if node.__class__ is _ast.Assign else node.target
    name = _name_of(value) if kind is _ast.Call else None
    return target.__class__ is _ast.Subscript, _VALUES.get(kind, ""), name


def _name_assignment(pattern: Pattern) -> str | None:
    """Return what a pattern for an assignment is filed under."""
    target, value = pattern[1], pattern[2]
    if value[0] == "call":
        return last_name(value[1]) or ANY_CALL
    if value[0] in ("attr", "index"):
        return ANY_ATTRIBUTE if value[0] == "attr" else ANY_ITEM
    return INTO_ITEM if target[0] == "index" else None


def last_name(pattern: Pattern) -> str | None:
    """Return the last part of a pattern's name, None when that is open."""
    if pattern[0] == "attr":
        return None if pattern[2][0] == "$" else str(pattern[2])
    return str(pattern[1]) if pattern[0] == "name" else None


def _name_of(node: Node) -> Any:
    """Return what patterns for a node are filed under: its last name, or its operator."""
    kind = node.__class__
    if kind is _ast.Call:
        node = node.func
        kind = node.__class__
    if kind is _ast.Attribute:
        return node.attr
    if kind is _ast.Name:
        return node.id
    if kind not in _OPERATIONS:
        return None
    operator = read_operation(node)
    return None if operator is None else operator[0]
