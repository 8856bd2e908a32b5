"""Kinds of edits that people and their tools make, beside those of the tests.

    .venv/bin/python bench/regenerate_pairs.py --kinds bench/regenerate_kinds.py --only-kinds

Formatters with other settings, types written otherwise, names, decorators, comments in odd places,
classes divided and put in order, what a module exports. Part of `bench/regenerate_pairs.py`.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Page = Any  # of tests/generator/regenerate/edits.py
Wrote = tuple[str, ...] | None
RUFF = Path(__file__).parent.parent / ".venv/bin/ruff"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
EDITS: list[Callable[[Page, str], Wrote]] = []


def _kind(edit: Callable[[Page, str], Wrote]) -> Callable[[Page, str], Wrote]:
    EDITS.append(edit)
    return edit


# --- formatters and other tools -----------------------------------------------------------------


def _replace(page: Page, text: str) -> Wrote:
    lines = text.split("\n")
    page.lines[:] = lines[:-1] if lines[-1] == "" else lines
    return ()


def _run_ruff(page: Page, *arguments: str) -> Wrote:
    text = "".join(f"{line}\n" for line in page.lines)
    command = [RUFF, *arguments, "--isolated", "--quiet", "--stdin-filename", "x.py", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return _replace(page, done.stdout) if done.stdout else None


def _add_formatter(name: str, *settings: str) -> None:
    def edit(page: Page, _name: str) -> Wrote:
        given = [word for setting in settings for word in ("--config", setting)]
        return _run_ruff(page, "format", *given)

    edit.__name__ = name
    EDITS.append(edit)


_add_formatter("single_quotes", "format.quote-style = 'single'")
_add_formatter("short_lines", "line-length = 79")
_add_formatter("long_lines", "line-length = 140")
_add_formatter("tabs", "format.indent-style = 'tab'")
_add_formatter("no_magic_commas", "format.skip-magic-trailing-comma = true", "line-length = 100")
_add_formatter("two_spaces", "indent-width = 2")
_add_formatter("two_settings", "line-length = 70", "format.quote-style = 'single'")


def _add_import_order(name: str, *settings: str) -> None:
    def edit(page: Page, _name: str) -> Wrote:
        given = [word for setting in settings for word in ("--config", setting)]
        return _run_ruff(page, "check", "--select", "I", "--fix", *given)

    edit.__name__ = name
    EDITS.append(edit)


_add_import_order("one_import_a_line", "lint.isort.force-single-line = true")
_add_import_order("imports_in_one_section", "lint.isort.no-sections = true")
_add_import_order("imports_by_name", "lint.isort.force-sort-within-sections = true")
_add_import_order("imports_by_length", "lint.isort.length-sort = true", "line-length = 60")


@_kind
def windows_line_ends(page: Page, _name: str) -> Wrote:
    page.lines[:] = [f"{line}\r" for line in page.lines]
    return ()


@_kind
def blanks_at_line_ends(page: Page, _name: str) -> Wrote:
    kept = {row for n in page.nodes(ast.Constant) for row in range(n.lineno - 1, n.end_lineno)}
    page.lines[:] = [
        line + "  " if line and row not in kept else line for row, line in enumerate(page.lines)
    ]
    return ()


@_kind
def more_blank_lines(page: Page, _name: str) -> Wrote:
    for node in reversed([n for n in page.nodes(*FUNCTIONS) if len(n.body) > 2]):
        page.lines.insert(_first_row(node.body[-1]), "")
    return ()


@_kind
def no_blank_lines(page: Page, _name: str) -> Wrote:
    rows = {r for n in page.nodes(ast.Constant) for r in range(n.lineno - 1, n.end_lineno)}
    kept = [line for row, line in enumerate(page.lines) if line.strip() or row in rows]
    page.lines[:] = kept
    return ()


@_kind
def no_comments(page: Page, _name: str) -> Wrote:
    kept = [line for line in page.lines if not line.lstrip().startswith("# ")]
    if len(kept) == len(page.lines):
        return None
    page.lines[:] = kept
    return ()


@_kind
def no_docstrings(page: Page, _name: str) -> Wrote:
    found = [n for n in page.nodes(*FUNCTIONS) if ast.get_docstring(n) and len(n.body) > 1]
    if not found:
        return None
    for node in sorted(found, key=lambda n: n.lineno, reverse=True):
        first = node.body[0]
        del page.lines[first.lineno - 1 : first.end_lineno]
    return ()


# --- types --------------------------------------------------------------------------------------


@_kind
def optional_types(page: Page, _name: str) -> Wrote:
    return _write_with_typing(page, r"\b([A-Za-z_]\w*) \| None\b", "Optional")


@_kind
def list_types(page: Page, _name: str) -> Wrote:
    return _write_with_typing(page, r"\blist\[(\w+)\]", "List")


def _write_with_typing(page: Page, written: str, name: str) -> Wrote:
    """Write types in the way of older Pythons, with a name of `typing`."""
    pattern = re.compile(written)
    found = [row for row, line in enumerate(page.lines) if pattern.search(line)]
    if not found:
        return None
    for row in found:
        page.lines[row] = pattern.sub(rf"{name}[\1]", page.lines[row])
    line = f"from typing import {name}"
    page.lines.insert(_find_import_row(page), line)
    return (line,)


@_kind
def no_return_type(page: Page, _name: str) -> Wrote:
    node = page.pick([n for n in page.nodes(*FUNCTIONS) if n.returns])
    if node is None:
        return None
    row = node.returns.end_lineno - 1
    line = page.lines[row]
    cut = re.sub(r" -> .+:$", ":", line)
    if cut == line:
        return None
    page.lines[row] = cut
    return ()


@_kind
def another_parameter_type(page: Page, name: str) -> Wrote:
    found = [a for n in page.nodes(*FUNCTIONS) for a in n.args.args if a.annotation]
    node = page.pick([a for a in found if a.lineno == a.annotation.end_lineno])
    return None if node is None else _splice(page, node.annotation, f'"{name}"', name)


@_kind
def annotated_local(page: Page, _name: str) -> Wrote:
    found = [
        s
        for f in page.nodes(*FUNCTIONS)
        for s in f.body
        if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name)
    ]
    node = page.pick(found)
    if node is None:
        return None
    return _splice(
        page, node.targets[0], f"{node.targets[0].id}: object", f"{node.targets[0].id}: object"
    )


@_kind
def type_checking_block(page: Page, name: str) -> Wrote:
    new = ["if TYPE_CHECKING:", f"    from {name} import Thing", ""]
    at = _find_import_end(page)
    page.insert(at, ["", *new])
    page.insert(_find_import_row(page), ["from typing import TYPE_CHECKING"])
    return (f"from {name} import Thing", "from typing import TYPE_CHECKING")


# --- names --------------------------------------------------------------------------------------


@_kind
def renamed_local(page: Page, name: str) -> Wrote:
    found = [
        (f, s.targets[0].id)
        for f in page.nodes(*FUNCTIONS)
        for s in f.body
        if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name)
    ]
    node = page.pick([f for f, _ in found])
    if node is None:
        return None
    old = next(n for f, n in found if f is node)
    return _rename_within(page, node, old, f"{old}_{name}")


@_kind
def renamed_parameter(page: Page, name: str) -> Wrote:
    node = page.pick([n for n in page.nodes(*FUNCTIONS) if len(n.args.args) > 1])
    if node is None:
        return None
    old = node.args.args[-1].arg
    return _rename_within(page, node, old, f"{old}_{name}")


@_kind
def renamed_private_function(page: Page, name: str) -> Wrote:
    found = [n for n in page.nodes(*FUNCTIONS) if re.fullmatch(r"_[a-z]\w+", n.name)]
    node = page.pick(found)
    if node is None:
        return None
    word = re.compile(rf"\b{node.name}\b")
    page.lines[:] = [word.sub(f"{node.name}_{name}", line) for line in page.lines]
    return (f"{node.name}_{name}",)


@_kind
def imported_under_another_name(page: Page, name: str) -> Wrote:
    found = [n for n in page.tree.body if isinstance(n, ast.ImportFrom) and len(n.names) == 1]
    node = page.pick([n for n in found if not n.names[0].asname and n.lineno == n.end_lineno])
    if node is None:
        return None
    old, new = node.names[0].name, f"{node.names[0].name}_{name}"
    row = node.lineno - 1
    word = re.compile(rf"\b{old}\b(?!['\"])")
    page.lines[:] = [line if n == row else word.sub(new, line) for n, line in enumerate(page.lines)]
    page.lines[row] += f" as {new}"
    return (f"{old} as {new}",)


# --- decorators and bases -----------------------------------------------------------------------


@_kind
def decorated_function(page: Page, name: str) -> Wrote:
    return _decorate(page, page.nodes(*FUNCTIONS), [f"@{name}"])


@_kind
def decorated_class(page: Page, name: str) -> Wrote:
    return _decorate(page, page.nodes(ast.ClassDef), [f"@{name}"])


@_kind
def decorator_with_arguments(page: Page, name: str) -> Wrote:
    lines = [f"@{name}(", "    limit=3,  # a day", "    of=None,", ")"]
    return _decorate(page, page.nodes(*FUNCTIONS), lines)


@_kind
def comment_below_decorator(page: Page, name: str) -> Wrote:
    node = page.pick([n for n in page.nodes(*FUNCTIONS, ast.ClassDef) if n.decorator_list])
    if node is None:
        return None
    return page.insert(node.lineno - 1, [" " * node.col_offset + f"# {name}: on purpose"])


@_kind
def another_base(page: Page, name: str) -> Wrote:
    node = page.pick([n for n in page.nodes(ast.ClassDef) if n.bases])
    return None if node is None else _splice(page, node.bases[-1], None, f", {name}")


@_kind
def class_divided_into_a_mixin(page: Page, name: str) -> Wrote:
    found = [n for n in page.tree.body if isinstance(n, ast.ClassDef) and not n.decorator_list]
    node = page.pick([n for n in found if len(_methods(n)) > 2])
    if node is None or node.lineno != (node.bases[-1] if node.bases else node).lineno:
        return None
    last = _methods(node)[-1]
    block = page.lines[_first_row(last) : last.end_lineno]
    del page.lines[_first_row(last) : last.end_lineno]
    row = _first_row(node)
    head = page.lines[row]
    bases = f"(Mixin_{name}, " if "(" in head else f"(Mixin_{name}):"
    page.lines[row] = head.replace("(" if "(" in head else ":", bases, 1)
    page.lines[row:row] = [f"class Mixin_{name}:", *block, "", ""]
    return (f"class Mixin_{name}:",)


# --- structure ----------------------------------------------------------------------------------


@_kind
def wrapped_in_try(page: Page, name: str) -> Wrote:
    tail = ["except ValueError:", f'    print("{name}")', "    raise"]
    return _wrap(page, ["try:"], tail, f'print("{name}")')


@_kind
def wrapped_in_with(page: Page, name: str) -> Wrote:
    return _wrap(page, [f'with open("{name}") as {name}:'], [], f'with open("{name}")')


@_kind
def wrapped_in_if(page: Page, name: str) -> Wrote:
    return _wrap(page, [f'if "{name}":'], [], f'if "{name}":')


@_kind
def early_return(page: Page, name: str) -> Wrote:
    node = page.pick([n for n in page.nodes(*FUNCTIONS) if len(n.body) > 1])
    if node is None:
        return None
    pad = " " * node.body[1].col_offset
    new = [f'{pad}if print("{name}"):', f"{pad}    return None"]
    return page.insert(_first_row(node.body[1]), new)


@_kind
def nested_function(page: Page, name: str) -> Wrote:
    node = page.pick([n for n in page.nodes(*FUNCTIONS) if len(n.body) > 1])
    if node is None:
        return None
    pad = " " * node.body[1].col_offset
    new = [f"{pad}def {name}() -> int:", f"{pad}    return 1", ""]
    return page.insert(_first_row(node.body[1]), new)


@_kind
def methods_in_order_of_names(page: Page, _name: str) -> Wrote:
    return _reorder(page, page.nodes(ast.ClassDef), lambda node: node.name)


@_kind
def methods_turned_around(page: Page, _name: str) -> Wrote:
    return _reorder(page, page.nodes(ast.ClassDef), lambda node: -node.lineno)


@_kind
def functions_in_order_of_names(page: Page, _name: str) -> Wrote:
    return _reorder(page, [page.tree], lambda node: node.name)


@_kind
def function_deleted(page: Page, _name: str) -> Wrote:
    return _delete(page, [n for n in page.tree.body if isinstance(n, FUNCTIONS)], 1)


@_kind
def method_deleted(page: Page, _name: str) -> Wrote:
    owner = page.pick([n for n in page.nodes(ast.ClassDef) if len(n.body) > 2 and _methods(n)])
    return None if owner is None else _delete(page, _methods(owner), 1)


@_kind
def two_methods_deleted(page: Page, _name: str) -> Wrote:
    owner = page.pick([n for n in page.nodes(ast.ClassDef) if len(_methods(n)) > 3])
    return None if owner is None else _delete(page, _methods(owner), 2)


@_kind
def method_commented_out(page: Page, name: str) -> Wrote:
    owner = page.pick([n for n in page.nodes(ast.ClassDef) if len(_methods(n)) > 2])
    node = page.pick(_methods(owner)) if owner else None
    if node is None:
        return None
    for row in range(_first_row(node), node.end_lineno):
        line = page.lines[row]
        page.lines[row] = line[: node.col_offset] + "# " + line[node.col_offset :]
    return page.insert(node.end_lineno, [" " * node.col_offset + f"# {name}"])


@_kind
def property_added(page: Page, name: str) -> Wrote:
    body = ["@property", f"def {name}(self) -> str:", f'    return "{name}"']
    return _add_to_class(page, body)


@_kind
def two_methods_added(page: Page, name: str) -> Wrote:
    body = [f"def {name}(self) -> int:", "    return 1", ""]
    body += [f"async def {name}_too(self) -> int:", "    # why not", "    return 2"]
    return _add_to_class(page, body)


@_kind
def class_constant(page: Page, name: str) -> Wrote:
    node = page.pick([n for n in page.nodes(ast.ClassDef) if ast.get_docstring(n)])
    if node is None:
        return None
    pad = " " * node.body[0].col_offset
    return page.insert(node.body[0].end_lineno, ["", f'{pad}{name.upper()} = "{name}"'])


@_kind
def extended_condition(page: Page, name: str) -> Wrote:
    found = [n for n in page.nodes(ast.If) if n.test.lineno == n.test.end_lineno]
    node = page.pick(found)
    if node is None:
        return None
    return _splice(page, node.test, None, f' and "{name}"')


@_kind
def import_within_function(page: Page, name: str) -> Wrote:
    node = page.pick([n for n in page.nodes(*FUNCTIONS) if len(n.body) > 1])
    if node is None:
        return None
    return page.insert(_first_row(node.body[1]), [" " * node.body[1].col_offset + f"import {name}"])


# --- modules ------------------------------------------------------------------------------------


@_kind
def exports_at_top(page: Page, name: str) -> Wrote:
    names = [n.name for n in page.tree.body if hasattr(n, "name")]
    new = ["", "__all__ = [", *(f'    "{n}",' for n in names), f'    "{name}",', "]"]
    page.insert(_find_import_end(page), new)
    return (f'"{name}",',)


@_kind
def exports_at_end(page: Page, name: str) -> Wrote:
    page.lines.extend(["", f'__all__ = ("{name}",)'])
    return (f'__all__ = ("{name}",)',)


@_kind
def logger(page: Page, name: str) -> Wrote:
    page.insert(_find_import_end(page), ["", f'log = logging.getLogger("{name}")'])
    page.insert(_find_import_row(page), ["import logging"])
    return (f'log = logging.getLogger("{name}")',)


@_kind
def future_import(page: Page, _name: str) -> Wrote:
    page.insert(_find_import_row(page), ["from __future__ import annotations", ""])
    return ("from __future__ import annotations",)


@_kind
def optional_import(page: Page, name: str) -> Wrote:
    new = ["", "try:", f"    import {name}", "except ImportError:", f"    {name} = None"]
    return page.insert(_find_import_end(page), new)


@_kind
def licence_at_top(page: Page, name: str) -> Wrote:
    return page.insert(0, [f"# Copyright {name}", "# SPDX-License-Identifier: MIT", ""])


@_kind
def another_module_docstring(page: Page, name: str) -> Wrote:
    if not ast.get_docstring(page.tree):
        return None
    node = page.tree.body[0]
    page.lines[: node.end_lineno] = [f'"""{name}', "", "More about it.", '"""']
    return (f'"""{name}', "More about it.")


@_kind
def main_block(page: Page, name: str) -> Wrote:
    page.lines.extend(["", "", 'if __name__ == "__main__":', f'    print("{name}")'])
    return (f'print("{name}")',)


@_kind
def constant_taken_out(page: Page, name: str) -> Wrote:
    found = [n for n in page.nodes(ast.Constant) if type(n.value) is int and n.value > 9]
    node = page.pick(found)
    if node is None:
        return None
    _splice(page, node, name.upper(), "")
    page.insert(_find_import_end(page), ["", f"{name.upper()} = {node.value}"])
    return (f"{name.upper()} = {node.value}",)


# --- comments and documentation -----------------------------------------------------------------


@_kind
def banners(page: Page, name: str) -> Wrote:
    nodes = [n for n in page.tree.body if isinstance(n, (*FUNCTIONS, ast.ClassDef))]
    if not nodes:
        return None
    for number, node in reversed(list(enumerate(nodes))):
        page.lines.insert(_first_row(node), f"# ---- {name} {number} ----")
    return tuple(f"# ---- {name} {number} ----" for number in range(len(nodes)))


@_kind
def comment_among_arguments(page: Page, name: str) -> Wrote:
    found = [n for n in page.nodes(ast.Call) if n.args and n.args[-1].lineno > n.lineno]
    node = page.pick(found)
    if node is None:
        return None
    line = page.lines[node.args[-1].lineno - 1]
    pad = " " * (len(line) - len(line.lstrip()))
    return page.insert(node.args[-1].lineno - 1, [f"{pad}# {name}: careful"])


@_kind
def comment_at_end_of_function(page: Page, name: str) -> Wrote:
    node = page.pick(page.nodes(*FUNCTIONS))
    if node is None:
        return None
    return page.insert(node.end_lineno, [" " * node.body[0].col_offset + f"# {name}: the end"])


@_kind
def comment_at_end_of_file(page: Page, name: str) -> Wrote:
    page.lines.extend(["", f"# vim: set {name}"])
    return (f"# vim: set {name}",)


@_kind
def comment_among_imports(page: Page, name: str) -> Wrote:
    node = page.pick([n for n in page.tree.body if isinstance(n, ast.Import | ast.ImportFrom)])
    return None if node is None else page.insert(node.lineno - 1, [f"# {name}: needed first"])


@_kind
def noqa(page: Page, name: str) -> Wrote:
    node = page.pick(page.nodes(*FUNCTIONS))
    if node is None or "#" in page.lines[node.lineno - 1]:
        return None
    page.lines[node.lineno - 1] += f"  # noqa: {name}"
    return (f"# noqa: {name}",)


@_kind
def longer_docstring(page: Page, name: str) -> Wrote:
    found = [n for n in page.nodes(*FUNCTIONS) if ast.get_docstring(n)]
    node = page.pick([n for n in found if n.body[0].lineno == n.body[0].end_lineno])
    if node is None:
        return None
    row, pad = node.body[0].lineno - 1, " " * node.body[0].col_offset
    if not page.lines[row].endswith('"""'):
        return None
    page.lines[row] = page.lines[row][:-3]
    return page.insert(row + 1, ["", f"{pad}More of {name}.", f'{pad}"""'])[:1]


@_kind
def formatter_off(page: Page, _name: str) -> Wrote:
    node = page.pick([n for n in page.nodes(ast.Assign) if n.end_lineno > n.lineno])
    if node is None:
        return None
    pad = " " * node.col_offset
    page.lines.insert(node.end_lineno, f"{pad}# fmt: on")
    page.lines.insert(node.lineno - 1, f"{pad}# fmt: off")
    return ("# fmt: off", "# fmt: on")


# --- parts --------------------------------------------------------------------------------------


def _first_row(node: Any) -> int:
    decorators = getattr(node, "decorator_list", None)
    return int((decorators[0] if decorators else node).lineno) - 1


def _methods(node: Any) -> list[Any]:
    return [s for s in node.body if isinstance(s, FUNCTIONS)] if node is not None else []


def _find_import_row(page: Page) -> int:
    found = [n for n in page.tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    if found:
        return int(found[0].lineno) - 1
    return int(page.tree.body[0].end_lineno) if ast.get_docstring(page.tree) else 0


def _find_import_end(page: Page) -> int:
    found = [n for n in page.tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    return int(found[-1].end_lineno) if found else _find_import_row(page)


def _splice(page: Page, node: Any, text: str | None, wrote: str) -> Wrote:
    """Write something in the place of a node on one line, or `wrote` behind it."""
    row = node.end_lineno - 1
    line = page.lines[row]
    if node.lineno != node.end_lineno or not line.isascii():
        return None
    start = node.end_col_offset if text is None else node.col_offset
    page.lines[row] = line[:start] + (text or wrote) + line[node.end_col_offset :]
    return (wrote.strip(", "),) if wrote else ()


def _rename_within(page: Page, node: Any, old: str, new: str) -> Wrote:
    word = re.compile(rf"(?<![\w.]){old}\b(?!=|['\"])")
    for row in range(node.lineno - 1, node.end_lineno):
        page.lines[row] = word.sub(new, page.lines[row])
    return (new,)


def _decorate(page: Page, nodes: Sequence[Any], lines: list[str]) -> Wrote:
    node = page.pick(nodes)
    if node is None:
        return None
    return page.insert(_first_row(node), [" " * node.col_offset + line for line in lines])


def _wrap(page: Page, head: list[str], tail: list[str], wrote: str) -> Wrote:
    functions = [n for n in page.nodes(*FUNCTIONS) if len(n.body) > 1]
    node = page.pick([s for f in functions for s in f.body[1:]])
    if node is None:
        return None
    first, last, pad = _first_row(node), node.end_lineno, " " * node.col_offset
    inner = [f"    {line}" if line.strip() else line for line in page.lines[first:last]]
    page.lines[first:last] = [
        *(pad + line for line in head), *inner, *(pad + line for line in tail)
    ]  # fmt: skip
    return (wrote,)


def _reorder(page: Page, owners: list[Any], key: Callable[[Any], Any]) -> Wrote:
    owner = page.pick([o for o in owners if len(_methods(o)) > 2]) if page.near is None else None
    found = [o for o in owners if len(_methods(o)) > 2]
    owner = owner or (page.draw.choice(found) if found else None)
    if owner is None:
        return None
    nodes = _methods(owner)
    first, last = nodes[0], nodes[-1]
    start, end = _first_row(first), last.end_lineno
    if any(not isinstance(s, FUNCTIONS) for s in owner.body[owner.body.index(first) :]):
        return None
    blocks = {n: page.lines[_first_row(n) : n.end_lineno] for n in nodes}
    gap = [""] if owner is not page.tree else ["", ""]
    lines = [line for node in sorted(nodes, key=key) for line in [*gap, *blocks[node]]]
    page.lines[start:end] = lines[len(gap) :]
    return ()


def _delete(page: Page, nodes: list[Any], count: int) -> Wrote:
    if len(nodes) <= count:
        return None
    for node in sorted(page.draw.sample(nodes, count), key=lambda n: -n.lineno):
        del page.lines[_first_row(node) : node.end_lineno]
    return ()


def _add_to_class(page: Page, body: list[str]) -> Wrote:
    node = page.pick(page.nodes(ast.ClassDef))
    if node is None:
        return None
    pad = " " * node.body[0].col_offset
    new = ["", *(pad + line if line else line for line in body)]
    return page.insert(node.end_lineno, new)
