"""Which versions of InfraPatterns a generation manifest pins."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.generator.manifest_merge import load_manifest


def read_pins(manifest: str) -> dict[str, tuple[int, str]]:
    """Return {pattern id: (version, hash)} as a `PatternBank` takes it.

    Raises:
        GenerationError: the text is no generation manifest.
    """
    try:
        patterns: dict[str, Any] = load_manifest(manifest.encode())["infra_patterns"]
        return {
            pattern_id: (int(entry["version"]), str(entry["sha256"]))
            for pattern_id, entry in patterns.items()
        }
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise GenerationError(
            f"the generation manifest cannot be read ({type(error).__name__}: {error}); "
            "restore it from version control."
        ) from error
