"""`guard ir save`, `load` and `history`: versions of an application's IR in the memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from devmatrix_guard.commands.application.irs.ir import load_ir
from devmatrix_guard.commands.application.run_recorder import classify_address
from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.commands.project_memory import choose_repositories, open_project_memory
from devmatrix_guard.config import load_settings
from devmatrix_guard.errors import UsageError
from devmatrix_guard.generator.manifest import hash_text
from devmatrix_guard.generator.spec.read import read_bytes
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.codec import hash_ir, read_json, write_json
from devmatrix_guard.ir.nodes import iter_nodes
from devmatrix_guard.ir.signature import make_signature
from devmatrix_guard.model.knowledge.ir_version import IrVersion
from devmatrix_guard.model.knowledge.lineage import LineageEdge, LineageNode

if TYPE_CHECKING:
    from devmatrix_guard.memory.base import Memory


def save_ir(start: Path, path: Path, overlay: Path | None = None) -> tuple[str, int]:
    """Keep the IR of a spec, with its parts in the lineage, and return its name and version.

    An IR that says what the last version says is that version.

    Raises:
        SpecError: the file is neither a spec nor an IR.
    """
    ir = load_ir(path, overlay)
    text = read_bytes(path).decode("utf-8", "replace")
    spec_hash, digest = hash_text(text), hash_ir(ir)
    settings, root = load_settings(start), find_project_root(start)
    with open_project_memory(settings, root) as memory:
        return ir.name, keep_ir(memory, ir, digest, spec_hash)


def keep_ir(memory: Memory, ir: ApplicationIR, ir_hash: str, spec_hash: str) -> int:
    """Keep an IR in an open memory, with its parts in the lineage, and return its version."""
    with memory.transaction():
        version = memory.irs.save(ir.name, ir_hash, spec_hash, json.loads(write_json(ir)))
        nodes, edges = _list_parts(ir, ir_hash, spec_hash)
        memory.lineage.add(nodes, edges)
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        memory.experience.save_signature(make_signature(ir, spec_hash), at)
    return version


def load_saved_ir(
    start: Path,
    name: str,
    version: int | None = None,
    *,
    repositories: Sequence[str] = (),
    everything: bool = False,
) -> ApplicationIR:
    """Return an IR that was kept, the newest version unless one is named.

    Raises:
        UsageError: there is none.
    """
    settings, root = load_settings(start), find_project_root(start)
    with open_project_memory(settings, root, create=False) as opened:
        memory = choose_repositories(opened, repositories, everything=everything)
        document = memory.irs.load(name, version)
        known = sorted({kept.name for kept in memory.irs.list_versions()})
    if document is None:
        which = f"version {version} of `{name}`" if version else f"IR of `{name}`"
        raise UsageError(f"no {which} is kept; there is: {', '.join(known) or 'none'}.")
    return read_json(json.dumps(document))


def list_ir_versions(
    start: Path, name: str = "", *, repositories: Sequence[str] = (), everything: bool = False
) -> tuple[IrVersion, ...]:
    """Return the versions that are kept of an application, or of all, the newest first."""
    settings, root = load_settings(start), find_project_root(start)
    with open_project_memory(settings, root, create=False) as opened:
        memory = choose_repositories(opened, repositories, everything=everything)
        return memory.irs.list_versions(name)


def write_history(versions: Sequence[IrVersion]) -> Iterator[str]:
    """Yield a line for each version."""
    if not versions:
        yield "No IR is kept; `guard ir save SPEC` keeps one."
    for kept in versions:
        yield f"{kept.name}  {kept.version}  {kept.ir_hash[:12]}  {kept.saved_at}"


def _list_parts(
    ir: ApplicationIR, digest: str, spec_hash: str
) -> tuple[list[LineageNode], list[LineageEdge]]:
    spec, own = LineageNode("spec", spec_hash, {"name": ir.name}), LineageNode("ir", digest)
    operations = {f"api/{o.name}": o for o in ir.api.operations}
    parts = []
    for address, _ in iter_nodes(ir):
        kind = classify_address(address)
        if kind == "ir-node":
            continue
        facts = {"address": address, "name": address.rpartition("/")[2]}
        if address in operations:
            operation = operations[address]
            facts |= {"method": operation.method, "path": operation.path}
        parts.append(LineageNode(kind, f"{digest}:{address}", facts))
    ends = [(part.kind, part.key) for part in parts]
    edges = [LineageEdge("produced", ("spec", spec_hash), ("ir", digest))]
    edges += [LineageEdge("has", ("ir", digest), end) for end in ends]
    return [spec, own, *parts], edges
