"""The edits that `bench/reversions.py` makes: undoing a fix in many ways, and harmless ones.

Nothing of guard is used here, so that it is not judged by itself. Every way takes a fix and a
source of chance, and returns the files it changes, None for one it deletes; nothing where it does
not apply.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Callable
from typing import Any, NamedTuple

MERGE = "lost in a merge"
_CONTEXT = 2

Tree = dict[str, bytes | None]


class Standing(NamedTuple):
    """A hunk of a fix as it stands in HEAD: rows, from 0, and what was there before the fix."""

    start: int
    end: int
    before: tuple[bytes, ...]


def is_test(path: str) -> bool:
    """Tell whether a path is one of tests."""
    return any(re.match(r"(tests?|test_.*|.*_test)(\.\w+)?$", part) for part in path.split("/"))


def find_standing(old: bytes, new: bytes, head: bytes) -> list[Standing]:
    """Return the hunks from `old` to `new` that stand in `head`, found by their text."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    rows = head.splitlines(keepends=True)
    found = []
    for tag, i0, i1, j0, j1 in difflib.SequenceMatcher(None, before, after, False).get_opcodes():
        if tag == "equal":
            continue
        above, below = after[max(0, j0 - _CONTEXT) : j0], after[j1 : j1 + _CONTEXT]
        block = [*above, *after[j0:j1], *below]
        places = [n for n in range(len(rows) - len(block) + 1) if rows[n : n + len(block)] == block]
        if len(places) == 1 and block:
            start = places[0] + len(above)
            found.append(Standing(start, start + j1 - j0, tuple(before[i0:i1])))
    return found


def is_code(path: str, head: bytes, hunk: Standing) -> bool:
    """Tell whether taking a hunk back changes what the code says."""
    if path.endswith(".py"):
        was, now = _parse(undo(head, [hunk])), _parse(head)
        if was is None or now is None:
            return False
        _drop_docstrings(was)
        _drop_docstrings(now)
        return ast.dump(was) != ast.dump(now)
    rows = head.splitlines()[hunk.start : hunk.end]
    texts = [row.strip() for row in (*rows, *hunk.before)]
    return any(text and not text.startswith((b"//", b"*", b"/*", b"#")) for text in texts)


def undo(text: bytes, hunks: list[Standing]) -> bytes:
    """Return a text without some hunks."""
    rows = text.splitlines(keepends=True)
    for hunk in sorted(hunks, reverse=True):
        rows[hunk.start : hunk.end] = hunk.before
    return b"".join(rows)


def _parse(text: bytes) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def _drop_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [n for n in body if not _is_text(n)]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


# --- undoing


def make_exact(fix: Any, chance: Any) -> Tree:
    """Take every hunk back."""
    return {path: undo(text, fix.hunks[path]) for path, text in fix.now.items()}


def make_part(fix: Any, chance: Any) -> Tree:
    """Take one hunk of several back."""
    all_of_them = [(path, hunk) for path, hunks in fix.hunks.items() for hunk in hunks]
    if len(all_of_them) < 2:
        return {}
    path, hunk = chance.choice(all_of_them)
    return {path: undo(fix.now[path], [hunk])}


def make_moved_file(fix: Any, chance: Any) -> Tree:
    """Take every hunk back in files that get another name."""
    made: Tree = {}
    for path, text in make_exact(fix, chance).items():
        folder, _, name = path.rpartition("/")
        made[path] = None
        made[f"{folder}/moved_{name}".lstrip("/")] = text
    return made


def make_other_layout(fix: Any, chance: Any) -> Tree:
    """Take every hunk back and print the files again from their trees."""
    return _print_again(make_exact(fix, chance))


def _print_again(tree: Tree) -> Tree:
    made: Tree = {}
    for path, text in tree.items():
        parsed = _parse(text or b"") if path.endswith(".py") else None
        if parsed is None:
            return {}
        made[path] = ast.unparse(parsed).encode() + b"\n"
    return made


def make_renamed_local(fix: Any, chance: Any) -> Tree:
    """Take every hunk back and rename a local variable of each function they are in."""
    return _rename_locals(fix, make_exact(fix, chance), chance)


def _rename_locals(fix: Any, tree: Tree, chance: Any) -> Tree:
    made: Tree = {}
    renamed = False
    for path, text in tree.items():
        made[path] = text
        parsed = _parse(text or b"") if path.endswith(".py") else None
        if parsed is None or text is None:
            continue
        for function in _find_functions(parsed, fix.now[path], fix.hunks[path]):
            new = _rename_in(text, function, chance)
            if new is not None:
                made[path], renamed = new, True
                break
    return made if renamed else {}


def _find_functions(parsed: ast.Module, head: bytes, hunks: list[Standing]) -> list[ast.AST]:
    """Return the functions of a tree that bear the names of those around the hunks in HEAD."""
    now = _parse(head)
    if now is None:
        return []
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    names = {
        node.name
        for node in ast.walk(now)
        if isinstance(node, kinds)
        for hunk in hunks
        if node.lineno - 1 <= hunk.start and hunk.end <= (node.end_lineno or 0)
    }
    return [n for n in ast.walk(parsed) if isinstance(n, kinds) and n.name in names]


def _rename_in(text: bytes, function: Any, chance: Any) -> bytes | None:
    inner = list(ast.walk(function))
    barred = {
        n for node in inner if isinstance(node, ast.Global | ast.Nonlocal) for n in node.names
    }
    names = sorted(
        {n.id for n in inner if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)} - barred
    )
    if not names or any(isinstance(n, ast.JoinedStr) for n in inner):
        return None
    name = chance.choice(names)
    rows = text.split(b"\n")
    places = sorted(
        {(n.lineno - 1, n.col_offset) for n in inner if isinstance(n, ast.Name) and n.id == name},
        reverse=True,
    )
    old = name.encode()
    for row, column in places:
        if rows[row][column : column + len(old)] != old:
            return None
        rows[row] = rows[row][:column] + b"renamed_" + old + rows[row][column + len(old) :]
    new = b"\n".join(rows)
    return new if _parse(new) is not None else None


def make_moved_function(fix: Any, chance: Any) -> Tree:
    """Take every hunk back and move the functions around them: to a new file, or in the class."""
    return _move_functions(fix, make_exact(fix, chance))


def _move_functions(fix: Any, tree: Tree) -> Tree:
    made: Tree = {}
    for number, (path, text) in enumerate(tree.items()):
        parsed = _parse(text or b"") if path.endswith(".py") else None
        if parsed is None or text is None:
            continue
        wanted = _find_functions(parsed, fix.now[path], fix.hunks[path])
        rows = text.splitlines(keepends=True)
        top = [node for node in parsed.body if node in wanted]
        if top:
            start, end = _rows_of(top[0])
            made[path] = b"".join(rows[:start] + rows[end:])
            made[f"moved_functions_{number}.py"] = b"import os\n\n\n" + b"".join(rows[start:end])
            continue
        for node in parsed.body:
            own = [n for n in getattr(node, "body", ()) if n in wanted]
            if isinstance(node, ast.ClassDef) and own and own[0] is not node.body[-1]:
                start, end = _rows_of(own[0])
                last = node.end_lineno or 0
                block = rows[start:end]
                if not rows[last - 1].endswith(b"\n"):
                    continue
                made[path] = b"".join(rows[:start] + rows[end:last] + [b"\n"] + block + rows[last:])
    return {p: t for p, t in made.items() if not p.endswith(".py") or _parse(t or b"") is not None}


def _rows_of(node: Any) -> tuple[int, int]:
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return first - 1, node.end_lineno


# --- tests


def _find_new_tests(fix: Any) -> list[tuple[str, Any]]:
    found = []
    for path, text in fix.tests.items():
        tree = _parse(text) if path.endswith(".py") else None
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.FunctionDef) and node.name in fix.test_names:
                found.append((path, node))
    return found


def make_deleted_test(fix: Any, chance: Any) -> Tree:
    """Delete a test that came with the fix."""
    for path, node in _find_new_tests(fix):
        rows = fix.tests[path].splitlines(keepends=True)
        start, end = _rows_of(node)
        text = b"".join(rows[:start] + rows[end:])
        if _parse(text) is not None:
            return {path: text}
    return {}


def make_skipped_test(fix: Any, chance: Any) -> Tree:
    """Skip a test that came with the fix."""
    for path, node in _find_new_tests(fix):
        rows = fix.tests[path].splitlines(keepends=True)
        indent = b" " * node.col_offset
        rows.insert(_rows_of(node)[0], indent + b'@pytest.mark.skip(reason="flaky")\n')
        text = b"import pytest\n" + b"".join(rows)
        if _parse(text) is not None:
            return {path: text}
    return {}


def make_weakened_test(fix: Any, chance: Any) -> Tree:
    """Remove an assertion of a test that came with the fix."""
    for path, node in _find_new_tests(fix):
        rows = fix.tests[path].splitlines(keepends=True)
        for one in reversed(node.body):
            is_call = isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)
            name = ast.unparse(one.value.func) if is_call else ""
            if isinstance(one, ast.Assert) or "assert" in name.lower():
                indent = b" " * one.col_offset
                text = b"".join(
                    [*rows[: one.lineno - 1], indent + b"pass\n", *rows[one.end_lineno :]]
                )
                return {path: text}
    return {}


# --- harmless


def keep_layout(fix: Any, chance: Any) -> Tree:
    """Print the files again from their trees."""
    return _print_again(dict(fix.now))


def keep_with_comment(fix: Any, chance: Any) -> Tree:
    """Write a comment above each hunk."""
    return _insert(fix, b"# A note on what follows.\n", b"// A note on what follows.\n")


def keep_with_new_code(fix: Any, chance: Any) -> Tree:
    """Write a new statement above each hunk where one can stand, and a new function at the end."""
    made = _insert(fix, b"log_event('seen', 17)\n", None)
    for path, text in made.items():
        if path.endswith(".py") and text is not None:
            made[path] = (
                text.rstrip(b"\n") + b"\n\n\ndef new_helper(value):\n    return [value, 17]\n"
            )
    return {p: t for p, t in made.items() if not p.endswith(".py") or _parse(t or b"") is not None}


def _insert(fix: Any, python: bytes, other: bytes | None) -> Tree:
    made: Tree = {}
    for path, text in fix.now.items():
        line = python if path.endswith(".py") else other
        if line is None:
            continue
        rows = text.splitlines(keepends=True)
        for hunk in sorted(fix.hunks[path], reverse=True):
            row = rows[hunk.start] if hunk.start < len(rows) else b""
            candidate = [*rows]
            candidate.insert(hunk.start, row[: len(row) - len(row.lstrip(b" \t"))] + line)
            if not path.endswith(".py") or _parse(b"".join(candidate)) is not None:
                rows = candidate
        made[path] = b"".join(rows)
    return made


def keep_renamed_local(fix: Any, chance: Any) -> Tree:
    """Rename a local variable of the functions around the hunks."""
    return _rename_locals(fix, dict(fix.now), chance)


def keep_moved_function(fix: Any, chance: Any) -> Tree:
    """Move the functions around the hunks as they are."""
    return _move_functions(fix, dict(fix.now))


def keep_extracted(fix: Any, chance: Any) -> Tree:
    """Move the second half of the functions around the hunks to functions of their own."""
    made: Tree = {}
    for path, text in fix.now.items():
        parsed = _parse(text) if path.endswith(".py") else None
        if parsed is None:
            continue
        for node in _find_functions(parsed, text, fix.hunks[path]):
            body = [n for n in node.body if not _is_text(n)]
            rows = text.splitlines(keepends=True)
            if len(body) < 2:
                continue
            half = body[len(body) // 2 :]
            start, end = half[0].lineno - 1, half[-1].end_lineno or 0
            names = sorted({a.arg for a in node.args.args})
            indent = b" " * half[0].col_offset
            call = f"return extracted_part({', '.join(names)})\n".encode()
            shift = half[0].col_offset - 4
            moved = [row[shift:] if row[:shift].strip() == b"" else row for row in rows[start:end]]
            head = f"\n\ndef extracted_part({', '.join(names)}):\n".encode()
            new = b"".join([*rows[:start], indent + call, *rows[end:], head, *moved])
            if _parse(new) is not None:
                made[path] = new
                break
    return made


def keep_moved_test(fix: Any, chance: Any) -> Tree:
    """Move the file of a test that came with the fix."""
    for path, _ in _find_new_tests(fix):
        folder, _, name = path.rpartition("/")
        return {
            path: None,
            f"{folder}/test_moved_{name.removeprefix('test_')}".lstrip("/"): fix.tests[path],
        }
    return {}


WAYS: dict[str, Callable[[Any, Any], Tree]] = {
    "exact": make_exact,
    "part": make_part,
    "moved file": make_moved_file,
    "moved function": make_moved_function,
    "other layout": make_other_layout,
    "renamed local": make_renamed_local,
    MERGE: make_exact,
    "test deleted": make_deleted_test,
    "test skipped": make_skipped_test,
    "test weakened": make_weakened_test,
    "harmless: other layout": keep_layout,
    "harmless: comment": keep_with_comment,
    "harmless: new code": keep_with_new_code,
    "harmless: renamed local": keep_renamed_local,
    "harmless: moved function": keep_moved_function,
    "harmless: extracted function": keep_extracted,
    "harmless: test moved": keep_moved_test,
}
