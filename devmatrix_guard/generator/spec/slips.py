"""Slips of the pen in a spec that leave no doubt what is meant: `type: int`, a section misnamed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from devmatrix_guard.generator.spec.pointer import join, split

_TYPES: dict[str, dict[str, str]] = {
    "int": {"type": "integer"},
    "int32": {"type": "integer", "format": "int32"},
    "int64": {"type": "integer", "format": "int64"},
    "long": {"type": "integer", "format": "int64"},
    "bool": {"type": "boolean"},
    "float": {"type": "number", "format": "float"},
    "double": {"type": "number", "format": "double"},
    "decimal": {"type": "number"},
    "str": {"type": "string"},
    "text": {"type": "string"},
    "objectid": {"type": "string"},
    "uuid": {"type": "string", "format": "uuid"},
    "email": {"type": "string", "format": "email"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "date-time": {"type": "string", "format": "date-time"},
    "timestamp": {"type": "string", "format": "date-time"},
    "file": {"type": "string", "format": "binary"},
    "list": {"type": "array"},
    "dict": {"type": "object"},
}
_KNOWN = ("object", "array", "string", "integer", "number", "boolean")
_DATA = ("example", "examples", "default", "enum", "const")  # what is in them is no part of it
_MAPS = ("properties", "schemas", "patternProperties", "$defs", "definitions", "dependentSchemas")


def mend_slips(root: dict[str, Any]) -> list[tuple[str, str]]:
    """Write what is meant in place of a slip; return (pointer, what was read how) of each."""
    said: list[tuple[str, str]] = []
    for data, pointer in _iter_objects(root, ""):
        given, reference = data.get("type"), data.get("$ref")
        meant = _find_type(given) if isinstance(given, str) and _is_schema(pointer) else {}
        if meant:
            data.update({**meant, **({"format": data["format"]} if "format" in data else {})})
            said.append((join(pointer, "type"), f"the type {given!r} is read as {meant['type']!r}"))
        elif isinstance(given, str) and _is_schema(pointer) and given not in (*_KNOWN, "null"):
            named = _find_schema(root, given)
            if named:
                data.pop("type")
                data["$ref"] = named
                said.append((join(pointer, "type"), f"the type {given!r} is read as {named}"))
        if not isinstance(reference, str) or not reference.startswith("#/"):
            continue
        target = "" if _leads(root, reference) else _find_component(root, split(reference)[-1])
        if target:
            data["$ref"] = target
            said.append((join(pointer, "$ref"), f"{reference} is read as {target}"))
    return said


def _iter_objects(data: Any, pointer: str) -> Iterator[tuple[dict[str, Any], str]]:
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from _iter_objects(item, join(pointer, index))
        return
    if not isinstance(data, dict):
        return
    yield data, pointer
    names_members = pointer.rpartition("/")[2] in _MAPS
    for key, value in data.items():
        if names_members or (key not in _DATA and not str(key).startswith("x-")):
            yield from _iter_objects(value, join(pointer, key))


def _is_schema(pointer: str) -> bool:
    """Tell whether an object is a schema, and no list of members or scheme of security."""
    parts = split(pointer)
    return "securitySchemes" not in parts and (not parts or parts[-1] not in _MAPS)


def _find_schema(root: Mapping[str, Any], name: str) -> str:
    """Return the one schema of this name, behind its package or not: `notes.Note`; or ""."""
    components = root.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    keys = [str(key) for key in schemas] if isinstance(schemas, dict) else []
    found = [key for key in keys if key == name] or [
        key for key in keys if key.rpartition(".")[2] == name
    ]
    return f"#{join('/components/schemas', found[0])}" if len(found) == 1 else ""


def _find_type(given: str) -> dict[str, str]:
    lower = given.lower()
    if given in _KNOWN:
        return {}
    return {"type": lower} if lower in _KNOWN else _TYPES.get(lower, {})


def _leads(root: Mapping[str, Any], reference: str) -> bool:
    found: Any = root
    for part in split(reference.removeprefix("#")):
        if isinstance(found, list) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        elif isinstance(found, dict) and part in found:
            found = found[part]
        else:
            return False
    return True


def _find_component(root: Mapping[str, Any], name: str) -> str:
    """Return the one component of this name, whatever section it is said to be in, or ""."""
    components = root.get("components")
    sections = components.items() if isinstance(components, dict) else ()
    for alike in (str, str.lower):
        found = [
            f"#{join('/components', section, key)}"
            for section, entries in sections
            for key in (entries if isinstance(entries, dict) else ())
            if alike(str(key)) == alike(name)
        ]
        if len(found) == 1:
            return found[0]
    return ""
