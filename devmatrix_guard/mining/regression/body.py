"""Reads the statements of a test: which checks run, under which conditions, and which never do."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from devmatrix_guard.mining.regression.checks import (
    Check,
    Parts,
    find_helper_name,
    has_checks,
    is_checking_name,
    is_raising_name,
    is_same_value,
    read_check_call,
    read_truth,
)
from devmatrix_guard.mining.regression.tables import (
    MAX_TURNS,
    FunctionNode,
    list_turns,
    look_up,
)
from devmatrix_guard.mining.regression.terms import (
    find_last_name,
    find_truth,
    is_exit,
    is_import_skip,
    make_placeholder,
    render,
    shrink,
    substitute,
)

MAX_CHECKS = 400
_MAX_DEPTH = 3
_MAX_SHOWN = 100
_SKIPS = ("skip", "skipTest", "SkipTest", "xfail", "skip_test", "skiptest")
_SKIPPERS = ("pytest", "unittest", "self", "cls", "py", "nose")
_BROAD = ("Exception", "BaseException", "AssertionError")

SKIPPED = "it skips itself"
RETURNED = "it returns before"
NEVER = "its condition is never true"
SWALLOWED = "its failure is swallowed"
UNCALLED = "nothing calls the function that it stands in"


class Content(NamedTuple):
    """What a test asks for.

    `checks` run, `dead` are those that never do with the reason, `steps` the calls it makes.
    """

    checks: tuple[Check, ...]
    dead: tuple[tuple[Check, str], ...]
    steps: tuple[Check, ...]


class Place(NamedTuple):
    """Where a statement stands: conditions around it, why it never runs, and its case."""

    where: tuple[str, ...] = ()
    reason: str = ""
    case: str = ""
    depth: int = 0

    def under(self, condition: str) -> Place:
        return self._replace(where=(*self.where, condition))

    def never(self, reason: str) -> Place:
        return self if self.reason else self._replace(reason=reason)


class BodyReader:
    """Collects what the statements of one test ask for.

    Args:
        helpers: functions of the same file and methods of the same class, by name.
        constants: what names of the module stand for.
        is_brief: whether the first check or call that runs is all that is wanted.
    """

    def __init__(
        self,
        helpers: Mapping[str, FunctionNode],
        constants: Mapping[str, ast.expr],
        *,
        is_brief: bool = False,
    ) -> None:
        self._is_brief = is_brief
        self._helpers = dict(helpers)
        self._names: dict[str, ast.expr] = dict(constants)
        self._checks: list[Check] = []
        self._dead: list[tuple[Check, str]] = []
        self._steps: list[Check] = []
        self._body: Sequence[ast.stmt] = ()
        self._large: dict[str, ast.expr] = {}  # what stands for itself by a hash

    def read_case(
        self, body: Sequence[ast.stmt], given: Mapping[str, ast.expr], case: str, reason: str
    ) -> None:
        """Read the body of a test for one of its parametrised cases.

        Args:
            body: its statements.
            given: what its parameters are in this case.
            case: the case as a text, empty where the test has none.
            reason: why this case never runs, empty where it does.
        """
        kept = dict(self._names)
        self._names.update(given)
        self._body = body
        self._read(body, Place(reason=reason, case=case))
        self._names = kept

    @property
    def content(self) -> Content:
        """All that was read so far."""
        return Content(tuple(self._checks), tuple(self._dead), tuple(self._steps))

    def _read(self, body: Sequence[ast.stmt], place: Place) -> None:
        for statement in body:
            if len(self._checks) + len(self._dead) + len(self._steps) > MAX_CHECKS:
                return
            if self._is_brief and (self._checks or self._steps):
                return
            place = self._read_statement(statement, place)

    def _read_statement(self, node: ast.stmt, place: Place) -> Place:
        """Read a statement; return the place of those after it."""
        if isinstance(node, ast.Assert) and not _compares_with_itself(node.test):
            test = self._resolve(node.test)
            if not _calls_stand_in(test):
                self._add(read_truth(test), node, place)
        elif isinstance(node, (ast.Return, ast.Raise, ast.Continue, ast.Break)):
            return self._read_exit(node, place)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self._read_nested(node, place)
        elif isinstance(node, (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign)):
            return self._read_simple(node, place)
        elif isinstance(node, ast.If):
            return self._read_if(node, place)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            self._read_for(node, place)
        elif isinstance(node, ast.While):
            self._read_while(node, place)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            self._read_with(node, place)
        elif isinstance(node, (ast.Try, ast.TryStar)):
            return self._read_try(node, place)
        elif isinstance(node, ast.Match):
            for case in node.cases:
                self._read(case.body, place.under(f"case {render(case.pattern)}"))
        return place

    def _read_exit(self, node: ast.stmt, place: Place) -> Place:
        value = node.value if isinstance(node, ast.Return) else None
        if value is not None:
            self._read_value(value, node, place)
        if isinstance(node, ast.Raise) and node.exc and find_last_name(node.exc) in _SKIPS:
            return place.never(SKIPPED)
        return place.never(RETURNED)

    def _read_nested(self, node: FunctionNode, place: Place) -> None:
        """Read a function within the test: a callback, or a helper that is called later."""
        if _is_stand_in(node):
            self._bind(ast.Name(node.name), ast.Lambda(node.args, ast.Constant(None)))
        if not (node.decorator_list or node.name in _list_used(self._body)):
            place = place.never(UNCALLED)
        own = {arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg)}
        kept = dict(self._names)
        for name in own:
            self._names.pop(name, None)
        self._read(node.body, place._replace(depth=place.depth + 1))
        self._names = kept

    def _read_simple(
        self, node: ast.Expr | ast.Assign | ast.AnnAssign | ast.AugAssign, place: Place
    ) -> Place:
        value = node.value
        if value is None:
            return place
        if isinstance(node, ast.Expr) and (_is_skip(value) or is_import_skip(value)):
            return place.never(SKIPPED)
        self._read_value(value, node, place)
        if isinstance(node, ast.AugAssign):
            self._forget(node.target)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, self._resolve(value))
        elif isinstance(node, ast.AnnAssign):
            self._bind(node.target, self._resolve(value))
        return place

    def _read_value(self, value: ast.expr, node: ast.stmt, place: Place) -> None:
        """Read what an expression that stands for itself calls: a check, a helper or a step."""
        if isinstance(value, (ast.Await, ast.YieldFrom, ast.Yield)) and value.value is not None:
            value = value.value
        if not isinstance(value, ast.Call):
            return
        helper = self._helpers.get(find_helper_name(value))
        if helper is not None and place.depth < _MAX_DEPTH and has_checks(helper):
            self._read_helper(helper, value, place)
            return
        call = cast(ast.Call, self._resolve(value))
        parts = read_check_call(call)
        if parts is None:
            step = self._make(("step", render(call), "", ""), node, place)
            if not place.reason:
                self._steps.append(step)
        else:
            self._add(parts, node, place)

    def _read_helper(self, helper: FunctionNode, call: ast.Call, place: Place) -> None:
        """Read the checks of a function of the same file as if they stood here."""
        kept, body = dict(self._names), self._body
        given = _bind_arguments(helper, call)
        self._names.update({name: shrink(self._resolve(value)) for name, value in given.items()})
        self._body = helper.body
        self._read(helper.body, place._replace(depth=place.depth + 1))
        self._names, self._body = kept, body

    def _read_if(self, node: ast.If, place: Place) -> Place:
        test = self._resolve(node.test)
        truth, text = find_truth(test), render(test)
        if "__name__" in text:
            self._read(node.body, place)
            return place
        self._read(node.body, place.never(NEVER) if truth is False else place.under(f"if {text}"))
        other = place.never(NEVER) if truth is True else place.under(f"unless {text}")
        self._read(node.orelse, place if truth is False else other)
        if truth is False or not _leaves(node.body):
            return place
        return place.never(RETURNED) if truth is True else place.under(f"unless {text}")

    def _read_for(self, node: ast.For | ast.AsyncFor, place: Place) -> None:
        over = self._resolve(node.iter)
        self._forget_assigned(node.body)
        turns = list_turns(over, self._look_up)
        if turns is None or len(turns) > MAX_TURNS:
            self._bind(node.target, make_placeholder(f"each {render(over)}"))
            self._read(node.body, place.under(f"for {render(over)}"))
        elif not turns:
            self._read(node.body, place.never(NEVER))
        else:
            for turn in turns[:1] if _ends_in_first_turn(node.body) else turns:
                self._bind(node.target, turn)
                self._read(node.body, place._replace(case=place.case or render(turn)))
        self._read(node.orelse, place)

    def _read_while(self, node: ast.While, place: Place) -> None:
        self._forget_assigned(node.body)
        test = self._resolve(node.test)
        never = find_truth(test) is False
        self._read(node.body, place.never(NEVER) if never else place.under(f"while {render(test)}"))
        self._read(node.orelse, place)

    def _read_with(self, node: ast.With | ast.AsyncWith, place: Place) -> None:
        for item in node.items:
            call = item.context_expr
            if find_last_name(call) == "suppress" and isinstance(call, ast.Call):
                kinds = ", ".join(render(self._resolve(kind)) for kind in call.args)
                inner = place.under(f"unless {kinds} is suppressed")
                place = place.never(SWALLOWED) if _names_broad(call) else inner
            resolved = self._resolve(call)
            if isinstance(resolved, ast.Call):
                name = find_last_name(call)
                body = self._resolve_block(node.body) if is_raising_name(name) else ()
                if body or is_checking_name(name):
                    self._add(read_check_call(resolved, body) or [], node, place)
                elif name == "closing" and len(resolved.args) == 1:  # gives what it is given
                    (resolved,) = resolved.args
                    self._read_value(resolved, ast.Expr(resolved, lineno=node.lineno), place)
            if item.optional_vars is not None:
                self._bind(item.optional_vars, resolved)
        self._read(node.body, place)

    def _read_try(self, node: ast.Try | ast.TryStar, place: Place) -> Place:
        """Read a `try`; return the place of what follows, which a handler may keep from running."""
        is_lost = any(swallows(handler) for handler in node.handlers)
        hidden = [h for h in node.handlers if h.type is not None and _is_silent(h)]
        inner = self._place_unless_caught(hidden, place)
        self._read(node.body, place.never(SWALLOWED) if is_lost else inner)
        for handler in node.handlers:
            kind = render(self._resolve(handler.type)) if handler.type else ""
            if handler.name:
                self._names[handler.name] = make_placeholder(f"caught {kind}")
            self._read(handler.body, place.under(f"except {kind}"))
        self._read(node.orelse, inner)
        self._read(node.finalbody, place)
        return self._place_unless_caught([h for h in hidden if _leaves(h.body)], place)

    def _place_unless_caught(self, handlers: Sequence[ast.ExceptHandler], place: Place) -> Place:
        kinds = [render(self._resolve(h.type)) for h in handlers if h.type is not None]
        return place.under(f"unless {', '.join(kinds)} is caught") if kinds else place

    def _add(self, found: Sequence[Parts], node: ast.stmt, place: Place) -> None:
        for parts in found:
            check = self._make(parts, node, place)
            if place.reason:
                self._dead.append((check, place.reason))
            else:
                self._checks.append(check)

    def _make(self, parts: Parts, node: ast.stmt, place: Place) -> Check:
        head = node.items[0].context_expr if isinstance(node, (ast.With, ast.AsyncWith)) else node
        shown = " ".join(_show(head).split())
        shown = shown if len(shown) <= _MAX_SHOWN else shown[: _MAX_SHOWN - 1] + "…"
        return Check(*parts, place.where, node.lineno, shown, place.case)

    def _resolve(self, node: ast.expr) -> ast.expr:
        return substitute(node, self._names)

    def _look_up(self, over: ast.expr) -> ast.expr:
        """Return the table that an expression stands for, however it is kept."""
        if isinstance(over, ast.Name) and over.id in self._large:
            return self._large[over.id]
        found = look_up(over, self._names, self._helpers)
        return over if found is over else self._resolve(found)

    def _shrink(self, value: ast.expr) -> ast.expr:
        small = shrink(value)
        if small is not value and isinstance(small, ast.Name):
            self._large[small.id] = value
        return small

    def _resolve_block(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for statement in body:
            if isinstance(statement, (ast.Expr, ast.Assign)):
                made.append(ast.Expr(self._resolve(statement.value)))
            else:
                made.append(statement)
        return made

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        """Let names stand for what they are given; parts of what cannot be taken apart by index."""
        if isinstance(target, ast.Name):
            self._names[target.id] = self._shrink(value)
        elif isinstance(target, ast.Starred):
            self._bind(target.value, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else None
            for number, part in enumerate(target.elts):
                fits = parts is not None and len(parts) == len(target.elts)
                self._bind(part, parts[number] if fits and parts else _take(value, number))

    def _forget_assigned(self, body: Sequence[ast.stmt]) -> None:
        """Forget what a loop gives names: at another turn they stand for something else."""
        for part in (part for statement in body for part in ast.walk(statement)):
            if isinstance(part, ast.AugAssign):
                self._forget(part.target)
            elif isinstance(part, ast.Assign):
                for target in part.targets:
                    self._forget(target)

    def _forget(self, target: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._names.pop(target.id, None)


def _ends_in_first_turn(body: Sequence[ast.stmt]) -> bool:
    return any(isinstance(statement, (ast.Break, ast.Return)) for statement in body)


def _is_stand_in(node: FunctionNode) -> bool:
    """Tell whether a function within a test calls nothing and so tells nothing of the product."""
    parts = [part for statement in node.body for part in ast.walk(statement)]
    is_made_up = not any(isinstance(part, (ast.Call, ast.Raise, ast.Assert)) for part in parts)
    return is_made_up and any(isinstance(part, ast.Return) and part.value for part in parts)


def _calls_stand_in(test: ast.expr) -> bool:
    """Tell whether a check asks a function that the test made up, and nothing but that."""
    calls = [part for part in ast.walk(test) if isinstance(part, ast.Call)]
    made_up = [
        call
        for call in calls
        if isinstance(call.func, ast.Lambda)
        and not any(isinstance(part, ast.Call) for part in ast.walk(call.func.body))
    ]
    within = {id(part) for call in made_up for arg in call.args for part in ast.walk(arg)}
    return bool(made_up) and all(call in made_up or id(call) in within for call in calls)


def _list_used(body: Sequence[ast.stmt]) -> set[str]:
    """Return the names that statements use."""
    parts = (part for statement in body for part in ast.walk(statement))
    return {p.id for p in parts if isinstance(p, ast.Name) and isinstance(p.ctx, ast.Load)}


def _names_broad(call: ast.expr) -> bool:
    return isinstance(call, ast.Call) and any(find_last_name(arg) in _BROAD for arg in call.args)


def _take(value: ast.expr, number: int) -> ast.expr:
    return ast.Subscript(value, ast.Constant(number), ast.Load())


def _show(node: ast.AST) -> str:
    if isinstance(node, ast.FunctionDef):
        return f"def {node.name}"
    return render(node)


def _bind_arguments(helper: FunctionNode, call: ast.Call) -> dict[str, ast.expr]:
    """Return what the parameters of a helper are given by a call, as far as it can be told."""
    parameters = [arg.arg for arg in (*helper.args.posonlyargs, *helper.args.args)]
    if parameters[:1] in (["self"], ["cls"]):
        parameters = parameters[1:]
    defaults = helper.args.defaults
    given = dict(zip(parameters[len(parameters) - len(defaults) :], defaults, strict=False))
    for arg, default in zip(helper.args.kwonlyargs, helper.args.kw_defaults, strict=False):
        if default is not None:
            given[arg.arg] = default
    given.update(zip(parameters, call.args, strict=False))
    given.update({word.arg: word.value for word in call.keywords if word.arg})
    return given


def _compares_with_itself(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.ops[0], (ast.Eq, ast.Is))
        and is_same_value(test.left, test.comparators[0])
    )


def _leaves(body: Sequence[ast.stmt]) -> bool:
    """Tell whether a block ends the test, or the turn of a loop, without a failure."""
    last = body[-1] if body else None
    if isinstance(last, (ast.Return, ast.Continue, ast.Break)):
        return True
    if isinstance(last, ast.Raise):
        return last.exc is not None and find_last_name(last.exc) in _SKIPS
    return isinstance(last, ast.Expr) and _is_skip(last.value)


def _is_skip(node: ast.expr) -> bool:
    """Tell whether an expression is a call that ends the test as skipped, or all of them."""
    if is_exit(node):
        return True
    if not isinstance(node, ast.Call) or find_last_name(node) not in _SKIPS:
        return False
    func = node.func
    return isinstance(func, ast.Name) or (
        isinstance(func, ast.Attribute) and find_last_name(func.value) in _SKIPPERS
    )


def swallows(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler takes a failed assertion and says nothing."""
    kinds = _list_kinds(handler.type)
    if kinds and not any(kind in _BROAD for kind in kinds):
        return False
    return _is_silent(handler)


def _is_silent(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler lets a test pass whatever it takes."""
    return not any(
        isinstance(part, (ast.Raise, ast.Assert))
        or (isinstance(part, ast.Call) and "fail" in find_last_name(part).lower())
        for statement in handler.body
        for part in ast.walk(statement)
    )


def _list_kinds(node: ast.expr | None) -> list[str]:
    if node is None:
        return []
    return [find_last_name(part) for part in (node.elts if isinstance(node, ast.Tuple) else [node])]
