"""What stands open in an application, and the contract of each: what is given, what is owed."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from devmatrix_guard.generator.emit.models.columns import name_row
from devmatrix_guard.generator.emit.models.entities import PACKAGE
from devmatrix_guard.generator.emit.models.repositories import (
    name_repository_class,
    name_repository_module,
)
from devmatrix_guard.generator.emit.services.workflows import (
    Filling,
    emit_workflow,
    name_workflow_module,
)
from devmatrix_guard.generator.names import name_row_class
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir import behavior as be
from devmatrix_guard.model.named_value import NamedValue

MARK = "__HOLE__"
_SCHEMAS = "src.models.schemas."
_BASE = "src/repositories/base.py"
_MODELS = "src/models/"
_SHARED = {
    "Decimal": "decimal",
    "date": "datetime",
    "datetime": "datetime",
    "timedelta": "datetime",
    "UTC": "datetime",
    "refuse": "src.workflows.base",
}


class Contract(NamedValue):
    """One hole.

    Attributes:
        key: `flow NAME#N` for the N-th step in free text of a flow, `operation NAME` for another.
        kind: which of the two.
        path: the file it stands in.
        pointer: into the spec, for a flow's step.
        text: what is to be done, in the words of the spec.
        code: the function around it, with `MARK` where it stands.
        inputs: variables it may read, with their types.
        output: the variable it must assign, with its type, or ("", "") for none.
        answers: the type it must return, "" where it returns nothing.
        rows: row class -> its attributes with their types.
        imports: name -> module, of what it may use beyond builtins.
        methods: names of what repositories can do.
    """

    key: str
    kind: Literal["flow", "operation"]
    path: str
    pointer: str
    text: str
    code: str
    inputs: tuple[tuple[str, str], ...]
    output: tuple[str, str]
    answers: str
    rows: Mapping[str, Mapping[str, str]]
    imports: Mapping[str, str]
    methods: tuple[str, ...]

    @property
    def sha(self) -> str:
        """The hash of everything in it: an answer to another contract is none to this one."""
        record = json.dumps(self._asdict(), sort_keys=True, default=dict)
        return hashlib.sha256(record.encode("utf-8", "surrogatepass")).hexdigest()


def list_holes(
    plan: Plan, files: Mapping[str, str], reference: Mapping[str, str]
) -> list[Contract]:
    """Return the contract of every hole that nobody has filled, in the order of their keys.

    A file that people have edited is left out: what stands there is theirs.

    Args:
        files: path -> text, as they are.
        reference: path -> text of a fresh generation.
    """
    found = [*_list_flow_holes(plan, files), *_list_operation_holes(plan, files)]
    same = (hole for hole in found if files.get(hole.path) == reference.get(hole.path))
    return sorted(same, key=lambda hole: hole.key)


def fill_flow(plan: Plan, hole: Contract, fillings: Mapping[str, Filling]) -> str:
    """Return the module of a flow, with what stands in for its steps in free text."""
    name = hole.key.split(" ")[1].partition("#")[0]
    return emit_workflow(plan, plan.flows[name], fillings)


def split_code(code: str) -> tuple[str, ...]:
    """Return the lines of an answer as they will stand in a module: none is empty."""
    return tuple(line for line in code.splitlines() if line.strip())


def list_attributes(files: Mapping[str, str]) -> set[str]:
    """Return the names of what rows, schemas and enumerations of an application have."""
    trees = [_parse(text) for path, text in files.items() if path.startswith(_MODELS)]
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    set_there = [node for top in classes for node in top.body]
    targets: list[ast.expr] = [node.target for node in set_there if isinstance(node, ast.AnnAssign)]
    targets += [one for n in set_there if isinstance(n, ast.Assign) for one in n.targets]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def make_filling(hole: Contract, code: str) -> Filling:
    """Return a filling of lines that were allowed, with the imports it may need."""
    imports = tuple((module, name) for name, module in sorted(hole.imports.items()))
    return Filling(split_code(code), imports)


def fill_operation(hole: Contract, text: str, code: str) -> str:
    """Return the module of a route with one hole filled: it runs in a transaction of its own.

    Unused imports are left to the linter of the application.
    """
    node, statement = _find_hole(text, hole.key.split(" ")[1])
    lines = text.splitlines()
    decorators = " ".join(ast.unparse(decorator) for decorator in node.decorator_list)
    kind = "read" if decorators.startswith(("router.get(", "router.head(")) else "write"
    inner = [f"    async def work(session: AsyncSession) -> {hole.answers}:"]
    inner += [f"        {line}" for line in split_code(code)]
    inner += ["", f"    return await database.{kind}(work)"]
    end = statement.end_lineno or statement.lineno
    lines[statement.lineno - 1 : end] = inner
    at = node.lineno - 1
    lines[at] = lines[at].replace("(", "(database: DatabaseDep, ", 1)
    needed = {"AsyncSession": "sqlalchemy.ext.asyncio", "DatabaseDep": "src.core.database"}
    first = next(i for i, line in enumerate(lines) if line.startswith(("from ", "import ")))
    needed |= {name: module for name, module in hole.imports.items() if module}
    imports = [f"from {module} import {name}" for name, module in needed.items()]
    return "\n".join([*lines[:first], *imports, *lines[first:]]) + "\n"


def _list_flow_holes(plan: Plan, files: Mapping[str, str]) -> Iterator[Contract]:
    for flow in plan.ir.behavior.flows:
        steps = [step for step in be.iter_steps(flow.steps) if isinstance(step, be.Describe)]
        if not steps:
            continue
        marked = {s.pointer: Filling((f"{MARK}{i} = None",)) for i, s in enumerate(steps)}
        code = emit_workflow(plan, flow, marked)
        for index, step in enumerate(steps):
            path = f"{name_workflow_module(flow).replace('.', '/')}.py"
            rows, imports = _describe_rows(plan, step.entities or flow.entities)
            inputs = tuple((name, kind) for name, kind in step.inputs if kind.count(":") < 2)
            yield Contract(
                key=f"flow {flow.name}#{index}",
                kind="flow",
                path=path,
                pointer=step.pointer,
                text=step.text,
                code=_mark_hole(code, index),
                inputs=_name_inputs(inputs, code),
                output=step.output,
                answers="",
                rows=rows,
                imports=imports,
                methods=_list_methods(files),
            )


def _mark_hole(code: str, index: int) -> str:
    """Return the module with a mark for one hole; the others are steps that are done."""
    kept = code.replace(f"{MARK}{index} = None", f"# {MARK}")
    return re.sub(rf"(?m)^\s*{MARK}\d+ = None\n", "", kept)


def _name_inputs(inputs: Sequence[tuple[str, str]], code: str) -> tuple[tuple[str, str], ...]:
    """Return the inputs that are variables of the function, beside its parameters."""
    tree = ast.parse(code)
    function = next(node for node in tree.body if isinstance(node, ast.AsyncFunctionDef))
    given = [
        (argument.arg, ast.unparse(argument.annotation) if argument.annotation else "Any")
        for argument in function.args.args
    ]
    return (*given, *(pair for pair in inputs if pair[0].isidentifier() and pair not in given))


def _describe_rows(
    plan: Plan, entities: Sequence[str]
) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    rows, imports = {}, dict(_SHARED)
    for name in entities:
        entity = plan.entities[name]
        row = name_row_class(name)
        rows[row] = {
            name_row(attribute.name): attribute.type.kind + ("?" if attribute.nullable else "")
            for attribute in entity.attributes
        }
        imports[row] = f"{PACKAGE}.{plan.modules[name]}"
        imports[name_repository_class(name)] = name_repository_module(plan, name)
    return rows, imports


def _list_methods(files: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the repositories of this application can do: each has only what it uses."""
    tree = _parse(files.get(_BASE, ""))
    found = {
        node.name
        for top in tree.body
        if isinstance(top, ast.ClassDef)
        for node in top.body
        if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_")
    }
    return tuple(sorted(found))


def _list_operation_holes(plan: Plan, files: Mapping[str, str]) -> Iterator[Contract]:
    texts = {path: text for path, text in files.items() if path.startswith("src/api/routes/")}
    for operation in plan.ir.api.operations:
        if operation.action.kind != "not_implemented":
            continue
        places = ((path, _find_hole_or_none(text, operation.name)) for path, text in texts.items())
        path, found = next(((path, hole) for path, hole in places if hole), ("", None))
        if found is None:
            continue
        node, statement = found
        source = _write_source(texts[path].splitlines(), node)
        first, last = statement.lineno - node.lineno, (statement.end_lineno or 0) - node.lineno
        before, after = source.splitlines()[:first], source.splitlines()[last + 1 :]
        rows, imports = _describe_rows(plan, [entity.name for entity in plan.ir.domain.entities])
        inputs = [
            (a.arg, ast.unparse(a.annotation) if a.annotation else "Any")
            for a in (*node.args.args, *node.args.kwonlyargs)
        ]
        yield Contract(
            key=f"operation {operation.name}",
            kind="operation",
            path=path,
            pointer="",
            text=ast.get_docstring(node) or f"{operation.method} {operation.path}",
            code="\n".join([*before, f"    # {MARK}", *after]),
            inputs=(("session", "AsyncSession"), *inputs),
            output=("", ""),
            answers=ast.unparse(node.returns) if node.returns else "None",
            rows=rows,
            imports=imports | dict.fromkeys(_list_schemas(texts[path]), ""),
            methods=_list_methods(files),
        )


def _find_hole(text: str, name: str) -> tuple[ast.AsyncFunctionDef, ast.stmt]:
    found = _find_hole_or_none(text, name)
    assert found is not None  # noqa: S101 # the contract was made from this text
    return found


def _find_hole_or_none(text: str, name: str) -> tuple[ast.AsyncFunctionDef, ast.stmt] | None:
    for node in _parse(text).body:
        if isinstance(node, ast.AsyncFunctionDef) and node.name == name:
            for statement in node.body:
                if isinstance(statement, ast.Raise) and "not_implemented" in ast.unparse(statement):
                    return node, statement
    return None


def _write_source(lines: Sequence[str], node: ast.AsyncFunctionDef) -> str:
    return "\n".join(lines[node.lineno - 1 : node.end_lineno])


def _list_schemas(text: str) -> list[str]:
    """Return the schema classes that a module of routes has imported already."""
    return [
        alias.asname or alias.name
        for node in _parse(text).body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_SCHEMAS)
        for alias in node.names
        if alias.name[:1].isupper()
    ]


def _parse(text: str) -> ast.Module:
    """Return the tree of a module; one that people left half written has nothing in it."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])
