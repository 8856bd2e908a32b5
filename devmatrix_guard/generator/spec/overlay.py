"""An overlay: extensions for a spec one does not own, in a file of their own.

overlay: 1
entities:      {Article: {x-entity: {key: slug}, properties: {title: {x-unique: true}}}}
operations:    {GetArticles: {x-order-by: -created_at}}
pointers:      {/paths/~1tags/get: {x-flow: list_tags}}
x-flows: ...   x-invariants: ...   x-state-machines: ...   x-infrastructure: ...
"""

from __future__ import annotations

from typing import Any

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.spec.check import METHODS
from devmatrix_guard.generator.spec.document import Document, Place
from devmatrix_guard.generator.spec.extensions import EXTENSIONS, suggest
from devmatrix_guard.generator.spec.pointer import join, split

TOP = ("x-flows", "x-business-logic", "x-invariants", "x-state-machines", "x-infrastructure")
_KEYS = ("overlay", "description", "entities", "operations", "pointers", *TOP)


def apply_overlay(root: dict[str, Any], overlay: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the spec with the overlay merged in, and the pointers it changed.

    Objects are merged, everything else is replaced; the spec itself is left as it is.

    Raises:
        SpecError: the overlay is not valid, or names something that the spec does not have. The
            pointer is one into the overlay, and the message says so.
    """
    try:
        return _apply(root, _check_overlay(overlay))
    except SpecError as error:
        raise SpecError(f"{error.message} (in the overlay)", error.pointer) from error


def _check_overlay(overlay: Any) -> dict[str, Any]:
    if not isinstance(overlay, dict):
        raise SpecError("an overlay is an object that starts with `overlay: 1`")
    if overlay.get("overlay") != 1:
        raise SpecError("write `overlay: 1`; this is the only version there is", "/overlay")
    for key in overlay:
        if key not in _KEYS:
            raise SpecError(f"unknown key {key!r}{suggest(key, _KEYS)}", join("", key))
    for section in ("entities", "operations", "pointers"):
        entries = overlay.get(section, {})
        if not isinstance(entries, dict):
            raise SpecError("an object is expected here", join("", section))
        for name, value in entries.items():
            if not isinstance(value, dict):
                raise SpecError("an object is expected here", join("", section, name))
    return overlay


def _apply(root: dict[str, Any], overlay: dict[str, Any]) -> tuple[dict[str, Any], frozenset[str]]:
    changed: set[str] = set()
    for where, target, patch in list_patches(root, overlay):
        for key in patch:
            if key.startswith("x-") and key not in EXTENSIONS:
                raise SpecError(f"unknown key {key!r}{suggest(key, EXTENSIONS)}", where)
        root = _merge_at(root, split(target), patch, target)
        changed.update(join(target, key) for key in patch)
    return root, frozenset(changed)


def list_patches(
    root: dict[str, Any], overlay: dict[str, Any]
) -> list[tuple[str, str, dict[str, Any]]]:
    """Return (pointer into the overlay, pointer into the spec, what to merge there).

    Raises:
        SpecError: the spec has nothing of a name.
    """
    found = []
    schemas = Place(root, "").get("components", "schemas").data or {}
    for name, patch in overlay.get("entities", {}).items():
        where = join("/entities", name)
        if name not in schemas:
            raise SpecError(f"the spec has no schema {name!r}{suggest(name, schemas)}", where)
        found.append((where, join("/components/schemas", name), patch))
    operations, repeated = _index_operations(root)
    for name, patch in overlay.get("operations", {}).items():
        where = join("/operations", name)
        if name in repeated:
            text = f"several operations are called {name!r}; name one as `GET /path`"
            raise SpecError(text, where)
        if name not in operations:
            raise SpecError(f"the spec has no operation {name!r}{suggest(name, operations)}", where)
        found.append((where, operations[name], patch))
    document = Document(root, "")
    for pointer, patch in overlay.get("pointers", {}).items():
        where = join("/pointers", pointer)
        try:
            document.place(pointer)
        except SpecError:
            raise SpecError(f"the spec has nothing at {pointer!r}", where) from None
        found.append((where, join("", *split(pointer)), patch))
    top = {key: overlay[key] for key in TOP if key in overlay}
    return [*found, ("", "", top)] if top else found


def _index_operations(root: dict[str, Any]) -> tuple[dict[str, str], set[str]]:
    """Address operations by operationId, and by `GET /path` too; name the ids used twice."""
    found: dict[str, str] = {}
    repeated: set[str] = set()
    for path, item in (root.get("paths") or {}).items():
        for method in METHODS:
            if not isinstance(item, dict) or not isinstance(item.get(method), dict):
                continue
            pointer = join("/paths", path, method)
            found[f"{method.upper()} {path}"] = pointer
            name = item[method].get("operationId")
            if name in found:
                repeated.add(name)
            if name is not None:
                found[name] = pointer
    return found, repeated


def _merge_at(data: Any, parts: list[str], patch: dict[str, Any], pointer: str) -> Any:
    if not parts:
        if not isinstance(data, dict):
            raise SpecError("only an object of the spec can be added to", pointer)
        return _merge_patch(data, patch)
    if isinstance(data, list):
        index = int(parts[0])
        return [
            *data[:index],
            _merge_at(data[index], parts[1:], patch, pointer),
            *data[index + 1 :],
        ]
    return {**data, parts[0]: _merge_at(data[parts[0]], parts[1:], patch, pointer)}


def _merge_patch(data: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    made = dict(data)
    for key, value in patch.items():
        old = made.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            value = _merge_patch(old, value)
        made[key] = value
    return made
