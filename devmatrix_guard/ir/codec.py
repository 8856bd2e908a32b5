"""ApplicationIR to JSON and back, and its stable hash.

Every node becomes an object with its class under `"is"` and only the fields that differ from
their defaults, so that adding a field with a default changes no hash and breaks no stored file.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from devmatrix_guard.errors import SpecError
from devmatrix_guard.ir import (
    api,
    application,
    behavior,
    domain,
    expression,
    infrastructure,
    shape,
    validation,
)
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.node import Node

FORMAT = 1
_MODULES = (shape, domain, expression, api, behavior, validation, infrastructure, application)


def _list_node_classes() -> dict[str, Any]:
    return {
        name: value
        for module in _MODULES
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Node) and value is not Node
    }


_CLASSES = _list_node_classes()
_NO_DEFAULT = object()


def encode(value: Any, *, pointers: bool = True) -> Any:
    """Turn a node, or anything inside one, into plain JSON data.

    Without `pointers` only the meaning is left: where in the spec a part stood is not told.
    """
    if isinstance(value, Node):
        data: dict[str, Any] = {"is": type(value).__name__}
        for (name, default), item in zip(_list_fields(type(value)), value, strict=True):
            if item is default or (type(item) is type(default) and item == default):
                continue  # equal, and of one type: 0 is not False, 1 is not 1.0
            if pointers or name != "pointer":
                data[name] = encode(item, pointers=pointers) if isinstance(item, tuple) else item
        return data
    if isinstance(value, tuple):
        return [
            encode(item, pointers=pointers) if isinstance(item, tuple) else item for item in value
        ]
    return value


@cache
def _list_fields(node: type[Node]) -> tuple[tuple[str, Any], ...]:
    """Return each field with its default, or with something that no value equals."""
    return tuple((name, node._defaults.get(name, _NO_DEFAULT)) for name in node._fields)


def decode(data: Any) -> Any:
    """Turn what `encode` made back into nodes."""
    if isinstance(data, list):
        return tuple([decode(item) for item in data])
    if isinstance(data, dict):
        made = _CLASSES.get(data.get("is", ""))
        if made is None:
            raise SpecError(
                "this is not an IR file of this version; write it again with `guard ir`"
            )
        return made(**{name: decode(item) for name, item in data.items() if name != "is"})
    return data


def write_json(ir: ApplicationIR, *, indent: int | None = None) -> str:
    """Return the IR as JSON text with sorted keys."""
    return json.dumps(
        {"format": FORMAT, "ir": encode(ir)}, sort_keys=True, indent=indent, ensure_ascii=False
    )


def read_json(text: str) -> ApplicationIR:
    """Return the IR that `to_json` wrote.

    Raises:
        SpecError: the text is not an IR file of a known format.
    """
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise SpecError(f"this IR file has format {data['format']}; write it again")
        ir = decode(data["ir"])
    except (ValueError, KeyError, TypeError) as error:
        raise SpecError(f"this is not an IR file: {error}; write it with `guard ir`") from error
    if not isinstance(ir, ApplicationIR):
        raise SpecError("this is not an IR file; write it with `guard ir --format json`")
    return ir


def hash_node(node: Any) -> str:
    """Return a stable hash of what any node means, wherever in the spec it stood."""
    data = encode(node, pointers=False)
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def hash_ir(ir: ApplicationIR) -> str:
    """Return a stable hash of what the IR says, whatever the way it was inferred."""
    return hash_node(ir._replace(inferences=(), notices=()))
