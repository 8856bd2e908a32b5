"""The imports a fix needs: what the file already has, under which name, and where new ones go."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from devmatrix_guard.engine.fixing.region import Replacement, list_bodies
from devmatrix_guard.engine.tree.source_text import SourceText, find_newline

_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "__spec__"}
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_Import = ast.Import | ast.ImportFrom
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_MAX_LINE = 88
_FUTURE, _STANDARD, _OTHER, _RELATIVE = range(4)


class ImportedName(NamedTuple):
    """A name an import binds: `local` in the file stands for `target`, a dotted name."""

    local: str
    target: str


class ImportPlan(NamedTuple):
    """What a fix's imports come to in one file.

    `missing` are the statements to add; `names` gives the file's own name for each name they
    bind, `targets` what each of the file's names stands for; `problem` says why the file cannot
    have them.
    """

    missing: tuple[str, ...] = ()
    names: Mapping[str, str] = {}
    problem: str = ""
    targets: Mapping[str, str] = {}


def list_imported_names(statement: ast.stmt) -> Iterator[ImportedName]:
    """Yield what an import statement binds; nothing for any other statement or a star import."""
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            root = alias.name.partition(".")[0]
            yield ImportedName(alias.asname or root, alias.name if alias.asname else root)
    elif isinstance(statement, ast.ImportFrom):
        module = "." * statement.level + (statement.module or "")
        dot = "" if module.endswith(".") else "."
        for alias in statement.names:
            if alias.name != "*":
                yield ImportedName(alias.asname or alias.name, f"{module}{dot}{alias.name}")


def names_in_force(tree: ast.Module, line: int) -> list[ImportedName]:
    """Return the imports a place can use: the module's, and those of the functions around it."""
    inner = (scope.body for scope in _find_functions_around(tree, line))
    return [*_list_module_imports(tree), *(name for body in inner for name in _list_imports(body))]


def plan_imports(statements: Sequence[str], tree: ast.Module, line: int) -> ImportPlan:
    """Return what must be added for a fix that stands on a line and needs these statements."""
    names: dict[str, str] = {}
    targets: dict[str, str] = {}
    missing: list[str] = []
    for statement in statements:
        node = _build_import(statement)
        if node is None:
            return ImportPlan(problem=f"`{statement}` is not one import statement")
        complete = _find_submodule(node) in {"", *_list_plain_modules(tree)}
        for name in list_imported_names(node):
            local = _find_local(name, tree, line)
            if local is None and name.local in _bound_around(tree, line):
                return ImportPlan(problem=f"the file uses the name {name.local} for another thing")
            complete = complete and local is not None
            names[name.local] = local or name.local
            targets[local or name.local] = name.target
        if not complete:
            missing.append(statement)
    return ImportPlan(tuple(dict.fromkeys(missing)), names, targets=targets)


def spell_locally(dotted: str, tree: ast.Module, line: int) -> str:
    """Return how the file spells a dotted name: by its own import or alias of a part of it."""
    there = names_in_force(tree, line)
    root = dotted.partition(".")[0]
    if any(n.local == root and n.target == root for n in there):
        return dotted
    for length in range(dotted.count(".") + 1, 0, -1):
        head = ".".join(dotted.split(".")[:length])
        for name in there:
            if name.target == head and name.local not in _find_shadowed(tree, line):
                return name.local + dotted[len(head) :]
    return dotted


def find_unknown_names(names: Iterable[str], tree: ast.Module, added: Iterable[str]) -> list[str]:
    """Return the names that nothing in the file binds or uses."""
    unknown = {*names} - _BUILTINS - {name.partition(".")[0] for name in added}
    if not unknown:
        return []  # the whole file need not be read for that
    there = _names_mentioned(tree)
    return [] if "*" in there else sorted(unknown - there)


def insert_imports(
    source: SourceText, tree: ast.Module, statements: Iterable[str]
) -> list[Replacement]:
    """Return the insertions that add import statements to a file, one line each."""
    nodes = [(statement.strip(), _build_import(statement)) for statement in statements]
    return [_insert_import(source, tree, text, node) for text, node in nodes if node is not None]


def _insert_import(
    source: SourceText, tree: ast.Module, statement: str, node: _Import
) -> Replacement:
    newline = find_newline(source.text)
    key = _sort_key(node)
    block = _import_block(tree)
    joined = _join_import(source, block, node)
    if joined is not None:
        return joined
    earlier = [other for other in block if _sort_key(other) <= key]
    if earlier:
        after = max(earlier, key=lambda other: other.end_lineno or 0)
        gap = newline if _sort_key(after)[0] < key[0] else ""
        return _insert_after(source, after.end_lineno or after.lineno, gap + statement, newline)
    if block:
        gap = newline if _sort_key(block[0])[0] > key[0] else ""
        place = source.offset(block[0].lineno, 1)
        return Replacement(place, place, statement + newline + gap)
    if tree.body and _is_docstring(tree.body[0]):
        last = tree.body[0].end_lineno or tree.body[0].lineno
        gap = newline if source.line(last + 1).strip() else ""
        return _insert_after(source, last, newline + statement, newline + gap)
    place = _start_of_code(source, tree)
    gap = newline if tree.body else ""
    return Replacement(place, place, statement + newline + gap)


def _join_import(source: SourceText, block: Iterable[_Import], new: _Import) -> Replacement | None:
    """Return the insertion into a `from` import of the same module, where its line has room."""
    if not isinstance(new, ast.ImportFrom) or len(new.names) != 1:
        return None
    for node in block:
        if not isinstance(node, ast.ImportFrom) or node.names[0].name == "*":
            continue
        if (node.module, node.level) == (new.module, new.level):
            return _insert_name(source, node.names, new.names[0])
    return None


def _insert_name(
    source: SourceText, names: Sequence[ast.alias], new: ast.alias
) -> Replacement | None:
    text = ast.unparse(new)
    later = [n for n in names if _name_key(n) > _name_key(new)]
    ordered = sorted(names, key=_name_key) == list(names)
    beside = later[0] if later and ordered else names[-1]
    begin = source.offset_of_bytes(beside.lineno, beside.col_offset)
    line = source.line(beside.lineno)
    indent = line[: len(line) - len(line.lstrip())]
    own_line = beside.lineno != names[0].lineno or not line.startswith(("from", "import"))
    lead = find_newline(source.text, begin) + indent if own_line and indent else " "
    if lead == " " and len(line.rstrip()) + len(text) + 2 > _MAX_LINE:
        return None
    if beside is not names[-1] or (later and ordered):
        return Replacement(begin, begin, f"{text},{lead}")
    end = source.offset_of_bytes(beside.end_lineno or beside.lineno, beside.end_col_offset or 0)
    if "#" in source.text[end : source.offset(beside.lineno + 1, 1)]:
        return None
    return Replacement(end, end, f",{lead}{text}")


def _name_key(alias: ast.alias) -> tuple[int, str]:
    """Return where a name sorts: constants, classes, then the rest."""
    kind = 0 if alias.name.isupper() else 1 if alias.name[:1].isupper() else 2
    return kind, alias.name.lower()


def _insert_after(source: SourceText, line: int, text: str, end: str) -> Replacement:
    """Insert whole lines below a line, which may be the last and lack its newline."""
    place = source.offset(line + 1, 1)
    if source.line(line)[-1:] in ("\n", "\r"):
        return Replacement(place, place, text + end)
    return Replacement(place, place, find_newline(source.text) + text)


def _import_block(tree: ast.Module) -> list[_Import]:
    """Return the imports at the head of a module, those of `if` and `try` blocks left out."""
    found: list[_Import] = []
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if not any(other.end_lineno == node.lineno for other in found):
                found.append(node)
        elif not (isinstance(node, (ast.If, ast.Try)) or _is_docstring(node)) and found:
            break
    return found


def _start_of_code(source: SourceText, tree: ast.Module) -> int:
    """Return where a module's first import goes: above its code, below its opening comments."""
    if not tree.body:
        return len(source.text)
    node = tree.body[0]
    line = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    first = line
    while first > 1 and source.line(first - 1).lstrip().startswith("#"):
        first -= 1
    return source.offset(line if first == 1 else first, 1)


def _sort_key(node: _Import) -> tuple[int, bool, str]:
    """Return where an import sorts: its group, plain imports first, then the module's name."""
    if isinstance(node, ast.ImportFrom):
        module, level = node.module or "", node.level
    else:
        module, level = node.names[0].name, 0
    group = _OTHER
    if level:
        group = _RELATIVE
    elif module == "__future__":
        group = _FUTURE
    elif module.partition(".")[0] in sys.stdlib_module_names:
        group = _STANDARD
    return group, isinstance(node, ast.ImportFrom), module.lower()


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _build_import(statement: str) -> _Import | None:
    """Return a statement's syntax tree; None unless it is exactly one import that binds names."""
    try:
        body = ast.parse(statement.strip()).body
    except (SyntaxError, ValueError):
        return None
    node = body[0] if len(body) == 1 else None
    if isinstance(node, (ast.Import, ast.ImportFrom)) and any(list_imported_names(node)):
        return node
    return None


def _find_submodule(node: _Import) -> str:
    """Return the `a.b` of a plain `import a.b`, which binds only `a`; empty for other imports."""
    name = node.names[0]
    plain = isinstance(node, ast.Import) and not name.asname
    return name.name if plain and "." in name.name else ""


def _list_plain_modules(tree: ast.Module) -> set[str]:
    """Return the modules imported by `import a.b`, which a plain `import a` does not load."""
    return {
        alias.name
        for node in _list_runtime_statements(tree.body)
        if isinstance(node, ast.Import)
        for alias in node.names
        if not alias.asname
    }


def _find_local(name: ImportedName, tree: ast.Module, line: int) -> str | None:
    """Return the name under which the file has what `name` stands for; its own name first."""
    shadowed = _find_shadowed(tree, line)
    there = names_in_force(tree, line)
    found = [n.local for n in there if n.target == name.target and n.local not in shadowed]
    return name.local if name.local in found else next(iter(found), None)


def _list_runtime_statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield a body's statements and those in its `try`, `with` and `if` blocks that run."""
    for node in body:
        yield node
        if isinstance(node, ast.If) and is_type_checking(node.test):
            yield from _list_runtime_statements(node.orelse)
        elif isinstance(node, (ast.If, ast.Try, ast.With)):
            for part in ("body", "orelse", "finalbody"):
                yield from _list_runtime_statements(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                yield from _list_runtime_statements(handler.body)


def is_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def _find_functions_around(tree: ast.Module, line: int) -> list[_Function]:
    """Return the functions around a line, the outermost first."""
    found: list[_Function] = []
    pending = [tree.body]
    while pending:
        for node in pending.pop():
            if node.lineno <= line <= (node.end_lineno or node.lineno):
                found += [node] if isinstance(node, _DEFINITIONS) else []
                pending += list_bodies(node)
    return found


def _find_shadowed(tree: ast.Module, line: int) -> set[str]:
    """Return the names that the functions around a line bind otherwise than by an import."""
    return {name for scope in _find_functions_around(tree, line) for name in _list_assigned(scope)}


def _bound_around(tree: ast.Module, line: int) -> set[str]:
    """Return the names bound at a line, in the module or in the functions around it."""
    imports = {name.local for name in names_in_force(tree, line)}
    return {*_list_module_names(tree), *imports, *_find_shadowed(tree, line)}


@lru_cache(maxsize=2)
def _list_module_imports(tree: ast.Module) -> tuple[ImportedName, ...]:
    return tuple(_list_imports(tree.body))


@lru_cache(maxsize=2)
def _list_module_names(tree: ast.Module) -> frozenset[str]:
    """Return the names a module binds otherwise than by an import."""
    return frozenset(
        name for node in tree.body for name in _list_assigned(node, into_functions=False)
    )


def _list_imports(body: Iterable[ast.stmt]) -> Iterator[ImportedName]:
    for statement in _list_runtime_statements(body):
        yield from list_imported_names(statement)


def _list_assigned(scope: ast.AST, *, into_functions: bool = True) -> Iterator[str]:
    """Yield the names a scope binds by assignment, parameter or definition."""
    pending: list[ast.AST] = [scope]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if node is not scope or not into_functions:
                yield node.name
            if not into_functions or (node is not scope):
                continue
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name
        pending.extend(ast.iter_child_nodes(node))


@lru_cache(maxsize=2)
def _names_mentioned(tree: ast.Module) -> frozenset[str]:
    """Return every name the file binds or uses already; `*` among them for a star import."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, (*_DEFINITIONS, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update(name.local for name in list_imported_names(node))
            names.update(alias.name for alias in node.names if alias.name == "*")
    return frozenset(names)
