"""From one generation of an application to the next, as a value; some areas of it may wait."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from devmatrix_guard.commands.application.application import read_base_text
from devmatrix_guard.commands.application.generation import Generation, Sources
from devmatrix_guard.commands.application.regeneration.last_generation import LastGeneration
from devmatrix_guard.commands.application.standing import Standing
from devmatrix_guard.errors import UsageError
from devmatrix_guard.generator.base_texts import pack_text
from devmatrix_guard.generator.emit.models.revisions import Revision
from devmatrix_guard.generator.manifest import BASE, SPEC
from devmatrix_guard.generator.strata import GeneratedFile
from devmatrix_guard.ir.nodes import AREAS, find_area
from devmatrix_guard.model.named_value import NamedValue


class Step(NamedValue):
    """From one generation to the next: what there was, what there is to be, and its migration."""

    root: Path
    last: LastGeneration
    sources: Sources
    generation: Generation
    migration: Revision | None
    ignored: tuple[str, ...]
    held_back: tuple[str, ...] = ()
    problem: str = ""
    standing: Standing = Standing("", {})

    @property
    def paths(self) -> set[str]:
        """The files that there were, or are to be."""
        last = (path for part in (self.last, *self.last.others) for path in part.files)
        return {*last, *(file.path for file in self.generation.files)}


def hold_back(step: Step, areas: Collection[str]) -> Step:
    """Return a step in which only the files of some areas of the IR change.

    The others stay as they were generated last, and so does what the manifest says the application
    was generated from: the spec counts as changed until they follow.

    Args:
        step: the whole step.
        areas: those whose files change; a file of several follows any of them.

    Raises:
        UsageError: there is no such area, or two branches have to be brought together first.
    """
    unknown = sorted(set(areas) - set(AREAS))
    if unknown:
        raise UsageError(f"there is no area {unknown[0]}; the areas are {', '.join(AREAS)}.")
    if step.last.others:
        raise UsageError(
            "two branches generated this and were merged; regenerate without --areas first."
        )
    files, held = _choose_files(step, frozenset(areas))
    if not held:
        return step
    migration = step.migration if step.migration and "domain" in areas else None
    return step._replace(
        sources=_keep_sources(step),
        generation=step.generation._replace(files=files),
        migration=migration,
        held_back=tuple(held),
    )


def _choose_files(step: Step, areas: frozenset[str]) -> tuple[list[GeneratedFile], list[str]]:
    """Return the files that there are to be, and the paths of those that do not follow yet."""
    new = {file.path: file for file in step.generation.files}
    last = {
        path: new.get(path, GeneratedFile(path, text, "ast"))._replace(
            text=text, nodes=step.last.manifest.files[path].nodes
        )
        for path, text in step.last.files.items()
    }
    chosen: list[GeneratedFile] = []
    held = []
    for path in sorted(last.keys() | new.keys()):
        before, after = last.get(path), new.get(path)
        nodes = {node for file in (before, after) if file for node in file.nodes}
        file = after if _find_areas(nodes) & areas else before
        if file is not None:
            chosen.append(file)
        if (file.text if file else None) != (after.text if after else None):
            held.append(path)
    return chosen, held


def _find_areas(nodes: Iterable[str]) -> set[str]:
    """Return the areas a file came from; what came from none is infrastructure."""
    return {find_area(node) for node in nodes} or {"infrastructure"}


def _keep_sources(step: Step) -> Sources:
    """Return the sources with the copies of now, and the hashes and texts of then."""
    manifest, sources = step.last.manifest, step.sources
    kept = {p: text for p, text in sources.texts.items() if not p.startswith(f"{BASE}/")}
    for sha in filter(None, (manifest.spec_sha, manifest.overlay_sha)):
        kept[f"{BASE}/{sha}"] = pack_text(read_base_text(step.root, SPEC, sha))
    return sources._replace(
        spec_sha=manifest.spec_sha,
        overlay_sha=manifest.overlay_sha,
        ir_sha=manifest.ir_sha,
        texts=kept,
    )
