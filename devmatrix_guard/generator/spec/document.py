"""A spec as a document: its data, and where the things it refers to are."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.spec.pointer import join, split
from devmatrix_guard.model.named_value import NamedValue

_ANNOTATIONS = ("description", "summary", "deprecated", "readOnly", "writeOnly", "default")


class Place(NamedValue):
    """Data and the pointer of where it stands."""

    data: Any
    pointer: str

    def get(self, *parts: str | int) -> Place:
        """Return the child at `parts`; its data is None where there is none."""
        data = self.data
        for part in parts:
            if isinstance(data, dict):
                data = data.get(part)
            elif isinstance(data, list) and isinstance(part, int) and part < len(data):
                data = data[part]
            else:
                data = None
        return Place(data, join(self.pointer, *parts))

    def get_text(self, key: str) -> str:
        """Return the text under `key`, "" where there is none."""
        value = self.data.get(key) if isinstance(self.data, dict) else None
        return value if isinstance(value, str) else ""


def require_mapping(place: Place) -> dict[str, Any]:
    """Return the data of `place` as a mapping; nothing counts as an empty one."""
    if place.data is None:
        return {}
    if not isinstance(place.data, dict):
        raise SpecError("an object is expected here", place.pointer)
    return place.data


def require_list(place: Place) -> list[Any]:
    """Return the data of `place` as a list; nothing counts as an empty one."""
    if place.data is None:
        return []
    if not isinstance(place.data, list):
        raise SpecError("a list is expected here", place.pointer)
    return place.data


class Document(NamedValue):
    """A checked spec.

    Attributes:
        root: the whole, overlay applied.
        version: `3.0` or `3.1`.
        name: file name without its suffix.
        overlaid: pointers whose value came from the overlay.
        notices: (kind, message, pointer) found while reading.
    """

    root: dict[str, Any]
    version: str
    name: str = ""
    overlaid: frozenset[str] = frozenset()
    notices: tuple[tuple[str, str, str], ...] = ()

    def place(self, pointer: str) -> Place:
        """Return what stands at a pointer of this document.

        Raises:
            SpecError: nothing stands there.
        """
        data: Any = self.root
        for part in split(pointer):
            if isinstance(data, dict) and part in data:
                data = data[part]
            elif isinstance(data, list) and part.isdigit() and int(part) < len(data):
                data = data[int(part)]
            else:
                raise SpecError("there is nothing at this place of the spec", pointer)
        return Place(data, join("", *split(pointer)))

    def resolve(self, place: Place) -> Place:
        """Follow `$ref`s until something that is none.

        Keys beside a `$ref` win over those of its target, as 3.1 has it; in 3.0 only the vendor
        extensions and annotations among them count.
        """
        seen = {place.pointer}
        extra: dict[str, Any] = {}
        while isinstance(place.data, dict) and isinstance(place.data.get("$ref"), str):
            extra = {**self._keep_siblings(place.data), **extra}
            place = self.find_target(place)
            if place.pointer in seen:
                raise SpecError("this $ref leads back to itself; break the circle", place.pointer)
            seen.add(place.pointer)
        if extra and isinstance(place.data, dict):
            return Place({**place.data, **extra}, place.pointer)
        return place

    def find_target(self, place: Place) -> Place:
        """Return where the `$ref` of `place` leads, one step."""
        reference = place.data["$ref"]
        pointer = join(place.pointer, "$ref")
        if not reference.startswith("#"):
            kind = "another host" if "://" in reference or reference[:2] == "//" else "another file"
            raise SpecError(
                f"{_shorten(reference)} leads to {kind}; bundle the spec into one file", pointer
            )
        if reference not in ("#", "") and not reference.startswith("#/"):
            raise SpecError(f"{_shorten(reference)} is an anchor; write a JSON pointer", pointer)
        try:
            return self.place(reference)
        except SpecError:
            raise SpecError(
                f"{_shorten(reference)} leads to nothing; correct it", pointer
            ) from None

    def _keep_siblings(self, data: dict[str, Any]) -> dict[str, Any]:
        if len(data) == 1:
            return {}
        return {
            key: value
            for key, value in data.items()
            if key != "$ref"
            and (self.version != "3.0" or key.startswith("x-") or key in _ANNOTATIONS)
        }


def _shorten(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:77]}...")
