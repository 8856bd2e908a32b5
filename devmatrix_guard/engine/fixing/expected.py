"""The tree a fix must give: the file's own tree with the match replaced by the filled template.

Code that a metavariable bound stays the same nodes, so that every name in it can be followed; the
text of the fixed file is then compared with this tree, node by node.
"""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from devmatrix_guard.engine.fixing.template import PLACEHOLDER, Template
from devmatrix_guard.engine.matching.match import Binding
from devmatrix_guard.engine.tree.source_text import SourceText

Point = tuple[int, int]
_ORIGIN = "guard_origin"


class UnknownPlaceError(ValueError):
    """The match or a part of it is no node of the tree; the text is the reason."""


class Place(NamedTuple):
    """Where a node hangs: in a field of its parent, at an index where the field is a list."""

    parent: ast.AST
    field: str
    at: int | None
    node: ast.AST


class Filled(NamedTuple):
    """A template as nodes: one expression or statements; `slots` holds the file's nodes by slot."""

    nodes: list[ast.AST]
    is_expression: bool
    slots: tuple[tuple[ast.AST, ...], ...]


class TreeEdit(NamedTuple):
    """A replacement made in a tree, to be taken back: items of a list, or one field."""

    parent: ast.AST
    field: str
    at: int | None
    before: list[ast.AST]
    after: list[ast.AST]

    def undo(self) -> None:
        """Put back what was there."""
        if self.at is None:
            setattr(self.parent, self.field, self.before[0])
            return
        items: list[ast.AST] = getattr(self.parent, self.field)
        items[self.at : self.at + len(self.after)] = self.before


class TreeIndex:
    """The nodes of a file's tree by where they begin and end, in lines and UTF-8 columns.

    Of the module's own statements only those are read in which a place is asked for, or that
    `cover` names; `ids` are the ids of their nodes. A tree is to be asked before it is changed.
    """

    def __init__(self, tree: ast.Module, source: SourceText) -> None:
        self.tree = tree
        self.body: tuple[ast.stmt, ...] = tuple(tree.body)
        self.ids: set[int] = {id(tree)}
        self._source = source
        self._starts: dict[Point, list[Place]] = {}
        self._ends = [node.end_lineno or 0 for node in self.body]
        self._numbers = {id(node): number for number, node in enumerate(self.body)}

    def is_covered(self, statement: ast.stmt) -> bool:
        """Tell whether one of the module's own statements has been read."""
        return id(statement) in self.ids

    def _on_line(self, line: int) -> list[ast.stmt]:
        """Return the module's own statements that stand on a line."""
        found: list[ast.stmt] = []
        for at in range(bisect_left(self._ends, line), len(self.body)):
            if find_first_line(self.body[at]) > line:
                break
            found.append(self.body[at])
        return found

    def cover(self, statements: Iterable[ast.stmt]) -> None:
        """Take in the nodes of some of the module's own statements."""
        for statement in statements:
            if id(statement) not in self.ids:
                self._take_in(Place(self.tree, "body", self._numbers[id(statement)], statement))

    def _take_in(self, top: Place) -> None:
        self._note(top, is_placed=True)
        pending: list[tuple[ast.AST, bool]] = [(top.node, True)]
        while pending:
            node, is_placed = pending.pop()
            # Before Python 3.12 what stands in an f-string has wrong places, or the string's own.
            is_placed = is_placed and not isinstance(node, ast.JoinedStr)
            for place in _places(node):
                self._note(place, is_placed=is_placed)
                pending.append((place.node, is_placed))

    def _note(self, place: Place, *, is_placed: bool) -> None:
        self.ids.add(id(place.node))
        for start in _starts(place.node) if is_placed else ():
            self._starts.setdefault(start, []).append(place)

    def point(self, offset: int) -> Point:
        """Return an offset of the text as a line and a column in UTF-8 bytes."""
        line, column = self._source.position(offset)
        text = self._source.line(line)[: column - 1]
        return line, len(text.encode(errors="surrogatepass"))

    def span_of(self, binding: Binding) -> tuple[int, int]:
        """Return the offsets of what a metavariable bound."""
        return (
            self._source.offset(binding.start_line, binding.start_col),
            self._source.offset(binding.end_line, binding.end_col),
        )

    def expression(self, start: int, end: int) -> Place | None:
        """Return the innermost expression, or other single node, that spans two offsets.

        Parentheses that only group belong to no node, and may stand around it.
        """
        last = self.point(end)
        found = [p for p in self._at(start) if _end(p.node) == last]
        place = next((p for p in reversed(found) if not isinstance(p.node, ast.stmt)), None)
        code = self._source.text[start:end]
        if place is None and code[:1] == "(" and code[-1:] == ")":
            inner = code[1:-1]
            blank = len(inner) - len(inner.lstrip())
            return self.expression(start + 1 + blank, start + 1 + len(inner.rstrip()))
        return place

    def siblings(self, start: int, end: int) -> list[Place] | None:
        """Return the nodes of one list, or of one call, that fill two offsets."""
        last = self.point(end)
        for first in self._at(start):
            run: list[Place] = []
            for place in _list_siblings(first):
                if run or place.node is first.node:
                    run.append(place)
                if run and _end(place.node) >= last:
                    break
            if run and _end(run[-1].node) == last:
                return run
        return None

    def statements(self, start: int, end: int) -> list[Place] | None:
        """Return the statements of one body that fill two offsets."""
        run = [
            found
            for first in self._at(start)
            if isinstance(first.node, ast.stmt)
            for found in [self._run_from(first, self.point(end))]
            if found
        ]
        return run[0] if run else None

    def _run_from(self, first: Place, last: Point) -> list[Place] | None:
        body: list[ast.AST] = getattr(first.parent, first.field)
        run: list[Place] = []
        for index in range(first.at or 0, len(body)):
            run.append(Place(first.parent, first.field, index, body[index]))
            if _end(body[index]) >= last:
                break
        return run if _end(run[-1].node) == last else None

    def _at(self, start: int) -> list[Place]:
        point = self.point(start)
        self.cover(self._on_line(point[0]))
        return self._starts.get(point, [])


def find_first_line(node: ast.stmt) -> int:
    """Return the line a statement begins on, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def _places(node: ast.AST) -> Iterator[Place]:
    for field, value in ast.iter_fields(node):
        if isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, ast.AST):
                    yield Place(node, field, index, item)
        elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
            yield Place(node, field, None, value)


def _starts(node: ast.AST) -> Iterator[Point]:
    """Yield where a node begins; a decorated definition also at its first `@`."""
    line: int | None = getattr(node, "lineno", None)
    if line is None:
        return
    column: int = getattr(node, "col_offset", 0)
    yield line, column
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    if decorators:
        yield decorators[0].lineno, column


def _start(node: ast.AST) -> Point:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _end(node: ast.AST) -> Point:
    return getattr(node, "end_lineno", 0) or 0, getattr(node, "end_col_offset", 0) or 0


def _list_siblings(place: Place) -> list[Place]:
    """Return the list a node stands in, in the order of the text; a call's keywords included."""
    if place.at is None:
        return [place]
    fields = {place.field}
    if isinstance(place.parent, (ast.Call, ast.ClassDef)) and place.field != "body":
        fields = {"args", "bases", "keywords"}
    found = [p for p in _places(place.parent) if p.field in fields]
    return sorted(found, key=lambda p: _start(p.node))


# ---- templates ----


def fill_template(
    template: Template, bindings: Mapping[str, Binding], index: TreeIndex, indent: str
) -> Filled:
    """Return the template's nodes with the file's own nodes for its metavariables.

    Raises:
        UnknownPlaceError: what a metavariable bound is no node of the tree.
    """
    parsed = _parse_template(template.text, indent)
    slots = tuple(_list_slot_nodes(slot.name, bindings, index) for slot in template.slots)
    if parsed is None:
        raise UnknownPlaceError("the template is neither an expression nor statements")
    filler = _Filler(template, slots)
    if isinstance(parsed, ast.expr):
        holder = ast.Tuple(elts=[parsed], ctx=ast.Load())
        filler.visit(holder)
        return Filled(list(holder.elts), True, slots)
    module = ast.Module(body=list(parsed), type_ignores=[])
    filler.visit(module)
    return Filled(list(module.body), False, slots)


def _parse_template(text: str, indent: str) -> ast.expr | list[ast.stmt] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(f"({text.strip()}\n)", mode="eval").body
        except (SyntaxError, ValueError, RecursionError):
            pass
        try:
            if not indent:
                return ast.parse(text).body
            (block,) = ast.parse(f"if 1:\n{indent}{text}").body
        except (SyntaxError, ValueError, RecursionError):
            return None
    return block.body if isinstance(block, ast.If) else None


def _list_slot_nodes(
    name: str, bindings: Mapping[str, Binding], index: TreeIndex
) -> tuple[ast.AST, ...]:
    """Return the nodes a metavariable bound; none for a bare identifier such as an attribute."""
    binding = bindings.get(name)
    if binding is None or not binding.start_line:
        return ()
    start, end = index.span_of(binding)
    text = binding.text.rstrip()
    if name.startswith("$..."):
        end = start + len(text.removesuffix(",").rstrip())
        run = index.siblings(start, end)
        if run is None:
            raise UnknownPlaceError(f"{name} holds no whole elements")
        return tuple(place.node for place in run)
    found = index.expression(start, end)
    if found is not None:
        return (found.node,)
    statements = index.statements(start, end)
    if statements is not None:
        return tuple(place.node for place in statements)
    if text.isidentifier():
        return ()
    raise UnknownPlaceError(f"{name} holds no whole expression")


class _Filler(ast.NodeTransformer):
    """Puts the slots' nodes for placeholders, and their text into identifiers and strings."""

    def __init__(self, template: Template, slots: Sequence[tuple[ast.AST, ...]]) -> None:
        self._template = template
        self._slots = slots

    def visit(self, node: ast.AST) -> Any:
        for field, value in ast.iter_fields(node):
            if isinstance(value, str) and not isinstance(node, ast.Name):
                setattr(node, field, self._with_text(value))
            elif isinstance(value, list) and value and isinstance(value[0], str):
                setattr(node, field, [self._with_text(item) for item in value])
        return super().visit(node)

    def _with_text(self, text: str) -> str:
        def slot_text(found: re.Match[str]) -> str:
            return self._template.slots[int(found.group(1))].text

        return PLACEHOLDER.sub(slot_text, text)

    def visit_Name(self, node: ast.Name) -> Any:
        found = PLACEHOLDER.fullmatch(node.id)
        if found is None:
            return node
        number = int(found.group(1))
        nodes = self._slots[number]
        if len(nodes) == 1 and isinstance(nodes[0], ast.expr):
            return _in_context(nodes[0], node.ctx)
        if nodes:
            return list(nodes)
        text = self._template.slots[number].text
        if text.isidentifier():
            return ast.Name(id=text, ctx=node.ctx)
        parsed = _parse_template(text, "")
        if not isinstance(parsed, ast.expr):
            raise UnknownPlaceError(f"{self._template.slots[number].name} is no expression")
        return parsed

    def visit_Expr(self, node: ast.Expr) -> Any:
        self.generic_visit(node)
        value: Any = node.value
        if isinstance(value, list):
            return value if all(isinstance(v, ast.stmt) for v in value) else node
        return value if isinstance(value, ast.stmt) else node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Visit a node's fields; a slot of several nodes is spread where a list may hold it."""
        for place in list(_places(node)):
            if place.at is None:
                setattr(node, place.field, self.visit(place.node))
        for field, value in list(ast.iter_fields(node)):
            if isinstance(value, list) and not (value and isinstance(value[0], str)):
                setattr(node, field, list(self._visited(value)))
        return node

    def _visited(self, items: Sequence[Any]) -> Iterator[Any]:
        for item in items:
            new = self.visit(item) if isinstance(item, ast.AST) else item
            if isinstance(new, list):
                yield from new
            else:
                yield new

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self._spread_arguments(node, node.args, node.keywords, "args")
        node.func = self.visit(node.func)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        bases, keywords = node.bases, node.keywords
        self.generic_visit(node)
        self._spread_arguments(node, bases, keywords, "bases")
        return node

    def _spread_arguments(
        self, node: ast.AST, args: list[ast.expr], keywords: list[ast.keyword], field: str
    ) -> None:
        written = sorted([*args, *keywords], key=_start)
        filled = list(self._visited(written))
        setattr(node, field, [a for a in filled if not isinstance(a, ast.keyword)])
        node.keywords = [a for a in filled if isinstance(a, ast.keyword)]  # type: ignore[attr-defined]

    def visit_arguments(self, node: ast.arguments) -> ast.arguments:
        """Take a whole list of parameters over; a part of one cannot be told apart."""
        sequences = [a for a in ast.walk(node) if isinstance(a, ast.arg) and self._sequence(a.arg)]
        if not sequences:
            self.generic_visit(node)
            return node
        raise UnknownPlaceError("the fix changes a list of parameters")

    def _sequence(self, name: str) -> bool:
        slot = self._template.slot_of(name)
        return slot is not None and slot.is_sequence


def _in_context(node: ast.expr, context: ast.expr_context) -> ast.expr:
    """Return names as ones that are read or written, as their new place has it."""
    if type(getattr(node, "ctx", context)) is type(context):
        return node
    if isinstance(node, ast.Name):
        copy: ast.expr = ast.Name(id=node.id, ctx=context)
    elif isinstance(node, (ast.Tuple, ast.List)):
        copy = type(node)(elts=[_in_context(item, context) for item in node.elts], ctx=context)
    elif isinstance(node, ast.Starred):
        copy = ast.Starred(value=_in_context(node.value, context), ctx=context)
    else:
        return node
    setattr(copy, _ORIGIN, node)
    return copy


def find_origin(node: ast.AST) -> ast.AST:
    """Return the file's own node that a node stands for."""
    found: ast.AST = getattr(node, _ORIGIN, node)
    return found


# ---- replacement and comparison ----


def replace_match(index: TreeIndex, start: int, end: int, filled: Filled | None) -> TreeEdit:
    """Replace the match in the tree, or delete it where there is nothing to put there.

    Raises:
        UnknownPlaceError: the match is neither one expression nor whole statements of a body.
    """
    if filled is not None and filled.is_expression:
        place = index.expression(start, end)
        if place is not None:
            return _replace(place, filled.nodes)
    run = index.statements(start, end)
    if run is None:
        raise UnknownPlaceError("the match is no whole expression or statement")
    new = [] if filled is None else list(filled.nodes)
    if filled is not None and filled.is_expression:
        new = [ast.Expr(value=node) for node in new if isinstance(node, ast.expr)]
    first = run[0]
    body: list[ast.AST] = getattr(first.parent, first.field)
    if not new and len(run) == len(body) and not isinstance(first.parent, ast.Module):
        new = [ast.Pass()]
    _keep_decorators(index, run[0].node, start, new)
    done = TreeEdit(first.parent, first.field, first.at, body[first.at : _after(run)], new)
    body[first.at : _after(run)] = new
    return done


def _after(run: Sequence[Place]) -> int:
    return (run[-1].at or 0) + 1


def _replace(place: Place, nodes: list[ast.AST]) -> TreeEdit:
    if len(nodes) != 1:
        raise UnknownPlaceError("an expression cannot become several")
    context = getattr(place.node, "ctx", None)
    if context is not None and isinstance(nodes[0], ast.expr):
        nodes = [_in_context(nodes[0], context)]
    done = TreeEdit(place.parent, place.field, place.at, [place.node], nodes)
    if place.at is None:
        setattr(place.parent, place.field, nodes[0])
    else:
        getattr(place.parent, place.field)[place.at] = nodes[0]
    return done


def _keep_decorators(index: TreeIndex, node: ast.AST, start: int, new: list[ast.AST]) -> None:
    """Keep the decorators of a definition whose match begins below them."""
    kept: list[ast.expr] = getattr(node, "decorator_list", [])
    if not kept or index.point(start)[0] < getattr(node, "lineno", 0):
        return
    if len(new) != 1 or not hasattr(new[0], "decorator_list"):
        raise UnknownPlaceError("decorators would be left without their definition")
    # A match is replaced more than once while it is judged.
    own = [d for d in new[0].decorator_list if not any(d is other for other in kept)]
    new[0].decorator_list = [*kept, *own]


def is_same_tree(
    expected: ast.Module,
    actual: ast.Module,
    added: Sequence[ast.stmt],
    is_copied: Callable[[ast.stmt, ast.stmt], bool],
) -> bool:
    """Tell whether two modules mean the same, but for added imports at the actual one's top.

    `is_copied` may say of statements that they are the same text, and need no comparison.
    """
    wanted = {ast.dump(node) for node in added}
    bodies = list(actual.body)
    for number, node in enumerate(expected.body):
        while number < len(bodies) and _is_one_of(bodies[number], wanted):
            if is_copied(node, bodies[number]) or _same(node, bodies[number]):
                break
            del bodies[number]
        if number >= len(bodies):
            return False
        other = bodies[number]
        if not (is_copied(node, other) or _same(node, other) or _joins(node, other, added)):
            return False
    rest = bodies[len(expected.body) :]
    return all(_is_one_of(node, wanted) for node in rest)


def _is_one_of(node: ast.stmt, imports: set[str]) -> bool:
    is_import = bool(imports) and isinstance(node, (ast.Import, ast.ImportFrom))
    return is_import and ast.dump(node) in imports


def _joins(old: ast.stmt, new: ast.stmt, added: Sequence[ast.stmt]) -> bool:
    """Tell whether a `from` import only took up names of the added ones."""
    if not isinstance(old, ast.ImportFrom) or not isinstance(new, ast.ImportFrom):
        return False
    if (old.module, old.level) != (new.module, new.level):
        return False
    more = {
        (alias.name, alias.asname)
        for node in added
        if isinstance(node, ast.ImportFrom) and (node.module, node.level) == (old.module, old.level)
        for alias in node.names
    }
    had = [(alias.name, alias.asname) for alias in old.names]
    has = [(alias.name, alias.asname) for alias in new.names]
    return [a for a in has if a in had or a not in more] == had


def _same(one: Any, other: Any) -> bool:
    pending: list[tuple[Any, Any]] = [(one, other)]
    while pending:
        left, right = pending.pop()
        if left.__class__ is not right.__class__:
            return False
        if isinstance(left, ast.Constant):
            if repr(left.value) != repr(right.value) or left.kind != right.kind:
                return False
        elif isinstance(left, ast.AST):
            pending += [
                (getattr(left, field, None), getattr(right, field, None))
                for field in left._fields
                if field != "ctx"
            ]
        elif isinstance(left, list):
            if len(left) != len(right):
                return False
            pending += zip(left, right, strict=True)
        elif left != right:
            return False
    return True
