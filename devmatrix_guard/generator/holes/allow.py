"""What code in a hole may be: a small part of Python, on the names and calls of its contract.

Everything is refused that is not named here: no import, no loop without an end, no attribute with
an underscore, no call but of the contract's functions, of builtins that only compute, and of what
rows, texts, numbers and repositories can do. What is left cannot reach the system.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from devmatrix_guard.generator.holes.contract import Contract

_MOST_BYTES, _MOST_LINES = 8_000, 80
_NODES = (
    ast.Module, ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.If, ast.For, ast.Return,
    ast.Raise, ast.Pass, ast.Break, ast.Continue, ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.IfExp,
    ast.Dict, ast.Set, ast.List, ast.Tuple, ast.ListComp, ast.SetComp, ast.DictComp,
    ast.GeneratorExp, ast.comprehension, ast.Compare, ast.Call, ast.keyword, ast.Await,
    ast.JoinedStr, ast.FormattedValue, ast.Constant, ast.Attribute, ast.Subscript, ast.Slice,
    ast.Name, ast.Starred, ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop,
)  # fmt: skip
_BUILTINS = frozenset(
    "abs all any bool dict enumerate float int len list max min range reversed round set sorted str"  # noqa: SIM905 # a list of words reads better
    " sum tuple zip".split()
)
_METHODS = frozenset(  # of columns in a condition; of texts, lists, mappings, numbers, moments
    "in_ not_in is_ is_not asc desc lower upper strip startswith endswith split join replace title"  # noqa: SIM905 # likewise
    " append extend items keys values get add count index quantize now date isoformat total_seconds"
    " flush".split()
)


def parse_answer(text: str) -> str:
    """Return the code of an answer: its first block, or all of it where there is none."""
    _, fence, rest = text.partition("```")
    if not fence:
        return text.strip("\n")
    return rest.partition("\n")[2].partition("```")[0].strip("\n")


def find_faults(hole: Contract, code: str) -> list[str]:
    """Return why code may not stand in a hole, a sentence each; none if it may."""
    if len(code.encode("utf-8", "replace")) > _MOST_BYTES or code.count("\n") >= _MOST_LINES:
        return [f"it is longer than {_MOST_LINES} lines"]
    try:
        # Compiled as the function it becomes part of: `await` and `return` are right in one only.
        body = "".join(f"    {line}\n" for line in code.splitlines())
        compile(f"async def hole():\n{body}", "<hole>", "exec", dont_inherit=True)
        tree = ast.parse(f"async def hole():\n{body}").body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return [f"it does not parse: {error}"]
    assert isinstance(tree, ast.AsyncFunctionDef)  # noqa: S101 # as it was just written
    nodes = [node for statement in tree.body for node in ast.walk(statement)]
    assigned = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    faults = dict.fromkeys(_iter_faults(hole, nodes, assigned))
    if hole.output[0] and hole.output[0] not in assigned:
        faults[f"it does not assign `{hole.output[0]}`"] = None
    if hole.answers not in ("", "None") and not any(isinstance(n, ast.Return) for n in nodes):
        faults[f"it does not return a {hole.answers}"] = None
    return list(faults)


def _iter_faults(hole: Contract, nodes: list[ast.AST], assigned: set[str]) -> Iterator[str]:
    given = {name for name, _ in hole.inputs} | {"session"}
    known = given | assigned | set(hole.imports) | _BUILTINS
    for node in nodes:
        if not isinstance(node, _NODES):
            yield f"`{type(node).__name__}` is not allowed"
        elif isinstance(node, ast.Name):
            if node.id not in known:
                yield f"the name `{node.id}` is not in the contract"
            elif isinstance(node.ctx, ast.Store) and node.id in set(hole.imports) | _BUILTINS:
                yield f"the name `{node.id}` may not be assigned"
        elif isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            yield f"the attribute `{node.attr}` is not allowed"
        elif isinstance(node, ast.Call):
            yield from _iter_call_faults(hole, node)
        elif isinstance(node, ast.Raise) and not _refuses(node):
            yield "only `raise refuse(STATUS, ...)` with a status from 400 to 499 is allowed"
        elif isinstance(node, ast.Return) and not hole.answers:
            yield "`return` is not allowed: the steps after the hole go on"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow | ast.LShift):
            yield "powers and shifts are not allowed"


def _iter_call_faults(hole: Contract, node: ast.Call) -> Iterator[str]:
    function = node.func
    if isinstance(function, ast.Name):
        if function.id not in set(hole.imports) | _BUILTINS:
            yield f"`{function.id}(...)` may not be called"
    elif isinstance(function, ast.Attribute):
        if function.attr not in _METHODS | set(hole.methods):
            yield f"`.{function.attr}(...)` may not be called"
    else:
        yield "only names and methods may be called"


def _refuses(node: ast.Raise) -> bool:
    call = node.exc
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or node.cause:
        return False
    status = call.args[0] if call.args else None
    if not isinstance(status, ast.Constant) or not isinstance(status.value, int):
        return False
    return call.func.id == "refuse" and 400 <= status.value <= 499
