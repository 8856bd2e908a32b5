"""Takes away the proof of a repository's own fixes by machine, and counts what is named.

Usage: python bench/proof.py REPO [--tests N] [--replay N]

Each regression test that stands at HEAD is deleted, skipped, renamed away, emptied and weakened in
every way that fits it, and edited in ways that take nothing; `--replay` goes through the newest
commits instead and prints what they took of the fixes before them.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from devmatrix_guard.commands.check.change.proof_detector import (
    find_removed_proof,
    find_removed_proof_in_range,
)
from devmatrix_guard.commands.learn.fix_memory import remember_fixes
from devmatrix_guard.commands.learn.fix_units import Asked, UnitReader
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import stream_commits
from devmatrix_guard.git.repository import find_repository, resolve_commit
from devmatrix_guard.mining.fixes.index import FixIndex, build_index
from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.mining.regression.collect import PYTEST
from devmatrix_guard.mining.reverts import is_titled_revert
from devmatrix_guard.model.diff import FileChange
from devmatrix_guard.model.finding import Finding

Edit = Callable[[str, ast.FunctionDef], str | None]


class Contents:
    """Gives contents by made-up names, as a reader of blobs does."""

    def __init__(self) -> None:
        self.texts: dict[str, bytes] = {}

    def put(self, text: str) -> str:
        name = f"blob {len(self.texts)}"
        self.texts[name] = text.encode("utf-8", "surrogateescape")
        return name

    def read(self, name: str, max_bytes: int | None = None) -> bytes | None:
        return self.texts.get(name)


def replace_lines(source: str, start: int, end: int, new: list[str]) -> str:
    lines = source.splitlines(keepends=True)
    return "".join([*lines[: start - 1], *new, *lines[end:]])


def first_line(node: ast.FunctionDef) -> int:
    return min([node.lineno, *(d.lineno for d in node.decorator_list)])


def indent_of(source: str, line: int) -> str:
    text = source.splitlines()[line - 1]
    return text[: len(text) - len(text.lstrip())]


def body_start(node: ast.FunctionDef) -> int:
    first = node.body[0]
    is_doc = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    if is_doc and len(node.body) > 1:
        first = node.body[1]
    return min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", []))])


def insert(source: str, line: int, text: str) -> str:
    return replace_lines(source, line, line - 1, [text + "\n"])


def delete(source: str, node: ast.FunctionDef) -> str:
    return replace_lines(source, first_line(node), node.end_lineno or 0, [])


def comment_out(source: str, node: ast.FunctionDef) -> str:
    lines = source.splitlines(keepends=True)
    taken = lines[first_line(node) - 1 : node.end_lineno]
    return replace_lines(source, first_line(node), node.end_lineno or 0, ["# " + t for t in taken])


def decorate(mark: str) -> Edit:
    def edit(source: str, node: ast.FunctionDef) -> str:
        indent = indent_of(source, node.lineno)
        return insert(source, first_line(node), indent + mark)

    return edit


def begin_with(statement: str) -> Edit:
    def edit(source: str, node: ast.FunctionDef) -> str:
        line = body_start(node)
        return insert(source, line, indent_of(source, line) + statement)

    return edit


def rename(new: str) -> Edit:
    def edit(source: str, node: ast.FunctionDef) -> str:
        line = source.splitlines(keepends=True)[node.lineno - 1]
        name = new.format(name=node.name)
        return replace_lines(source, node.lineno, node.lineno, [line.replace(node.name, name, 1)])

    return edit


def empty(source: str, node: ast.FunctionDef) -> str:
    line = body_start(node)
    return replace_lines(source, line, node.end_lineno or 0, [indent_of(source, line) + "pass\n"])


def assertions(node: ast.FunctionDef) -> list[ast.stmt]:
    found = []
    for part in ast.walk(node):
        is_call = isinstance(part, ast.Expr) and isinstance(part.value, ast.Call)
        name = ast.unparse(part.value.func) if is_call else ""
        if isinstance(part, ast.Assert) or name.rpartition(".")[2].startswith("assert"):
            found.append(part)
    return sorted(found, key=lambda part: part.lineno)


def on_assertion(make: Callable[[str, ast.stmt], list[str] | None], which: int = -1) -> Edit:
    def edit(source: str, node: ast.FunctionDef) -> str | None:
        found = assertions(node)
        for part in found[which:] if which < 0 else found[which : which + 1]:
            indent = indent_of(source, part.lineno)
            new = make(source, part)
            if new is not None:
                lines = [f"{indent}{line}\n" for line in new]
                return replace_lines(source, part.lineno, part.end_lineno or 0, lines)
        return None

    return edit


def drop(source: str, part: ast.stmt) -> list[str]:
    return ["pass"]


def wrap(head: str, tail: list[str]) -> Callable[[str, ast.stmt], list[str]]:
    def make(source: str, part: ast.stmt) -> list[str]:
        return [head, *("    " + line for line in ast.unparse(part).split("\n")), *tail]

    return make


def equal_sides(part: ast.stmt) -> tuple[ast.expr, ast.expr] | None:
    test = part.test if isinstance(part, ast.Assert) else None
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
        return test.left, test.comparators[0]
    call = part.value if isinstance(part, ast.Expr) else None
    is_equal = isinstance(call, ast.Call) and ast.unparse(call.func).endswith("assertEqual")
    return (call.args[0], call.args[1]) if is_equal and len(call.args) > 1 else None


def equal_becomes(template: str) -> Callable[[str, ast.stmt], list[str] | None]:
    def make(source: str, part: ast.stmt) -> list[str] | None:
        sides = equal_sides(part)
        if sides is None:
            return None
        left, right = sides
        if isinstance(left, ast.Constant):
            left, right = right, left
        if isinstance(right, ast.Constant) and (
            right.value is None or right.value in (True, False)
        ):
            return None
        return ["assert " + template.format(left=ast.unparse(left), right=ast.unparse(right))]

    return make


def other_value(source: str, part: ast.stmt) -> list[str] | None:
    sides = equal_sides(part)
    if sides is None or not any(isinstance(side, ast.Constant) for side in sides):
        return None
    made = ast.parse(ast.unparse(part)).body[0]
    for side in equal_sides(made) or ():
        if isinstance(side, ast.Constant):
            old = side.value
            side.value = old + 1 if isinstance(old, int) and not isinstance(old, bool) else "other"
            return ast.unparse(made).split("\n")
    return None


def widen_raises(source: str, node: ast.FunctionDef) -> str | None:
    lines = source.splitlines(keepends=True)
    for number in range(node.lineno - 1, node.end_lineno or 0):
        new = re.sub(r"((?:raises|assertRaises)\()[\w.]+", r"\1Exception", lines[number], count=1)
        if new != lines[number] and "Exception)" not in lines[number]:
            return replace_lines(source, number + 1, number + 1, [new])
    return None


def drop_case(source: str, node: ast.FunctionDef) -> str | None:
    for mark in node.decorator_list:
        is_table = isinstance(mark, ast.Call) and ast.unparse(mark.func).endswith("parametrize")
        rows = mark.args[1] if is_table and len(mark.args) > 1 else None
        if isinstance(rows, (ast.List, ast.Tuple)) and len(rows.elts) > 1:
            indent = indent_of(source, mark.lineno)
            rows.elts.pop()
            new = f"{indent}@{ast.unparse(mark)}\n"
            return replace_lines(source, mark.lineno, mark.end_lineno or 0, [new])
    return None


def relayout(source: str, node: ast.FunctionDef) -> str | None:
    """Print the test anew, as a formatter would."""
    indent = indent_of(source, node.lineno)
    lines = [f"{indent}{line}\n" if line else "\n" for line in ast.unparse(node).split("\n")]
    return replace_lines(source, first_line(node), node.end_lineno or 0, lines)


def rename_local(source: str, node: ast.FunctionDef) -> str | None:
    targets = [t.id for p in ast.walk(node) if isinstance(p, ast.Assign) for t in p.targets
               if isinstance(t, ast.Name)]  # fmt: skip
    if not targets:
        return None
    made = ast.parse(ast.unparse(node)).body[0]
    for part in ast.walk(made):
        if isinstance(part, ast.Name) and part.id == targets[0]:
            part.id = "renamed_value"
    indent = indent_of(source, node.lineno)
    lines = [f"{indent}{line}\n" if line else "\n" for line in ast.unparse(made).split("\n")]
    return replace_lines(source, first_line(node), node.end_lineno or 0, lines)


def add_test(source: str, node: ast.FunctionDef) -> str:
    return source + "\n\ndef test_brand_new():\n    assert abs(-3) == 3\n"


TAKEN: dict[str, Edit] = {
    "deleted": delete,
    "deleted: commented out": comment_out,
    "skipped: mark": decorate("@pytest.mark.skip(reason='later')"),
    "skipped: skipif": decorate("@pytest.mark.skipif(sys.platform != 'x', reason='later')"),
    "skipped: xfail": decorate("@pytest.mark.xfail"),
    "skipped: unittest": decorate("@unittest.skip('later')"),
    "skipped: in the body": begin_with("pytest.skip('later')"),
    "skipped: early return": begin_with("return"),
    "renamed away": rename("_{name}"),
    "emptied": empty,
    "weakened: last assertion removed": on_assertion(drop),
    "weakened: first assertion removed": on_assertion(drop, 0),
    "weakened: other value": on_assertion(other_value, 0),
    "weakened: is not None": on_assertion(equal_becomes("{left} is not None"), 0),
    "weakened: in": on_assertion(equal_becomes("{left} in ({right}, None)"), 0),
    "weakened: not equal": on_assertion(equal_becomes("{left} != object()"), 0),
    "weakened: or true": on_assertion(equal_becomes("{left} == {right} or True"), 0),
    "weakened: swallowed": on_assertion(wrap("try:", ["except Exception:", "    pass"])),
    "weakened: if false": on_assertion(wrap("if False:", []), 0),
    "weakened: raises": widen_raises,
    "weakened: case": drop_case,
}  # fmt: skip
HARMLESS: dict[str, Edit] = {
    "comment": begin_with("# why"),
    "call more": begin_with("print('more')"),
    "assertion more": begin_with("assert abs(-1) == 1"),
    "layout": relayout,
    "renamed": rename("{name}_renamed"),
    "renamed local": rename_local,
    "mark": decorate("@pytest.mark.slow"),
    "test beside": add_test,
}  # fmt: skip


def find_function(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    body: list[ast.stmt] = tree.body
    *owners, leaf = name.split("::")
    for owner in owners:
        found = [n for n in body if isinstance(n, ast.ClassDef) and n.name == owner]
        if not found:
            return None
        body = found[0].body
    named = [n for n in body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return next((n for n in named[::-1] if n.name == leaf), None)  # type: ignore[return-value]


def check(index: FixIndex, path: str, old: str, new: str | None, beside: str = "") -> list[Finding]:
    contents = Contents()
    blob = None if new is None else contents.put(new)
    hunks = diff_lines(old.encode(), (new or "").encode())
    status = "D" if new is None else "M"
    changes = [FileChange(path, None, status, "100644", "100644", contents.put(old), blob, hunks)]
    if beside:
        folder = path.rpartition("/")[0]
        there = f"{folder}/test_brand_new_file.py".lstrip("/")
        hunks = diff_lines(b"", beside.encode())
        made = contents.put(beside)
        changes.append(FileChange(there, None, "A", "000000", "100644", None, made, hunks))
    return find_removed_proof(index, changes, contents, PYTEST)  # type: ignore[arg-type]


def measure(repo_path: Path, most: int) -> None:
    repo = find_repository(repo_path)
    head = resolve_commit(repo, "HEAD") or ""
    index = remember_fixes(repo, head).fixes
    results: dict[str, Counter[str]] = defaultdict(Counter)
    with BlobReader(repo) as blobs:
        tests = [(path, name) for path in index.tests for name, _ in index.get_proofs(path)]
        step = max(1, len(tests) // most)
        for path, name in tests[::step]:
            source = (blobs.read(f"{head}:{path}") or b"").decode("utf-8", "surrogateescape")
            for kind, named in try_edits(index, path, name, source):
                results[kind][named] += 1
                if named != ("named" if kind.startswith("taken") else "silent"):
                    print(f"  {kind}: {named} {path}::{name}", file=sys.stderr)
    print_table(results)


def try_edits(index: FixIndex, path: str, name: str, source: str) -> Iterator[tuple[str, str]]:
    try:
        node = find_function(ast.parse(source), name)
    except SyntaxError:
        return
    if node is None:
        return
    for group, edits in (("taken", TAKEN), ("harmless", HARMLESS)):
        for kind, edit in edits.items():
            new = edit(source, find_function(ast.parse(source), name) or node)
            if new is None or not is_valid(new):
                continue
            found = [f for f in check(index, path, source, new) if f"`{name}`" in f.message]
            yield f"{group} {kind}", "named" if found else "silent"
    lines = source.splitlines(keepends=True)[first_line(node) - 1 : node.end_lineno]
    if "::" not in name and is_valid("".join(lines)):
        moved = check(index, path, source, delete(source, node), beside="".join(lines))
        yield "harmless moved", "named" if moved else "silent"


def is_valid(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def print_table(results: dict[str, Counter[str]]) -> None:
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for kind, counts in results.items():
        short = kind.partition(":")[0]
        groups[short if kind.startswith("taken") else "harmless all"] += counts
        print(f"{kind:<44}{counts['named']:>5} of {sum(counts.values()):>5}")
    for kind, counts in groups.items():
        total = sum(counts.values())
        print(f"= {kind:<42}{counts['named']:>5} of {total:>5}  {counts['named'] / total:.1%}")


def replay(repo_path: Path, newest: int) -> None:
    """Go through commits, oldest first, and print what each takes of the fixes before it."""
    repo = find_repository(repo_path)
    commits = list(stream_commits(repo, limit=newest))[::-1]
    stages: Counter[str] = Counter()
    warned: set[str] = set()
    with BlobReader(repo) as blobs:
        old = UnitReader(repo, blobs).read(Asked(commits[0].id)).units
        new = {u.commit: u for u in UnitReader(repo, blobs).read(Asked("HEAD")).units}
        units = list(old)
        for commit in commits[1:]:
            if len(commit.parents) == 1 and not is_titled_revert(commit.subject):
                changes = [read_hunks(change, blobs) for change in commit.changes]
                found = find_removed_proof(build_index(units), changes, blobs, PYTEST)
                if found:  # asked again as a check asks, with places of that day
                    base = commit.parents[0]
                    found = find_removed_proof_in_range(repo, blobs, base, commit.id, exclude=())
                stages.update(finding.stage for finding in found)
                for finding in found:
                    print(commit.id[:9], finding.stage, finding.path, finding.message, flush=True)
                    if finding.stage != "advise":
                        warned.add(commit.id)
            if commit.id in new:
                units.append(new[commit.id])
    rate = 1000 * len(warned) / len(commits)
    print(f"{len(commits)} commits: {dict(stages)}, {rate:.1f} of 1,000 are warned about")


def read_hunks(change: FileChange, blobs: BlobReader) -> FileChange:
    sides = [blobs.read(b) or b"" if b else b"" for b in (change.old_blob, change.new_blob)]
    return change._replace(hunks=diff_lines(*sides))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repo", type=Path)
    parser.add_argument("--tests", type=int, default=100)
    parser.add_argument("--replay", type=int, default=0)
    options = parser.parse_args()
    if options.replay:
        replay(options.repo, options.replay)
    else:
        measure(options.repo, options.tests)


if __name__ == "__main__":
    main()
