"""The base of every IR node: a typed, immutable tuple with named fields and defaults.

`typing.NamedTuple` gives the same, but compiles a constructor for each class and resolves each
annotation: 45 ms of import for the ninety classes here, against 3 ms. `guard generate` as a whole
is meant to take 150.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Any, ClassVar, Self, dataclass_transform


class _NodeType(type):
    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _NodeType:
        fields = tuple(
            field
            for field, annotation in namespace.get("__annotations__", {}).items()
            if not annotation.startswith("ClassVar")
        )
        defaults = {field: namespace[field] for field in fields if field in namespace}
        getters = {field: property(itemgetter(i)) for i, field in enumerate(fields)}
        own = {"__slots__": (), "_fields": fields, "_defaults": defaults, "__match_args__": fields}
        return super().__new__(cls, name, bases, {**namespace, **getters, **own})


@dataclass_transform(frozen_default=True)
class Node(tuple[Any, ...], metaclass=_NodeType):
    """A value with the annotated fields, given by position or by name.

    Two nodes are equal when they are of one class and their fields are.
    """

    _fields: ClassVar[tuple[str, ...]]
    _defaults: ClassVar[dict[str, Any]]

    def __new__(cls, *values: Any, **named: Any) -> Self:
        defaults, take = cls._defaults, named.pop
        missing = cls._fields[len(values) :]
        try:
            values += tuple(
                [take(field) if field in named else defaults[field] for field in missing]
            )
        except KeyError as error:
            raise TypeError(f"{cls.__name__} needs a value for {error}") from None
        if named or len(values) != len(cls._fields):
            raise TypeError(f"{cls.__name__} does not take {', '.join(named) or values[-1]!r}")
        return tuple.__new__(cls, values)

    def _replace(self, **changes: Any) -> Self:
        """Return the same node with some fields changed."""
        values = [changes.pop(name, old) for name, old in zip(self._fields, self, strict=True)]
        if changes:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(changes)}")
        return tuple.__new__(type(self), values)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and tuple.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((type(self).__name__, *self))

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{name}={value!r}"
            for name, value in zip(self._fields, self, strict=True)
            if name not in self._defaults or value != self._defaults[name]
        )
        return f"{type(self).__name__}({shown})"

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)
