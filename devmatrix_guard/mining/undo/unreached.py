"""Code that is written and never runs: behind `if False`, below a `return`, swallowed, rebound.

A fix can be taken back without removing a word of it. What is told here needs no run of the code:
conditions that are constants, or flags that the same file sets once or a parameter leaves off.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import NamedTuple

from devmatrix_guard.engine.tree.parse import list_nodes
from devmatrix_guard.mining.undo.constants import decide, list_flags, list_off_parameters
from devmatrix_guard.mining.undo.trees import ParsedModule, read_module, split_rows

Node = ast.stmt | ast.expr

# What may keep code from running; few changes add any, and parsing takes long.
_HIDING = re.compile(
    rb"^([ \t]*)(?:return|raise|continue|break)\b[^\n]*\n(?:[ \t]*(?:#[^\n]*)?\n)*\1"
    rb"(?![ \t)\]}#]|else\b|elif\b|except\b|finally\b|case\b|def\b|class\b|async\b|@)\S"
    rb"|\b(?:if|elif|while|and|or|not)[ (]+(?:not[ (]+)?(?:False|True|None|0|1|\w+[ )]*:)"
    rb"|\b(?:False|True|0|1)[ )]+(?:and|or)\b"
    rb"|^[ \t]*(?:lambda\b[^\n]*|[A-Za-z_][\w.]*[ \t]*)$"
    rb"|^[ \t]*except(?:[ (]+[\w., ]+\)?)?(?: as \w+)?:\s*(?:pass|continue|\.\.\.)",
    re.MULTILINE,
)
_DEFINED = re.compile(rb"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_BOUND = re.compile(
    rb"(?:^|=)[ \t]*(?:\w+\.)*(\w+)[ \t]*(?==(?!=))|^[ \t]*del[ \t]+(\w+)", re.MULTILINE
)
_BOUND_BY_NAME = re.compile(
    rb"^(?:from|import)\b[^\n]*|\b(?:globals|vars|setattr)\([^\n]*", re.MULTILINE
)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_SPACES = ("globals()", "vars()")
_EVERYTHING = ("Exception", "BaseException")
_MOST_NESTED = 60
_RECENT = 64  # what a commit makes of a file, a later one changes again
_NOTHING = ast.Constant(None, lineno=1, end_lineno=1, col_offset=0, end_col_offset=0)


def drop_unreached(old: bytes, new: bytes) -> bytes:
    """Return Python with blanks where a change leaves code in place that no longer runs.

    What did not run before stays as it is.

    Args:
        old: the text before the change.
        new: the text after it.
    """
    if not _may_hide(old, new):
        return new
    after, before = read_module(new), read_module(old)
    if after is None or before is None:
        return new
    names = {n.id for n in before.nodes if isinstance(n, ast.Name)}
    names |= {n.arg for n in before.nodes if isinstance(n, ast.arg)}
    dead = _list_unreached(after, names)
    known = Counter(map(ast.dump, _list_unreached(before, names))) if dead else Counter()
    fresh = []
    for node in dead:
        left = known[ast.dump(node)]
        known[ast.dump(node)] -= 1
        if left <= 0:
            fresh.append(node)
    return _blank(new, fresh)


def _may_hide(old: bytes, new: bytes) -> bool:
    if _count_hiding(new) - _count_hiding(old):
        return True
    names = set(_DEFINED.findall(new))
    was, bound = (
        Counter(name for name in _list_bound_names(text) if name in names) for text in (old, new)
    )
    return bool(bound - was)


@lru_cache(maxsize=_RECENT)
def _count_hiding(text: bytes) -> Counter[bytes]:
    return Counter(m[0].strip() for m in _HIDING.finditer(text))


@lru_cache(maxsize=_RECENT)
def _list_bound_names(text: bytes) -> tuple[bytes, ...]:
    found = [name for pair in _BOUND.findall(text) for name in pair]
    found += [word for row in _BOUND_BY_NAME.findall(text) for word in re.findall(rb"\w+", row)]
    return tuple(found)


def _list_unreached(module: ParsedModule, known: AbstractSet[str]) -> list[Node]:
    """Return the outermost statements and expressions of a module that never run.

    Args:
        module: where.
        known: names of before, which are no new flags.
    """
    flags = {name: truth for name, truth in list_flags(module).items() if name not in known}
    return [*_Walk(flags, known).list_block(module.tree.body, 0), *_list_rebound(module.tree.body)]


class _Walk(NamedTuple):
    """What is known while a block is read: flags by name, and what a handler around swallows."""

    flags: Mapping[str, bool]
    known: AbstractSet[str] = frozenset()
    swallowed: frozenset[str] = frozenset()

    def list_block(self, body: Sequence[ast.stmt], depth: int) -> Iterator[Node]:
        is_over = False
        for node in body if depth < _MOST_NESTED else ():
            if is_over:
                if not any(isinstance(n, ast.Yield | ast.YieldFrom) for n in list_nodes(node)):
                    yield node
                continue
            yield from self._list_statement(node, depth + 1)
            is_over = self._leaves(node)

    def _leaves(self, node: ast.stmt) -> bool:
        if isinstance(node, ast.If):
            truth = decide(node.test, self.flags)
            if truth is not None:
                return self._block_leaves(node.body if truth else node.orelse)
            return self._block_leaves(node.body) and self._block_leaves(node.orelse)
        return isinstance(node, _LEAVING)

    def _block_leaves(self, body: Sequence[ast.stmt]) -> bool:
        return bool(body) and self._leaves(body[-1])

    def _list_statement(self, node: ast.stmt, depth: int) -> Iterator[Node]:
        if self._is_void(node):
            yield node
        elif isinstance(node, ast.If | ast.While):
            yield from self._list_choice(node, depth)
        elif isinstance(node, ast.Try | ast.TryStar):
            swallowed = _read_swallowed(node)
            inner = self._replace(swallowed=self.swallowed.union(*swallowed.values()))
            yield from inner.list_block(node.body, depth)
            # What a bare `except` swallows has no type to leave out.
            yield from (kind for kind in swallowed if kind is not _NOTHING)
            for block in (*(h.body for h in node.handlers), node.orelse, node.finalbody):
                yield from self.list_block(block, depth)
        elif isinstance(node, _DEFINITIONS):
            yield from self._list_definition(node, depth)
        else:
            yield from self._list_parts(node, depth)

    def _list_choice(self, node: ast.If | ast.While, depth: int) -> Iterator[Node]:
        truth = decide(node.test, self.flags)
        if truth is False:
            yield node.test  # what it says beside is no other wording of what it switches off
            yield from node.body
        else:
            yield from self.list_block(node.body, depth)
        if truth is not False:
            yield from self._list_expression(node.test)
        if truth is True and isinstance(node, ast.If):
            yield from node.orelse
        else:
            yield from self.list_block(node.orelse, depth)

    def _list_definition(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, depth: int
    ) -> Iterator[Node]:
        if isinstance(node, _FUNCTIONS):
            own = {n: off for n, off in list_off_parameters(node).items() if n not in self.known}
            flags = {**self.flags, **own}
            yield from _Walk(flags, self.known).list_block(node.body, depth)
        else:
            yield from self.list_block(node.body, depth)
            yield from _list_rebound(node.body)

    def _list_parts(self, node: ast.stmt, depth: int) -> Iterator[Node]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield from self._list_expression(child)
        for name in ("body", "orelse"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                yield from self.list_block(block, depth)

    def _is_void(self, node: ast.stmt) -> bool:
        """Tell whether a statement does nothing: a name alone, or an exception that is caught."""
        if isinstance(node, ast.Expr):
            return isinstance(node.value, ast.Name | ast.Attribute | ast.Lambda)
        if isinstance(node, ast.If) and not node.orelse:
            return bool(self.swallowed) and all(map(self._is_void, node.body))
        return isinstance(node, ast.Raise) and _name_raised(node) in self.swallowed

    def _list_expression(self, node: ast.expr) -> Iterator[Node]:
        for inner in list_nodes(node):
            if isinstance(inner, ast.BoolOp):
                stop = isinstance(inner.op, ast.Or)
                decided = [decide(value, self.flags) for value in inner.values]
                if stop in decided:
                    yield from inner.values[decided.index(stop) + 1 :]
            elif isinstance(inner, ast.IfExp):
                truth = decide(inner.test, self.flags)
                if truth is not None:
                    yield inner.orelse if truth else inner.body


def _read_swallowed(node: ast.Try | ast.TryStar) -> dict[ast.expr, set[str]]:
    """Return the exceptions of a block that handlers take and do nothing about, by their types."""
    raised = {_name_raised(inner) for one in node.body for inner in list_nodes(one)} - {""}
    found: dict[ast.expr, set[str]] = {}
    for handler in node.handlers:
        names = _list_caught(handler)
        caught = raised if not names.isdisjoint(_EVERYTHING) else raised & names
        is_idle = all(isinstance(n, ast.Pass | ast.Continue) or _is_dots(n) for n in handler.body)
        if is_idle and caught:
            found[handler.type or _NOTHING] = caught
        raised = raised - caught
    return found


def _is_dots(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _list_caught(handler: ast.ExceptHandler) -> set[str]:
    if handler.type is None:
        return {"BaseException"}
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {ast.unparse(kind) for kind in kinds}


def _name_raised(node: ast.AST) -> str:
    if not isinstance(node, ast.Raise) or node.exc is None:
        return ""
    value = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return ast.unparse(value)


def _list_rebound(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the definitions of a block whose name is given to something else further down.

    What the new value is made of the definition itself, as a decorator does, wraps it.
    """
    known: dict[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef] = {}
    for node in body:
        if isinstance(node, ast.ClassDef):
            known |= {f"{node.name}.{inner.name}": inner for inner in node.body
                      if isinstance(inner, _FUNCTIONS)}  # fmt: skip
        if isinstance(node, _DEFINITIONS):
            known[node.name] = node
            continue
        for name, value in _list_bound(node):
            if name in known and not (value and _mentions(value, name)):
                yield from known.pop(name).body


def _list_bound(node: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield the names that a statement gives something else, each with its value if it is known."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name, None) for alias in node.names)
    call = node.value if isinstance(node, ast.Expr) else None
    if isinstance(call, ast.Call) and ast.unparse(call.func) == "setattr" and len(call.args) == 3:
        owner, name = ast.unparse(call.args[0]), _read_text(call.args[1])
        yield name if "modules" in owner else f"{owner}.{name}", call.args[2]
    value = node.value if isinstance(node, ast.Assign) else None
    for target in node.targets if isinstance(node, ast.Assign | ast.Delete) else ():
        if isinstance(target, ast.Name | ast.Attribute):
            yield ast.unparse(target), value
        elif isinstance(target, ast.Subscript) and ast.unparse(target.value) in _SPACES:
            yield _read_text(target.slice), value


def _read_text(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _mentions(value: ast.expr, name: str) -> bool:
    last = name.rpartition(".")[2]
    return any(
        (isinstance(n, ast.Name) and n.id == last)
        or (isinstance(n, ast.Attribute) and n.attr == last)
        for n in list_nodes(value)
    )


def _blank(text: bytes, nodes: Sequence[Node]) -> bytes:
    rows = split_rows(text)
    for node in nodes:
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        decorators = getattr(node, "decorator_list", ())
        first = min([first, *(d.lineno - 1 for d in decorators)])
        for number in range(first, min(last + 1, len(rows))):
            start = node.col_offset if number == node.lineno - 1 else 0
            all_of_it = len(rows[number].rstrip(b"\r\n"))
            end = (node.end_col_offset or 0) if number == last else all_of_it
            # A value has to be left where one has to be.
            mark = b"0" if isinstance(node, ast.expr) and number == first else b""
            row = rows[number]
            rows[number] = row[:start] + mark.ljust(end - start) + row[end:]
    return b"".join(rows)
