"""Names that a module reads and nobody defines, and definitions that another one replaces unused.

What pyflakes calls F821 and F811, asked of Python's own symbol table: a merge that puts one side's
new line beside the other side's renamed variable parses, and fails when it runs.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections import Counter
from collections.abc import Iterator

_GIVEN = frozenset(dir(builtins)) | {
    "__annotations__", "__builtins__", "__doc__", "__file__", "__loader__", "__name__",
    "__package__", "__path__", "__spec__", "__module__", "__qualname__", "__class__",
    "__debug__",
}  # fmt: skip


def find_name_faults(text: str) -> set[str]:
    """Return what is wrong with the names of a module, a phrase each."""
    try:
        tree = ast.parse(text)
        table = symtable.symtable(text, "merged", "exec")
    except (SyntaxError, ValueError, RecursionError):
        return set()
    faults = {f"{name} is defined twice" for name in _list_redefined(tree)}
    if any(_imports_all(node) for node in ast.walk(tree)):
        return faults  # nobody knows what that defines
    known = {s.get_name() for s in table.get_symbols() if _is_bound(s)} | _GIVEN
    known |= {
        name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names
    }
    read = set(_list_read(table)) | set(_list_annotated(tree, known))
    return faults | {f"{name} is not defined" for name in read - known}


def _imports_all(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)


def _is_bound(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()


def _list_read(table: symtable.SymbolTable) -> Iterator[str]:
    """Yield the names that are looked up in the module, from wherever in it."""
    inside = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (inside or symbol.is_global()):
            yield symbol.get_name()
    for child in table.get_children():
        if "annotation" not in str(child.get_type()).lower():
            yield from _list_read(child)


def _list_annotated(tree: ast.Module, known: set[str]) -> Iterator[str]:
    """Yield the names in annotations, which the symbol table may leave out."""
    local = {
        name
        for node in ast.walk(tree)
        for name in _list_type_parameters(node) | _list_class_names(node)
    }
    for node in ast.walk(tree):
        found = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        for annotation in filter(None, found):
            for part in ast.walk(annotation):
                if isinstance(part, ast.Name) and part.id not in local | known:
                    yield part.id


def _list_type_parameters(node: ast.AST) -> set[str]:
    return {parameter.name for parameter in getattr(node, "type_params", ())}


def _list_class_names(node: ast.AST) -> set[str]:
    """Return what a class or function defines, which annotations inside may name."""
    if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return set()
    found = set()
    for member in node.body:
        if isinstance(member, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(member.name)
        elif isinstance(member, ast.Assign):
            found |= {target.id for target in member.targets if isinstance(target, ast.Name)}
        elif isinstance(member, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in member.names}
    return found


def _list_redefined(tree: ast.Module) -> Iterator[str]:
    """Yield functions and classes that the same body defines twice, without a decorator."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef):
            continue
        plain = [
            member.name
            for member in node.body
            if isinstance(member, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and not member.decorator_list
        ]
        owner = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        yield from (f"{owner}{name}" for name, count in Counter(plain).items() if count > 1)
