"""Whether data has the build of an OpenAPI 3.0 or 3.1 document, as far as we rely on it."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.spec.document import Place, require_list, require_mapping

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_LOCATIONS = ("path", "query", "header", "cookie")


def read_openapi_version(data: Any) -> str:
    """Return `3.0` or `3.1`; 3.2 is read as 3.1, which it only adds to.

    Raises:
        SpecError: it is something else; the message says what to do.
    """
    if not isinstance(data, dict):
        raise SpecError("this is not an OpenAPI document; its top must be an object")
    if "swagger" in data:
        raise SpecError(
            "only Swagger 2.0 is read beside OpenAPI 3; convert it first, or say `swagger: '2.0'`",
            "/swagger",
        )
    version = data.get("openapi")
    text = str(version) if isinstance(version, (str, int, float)) else ""
    for known, read_as in (("3.0", "3.0"), ("3.1", "3.1"), ("3.2", "3.1")):
        if text == known or text.startswith(f"{known}."):
            return read_as
    raise SpecError(
        f"the version {text or 'is missing'!r} is not understood; "
        "an OpenAPI document says `openapi: 3.0.x`, `3.1.x` or `3.2.x`",
        "/openapi",
    )


def check_structure(root: dict[str, Any]) -> None:
    """Check everything that the extractor takes for granted.

    Raises:
        SpecError: at the first part that is not as OpenAPI wants it.
    """
    top = Place(root, "")
    require_mapping(top.get("info"))
    components = top.get("components")
    for section, entries in require_mapping(components).items():
        if not section.startswith("x-") and not isinstance(entries, dict):
            raise SpecError("an object is expected here", components.get(section).pointer)
    paths = top.get("paths")
    for path in require_mapping(paths):
        if path.startswith("x-"):
            continue
        if not path.startswith("/"):
            raise SpecError(f"the path {path!r} must start with a slash", paths.get(path).pointer)
        _check_path_item(paths.get(path))


def _check_path_item(item: Place) -> None:
    data = require_mapping(item)
    _check_parameters(item)
    for method in METHODS:
        if method not in data:
            continue
        operation = item.get(method)
        content = require_mapping(operation)
        _check_parameters(operation)
        require_mapping(operation.get("responses"))
        name = content.get("operationId")
        if name is not None and not isinstance(name, str):
            raise SpecError("an operationId is text", operation.get("operationId").pointer)


def _check_parameters(owner: Place) -> None:
    parameters = owner.get("parameters")
    for index, data in enumerate(require_list(parameters)):
        place = parameters.get(index)
        if not isinstance(data, dict):
            raise SpecError("a parameter is an object", place.pointer)
        if "$ref" in data:
            continue
        if not isinstance(data.get("name"), str):
            raise SpecError("a parameter needs a name", place.pointer)
        if data.get("in") not in (*_LOCATIONS, "querystring"):  # 3.2: it is told, and not read
            raise SpecError(
                f"a parameter is in one of {', '.join(_LOCATIONS)}", place.get("in").pointer
            )


def name_colon_parameters(root: dict[str, Any]) -> list[tuple[str, str]]:
    """Write `/orders/:id` as `/orders/{id}` where a parameter of that name is declared.

    Returns:
        (pointer, what was read how) of each path that was written otherwise.
    """
    paths = root.get("paths")
    if not isinstance(paths, dict) or not any("/:" in str(path) for path in paths):
        return []
    named: dict[Any, Any] = {}
    said = []
    for path, item in paths.items():
        declared = _list_path_parameters(Place(root, ""), item) if "/:" in str(path) else set()
        parts = [
            f"{{{part[1:]}}}" if part[:1] == ":" and part[1:] in declared else part
            for part in str(path).split("/")
        ]
        wanted = "/".join(parts)
        if wanted == path or wanted in paths or wanted in named:
            named[path] = item
            continue
        named[wanted] = item
        at = Place(root, "").get("paths", wanted).pointer
        said.append(
            (at, f"{path} is read as {wanted}: its parameter is declared as one of the path")
        )
    root["paths"] = named
    return said


def _list_path_parameters(top: Place, item: Any) -> set[str]:
    """Return the names of the path parameters that a path or its operations declare."""
    owners = [item, *(item.get(method) for method in METHODS)] if isinstance(item, dict) else []
    found = set()
    for owner in owners:
        for data in require_list(Place(owner, "").get("parameters")) if owner else ():
            reference = data.get("$ref") if isinstance(data, dict) else None
            if isinstance(reference, str) and reference.startswith("#/components/parameters/"):
                data = top.get("components", "parameters", reference.rpartition("/")[2]).data
            if isinstance(data, dict) and data.get("in") == "path":
                found.add(str(data.get("name")))
    return found
