"""The InfraPatterns that come with the package: one JSON index and one text file a version."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from devmatrix_guard.model.knowledge.infra import InfraPattern, Signature

FOLDER = Path(__file__).parent.parent / "infra_patterns"


class PackagedPatterns:
    """The folder of packaged patterns as a source; reads a body when it is asked for."""

    origin = "packaged"

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    def find_latest(self, pattern_id: str) -> InfraPattern | None:
        entry = self._read_index.get(pattern_id)
        return self._read(pattern_id, entry, entry["version"]) if entry else None

    def find_exact(self, pattern_id: str, version: int) -> InfraPattern | None:
        entry = self._read_index.get(pattern_id)
        if entry is None or not 1 <= version <= entry["version"]:
            return None
        return self._read(pattern_id, entry, version)

    def list_all(self) -> tuple[InfraPattern, ...]:
        return tuple(
            self._read(key, e, e["version"]) for key, e in sorted(self._read_index.items())
        )

    @functools.cached_property
    def _read_index(self) -> dict[str, dict[str, Any]]:
        index: dict[str, dict[str, Any]] = json.loads((self._folder / "index.json").read_bytes())
        return index

    def _read(self, pattern_id: str, entry: dict[str, Any], version: int) -> InfraPattern:
        """The newest text stands in `code/`, the ones before it in `frozen/`."""
        if version == entry["version"]:
            path = self._folder / "code" / entry["file"]
            facts = entry
        else:
            path = self._folder / "frozen" / f"{pattern_id}@{version}.txt"
            facts = entry["history"][str(version)]
        return InfraPattern(
            pattern_id=pattern_id,
            version=version,
            signature=Signature(
                purpose=facts["purpose"],
                intent=facts["intent"],
                domain=facts["domain"],
                inputs=facts["inputs"],
                outputs=facts["outputs"],
            ),
            body=path.read_text("utf-8"),
            frozen_at=facts["frozen_at"],
            origin=self.origin,
        )
