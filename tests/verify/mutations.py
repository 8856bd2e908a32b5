"""Damage to generated code, one kind at a time: what a validator must find and a repair mend."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from typing import NamedTuple

Position = tuple[int, int]
Damage = tuple[str, str, Position, Position, str]  # kind, where, from, to, what stands there then


class Mutation(NamedTuple):
    """One damaged file; `kind` says what was done, `where` to what."""

    kind: str
    where: str
    path: str
    text: str


def mutate(files: Mapping[str, str], seed: int, per_kind: int) -> list[Mutation]:
    """Return up to `per_kind` mutations of each kind, drawn with `seed`."""
    kinds: dict[str, list[tuple[str, Damage]]] = {}
    trees = {}
    for path in sorted(files):
        if path.startswith("src/") and path.endswith(".py"):
            trees[path] = ast.parse(files[path])
            for damage in _edits(trees[path], _area(path)):
                kinds.setdefault(damage[0], []).append((path, damage))
    meanings = cache(lambda path: ast.dump(trees[path]))
    draw = random.Random(seed)
    chosen: list[Mutation] = []
    for _, candidates in sorted(kinds.items()):
        draw.shuffle(candidates)
        made = (_mutate(path, files[path], meanings(path), damage) for path, damage in candidates)
        chosen += islice(filter(None, made), per_kind)
    return chosen


def _mutate(path: str, text: str, meaning: str, damage: Damage) -> Mutation | None:
    """Return a file with damage done to it, None where it is no module or means the same."""
    kind, where, start, end, replacement = damage
    mutated = _replace(text, start, end, replacement)
    try:
        same = ast.dump(ast.parse(mutated)) == meaning
    except SyntaxError:
        return None
    return None if same else Mutation(kind, where, path, mutated)


def _area(path: str) -> str:
    parts = path.split("/")
    return parts[2] if parts[1] == "models" else parts[1]


def _edits(tree: ast.Module, area: str) -> Iterator[Damage]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield _damage(f"{area}: class deleted", node.name, node, "")
            for member in node.body:
                yield from _member_edits(member, f"{area}", node.name)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _damage(f"{area}: function deleted", node.name, node, "")
            yield from _function_edits(node, area, node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            yield from _value_edits(node.value, area, ast.unparse(node)[:40])


def _member_edits(member: ast.stmt, area: str, owner: str) -> Iterator[Damage]:
    if isinstance(member, ast.AnnAssign):
        where = f"{owner}.{ast.unparse(member.target)}"
        yield _damage(f"{area}: field deleted", where, member, "pass")
        yield _damage(f"{area}: type changed", where, member.annotation, "Mapped[bytes]")
        annotation = ast.unparse(member.annotation)
        optional = annotation.replace("]", " | None]", 1) if "[" in annotation else ""
        if optional and "None" not in annotation:
            yield _damage(f"{area}: made nullable", where, member.annotation, optional)
        for value in (member.annotation, member.value):
            if value is not None:
                yield from _value_edits(value, area, where)
    elif isinstance(member, ast.Assign):
        yield from _value_edits(member.value, area, f"{owner}.{ast.unparse(member.targets[0])}")
    elif isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
        yield _damage(f"{area}: method deleted", f"{owner}.{member.name}", member, "pass")
        yield from _function_edits(member, area, f"{owner}.{member.name}")


def _value_edits(value: ast.expr, area: str, where: str) -> Iterator[Damage]:
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                yield _damage(f"{area}: argument deleted", where, keyword, "")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield _damage(f"{area}: text changed", where, node, repr(f"{node.value}x"))
        elif isinstance(node, ast.Constant):
            changed = repr(not node.value) if isinstance(node.value, bool) else "77"
            yield _damage(f"{area}: number changed", where, node, changed)


def _function_edits(
    node: ast.FunctionDef | ast.AsyncFunctionDef, area: str, where: str
) -> Iterator[Damage]:
    for decorator in node.decorator_list:
        yield from _value_edits(decorator, f"{area} decorator", where)
    for argument in [*node.args.args, *node.args.kwonlyargs]:
        if argument.annotation is not None:
            yield _damage(f"{area}: parameter changed", where, argument.annotation, "bytes")
    if isinstance(node, ast.AsyncFunctionDef) and not _awaits(node):
        start = (node.lineno, node.col_offset)
        yield f"{area}: made sync", where, start, (start[0], start[1] + 6), ""
    for statement in ast.walk(node):
        if isinstance(statement, ast.If):
            yield _damage(f"{area}: check deleted", where, statement, "pass")
            yield _damage(f"{area}: check negated", where, statement.test, "not True")
        elif isinstance(statement, ast.Raise):
            yield _damage(f"{area}: raise deleted", where, statement, "pass")
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Await):
            yield _damage(f"{area}: step deleted", where, statement, "pass")


def _awaits(node: ast.AST) -> bool:
    return any(isinstance(n, ast.Await | ast.AsyncFor | ast.AsyncWith) for n in ast.walk(node))


def _damage(kind: str, where: str, node: ast.AST, replacement: str) -> Damage:
    start = (node.lineno, node.col_offset)  # type: ignore[attr-defined] # every node passed has a place
    for decorator in getattr(node, "decorator_list", ()):
        start = min(start, (decorator.lineno, decorator.col_offset - 1))
    end = (node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined] # likewise
    return kind, where, start, end, replacement


def _replace(text: str, start: Position, end: Position, replacement: str) -> str:
    lines = text.encode().splitlines(keepends=True)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    data = text.encode()
    first, last = offsets[start[0] - 1] + start[1], offsets[end[0] - 1] + end[1]
    tail = data[last:]
    if not replacement and data[:first].rstrip().endswith((b"(", b",")):
        tail = tail.lstrip(b", ") if tail.lstrip().startswith(b",") else tail
    return (data[:first] + replacement.encode() + tail).decode()
