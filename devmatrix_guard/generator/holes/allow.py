"""What code in a hole may be: a small part of Python, on the names and calls of its contract.

Everything is refused that is not named here: no import, no `while`, no attribute but those of the
application's models, no call but of the contract's functions, of builtins that only compute, and of
what rows, texts, numbers and repositories can do. What is left cannot reach the system.

What is looked at is what will stand there: the same lines, with names as Python resolves them.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Collection, Iterator

from devmatrix_guard.generator.holes.contract import Contract, split_code

_MOST_BYTES, _MOST_LINES = 8_000, 80
_MOST_REPEATS = 1_000
_SEQUENCES = (ast.List, ast.ListComp, ast.Tuple, ast.JoinedStr)
_GROWING = ("append", "extend", "add")
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
_PARTS = frozenset(  # of moments, and of members of an enumeration
    "year month day hour minute second microsecond days seconds name value".split()  # noqa: SIM905 # likewise
)


def parse_answer(text: str) -> str:
    """Return the code of an answer: its first block, or all of it where there is none."""
    _, fence, rest = text.partition("```")
    if not fence:
        return text.strip("\n")
    return rest.partition("\n")[2].partition("```")[0].strip("\n")


def find_faults(hole: Contract, code: str, attributes: Collection[str]) -> list[str]:
    """Return why code may not stand in a hole, a sentence each; none if it may.

    Args:
        attributes: names of what the application's rows and schemas have.
    """
    if len(code.encode("utf-8", "replace")) > _MOST_BYTES or code.count("\n") >= _MOST_LINES:
        return [f"it is longer than {_MOST_LINES} lines"]
    try:
        # Compiled as the function it becomes part of: `await` and `return` are right in one only.
        body = "".join(f"    {line}\n" for line in split_code(code))
        text = f"async def hole():\n{body}"
        compile(text, "<hole>", "exec", dont_inherit=True)
        (tree,) = ast.parse(text).body
        (scope,) = symtable.symtable(text, "<hole>", "exec").get_children()
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return [f"it does not parse: {error}"]
    assert isinstance(tree, ast.AsyncFunctionDef)  # noqa: S101 # as it was just written
    nodes = [node for statement in tree.body for node in ast.walk(statement)]
    faults = dict.fromkeys(_iter_name_faults(hole, scope))
    faults |= dict.fromkeys(_iter_faults(hole, nodes, {*attributes, *_list_attributes(hole)}))
    assigned = {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_assigned()}
    if hole.output[0] and hole.output[0] not in assigned:
        faults[f"it does not assign `{hole.output[0]}`"] = None
    if hole.answers not in ("", "None") and not any(isinstance(n, ast.Return) for n in nodes):
        faults[f"it does not return a {hole.answers}"] = None
    return list(faults)


def _iter_name_faults(hole: Contract, scope: symtable.SymbolTable) -> Iterator[str]:
    """Yield what is wrong with names, in comprehensions too: what is theirs is nobody else's."""
    ours = set(hole.imports) | _BUILTINS
    known = {name for name, _ in hole.inputs} | {"session"} | ours
    for symbol in scope.get_symbols():
        name = symbol.get_name()
        if symbol.is_global() and name not in known:
            yield f"the name `{name}` is not in the contract"
        elif symbol.is_assigned() and name in ours:
            yield f"the name `{name}` may not be assigned"
    for inner in scope.get_children():
        yield from _iter_name_faults(hole, inner)


def _list_attributes(hole: Contract) -> set[str]:
    """Return what a contract itself says that values have."""
    return {name for row in hole.rows.values() for name in row} | _PARTS


def _iter_faults(hole: Contract, nodes: list[ast.AST], attributes: set[str]) -> Iterator[str]:
    for node in nodes:
        if not isinstance(node, _NODES):
            yield f"`{type(node).__name__}` is not allowed"
        elif isinstance(node, ast.Attribute):
            yield from _iter_attribute_faults(hole, node, attributes)
        elif isinstance(node, ast.Call):
            yield from _iter_call_faults(hole, node)
        elif isinstance(node, ast.Raise) and not _refuses(node):
            yield "only `raise refuse(STATUS, ...)` with a status from 400 to 499 is allowed"
        elif isinstance(node, ast.Return) and not hole.answers:
            yield "`return` is not allowed: the steps after the hole go on"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow | ast.LShift):
            yield "powers and shifts are not allowed"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and _repeats_too_often(node):
            yield f"a list or text is repeated by a number, of at most {_MOST_REPEATS:,}"
        elif isinstance(node, ast.For) and (grown := _find_grown(node)):
            yield f"`{grown}` grows while it is looped over"


def _iter_attribute_faults(
    hole: Contract, node: ast.Attribute, attributes: set[str]
) -> Iterator[str]:
    """Yield why an attribute may not be reached; whether a method may be called is asked later."""
    is_read = isinstance(node.ctx, ast.Load)
    known = attributes | _METHODS | set(hole.methods) if is_read else attributes
    if node.attr.startswith("_") or node.attr not in known:
        yield f"the attribute `{node.attr}` is not allowed"
    elif not is_read and isinstance(node.value, ast.Name) and node.value.id in hole.imports:
        yield f"`{node.value.id}.{node.attr}` may not be assigned: only a row may change"


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


def _repeats_too_often(node: ast.BinOp | ast.AugAssign) -> bool:
    """Tell whether a list or text that stands there is made many times as long."""
    if not isinstance(node.op, ast.Mult):
        return False
    sides = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.value]
    if not any(_is_sequence(side) for side in sides):
        return False
    numbers = [side.value for side in sides if isinstance(side, ast.Constant)]
    return not any(isinstance(n, int) and n <= _MOST_REPEATS for n in numbers)


def _is_sequence(node: ast.expr) -> bool:
    text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return text or isinstance(node, _SEQUENCES)


def _find_grown(loop: ast.For) -> str:
    """Return the name that a loop goes over and its body adds to, "" for none."""
    if not isinstance(loop.iter, ast.Name):
        return ""
    name = loop.iter.id
    for node in (inner for statement in loop.body for inner in ast.walk(statement)):
        if isinstance(node, ast.AugAssign):
            target: ast.expr = node.target
        elif isinstance(node, ast.Attribute) and node.attr in _GROWING:
            target = node.value
        else:
            continue
        if isinstance(target, ast.Name) and target.id == name:
            return name
    return ""
