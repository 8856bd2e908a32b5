"""Which tests execute a line of the package, and what they cost, recorded once for each module.

Kept in the folder for temporary files. A module is run again where it is another one, or a file
that its tests execute is.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

KEPT = Path(tempfile.gettempdir()) / f"guard-mutants-{os.getuid()}"
_START = """import os
if "COVERAGE_RECORD" in os.environ:
    from bench.mutants_record import start
    start()
"""
_Place = tuple[str, int]  # a file and a line
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Executed(NamedTuple):
    """What a test took, and the lines it executes of each file: a bit for each line."""

    seconds: float
    lines: dict[str, int]


def record(place: Path, modules: Sequence[str], options: Sequence[str]) -> dict[str, Executed]:
    """Return what each test of some modules executes; run those that are not recorded yet.

    `place` is a copy of the repository; `options` go to pytest, and choose the tests.
    """
    digests: dict[str, str] = {}
    targets = {module: _find_target(place, module, options) for module in modules}
    every = {module: _read(place, target, digests) for module, target in targets.items()}
    missing = [module for module, tests in every.items() if tests is None]
    if missing:
        KEPT.mkdir(exist_ok=True)
        found = _run(place, missing, options)
        for module in missing:
            own = {test: row for test, row in found.items() if test.partition("::")[0] == module}
            paths = sorted({path for row in own.values() for path in row.lines})
            files = {path: _digest(place, path, digests) for path in paths}
            rows = {test: [row.seconds, _to_hex(row.lines)] for test, row in own.items()}
            targets[module].write_text(json.dumps([files, rows]), encoding="utf-8")
            every[module] = own
    return {test: row for tests in every.values() for test, row in (tests or {}).items()}


def _read(place: Path, target: Path, digests: dict[str, str]) -> dict[str, Executed] | None:
    """Return a record that is kept, None without one or where what it executed has changed."""
    if not target.exists():
        return None
    files, rows = json.loads(target.read_text(encoding="utf-8"))
    if any(_digest(place, path, digests) != digest for path, digest in files.items()):
        return None
    return {
        test: Executed(seconds, {path: int(mask, 16) for path, mask in lines.items()})
        for test, (seconds, lines) in rows.items()
    }


def _to_hex(lines: dict[str, int]) -> dict[str, str]:
    return {path: hex(mask) for path, mask in lines.items()}


def _digest(place: Path, path: str, known: dict[str, str]) -> str:
    if path not in known:
        file = place / path
        data = file.read_bytes() if file.exists() else b""
        known[path] = hashlib.sha256(data).hexdigest()
    return known[path]


def _find_target(place: Path, module: str, options: Sequence[str]) -> Path:
    """Return where the record of a module is kept, by what it and the helpers beside it hold."""
    own = hashlib.sha256(repr((sys.version, module, *options)).encode())
    helpers = [p for p in (place / module).parent.glob("*.py") if not p.name.startswith("test_")]
    for path in (place / module, *sorted(helpers)):
        own.update(path.read_bytes())
    return KEPT / f"{own.hexdigest()}.json"


def _run(place: Path, modules: Sequence[str], options: Sequence[str]) -> dict[str, Executed]:
    (place / "sitecustomize.py").write_text(_START, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "bench.mutants_record", *options, *modules]
    found: dict[str, Executed] = {}
    with tempfile.TemporaryDirectory() as folder:
        settings = {"COVERAGE_RECORD": folder, "COVERAGE_CORE": "ctrace", "PYTHONPATH": str(place)}
        log = place / "recorded.txt"
        with log.open("wb") as output:  # no pipe, which what a test left running would hold
            subprocess.run(
                command, cwd=place, env=os.environ | settings, stdout=output, check=False
            )
        print(log.read_text(errors="replace").strip().rpartition("\n")[2], flush=True)
        for path in Path(folder).glob("*.json"):
            for row in json.loads(path.read_text(encoding="utf-8")):
                seconds, lines = found.get(row["test"], Executed(0, {}))
                for file, mask in row["lines"].items():
                    lines[file] = lines.get(file, 0) | int(mask, 16)
                found[row["test"]] = Executed(seconds + row["seconds"], lines)
    (place / "sitecustomize.py").unlink()
    return found


class Uses:
    """Where the package uses what it computes while it is imported."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._trees: dict[str, ast.Module] = {}
        self._parents: dict[ast.AST, ast.AST] = {}

    def _read(self, path: str) -> ast.Module:
        if path not in self._trees:
            tree = ast.parse((self._root / path).read_text(encoding="utf-8"))
            self._trees[path] = tree
            nodes = ast.walk(tree)
            self._parents |= {child: n for n in nodes for child in ast.iter_child_nodes(n)}
        return self._trees[path]

    @cached_property
    def _named(self) -> dict[str, list[tuple[str, ast.AST]]]:
        """Where each name of the package is used."""
        named: defaultdict[str, list[tuple[str, ast.AST]]] = defaultdict(list)
        for file in sorted((self._root / "devmatrix_guard").rglob("*.py")):
            path = file.relative_to(self._root).as_posix()
            for node in ast.walk(self._read(path)):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                    named[node.id].append((path, node))
                elif isinstance(node, ast.Attribute):
                    named[node.attr].append((path, node))
                elif isinstance(node, ast.keyword) and node.arg:
                    named[node.arg].append((path, node))
        return named

    def lines_of(self, path: str, line: int, column: int) -> set[_Place]:
        """Return the lines that execute what stands at a place, or use what it computes.

        `column` counts bytes. Inside a function these are the lines of its statement, outside
        those that name what the statement gives a name, followed through other such statements.
        """
        inner = [n for n in ast.walk(self._read(path)) if _holds(n, line, column)]
        return self._follow(path, inner[-1], set())

    def _follow(self, path: str, node: ast.AST, seen: set[ast.AST]) -> set[_Place]:
        statement, in_function = self._context_of(node)
        if statement in seen:
            return set()
        seen.add(statement)
        if in_function:
            return {(path, line) for line in _head(statement)}
        if isinstance(statement, ast.Import | ast.ImportFrom):
            return set()
        names = set(_names_given(statement))
        if not names:
            functions = (n for n in ast.walk(self._read(path)) if isinstance(n, _Function))
            return {(path, line) for function in functions for line in _body(function)}
        found = set()
        for name in names:
            for file, user in self._named.get(name, ()):
                found |= self._follow(file, user, seen)
        return found

    def _context_of(self, node: ast.AST) -> tuple[ast.stmt, bool]:
        """Return the statement of a node, and whether it is executed with a function's body."""
        statement: ast.stmt | None = None
        while node in self._parents:
            parent = self._parents[node]
            if statement is None and isinstance(node, ast.stmt):
                statement = node
            if isinstance(parent, _Function) and _is_in_body(parent, node):
                return statement or self._context_of(parent)[0], True
            node = parent
        assert statement is not None
        return statement, False


def _holds(node: ast.AST, line: int, column: int) -> bool:
    if not isinstance(node, ast.stmt | ast.expr):
        return False
    first = (node.lineno, node.col_offset)
    last = (node.end_lineno or 0, node.end_col_offset or 0)
    return first <= (line, column) < last


def _is_in_body(function: ast.AST, node: ast.AST) -> bool:
    body = getattr(function, "body", None)
    return node is body or (isinstance(body, list) and node in body)


def _body(function: ast.AST) -> range:
    body = getattr(function, "body", None)
    first, last = (body[0], body[-1]) if isinstance(body, list) else (body, body)
    return range(first.lineno, (last.end_lineno or 0) + 1)  # type: ignore[union-attr]


def _head(statement: ast.stmt) -> Iterator[int]:
    """Yield the lines of a statement, without those of the blocks below it."""
    last = statement.end_lineno or statement.lineno
    blocks = [*getattr(statement, "body", []), *getattr(statement, "cases", [])]
    starts = [b.lineno if hasattr(b, "lineno") else b.pattern.lineno for b in blocks]
    if starts:
        last = max(statement.lineno, min(starts) - 1)
    return iter(range(statement.lineno, last + 1))


def _names_given(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement outside of functions gives to something."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    targets: Iterable[ast.AST] = getattr(statement, "targets", None) or (
        [statement.target] if isinstance(statement, ast.AnnAssign | ast.AugAssign | ast.For) else []
    )
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                yield node.id
