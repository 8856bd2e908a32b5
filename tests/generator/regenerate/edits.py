"""Random changes of a spec, and random edits of what was generated from it, drawn with a seed."""

from __future__ import annotations

import ast
import copy
import json
import random
from collections.abc import Callable
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from devmatrix_guard.errors import GuardError
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.extract.extract import extract
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.spec.load import load_spec
from devmatrix_guard.generator.strata import generate_files

SHOP = Path(__file__).parents[3] / "examples" / "shop" / "shop.yaml"

Spec = dict[str, Any]


@cache
def shop_files() -> dict[str, str]:
    """Return the files of the shop."""
    return files_of(yaml.safe_load(SHOP.read_text()))


def files_of(spec: Spec) -> dict[str, str]:
    """Return what is generated from a spec."""
    source = json.dumps(spec, default=str).encode()
    files = generate_files(make_plan(extract(load_spec(source))), PatternBank())
    return {file.path: file.text for file in files}


@cache
def changed_shop(seed: int, changes: int = 2) -> dict[str, str]:
    """Return the files of the shop after random changes of its spec."""
    draw = random.Random(seed)
    spec = yaml.safe_load(SHOP.read_text())
    done = 0
    while done < changes:
        attempt = copy.deepcopy(spec)
        try:
            draw.choice(SPEC_CHANGES)(attempt, draw)
            files = files_of(attempt)
        except (GuardError, LookupError):
            continue  # the change does not fit this spec
        spec, done = attempt, done + 1
    return files


def mergeable(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """Return the Python files that are generated differently, without the migrations."""
    return [
        path
        for path in sorted(before)
        if path.endswith(".py") and not path.startswith("alembic/")
        if before[path] != now.get(path, before[path])
    ]


# --- changes of the spec -----------------------------------------------------------------------


def _entity(spec: Spec, draw: random.Random) -> list[dict[str, Any]]:
    """The views of one entity: what it is, how it is created, how it is changed."""
    name = draw.choice(["Product", "Customer"])
    schemas = spec["components"]["schemas"]
    return [schemas[name + suffix] for suffix in ("", "Create", "Update")]


def _add_field(spec: Spec, draw: random.Random) -> None:
    name = f"{draw.choice(['color', 'weight', 'origin', 'grade', 'remark'])}_{draw.randrange(9)}"
    shape: dict[str, Any] = draw.choice(
        [
            {"type": "string", "maxLength": draw.randrange(5, 200)},
            {"type": "integer", "minimum": 0, "maximum": draw.randrange(10, 5000)},
            {"type": ["string", "null"], "maxLength": 80},
            {"type": "boolean", "default": True},
        ]
    )
    place = draw.random()
    required = draw.random() < 0.4
    for schema in _entity(spec, draw):
        items = list(schema["properties"].items())
        items.insert(int(place * (len(items) + 1)), (name, dict(shape)))
        schema["properties"] = dict(items)
        if required and "required" in schema:
            schema["required"].append(name)


def _remove_field(spec: Spec, draw: random.Random) -> None:
    name = draw.choice(["description", "phone"])
    for schema in _entity(spec, draw):
        del schema["properties"][name]


def _rename_field(spec: Spec, draw: random.Random) -> None:
    name = draw.choice(["description", "phone"])
    for schema in _entity(spec, draw):
        schema["properties"] = {
            f"new_{key}" if key == name else key: value
            for key, value in schema["properties"].items()
        }


def _change_constraint(spec: Spec, draw: random.Random) -> None:
    size = draw.randrange(100, 900)
    field = draw.choice(["name", "description", "stock", "full_name", "phone"])
    for schema in _entity(spec, draw):
        shape = schema["properties"][field]
        shape["maximum" if field == "stock" else "maxLength"] = size


def _change_summary(spec: Spec, draw: random.Random) -> None:
    operation = draw.choice(_operations(spec))
    operation["summary"] += f" {draw.choice(['now', 'today', 'at once'])}"


def _remove_operation(spec: Spec, draw: random.Random) -> None:
    path = draw.choice(["/products/{product_id}", "/customers/{customer_id}"])
    del spec["paths"][path][draw.choice(["delete", "patch"])]


def _rename_operation(spec: Spec, draw: random.Random) -> None:
    operation = draw.choice(_operations(spec))
    verb, _, rest = operation["operationId"].partition("_")
    operation["operationId"] = f"{draw.choice(['do', 'run', 'handle'])}_{verb}_{rest}"


def _add_filter(spec: Spec, draw: random.Random) -> None:
    name = draw.choice(["sku", "name", "stock"])
    spec["paths"]["/products"]["get"]["parameters"].append(
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
    )


def _change_parameter(spec: Spec, draw: random.Random) -> None:
    parameters = [p for op in _operations(spec) for p in op.get("parameters", ()) if "schema" in p]
    shape = draw.choice([p["schema"] for p in parameters if p["schema"].get("maxLength")])
    shape["maxLength"] = draw.randrange(10, 90)


def _change_description(spec: Spec, draw: random.Random) -> None:
    name = draw.choice(["Product", "Customer", "Cart", "Order"])
    spec["components"]["schemas"][name]["description"] = f"Changed text {draw.randrange(99)}."


def _operations(spec: Spec) -> list[dict[str, Any]]:
    methods = ("get", "post", "patch", "delete", "put")
    return [item[m] for item in spec["paths"].values() for m in methods if m in item]


SPEC_CHANGES: list[Callable[[Spec, random.Random], None]] = [
    _add_field,
    _add_field,
    _remove_field,
    _rename_field,
    _change_constraint,
    _change_constraint,
    _change_summary,
    _remove_operation,
    _rename_operation,
    _add_filter,
    _change_parameter,
    _change_description,
]


# --- edits of people ---------------------------------------------------------------------------


class Edit(NamedTuple):
    """A text as people have it, and the lines that they wrote."""

    kind: str
    text: str
    added: tuple[str, ...]


def edited(
    text: str, seed: int, edits: int = 1, now: str | None = None, *, near: float = 0.5
) -> Edit:
    """Return a generated Python text after random edits, each of which still parses.

    `near` of the edits are made beside what is generated differently in `now`.
    """
    draw = random.Random(seed)
    kinds: list[str] = []
    added: tuple[str, ...] = ()
    for number in range(edits):
        beside = now is not None and draw.random() < near
        rows = _changed_rows(text, now) if now is not None and beside else None
        for _ in range(20):
            make = draw.choice(EDITS)
            lines = text.split("\n")[:-1]
            page = _Page(lines, ast.parse(text), draw, rows)
            wrote = make(page, f"mine_{seed % 1000}_{number}")
            after = "".join(f"{line}\n" for line in lines)
            if wrote is not None and parses(after):
                text, added = after, (*added, *wrote)
                kinds.append(make.__name__.strip("_").replace("_", " "))
                break
    gone = {line for line in added if line not in text}
    return Edit("+".join(kinds), text, tuple(line for line in added if line not in gone))


def _changed_rows(text: str, now: str) -> set[int]:
    """The rows of a text that are written differently now, and their neighbours."""
    matcher = SequenceMatcher(None, text.split("\n"), now.split("\n"), autojunk=False)
    rows: set[int] = set()
    for tag, first, last, _, _ in matcher.get_opcodes():
        if tag != "equal":
            rows.update(range(first - 1, last + 2))
    return rows


class _Page(NamedTuple):
    """A text that is being edited; `near` are the rows where, or None for anywhere."""

    lines: list[str]
    tree: ast.Module
    draw: random.Random
    near: set[int] | None

    def pick(self, nodes: list[Any]) -> Any:
        """Draw one of the nodes, or None where there is none."""
        if self.near is not None:
            nodes = [n for n in nodes if set(range(n.lineno - 1, n.end_lineno)) & self.near]
        return self.draw.choice(nodes) if nodes else None

    def nodes(self, *kinds: type[ast.AST]) -> list[Any]:
        """Return all nodes of some kinds."""
        return [node for node in ast.walk(self.tree) if isinstance(node, kinds)]

    def insert(self, at: int, new: list[str]) -> tuple[str, ...]:
        """Insert lines; return what they say."""
        self.lines[at:at] = new
        return tuple(line.strip() for line in new if line.strip())


def parses(text: str) -> bool:
    """Tell whether a text is Python."""
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


Wrote = tuple[str, ...] | None  # None where the edit does not fit


def _first_row(node: Any) -> int:
    decorators = getattr(node, "decorator_list", None)
    return int((decorators[0] if decorators else node).lineno) - 1


def _comment(page: _Page, name: str) -> Wrote:
    kinds = (ast.AnnAssign, ast.Assign, ast.Return, ast.If, ast.FunctionDef)
    node = page.pick(page.nodes(*kinds))
    if node is None:
        return None
    return page.insert(_first_row(node), [" " * node.col_offset + f"# {name}: see the wiki"])


def _trailing_comment(page: _Page, name: str) -> Wrote:
    node = page.pick(page.nodes(ast.AnnAssign, ast.Assign, ast.Return, ast.keyword))
    if node is None or "#" in page.lines[node.end_lineno - 1]:
        return None
    page.lines[node.end_lineno - 1] += f"  # {name}"
    return (name,)


def _method(page: _Page, name: str) -> Wrote:
    node = page.pick(page.nodes(ast.ClassDef))
    if node is None:
        return None
    after = page.pick(node.body) or node.body[-1]
    indent = " " * node.body[0].col_offset
    new = ["", f"{indent}def {name}(self) -> str:", f'{indent}    return "{name}"']
    if after is not node.body[-1]:
        new.append("")
    return page.insert(after.end_lineno, new)


def _field(page: _Page, name: str) -> Wrote:
    after = page.pick([s for c in page.nodes(ast.ClassDef) for s in c.body if _is_field(s)])
    if after is None:
        return None
    indent = " " * after.col_offset
    return page.insert(after.end_lineno, [f"{indent}{name}: str | None = None"])


def _is_field(node: ast.stmt) -> bool:
    return isinstance(node, ast.AnnAssign)


def _function(page: _Page, name: str) -> Wrote:
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    after = page.pick([s for s in page.tree.body if isinstance(s, kinds)])
    if after is None:
        return None
    return page.insert(after.end_lineno, ["", "", f"def {name}() -> int:", "    return 1"])


def _import(page: _Page, name: str) -> Wrote:
    node = page.pick([n for n in page.tree.body if isinstance(n, ast.Import | ast.ImportFrom)])
    return None if node is None else page.insert(node.lineno - 1, [f"import {name}"])


def _imported_name(page: _Page, name: str) -> Wrote:
    nodes = [n for n in page.tree.body if isinstance(n, ast.ImportFrom)]
    node = page.pick(nodes)
    if node is None or "#" in page.lines[node.end_lineno - 1]:
        return None
    if node.lineno == node.end_lineno:
        page.lines[node.lineno - 1] += f", {name}"
    else:
        page.lines[node.end_lineno - 1] = f"    {name},"
        page.lines.insert(node.end_lineno, ")")
    return (name,)


def _statement(page: _Page, name: str) -> Wrote:
    functions = page.nodes(ast.FunctionDef, ast.AsyncFunctionDef)
    before = page.pick([s for f in functions for s in f.body[1:]])
    if before is None:
        return None
    indent = " " * before.col_offset
    return page.insert(_first_row(before), [f'{indent}print("{name}")'])


def _rewritten(page: _Page, name: str) -> Wrote:
    node = page.pick(page.nodes(ast.FunctionDef, ast.AsyncFunctionDef))
    if node is None:
        return None
    first, last = node.body[0].lineno - 1, node.body[-1].end_lineno
    indent = " " * node.body[0].col_offset
    del page.lines[first:last]
    body = [f'{indent}print("{name}")', f'{indent}raise RuntimeError("{name}")']
    return page.insert(first, body)


def _argument(page: _Page, name: str) -> Wrote:
    """Add a keyword to a call that stands on one line."""
    calls = [n for n in page.nodes(ast.Call) if n.lineno == n.end_lineno and n.keywords]
    return _spliced(page, page.pick(calls), -1, f", {name}=1", name)


def _value(page: _Page, name: str) -> Wrote:
    """Write another number."""
    numbers = [n for n in page.nodes(ast.Constant) if type(n.value) is int and n.value > 9]
    node = page.pick(numbers)
    if node is None:
        return None
    number = str(7_000_000 + int(name.split("_")[1]))
    row = node.lineno - 1
    line = page.lines[row]
    page.lines[row] = line[: node.col_offset] + number + line[node.end_col_offset :]
    return (number,)


def _spliced(page: _Page, node: Any, before_end: int, text: str, name: str) -> Wrote:
    if node is None or not page.lines[node.end_lineno - 1].isascii():
        return None
    row, column = node.end_lineno - 1, node.end_col_offset + before_end
    page.lines[row] = page.lines[row][:column] + text + page.lines[row][column:]
    return (name,)


def _entry(page: _Page, name: str) -> Wrote:
    """Add an entry to a dictionary that has one entry a line."""
    tables = [n for n in page.nodes(ast.Dict) if n.end_lineno > n.lineno and n.values]
    node = page.pick(tables)
    if node is None:
        return None
    line = page.lines[node.values[-1].end_lineno - 1]
    indent = " " * (len(line) - len(line.lstrip()))
    return page.insert(node.end_lineno - 1, [f'{indent}"{name}": 1,'])


def _parameter(page: _Page, name: str) -> Wrote:
    functions = [n for n in page.nodes(ast.FunctionDef, ast.AsyncFunctionDef) if n.args.args]
    node = page.pick(functions)
    if node is None or node.args.vararg or node.args.kwonlyargs or node.args.kwarg:
        return None
    last = (node.args.defaults or [node.args.args[-1]])[-1]
    return _spliced(page, last, 0, f', {name}: str = ""', name)


def _moved(page: _Page, _: str) -> Wrote:
    """Put the last method of a class before the others."""
    owner = page.pick(page.nodes(ast.ClassDef))
    methods = [s for s in owner.body if isinstance(s, ast.AsyncFunctionDef)] if owner else []
    if len(methods) < 3:
        return None
    first, last = _first_row(methods[-1]), methods[-1].end_lineno
    if page.lines[first - 1].strip():
        return None
    block = page.lines[first - 1 : last]
    del page.lines[first - 1 : last]
    place = _first_row(methods[0]) - 1
    page.lines[place:place] = block
    return ()


def _deleted(page: _Page, _: str) -> Wrote:
    kinds = ast.AnnAssign | ast.FunctionDef | ast.AsyncFunctionDef | ast.Assign | ast.ClassDef
    owners = [n for n in page.nodes(ast.ClassDef, ast.Module) if len(n.body) > 2]
    node = page.pick([s for owner in owners for s in owner.body if isinstance(s, kinds)])
    if node is None:
        return None
    del page.lines[_first_row(node) : node.end_lineno]
    return ()


EDITS: list[Callable[[_Page, str], Wrote]] = [
    _comment,
    _trailing_comment,
    _method,
    _field,
    _function,
    _import,
    _imported_name,
    _statement,
    _rewritten,
    _argument,
    _value,
    _entry,
    _parameter,
    _moved,
    _deleted,
]
