"""Imports point one way, between parts, between their wings, and never in a circle."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "devmatrix_guard"
LEAVES = {
    "generated_code",
    "globs",
    "visible_text",
    "lazy_typing",
    "files",
    "file_listing",
    "file_lock",
    "errors",
    "model",
    "config",
}
CORE = {"engine", "mining", "generator", "verify"}
EDGES = {"git", "memory", "llm", "reports"}
COMMON = LEAVES | {"ir"}

MAY_IMPORT: dict[str, set[str]] = {
    "lazy_typing": set(),
    "errors": set(),
    "generated_code": set(),
    "globs": set(),
    "visible_text": set(),
    "files": {"errors", "file_errors", "file_folders", "file_listing"},
    "file_folders": {"file_listing"},
    "file_lock": set(),
    "file_errors": {"errors"},
    "file_listing": {"errors", "file_errors"},
    "model": {"lazy_typing", "errors"},
    "config": {"lazy_typing", "errors", "files", "model"},
    "ir": {"lazy_typing", "errors", "model"},
    "engine": COMMON,
    "mining": COMMON | {"engine"},
    "generator": COMMON,
    "verify": COMMON,
    "git": COMMON,
    "memory": COMMON,
    "llm": COMMON,
    "reports": COMMON,
    "commands": COMMON | CORE | EDGES,
    "error_handling": {"errors", "visible_text"},
    "import_path": set(),
    "cli": COMMON | {"agent_hook", "commands", "error_handling", "mcp", "server"},
    "hook": COMMON | {"commands", "error_handling", "import_path"},
    "api": COMMON | {"commands"},
    "server": COMMON | {"commands", "mcp"},
    "mcp": COMMON | {"commands"},
    "generate_fast": {"commands", "errors", "error_handling"},
    "agent_hook": {"commands", "errors", "error_handling", "visible_text"},
    "__main__": {"agent_hook", "cli", "error_handling", "generate_fast", "import_path"},
}

# The wings of a part: which may import which. What is missing here may import none of the others;
# modules that stand beside the wings belong to none and are held by the absence of circles.
WINGS: dict[str, dict[str, set[str]]] = {
    "cli": {"agents": set(), "check": set(), "generate": set(), "learn": set(), "start": set()},
    "commands/application": {
        "changes": set(),
        "irs": set(),
        "origins": set(),
        "regeneration": {"changes"},
    },
    "commands/check": {
        "arguments": set(),
        "change": {"arguments"},
        "findings": {"arguments", "change"},
        "results": {"arguments", "findings"},
    },
    "commands/learn": {
        "validation": set(),
        "results": {"validation"},
        "output": {"results"},
    },
    "engine": {
        "regex": set(),
        "tree": set(),
        "patterns": {"regex", "tree"},
        "findings": {"tree"},
        "rules": {"patterns", "regex"},
        "prefilter": {"rules", "tree"},
        "matching": {"patterns", "prefilter", "regex", "rules", "tree"},
        "fixing": {"matching", "patterns", "regex", "tree"},
        "semgrep": {"findings", "fixing", "rules", "tree"},
    },
    "engine/matching": {
        "expressions": set(),
        "statements": {"expressions"},
    },
    "generator/emit": {
        "python": set(),
        "models": {"python"},
        "services": {"models", "python"},
        "api": {"models", "python", "services"},
        "tests": {"models", "python", "services"},
    },
    "generator/extract": {
        "schemas": set(),
        "entities": {"schemas"},
        "relations": {"entities", "schemas"},
        "actions": {"entities", "relations", "schemas"},
    },
    "mining": {
        "edits": set(),
        "undo": set(),
        "regression": {"edits"},
        "fixes": {"regression"},
        "candidates": {"edits"},
        "fix_patterns": {"candidates"},
    },
    "model": {"knowledge": set(), "answers": {"knowledge"}},
    "memory/sql": {"stores": set()},
    "reports": {"formats": set(), "period": set(), "views": set()},
    "memory": {
        "sql": set(),
        "followers": {"postgres", "sql"},
        "postgres": {"sql"},
        "sqlite": {"sql"},
    },
}


@cache
def _list_imports(path: Path) -> tuple[ast.Import | ast.ImportFrom, ...]:
    """Return all imports of a module, wherever in it, also for types only."""
    nodes = ast.walk(ast.parse(path.read_bytes()))
    return tuple(node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))


def _part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imported_parts(path: Path) -> set[str]:
    parts: set[str] = set()
    for node in _list_imports(path):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; name the module"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            names = [alias.name for alias in node.names]
        for name in names:
            pieces = name.split(".")
            if pieces[0] == "devmatrix_guard" and len(pieces) > 1:
                parts.add(pieces[1])
    return parts - {"__version__"}


@pytest.mark.parametrize(
    "path",
    sorted(PACKAGE.rglob("*.py")),
    ids=lambda p: p.relative_to(PACKAGE).as_posix(),
)
def test_imports_point_one_way(path: Path) -> None:
    part = _part(path)
    if part == "__init__":
        assert _imported_parts(path) == set()
        return
    assert part in MAY_IMPORT, f"{part} is not on the map of the package"
    forbidden = _imported_parts(path) - MAY_IMPORT[part] - {part}
    assert not forbidden, f"{part} may not import {sorted(forbidden)}"


def _module(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)


def _imported_modules(path: Path, modules: set[str]) -> set[str]:
    """Return the modules that a module names in an import."""
    named: set[str] = set()
    for node in _list_imports(path):
        if isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            named |= (names & modules) or {str(node.module)}
        else:
            named |= {alias.name for alias in node.names}
    return named & modules


@cache
def _graph() -> dict[str, set[str]]:
    paths = {_module(path): path for path in PACKAGE.rglob("*.py") if path.stem != "__init__"}
    return {name: _imported_modules(path, set(paths)) for name, path in paths.items()}


def _find_circle(graph: dict[str, set[str]]) -> list[str]:
    """Return the modules of one circle in their order, none where there is none."""
    finished: set[str] = set()
    for start in sorted(graph):
        path, branches = [start], [iter(sorted(graph[start]))]
        while path:
            step = next((name for name in branches[-1] if name not in finished), None)
            if step is None:
                finished.add(path.pop())
                branches.pop()
            elif step in path:
                return path[path.index(step) :]
            else:
                path.append(step)
                branches.append(iter(sorted(graph[step])))
    return []


def test_no_imports_go_in_a_circle() -> None:
    assert _find_circle(_graph()) == []


@pytest.mark.parametrize(
    ("graph", "circle"),
    [
        pytest.param({"a": {"b"}, "b": set()}, [], id="a line"),
        pytest.param({"a": {"a"}}, ["a"], id="itself"),
        pytest.param({"a": {"b"}, "b": {"a"}}, ["a", "b"], id="two"),
        pytest.param(
            {"a": {"b"}, "b": {"c", "d"}, "c": set(), "d": {"b"}}, ["b", "d"], id="off the way"
        ),
        pytest.param({"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": set()}, [], id="a diamond"),
    ],
)
def test_circles_of_any_size_are_found(graph: dict[str, set[str]], circle: list[str]) -> None:
    assert _find_circle(graph) == circle


@pytest.mark.parametrize("part", WINGS)
def test_wings_import_one_another_one_way(part: str) -> None:
    prefix = f"devmatrix_guard.{part.replace('/', '.')}."
    wings = {path.parent.name for path in (PACKAGE / part).glob("*/__init__.py")}
    assert wings == set(WINGS[part]), "each wing has a row in the table"
    found: dict[str, set[str]] = {wing: set() for wing in wings}
    for name, imported in _graph().items():
        wing = name.removeprefix(prefix).split(".")[0]
        if name.startswith(prefix) and wing in wings:
            inner = {other.removeprefix(prefix).split(".")[0] for other in imported}
            found[wing] |= (inner & wings) - {wing}
    forbidden = {wing: sorted(used - WINGS[part][wing]) for wing, used in found.items()}
    assert not any(forbidden.values()), forbidden


def test_the_table_of_wings_has_no_circle() -> None:
    for part, wings in WINGS.items():
        assert _find_circle(wings) == [], part
