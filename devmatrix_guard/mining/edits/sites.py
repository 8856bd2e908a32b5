"""The edit sites of a fix: what changed in one file of one commit, ready to be generalised."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from devmatrix_guard.mining.edits.align import Difference, find_differences
from devmatrix_guard.mining.edits.chunks import Version, parse_changed
from devmatrix_guard.mining.edits.forms import Form, find_forms, is_anchored
from devmatrix_guard.mining.edits.scope import Module, Scope, read_module
from devmatrix_guard.mining.edits.terms import Term

MAX_SITES = 20
_MAX_SNIPPET_LINES = 12
_ASSERTION = re.compile(r"(?:assert|fail_?(?:if|unless)|expect)", re.IGNORECASE)


class Site(NamedTuple):
    """One place a fix changed, with the forms a pattern for it can take.

    `before` and `after` are the statement as it was written, a header with its body left out;
    `origins` says which statement gives each of their names its meaning; `spelled` maps the
    qualified names of the after to how the file writes them.
    """

    path: str
    qualname: str
    before: str
    after: str
    before_line: int
    after_line: int
    origins: tuple[tuple[str, str], ...]
    in_function: bool
    is_async: bool
    spelled: tuple[tuple[str, str], ...]
    forms: tuple[Form, ...]


def find_sites(
    path: str, old: bytes, new: bytes, *, most: int = MAX_SITES
) -> tuple[Site, ...] | None:
    """Return the edit sites of one changed file; None if this Python cannot parse a side.

    A file with more than `most` sites is a rewrite and has none.
    """
    versions = parse_changed(old, new)
    if versions is None:
        return None
    before, after = versions
    scopes = Scope(read_module(before)), Scope(read_module(after))
    lines = before.lines, after.lines
    differences = find_differences(before.tree, after.tree, *scopes, lines)
    sites: list[Site] = []
    try:
        for count, difference in enumerate(differences):
            if count >= 3 * most:
                return ()
            forms = _select_teaching_forms(difference)
            if forms:
                sites.append(_build_site(path, difference, versions, forms))
    except RecursionError:
        return None
    anchored = sum(any(map(is_anchored, site.forms)) for site in sites)
    return tuple(sites) if anchored <= most else ()


def _select_teaching_forms(difference: Difference) -> tuple[Form, ...]:
    """Return the forms of a difference that can teach something.

    What an assertion expects follows what it tests: a new text there is right in that place only.
    But that another assertion is called for the same arguments is a lesson about assertions.
    """
    forms = find_forms(difference)
    if not _is_assertion(difference.statement_before):
        return forms
    return tuple(form for form in forms if form.kind == "callee" and _names_assertion(form.before))


def _is_assertion(statement: ast.stmt | ast.Module) -> bool:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return _ASSERTION.match(ast.unparse(statement.value.func).rpartition(".")[2]) is not None
    return isinstance(statement, ast.Assert)


def _names_assertion(call: Term) -> bool:
    name = call[1]
    return bool(_ASSERTION.match(str(name[-1] if name[0] == "Attribute" else name[1])))


def _build_site(
    path: str,
    difference: Difference,
    versions: tuple[Version, Version],
    forms: tuple[Form, ...],
) -> Site:
    scopes = difference.scope_before, difference.scope_after
    nodes = difference.statement_before, difference.statement_after
    origins = {
        pair
        for node, scope in zip(nodes, scopes, strict=True)
        for pair in _find_origins(node, scope)
    }
    return Site(
        path=path,
        qualname=".".join(scopes[0].qualname),
        before=_render(nodes[0], versions[0].lines),
        after=_render(nodes[1], versions[1].lines),
        before_line=_get_line(nodes[0]),
        after_line=_get_line(nodes[1]),
        origins=tuple(sorted(origins)),
        in_function=scopes[0].in_function,
        is_async=scopes[0].is_async,
        spelled=_find_spellings(nodes[1], scopes[1].module),
        forms=forms,
    )


def _get_line(node: ast.stmt | ast.Module) -> int:
    return node.body[0].lineno if isinstance(node, ast.Module) else node.lineno


def _render(node: ast.stmt | ast.Module, lines: Sequence[bytes]) -> str:
    """Return a statement as it is written; a compound one as its header with `pass` below.

    In a stretch of statements checks and what is tried are kept whole.
    """
    if isinstance(node, ast.Module):
        whole = (ast.If, ast.Try)
        parts = [
            ast.unparse(part) if isinstance(part, whole) else _render(part, lines)
            for part in node.body
        ]
        return "\n".join(parts)
    if any(isinstance(getattr(node, name, None), list) for name in ("body", "handlers", "cases")):
        return _render_header(node)
    count = (node.end_lineno or node.lineno) - node.lineno + 1
    if count <= _MAX_SNIPPET_LINES:
        written = b"\n".join(lines[node.lineno - 1 : node.end_lineno])
        text = textwrap.dedent(written.decode("utf-8", "replace"))
        if _is_statement(text, node):
            return text
    return ast.unparse(node)


def _render_header(node: ast.stmt) -> str:
    fields: dict[str, Any] = dict(ast.iter_fields(node))
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        if name in fields:
            fields[name] = [ast.Pass()] if name == "body" else []
    return ast.unparse(ast.fix_missing_locations(type(node)(**fields)))


def _is_statement(text: str, node: ast.stmt) -> bool:
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return False
    return len(body) == 1 and ast.dump(body[0]) == ast.dump(node)


def _names(node: ast.AST) -> Iterator[str]:
    # Of a compound statement only the header is shown, but an import too many does no harm.
    for child in ast.walk(node):
        if isinstance(child, ast.Name):
            yield child.id


def _find_origins(node: ast.AST, scope: Scope) -> Iterator[tuple[str, str]]:
    for name in sorted(set(_names(node))):
        statement = scope.find_origin(name)
        if statement is not None:
            yield name, statement


def _find_spellings(node: ast.AST, module: Module) -> tuple[tuple[str, str], ...]:
    names = set(_names(node)) & module.imports.keys()
    return tuple(sorted((module.imports[name], name) for name in names))
