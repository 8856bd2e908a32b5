"""Where the parts of a spec stand in its text: a pointer's line, and errors that tell it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.spec.pointer import split
from devmatrix_guard.generator.spec.read import read_bytes

_DEPTH = 60
_NAMED = re.compile(r"\{(\w+)\}")
# Swagger 2.0 is read as OpenAPI 3, whose pointers errors and the IR have; this is what it calls
# the same.
_SWAGGER = (
    ("/components/schemas", "/definitions"),
    ("/components/parameters", "/parameters"),
    ("/components/responses", "/responses"),
    ("/components/securitySchemes", "/securityDefinitions"),
)


class SpecLines:
    """The text of a spec or an overlay, in which pointers are looked up."""

    def __init__(self, text: str) -> None:
        """Read the places of a text; one that is empty or not YAML has none."""
        self._tree = _compose(text) if text else None

    def find_line(self, pointer: str) -> tuple[int, bool]:
        """Return the line of what a pointer leads to, from 1, and whether it is no mapping.

        The line is 0 where it leads nowhere.
        """
        if self._tree is None:
            return 0, False
        node, line = self._tree, self._tree.start_mark.line + 1
        for part in split(pointer)[:_DEPTH]:
            found = dict(_iter_children(node)).get(part)
            if found is None:
                return 0, False
            key, node = found
            line = key.start_mark.line + 1
        return int(line), node.id != "mapping"


def list_forms(pointer: str) -> list[str]:
    """Return a pointer as the spec may have it: in Swagger 2.0, or with parameters after colons."""
    found = [pointer]
    for newer, older in _SWAGGER:
        if pointer == newer or pointer.startswith(f"{newer}/"):
            found.append(older + pointer.removeprefix(newer))
    if "{" in pointer:
        found.append(_NAMED.sub(r":\1", pointer))
    return found


@contextmanager
def tell_place(path: Path | str) -> Iterator[None]:
    """Let an error of a part of a file be told with the file's name and the part's line.

    Args:
        path: the file; an empty one is a text without a name, whose errors stay as they are.

    Raises:
        SpecError: what is done within raised one.
    """
    try:
        yield
    except SpecError as error:
        if error.place or not path:
            raise
        line = _find_line_of(error.pointer, Path(path)) if error.pointer else 0
        place = f"{path}:{line}" if line else str(path)
        raise SpecError(error.message, error.pointer, place) from error


def _find_line_of(pointer: str, path: Path) -> int:
    """Return the line of a part, or of what it is missing in, in the file as it is now; else 0."""
    try:
        lines = SpecLines(read_bytes(path).decode("utf-8", "replace"))
    except SpecError:
        return 0
    nearest = (pointer, pointer.rpartition("/")[0])
    found = (lines.find_line(form)[0] for near in nearest if near for form in list_forms(near))
    return next(filter(None, found), 0)


def _compose(text: str) -> Any:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.compose(text, Loader=loader)  # JSON is YAML, as far as places go
    except (yaml.YAMLError, RecursionError):
        return None


def _iter_children(node: Any) -> Iterable[tuple[str, tuple[Any, Any]]]:
    if isinstance(node.value, str):
        return
    for number, child in enumerate(node.value):
        if isinstance(child, tuple):
            yield str(child[0].value), child
        else:
            yield str(number), (child, child)
