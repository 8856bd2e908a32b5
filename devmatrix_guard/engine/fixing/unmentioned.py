"""What a pattern matches without saying so, and a fix would take away with the rest of the match.

`...` stands for any code, `def $F($X)` matches one with annotations, `import a` one of several.
The parts of the matched code are counted, and so are those of the pattern: what the fix does not
keep and the pattern does not mention is lost.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache

from devmatrix_guard.engine.fixing.evaluation import EFFECTS
from devmatrix_guard.engine.patterns.parse import (
    DEEP,
    DOTS,
    MANY,
    TYPED,
    PatternTextError,
    dedent_pattern,
    translate_pattern,
)

_EFFECT = "no longer evaluate all of the matched code"
_STATEMENT = "delete a statement that stands in the match"
_PARAMETER = "delete a parameter"
_OWN_CALLS = (DEEP, TYPED)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_NO_LOSS = (ast.Expr, ast.Pass)


def find_unmentioned(
    matched: Sequence[ast.AST],
    after: Sequence[ast.AST],
    bound: Collection[int],
    patterns: Sequence[str],
    *,
    is_text: bool = False,
) -> str:
    """Return what the fix would do to a part of the match that no pattern mentions; empty if none.

    Args:
        matched: the nodes a fix replaces.
        after: what stands in their place; it shares the nodes that the fix keeps.
        bound: the ids of the expressions that metavariables bound.
        patterns: the texts that say what is matched; where there are none nothing is known.
        is_text: the new code shares no nodes with the match; as many parts count as kept.
    """
    said = _count_parts(after) if is_text else Counter[str]()
    mentioned = [_count_pattern(text) for text in patterns]
    if not mentioned or None in mentioned:
        return ""  # a form that is no Python: nothing is known of what it mentions
    said += _most(filter(None, mentioned))
    kept = (id(inner) for node in after for inner in ast.walk(node))
    left_out = frozenset((*kept, *bound))
    found = Counter(part for node in matched for part in _list_parts(node, left_out))
    lost = found - said
    return next((f"it would {part}" for part in found if part in lost), "")


@lru_cache(maxsize=512)
def _count_pattern(text: str) -> Counter[str] | None:
    try:
        tree = ast.parse(dedent_pattern(translate_pattern(text)))
    except (PatternTextError, SyntaxError, ValueError, RecursionError):
        return None
    return Counter(_list_parts(tree, frozenset()))


def _most(counts: Iterable[Counter[str]]) -> Counter[str]:
    most: Counter[str] = Counter()
    for one in counts:
        most |= one
    return most


def _count_parts(nodes: Iterable[ast.AST]) -> Counter[str]:
    return Counter(part for node in nodes for part in _list_parts(node, frozenset()))


def _list_parts(node: ast.AST, left_out: Collection[int]) -> Iterator[str]:
    """Yield what would be lost with a node, without what is left out."""
    if id(node) in left_out:
        return
    yield from _list_own_parts(node, left_out)
    for child in ast.iter_child_nodes(node):
        yield from _list_parts(child, left_out)


def _list_own_parts(node: ast.AST, left_out: Collection[int]) -> Iterator[str]:
    if isinstance(node, EFFECTS):
        is_own = isinstance(node, ast.Call) and getattr(node.func, "id", "") in _OWN_CALLS
        yield from () if is_own else (_EFFECT,)
    elif isinstance(node, ast.stmt):
        yield from _list_parts_of_statement(node, left_out)
    elif isinstance(node, ast.arg):
        # `$...NAME` and `...` stand for any number of parameters; the first one names them.
        count = 1_000 if node.arg.startswith(MANY) else 0 if node.arg.startswith(DOTS) else 1
        yield from [_PARAMETER] * count
        yield from ["delete the annotation of a parameter"] * (node.annotation is not None)
    elif isinstance(node, ast.arguments):
        defaults = [d for d in (*node.defaults, *node.kw_defaults) if d is not None]
        yield from ["delete the default of a parameter"] * len(defaults)
    elif isinstance(node, ast.ExceptHandler):
        yield "delete an `except` branch"
    elif isinstance(node, ast.withitem):
        yield "delete a context manager"
    elif isinstance(node, ast.alias):
        yield "delete a name that is imported"
        yield from ["import a name as another"] * (node.asname is not None)
        yield from ["import another module"] * node.name.count(".")
    elif isinstance(node, ast.comprehension):
        yield from ["no longer be asynchronous"] * node.is_async


def _list_parts_of_statement(node: ast.stmt, left_out: Collection[int]) -> Iterator[str]:
    if not isinstance(node, _NO_LOSS):
        yield _STATEMENT
    if isinstance(node, (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith)):
        yield "no longer be asynchronous"
    if any(id(part) not in left_out for part in getattr(node, "orelse", ())):
        yield "delete the `else` branch"
    if isinstance(node, _DEFINITIONS):
        decorators = [d for d in node.decorator_list if id(d) not in left_out]
        yield from ["delete a decorator"] * len(decorators)
        yield from ["delete a type parameter"] * len(getattr(node, "type_params", ()))
        yield from ["delete a docstring"] * (ast.get_docstring(node, clean=False) is not None)
    if isinstance(node, ast.ClassDef):
        yield from ["delete a base class"] * len((*node.bases, *node.keywords))
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield from ["delete the return annotation"] * (node.returns is not None)
    if isinstance(node, ast.AnnAssign):
        yield "delete an annotation"
    if isinstance(node, ast.Raise):
        yield from ["delete the cause of an exception"] * (node.cause is not None)
