"""Finds the tests of a Python file: what a runner collects, and what looks like a test and is not.

Known are functions and classes as pytest collects them, methods of unittest and Django, doctests,
and scripts that assert at the level of the module.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from typing import NamedTuple

from devmatrix_guard.mining.regression.body import BodyReader, Content
from devmatrix_guard.mining.regression.checks import Check
from devmatrix_guard.mining.regression.decorators import (
    Case,
    find_skip,
    list_cases,
    read_constants,
)
from devmatrix_guard.mining.regression.doctests import read_doctests
from devmatrix_guard.mining.regression.tables import MAX_TURNS, FunctionNode, is_fixture
from devmatrix_guard.mining.regression.terms import find_last_name

SCRIPT = "(module)"
_EMPTY = Content((), (), ())
_CASE_BASES = ("TestCase", "Case", "Test", "Tests", "Base", "Mixin", "TestBase")


class Naming(NamedTuple):
    """What a runner collects by name, as the settings of pytest have it: globs or prefixes.

    `runs_async` tells that it waits for coroutines without a mark.
    """

    files: tuple[str, ...] = ("test_*.py", "*_test.py", "test*.py", "*_tests.py", "tests.py")
    classes: tuple[str, ...] = ("Test",)
    functions: tuple[str, ...] = ("test",)
    runs_async: bool = False

    def is_test_file(self, path: str) -> bool:
        """Tell whether a file of this name is collected."""
        name = path.rpartition("/")[2]
        return any(fnmatchcase(path if "/" in glob else name, glob) for glob in self.files)

    def is_test_name(self, name: str) -> bool:
        """Tell whether a function of this name is collected."""
        return any(
            fnmatchcase(name, glob) if "*" in glob else name.startswith(glob)
            for glob in self.functions
        )


PYTEST = Naming()


class WrittenTest:
    """One test with what is needed to read it; its content is read when it is asked for."""

    def __init__(
        self, name: str, node: FunctionNode | None, lines: tuple[int, int], content: Content | None
    ) -> None:
        self.name = name
        self.node = node
        self.start, self.end = lines
        self.is_collected = True
        self.outer: Sequence[ast.expr] = ()
        self.helpers: Mapping[str, FunctionNode] = {}
        self.constants: Mapping[str, ast.expr] = {}
        self.module: Sequence[ast.stmt] = ()  # all that stands in its file
        self.runs_async = True
        self.mocked: Mapping[str, int] = {}  # names that its file has stand-ins for, in JavaScript
        self._content = content
        self._skipped: str | Callable[[], str] = ""
        self._cases: tuple[Case, ...] | Callable[[], tuple[Case, ...]] = ()

    def defer(
        self, find_skipped: Callable[[], str], read_cases: Callable[[], tuple[Case, ...]]
    ) -> None:
        """Let marks be read when they are asked for: most tests of a file never are."""
        self._skipped, self._cases = find_skipped, read_cases

    @property
    def skipped(self) -> str:
        """Why the test is skipped, empty where it is run."""
        if not isinstance(self._skipped, str):
            self._skipped = self._skipped()
        return self._skipped

    @skipped.setter
    def skipped(self, reason: str) -> None:
        self._skipped = reason

    @property
    def cases(self) -> tuple[Case, ...]:
        """The parametrised cases, none where it has no written-out ones."""
        if not isinstance(self._cases, tuple):
            self._cases = self._cases()
        return self._cases

    @cases.setter
    def cases(self, cases: tuple[Case, ...]) -> None:
        self._cases = cases

    @property
    def leaf(self) -> str:
        """The name without its class."""
        return self.name.rpartition("::")[2]

    @property
    def content(self) -> Content:
        """What the test asks for; nothing that runs where all of it is skipped."""
        if self._content is None:
            self._content = self._read()
        if not self.skipped:
            return self._content
        dead = tuple((check, self.skipped) for check in self._content.checks)
        return Content((), dead + self._content.dead, ())

    @property
    def asked(self) -> tuple[Check, ...]:
        """What the test asks for: its checks or, where it has none, the calls it makes."""
        content = self.content
        return content.checks or content.steps

    @property
    def asks_anything(self) -> bool:
        """Whether the test asks for anything, which its first check or call tells."""
        if self.skipped or self._content is not None:
            return bool(self.asked)
        content = self._read(is_brief=True)
        return bool(content.checks or content.steps)

    def read_without(self, names: Collection[str]) -> WrittenTest:
        """Return the test as it reads where some names of its module stand for nothing."""
        made = WrittenTest(self.name, self.node, (self.start, self.end), None)
        made.skipped, made.is_collected = self.skipped, self.is_collected
        made.helpers, made.outer = self.helpers, self.outer
        made.constants = {n: v for n, v in self.constants.items() if n not in names}
        if self.node is not None:
            marks = [*self.outer, *self.node.decorator_list]
            made.cases = _read_cases(marks, self.node, made.constants, made.helpers)
        return made

    def _read(self, *, is_brief: bool = False) -> Content:
        if self.node is None:
            return _EMPTY
        reader = BodyReader(self.helpers, self.constants, is_brief=is_brief)
        try:
            for case in self.cases or (Case("", {}, ""),):
                reader.read_case(self.node.body, case.given, case.text, case.skipped)
        except RecursionError:  # code nested beyond reason
            return _EMPTY
        return reader.content


class CollectedTests(NamedTuple):
    """The tests of one version of a file, by name; `others` look like tests and are not run."""

    tests: Mapping[str, WrittenTest]
    others: tuple[WrittenTest, ...]
    tree: ast.Module | None = None


def collect_tests(
    tree: ast.Module, naming: Naming = PYTEST, *, is_collected: bool = True
) -> CollectedTests:
    """Return the tests of a Python file.

    Args:
        tree: its tree.
        naming: what the runner collects.
        is_collected: whether the runner looks into the file at all.
    """
    found = _Collector(tree, naming, is_collected=is_collected)
    for test in read_doctests(tree):
        source = WrittenTest(test.name, None, (test.line, test.end), test.content)
        found.tests[source.name] = source
    return CollectedTests(found.tests, tuple(found.others), tree)


def list_shared(tree: ast.Module) -> Iterator[tuple[str, int, int]]:
    """Yield the name, the first and the last line of what tests of a file share.

    That are helpers, constants, what is imported, and what is given another value for all tests.
    """
    for node in tree.body:
        end = node.end_lineno or node.lineno
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                yield (alias.asname or alias.name).partition(".")[0], node.lineno, end
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((t.id, node.lineno, end) for t in targets if isinstance(t, ast.Name))
            yield from ((t.attr, node.lineno, end) for t in targets if isinstance(t, ast.Attribute))
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        for part in inner if isinstance(node, ast.ClassDef) else ():
            targets = part.targets if isinstance(part, ast.Assign) else []
            last = part.end_lineno or part.lineno
            yield from ((t.id, part.lineno, last) for t in targets if isinstance(t, ast.Name))
        for function in _walk_functions(inner):
            last = function.end_lineno or function.lineno
            first = min([function.lineno, *(mark.lineno for mark in function.decorator_list)])
            yield function.name, first, last
            if function.name in SETUPS or is_for_all(function):
                yield from ((name, function.lineno, last) for name in _list_words(function))


def _list_words(function: FunctionNode) -> Iterator[str]:
    """Yield the names a function reads or replaces: tests that use them depend on it."""
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.rpartition(".")[2]


class _Collector:
    def __init__(self, tree: ast.Module, naming: Naming, *, is_collected: bool) -> None:
        self.tests: dict[str, WrittenTest] = {}
        self.others: list[WrittenTest] = []
        self._naming = naming
        self._collected = is_collected and not _is_untested(tree.body)
        self._body = tree.body
        self._runs_async = naming.runs_async or _waits_for_all(tree.body)
        self._constants = read_constants(tree.body)
        self._of_classes: dict[str, dict[str, ast.expr]] = {}
        functions = {f.name: f for f in _walk_functions(tree.body)}
        self._helpers = {n: f for n, f in functions.items() if not self._naming.is_test_name(n)}
        self._bases = {c.name: c for c in tree.body if isinstance(c, ast.ClassDef)}
        skipped = find_skip((), tree.body, self._constants)
        skipped = skipped or _find_skipping_setup(functions, _MODULE_SETUPS)
        self._loader_skips = _find_skipping_loader(functions.get("load_tests"))
        self._setup_skips = _find_skipping_setup(functions, _FUNCTION_SETUPS)
        self._collect_block(tree.body, "", skipped, self._helpers)
        self._collect_script(tree, skipped)

    def _collect_block(
        self,
        body: Sequence[ast.stmt],
        owner: str,
        skipped: str,
        helpers: Mapping[str, FunctionNode],
        *,
        runs: bool = True,
        cases: Sequence[ast.expr] = (),
        waits: bool = False,
    ) -> None:
        for node in _walk_block(body):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._take(node, owner, skipped, helpers, runs=runs, outer=cases, waits=waits)
            elif isinstance(node, ast.ClassDef):
                self._collect_class(node, owner, skipped, runs=runs)
            else:
                for name in _list_hidden(node):
                    self._hide(f"{owner}::{name}" if owner else name)

    def _hide(self, name: str) -> None:
        """Note that a test, or those of a class, are not collected though they are written."""
        for hidden in [key for key in self.tests if key == name or key.startswith(f"{name}::")]:
            test = self.tests.pop(hidden)
            test.is_collected = False
            self.others.append(test)

    def _collect_class(self, node: ast.ClassDef, owner: str, skipped: str, *, runs: bool) -> None:
        name = f"{owner}::{node.name}" if owner else node.name
        own = {
            f.name: f for f in _walk_functions(node.body) if not self._naming.is_test_name(f.name)
        }
        self._of_classes[name] = _read_class_constants(node, own)
        inner = skipped or find_skip(node.decorator_list, node.body, self._constants)
        inner = inner or _find_skipping_setup(own)
        if any(find_last_name(base).endswith("TestCase") for base in node.bases):
            inner = inner or self._loader_skips
        self._collect_block(
            node.body,
            name,
            inner,
            {**self._helpers, **self._inherit_helpers(node), **own},
            runs=runs and self._is_collected_class(node, own),
            cases=node.decorator_list,
            waits=any(find_last_name(base) not in ("TestCase", "object") for base in node.bases)
            or _waits_for_all(node.body),
        )

    def _inherit_helpers(self, node: ast.ClassDef) -> dict[str, FunctionNode]:
        bases = [
            self._bases[b.id] for b in node.bases if isinstance(b, ast.Name) and b.id in self._bases
        ]
        return {f.name: f for base in bases for f in _walk_functions(base.body)}

    def _take(
        self,
        node: FunctionNode,
        owner: str,
        skipped: str,
        helpers: Mapping[str, FunctionNode],
        *,
        runs: bool,
        outer: Sequence[ast.expr],
        waits: bool,
    ) -> None:
        name = f"{owner}::{node.name}" if owner else node.name
        decorators = [*outer, *node.decorator_list]
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        test = WrittenTest(name, node, (first, node.end_lineno or node.lineno), None)
        own = self._of_classes.get(owner, {})
        test.constants = {**self._constants, **own} if own else self._constants
        test.helpers, test.outer = helpers, outer
        test.module, test.runs_async = self._body, self._runs_async or waits
        test.defer(
            partial(self._find_skipped, test, skipped, is_inner=bool(owner)),
            partial(_read_cases, decorators, node, test.constants, helpers),
        )
        test.is_collected = (
            self._collected
            and runs
            and self._naming.is_test_name(node.name)
            and not is_fixture(node)
        )
        if not test.is_collected:
            self.others.append(test)
            return
        former = self.tests.get(name)
        if former is not None:  # the later definition is the one that counts
            former.is_collected = False
            self.others.append(former)
        self.tests[name] = test

    def _find_skipped(self, test: WrittenTest, skipped: str, *, is_inner: bool) -> str:
        """Return why a test is skipped, by what stands above it, beside it or around it."""
        node = test.node
        if skipped or node is None:
            return skipped
        reason = find_skip(node.decorator_list, (), self._constants)
        reason = reason or _find_skipping_fixture(node, test.helpers)
        reason = reason or ("" if is_inner else self._setup_skips)
        if not reason and not test.outer and not node.decorator_list and _yields(node):
            return "it yields, and no runner runs a generator"
        return reason

    def _is_collected_class(self, node: ast.ClassDef, own: Mapping[str, FunctionNode]) -> bool:
        """Tell whether a runner looks into a class, for its name or for its base."""
        if _is_untested(node.body):
            return False
        if any(isinstance(n, ast.Assign) and "__test__" in _list_targets(n) for n in node.body):
            return True
        if any(self._is_case_base(base, 0) for base in node.bases):
            return True
        is_named = any(
            fnmatchcase(node.name, glob) if "*" in glob else node.name.startswith(glob)
            for glob in self._naming.classes
        )
        return is_named and "__init__" not in own

    def _is_case_base(self, base: ast.expr, depth: int) -> bool:
        name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
        local = self._bases.get(name)
        if local is not None and depth < 5:
            return any(self._is_case_base(inner, depth + 1) for inner in local.bases)
        return name.endswith(_CASE_BASES)

    def _collect_script(self, tree: ast.Module, skipped: str) -> None:
        """Take the assertions at the level of the module as one test."""
        if not self._collected or not any(_asserts(node) for node in tree.body):
            return
        module = ast.FunctionDef(
            SCRIPT,
            ast.arguments([], [], None, [], [], None, []),
            [n for n in tree.body if not isinstance(n, (ast.FunctionDef, ast.ClassDef))],
            [],
        )
        test = WrittenTest(SCRIPT, module, (1, tree.body[-1].end_lineno or 1), None)
        test.helpers, test.skipped = self._helpers, skipped
        self.tests[SCRIPT] = test


def _read_class_constants(
    node: ast.ClassDef, own: Mapping[str, FunctionNode]
) -> dict[str, ast.expr]:
    """Return what a class and its setups give names of `self`, each under `self.` and its name."""
    found = read_constants(node.body)
    for function in (function for name, function in own.items() if name in SETUPS):
        for part in function.body:
            target = part.targets[0] if isinstance(part, ast.Assign) else None
            if isinstance(part, ast.Assign) and isinstance(target, ast.Attribute):
                is_own = find_last_name(target.value) in ("self", "cls")
                found.update({target.attr: part.value} if is_own else {})
    return {f"self.{name}": value for name, value in found.items()}


def _read_cases(
    marks: Sequence[ast.expr],
    node: FunctionNode,
    names: Mapping[str, ast.expr],
    functions: Mapping[str, FunctionNode],
) -> tuple[Case, ...]:
    return tuple(list_cases(marks, node, names, MAX_TURNS, functions))


def _walk_block(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements, those under a condition of the module or class included."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            yield from _walk_block(node.body)
            yield from _walk_block(node.orelse)
        elif isinstance(node, ast.Try):
            for block in (node.body, node.orelse, node.finalbody):
                yield from _walk_block(block)
            for handler in node.handlers:
                yield from _walk_block(handler.body)
        elif isinstance(node, ast.With):
            yield from _walk_block(node.body)


def _walk_functions(body: Sequence[ast.stmt]) -> Iterator[FunctionNode]:
    for node in _walk_block(body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def _asserts(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if isinstance(node, (ast.For, ast.If, ast.With, ast.Try, ast.While)):
        return any(_asserts(inner) for inner in _iterate_children(node))
    return False


def _iterate_children(node: ast.stmt) -> Iterator[ast.stmt]:
    for field in ("body", "orelse", "finalbody"):
        yield from getattr(node, field, ())


def _list_targets(node: ast.Assign) -> list[str]:
    return [target.id for target in node.targets if isinstance(target, ast.Name)]


def _is_untested(body: Sequence[ast.stmt]) -> bool:
    """Tell whether a module or class says that it holds no tests."""
    return any(
        isinstance(node, ast.Assign)
        and "__test__" in _list_targets(node)
        and not getattr(node.value, "value", True)
        for node in body
    )


def _list_hidden(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement takes away, gives to something else, or marks as no test."""
    targets = node.targets if isinstance(node, (ast.Delete, ast.Assign)) else []
    value = node.value if isinstance(node, ast.Assign) else None
    used = {n.id for n in ast.walk(value) if isinstance(n, ast.Name)} if value else set()
    for target in targets:
        if isinstance(target, ast.Name) and target.id not in used:
            yield target.id
        elif isinstance(target, ast.Attribute) and target.attr == "__test__":
            is_off = isinstance(value, ast.Constant) and not value.value
            if is_off and isinstance(target.value, ast.Name):
                yield target.value.id


def _yields(function: FunctionNode) -> bool:
    """Tell whether calling a function runs none of it, as it is a generator."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(node))
    return False


# What runs before tests, by where it is defined.
SETUPS = (
    "setUp", "setUpClass", "setup_method", "setup_class", "asyncSetUp", "asyncSetUpClass", "setup",
)  # fmt: skip
_MODULE_SETUPS = ("setup_module", "setUpModule")
_FUNCTION_SETUPS = ("setup_function", "setup")


def _find_skipping_setup(own: Mapping[str, FunctionNode], names: Sequence[str] = SETUPS) -> str:
    """Return why all tests of a class or module are skipped by what runs before each, or nothing.

    That are setups, by their names, and fixtures that every test uses.
    """
    for name, function in own.items():
        if (name in names or is_for_all(function)) and skips_always(function):
            return f"{name} skips it"
    return ""


def _find_skipping_loader(function: FunctionNode | None) -> str:
    """Return why unittest runs nothing of a module: its `load_tests` uses none of what is there."""
    if function is None or len(function.args.args) < 2:
        return ""
    given = {arg.arg for arg in function.args.args[:2]}
    used = {n.id for part in function.body for n in ast.walk(part) if isinstance(n, ast.Name)}
    return "" if used & given else "load_tests leaves it out"


def is_for_all(function: FunctionNode) -> bool:
    """Tell whether a function is a fixture that tests use without naming it."""
    calls = [node for node in function.decorator_list if isinstance(node, ast.Call)]
    return any(
        keyword.arg == "autouse"
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value is True
        for call in calls
        for keyword in call.keywords
    )


def _find_skipping_fixture(node: FunctionNode, helpers: Mapping[str, FunctionNode]) -> str:
    """Return why a fixture that a test asks for skips it, or nothing."""
    asked = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and find_last_name(mark) == "usefixtures":
            asked += [str(a.value) for a in mark.args if isinstance(a, ast.Constant)]
    for name in asked:
        fixture = helpers.get(name)
        if fixture is not None and is_fixture(fixture) and skips_always(fixture):
            return f"{name} skips it"
    return ""


def _waits_for_all(body: Sequence[ast.stmt]) -> bool:
    """Tell whether a mark for all tests of a module or class says what waits for coroutines."""
    marked = [n for n in body if isinstance(n, ast.Assign) and "pytestmark" in _list_targets(n)]
    return any(
        isinstance(part, ast.Attribute) and part.attr in ("asyncio", "anyio", "trio")
        for node in marked
        for part in ast.walk(node.value)
    )


def skips_always(function: FunctionNode) -> bool:
    """Tell whether whatever comes after a function is skipped."""
    reader = BodyReader({}, {})
    marker: ast.stmt = ast.Assert(ast.Name("reached", ast.Load()), None)
    ast.copy_location(marker, function)
    reader.read_case([*function.body, marker], {}, "", "")
    reasons = [reason for check, reason in reader.content.dead if check.subject == "reached"]
    return bool(reasons) and "skips" in reasons[-1]
