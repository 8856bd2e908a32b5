"""Generate an application anew from a changed spec, and keep what people wrote in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from devmatrix_guard import __version__
from devmatrix_guard.commands.application.application import find_copy, read_present_files
from devmatrix_guard.commands.application.bank_sources import open_memory_bank
from devmatrix_guard.commands.application.context import ApplicationContext, read_context
from devmatrix_guard.commands.application.generation import (
    generate,
    generate_with_memory,
    read_sources,
    render_guard_files,
)
from devmatrix_guard.commands.application.last_generation import (
    LastGeneration,
    read_last_generation,
)
from devmatrix_guard.commands.application.step import Step, hold_back
from devmatrix_guard.commands.application.trial import verify_copy
from devmatrix_guard.commands.application.verify import Verification
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import read_if_present
from devmatrix_guard.generator.emit.models.migrations import VERSIONS
from devmatrix_guard.generator.emit.models.revisions import Revision
from devmatrix_guard.generator.manifest import OVERLAY, SPEC, read_manifest
from devmatrix_guard.generator.manifest_merge import has_marks
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.regenerate.decide import Decision, decide, follow_symbols
from devmatrix_guard.generator.regenerate.lock import lock
from devmatrix_guard.generator.regenerate.merge_result import Conflict
from devmatrix_guard.generator.regenerate.migrate import make_next_revision
from devmatrix_guard.generator.regenerate.moves import find_moved_symbols, find_moves
from devmatrix_guard.generator.regenerate.patch import render_patch
from devmatrix_guard.generator.regenerate.swap import refuse_interrupted, swap
from devmatrix_guard.generator.regenerate.syntax import is_valid_syntax
from devmatrix_guard.generator.strata import GeneratedFile
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.changes import Change, find_changes
from devmatrix_guard.model.named_value import NamedValue

__all__ = ["Conflict", "RegenerateOptions", "Regeneration", "run_regenerate"]

Progress = Callable[[str], None]


class RegenerateOptions(NamedValue):
    """How to regenerate.

    Attributes:
        spec, overlay: what to generate from; None takes the copies in `.guard`.
        inline: write conflicts into the files, between markers.
        destructive: allow a migration that loses data.
        backfill: `table.column` -> the value for rows that are there already, as JSON or text.
        verify: check the result before it takes the place of the old.
        python: interpreter of the application's environment.
        dry_run: say what would be done; write nothing.
        ignored: globs of files that people take over for good, besides those that they have.
        taken: ids of InfraPatterns of which the newest version takes the place of the pinned one.
        areas: of the IR; files that came from others alone are held back, all areas without any.
        memory: ask the memory, and record the run in it.
    """

    spec: Path | None = None
    overlay: Path | None = None
    inline: bool = False
    destructive: bool = False
    backfill: Mapping[str, str] = {}
    verify: bool = True
    python: Path | None = None
    dry_run: bool = False
    ignored: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    memory: bool = True
    taken: tuple[str, ...] = ()


class Regeneration(NamedValue):
    """What a regeneration does, or would do.

    Attributes:
        changes: of the IR, node by node.
        decisions: about every file that is not the same as before.
        migration: the new revision, or None where the tables stay as they are.
        diff: what changes in the files, as a patch from the application's folder.
        patch: the same with what is kept below `.guard`, from the root of the repository; only of
            a dry run.
        held_back: paths that other areas than those asked for would change.
        blockers: why nothing was written, a sentence each.
        verification: of the result, None where it was not run.
        written: whether the files were put in place.
        memory: what the memory knew, and what was made of it, a sentence each.
    """

    changes: tuple[Change, ...]
    decisions: tuple[Decision, ...]
    migration: Revision | None
    diff: str = ""
    patch: str = ""
    held_back: tuple[str, ...] = ()
    blockers: tuple[str, ...] = ()
    verification: Verification | None = None
    written: bool = False
    memory: tuple[str, ...] = ()

    @property
    def conflicts(self) -> list[Decision]:
        """The files in which both sides changed the same thing."""
        return [d for d in self.decisions if d.outcome == "conflict"]


def run_regenerate(
    root: Path, options: RegenerateOptions, *, progress: Progress = lambda _: None
) -> Regeneration:
    """Bring the application in `root` up to its spec; people's edits stay.

    Everything is written or nothing; `run_undo` goes back.

    Raises:
        UsageError: there is no application, or what it was generated from is gone.
        SpecError: the spec cannot be understood.
        GenerationError: the manifest cannot be read, or a file cannot be written.
    """
    refuse_interrupted(root)
    context = read_context(root)
    if options.dry_run:
        return _regenerate(context, options, progress)
    read_manifest(root)
    with lock(root):
        return _regenerate(context, options, progress)


def _regenerate(
    context: ApplicationContext, options: RegenerateOptions, progress: Progress
) -> Regeneration:
    began = time.monotonic()
    progress("reading the spec")
    step = _generate_next(context, options)
    progress("merging")
    ours = _read_texts(context.folder, step.paths)
    moves = _follow_moves(context.folder, step, ours)
    decisions = _merge(step, ours, moves, inline=options.inline)
    changes = find_changes(step.last.ir, step.sources.ir)
    diff = _render_diff(decisions, ours)
    said = (step.problem,) if step.problem else _describe_memory(step)
    result = Regeneration(
        changes, decisions, step.migration, diff, held_back=step.held_back, memory=said
    )
    blockers = (*_find_blockers(result, options), *_find_unreadable(step, ours, decisions))
    if blockers:
        return result._replace(blockers=blockers)
    wanted = _collect_contents(step, decisions)
    held = _read_held(context.folder, wanted.keys(), decisions, ours)
    contents = {path: data for path, data in wanted.items() if held[path] != data}
    if options.dry_run:
        return result._replace(patch=_render_whole(context, contents, held))
    if not contents:
        return result._replace(written=True)
    if options.verify and not result.conflicts:
        verification, blockers = verify_copy(
            context.folder, step.last.files, contents, python=options.python, progress=progress
        )
        result = result._replace(verification=verification, blockers=blockers)
    if result.blockers:
        return result
    swap(context.folder, contents, held)
    if options.memory and not step.problem and context.keeps_runs:
        _record(context, step, began)
    return result._replace(written=True)


def _generate_next(context: ApplicationContext, options: RegenerateOptions) -> Step:
    manifest = read_manifest(context.folder)
    spec = options.spec or find_copy(context.folder, SPEC)
    if spec is None:
        raise UsageError(f"{context.folder}/{SPEC}.* is missing; name the spec with --spec.")
    overlay = options.overlay or find_copy(context.folder, OVERLAY)
    sources = read_sources(spec, overlay)
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
        context.folder, last, sources, generation, migration, ignored, problem=opened.problem
    )
    return hold_back(step, options.areas) if options.areas else step


def _add_revisions(
    files: Iterable[GeneratedFile],
    last: LastGeneration,
    migration: Revision | None,
    ir: ApplicationIR,
) -> list[GeneratedFile]:
    """Return the files with the migrations there were, which may have run, and the new one."""
    kept = [
        GeneratedFile(path, text, "ast", part.manifest.files[path].nodes)
        for part in (*last.others, last)
        for path, text in part.files.items()
        if path.startswith(VERSIONS)
    ]
    kept = list({file.path: file for file in kept}.values())
    if migration is not None:
        nodes = tuple(f"domain/{entity.name}" for entity in ir.domain.entities)
        kept.append(GeneratedFile(migration.path, migration.text, "ast", nodes))
    others = [file for file in files if not file.path.startswith(VERSIONS)]
    return sorted([*others, *kept], key=lambda file: file.path)


def _follow_moves(root: Path, step: Step, ours: dict[str, str]) -> dict[str, str]:
    """Return old -> new path of files that people moved, and put their texts into `ours`."""
    absent = {path: text for path, text in step.last.files.items() if path not in ours}
    if not absent:
        return {}
    present = read_present_files(root, ())
    moves = find_moves(absent, {p: text for p, text in present.items() if p not in step.paths})
    for old, new in moves.items():
        ours[old] = ours[new] = present[new]
    return moves


def _follow_symbols(
    step: Step, ours: dict[str, str], theirs: Mapping[str, str], found: list[Decision]
) -> list[Decision]:
    """Add to decisions what is generated for symbols that people moved; `ours` gets their texts."""
    if not any(decision.outcome in ("kept", "merged") for decision in found):
        return found  # nobody took anything out of a file that is generated otherwise now
    modules = ours | read_present_files(step.root, ())
    moved = find_moved_symbols(step.last.files, modules, theirs)
    ours |= {symbol.holder: modules[symbol.holder] for symbol in moved}
    return follow_symbols(found, moved, modules)


def _merge(
    step: Step, ours: dict[str, str], moves: Mapping[str, str], *, inline: bool
) -> tuple[Decision, ...]:
    """Return what becomes of every file that is not the same as before."""
    theirs = {file.path: file.text for file in step.generation.files}
    others = [other.files for other in step.last.others]
    found = decide(step.last.files, ours, theirs, inline=inline, others=others)
    found = [d._replace(path=moves.get(d.path, d.path)) for d in found]
    found = _follow_symbols(step, ours, theirs, found)
    return tuple(d for d in found if not any(fnmatchcase(d.path, g) for g in step.ignored))


def _render_diff(decisions: Iterable[Decision], ours: Mapping[str, str]) -> str:
    """Return what decisions change, as a patch."""
    return render_patch(
        {
            decision.path: (ours.get(decision.path), decision.text)
            for decision in decisions
            if decision.text is not None or decision.outcome == "removed"
        }
    )


def _render_whole(
    context: ApplicationContext,
    contents: Mapping[str, bytes | None],
    held: Mapping[str, bytes | None],
) -> str:
    """Return everything that would be written, as a patch from the root of the repository."""
    above = "" if context.base == "." else f"{context.base}/"

    def read(data: bytes | None) -> str | None:
        return None if data is None else data.decode("utf-8", "surrogateescape")

    return render_patch(
        {f"{above}{path}": (read(held[path]), read(data)) for path, data in contents.items()}
    )


def _read_texts(root: Path, paths: Iterable[str]) -> dict[str, str]:
    """Return the files that are there as text, byte for byte."""
    texts = {}
    for name in paths:
        data = read_if_present(root, name)
        if data is not None:
            texts[name] = data.decode("utf-8", "surrogateescape")
    return texts


def _find_blockers(result: Regeneration, options: RegenerateOptions) -> tuple[str, ...]:
    """Return why nothing may be written, a sentence each."""
    found = []
    if result.conflicts and not options.inline:
        paths = ", ".join(decision.path for decision in result.conflicts[:5])
        found.append(
            f"both sides changed the same in {len(result.conflicts)} file(s), {paths}: settle it, "
            "or pass --conflict inline to have both versions written between markers"
        )
    migration = result.migration
    if migration is not None:
        if migration.destroys and not options.destructive:
            lost = ", ".join(migration.destroys)
            found.append(f"the migration would lose data ({lost}): pass --allow-data-loss")
        for column in migration.unfilled:
            found.append(
                f"{column} must hold a value, and rows that are there have none: give it a default "
                f"in the spec, make it optional, or pass --backfill {column}=VALUE"
            )
    return tuple(found)


def _find_unreadable(
    step: Step, ours: Mapping[str, str], decisions: Iterable[Decision]
) -> Iterator[str]:
    """Yield which files nobody could merge or run, a sentence each."""
    made = {file.path: file.text for file in step.generation.files}
    decided = {decision.path: decision for decision in decisions}
    for path, text in sorted(ours.items()):
        decision = decided.get(path)
        if decision is not None:
            if decision.outcome == "conflict":
                continue  # which is said already
            text = text if decision.text is None else decision.text
        if text in (made.get(path), step.last.files.get(path)):
            continue
        if any(fnmatchcase(path, glob) for glob in step.ignored):
            continue
        if has_marks(text):
            yield f"{path} has conflict markers that nobody has settled: settle them first"
        elif not is_valid_syntax(path, text):
            yield f"{path} does not parse: correct its syntax first"


def _collect_contents(step: Step, decisions: Iterable[Decision]) -> dict[str, bytes | None]:
    """Return what every file is to hold, those below `.guard` included."""
    kept = render_guard_files(step.sources, step.generation, ignored=step.ignored)
    wanted: dict[str, bytes | None] = {path: text.encode() for path, text in kept.items()}
    for decision in decisions:
        if decision.text is not None:
            wanted[decision.path] = decision.text.encode("utf-8", "surrogateescape")
        elif decision.outcome == "removed":
            wanted[decision.path] = None
    wanted |= dict.fromkeys(step.last.kept - wanted.keys())
    return wanted


def _read_held(
    root: Path, paths: Iterable[str], decisions: Iterable[Decision], ours: Mapping[str, str]
) -> dict[str, bytes | None]:
    """Return what files hold now; those that were merged, what they held when they were read."""
    held = {path: read_if_present(root, path) for path in paths}
    for decision in decisions:
        text = ours.get(decision.path)
        held[decision.path] = None if text is None else text.encode("utf-8", "surrogateescape")
    return held


def _describe_memory(step: Step) -> tuple[str, ...]:
    from devmatrix_guard.commands.loop.use import describe_look_back

    return describe_look_back(step.generation.looked, step.generation.files)


def _record(context: ApplicationContext, step: Step, began: float) -> None:
    from devmatrix_guard.commands.application.runs import record_application_run, record_files
    from devmatrix_guard.commands.loop.use import record_use

    sources = step.sources
    with record_application_run("regenerate", context, began=began) as (record, memory):
        record_files(
            record,
            step.generation.files,
            sources.ir,
            spec_sha=sources.spec_sha,
            ir_sha=sources.ir_sha,
        )
        record_use(record, memory, step.generation.looked)
