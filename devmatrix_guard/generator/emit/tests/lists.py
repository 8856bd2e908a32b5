"""Tests of lists: each filter finds what it should and nothing else, each order is kept, pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from devmatrix_guard.generator.emit.models.columns import find_attribute, name_row
from devmatrix_guard.generator.emit.models.loads import find_relation
from devmatrix_guard.generator.emit.models.signatures import (
    find_filter_parameter,
    has_default,
    resolve,
)
from devmatrix_guard.generator.emit.models.types import is_readable
from devmatrix_guard.generator.emit.python.printer import (
    Lines,
    call,
    make_literal,
    make_sequence,
    put,
    shift,
    write_string,
)
from devmatrix_guard.generator.emit.services.conditions import find_first_row, find_parameter
from devmatrix_guard.generator.emit.tests.crud import OperationTests
from devmatrix_guard.generator.emit.tests.factories import write_literal
from devmatrix_guard.generator.emit.tests.requests import Source, write_path, write_value
from devmatrix_guard.generator.emit.tests.samples import NoSampleError, make_attribute_value
from devmatrix_guard.ir.api import Filter
from devmatrix_guard.ir.domain import Attribute
from devmatrix_guard.ir.pattern import matches

_FOUND = ("eq", "ge", "le", "in", "contains", "starts_with", "search")
_NOT_FOUND = ("ne", "gt", "lt", "not_in")


def emit_list_tests(tests: OperationTests) -> list[str]:
    """Return the tests of a list of rows, beside that it answers."""
    action, name = tests.operation.action, tests.operation.name
    plain = action.kind == "list" and not action.private and not action.via
    if not plain or tests.operation.payload.kind != "list":
        return []
    if any(not item.parameter for item in action.filters):
        return []  # some rows are never shown
    if not all(_passes_default(tests, item) for item in action.filters):
        return []  # or only to who asks for them
    made = []
    among = tests.entity is tests.plan.principal and tests.operation.auth.mode != "none"
    cases = None if among else _filter_cases(tests)  # the caller is one of those that are listed
    if cases:
        made.append(
            tests.write_test(
                f"test_{name}_finds_what_the_filters_say", _test_filters(tests, *cases)
            )
        )
    if choices := _list_choices(tests):
        made.append(tests.write_test(f"test_{name}_keeps_the_order", _test_orders(tests, choices)))
    if pages := _list_page_parameters(tests):
        made.append(
            tests.write_test(f"test_{name}_goes_from_page_to_page", _test_pages(tests, pages))
        )
    return made


def _passes_default(tests: OperationTests, item: Filter) -> bool:
    """Tell whether the rows of a test are shown to who leaves the parameter of a filter out."""
    parameter = find_filter_parameter(tests.plan, tests.operation, item)
    shape = parameter.shape
    if shape.kind == "ref" or shape.default is None or not has_default(parameter):
        return True
    if shape.default.value in item.everything:
        return True
    if item.operator not in ("eq", "in") or len(item.path) != 1:
        return False
    attribute = next((a for a in tests.entity.attributes if a.name == item.path[0]), None)
    try:
        made = [make_attribute_value(attribute, n) for n in (1, 2)] if attribute else []
    except NoSampleError:
        return False
    return bool(made) and all(value == shape.default.value for value in made)


def _name_items(tests: OperationTests) -> str:
    path = "".join(f"[{write_string(step)}]" for step in tests.operation.payload.path)
    return f"answer.json(){path}"


def _get(tests: OperationTests, parameters: str) -> Lines:
    path = write_path(tests.operation, tests.values)
    made = call("await client.get", path, params=parameters, headers=tests.headers)
    return [
        *put(made, before="answer = "),
        f"assert answer.status_code == {tests.operation.status}, answer.text",
    ]


def _filter_cases(tests: OperationTests) -> tuple[dict[str, str], list[tuple[Any, int]]] | None:
    """Return values of the row's columns, and (parameters, how many rows they find)."""
    columns: dict[str, str] = {}
    cases: list[tuple[Any, int]] = []
    for item in tests.operation.action.filters:
        names = item.attributes if item.operator == "search" else item.path
        if item.operator not in (*_FOUND, *_NOT_FOUND) or not names:
            continue
        if find_filter_parameter(tests.plan, tests.operation, item).location == "path":
            continue  # which every row of the test must have
        if len(names) > 1 and item.operator != "search":
            continue  # the way leads over other rows
        if find_relation(tests.entity, names[0]) is not None:
            continue
        attribute = find_attribute(tests.entity, names[0])
        try:
            same, other = _choose_values(tests, item, attribute, columns)
        except NoSampleError:
            continue
        wire = find_filter_parameter(tests.plan, tests.operation, item).wire
        found = item.operator in _FOUND
        if same is not None:
            cases.append(({wire: same}, int(found)))
        if other is not None and item.operator in ("eq", "in", "contains", "starts_with", "search"):
            cases.append(({wire: other}, 0))
    return (columns, cases) if cases else None


def _choose_values(
    tests: OperationTests, item: Filter, attribute: Attribute, columns: dict[str, str]
) -> tuple[Any, Any]:
    """Return the text of the row's value, and one that no row has; None where none fits."""
    kind, column = attribute.type.kind, name_row(attribute.name)
    if attribute.references or attribute.name == tests.entity.key or kind == "uuid":
        if attribute.nullable or kind != "uuid":
            return None, None
        tests.imports.use("uuid", "uuid4")
        return Source(f"str(row.{column})"), Source("str(uuid4())")
    if kind not in ("string", "text", "integer", "bigint", "decimal", "boolean"):
        return None, None
    value = make_attribute_value(attribute, 1)
    columns[column] = write_literal(value, tests.imports)
    others = [v for v in attribute.type.enum if v != value]
    if kind == "boolean":
        same, other = ("true", "false") if value else ("false", "true")
    elif kind == "decimal":
        same, other = f"{value:.{attribute.type.scale}f}", f"{value + 1:.{attribute.type.scale}f}"
    elif kind in ("integer", "bigint"):
        same, other = str(value), str(value + 1)
    else:
        exact = item.operator in ("eq", "in")
        second = str(make_attribute_value(attribute, 2)) if exact else "qqqq"
        same, other = str(value), str(others[0]) if others else second
        if other == same:
            return same if _fits(tests, item, same) else None, None
    fitting = [text if _fits(tests, item, text) else None for text in (same, other)]
    if attribute.type.enum and not others:
        fitting[1] = None
    return fitting[0], fitting[1]


def _fits(tests: OperationTests, item: Filter, text: str) -> bool:
    """Tell whether a parameter takes this text."""
    parameter = find_filter_parameter(tests.plan, tests.operation, item)
    shape = resolve(tests.plan, parameter.shape)
    if shape is None or shape.kind not in ("string", "integer", "number", "boolean"):
        return False
    if shape.format in ("uuid", "date", "date-time") or (shape.format and text == "qqqq"):
        return False
    if shape.enum and text not in [str(v) for v in shape.enum]:
        return False
    counted = shape.kind != "string" or shape.format == "decimal"  # no text is below a number
    for limit in shape.constraints:
        value = limit.value
        if limit.kind in ("ge", "gt", "le", "lt") and not counted:
            continue
        if limit.kind == "pattern":
            pattern = str(value)
            if not is_readable(pattern) or not matches(pattern, text):
                return False
        if limit.kind == "max_length" and len(text) > int(str(value)):
            return False
        if limit.kind == "min_length" and len(text) < int(str(value)):
            return False
        if limit.kind in ("ge", "gt") and Decimal(text) <= Decimal(str(value)):
            return False
        if limit.kind in ("le", "lt") and Decimal(text) >= Decimal(str(value)):
            return False
    return True


def _test_filters(
    tests: OperationTests, columns: dict[str, str], cases: list[tuple[Any, int]]
) -> Lines:
    any_type = tests.imports.use("typing", "Any")
    pairs = make_sequence(
        make_sequence([write_value(parameters), str(count)], "()")
        for parameters, count in [({}, 1), *cases]
    )
    loop: Lines = [
        *put(pairs, before=f"cases: list[tuple[dict[str, {any_type}], int]] = "),
        "for parameters, count in cases:",
        *shift(_get(tests, "parameters")),
        f"    assert len({_name_items(tests)}) == count, parameters",
    ]
    return [*tests.read_stored(loop, rows=[columns]), *loop]


def _list_choices(tests: OperationTests) -> list[tuple[str, str, bool]]:
    """Return (value of the parameter, field of the answer, descending) of what is sorted by."""
    ordering = tests.operation.action.ordering
    view = tests.plan.views.get(tests.operation.payload.view)
    if not ordering.parameter or view is None or ordering.direction_parameter:
        return []
    shown = set(_make_two_rows(tests)[0])
    for attribute in tests.entity.attributes:  # what the rows are given, and what is never left out
        if attribute.name in shown or not attribute.nullable:
            shown.add(attribute.name)
    wires = {b.member: b.wire for b in view.bindings if b.kind == "attribute"}
    wires = {member: wire for member, wire in wires.items() if {member, name_row(member)} & shown}
    return [
        (choice.value, wires[choice.keys[0].path[0]], choice.keys[0].descending)
        for choice in ordering.choices
        if choice.keys and len(choice.keys[0].path) == 1 and choice.keys[0].path[0] in wires
    ]


def _test_orders(tests: OperationTests, choices: list[tuple[str, str, bool]]) -> Lines:
    wire = find_parameter(tests.operation, tests.operation.action.ordering.parameter).wire
    listed = make_sequence(
        make_sequence([write_string(v), write_string(f), repr(d)], "()") for v, f, d in choices
    )
    loop: Lines = [
        *put(listed, before="cases: list[tuple[str, str, bool]] = "),
        "for value, field, down in cases:",
        *shift(_get(tests, f"{{{write_string(wire)}: value}}")),
        f"    shown = [item[field] for item in {_name_items(tests)}]",
        "    assert len(shown) == 2",
        "    assert shown == sorted(shown, reverse=down), value",
    ]
    return [*tests.read_stored(loop, rows=_choose_rows(tests)), *loop]


def _choose_rows(tests: OperationTests) -> list[dict[str, str]]:
    """Return columns of the rows that make two with the caller, where he is one that is listed."""
    first, second = _make_two_rows(tests)
    among = tests.entity is tests.plan.principal and "caller" in (tests.headers or "")
    return [second] if among else [first, second]


def _make_two_rows(tests: OperationTests) -> tuple[dict[str, str], dict[str, str]]:
    """Return columns of two rows that differ where they can."""
    first: dict[str, str] = {}
    second: dict[str, str] = {}
    fixed = {name for item in _list_path_filters(tests) for name in item.path or item.attributes}
    for attribute in tests.entity.attributes:
        kind = attribute.type.kind
        made_elsewhere = attribute.references or attribute.name == tests.entity.key
        if made_elsewhere or kind not in ("string", "text", "integer", "bigint", "decimal"):
            continue
        if attribute.origin not in ("input", "default", "flow", "slug") or attribute.name in fixed:
            continue
        try:
            one, two = make_attribute_value(attribute, 1), make_attribute_value(attribute, 2)
        except NoSampleError:
            continue
        most = {c.kind: c.value for c in attribute.constraints}.get("le")
        if isinstance(one, int | Decimal) and not attribute.type.enum:
            two = one + 1 if most is None or one + 1 <= Decimal(str(most)) else one
        first[name_row(attribute.name)] = write_literal(one, tests.imports)
        second[name_row(attribute.name)] = write_literal(two, tests.imports)
    return first, second


def _list_path_filters(tests: OperationTests) -> list[Filter]:
    """Return the filters of the path, which each row of a test must pass."""
    return [
        item
        for item in tests.operation.action.filters
        if find_filter_parameter(tests.plan, tests.operation, item).location == "path"
    ]


def _list_page_parameters(tests: OperationTests) -> list[dict[str, str]]:
    """Return the parameters of the first two pages of one row each."""
    pagination = tests.operation.action.pagination
    if pagination.style not in ("offset", "page") or not (pagination.size and pagination.position):
        return []
    size = find_parameter(tests.operation, pagination.size)
    position = find_parameter(tests.operation, pagination.position)
    limits = {c.kind: c.value for c in size.shape.constraints}
    if Decimal(str(limits.get("ge", 1))) > 1 or "gt" in limits:
        return []
    first = find_first_row(position)
    start = pagination.first_page if pagination.style == "page" else first
    return [{size.wire: "1", position.wire: str(start + step)} for step in range(3)]


def _test_pages(tests: OperationTests, pages: list[dict[str, str]]) -> Lines:
    counts = make_sequence(
        make_sequence([make_literal(page), str(count)], "()")
        for page, count in zip(pages, (1, 1, 0), strict=True)
    )
    loop: Lines = [
        "shown: list[object] = []",
        *put(counts, before="for page, count in ", after=":"),
        *shift(_get(tests, "page")),
        f"    assert len({_name_items(tests)}) == count, page",
        f"    shown += [item for item in {_name_items(tests)} if item not in shown]",
        "assert len(shown) == 2",
    ]
    return [*tests.read_stored(loop, rows=_choose_rows(tests)), *loop]
