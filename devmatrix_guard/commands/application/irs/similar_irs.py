"""`guard ir similar`: earlier specs whose IRs are like that of a spec, and how they fared."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.commands.application.irs.ir import load_ir
from devmatrix_guard.commands.loop.look_back import find_similar
from devmatrix_guard.commands.memory.embedding import (
    SPECS,
    choose_embedder,
    describe_signature,
    is_wanted,
    update_specs,
)
from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.commands.project_memory import choose_repositories, open_project_memory
from devmatrix_guard.config import Settings, load_settings
from devmatrix_guard.generator.manifest import hash_text
from devmatrix_guard.generator.spec.read import read_bytes
from devmatrix_guard.ir.signature import make_signature
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.memory.followers.choose import open_ir_vectors
from devmatrix_guard.model.knowledge.learning import SimilarSpec, SpecSignature
from devmatrix_guard.reports.escape import make_visible

_SHARED = "shared features"


class SimilarIrs(NamedTuple):
    """What was found, the most alike first, and by what: a model's name, or shared features."""

    by: str
    specs: tuple[SimilarSpec, ...]


def find_similar_irs(
    start: Path,
    path: Path,
    overlay: Path | None = None,
    *,
    limit: int = 5,
    repositories: Sequence[str] = (),
    everything: bool = False,
) -> SimilarIrs:
    """Return the specs in the memory that are most like one, itself left out.

    With a model in the settings they are compared by its vectors, in Neo4j where that follows and
    is up to date; missing vectors are made first. Without one, by the features they share.

    Raises:
        SpecError: the file is neither a spec nor an IR.
        MemoryStoreError: there is no memory, or it knows no repository of a name.
    """
    text = read_bytes(path).decode("utf-8", "replace")
    signature = make_signature(load_ir(path, overlay), hash_text(text))
    settings, root = load_settings(start), find_project_root(start)
    with open_project_memory(settings, root, create=False) as own:
        memory = choose_repositories(own, repositories, everything=everything)
        if not is_wanted(settings):
            return SimilarIrs(_SHARED, find_similar(memory, signature)[:limit])
        return _find_by_model(own, memory, signature, settings, root, limit)


def render_similar(found: SimilarIrs, format_name: str) -> str:
    """Return what was found as text or JSON."""
    if format_name == "json":
        specs = [one._asdict() for one in found.specs]
        document = {"schema_version": 1, "by": found.by, "specs": specs}
        return f"{json.dumps(document, indent=2, sort_keys=True)}\n"
    if not found.specs:
        return "No spec like it is known; `guard ir save SPEC` keeps one.\n"
    return "".join(
        f"{one.similarity:.2f}  {make_visible(one.name)}  {one.spec_hash[:12]}  "
        f"{f'{one.succeeded} of {one.runs} runs passed' if one.runs else 'never verified'}\n"
        for one in found.specs
    )


def _find_by_model(
    own: Memory,
    memory: Memory,
    signature: SpecSignature,
    settings: Settings,
    root: Path,
    limit: int,
) -> SimilarIrs:
    embedder = choose_embedder(own, settings)
    update_specs(own, embedder)
    (query,) = embedder.embed([describe_signature(signature)])
    with open_ir_vectors(memory, settings, root) as vectors:
        hits = vectors.search(SPECS, embedder.model_id, query, limit=limit + 1)
    others = [hit for hit in hits if hit.key != signature.spec_hash][:limit]
    judged = memory.experience.judge_specs([hit.key for hit in others])
    nothing = SimilarSpec("", "", 0.0)
    specs = tuple(
        judged.get(hit.key, nothing)._replace(
            name=str(hit.payload.get("name", "")),
            spec_hash=hit.key,
            similarity=round(hit.similarity, 4),
        )
        for hit in others
    )
    return SimilarIrs(embedder.model_id, specs)
