"""The base of values that are many: a typed, immutable tuple with named fields and defaults.

`typing.NamedTuple` gives the same, but resolves the annotations and compiles a constructor for
each class while it is imported. Of the two hundred classes that `guard generate` imports a spec
uses half: here a class costs a tenth to define, and compiles its constructor for its first value.
"""

from __future__ import annotations

from _collections import _tuplegetter  # type: ignore[import-not-found] # behind namedtuple too

from devmatrix_guard.lazy_typing import Any, ClassVar, Self

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import dataclass_transform
else:

    def dataclass_transform(**_):
        """Say nothing: only a checker of types asks."""
        return lambda made: made


_GETTERS: list[Any] = []  # of the first field of any class, of the second, and so on


class _NamedValueType(type):
    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]
    ) -> _NamedValueType:
        fields = tuple(
            field
            for field, annotation in namespace.get("__annotations__", {}).items()
            if not annotation.startswith("ClassVar")
        )
        defaults = {field: namespace[field] for field in fields if field in namespace}
        while len(fields) > len(_GETTERS):
            _GETTERS.append(_tuplegetter(len(_GETTERS), ""))
        own = {
            "__new__": _compile_and_make,
            "__slots__": (),
            "__match_args__": fields,
            "_fields": fields,
            "_defaults": defaults,
        }
        getters = zip(fields, _GETTERS, strict=False)
        return super().__new__(cls, name, bases, {**namespace, **dict(getters), **own})


def _compile_and_make(cls: Any, *values: Any, **named: Any) -> Any:
    """Make the first value of a class, and give the class the constructor for all others."""
    names = ", ".join(cls._fields)
    last = "," if cls._fields else ""
    # The names come from our own source, where they are fields of a class.
    made = eval(f"lambda cls, {names}: new(cls, ({names}{last}))", {"new": tuple.__new__})  # noqa: S307
    made.__defaults__ = tuple(cls._defaults.values())
    made.__name__ = made.__qualname__ = cls.__name__  # what Python's own error messages say
    cls.__new__ = staticmethod(made)
    return made(cls, *values, **named)


@dataclass_transform(frozen_default=True)
class NamedValue(tuple[Any, ...], metaclass=_NamedValueType):
    """A value with the annotated fields, given by position or by name.

    Two values are equal when they are of one class and their fields are.
    """

    _fields: ClassVar[tuple[str, ...]]
    _defaults: ClassVar[dict[str, Any]]

    @classmethod
    def _make(cls, values: Iterable[Any]) -> Self:
        """Return a value with these fields, in order."""
        return cls(*values)

    def _replace(self, **changes: Any) -> Self:
        """Return the same value with some fields changed."""
        values = list(self)
        for name, value in changes.items():
            if name not in self._fields:
                raise TypeError(f"{type(self).__name__} has no field {name}")
            values[self._fields.index(name)] = value
        return tuple.__new__(type(self), values)

    def _asdict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return dict(zip(self._fields, self, strict=True))

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
