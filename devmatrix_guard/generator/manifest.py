"""The manifest: which file came from which parts of the IR, by which stratum and InfraPattern."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from devmatrix_guard import __version__
from devmatrix_guard.generator.strata import GeneratedFile

PATH = ".guard/generation_manifest.json"
BASE = ".guard/base"
SPEC = ".guard/spec"
OVERLAY = ".guard/overlay"
FORMAT = 1


@cache
def sha256(text: str) -> str:
    """Return the SHA-256 of a text as it is written; asked for more than once of every file."""
    return hashlib.sha256(text.encode()).hexdigest()


def render_manifest(
    files: Sequence[GeneratedFile], *, spec_sha: str, overlay_sha: str, ir_sha: str
) -> str:
    """Return the manifest of a generation as JSON; it holds no time and no absolute path."""
    entries = {file.path: _entry(file) for file in files}
    patterns = {file.pattern[0]: file.pattern for file in files if file.pattern}
    manifest = {
        "format": FORMAT,
        "generator": {"name": "devmatrix-guard", "version": __version__},
        "spec": {"sha256": spec_sha, "overlay_sha256": overlay_sha or None},
        "ir": {"sha256": ir_sha},
        "infra_patterns": {
            name: {"version": version, "sha256": sha}
            for name, (_, version, sha) in sorted(patterns.items())
        },
        "files": entries,
    }
    return json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _entry(file: GeneratedFile) -> dict[str, Any]:
    sha = sha256(file.text)
    entry: dict[str, Any] = {
        "stratum": file.stratum,
        "owner": "shared",
        "sha256": sha,
        "base": f"{BASE}/{sha}",
        "ir_nodes": list(file.nodes),
    }
    if file.pattern:
        entry["infra_pattern"] = f"{file.pattern[0]}@{file.pattern[1]}"
    return entry


def source_files(spec: Path, overlay: Path | None) -> dict[str, str]:
    """Return copies of what the application was generated from, to verify and repair it by.

    Raises:
        OSError: one of them cannot be read.
    """
    copies = {f"{SPEC}{spec.suffix}": spec.read_text("utf-8")}
    if overlay is not None:
        copies[f"{OVERLAY}{overlay.suffix}"] = overlay.read_text("utf-8")
    return copies


def base_files(files: Sequence[GeneratedFile]) -> dict[str, str]:
    """Return the generated texts by the path under which a later merge looks for them."""
    return {f"{BASE}/{sha256(file.text)}": file.text for file in files}
