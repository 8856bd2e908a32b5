"""Which tests the settings of pytest leave out: `addopts`, `testpaths`, names, `collect_ignore`.

Read as data: a `conftest.py` is parsed, and what it computes is not known.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from fnmatch import fnmatchcase
from posixpath import normpath
from typing import Any, NamedTuple

from devmatrix_guard.engine.tree.parse import parse_source
from devmatrix_guard.mining.regression.collect import PYTEST, SCRIPT, Naming, is_for_all
from devmatrix_guard.mining.regression.naming import FILES, list_words, make_naming, read_options
from devmatrix_guard.mining.regression.tables import FunctionNode

CONFTEST = "conftest.py"
_OPTIONS = ("--deselect", "--ignore-glob", "--ignore", "-k", "-m")
_NOTHING_RUNS = ("--collect-only", "--co", "--setup-plan", "-pno:python", "--lfnf=none")
_NOTHING_RUNS_BY_PAIR = (
    ("-p", "no:python"), ("--lfnf", "none"), ("--last-failed-no-failures", "none"),
)  # fmt: skip
_TERM = re.compile(r"[^\s()]+")
_COLLECTING = ("pytest_collection_modifyitems", "pytest_collection_finish")
_REPLACING = ("pytest_runtest_call", "pytest_runtest_protocol", "pytest_pyfunc_call")
_RUNNING = (
    *_COLLECTING,
    *_REPLACING,
    "pytest_runtest_setup",
    "pytest_collect_file",
    "pytest_itemcollected",
    "pytest_pycollect_makeitem",
    "pytest_collection",
    "pytest_sessionstart",
    "pytest_configure",
)
_TAKEN_OUT = re.compile(
    r"items\s*\[\s*:|items\.(?:remove|clear|pop)\b|\bdel items\b|deselected"
    r"|\bmark\.(?:skip|xfail)\b"
)
_SKIPPING = re.compile(r"\bpytest\.(?:skip|exit|xfail)\(|\bSkipTest\b|\bSkipped\(")
_IGNORING = ("collect_ignore", "collect_ignore_glob")
_ADDING = ("append", "extend", "insert")
_MAX_DEPTH = 50
# Folders that pytest does not go into where no `norecursedirs` says otherwise.
_UNASKED = ("*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}")


class Exclusion(NamedTuple):
    """What leaves a test out: the file that says so, the word to look for there, and the text."""

    path: str
    word: str
    text: str


class RunnerSettings(NamedTuple):
    """What pytest is told to leave out.

    Attributes:
        path: the file of its settings, "" where there is none.
        naming: what it collects by name.
        roots: where it looks, with no names given; everywhere where empty.
        passed_by: names or globs of folders that it does not go into.
        options: pairs of an option of `addopts` and its value, of those that leave tests out.
        ignored: triples of a `conftest.py`, the kind of list in it, and an entry of that.
    """

    path: str = ""
    naming: Naming = PYTEST
    roots: tuple[str, ...] = ()
    passed_by: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    ignored: tuple[tuple[str, str, str], ...] = ()

    def find_exclusion(
        self, path: str, name: str, marks: AbstractSet[str] | None = None
    ) -> Exclusion | None:
        """Return what leaves a test out, None where it is run.

        Args:
            path: its file, from the top of the project.
            name: as in `TestClass::test_name`; "" for whatever the file holds.
            marks: those it has; None where they are not known.
        """
        if not self.naming.is_test_file(path):
            return Exclusion(self.path, "python_files", f"`python_files` leaves out {path}")
        leaf = name.rpartition("::")[2].partition("[")[0]
        if leaf and leaf != SCRIPT and not self.naming.is_test_name(leaf):
            return Exclusion(self.path, "python_functions", f"`python_functions` leaves out {leaf}")
        if self.roots and not any(_lies_below(path, root) for root in self.roots):
            return Exclusion(self.path, "testpaths", f"`testpaths` leaves out {path}")
        for glob in self.passed_by:
            if _passes_by(path, glob):
                return Exclusion(self.path, "norecursedirs", f"`norecursedirs` holds {glob!r}")
        for option, value in self.options:
            if option == "-m":
                is_out = marks is not None and not _matches_marks(value, marks)
            else:
                is_out = _is_left_out(option, value, path, name)
            if is_out:
                return Exclusion(self.path, "addopts", f"`{f'{option} {value}'.strip()}`")
        for conftest, kind, entry in self.ignored:
            folder = conftest.removesuffix(CONFTEST)
            place = f"{folder}{entry}"
            if fnmatchcase(path, place) if kind.endswith("glob") else _lies_below(path, place):
                return Exclusion(conftest, kind, f"`{kind}` holds {entry!r}")
        return None

    def find_dead_end(self, old_path: str, path: str) -> Exclusion | None:
        """Return which folder a file moved into that pytest does not go into unasked, if it did."""
        places = (old_path, *(f"{root}/" for root in self.roots))
        for glob in () if self.passed_by else _UNASKED:
            if _passes_by(path, glob) and not any(_passes_by(place, glob) for place in places):
                return Exclusion(path, "norecursedirs", f"pytest goes into no folder {glob!r}")
        return None


def is_runner_file(path: str) -> bool:
    """Tell whether a file may say which tests pytest runs."""
    return path in FILES or path.rpartition("/")[2] == CONFTEST


def read_runner(
    read: Callable[[str], bytes | None], conftests: Sequence[str] = ()
) -> RunnerSettings:
    """Return what pytest is told to leave out; what cannot be read leaves nothing out.

    Args:
        read: gives the content of a file of the project, None where there is none.
        conftests: those `conftest.py` to look into.
    """
    path, options = read_options(read)
    ignored = [entry for one in conftests for entry in _list_ignored(one, read(one))]
    return RunnerSettings(
        path,
        make_naming(options),
        list_words(options.get("testpaths")),
        list_words(options.get("norecursedirs")),
        tuple(list_options(options.get("addopts"))),
        tuple(ignored),
    )


def find_choosing_hook(source: bytes | None) -> FunctionNode | None:
    """Return a hook of a `conftest.py` that takes tests out of those that run, None without one.

    A fixture that every test uses without naming it may do so as well.
    """
    tree = parse_source(source) if source is not None else None
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name == "pytest_ignore_collect":
            return node
        if node.name in _COLLECTING and _TAKEN_OUT.search(ast.unparse(node)):
            return node
        if node.name in _RUNNING or is_for_all(node):
            code = ast.unparse(node)
            if _SKIPPING.search(code) or (node.name in _REPLACING and "return True" in code):
                return node
    return None


def read_marks(source: bytes | None) -> dict[str, frozenset[str]]:
    """Return the marks of the tests of a file, by names as in `TestClass::test_name`."""
    tree = parse_source(source) if source is not None else None
    return dict(_list_marks(tree.body, "", _read_own_marks(tree.body))) if tree is not None else {}


def _list_marks(
    body: Sequence[ast.stmt], owner: str, around: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        name = f"{owner}::{node.name}" if owner else node.name
        marks = around | {mark for d in node.decorator_list for mark in _name_mark(d)}
        if isinstance(node, ast.ClassDef):
            yield from _list_marks(node.body, name, marks | _read_own_marks(node.body))
        else:
            yield name, marks


def _read_own_marks(body: Sequence[ast.stmt]) -> frozenset[str]:
    """Return the marks that a module or class gives all its tests."""
    values = [
        node.value
        for node in body
        if isinstance(node, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets)
    ]
    return frozenset(mark for v in values for part in ast.walk(v) for mark in _name_mark(part))


def _name_mark(node: ast.AST) -> Iterator[str]:
    value = node.func if isinstance(node, ast.Call) else node
    if isinstance(value, ast.Attribute):
        owner = value.value
        if getattr(owner, "attr", getattr(owner, "id", "")) == "mark":
            yield value.attr


def list_options(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the options that leave tests out, each with its value.

    Args:
        value: the words of a call of pytest, or a text as for a shell.
    """
    words = list(value) if isinstance(value, list | tuple) else list(list_words(value))
    for number, word in enumerate(words):
        if word in _NOTHING_RUNS or tuple(words[number : number + 2]) in _NOTHING_RUNS_BY_PAIR:
            yield "--collect-only", ""
            continue
        for option in _OPTIONS:
            if word == option and number + 1 < len(words):
                yield option, words[number + 1]
                break
            joined = f"{option}=" if option.startswith("--") else option
            if word.startswith(joined) and word != option:
                yield option, word.removeprefix(joined)
                break


def _list_ignored(path: str, source: bytes | None) -> Iterator[tuple[str, str, str]]:
    tree = parse_source(source) if source is not None else None
    for node in tree.body if tree is not None else ():
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            targets = [node.target]
        for target in targets:
            kind = target.id if isinstance(target, ast.Name) else ""
            if kind in _IGNORING:
                texts = _list_texts([getattr(node, "value", None)])
                yield from ((path, kind, text) for text in texts)
        call = node.value if isinstance(node, ast.Expr) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            kind = getattr(call.func.value, "id", "")
            if kind in _IGNORING and call.func.attr in _ADDING:
                yield from ((path, kind, text) for text in _list_texts(call.args))


def _list_texts(values: Sequence[ast.expr | None]) -> Iterator[str]:
    """Yield the texts among some values, and those of the lists among them."""
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value
        elif isinstance(value, (ast.List, ast.Tuple)):
            yield from _list_texts(value.elts)


def _is_left_out(option: str, value: str, path: str, name: str) -> bool:
    if option == "--collect-only":
        return True
    if option == "--deselect":
        node = f"{path}::{name}" if name else path
        return node.startswith(value.removeprefix("./"))
    if option == "--ignore":
        return _lies_below(path, value)
    if option == "--ignore-glob":
        return fnmatchcase(path, value.removeprefix("./"))
    return bool(name) and not _matches_keywords(value, f"{path}::{name}")


def _passes_by(path: str, glob: str) -> bool:
    """Tell whether a folder of a file matches, by its name or, with a slash, by its path."""
    parts = path.split("/")[:-1]
    if "/" in glob:
        folders = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        return any(fnmatchcase(folder, glob.rstrip("/")) for folder in folders)
    return any(fnmatchcase(part, glob) for part in parts)


def _lies_below(path: str, folder: str) -> bool:
    place = normpath(folder)
    if place in ("", "."):
        return True
    parts = path.split("/")
    ends = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    return any(end == place or ("*" in place and fnmatchcase(end, place)) for end in ends)


def _matches_keywords(expression: str, node: str) -> bool:
    """Tell whether the expression of `-k` keeps a test; one that cannot be read keeps it.

    As pytest documents it: a word is true where it is part of a name, in any case of letters.
    """
    lower = node.lower()
    return _holds(expression, lambda word: word.lower() in lower)


def _matches_marks(expression: str, marks: AbstractSet[str]) -> bool:
    """Tell whether the expression of `-m` keeps a test; one that cannot be read keeps it."""
    return _holds(expression, marks.__contains__)


def _holds(expression: str, is_true: Callable[[str], bool]) -> bool:
    """Tell whether an expression of words holds; one that cannot be read does."""

    def decide(match: re.Match[str]) -> str:
        word = match[0]
        return word if word in ("and", "or", "not") else str(is_true(word))

    try:
        tree = ast.parse(_TERM.sub(decide, expression.strip()), mode="eval")
        return _evaluate(tree.body, 0)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True


def _evaluate(node: ast.expr, depth: int) -> bool:
    if depth > _MAX_DEPTH:
        raise ValueError("nested beyond reason")
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _evaluate(node.operand, depth + 1)
    if isinstance(node, ast.BoolOp):
        values = [_evaluate(value, depth + 1) for value in node.values]
        return all(values) if isinstance(node.op, ast.And) else any(values)
    raise ValueError("no expression of words")


def find_newly_excluded(
    before: RunnerSettings,
    after: RunnerSettings,
    tests: Mapping[str, Sequence[str]],
    moved: Mapping[str, str],
    read: Callable[[str], bytes | None] | None = None,
) -> Iterator[tuple[str, str, Exclusion]]:
    """Yield (path, name, what leaves it out) of tests that ran before and do not any more.

    Args:
        before, after: the settings on both sides of a change.
        tests: names by path before the change.
        moved: path before the change -> path after, of files that the change moves.
        read: gives a file after the change, for the marks in it.
    """
    is_marked = any(option == "-m" for option, _ in after.options)
    for path, names in tests.items():
        now = moved.get(path, path)
        marks = read_marks(read(now)) if is_marked and read is not None else {}
        for name in names:
            own = marks.get(name)
            if before.find_exclusion(path, name, own) is None:
                found = after.find_exclusion(now, name, own)
                if found is not None and now != path and before.find_exclusion(now, name, own):
                    if found.word == "python_files":
                        continue  # its new name is told as what was taken from the test
                    found = found._replace(path=now)  # the settings are what they were
                if found is None and now != path:
                    found = after.find_dead_end(path, now)
                if found is not None:
                    yield path, name, found
