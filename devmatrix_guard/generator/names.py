"""Names in the generated application that more than one emitter has to agree on."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping

_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def to_snake(name: str) -> str:
    """Return `cart_item` for `CartItem`."""
    return _HUMPS.sub("_", name).lower()


def list_entity_modules(names: Iterable[str]) -> Mapping[str, str]:
    """Return the module name of each entity, unique even where two differ only in case."""
    modules: dict[str, str] = {}
    for name in names:
        module = to_snake(name)
        taken = ("base", "shared", "links", "outbox", "number_series", "init")
        if module in taken or keyword.iskeyword(module):
            module += "_entity"
        while module in modules.values():
            module += "_"
        modules[name] = module
    return modules


def name_row_class(entity: str) -> str:
    """Return the class of an entity's rows."""
    return f"{entity}Entity"


def split_words(name: str) -> str:
    """Return an identifier as words for people."""
    return to_snake(name).replace("_", " ").strip()
