"""Which parts of the IR gave one line of any generated file, with a pointer for each of them.

Modules of Python are read by `line_parts`. The ledger and the README name operations and schemas
as the spec does. The text of an InfraPattern is the same in every application but for what it
repeats of the spec's name, title and version; the rest is there because there is an application.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from devmatrix_guard.commands.application.origins.line_parts import (
    LinePart,
    PartNames,
    follow_line,
)
from devmatrix_guard.commands.application.origins.migration_parts import find_column
from devmatrix_guard.commands.application.origins.spec_places import SpecPlaces
from devmatrix_guard.generator.emit.models.migrations import VERSIONS
from devmatrix_guard.generator.ledger import ledger

APPLICATION = "application"
_SUBJECT = re.compile(r'^  (".+"): \[$')
_NAME = re.compile(r'^    "name": "(.*?)",?$')
_OPEN = "   {"
_ROW = re.compile(r"^\| (\w+) \| (\S+) \| `(\w+)` \|$")


def find_file_parts(
    path: str, text: str, line: int, near: Sequence[str], places: SpecPlaces
) -> tuple[LinePart, ...]:
    """Return the parts of the IR that gave a line; the application where no other part did.

    Args:
        path: of the file within the application.
        text: of the file.
        line: from 1.
        near: addresses of the parts that the file was made from.
        places: the parts of the IR and where they stand.
    """
    lines = text.split("\n")
    if not 0 < line <= len(lines):
        return ()
    if path == ledger.PATH:
        return (_find_promise(lines, line - 1, places) or _make_whole(places, ""),)
    if path.endswith(".py") and near:
        column = find_column(text, line, places) if path.startswith(VERSIONS) else None
        parts = (column,) if column else follow_line(text, line, _make_names(tuple(near), places))
        return tuple(_point(part, places) for part in parts)
    return (_find_named(lines[line - 1], places) or _make_whole(places, lines[line - 1]),)


@lru_cache(maxsize=1)
def _make_names(near: tuple[str, ...], places: SpecPlaces) -> PartNames:
    return PartNames(near, places.nodes)


def _point(part: LinePart, places: SpecPlaces) -> LinePart:
    pointer = part.pointer or places.find_pointer(part.address)
    return part._replace(pointer=pointer)


def _make_whole(places: SpecPlaces, line: str) -> LinePart:
    """Return the application: its name and version where the line repeats them, else all of it."""
    says = any(word in line for word in places.names) or (
        "version" in line and f'"{places.version}"' in line
    )
    return LinePart(APPLICATION, places.find_pointer(APPLICATION) if says else "")


def _find_named(line: str, places: SpecPlaces) -> LinePart | None:
    """Return the operation or schema that a row of a table in the README is about."""
    if row := _ROW.match(line):
        return _describe(f"api/{row[3]}", places)
    cells = line.replace("\\", "").split(" | ") if line.startswith("| ") else []
    address = _list_subjects(places).get(cells[0].removeprefix("| ")) if cells else None
    return _describe(address, places) if address else None


def _find_promise(lines: Sequence[str], row: int, places: SpecPlaces) -> LinePart | None:
    """Return the operation or schema that a row of the ledger is about, or a member of it."""
    subject = next((s for n in range(row, 0, -1) if (s := _SUBJECT.match(lines[n]))), None)
    if subject is None or row == len(lines) - 2 or lines[row] == " }":
        return None
    name = str(json.loads(subject[1]))
    if name.startswith("/"):  # what of the spec was passed over, at its pointer
        return LinePart(APPLICATION, name)
    address = _list_subjects(places).get(name)
    if address is None:
        return None
    part = _describe(address, places)
    begin = next((n for n in range(row, 0, -1) if len(lines[n]) < 5), 0)
    entry = lines[begin : begin + 5] if lines[begin] == _OPEN or begin == row else []
    said = next((m[1] for text in entry if (m := _NAME.match(text))), "")
    return _find_member(part, said, places) or part


def _find_member(part: LinePart, said: str, places: SpecPlaces) -> LinePart | None:
    """Return the parameter, the field or the answer that the name of a promise begins with."""
    node = places.nodes[part.address]
    words = said.partition(":")[0].split(" ")
    shape = getattr(node, "shape", None)
    for one in (*getattr(node, "parameters", ()), *getattr(shape, "fields", ())):
        if one.wire == words[-1].removesuffix("[]"):
            return part._replace(pointer=one.pointer or part.pointer, member=one.wire)
    for answer in getattr(node, "responses", ()):
        if answer.status == words[0]:
            return part._replace(pointer=answer.pointer or part.pointer, member=words[0])
    return None


def _describe(address: str, places: SpecPlaces) -> LinePart:
    return LinePart(address, places.find_pointer(address))


@lru_cache(maxsize=1)
def _list_subjects(places: SpecPlaces) -> Mapping[str, str]:
    """Return the address of each operation and schema by the name that the ledger has for it."""
    found = {}
    for address, node in places.nodes.items():
        if address.startswith("api/"):
            found[f"{node.method} {node.path}"] = address
        elif address.startswith("schemas/"):
            found.setdefault(node.wire or node.name, address)
    return found
