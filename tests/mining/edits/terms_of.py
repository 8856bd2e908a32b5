"""Terms and forms written as code, for tables of tests: `$X` is a hole."""

from __future__ import annotations

import ast

from devmatrix_guard.mining.edits.forms import Form
from devmatrix_guard.mining.edits.scope import Module, Scope
from devmatrix_guard.mining.edits.terms import Term, convert_node, iterate_subterms, replace

MODULE = Module(
    imports={"requests": "requests", "json": "json", "loads": "json.loads", "shop": "shop"},
    relative={"near": "from . import near"},
    functions=frozenset({"helper"}),
    constants=frozenset({"LIMIT"}),
)
SCOPE = Scope(MODULE, frozenset({"a", "b", "c", "rows", "url"}), ("f",), in_function=True)


def term(code: str) -> Term:
    """Return an expression, or a statement, as a term."""
    marked = code.replace("$...", "ARGS_").replace("$", "HOLE_")
    node: ast.AST = ast.parse(marked).body[0]
    node = node.value if isinstance(node, ast.Expr) else node
    made = convert_node(node, SCOPE)
    mapping: dict[Term, Term] = {}
    for part in iterate_subterms(made):
        name = str(part[1]) if part[0] in ("Local", "Name") else ""
        if name.startswith("HOLE_"):
            mapping[part] = ("Hole", name.removeprefix("HOLE_"))
        elif name.startswith("ARGS_"):
            mapping[part] = ("Args", name.removeprefix("ARGS_"))
    found: Term = replace(made, mapping)
    return found


def form(before: str, after: str, kind: str = "exact") -> Form:
    """Return a form."""
    return Form(kind, term(before), term(after))
