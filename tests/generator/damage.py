"""Damaged specs, the same for the same seed: junk values, hostile names, missing parts."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from devmatrix_guard.generator.spec.read import parse

_ROOT = Path(__file__).parents[2]
SMALL_SPECS = [parse(p.read_bytes()) for p in sorted((_ROOT / "tests/cases/specs").glob("*.yaml"))]
SPECS = [*SMALL_SPECS, parse((_ROOT / "examples" / "shop" / "shop.yaml").read_bytes())]

# Generated code that holds one of these outside of a literal would import `pwned`.
CODE = (
    "'''\nimport pwned",
    '"""\nimport pwned\n"""',
    '"; import pwned #',
    "'); import pwned; ('",
    "\\",
    '\\"""\nimport pwned',
    "{__import__('pwned')}",
    "%%name%%",
    "\r\nimport pwned\r\n",
    "x\u2028import pwned",
)
NAMES = (
    "class",
    "None",
    "__init__",
    "__class__",
    "self",
    "import",
    "print",
    "id",
    "metadata",
    "Base",
    "model_config",
    "Str",
    "../../etc/passwd",
    "/abs",
    "..\\x",
    "日本",
    "😀",
    "",
    " ",
    "1st",
    "a" * 300,
    "CON",
    "Äpfel",
    "str",
    "date",
    "UUID",
    "Any",
    "Literal",
)
_JUNK: list[Any] = [
    None,
    -1,
    1.5,
    True,
    "",
    "\x00",
    "\ud7ff",
    [],
    {},
    [1],
    [None],
    {"a": 1},
    {"$ref": "#"},
    {"$ref": "#/paths"},
    {"$ref": 1},
    {"$ref": "http://x/y#/z"},
    {"$ref": "file:///etc/passwd"},
    ["null"],
    {"allOf": []},
    {"oneOf": [{}]},
    {"type": ["array", "object"]},
    {"type": "string", "pattern": "(("},
    {"type": "string", "format": "uuid", "default": "x"},
    {"type": "object", "nullable": True, "additionalProperties": False},
    {"enum": [None, 1, "a", {}]},
    10**30,
    *CODE,
    *NAMES,
]
_KEYS = [
    *NAMES,
    *CODE,
    "a b",
    "x-flow",
    "$ref",
    "items",
    "properties",
    "x-entity",
    "allOf",
    "oneOf",
]


def damaged(chance: random.Random, specs: list[Any] = SPECS) -> Any:
    """Return a spec with one to four places changed, removed or renamed."""
    spec = copy.deepcopy(chance.choice(specs))
    for _ in range(chance.choice([1, 1, 2, 4])):
        *way, last = chance.choice(list(_places(spec)))
        owner = spec
        for key in way:
            owner = owner[key]
        act = chance.random()
        if act < 0.2:
            del owner[last]
        elif act < 0.65 or isinstance(owner, list):
            owner[last] = copy.deepcopy(chance.choice(_JUNK))
        else:
            owner[chance.choice(_KEYS)] = owner.pop(last)
    return spec


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        pairs: Iterable[tuple[Any, Any]] = value.items()
    else:
        pairs = enumerate(value) if isinstance(value, list) else ()
    for key, child in pairs:
        yield from _places(child, (*path, key))
