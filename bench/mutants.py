"""Change one place of the code at a time and see whether the quick tests notice.

Usage: python bench/mutants.py engine|mining|memory|regenerate [--count 40] [--seed 1]

A mutant turns a comparison or condition around, swaps `and` and `or`, changes a number or a truth
value, or returns None. It is made in a copy of the repository, and the quick tests of the part are
run there, those of its file first. Printed is what became of each, with its place, and the test
that failed: it is run again without the mutant and must pass. Mutants that nobody can tell apart
from the code stand in bench/mutants_equivalent.txt as `path | line | before | after | reason`.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
EQUIVALENT = Path(__file__).with_name("mutants_equivalent.txt")
# A mutant that does not end uses up processor time; a busy machine only makes others wait.
CPU_SECONDS = 240
WALL_SECONDS = 2400
MUST = 0.9
# Folders of the code of a part, and of its tests.
PARTS = {
    "engine": {"devmatrix_guard/engine": "tests/engine"},
    "mining": {"devmatrix_guard/mining": "tests/mining"},
    "memory": {"devmatrix_guard/memory": "tests/memory"},
    "regenerate": {
        "devmatrix_guard/commands/application": "tests/commands/application",
        "devmatrix_guard/generator/regenerate": "tests/generator/regenerate",
    },
}
# Tests of others that are about a part: what every backend promises.
MORE = {"memory": ("tests/contract",)}
QUICK = "not slow and not oracle and not server"
# Plugins that only cost time here; the order is to be the same with and without a mutant.
_LEFT_OUT = ("-p", "no:xdist", "-p", "no:randomly", "-p", "no:cacheprovider")
_OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE,
    ast.LtE: ast.Gt, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip


class Mutant(NamedTuple):
    """A change of one expression or statement of a file."""

    path: str
    line: int
    span: tuple[int, int]
    row: str
    before: str
    after: str

    @property
    def key(self) -> str:
        """What tells it from others, whatever stands above its line in its file."""
        parts = (self.path, self.row, self.before, self.after)
        return " | ".join(" ".join(part.split()) for part in parts)


def main() -> None:
    """Make a sample of mutants and run the tests of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=sorted(PARTS))
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", default="", help="only files whose path holds this")
    options = parser.parse_args()
    paths = [
        path for folder in PARTS[options.part] for path in sorted((ROOT / folder).rglob("*.py"))
    ]
    paths = [path for path in paths if options.file in path.as_posix()]
    every = [mutant for path in paths for mutant in mutants_of(path)]
    chosen = random.Random(options.seed).sample(every, min(options.count, len(every)))
    known = {line.rpartition(" | ")[0] for line in EQUIVALENT.read_text().splitlines()}
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place:
        copied = copy_of(Path(place))
        for mutant in chosen:
            if mutant.key in known:
                outcome = "equivalent"
            else:
                outcome = judge(copied, mutant, tests_of(copied, options.part, mutant.path))
            counts[re.split("[ ,]", outcome)[0]] += 1
            change = " ".join(f"{mutant.before} -> {mutant.after}".split())
            print(f"{mutant.path}:{mutant.line}: {change}: {outcome}", flush=True)
    killed, survived = counts["killed"], counts["survived"]
    print(
        f"{options.part}: {killed} killed, {survived} survived, {counts['equivalent']} equivalent,"
        f" {counts['undecided']} undecided"
    )
    sys.exit(0 if killed >= MUST * (killed + survived) else 1)


def mutants_of(path: Path) -> list[Mutant]:
    """Return every mutant of a file."""
    text = path.read_text(encoding="utf-8")
    data = text.encode()
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for node in ast.walk(ast.parse(text)):
        for old, new in changes_of(node):
            first = starts[old.lineno - 1] + old.col_offset
            last = starts[(old.end_lineno or old.lineno) - 1] + (old.end_col_offset or 0)
            before = data[first:last].decode()
            span = (first, last)
            where = path.relative_to(ROOT).as_posix()
            row = text.splitlines()[old.lineno - 1].strip()
            found.append(Mutant(where, old.lineno, span, row, before, ast.unparse(new)))
    return found


def changes_of(node: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, ast.AST]]:
    """Yield what may be changed in a node, and what it becomes."""
    if isinstance(node, ast.Compare):
        new = copy.deepcopy(node)
        new.ops[0] = _OPPOSITES[type(node.ops[0])]()
        yield node, bracketed(new)
    elif isinstance(node, ast.BoolOp):
        other = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        yield node, bracketed(ast.BoolOp(other, node.values))
    elif isinstance(node, (ast.If, ast.While, ast.IfExp)):
        if _is_condition(node.test):
            yield node.test, bracketed(ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield node, ast.Constant(not node.value)
        elif isinstance(node.value, int):
            yield node, ast.Constant(node.value + 1)
    elif isinstance(node, ast.Return) and not isinstance(node.value, (ast.Constant, type(None))):
        yield node, ast.Return(ast.Constant(None))


def _is_condition(test: ast.expr) -> bool:
    """Tell whether a test is to be turned around; a comparison is a mutant of its own."""
    for_types = isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"
    return not for_types and not isinstance(test, (ast.Compare, ast.Constant))


def bracketed(node: ast.expr) -> ast.AST:
    """Return an expression that keeps its meaning wherever it is put."""
    return ast.Name(f"({ast.unparse(ast.fix_missing_locations(node))})", ast.Load())


def tests_of(place: Path, part: str, path: str) -> list[list[str]]:
    """Return the tests of a file in the copy, in the order in which they are asked.

    First come those that name it or stand in its folder, then all others of the part.
    """
    code, tests = next(pair for pair in PARTS[part].items() if Path(path).is_relative_to(pair[0]))
    inner = Path(path).relative_to(code)
    folder = place / tests / inner.parent
    near = sorted(folder.glob(f"test_{inner.stem}*.py")) or sorted(folder.glob("test_*.py"))
    folders = (*PARTS[part].values(), *MORE.get(part, ()))
    every = [path for name in folders for path in sorted((place / name).rglob("test_*.py"))]
    groups = (near, [path for path in every if path not in near])
    return [[p.relative_to(place).as_posix() for p in group] for group in groups if group]


def copy_of(place: Path) -> Path:
    """Return a copy of what the tests need."""
    for name in ("devmatrix_guard", "tests", "rules", "docs", "hooks", "examples"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, place / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


def judge(place: Path, mutant: Mutant, tests: list[list[str]]) -> str:
    """Return what becomes of a mutant: which test kills it, that it survived, or is undecided.

    A test that fails without the mutant as well, as on a machine that is too busy, decides nothing.
    """
    file = place / mutant.path
    data = file.read_bytes()
    first, last = mutant.span
    for group in tests:
        file.write_bytes(data[:first] + mutant.after.encode() + data[last:])
        try:
            failed = find_failure(place, group)
        finally:
            file.write_bytes(data)
        if failed and find_failure(place, [failed] if "::" in failed else group):
            return f"undecided, as {failed} fails without it"
        if failed:
            return f"killed by {failed}"
    return "survived"


def find_failure(place: Path, tests: list[str]) -> str:
    """Run tests until one fails; return its id, or nothing if all pass."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        *_LEFT_OUT,
        "--timeout=0",
        "-m",
        QUICK,
    ]
    # What is unchanged is compiled once for all mutants; what is changed has another time.
    compiled = {"PYTHONPYCACHEPREFIX": str(place / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
    environment = os.environ | {"PYTHONPATH": str(place), **compiled}
    try:
        done = subprocess.run(
            [*command, *tests],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            timeout=WALL_SECONDS,
            preexec_fn=limit_time,
        )
    except subprocess.TimeoutExpired:
        return "no end"
    if done.returncode in (0, 5):
        return ""
    named = re.search(r"^(?:FAILED|ERROR) (\S+?::.+?)(?: - .*)?$", done.stdout, re.MULTILINE)
    return named[1] if named else "collecting" if done.returncode > 0 else "no end"


def limit_time() -> None:
    """Let the tests of a mutant that does not end be ended."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


if __name__ == "__main__":
    main()
