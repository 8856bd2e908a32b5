"""Change one place of the code at a time and see whether the quick tests notice.

Usage: python bench/mutants.py engine|mining|memory|regenerate [--count 40] [--seed 1]

A mutant turns a comparison or condition around, swaps `and` and `or`, changes a number or a truth
value, or returns None. It is made in a copy of the repository. Of the quick tests of the part those
run there that execute what is changed (`mutants_lines.py`), cheapest first, in a process forked
from this one; where none does, the mutant has survived. For the memory the tests that ask a server
are among them, and PostgreSQL and Neo4j are started where they are to be had. Printed is what
became of each, with its place, and the test that failed: it is run again without the mutant and
must pass. Mutants that nobody can tell apart from the code stand in bench/mutants_equivalent.txt as
`path | line | before | after | reason`.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from itertools import accumulate, count
from pathlib import Path
from typing import NamedTuple

# The root instead of this folder, which has modules called like others.
sys.path[0] = str(Path(__file__).parent.parent)

from bench.mutants_lines import Executed, Uses, record  # noqa: E402
from bench.mutants_runs import Limits, find_failure, warm_up  # noqa: E402
from bench.mutants_servers import start_servers  # noqa: E402

ROOT = Path(__file__).parent.parent
EQUIVALENT = Path(__file__).with_name("mutants_equivalent.txt")
# Given to each run on top of a multiple of what its tests took when they were recorded.
CPU_SECONDS = 30
WALL_SECONDS = 300
# Steps of seconds by which tests are cheap, and how many modules are asked first.
STEPS = (0.1, 1)
FIRST_MODULES = 6
# So many seconds of tests are asked at most: what only costlier ones would notice has survived.
MOST_SECONDS = 40
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
# Tests of others that are about a part: what every backend promises, what a check says of a commit
# that changes an application.
MORE = {
    "memory": ("tests/contract",),
    "regenerate": ("tests/commands/check/findings/test_applications.py",),
}
QUICK = "not slow and not oracle"
# Parts of which much is executed by tests for servers alone.
WITH_SERVERS = ("memory",)
# The order and the examples of properties are to be the same with and without a mutant. Modules
# that the forking process has loaded are not rewritten, which a plugin of pytest warns of.
OPTIONS = ("-p", "no:xdist", "-p", "no:randomly", "-p", "no:cacheprovider", "--hypothesis-seed=0",
           "--timeout=0", "-q", "-W", "ignore::pytest.PytestAssertRewriteWarning")  # fmt: skip
_times = count(1_000_000_000, 10)
_OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE,
    ast.LtE: ast.Gt, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip


class Mutant(NamedTuple):
    """A change of one expression or statement of a file."""

    path: str
    line: int
    start: int  # of the line
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
    chosen = sample(options.part, options.file, options.count, options.seed)
    known = {line.rpartition(" | ")[0] for line in EQUIVALENT.read_text().splitlines()}
    counts: Counter[str] = Counter()
    marked = options_of(options.part)
    with ExitStack() as stack:
        place = copy_of(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        if options.part in WITH_SERVERS:
            os.environ |= stack.enter_context(start_servers(ROOT))
        executed = record(place, modules_of(options.part), marked)
        uses = Uses(place)
        warm_up()
        for mutant in chosen:
            if mutant.key in known:
                outcome = "equivalent"
            else:
                tests = tests_of(mutant, uses, executed)
                outcome = judge(place, mutant, tests, executed, marked)
            counts[re.split("[ ,]", outcome)[0]] += 1
            counts["not executed"] += outcome.endswith("not executed")
            change = " ".join(f"{mutant.before} -> {mutant.after}".split())
            print(f"{mutant.path}:{mutant.line}: {change}: {outcome}", flush=True)
    killed, survived = counts["killed"], counts["survived"]
    print(
        f"{options.part}, seed {options.seed}: {killed} killed, {survived} survived, of them"
        f" {counts['not executed']} not executed, {counts['equivalent']} equivalent,"
        f" {counts['undecided']} undecided"
    )
    sys.exit(0 if killed >= MUST * (killed + survived) else 1)


def sample(part: str, name: str, count: int, seed: int) -> list[Mutant]:
    """Return some mutants of the files of a part whose path holds a name, by chance."""
    paths = [path for folder in PARTS[part] for path in sorted((ROOT / folder).rglob("*.py"))]
    every = [m for path in paths if name in path.as_posix() for m in mutants_of(path)]
    return random.Random(seed).sample(every, min(count, len(every)))


def options_of(part: str) -> tuple[str, ...]:
    """Return the options of pytest for a part, with the choice of its tests."""
    return (*OPTIONS, "-m", QUICK if part in WITH_SERVERS else f"{QUICK} and not server")


def modules_of(part: str) -> list[str]:
    """Return the modules of the tests of a part."""
    folders = (*PARTS[part].values(), *MORE.get(part, ()))
    found = []
    for place in (ROOT / folder for folder in folders):
        found += [place] if place.is_file() else sorted(place.rglob("test_*.py"))
    return [path.relative_to(ROOT).as_posix() for path in found]


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
            start = starts[old.lineno - 1]
            found.append(Mutant(where, old.lineno, start, span, row, before, ast.unparse(new)))
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


def tests_of(mutant: Mutant, uses: Uses, executed: Mapping[str, Executed]) -> list[str]:
    """Return the tests that execute what a mutant changes, cheapest first.

    Where tests of a module share what one of them computed, the others of the module follow.
    """
    column = mutant.span[0] - mutant.start
    masks: dict[str, int] = {}
    for path, line in uses.lines_of(mutant.path, mutant.line, column):
        masks[path] = masks.get(path, 0) | 1 << line
    found = {
        test
        for test, row in executed.items()
        if any(row.lines.get(path, 0) & mask for path, mask in masks.items())
    }
    shared = {module for module in {module_of(test) for test in found} if shares(module)}
    found |= {test for test in executed if module_of(test) in shared}
    costs: dict[str, float] = {}
    for test in found:
        costs[module_of(test)] = costs.get(module_of(test), 0) + executed[test].seconds

    def rank(test: str) -> tuple[int, float, str, float]:
        seconds = executed[test].seconds
        # Tests of a module stay together for what they share, but those that take long come last.
        return (
            sum(seconds > step for step in STEPS),
            costs[module_of(test)],
            module_of(test),
            seconds,
        )

    ranked = sorted(found, key=rank)
    used = accumulate(executed[test].seconds for test in ranked)
    return [test for test, seconds in zip(ranked, used, strict=True) if seconds <= MOST_SECONDS]


def module_of(test: str) -> str:
    """Return the module of a test."""
    return test.partition("::")[0]


@cache
def shares(module: str) -> bool:
    """Tell whether tests of a module share what is computed once."""
    text = (ROOT / module).read_text(encoding="utf-8")
    return 'scope="module"' in text or bool(re.search(r"^@(functools\.)?(lru_)?cache", text, re.M))


def copy_of(place: Path) -> Path:
    """Return a copy of what the tests need."""
    for name in ("devmatrix_guard", "tests", "bench", "rules", "docs", "hooks", "examples"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, place / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


def judge(
    place: Path,
    mutant: Mutant,
    tests: Sequence[str],
    executed: Mapping[str, Executed],
    options: Sequence[str],
) -> str:
    """Return what becomes of a mutant: which test kills it, that it survived, or is undecided.

    A test that fails without the mutant as well, as on a machine that is too busy, decides nothing.
    """
    if not tests:
        return "survived, not executed"
    file = place / mutant.path
    data = file.read_bytes()
    first, last = mutant.span
    for batch in batches_of(tests):
        seconds = sum(executed[test].seconds for test in batch)
        limits = Limits(int(CPU_SECONDS + 4 * seconds), int(WALL_SECONDS + 20 * seconds))
        write(file, data[:first] + mutant.after.encode() + data[last:])
        try:
            failed = find_failure(place, batch, options, limits)
        finally:
            write(file, data)
        if failed is None:
            continue
        again = [failed] if "::" in failed else batch
        if find_failure(place, again, options, limits) is not None:
            return f"undecided, as {failed or 'collecting'} fails without it"
        return f"killed by {failed or 'collecting'}"
    return "survived"


def batches_of(tests: Sequence[str]) -> list[Sequence[str]]:
    """Return the tests in two runs: most mutants are killed before many modules are loaded."""
    modules = list(dict.fromkeys(module_of(test) for test in tests))[:FIRST_MODULES]
    count = next((n for n, t in enumerate(tests) if module_of(t) not in modules), len(tests))
    return [batch for batch in (tests[:count], tests[count:]) if batch]


def write(file: Path, data: bytes) -> None:
    """Write a file with a time that no version of it had: by it Python knows what it compiled."""
    file.write_bytes(data)
    now = next(_times)
    os.utime(file, (now, now))


if __name__ == "__main__":
    main()
