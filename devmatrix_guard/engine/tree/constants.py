"""Find which names hold a known constant where they are read.

Two analyses, as in Semgrep: a global assigned once in the whole file is that constant wherever it
is read after; and within one function, or the top of the file, values flow from statement to
statement, a branch keeping only what both ways agree on.
"""

from __future__ import annotations

import _ast

from devmatrix_guard.engine.keywords import find_words
from devmatrix_guard.engine.tree.children import (
    list_all_nodes,
    list_children,
    list_statement_nodes,
)
from devmatrix_guard.engine.tree.constant_folding import Constant, Evaluator, fold_binary, unite
from devmatrix_guard.engine.tree.names import find_captured_name
from devmatrix_guard.engine.tree.source import OutsideExcerptError, Source
from devmatrix_guard.lazy_typing import Any, Callable

Node = Any
Env = dict[Any, Constant]
SYMBOL = "expression"  # the kind of a value that is an expression, which only `symbols` follows
_FUNCTIONS = (_ast.FunctionDef, _ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, _ast.ClassDef)
_MAX_ROUNDS = 20
_COMPREHENSIONS = (_ast.ListComp, _ast.SetComp, _ast.DictComp, _ast.GeneratorExp)
_SHADOWING = (_ast.Subscript, _ast.Assign, _ast.AugAssign)


class Constants:
    """The constants of one file; `evaluator.value(node)` answers for any expression."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.names = source.names
        self.evaluator = Evaluator(source, self.of)
        self._known: dict[int, Constant] = {}
        self._fields: set[int] = set()
        self._globals_read: set[str] = set()
        # Only `:=` assigns or defines within an expression.
        self._is_plain = b":=" not in source.utf8
        list_nodes = list_statement_nodes if self._is_plain else list_all_nodes
        self._nodes = list_nodes(source.tree)
        self._propagate_globals()
        self._propagate_flow()
        self._nodes = []
        self.evaluator.settle()

    def of(self, node: Node) -> Constant | None:
        """Return the constant a name holds where it is read."""
        return self._known.get(id(node))

    def release(self) -> None:
        """Let go of the evaluator, which asks this for names."""
        del self.evaluator

    # ---- globals assigned once ----

    def _propagate_globals(self) -> None:
        counts: dict[Any, int] = {}
        for node in self._nodes:
            for target in _list_assigned_names(node):
                key = self.names.of(target)
                if key is not None:
                    counts[key] = counts.get(key, 0) + 1
        single = {key for key, count in counts.items() if count == 1 and key[0] == "global"}
        named = {
            target.id.encode()
            for node in self._nodes
            if self.may_set(node)
            and (target := find_target(node)).__class__ is _ast.Name
            and self.names.of(target) in single
        }
        if named:
            values: Env = {}
            for node in self._list_naming(named):
                self._visit_globals(node, single, values)
            self._ask_what_was_left_out()

    def _list_naming(self, names: set[bytes]) -> list[Node]:
        """Return the statements of the file that hold one of the names."""
        body: list[Node] = self.source.tree.body
        if not self.source.is_literal:  # letters may be written in more than one way
            return body
        lines = self.source.lines
        found = []
        for node in body:
            decorators = getattr(node, "decorator_list", None)
            first = decorators[0].lineno if decorators else node.lineno
            if not names.isdisjoint(find_words(b"".join(lines[first - 1 : node.end_lineno]))):
                found.append(node)
        return found

    def _ask_what_was_left_out(self) -> None:
        """What was left out may assign to a global once more.

        Raises:
            OutsideExcerptError: it names one that counts as constant here.
        """
        if self.source.excerpt is None or not self.source.excerpt.assigning:
            return
        words = find_words(self.source.excerpt.assigning)
        if any(name.encode() in words for name in self._globals_read):
            raise OutsideExcerptError

    def _visit_globals(self, node: Node, single: set[Any], values: Env) -> None:
        if node.__class__ is _ast.Name:
            key = self.names.of(node)
            if key in values and node.ctx.__class__ is _ast.Load:
                self._known[id(node)] = values[key]
                self._globals_read.add(node.id)
            return
        if node.__class__ is _ast.Assign and len(node.targets) == 1:
            target = node.targets[0]
            key = self.names.of(target) if target.__class__ is _ast.Name else None
            is_field = id(node) in self._fields and target.__class__ is _ast.Name
            if key is None and node.value.__class__ is _ast.Name and not is_field:
                return
            self._visit_globals(node.value, single, values)
            if key in single:
                value = self.get_global(node.value, key)
                if value is not None:
                    values[key] = value
                return
            self._visit_globals(target, single, values)
            return
        if node.__class__ is _ast.ClassDef:
            self._fields.update(map(id, node.body))
        direct = node.__class__ in _SHADOWING
        for child in list_children(node):
            if direct and child.__class__ is _ast.Name:
                continue  # Semgrep takes the names right below these for written to
            self._visit_globals(child, single, values)

    def may_set(self, node: Node) -> bool:
        """Whether a statement may set a name to what is followed here."""
        return find_target(node).__class__ is _ast.Name and _may_fold(node.value)

    def get_global(self, node: Node, key: object) -> Constant | None:
        """Return what a global that is assigned once is from here on."""
        return self.evaluator.value(node)

    # ---- flow ----

    def _propagate_flow(self) -> None:
        flows = [self.source.tree.body]
        flows += [node.body for node in self._nodes if node.__class__ in _FUNCTIONS]
        for body in flows:
            if self._is_plain and not _may_know(body, self.may_set):
                continue
            known = self.make_flow().run(body)
            for name, value in known.items():
                self.keep(name, value)

    def keep(self, name: int, value: Constant) -> None:
        """Note what a name holds, by its node's id; what came first stays."""
        self._known.setdefault(name, value)

    def make_flow(self) -> Flow:
        """Return what follows values through one body."""
        return Flow(self)


class Flow:
    """Runs the values of one function; an environment of None is code that is never reached."""

    def __init__(self, constants: Constants) -> None:
        self.names = constants.names
        self.known: dict[int, Constant] = {}
        self._global = constants.of
        self._env: Env = {}
        self._loops: list[tuple[list[Env | None], list[Env | None]]] = []
        self._throws: list[list[Env]] = []
        self._has_looped = False
        self._before_loop: list[Node] = []
        self._assigned: Node = (
            None  # the call whose result a statement assigns: one step to Semgrep
        )
        self.evaluator = Evaluator(constants.source, self._follow_lookup, is_flow=True)

    def run(self, body: list[Node]) -> dict[int, Constant]:
        """Return what each name read in the body holds."""
        self._follow_block(body, {})
        del self.evaluator  # which asks this for names: a circle that holds the whole file
        return self.known

    def _follow_lookup(self, node: Node) -> Constant | None:
        """Return what a part of an expression holds: a local's value, else a global's."""
        return self._env.get(self._follow_key(node)) or self._global(node)

    def _follow_key(self, node: Node) -> Any:
        return self.names.of(node) or node.id

    def _follow_block(self, body: list[Node], env: Env | None) -> Env | None:
        env = None if env is None else dict(env)
        for node in body:
            if env is None:
                return None  # nothing is known in code that is never reached
            env = self._follow_transfer(node, env)
        return env

    def _follow_transfer(self, node: Node, env: Env) -> Env | None:
        handler = _TRANSFERS.get(node.__class__)
        if handler is not None:
            return handler(self, node, env)
        self._read(node, env)
        return env

    def _read(self, node: Node | None, env: Env) -> None:
        """Record what the names in an expression hold.

        A comprehension is a loop that runs before what is left of the expression, and behind a loop
        nothing is known. What it goes through, and calls written before it, are worked out first.
        """
        if node is None:
            return
        thrown = len(self._throws[-1]) if self._throws else 0
        self._has_looped, self._before_loop = False, []
        if self._visit(node, env):
            first, before = self._before_loop, dict(env)
            env.clear()
            if self._throws:
                del self._throws[-1][thrown:]
            self._visit(node, env)
            for part in first:
                self._visit(part, before)

    def _visit(self, node: Node, env: Env) -> bool:
        """Record the same of the parts; tell whether a comprehension is among them."""
        kind = node.__class__
        if kind is _ast.Lambda:
            return self._visit_lambda(node, env)
        if kind is _ast.Name:
            if node.ctx.__class__ is _ast.Load:
                value = env.get(self._follow_key(node))
                if value is None:
                    self.known.pop(id(node), None)
                else:
                    self.known[id(node)] = value
            return False
        if kind is _ast.Slice:
            return False  # what bounds a slice is not looked at by Semgrep
        has_loop = kind in _COMPREHENSIONS
        if has_loop:
            self._visit(node.generators[0].iter, env)
            if not self._has_looped:
                self._before_loop.append(node.generators[0].iter)
            self._has_looped = True
        for child in list_children(node):
            has_loop |= self._visit(child, env)
        if kind is _ast.Call:
            if not self._has_looped:
                self._before_loop.append(node)
            if node is not self._assigned:
                self._throw(env)
        elif kind is _ast.NamedExpr:
            self._set(node.target, self._follow_value(node.value, env), env)
        return has_loop

    def _visit_lambda(self, node: Node, env: Env) -> bool:
        """Read a body that runs elsewhere: it throws and assigns nothing here."""
        self._throws.append([])
        has_looped, self._has_looped = self._has_looped, True
        has_loop = self._visit(node.body, dict(env))
        self._has_looped = has_looped
        self._throws.pop()
        return has_loop

    def _throw(self, env: Env) -> None:
        """Let the handlers around know what holds where an exception may leave the code."""
        if self._throws:
            self._throws[-1].append(dict(env))

    def _follow_value(self, node: Node, env: Env) -> Constant | None:
        if node.__class__ is _ast.Name:  # Semgrep makes no copy of a global
            return env.get(self._follow_key(node))
        self._env = env
        return self.evaluator.value(node)

    def _set(self, target: Node, value: Constant | None, env: Env) -> None:
        if target.__class__ is _ast.Name:
            key = self._follow_key(target)
            if value is None:
                env.pop(key, None)
            else:
                env[key] = value
        elif target.__class__ in (_ast.Tuple, _ast.List):
            for item in target.elts:
                self._set(item, None, env)
        elif target.__class__ is not _ast.Starred:  # which Semgrep does not see written
            self._forget_base(target, env)

    def _forget_base(self, node: Node, env: Env) -> None:
        """Writing to a part of a value, or calling its method, may change the value."""
        while node.__class__ in (_ast.Attribute, _ast.Subscript, _ast.Starred):
            node = node.value
        if node.__class__ is _ast.Name:
            env.pop(self._follow_key(node), None)

    def _assign(self, node: Node, env: Env) -> Env:
        if len(node.targets) == 1:
            self._read_assigned(node.targets[0], node.value, env)
        else:
            self._read(node.value, env)
        for target in node.targets:
            self._read(target, env)
        if len(node.targets) == 1:
            self._set(node.targets[0], self._follow_value(node.value, env), env)
        else:
            for target in node.targets:
                self._set(target, None, env)
        if node.value.__class__ is _ast.Call:
            self._throw(env)
        return env

    def _follow_annotated(self, node: Node, env: Env) -> Env:
        if node.value is None:
            return env
        self._read_assigned(node.target, node.value, env)
        self._set(node.target, self._follow_value(node.value, env), env)
        if node.value.__class__ is _ast.Call:
            self._throw(env)
        return env

    def _read_assigned(self, target: Node, value: Node, env: Env) -> None:
        self._assigned = value
        if not (
            value.__class__ is target.__class__ is _ast.Name
            and self._follow_key(value) == self._follow_key(target)
        ):  # `x = x` reads nothing to Semgrep
            self._read(value, env)

    def _follow_augmented(self, node: Node, env: Env) -> Env:
        self._read(node.value, env)
        value = None
        if node.target.__class__ is _ast.Name:
            value = self._fold_augmented(node, env)
        self._set(node.target, value, env)
        return env

    def _fold_augmented(self, node: Node, env: Env) -> Constant | None:
        before = env.get(self._follow_key(node.target))
        if before is not None:
            self.known[id(node.target)] = before
        values = [before, self._follow_value(node.value, env)]
        return fold_binary(node.op.__class__, values, is_flow=True)

    def _follow_expression(self, node: Node, env: Env) -> Env:
        self._read(node.value, env)
        call = node.value
        if call.__class__ is _ast.Call and call.func.__class__ is _ast.Attribute:
            self._forget_base(call.func, env)
            self._throw(env)
        return env

    def _return(self, node: Node, env: Env) -> None:
        self._read(node.value, env)

    def _raise(self, node: Node, env: Env) -> None:
        self._read(node.exc, env)
        self._throw(env)

    def _follow_if(self, node: Node, env: Env) -> Env | None:
        self._read(node.test, env)
        return _join(self._follow_block(node.body, env), self._follow_block(node.orelse, env))

    def _follow_while(self, node: Node, env: Env) -> Env | None:
        """Semgrep works out calls in the test before the loop too, and keeps what it saw."""
        out = self._loop(node, env, node.test, None)
        stack = [node.test]
        while stack:
            part = stack.pop()
            if part.__class__ in (_ast.Call, _ast.Lambda):
                self._keep_known(part, env)
            elif part.__class__ in _COMPREHENSIONS:
                self._keep_known(part.generators[0].iter, env)
            else:
                stack += list_children(part)
        return out

    def _keep_known(self, node: Node, env: Env) -> None:
        for name in list_all_nodes(node):
            if name.__class__ is _ast.Name and name.ctx.__class__ is _ast.Load:
                value = env.get(self._follow_key(name))
                if value is not None:
                    self.known[id(name)] = value

    def _follow_for(self, node: Node, env: Env) -> Env | None:
        self._read(node.iter, env)
        return self._loop(node, env, None, node.target)

    def _loop(self, node: Node, env: Env, test: Node, target: Node) -> Env | None:
        """Go round until nothing changes; at first nothing is known at the head."""
        head: Env = {}
        thrown = len(self._throws[-1]) if self._throws else 0
        for _ in range(_MAX_ROUNDS):
            if self._throws:  # only what the last round throws holds
                del self._throws[-1][thrown:]
            self._loops.append(([], []))
            self._read(test, head)
            start = dict(head)
            if target is not None:
                self._set(target, None, start)
            end = self._follow_block(node.body, start)
            breaks, continues = self._loops.pop()
            after: Env | None = env
            for other in (end, *continues):
                after = _join(after, other)
            if after == head:
                break
            head = after or {}
        out = self._follow_block(node.orelse, dict(head))
        for other in breaks:
            out = _join(out, other)
        return out

    def _break(self, node: Node, env: Env) -> None:
        if self._loops:
            self._loops[-1][0].append(env)

    def _continue(self, node: Node, env: Env) -> None:
        if self._loops:
            self._loops[-1][1].append(env)

    def _follow_with(self, node: Node, env: Env) -> Env | None:
        for item in node.items:
            self._read(item.context_expr, env)
            if item.optional_vars is not None:
                # Semgrep takes what a `with` binds for the context manager itself.
                self._set(item.optional_vars, self._follow_value(item.context_expr, env), env)
        return self._follow_block(node.body, env)

    def _try(self, node: Node, env: Env) -> Env | None:
        """Calls and `raise` lead to the handlers, whatever else may throw in earnest."""
        self._throws.append([])
        end = self._follow_block(node.body, env)
        thrown = _join_all(self._throws.pop())
        out = self._follow_block(node.orelse, end)
        for handler in node.handlers:
            out = _join(out, self._handle(handler, thrown))
        if not node.handlers:
            out = _join(out, thrown)
        out = self._follow_block(node.finalbody, out)
        if out is not None:
            self._throw(out)
        return out

    def _handle(self, handler: Node, thrown: Env | None) -> Env | None:
        if thrown is None:
            return None
        thrown = dict(thrown)
        self._read(handler.type, thrown)
        return self._follow_block(handler.body, thrown)

    def _match(self, node: Node, env: Env) -> Env | None:
        self._read(node.subject, env)
        out: Env | None = env
        for case in node.cases:
            for part in list_all_nodes(case.pattern):
                name = find_captured_name(part)
                if name is not None:
                    env.pop(self.names.of(part) or name, None)
            if case.guard is not None:
                self._read(case.guard, env)
            out = _join(out, self._follow_block(case.body, env))
        return out

    def _follow_class(self, node: Node, env: Env) -> Env:
        """Of a class body only the values of fields count."""
        for field in node.body:
            if _is_field(field):
                self._read(field.value, env)
        return env

    def _follow_delete(self, node: Node, env: Env) -> Env:
        for target in node.targets:
            value = env.get(self._follow_key(target)) if target.__class__ is _ast.Name else None
            if value is not None and value[0] == SYMBOL:  # of a constant Semgrep sees none here
                self.known[id(target)] = value
        return env

    def _skip(self, node: Node, env: Env) -> Env:
        return env


def _join(one: Env | None, other: Env | None) -> Env | None:
    if one is None or other is None:
        return other if one is None else one
    found: Env = {}
    for key, value in one.items():
        if key in other:
            both = unite(value, other[key])
            if both is not None:
                found[key] = both
    return found


def _join_all(envs: list[Env]) -> Env | None:
    found: Env | None = None
    for env in envs:
        found = _join(found, env)
    return found


def _is_field(node: Node) -> bool:
    if node.__class__ is _ast.Assign:
        return len(node.targets) == 1 and node.targets[0].__class__ is _ast.Name
    return (
        node.__class__ is _ast.AnnAssign
        and node.value is not None
        and node.target.__class__ is _ast.Name
    )


def _may_know(body: list[Node], may_set: Callable[[Node], bool]) -> bool:
    """Whether running a body, without a `:=` in it, can find what a name holds."""
    stack = list(body)
    while stack:
        node = stack.pop()
        if may_set(node):
            return True
        if node.__class__ not in _DEFINITIONS:
            for field in ("body", "orelse", "handlers", "finalbody", "cases"):
                stack += getattr(node, field, ())
    return False


def find_target(node: Node) -> Node:
    """Return what a statement assigns one value to."""
    if node.__class__ is _ast.Assign and len(node.targets) == 1:
        return node.targets[0]
    return node.target if node.__class__ is _ast.AnnAssign else None


def _may_fold(node: Node) -> bool:
    """Whether an expression may be worked out, by its first operand alone."""
    while True:
        kind = node.__class__
        if kind in (_ast.Constant, _ast.JoinedStr, _ast.Name):
            return True
        if kind is _ast.BinOp or kind is _ast.Compare:
            node = node.left
        elif kind is _ast.UnaryOp:
            node = node.operand
        elif kind is _ast.BoolOp:
            node = node.values[0]
        elif kind is _ast.IfExp:
            node = node.body
        else:
            return False


def _list_assigned_names(node: Node) -> list[Node]:
    kind = node.__class__
    if kind is _ast.Assign:
        return [name for target in node.targets for name in _names_in(target)]
    if kind in (_ast.AugAssign, _ast.NamedExpr) or (kind is _ast.AnnAssign and node.value):
        return _names_in(node.target)
    if kind is _ast.For and node.target.__class__ is _ast.Name:
        return [node.target]
    return []


def _names_in(target: Node) -> list[Node]:
    if target.__class__ is _ast.Name:
        return [target]
    if target.__class__ is _ast.Tuple:
        return [name for item in target.elts for name in _names_in(item)]
    return []


_TRANSFERS: dict[type, Callable[[Flow, Node, Env], Env | None]] = {
    _ast.Assign: Flow._assign,
    _ast.AnnAssign: Flow._follow_annotated,
    _ast.AugAssign: Flow._follow_augmented,
    _ast.Expr: Flow._follow_expression,
    _ast.Return: Flow._return,
    _ast.Raise: Flow._raise,
    _ast.If: Flow._follow_if,
    _ast.While: Flow._follow_while,
    _ast.For: Flow._follow_for,
    _ast.AsyncFor: Flow._follow_for,
    _ast.Break: Flow._break,
    _ast.Continue: Flow._continue,
    _ast.With: Flow._follow_with,
    _ast.AsyncWith: Flow._follow_with,
    _ast.Try: Flow._try,
    _ast.TryStar: Flow._try,
    _ast.Match: Flow._match,
    _ast.Delete: Flow._follow_delete,
    _ast.FunctionDef: Flow._skip,
    _ast.AsyncFunctionDef: Flow._skip,
    _ast.ClassDef: Flow._follow_class,
}
