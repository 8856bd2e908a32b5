"""Which relations must be loaded with a row, so that nothing is ever loaded lazily."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from devmatrix_guard.generator.emit.models.columns import name_row
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import (
    Calls,
    Doc,
    call,
    make_chain,
    write_flat,
)
from devmatrix_guard.generator.names import name_row_class
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir import behavior as be
from devmatrix_guard.ir import expression as ex
from devmatrix_guard.ir.domain import Entity, Relation
from devmatrix_guard.ir.node import Node
from devmatrix_guard.model.named_value import NamedValue

Path = tuple[str, ...]
_FLUENT = 3  # calls of each other's results that a formatter puts on a line each


def load_paths(plan: Plan, entity: Entity) -> list[Path]:
    """Return every path of relations (and list attributes) that something reads from a row."""
    paths: set[Path] = set()
    for view in plan.ir.domain.views:
        if view.entity == entity.name and {"read", "nested"} & set(view.roles):
            paths |= set(_iter_view_paths(plan, view.schema, ()))
    for flow in plan.ir.behavior.flows:
        paths |= {p for e, p in _iter_flow_paths(plan, flow) if e == entity.name}
    for invariant in plan.ir.behavior.invariants:
        if invariant.entity == entity.name and invariant.condition:
            found = _iter_tree_paths(plan, invariant.condition.tree, _make_own_scope(entity))
            paths |= {p for _, p in found}
    for attribute in entity.attributes:
        if attribute.type.kind == "list":
            paths.add((attribute.name,))
    return sorted(p for p in paths if p)


def load_options(plan: Plan, entity: Entity, imports: Imports) -> list[Doc]:
    """Return the loader options of an entity's repository."""
    paths = load_paths(plan, entity)
    longest = [p for p in paths if not any(q != p and q[: len(p)] == p for q in paths)]
    return [_write_option(plan, entity, path, imports) for path in longest]


def _write_option(plan: Plan, entity: Entity, path: Path, imports: Imports) -> Doc:
    imports.use("sqlalchemy.orm", "selectinload")
    steps: list[str] = []
    current = entity
    for step in path:
        imports.use(
            f"src.models.entities.{plan.modules[current.name]}", name_row_class(current.name)
        )
        relation = find_relation(current, step)
        name = name_row(step) if relation else f"_{step}_values"
        every = ", recursion_depth=-1" if _is_recursive(plan, current, relation) else ""
        steps.append(f"{name_row_class(current.name)}.{name}{every}")
        if relation is None:
            break
        current = plan.entities[relation.target]
    first, *others = steps
    calls = [call("selectinload", first), *(call(".selectinload", step) for step in others)]
    if len(calls) < _FLUENT:
        return make_chain("".join(map(write_flat, calls[:-1])), calls[-1])
    return Calls(tuple(calls))


def _is_recursive(plan: Plan, entity: Entity, relation: Relation | None) -> bool:
    """Tell whether a view shows, inside the rows of a relation, rows of the same relation."""
    if relation is None or relation.target != entity.name or relation.kind == "many_to_many":
        return False
    shown = {
        (view.schema, binding.view)
        for view in plan.ir.domain.views
        if view.entity == entity.name and {"read", "nested"} & set(view.roles)
        for binding in view.bindings
        if binding.member == relation.name and binding.view
    }
    return any(inner in {outer for outer, _ in shown} for _, inner in shown)


def find_relation(entity: Entity, name: str) -> Relation | None:
    """Return a relation of an entity by its name."""
    return next((r for r in entity.relations if r.name == name), None)


def get_relation(entity: Entity, name: str) -> Relation:
    """Return a relation of an entity that the IR says is there."""
    return {relation.name: relation for relation in entity.relations}[name]


def _iter_view_paths(plan: Plan, schema: str, seen: tuple[str, ...]) -> Iterator[Path]:
    view = plan.views.get(schema)
    if view is None or schema in seen:
        return
    entity = plan.entities[view.entity]
    for binding in view.bindings:
        if binding.kind == "relation":
            if not binding.view and _is_own_key(entity, binding.member, binding.by, plan):
                continue
            yield (binding.member,)
            relation = find_relation(entity, binding.member)
            if binding.view and relation:
                for path in _iter_view_paths(plan, binding.view, (*seen, schema)):
                    yield (binding.member, *path)
                for attribute in plan.entities[relation.target].attributes:
                    if attribute.type.kind == "list":
                        yield (binding.member, attribute.name)
        elif binding.kind == "derived":
            derived = next((d for d in entity.derived if d.name == binding.member), None)
            if derived is not None and derived.expression is not None:
                for _, path in _iter_tree_paths(
                    plan, derived.expression.tree, _make_own_scope(entity)
                ):
                    yield path


def _is_own_key(entity: Entity, member: str, by: str, plan: Plan) -> bool:
    relation = find_relation(entity, member)
    if relation is None or relation.kind not in ("many_to_one", "one_to_one"):
        return False
    return by == plan.entities[relation.target].key and any(
        a.name == relation.column for a in entity.attributes
    )


class _Place(NamedValue):
    """Where a row stands: reached from a row of `root` along `path`; it is one of `entity`."""

    root: str
    path: Path
    entity: str


Scope = Mapping[str, _Place]


def _make_own_scope(entity: Entity) -> Scope:
    place = _Place(entity.name, (), entity.name)
    return {"self": place, "row": place}


def _find_place(plan: Plan, tree: Node, scope: Scope) -> _Place | None:
    """Return where the row, or the rows, that an expression names stand."""
    if isinstance(tree, ex.Name):
        return scope.get(tree.name)
    if isinstance(tree, ex.Lookup):
        return _Place(tree.entity, (), tree.entity)
    if isinstance(tree, ex.Member) and tree.kind == "relation":
        holder = _find_place(plan, tree.of, scope)
        relation = find_relation(plan.entities[holder.entity], tree.name) if holder else None
        if holder and relation:
            return _Place(holder.root, (*holder.path, tree.name), relation.target)
    return None


def _iter_tree_paths(plan: Plan, tree: Node, scope: Scope) -> Iterator[tuple[str, Path]]:
    """Yield (entity of the root row, path) for every relation that an expression walks."""
    place = _find_place(plan, tree, scope)
    if place is not None and place.path:
        yield place.root, place.path
    if isinstance(tree, ex.Member) and tree.kind == "derived":
        yield from _iter_derived_paths(plan, tree, scope)
    if isinstance(tree, ex.Aggregate):
        rows = _find_place(plan, tree.collection, scope)
        scope = {name: place for name, place in scope.items() if name != tree.variable}
        scope |= {tree.variable: rows} if rows else {}
    for part in tree:
        for node in part if type(part) is tuple else (part,):
            if isinstance(node, Node):
                yield from _iter_tree_paths(plan, node, scope)


def _iter_derived_paths(plan: Plan, tree: ex.Member, scope: Scope) -> Iterator[tuple[str, Path]]:
    holder = _find_place(plan, tree.of, scope)
    entity = plan.entities[holder.entity] if holder else None
    for derived in entity.derived if entity else ():
        if holder and entity and derived.name == tree.name and derived.expression:
            for _, path in _iter_tree_paths(plan, derived.expression.tree, _make_own_scope(entity)):
                yield holder.root, (*holder.path, *path)


def _iter_flow_paths(plan: Plan, flow: be.Flow) -> Iterator[tuple[str, Path]]:
    principal = plan.principal
    scope = {"viewer": _Place(principal.name, (), principal.name)} if principal else {}
    for name, kind in flow.inputs:
        what, _, entity = kind.removesuffix("?").partition(":")
        if what == "row":
            scope[name] = _Place(entity, (), entity)
    yield from _iter_step_paths(plan, flow.steps, dict(scope))


def _iter_step_paths(
    plan: Plan, steps: tuple[be.Step, ...], scope: dict[str, _Place]
) -> Iterator[tuple[str, Path]]:
    for step in steps:
        inner = scope
        if isinstance(step, be.ForEach | be.CreateMany):
            rows = _find_place(plan, step.collection.tree, scope)
            if rows is not None:
                inner = {**scope, step.name: rows}
        elif isinstance(step, be.Upsert):
            inner = {**scope, "row": _Place(step.entity, (), step.entity)}
        elif isinstance(step, be.Load | be.LoadMany) and step.where is not None:
            inner = {name: place for name, place in scope.items() if name != "it"}
        for expression in iter_expressions(step):
            yield from _iter_tree_paths(plan, expression.tree, inner)
        for nested in ("steps", "then", "otherwise"):
            body = getattr(step, nested, None)
            if type(body) is tuple:
                yield from _iter_step_paths(plan, body, dict(inner))
        if isinstance(step, be.Load | be.LoadMany | be.Create | be.Upsert) and step.name:
            scope[step.name] = _Place(step.entity, (), step.entity)
        elif isinstance(step, be.Let) and (known := _find_place(plan, step.value.tree, scope)):
            scope[step.name] = known
        elif isinstance(step, be.Run) and step.name:
            scope |= _find_result(plan, step)


def _find_result(plan: Plan, step: be.Run) -> dict[str, _Place]:
    """Return what the variable of a flow's result stands for, where it is a row or rows."""
    flow = next(f for f in plan.ir.behavior.flows if f.name == step.flow)
    what, _, entity = flow.returns.removesuffix("?").partition(":")
    return {step.name: _Place(entity, (), entity)} if what in ("row", "rows") else {}


def iter_expressions(step: Node) -> Iterator[ex.Expression]:
    """Yield the expressions that a step itself holds, not those of steps inside it."""
    for value in step:
        if isinstance(value, ex.Expression):
            yield value
        elif type(value) is tuple:
            for item in value:
                if isinstance(item, be.Setting | be.PayloadItem):
                    yield item.value
