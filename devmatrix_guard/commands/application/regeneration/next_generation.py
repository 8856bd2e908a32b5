"""The step to the next generation: what there was, what is to be, and the migration between."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from devmatrix_guard import __version__
from devmatrix_guard.commands.application.application import find_copy
from devmatrix_guard.commands.application.bank_sources import open_memory_bank
from devmatrix_guard.commands.application.changes.drift import is_text
from devmatrix_guard.commands.application.context import ApplicationContext
from devmatrix_guard.commands.application.generation import (
    generate,
    generate_with_memory,
    read_sources_for,
)
from devmatrix_guard.commands.application.regeneration.last_generation import (
    LastGeneration,
    read_last_generation,
)
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.step import Step, hold_back
from devmatrix_guard.commands.application.standing import read_standing
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import is_file, read_chosen
from devmatrix_guard.generator.emit.models.migrations import VERSIONS
from devmatrix_guard.generator.emit.models.revisions import Revision
from devmatrix_guard.generator.manifest import OVERLAY, SPEC, Manifest, read_manifest
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.regenerate.migrate import make_next_revision
from devmatrix_guard.generator.strata import GeneratedFile
from devmatrix_guard.ir.application import ApplicationIR


def make_step(context: ApplicationContext, options: RegenerateOptions) -> Step:
    """Read what there was, generate what is to be, and say how the tables get there.

    Raises:
        UsageError: what the application was generated from is gone.
        SpecError: the spec cannot be understood.
        GenerationError: the manifest cannot be read.
    """
    manifest = read_manifest(context.folder)
    spec, overlay = _find_sources(context, options, manifest)
    standing = read_standing(context.project, [spec, *([overlay] if overlay else [])])
    sources = read_sources_for(context, spec, overlay)
    sources = sources._replace(places={**manifest.places, **sources.places})
    with open_memory_bank(context, wanted=options.memory) as opened:
        bank = opened.bank.release_lost_pins()
        last = read_last_generation(context.folder, manifest, bank)
        wanted = bank.take_newest(options.taken)
        if opened.repository is None:
            generation = generate(sources.ir, wanted)
        else:
            generation = generate_with_memory(context, sources, opened._replace(bank=wanted))
    migration = make_next_revision(
        [make_plan(part.ir) for part in (last, *last.others)],
        generation.plan,
        last.revisions,
        backfill=options.backfill,
        same_generator=manifest.version == __version__,
    )
    files = _add_revisions(generation.files, last, migration, sources.ir)
    ignored = tuple(dict.fromkeys((*manifest.ignored, *options.ignored)))
    generation = generation._replace(files=files)
    step = Step(
        context.folder,
        last,
        sources,
        generation,
        migration,
        ignored,
        problem=opened.problem,
        standing=standing,
    )
    return hold_back(step, options.areas) if options.areas else step


def _find_sources(
    context: ApplicationContext, options: RegenerateOptions, manifest: Manifest
) -> tuple[Path, Path | None]:
    """Return what was named; else what the application was made from, where people keep it.

    Where they changed the copy in `.guard`, it is that which counts.
    """
    root, places = context.folder, manifest.places
    spec = options.spec or _find_kept(context, places.get("spec"), SPEC, manifest.spec_sha)
    if spec is None:
        raise UsageError(f"{root}/{SPEC}.* is missing; name the spec with --spec.")
    overlay = options.overlay
    overlay = overlay or _find_kept(context, places.get("overlay"), OVERLAY, manifest.overlay_sha)
    return spec, overlay


def _find_kept(context: ApplicationContext, place: str | None, stem: str, sha: str) -> Path | None:
    copy = find_copy(context.folder, stem)
    kept = context.project / place if place else None
    if kept is None or not is_file(kept):
        return copy
    return kept if copy is None or is_text(read_chosen(copy), sha) else copy


def _add_revisions(
    files: Iterable[GeneratedFile],
    last: LastGeneration,
    migration: Revision | None,
    ir: ApplicationIR,
) -> list[GeneratedFile]:
    """Return the files with the migrations there were, which may have run, and the new one.

    One of merged branches that is not there was taken out by people, so that the others can run.
    """
    kept = [
        GeneratedFile(path, text, "ast", part.manifest.files[path].nodes)
        for part in (*last.others, last)
        for path, text in part.files.items()
        if path.startswith(VERSIONS) and (not last.others or Path(path).name in last.revisions)
    ]
    kept = list({file.path: file for file in kept}.values())
    if migration is not None:
        nodes = tuple(f"domain/{entity.name}" for entity in ir.domain.entities)
        kept.append(GeneratedFile(migration.path, migration.text, "ast", nodes))
    others = [file for file in files if not file.path.startswith(VERSIONS)]
    return sorted([*others, *kept], key=lambda file: file.path)
