"""What an application's code says, as flat facts that two versions can be compared by.

A fact is (kind, key, value). The key names the thing ("ProductEntity.price"), the value is its
normalised source. Code is parsed and read, never imported. Router prefixes are resolved, `async`
and plain functions are both read, and constraints are read from `Field(...)` defaults, from
`Annotated[...]` metadata and from column arguments alike.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

_VERBS = {"get", "post", "put", "patch", "delete", "head", "options", "trace"}
_INJECTORS = {"Depends", "Security"}
_NULL = {"None", "NoneType"}


class Fact(NamedTuple):
    """One thing the code says; `line` is 1-based, 0 for a whole file."""

    kind: str
    key: str
    value: str
    path: str
    line: int


def read_facts(files: Mapping[str, str]) -> list[Fact]:
    """Return the facts of all Python files below `src/` and the presence of every other file.

    Args:
        files: relative path with forward slashes -> text.

    A Python file that does not parse yields only the fact that it is broken.
    """
    prefixes = _find_include_prefixes(files)
    facts: list[Fact] = []
    for path in sorted(files):
        if path.endswith(".py") and path.startswith("src/"):
            facts.extend(_read_file_facts(path, files[path], prefixes.get(path, "")))
        else:
            facts.append(Fact("file", path, "", path, 0))
    return facts


@lru_cache(maxsize=1024)
def _read_file_facts(path: str, text: str, prefix: str) -> tuple[Fact, ...]:
    """A repair compares the same files round after round; each text is read once."""
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        return (Fact("syntax", path, error.msg, path, error.lineno or 0),)
    except ValueError as error:
        return (Fact("syntax", path, str(error), path, 0),)
    return (Fact("file", path, "", path, 0), *_read_module_facts(path, tree, prefix))


def _read_module_facts(path: str, tree: ast.Module, outer_prefix: str) -> Iterator[Fact]:
    routers = {name: outer_prefix + prefix for name, prefix in _find_router_prefixes(tree).items()}
    area = _find_area(path)
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from _read_class_facts(path, node, area)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            routes = list(_read_route_facts(path, node, routers))
            yield from routes
            key = routes[0].key if routes else node.name
            yield from _read_function_facts(path, node, key, "endpoint" if routes else area)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield from _read_assignment_facts(
                path, node, "", "state" if area == "state" else "setting"
            )
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from _read_import_facts(path, node)


def _find_area(path: str) -> str:
    for part, area in (
        ("models/entities", "entity"),
        ("models/schemas", "view"),
        ("state_machines", "state"),
        ("workflows", "flow"),
        ("validators", "validator"),
    ):
        if f"src/{part}" in path:
            return area
    return "function"


# --- classes ---------------------------------------------------------------------------------


def _read_class_facts(path: str, node: ast.ClassDef, area: str) -> Iterator[Fact]:
    table = _find_table_name(node)
    kind = "entity" if table is not None else "view" if area == "view" else "class"
    yield Fact(kind, node.name, table or _join_texts(node.bases), path, node.lineno)
    for keyword in node.keywords:
        yield Fact(
            kind, f"{node.name}({keyword.arg})", _write_text(keyword.value), path, node.lineno
        )
    for member in node.body:
        if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
            yield from _read_member_facts(path, node.name, member, kind)
        elif isinstance(member, ast.Assign):
            yield from _read_class_assignment(path, node.name, member, kind)
        elif isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
            key = f"{node.name}.{member.name}"
            yield from _read_function_facts(path, member, key, area)
        elif isinstance(member, ast.ClassDef):
            yield from _read_class_facts(path, member, area)


def _find_table_name(node: ast.ClassDef) -> str | None:
    for member in node.body:
        if isinstance(member, ast.Assign) and _join_texts(member.targets) == "__tablename__":
            return _write_text(member.value)
    return None


def _read_member_facts(path: str, owner: str, node: ast.AnnAssign, kind: str) -> Iterator[Fact]:
    key = f"{owner}.{_write_text(node.target)}"
    annotation, metadata = _unwrap(node.annotation)
    calls = [node.value, *metadata] if node.value is not None else metadata
    relation = any(_find_callee(call) == "relationship" for call in calls)
    base, nullable = _strip_none(annotation)
    if relation:
        yield Fact("relation", key, base, path, node.lineno)
    else:
        yield Fact("attribute" if kind == "entity" else "field", key, base, path, node.lineno)
    yield Fact("nullability", key, str(nullable), path, node.lineno)
    for call in calls:
        yield from _read_value_facts(path, key, call, "relation" if relation else "constraint")


def _read_class_assignment(path: str, owner: str, node: ast.Assign, kind: str) -> Iterator[Fact]:
    name = _join_texts(node.targets)
    if name == "__table_args__" and isinstance(node.value, ast.Tuple):
        for element in node.value.elts:
            key = f"{owner}[{_write_text(element)}]"
            yield Fact("constraint", key, "", path, element.lineno)
        return
    if name != "__tablename__":
        yield from _read_assignment_facts(
            path, node, owner, "relation" if kind == "entity" else kind
        )


def _read_value_facts(path: str, key: str, node: ast.expr, kind: str) -> Iterator[Fact]:
    """A call speaks through its arguments, one fact each; any other value as a whole."""
    if not isinstance(node, ast.Call):
        yield Fact(kind, f"{key}=", _write_text(node), path, node.lineno)
        return
    callee = _find_callee(node)
    for index, argument in enumerate(node.args):
        yield Fact(kind, f"{key}:{callee}[{index}]", _write_text(argument), path, node.lineno)
    for keyword in node.keywords:
        yield Fact(
            kind, f"{key}:{callee}({keyword.arg})", _write_text(keyword.value), path, node.lineno
        )
    if not node.args and not node.keywords:
        yield Fact(kind, f"{key}:{callee}", "", path, node.lineno)


# --- functions and routes ----------------------------------------------------------------------


def _read_route_facts(
    path: str, node: ast.FunctionDef | ast.AsyncFunctionDef, routers: Mapping[str, str]
) -> Iterator[Fact]:
    for decorator in node.decorator_list:
        if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
            continue
        router, verb = _write_text(decorator.func.value), decorator.func.attr
        if verb not in _VERBS or not decorator.args or router not in {*routers, "app"}:
            continue
        route = decorator.args[0]
        suffix = str(route.value) if isinstance(route, ast.Constant) else _write_text(route)
        key = f"{verb.upper()} {routers.get(router, '')}{suffix}"
        colour = "async" if isinstance(node, ast.AsyncFunctionDef) else "sync"
        yield Fact("endpoint", key, colour, path, node.lineno)
        for keyword in decorator.keywords:
            kind = {"status_code": "status", "dependencies": "auth"}.get(keyword.arg or "")
            yield Fact(
                kind or "response",
                f"{key}({keyword.arg})",
                _write_text(keyword.value),
                path,
                node.lineno,
            )


def _read_function_facts(
    path: str, node: ast.FunctionDef | ast.AsyncFunctionDef, key: str, area: str
) -> Iterator[Fact]:
    returns = _write_text(node.returns) if node.returns else ""
    if area != "endpoint":
        colour = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
        yield Fact(area, key, f"{colour}-> {returns}", path, node.lineno)
        for decorator in node.decorator_list:
            yield Fact(area, f"{key}@{_write_text(decorator)}", "", path, node.lineno)
    elif returns:
        yield Fact("response", f"{key}->", returns, path, node.lineno)
    yield from _read_parameter_facts(path, node, key)
    yield from _read_hole_facts(path, node.body, key)
    yield from _read_step_facts(path, node.body, key)


def _read_parameter_facts(
    path: str, node: ast.FunctionDef | ast.AsyncFunctionDef, key: str
) -> Iterator[Fact]:
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    pairs = [
        *zip(positional, [*defaults, *arguments.defaults], strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    for argument, default in pairs:
        annotation = _write_text(argument.annotation) if argument.annotation else ""
        value = f"{annotation} = {_write_text(default)}" if default is not None else annotation
        injected = any(f"{name}(" in value for name in _INJECTORS)
        kind = "auth" if injected or _names_a_caller(annotation) else "parameter"
        yield Fact(kind, f"{key}#{argument.arg}", value, path, argument.lineno)


def _read_hole_facts(path: str, body: list[ast.stmt], key: str) -> Iterator[Fact]:
    """A body that says that it is still to be written, or says nothing at all, is a hole."""
    for statement in body:
        for node in ast.walk(statement):
            if (
                isinstance(node, ast.Raise)
                and isinstance(node.exc, ast.Call)
                and _refuses(node.exc)
            ):
                yield Fact("hole", key, "", path, node.lineno)
                return
    if all(_is_docstring(statement) or isinstance(statement, ast.Pass) for statement in body):
        yield Fact("hole", key, "", path, body[0].lineno)


def _refuses(call: ast.Call) -> bool:
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(isinstance(v, ast.Constant) and v.value == "not_implemented" for v in values)


def _names_a_caller(annotation: str) -> bool:
    return any(word in annotation for word in ("Viewer", "Principal", "CurrentUser", "Caller"))


def _read_step_facts(path: str, body: list[ast.stmt], key: str) -> Iterator[Fact]:
    """Every statement is a fact; a compound one is its header, and then its blocks."""
    seen: dict[str, int] = {}
    for index, statement in enumerate(body):
        if index == 0 and _is_docstring(statement):
            continue
        header = _write_header(statement)
        ordinal = seen[header] = seen.get(header, -1) + 1
        place = f"{key}/{header}" + (f"~{ordinal}" if ordinal else "")
        yield Fact("step", place, "", path, statement.lineno)
        for name, block in _iter_blocks(statement):
            yield from _read_step_facts(path, block, f"{place}/{name}")


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _write_header(node: ast.stmt) -> str:
    if isinstance(node, ast.If | ast.While):
        return f"{type(node).__name__.lower()} {_write_text(node.test)}"
    if isinstance(node, ast.For | ast.AsyncFor):
        return f"for {_write_text(node.target)} in {_write_text(node.iter)}"
    if isinstance(node, ast.With | ast.AsyncWith):
        return "with " + ", ".join(_write_text(item.context_expr) for item in node.items)
    if isinstance(node, ast.Try):
        return "try"
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return f"def {node.name}"
    return _write_text(node)


def _iter_blocks(node: ast.stmt) -> Iterator[tuple[str, list[ast.stmt]]]:
    if isinstance(node, ast.Match):
        for case in node.cases:
            yield f"case {_write_text(case.pattern)}", case.body
        return
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list) and block:
            yield name, block
    for handler in getattr(node, "handlers", ()):
        yield f"except {_write_text(handler.type) if handler.type else ''}", handler.body


# --- assignments and imports -------------------------------------------------------------------


def _read_assignment_facts(
    path: str, node: ast.Assign | ast.AnnAssign, owner: str, kind: str
) -> Iterator[Fact]:
    key = f"{owner}.{_write_target(node)}" if owner else f"{path}:{_write_target(node)}"
    if isinstance(node, ast.AnnAssign):
        yield Fact(kind, f"{key}:", _write_text(node.annotation), path, node.lineno)
    if isinstance(node.value, ast.Dict):
        for name, value in zip(node.value.keys, node.value.values, strict=True):
            label = _write_text(name) if name is not None else "**"
            yield Fact(kind, f"{key}[{label}]", _write_text(value), path, value.lineno)
    elif node.value is not None:
        yield from _read_value_facts(path, key, node.value, kind)


def _read_import_facts(path: str, node: ast.Import | ast.ImportFrom) -> Iterator[Fact]:
    module = f"{node.module}:" if isinstance(node, ast.ImportFrom) else ""
    for alias in node.names:
        name = alias.asname or alias.name
        yield Fact("import", f"{path}:{name}", f"{module}{alias.name}", path, node.lineno)


# --- routers -----------------------------------------------------------------------------------


def _find_router_prefixes(tree: ast.Module) -> dict[str, str]:
    prefixes: dict[str, str] = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Call):
            continue
        if _find_callee(node.value) == "APIRouter":
            prefixes[_write_target(node)] = _find_keyword_text(node.value, "prefix")
    return prefixes


def _find_include_prefixes(files: Mapping[str, str]) -> dict[str, str]:
    """Return, for a module's path, the prefix its routers are included with (one level deep)."""
    prefixes: dict[str, str] = {}
    for path, text in files.items():
        if not path.endswith(".py") or "include_router" not in text:
            continue
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        modules = _list_imported_modules(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _find_callee(node) == "include_router" and node.args:
                prefix = _find_keyword_text(node, "prefix")
                name = _write_text(node.args[0]).split(".")[0]
                if prefix and name in modules:
                    for candidate in modules[name]:
                        prefixes[candidate] = prefix
    return prefixes


def _list_imported_modules(tree: ast.Module) -> dict[str, tuple[str, str]]:
    modules: dict[str, tuple[str, str]] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            folder = node.module.replace(".", "/")
            for alias in node.names:
                name = alias.asname or alias.name
                modules[name] = (f"{folder}.py", f"{folder}/{alias.name}.py")
    return modules


# --- small readers -----------------------------------------------------------------------------


def _write_text(node: ast.AST) -> str:
    return ast.unparse(node)


def _join_texts(nodes: Iterable[ast.expr]) -> str:
    return ", ".join(_write_text(node) for node in nodes)


def _write_target(node: ast.Assign | ast.AnnAssign) -> str:
    return _join_texts(node.targets) if isinstance(node, ast.Assign) else _write_text(node.target)


def _find_callee(node: ast.expr | None) -> str:
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else _write_text(function)


def _find_keyword_text(node: ast.Call, name: str) -> str:
    for keyword in node.keywords:
        if keyword.arg == name and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return ""


def _unwrap(node: ast.expr) -> tuple[ast.expr, list[ast.expr]]:
    """Take `Mapped[...]` and `Annotated[...]` off; return the type and the metadata."""
    if isinstance(node, ast.Subscript):
        name = _write_text(node.value).rpartition(".")[2]
        if name in {"Mapped", "WriteOnlyMapped", "DynamicMapped"}:
            return _unwrap(node.slice)
        if name == "Annotated" and isinstance(node.slice, ast.Tuple):
            inner, metadata = _unwrap(node.slice.elts[0])
            return inner, [*metadata, *node.slice.elts[1:]]
    return node, []


def _strip_none(node: ast.expr) -> tuple[str, bool]:
    """Return the type without None, and whether None was allowed."""
    if isinstance(node, ast.Subscript) and _write_text(node.value).endswith("Optional"):
        return _write_text(node.slice), True
    parts = _split_union(node)
    kept = [text for text in parts if text not in _NULL]
    return " | ".join(kept), len(kept) < len(parts)


def _split_union(node: ast.expr) -> list[str]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_split_union(node.left), *_split_union(node.right)]
    return [_write_text(node)]
