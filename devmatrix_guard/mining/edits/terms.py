"""Code as terms: plain nested tuples that can be compared, generalised and written out again.

A term is `(class name, field, ...)`; a list of nodes is `("[]", item, ...)`; what is neither is an
atom. Names are already resolved: `("Ref", "json.loads")` is an imported name whatever the file
calls it, `("Local", "url")` a name bound around the code, `("Hole", "A")` a metavariable.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, cast

from devmatrix_guard.mining.edits.scope import Scope

Term = tuple[Any, ...]

_DROPPED = {"ctx", "type_comment", "kind"}
_PLACEHOLDER = "GUARDHOLE"
_REST = "GUARDREST"
LIST = "[]"
# Heads of terms that only a pattern has: code that holds a part, any attribute of something, a
# function of which one argument has a default.
DEEP, ANY_ATTRIBUTE, DEFAULT = "Deep", "AnyAttribute", "Default"


class NotATerm(Exception):
    """The code has a part that no pattern can hold."""


# What a pattern need not look into: it stands for itself, as a name bound around the code does.
_OPAQUE = (ast.JoinedStr, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp)
_REFUSED = (
    ast.GeneratorExp,
    ast.Yield,
    ast.YieldFrom,
    ast.NamedExpr,
    ast.Starred,
)


def convert_node(node: ast.AST, scope: Scope) -> Term:
    """Return a node as a term.

    Raises:
        NotATerm: it holds code that cannot be part of a pattern.
    """
    if isinstance(node, _REFUSED):
        raise NotATerm(type(node).__name__)
    if isinstance(node, _OPAQUE):
        return ("Local", ast.unparse(node))
    dotted = _qualify(node, scope)
    if dotted is not None:
        return ("Ref", dotted)
    if isinstance(node, ast.Name):
        return _name_term(node.id, scope)
    if isinstance(node, ast.Constant):
        return _convert_constant(node.value)
    fields = (
        _convert_field(value, scope)
        for name, value in ast.iter_fields(node)
        if name not in _DROPPED
    )
    return (type(node).__name__, *fields)


def _convert_field(value: object, scope: Scope) -> Any:
    if isinstance(value, ast.AST):
        return convert_node(value, scope)
    if isinstance(value, list):
        return (LIST, *(_convert_field(item, scope) for item in value))
    return value


def _name_term(name: str, scope: Scope) -> Term:
    kind = scope.get_kind(name)
    if kind == "local" or (kind == "other" and not name.isupper()):
        return ("Local", name)
    return ("Name", name, kind)


def _convert_constant(value: object) -> Term:
    written = repr(value)
    # `...` means something else in a pattern, and infinity has no literal.
    if value is Ellipsis or written in ("inf", "nan") or isinstance(value, complex):
        raise NotATerm(written)
    return ("Constant", type(value).__name__, written)


def _qualify(node: ast.AST, scope: Scope) -> str | None:
    """Return the qualified name of an imported name or of an attribute chain on a module."""
    if isinstance(node, ast.Name):
        return scope.module.imports[node.id] if scope.get_kind(node.id) == "import" else None
    if isinstance(node, ast.Attribute):
        owner = _qualify(node.value, scope)
        return f"{owner}.{node.attr}" if owner else None
    return None


def iterate_subterms(term: Any) -> Iterator[Term]:
    """Yield a term and every term inside it, outside first; lists are looked through."""
    if isinstance(term, tuple):
        if term[0] != LIST:
            yield term
        for part in term[1:]:
            yield from iterate_subterms(part)


def count_nodes(term: Any) -> int:
    """Return how many nodes a term has."""
    return sum(1 for _ in iterate_subterms(term))


def find_holes(term: Any) -> set[str]:
    """Return the metavariables of a term."""
    return {part[1] for part in iterate_subterms(term) if part[0] in ("Hole", "Args")}


def replace(term: Any, mapping: dict[Term, Term]) -> Any:
    """Return the term with every subterm that is a key replaced, outermost first."""
    if not isinstance(term, tuple):
        return term
    if term in mapping:
        return mapping[term]
    return (term[0], *(replace(part, mapping) for part in term[1:]))


def find_changed_part(before: Any, after: Any, parent: Term = ()) -> tuple[Any, Any, Term]:
    """Return the smallest parts that hold the whole change, and the node around them."""
    if not isinstance(before, tuple) or not isinstance(after, tuple):
        return before, after, parent
    if before[0] != after[0] or len(before) != len(after):
        return before, after, parent
    pairs = [(a, b) for a, b in zip(before[1:], after[1:], strict=True) if a != b]
    if len(pairs) != 1 or not all(isinstance(part, tuple) for part in pairs[0]):
        return before, after, parent
    return find_changed_part(*pairs[0], parent if before[0] == LIST else before)


def is_expression(term: Any) -> bool:
    """Tell whether a term is an expression, and so can be replaced by a hole."""
    if not isinstance(term, tuple) or term[0] == LIST:
        return False
    if term[0] in ("Ref", "Local", "Hole"):
        return True
    return issubclass(getattr(ast, term[0], ast.AST), ast.expr)


def render(term: Term) -> str:
    """Return a term as the text of a Semgrep pattern."""
    text = ast.unparse(ast.fix_missing_locations(_build_ast(term)))
    return text.replace(f"**{_REST}", "...").replace(_PLACEHOLDER, "$")


def _build_ast(term: Any) -> Any:
    if not isinstance(term, tuple):
        return term
    head = term[0]
    if head == LIST:
        return [_build_ast(item) for item in term[1:]]
    if head == "Hole":
        return ast.Name(_PLACEHOLDER + term[1])
    if head == "Args":
        return ast.Name(f"{_PLACEHOLDER}...{term[1]}")
    if head == "Ellipsis":
        return ast.Name("...")
    if head == "Rest":
        return ast.keyword(None, ast.Name(_REST))
    if head == DEEP:
        return ast.Name(f"<... {ast.unparse(_build_ast(term[1]))} ...>")
    if head == ANY_ATTRIBUTE:
        return ast.Attribute(_build_ast(term[1]), f"{_PLACEHOLDER}ATTRIBUTE")
    if head == DEFAULT:
        return _build_function(_build_ast(term[1]))
    if head in ("Local", "Name", "Ref"):
        return ast.Name(term[1])
    if head == "Constant":
        return ast.Constant(ast.literal_eval(term[2]))
    cls = cast(Any, getattr(ast, head))
    names = [name for name in cls._fields if name not in _DROPPED]
    return cls(**dict(zip(names, map(_build_ast, term[1:]), strict=True)))


def _build_function(default: ast.expr) -> ast.FunctionDef:
    """Return the pattern of a function of which some argument has a default."""
    dots = ast.arg("...")
    given = ast.arguments(
        posonlyargs=[],
        args=[dots, ast.arg(f"{_PLACEHOLDER}DEFAULTED"), dots],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[default, None],  # type: ignore[list-item]  # what is written is a pattern
    )
    body: list[ast.stmt] = [ast.Expr(ast.Name("..."))]
    return ast.FunctionDef(f"{_PLACEHOLDER}FUNCTION", given, body, [])
