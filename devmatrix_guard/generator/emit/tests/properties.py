"""Property tests, from the IR: whatever the numbers, what always holds still holds afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from devmatrix_guard.generator.emit.models.columns import find_attribute, name_row
from devmatrix_guard.generator.emit.models.entities import PACKAGE
from devmatrix_guard.generator.emit.models.expressions import PythonWriter
from devmatrix_guard.generator.emit.models.repositories import (
    name_repository_class,
    name_repository_module,
)
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    LINE_LENGTH,
    Doc,
    Lines,
    call,
    lay_out,
    make_literal,
    make_sequence,
    measure_width,
    put,
    shift,
    write_docstring,
    write_lines,
    write_string,
)
from devmatrix_guard.generator.emit.tests.arrange import make_rows, write_request
from devmatrix_guard.generator.emit.tests.factories import name_factory
from devmatrix_guard.generator.emit.tests.fixtures import CallFixture
from devmatrix_guard.generator.emit.tests.requests import Source
from devmatrix_guard.generator.emit.tests.value_search import UnsolvableError
from devmatrix_guard.generator.names import name_row_class
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir import behavior as be
from devmatrix_guard.ir import expression as ex
from devmatrix_guard.ir.domain import Attribute
from devmatrix_guard.ir.node import Node
from devmatrix_guard.ir.shape import Shape

_MODULE = "tests.properties"
_NEAR = 3


class _Draws:
    """The arguments of a property test, and the strategies that they come from."""

    def __init__(self, imports: Imports) -> None:
        self._imports = imports
        self.strategies: dict[str, Doc] = {}
        self.types: dict[str, str] = {}

    def draw(self, name: str, strategy: Doc, kind: str) -> Source:
        """Add an argument and return its name as source."""
        while name in self.strategies:
            name += "_2"
        self.strategies[name], self.types[name] = strategy, kind
        return Source(name)

    def draw_near(self, name: str, value: Any, choices: list[Any], limits: dict[str, Any]) -> Any:
        """Return an argument that takes values around `value`, or the value itself."""
        made = self._imports.use("hypothesis", "strategies")
        if isinstance(value, bool):
            return self.draw(name, f"{made}.booleans()", "bool")
        if value in choices and len(choices) > 1:
            chosen = make_sequence([make_literal(choice) for choice in choices], "()")
            return self.draw(name, call(f"{made}.sampled_from", chosen), type(value).__name__)
        if isinstance(value, int):
            low, high = _find_window(value, limits)
            return self.draw(name, f"{made}.integers({low}, {high})", "int")
        if isinstance(value, Decimal):
            low, high = _find_window(value, limits)
            decimal = self._imports.use("decimal", "Decimal")
            strategy = call(
                f"{made}.decimals", write_string(str(low)), write_string(str(high)), places="2"
            )
            return self.draw(name, strategy, decimal)
        return value


def _find_window(value: Any, limits: dict[str, Any]) -> tuple[Any, Any]:
    low, high = value - _NEAR, value + _NEAR
    kind = type(value)
    if "ge" in limits:
        low = max(low, kind(str(limits["ge"])))
    if "gt" in limits:
        low = max(low, kind(str(limits["gt"])) + 1)
    if "le" in limits:
        high = min(high, kind(str(limits["le"])))
    if "lt" in limits:
        high = min(high, kind(str(limits["lt"])) - 1)
    if low > high:
        raise UnsolvableError("a range without a value")
    return low, high


def write_property_test(fixture: CallFixture, flow: be.Flow, imports: Imports) -> str:
    """Return the property test of a flow: it breaks no invariant, and refuses without a trace."""
    draws = _Draws(imports)
    for row in fixture.rows.values():
        for name, value in row.values.items():
            if not isinstance(value, Source):
                row.values[name] = _draw_column(draws, fixture, row.variable, name, value)
    _draw_body(draws, fixture)
    settings, given = imports.use(_MODULE, "PROPERTY"), imports.use("hypothesis", "given")
    request = put(write_request(fixture, imports), before="return ")
    setup = make_rows(fixture.plan, fixture.sort_rows(), request, imports)
    session = imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
    imports.use(_MODULE, "empty", "look")
    statements: Lines = [
        f"async def prepare(session: {session}) -> httpx.Request:",
        "    await empty(session)",
        *shift([*setup, *request]),
        "",
        "request = await database.write(prepare)",
        "before = await database.read(look)",
        "answer = await client.send(request)",
        "after = await database.read(look)",
        f"done = answer.status_code == {fixture.operation.status}",
        "assert done or answer.status_code < 500, answer.text",
        "assert done or after == before",
        "assert after.broken <= before.broken",
    ]
    for column, amount in _find_expected(fixture, flow):
        change = f"after.sums[{write_string(column)}] - before.sums[{write_string(column)}]"
        kept = f"not done or {change} == {amount}"
        long = measure_width(f"    assert {kept}") > LINE_LENGTH
        statements += ["assert (", f"    {kept}", ")"] if long else [f"assert {kept}"]
    head = call(
        f"async def test_{flow.name}_keeps_what_always_holds",
        f"client: {imports.use_module('httpx')}.AsyncClient",
        f"database: {imports.use('src.core.database', 'Database')}",
        *(f"{name}: {kind}" for name, kind in draws.types.items()),
    )
    if not draws.strategies:
        raise UnsolvableError("the flow reads no number, flag or state")
    return "\n".join(
        [
            f"@{settings}",
            *write_lines(call(given, **draws.strategies), before="@"),
            *write_lines(head, after=" -> None:"),
            *lay_out(shift(statements)),
        ]
    )


def _draw_column(
    draws: _Draws, fixture: CallFixture, variable: str, column: str, value: Any
) -> Any:
    entity = fixture.find_entity(fixture.rows[variable])
    attribute = next((a for a in entity.attributes if name_row(a.name) == column), None)
    if attribute is None or attribute.unique:
        return value
    return draws.draw_near(
        f"{variable}_{column}",
        value,
        _list_choices(fixture.plan, attribute, entity.name),
        _read_limits(attribute),
    )


def _list_choices(plan: Plan, attribute: Attribute, entity: str) -> list[Any]:
    machine = plan.machines.get(entity)
    if machine is not None and machine.attribute == attribute.name:
        return list(machine.states)
    return [v for v in attribute.type.enum if isinstance(v, str | int)]


def _read_limits(node: Attribute | Shape) -> dict[str, Any]:
    return {c.kind: c.value for c in node.constraints}


def _draw_body(draws: _Draws, fixture: CallFixture) -> None:
    """Let numbers, flags and choices at the top of the body be drawn."""
    for wire, shape in fixture.list_fields():
        value = fixture.body[wire]
        if isinstance(value, Source):
            continue
        choices = [v for v in shape.enum if isinstance(v, str | int)]
        if shape.format == "decimal" and isinstance(value, str):
            drawn = draws.draw_near(f"body_{wire}", Decimal(value), [], _read_limits(shape))
            fixture.body[wire] = Source(f'f"{{{drawn}:.2f}}"')
        elif isinstance(value, int) or choices:
            fixture.body[wire] = draws.draw_near(
                f"body_{wire}", value, choices, _read_limits(shape)
            )


def emit_properties(plan: Plan) -> str:
    """Return the module that the property tests share: what is stored, and what must hold."""
    imports = Imports()
    imports.use("hypothesis", "HealthCheck", "settings")
    imports.use("sqlalchemy", "select")
    imports.use("typing", "Any", "NamedTuple")
    imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
    imports.use("src.models.entities", "Base")
    parts = [
        "\n".join(
            write_lines(
                call(
                    "settings",
                    max_examples="10",
                    deadline="None",
                    derandomize="True",
                    suppress_health_check="[HealthCheck.function_scoped_fixture]",
                ),
                before="PROPERTY = ",
            )
        ),
        "class Stored(NamedTuple):\n"
        + write_docstring("Every row, the invariants that do not hold, and sums of columns.", 4)
        + "\n\n    rows: list[str]\n    broken: set[tuple[str, str]]\n    sums: dict[str, Any]",
        "async def empty(session: AsyncSession) -> None:\n"
        + write_docstring("Remove every row.", 4)
        + "\n    for table in reversed(Base.metadata.sorted_tables):\n"
        "        await session.execute(table.delete())",
        "async def look(session: AsyncSession) -> Stored:\n"
        + write_docstring("Return everything that is stored.", 4)
        + "\n    rows = [\n"
        '        f"{table.name} {tuple(row)!r}"\n'
        "        for table in Base.metadata.sorted_tables\n"
        "        for row in await session.execute(select(table))\n"
        "    ]\n"
        "    return Stored(sorted(rows), await _broken(session), await _sums(session))",
        "\n".join(_find_broken(plan, imports)),
        "\n".join(_find_sums(plan, imports)),
    ]
    return render_module("What the property tests share.", imports, parts)


def _find_broken(plan: Plan, imports: Imports) -> Iterator[str]:
    yield "async def _broken(session: AsyncSession) -> set[tuple[str, str]]:"
    yield "    found: set[tuple[str, str]] = set()"
    invariants = [i for i in plan.ir.behavior.invariants if i.condition is not None]
    for entity in sorted({invariant.entity for invariant in invariants}):
        row, key = plan.modules[entity], name_row(plan.entities[entity].key)
        repository = imports.use(
            name_repository_module(plan, entity), name_repository_class(entity)
        )
        writer = PythonWriter(imports, plan.entities, {"self": row, "row": row})
        yield f"    for {row} in await {repository}(session).list():"
        for invariant in invariants:
            if invariant.entity == entity and invariant.condition is not None:
                yield f"        if {writer.negate(invariant.condition.tree)}:"
                yield f"            found.add(({write_string(invariant.name)}, str({row}.{key})))"
    if not invariants:
        yield "    del session  # the spec names no invariant"
    yield "    return found"


def _find_sums(plan: Plan, imports: Imports) -> Iterator[str]:
    yield "async def _sums(session: AsyncSession) -> dict[str, Any]:"
    columns = list_counted(plan)
    if not columns:
        yield "    del session  # no flow adds to a column"
        yield "    return {}"
        return
    imports.use("sqlalchemy", "func")
    yield "    columns = {"
    for entity, attribute in columns:
        row = imports.use(f"{PACKAGE}.{plan.modules[entity]}", name_row_class(entity))
        yield f"        {write_string(f'{entity}.{attribute}')}: {row}.{name_row(attribute)},"
    yield "    }"
    yield "    sums = {name: select(func.sum(column)) for name, column in columns.items()}"
    yield "    return {name: await session.scalar(query) or 0 for name, query in sums.items()}"


def list_counted(plan: Plan) -> list[tuple[str, str]]:
    """Return (entity, attribute) of every column that some flow adds to or takes from."""
    steps = [step for flow in plan.ir.behavior.flows for step in be.iter_steps(flow.steps)]
    changed = {(s.entity, s.attribute) for s in steps if isinstance(s, be.Increment | be.Decrement)}
    return sorted(changed)


def _find_expected(fixture: CallFixture, flow: be.Flow) -> Iterator[tuple[str, str]]:
    """Yield each column that flows add to, and by how much this one changes it, as source."""
    if fixture.branches:
        return  # which way it goes depends on what is drawn
    for entity, attribute in list_counted(fixture.plan):
        if _sets(flow, entity, attribute):
            continue
        changes = [c for c in fixture.changes if (c.entity, c.attribute) == (entity, attribute)]
        amounts = "".join(f" {c.sign} {fixture.write_source(c.by)}" for c in changes).removeprefix(
            " + "
        )
        text = f"-{amounts.removeprefix(' - ')}" if amounts.startswith(" - ") else amounts
        yield f"{entity}.{attribute}", text or "0"


def _sets(flow: be.Flow, entity: str, attribute: str) -> bool:
    """Tell whether a flow gives a column a value in another way than by adding to it."""
    whole = be.Create | be.CreateMany | be.Upsert | be.Delete
    return any(
        step.entity == entity
        and (
            isinstance(step, whole) or attribute in {setting.attribute for setting in step.settings}
        )
        for step in be.iter_steps(flow.steps)
        if isinstance(step, whole | be.Set)
    )


def emit_invariant_tests(plan: Plan) -> tuple[str | None, tuple[str, ...]]:
    """Return the tests of what the database itself holds up, and what is left out."""
    imports = Imports()
    parts: list[str] = []
    omitted: list[str] = []
    followed: list[str] = []
    for invariant in plan.ir.behavior.invariants:
        if invariant.condition is None:
            if columns := _list_named_columns(plan, invariant):
                followed.append(
                    f"{invariant.name}: the property test of each flow says how it changes "
                    + " and ".join(columns)
                )
                continue
            omitted.append(
                f"{invariant.name}: it speaks of what was, not of a row: {invariant.text}"
            )
        elif "db_check" in invariant.enforce:
            try:
                parts.append(_write_row_test(plan, invariant, invariant.condition, imports))
            except UnsolvableError as error:
                omitted.append(f"{invariant.name} on one row: {error}")
    if not parts and not omitted and not followed:
        return None, ()
    if parts:
        imports.use_module("pytest")
        parts.insert(0, "pytestmark = pytest.mark.anyio")
    comments = [f"# {text}" for text in followed]
    comments += [f"# Not tested: {' '.join(text.split())}" for text in omitted]
    if comments:
        parts.append("\n".join(comments))
    notes = tuple(f"the tests of invariants leave out {text}" for text in omitted)
    return render_module("What the database refuses to store.", imports, parts), notes


def _list_named_columns(plan: Plan, invariant: be.Invariant) -> list[str]:
    """Return the columns that flows add to and of which an invariant over time speaks."""
    names = set(re.findall(r"\w+", invariant.text))
    return [a for entity, a in list_counted(plan) if entity == invariant.entity and a in names]


def _write_row_test(
    plan: Plan, invariant: be.Invariant, condition: ex.Expression, imports: Imports
) -> str:
    entity = plan.entities[invariant.entity]
    draws = _Draws(imports)
    constants = [v for v in _iter_constants(condition.tree) if not isinstance(v, bool)]
    values: dict[str, Doc | None] = {}
    for name in sorted(set(_iter_own_names(condition.tree))):
        attribute = find_attribute(entity, name)
        kinds = {"integer": int, "bigint": int, "decimal": Decimal}
        kind = kinds.get(attribute.type.kind)
        if kind is None:
            raise UnsolvableError(f"{name} is no number")
        middle = kind(str(next(iter(constants), 1)).partition(".")[0])
        values[name_row(name)] = str(draws.draw_near(name_row(name), middle, [], {}))
    make = imports.use("tests.factories", name_factory(plan, entity.name))
    row = imports.use(f"{PACKAGE}.{plan.modules[entity.name]}", name_row_class(entity.name))
    session = imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
    writer = PythonWriter(imports, plan.entities, {"self": "row", "row": "row"})
    error = imports.use("sqlalchemy.exc", "IntegrityError")
    imports.use(_MODULE, "empty", "PROPERTY")
    head = call(
        f"async def test_{invariant.name}_is_kept_by_the_database",
        f"database: {imports.use('src.core.database', 'Database')}",
        *(f"{name}: {kind}" for name, kind in draws.types.items()),
    )
    statements: Lines = [
        f"async def store(session: {session}) -> {row}:",
        "    await empty(session)",
        *put(call(f"await {make}", "session", **values), 4, before="return "),
        "",
        "try:",
        "    row = await database.write(store)",
        f"except {error}:",
        "    return",
        f"assert {writer.write(condition)}",
    ]
    return "\n".join(
        [
            "@PROPERTY",
            *write_lines(call(imports.use("hypothesis", "given"), **draws.strategies), before="@"),
            *write_lines(head, after=" -> None:"),
            *lay_out(shift(statements)),
        ]
    )


def _iter_own_names(node: Any) -> Iterator[str]:
    if isinstance(node, ex.Member) and isinstance(node.of, ex.Name):
        if node.kind != "attribute":
            raise UnsolvableError("it looks at more than one row")
        yield node.name
    elif isinstance(node, Node) or type(node) is tuple:
        for item in node:
            yield from _iter_own_names(item)


def _iter_constants(node: Any) -> Iterator[Any]:
    if isinstance(node, ex.Constant):
        if isinstance(node.value, int | str):
            yield node.value
    elif isinstance(node, Node) or type(node) is tuple:
        for item in node:
            yield from _iter_constants(item)
