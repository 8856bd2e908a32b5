"""What a spec says and nothing of an application does: a sentence each, for the ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.spec.check import METHODS
from devmatrix_guard.generator.spec.document import Document, Place

_IN_PATH = re.compile(r"{([^{}]+)}")
_ELSEWHERE = "has servers of its own, and is served with the others"


def list_unread(document: Document) -> Iterator[tuple[str, str]]:
    """Yield the pointer of each promise that has no effect, and a sentence that says so.

    Keywords of schemas that are not checked are noticed where schemas are read.
    """
    top = Place(document.root, "")
    for place in _iter_children(top.get("webhooks")):
        yield place.pointer, f"the webhook {_name(place)} is documented, and never called"
    for number, server in enumerate(_get_list(top.get("servers").data)):
        variables = server.get("variables") if isinstance(server, dict) else None
        for name in variables if isinstance(variables, dict) else ():
            pointer = top.get("servers", number, "variables", str(name)).pointer
            yield pointer, f"the variable {name} of a server always has its default"
    for path in _iter_children(top.get("paths")):
        yield from _list_unread_of_path(document, path)
    yield from _list_repeated_ids(document, top.get("paths"))


def _list_unread_of_path(document: Document, path: Place) -> Iterator[tuple[str, str]]:
    item = _resolve(document, path)
    label = _name(path)
    if item.get("servers").data:
        yield item.get("servers").pointer, f"{label} {_ELSEWHERE}"
    if isinstance(item.get("query").data, dict):
        yield item.get("query").pointer, f"QUERY {label} is documented, and not served"
    for other in _iter_children(item.get("additionalOperations")):
        yield other.pointer, f"{_name(other)} {label} is documented, and not served"
    shared = [_resolve(document, place) for place in _iter_items(item.get("parameters"))]
    for parameter in shared:
        yield from _list_unread_of_parameter(parameter)
    for method in METHODS:
        operation = item.get(method)
        if isinstance(operation.data, dict):
            own = [_resolve(document, p) for p in _iter_items(operation.get("parameters"))]
            known = {p.get_text("name") for p in (*shared, *own) if p.get_text("in") == "path"}
            for name in _IN_PATH.findall(label):
                if name not in known:
                    text = f"{method.upper()} {label} declares no parameter {name}: it is any text"
                    yield operation.pointer, text
            yield from _list_unread_of_operation(document, operation, f"{method.upper()} {label}")


def _list_repeated_ids(document: Document, paths: Place) -> Iterator[tuple[str, str]]:
    """An operationId used twice names nothing; the functions of the application differ still."""
    first: dict[str, str] = {}
    for path in _iter_children(paths):
        item = _resolve(document, path)
        for method in METHODS:
            name = item.get(method).get_text("operationId")
            label = f"{method.upper()} {_name(path)}"
            if name and first.setdefault(name, label) != label:
                pointer = item.get(method, "operationId").pointer
                yield pointer, f"the operationId {name} of {label} is that of {first[name]} as well"


def _list_unread_of_operation(
    document: Document, operation: Place, label: str
) -> Iterator[tuple[str, str]]:
    if operation.get("servers").data:
        yield operation.get("servers").pointer, f"{label} {_ELSEWHERE}"
    for callback in _iter_children(operation.get("callbacks")):
        yield callback.pointer, f"the callback {_name(callback)} of {label} is never called"
    for place in _iter_items(operation.get("parameters")):
        yield from _list_unread_of_parameter(_resolve(document, place))
    body = _resolve(document, operation.get("requestBody"))
    for content in _iter_children(body.get("content")):
        for part in _iter_children(content.get("encoding")):
            yield (
                part.pointer,
                f"how {_name(part)} is encoded in the body of {label} is not checked",
            )
    for status in _iter_children(operation.get("responses")):
        response = _resolve(document, status)
        for link in _iter_children(response.get("links")):
            yield link.pointer, f"the link {_name(link)} of {label} is documented, and not sent"
        for content in _iter_children(response.get("content")):
            if content.get("itemSchema").data is not None:
                yield content.pointer, f"{label} answers as a whole, and not item by item"


def _list_unread_of_parameter(parameter: Place) -> Iterator[tuple[str, str]]:
    data = parameter.data
    if parameter.get_text("in") == "querystring":
        name = parameter.get_text("name")
        yield parameter.pointer, f"the query string is not read as a whole, as {name} says"
    if isinstance(data, dict) and data.get("allowEmptyValue") is True:
        name = parameter.get_text("name")
        pointer = parameter.get("allowEmptyValue").pointer
        yield pointer, f"an empty value of the parameter {name} is read like any other text"


def _resolve(document: Document, place: Place) -> Place:
    try:
        return document.resolve(place)
    except SpecError:  # whoever reads it says what is wrong with it
        return Place({}, place.pointer)


def _iter_children(place: Place) -> Iterator[Place]:
    for key in place.data if isinstance(place.data, dict) else ():
        if not str(key).startswith("x-"):
            yield place.get(str(key))


def _iter_items(place: Place) -> Iterator[Place]:
    yield from (place.get(number) for number in range(len(_get_list(place.data))))


def _get_list(data: Any) -> list[Any]:
    return data if isinstance(data, list) else []


def _name(place: Place) -> str:
    last = place.pointer.rpartition("/")[2]
    return last.replace("~1", "/").replace("~0", "~")
