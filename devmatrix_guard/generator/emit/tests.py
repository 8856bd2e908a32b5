"""The tests of the generated application."""

from __future__ import annotations

from collections.abc import Iterator

from devmatrix_guard.generator.plan import Plan


def emit_tests(plan: Plan) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield (path, text, IR nodes) of every module of tests."""
    yield from ()
