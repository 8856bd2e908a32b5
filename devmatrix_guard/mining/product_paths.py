"""Tells by its path what a file belongs to: the product, its tests, or what stands beside."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from devmatrix_guard.model.language import detect_language, is_in_other_language

_TEST_PART = re.compile(r"^(?:tests?|testsuite|testserver|test_.*|.*_tests?|conftest)(?:\.py)?$")
_TEST_FOLDERS = frozenset(("test", "tests", "spec", "specs", "__tests__"))
_VENDORED = re.compile(
    r"_?vendor(?:ed)?|(?:third|3rd)[_-]?party|externals?|extern|node_modules|bower_components"
    r"|site-packages",
    re.IGNORECASE,
)
_GENERATED = ("_pb2.py", "_pb2_grpc.py", "_pb2.pyi", "_version.py", "versioneer.py")
_PROSE = ("", "HTML", "Jinja")
_ASIDE = frozenset(("doc", "docs", "example", "examples", "demo", "demos", "setup.py"))


def is_test_path(path: str) -> bool:
    """Tell whether a path belongs to tests rather than to the product."""
    return any(_TEST_PART.match(part) for part in PurePosixPath(path).parts) or (
        is_in_other_language(path) and is_marked_as_test(path)
    )


def is_marked_as_test(path: str) -> bool:
    """Tell whether a path says as in other languages than Python that it holds tests."""
    *folders, name = path.split("/")
    stem = name.partition(".")[0]
    is_marked = ".test." in name or ".spec." in name or stem.endswith(("_test", "_spec"))
    return is_marked or any(part.lower() in _TEST_FOLDERS for part in folders)


def find_test_globs(path: str) -> tuple[str, ...]:
    """Return the globs of the tests that a test file belongs to: its folder, or all so named."""
    parts = PurePosixPath(path).parts
    at = next(number for number, part in enumerate(parts) if _TEST_PART.match(part))
    if at + 1 < len(parts):
        return (f"/{'/'.join(parts[: at + 1])}/**",)
    return "test_*.py", "*_test.py", "*_tests.py", "tests.py", "test.py", "conftest.py"


def is_product_path(path: str) -> bool:
    """Tell whether a path belongs to code that the project itself writes and ships."""
    parts = PurePosixPath(path).parts
    if any(map(_VENDORED.fullmatch, parts[:-1])) or path.endswith(_GENERATED):
        return False
    return not is_test_path(path)


def is_product_code(path: str) -> bool:
    """Tell whether a file is code of the product: no test, page, example or build file."""
    if is_test_path(path) or detect_language(path) in _PROSE:
        return False
    return _ASIDE.isdisjoint(PurePosixPath(path).parts)
