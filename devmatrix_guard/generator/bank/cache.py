"""The local cache: the versions an application was made with, as files beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.files import FileError, list_folder, read_if_present
from devmatrix_guard.model.knowledge.infra import InfraPattern

CACHE_FOLDER = ".guard/infra_patterns"
_NAME = re.compile(r"(?P<id>[a-z][a-z0-9_]*)@(?P<version>[1-9]\d*)\.json")


class LocalCache:
    """The folder of `<id>@<version>.json` files below a root as a source; absent is empty."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def find_latest(self, pattern_id: str) -> InfraPattern | None:
        for version in sorted(self._list_versions().get(pattern_id, ()), reverse=True):
            pattern = self.find_exact(pattern_id, version)
            if pattern is not None and pattern.frozen_at is not None:
                return pattern
        return None

    def find_exact(self, pattern_id: str, version: int) -> InfraPattern | None:
        name = f"{CACHE_FOLDER}/{pattern_id}@{version}.json"
        path = self._root / name
        try:
            data = read_if_present(self._root, name)
            if data is None:
                return None
            text = data.decode()
        except (FileError, UnicodeDecodeError) as error:
            raise GenerationError(f"{path} cannot be read ({error}); restore it.") from error
        from devmatrix_guard.generator.bank.form import parse_pattern  # a cache is rare

        pattern = parse_pattern(text, origin="cache", name=str(path))
        if (pattern.pattern_id, pattern.version) != (pattern_id, version):
            raise GenerationError(f"{path} holds {pattern.reference}; name the file after it.")
        return pattern

    def list_all(self) -> tuple[InfraPattern, ...]:
        found = (self.find_latest(pattern_id) for pattern_id in sorted(self._list_versions()))
        return tuple(pattern for pattern in found if pattern is not None)

    def _list_versions(self) -> dict[str, set[int]]:
        versions: dict[str, set[int]] = {}
        for file in list_folder(self._root, CACHE_FOLDER):
            name = _NAME.fullmatch(file)
            if name is not None:
                versions.setdefault(name["id"], set()).add(int(name["version"]))
        return versions


def cache_files(patterns: Iterable[InfraPattern]) -> dict[str, str]:
    """Return {path: text} of what must lie beside an application made with these patterns.

    Packaged versions are left out: the package keeps every version it ever shipped.
    """
    from devmatrix_guard.generator.bank.form import write_pattern

    return {
        f"{CACHE_FOLDER}/{pattern.reference}.json": write_pattern(pattern)
        for pattern in sorted(patterns, key=lambda p: (p.pattern_id, p.version))
        if pattern.origin != "packaged"
    }
