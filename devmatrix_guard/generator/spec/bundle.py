"""Specs of several files: what other files of the spec's folder hold, put into one document."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from devmatrix_guard.errors import SpecError
from devmatrix_guard.files import follow_links
from devmatrix_guard.generator.spec.pointer import join, split
from devmatrix_guard.generator.spec.read import MAX_BYTES, parse, read_bytes

_ELSEWHERE = re.compile(rb"""\$ref["']?\s*:\s*["']?(?![#"'\s])""")
_MAX_FILES = 300
_SECTIONS = ("schemas", "responses", "parameters", "requestBodies", "headers", "securitySchemes")


def read_source(path: Path, read: Callable[[Path], bytes] = read_bytes) -> bytes:
    """Return the bytes of a spec, those of several files as one JSON document.

    References to other files are followed within the folder of the spec, never above it and never
    to a host.

    Args:
        path: the spec.
        read: gives what a file holds, or raises; from disk by default.

    Raises:
        SpecError: a file cannot be read, or a reference leads elsewhere.
    """
    data = read(path)
    if _ELSEWHERE.search(data) is None:
        return data
    root = parse(data, path)
    if not isinstance(root, dict):
        return data
    bundled = _Bundler(path, root, read).bundle()
    return json.dumps(bundled, ensure_ascii=False, indent=1).encode()


class _Bundler:
    """Moves what the files of a folder hold into the document that refers to it."""

    def __init__(self, path: Path, root: dict[str, Any], read: Callable[[Path], bytes]) -> None:
        self._folder = follow_links(path.parent)
        self._main = follow_links(path)
        self._root = root
        self._read = read
        self._files: dict[Path, Any] = {self._main: root}
        self._places: dict[tuple[Path, str], str] = {}
        self._size = 0

    def bundle(self) -> dict[str, Any]:
        self._adopt_components()
        self._walk(self._root, self._main, "")
        return self._root

    def _adopt_components(self) -> None:
        """Put each component that is nothing but a reference to another file in its place.

        A spec that was divided into files then means what it meant, under the same names.
        """
        components = self._root.get("components")
        sections = components.items() if isinstance(components, dict) else ()
        found = []
        for section, entries in sections:
            for name, part in entries.items() if isinstance(entries, dict) else ():
                pointer = join("/components", section, name)
                reference = part.get("$ref") if isinstance(part, dict) and len(part) == 1 else None
                if not isinstance(reference, str) or reference.startswith("#"):
                    continue
                key = self._locate(reference, self._main, join(pointer, "$ref"))
                if key[0] != self._main and key not in self._places:
                    self._places[key] = f"#{pointer}"
                    found.append((entries, name, key, pointer))
        for entries, name, key, pointer in found:
            entries[name] = _copy(self._find(*key, join(pointer, "$ref")))
            self._walk(entries[name], key[0], pointer)

    def _walk(self, data: Any, file: Path, pointer: str) -> None:
        """Rewrite the references below `data`, which came from `file`."""
        if isinstance(data, list):
            for index, item in enumerate(data):
                self._walk(item, file, join(pointer, index))
            return
        if not isinstance(data, dict):
            return
        reference = data.get("$ref")
        if isinstance(reference, str) and not (file == self._main and reference.startswith("#")):
            self._follow(data, reference, file, pointer)
            return
        names_members = pointer.rpartition("/")[2] in ("properties", *_SECTIONS)
        for key in list(data):
            if key.startswith("x-") and not names_members:
                continue  # what an extension refers to is for its own tool: a page, a script
            if key == "discriminator" and isinstance(data[key], dict):
                self._follow_mapping(data[key], file, join(pointer, key))
            self._walk(data[key], file, join(pointer, key))

    def _follow(self, data: dict[str, Any], reference: str, file: Path, pointer: str) -> None:
        at = join(pointer, "$ref")
        target, inner = self._locate(reference, file, at)
        if re.fullmatch(r"/paths/[^/]+", pointer) and target != self._main:
            found = self._find(target, inner, at)
            if isinstance(found, dict):
                del data["$ref"]
                data.update({**_copy(found), **data})
                self._walk(data, target, pointer)
                return
        data["$ref"] = self._move(target, inner, at)

    def _follow_mapping(self, data: dict[str, Any], file: Path, pointer: str) -> None:
        mapping = data.get("mapping")
        if not isinstance(mapping, dict):
            return
        for value, reference in mapping.items():
            if isinstance(reference, str) and ("/" in reference or "." in reference):
                at = join(pointer, "mapping", value)
                if not (file == self._main and reference.startswith("#")):
                    target, inner = self._locate(reference, file, at)
                    mapping[value] = self._move(target, inner, at)

    def _locate(self, reference: str, file: Path, pointer: str) -> tuple[Path, str]:
        """Return the file and the pointer in it that a reference names."""
        shown = repr(reference[:80])
        name, _, inner = reference.partition("#")
        if "://" in name or name.startswith("//"):
            raise SpecError(f"{shown} leads to another host; bundle the spec", pointer)
        if not name:
            return file, inner
        target = follow_links(file.parent / name)
        if Path(name).is_absolute() or not target.is_relative_to(self._folder):
            raise SpecError(
                f"{shown} leads out of the folder of the spec; move the file into it", pointer
            )
        return target, inner

    def _find(self, file: Path, inner: str, pointer: str) -> Any:
        if file not in self._files:
            if len(self._files) >= _MAX_FILES:
                raise SpecError(f"the spec has more than {_MAX_FILES} files; bundle it", pointer)
            data = self._read(file)
            self._size += len(data)
            if self._size > MAX_BYTES:
                raise SpecError("the files of the spec are too large; leave examples out", pointer)
            self._files[file] = parse(data, file)
        found = self._files[file]
        for part in split(inner):
            if isinstance(found, list) and part.isdigit() and int(part) < len(found):
                found = found[int(part)]
            elif isinstance(found, dict) and part in found:
                found = found[part]
            else:
                raise SpecError(f"{inner!r} of {file.name} leads to nothing; correct it", pointer)
        return found

    def _move(self, file: Path, inner: str, pointer: str) -> str:
        """Return the place of a part of another file in the document, moved on the first call."""
        if file == self._main:
            return f"#{inner}"
        key = (file, inner)
        if key not in self._places:
            found = _copy(self._find(file, inner, pointer))
            section = _choose_section(found, inner)
            entries = self._root.setdefault("components", {}).setdefault(section, {})
            wanted = (split(inner) or [file.name.partition(".")[0]])[-1]
            name = re.sub(r"[^A-Za-z0-9._-]", "_", wanted) or "Part"
            number = 1
            while name in entries:
                number += 1
                name = f"{wanted}{number}"
            entries[name] = found
            self._places[key] = f"#/components/{section}/{name}"
            self._walk(found, file, f"/components/{section}/{name}")
        return self._places[key]


def _choose_section(found: Any, inner: str) -> str:
    """Return the section of the components that a part of another file belongs to."""
    parts = split(inner)
    if len(parts) > 1 and parts[-2] in _SECTIONS:
        return parts[-2]
    if not isinstance(found, dict):
        return "schemas"
    if "in" in found and "name" in found:
        return "parameters"
    if "content" in found:
        return (
            "responses" if "description" in found and "required" not in found else "requestBodies"
        )
    if "description" in found and not {"type", "properties", "allOf", "enum"} & found.keys():
        return "responses" if "$ref" not in found else "schemas"
    return "schemas"


def _copy(data: Any) -> Any:
    """Return data of its own: a part that two files refer to is changed only once."""
    return json.loads(json.dumps(data, default=str))
