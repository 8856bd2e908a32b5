"""A generated Python module: its docstring, its imports in order, its parts, proven to parse."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from itertools import pairwise
from symtable import symtable

from devmatrix_guard.errors import InternalError
from devmatrix_guard.generator.emit.python.printer import LINE_LENGTH, Group, block, write_docstring

_Pieces = list[tuple[int, int | str]]
_DEFINITION = ("def ", "async def ", "class ", "@")


class Imports:
    """Collects what a module needs; names that turn out to be unused are not written."""

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = {}
        self._type_names: dict[str, set[str]] = {}
        self._modules: set[str] = set()

    def use(self, module: str, *names: str) -> str:
        """Import `names` from `module` and return the first of them."""
        self._names.setdefault(module, set()).update(names)
        return names[0]

    def use_module(self, module: str) -> str:
        """Import a module by its name."""
        self._modules.add(module)
        return module

    def use_for_types(self, module: str, name: str) -> str:
        """Import `name` only for type checkers, where a real import would go in a circle."""
        self._type_names.setdefault(module, set()).add(name)
        return name

    def render(self, body: str) -> str:
        """Return the import statements that `body` needs, in the order of isort."""
        late = _write_statements(_find_used(self._type_names, body), indent=4)
        names = _find_used(self._names, body)
        if late:
            names["typing"] = names.get("typing", set()) | {"TYPE_CHECKING"}
        modules = [module for module in self._modules if _is_mentioned(body, module)]
        text = _write_statements(names, modules)
        if late:
            text += f"\n\nif TYPE_CHECKING:\n{late}"
        return text


def _find_used(names: Mapping[str, set[str]], body: str) -> dict[str, set[str]]:
    found = {
        module: {name for name in wanted if _is_mentioned(body, name)}
        for module, wanted in names.items()
    }
    return {module: used for module, used in found.items() if used}


def _is_mentioned(body: str, name: str) -> bool:
    """Return whether a name is a word of the text, and not only part of one."""
    start = body.find(name)
    while start >= 0:
        end = start + len(name)
        around = body[start - 1 : start] + body[end : end + 1] if start else body[end : end + 1]
        if not any(c == "_" or c.isalnum() for c in around):
            return True
        start = body.find(name, end)
    return False


def _write_statements(
    names: Mapping[str, set[str]], modules: Collection[str] = (), indent: int = 0
) -> str:
    sections: list[list[str]] = [[], [], []]
    for module in sorted(modules):
        sections[_find_section(module)].append(f"import {module}")
    for module in sorted(names, key=_split_naturally):
        used = sorted(names[module], key=_rank_member)
        text = f"{' ' * indent}from {module} import {', '.join(used)}"
        if len(text) > LINE_LENGTH:
            text = block(Group("(", tuple(used), ")"), indent, before=f"from {module} import ")
        sections[_find_section(module)].append(text)
    return "\n\n".join("\n".join(section) for section in sections if section)


def render_module(summary: str, imports: Imports, parts: Sequence[str]) -> str:
    """Return the source of a module.

    Raises:
        InternalError: the parts do not make a module that Python can parse.
    """
    body = parts[0] if parts else ""
    for previous, part in pairwise(parts):
        body += ("\n\n\n" if _defines(previous) or _defines(part) else "\n") + part
    text = write_docstring(summary) + "\n"
    if statements := imports.render(body):
        text += f"\n{statements}\n"
    if body:
        text += ("\n\n" if body.startswith(_DEFINITION) and statements else "\n") + body + "\n"
    try:
        symtable(text, "<generated>", "exec")  # parses, and looks at scopes, but builds no tree
    except (SyntaxError, ValueError) as error:
        raise InternalError(f"generated code does not parse: {error}\n{text}") from error
    return text


def _defines(part: str) -> bool:
    last = part.rpartition("\n")[2]
    return part.startswith(_DEFINITION) or last.startswith(" ")


def _find_section(module: str) -> int:
    root = module.partition(".")[0]
    if root in sys.stdlib_module_names:
        return 0
    return 2 if root in ("src", "tests") else 1


@cache
def _split_naturally(text: str) -> _Pieces:
    if not any(map(str.isdigit, text)):
        return [(1, text)] if text else []
    pieces = re.split(r"(\d+)", text)
    return [(0, int(p)) if p.isdigit() else (1, p) for p in pieces if p]


def _rank_member(name: str) -> tuple[int, _Pieces, _Pieces]:
    kind = 0 if len(name) > 1 and name.isupper() else 1 if name[:1].isupper() else 2
    return kind, _split_naturally(name.lower()), _split_naturally(name)
