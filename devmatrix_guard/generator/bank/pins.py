"""Which versions of InfraPatterns a generation manifest pins."""

from __future__ import annotations

import json
from typing import Any

from devmatrix_guard.errors import GenerationError


def read_pins(manifest: str) -> dict[str, tuple[int, str]]:
    """Return {pattern id: (version, hash)} as a `PatternBank` takes it.

    Raises:
        GenerationError: the text is no generation manifest.
    """
    try:
        patterns: dict[str, Any] = json.loads(manifest)["infra_patterns"]
        return {
            pattern_id: (int(entry["version"]), str(entry["sha256"]))
            for pattern_id, entry in patterns.items()
        }
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise GenerationError(
            f"the generation manifest cannot be read ({type(error).__name__}: {error}); "
            "restore it from version control."
        ) from error
