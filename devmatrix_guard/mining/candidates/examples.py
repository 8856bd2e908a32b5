"""The code a rule is proven on: the statement a fix changed, made into a file of its own."""

from __future__ import annotations

import ast
import textwrap

from devmatrix_guard.mining.edits.sites import Site


def build_before_example(site: Site) -> str:
    """Return code that the rule must match."""
    return _wrap_as_file(site, site.before)


def build_after_example(site: Site) -> str:
    """Return code that the rule must leave alone."""
    return _wrap_as_file(site, site.after)


def _wrap_as_file(site: Site, statement: str) -> str:
    names = _names(statement)
    lines = {line: None for name, line in site.origins if name in names}
    head = "".join(f"{line}\n" for line in lines)
    if not site.in_function:
        return f"{head}{statement}\n"
    define = "async def example():" if site.is_async else "def example():"
    gap = "\n\n" if head else ""
    return f"{head}{gap}{define}\n{textwrap.indent(statement, '    ')}\n"


def _names(statement: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(statement)) if isinstance(node, ast.Name)}
