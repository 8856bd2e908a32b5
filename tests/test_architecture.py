"""Imports point one way; this table is the whole of the rule."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "devmatrix_guard"
LEAVES = {"lazy_typing", "files", "errors", "model", "config"}
CORE = {"engine", "mining", "generator", "verify"}
EDGES = {"git", "memory", "llm", "reports"}
COMMON = LEAVES | {"ir"}

MAY_IMPORT: dict[str, set[str]] = {
    "lazy_typing": set(),
    "errors": set(),
    "files": {"errors"},
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
    "error_handling": {"errors"},
    "import_path": set(),
    "cli": COMMON | {"commands", "error_handling"},
    "hook": COMMON | {"commands", "error_handling", "import_path"},
    "api": COMMON | {"commands"},
    "mcp": COMMON | {"commands"},
    "generate_fast": {"commands", "errors", "error_handling"},
    "__main__": {"cli", "generate_fast", "import_path"},
}


def _part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imported_parts(path: Path) -> set[str]:
    parts: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; name the module"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
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
