"""Generate an application anew from a changed spec, and keep what people wrote in it."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from devmatrix_guard.commands.application.application import (
    find_copy,
    locate_inner_file,
    read_base_text,
    read_present_files,
)
from devmatrix_guard.commands.application.bank_sources import list_copies, open_application_bank
from devmatrix_guard.commands.application.verify import Verification, run_verify
from devmatrix_guard.commands.project import has_memory
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import list_files, read_chosen, read_file, read_if_present
from devmatrix_guard.generator.emit.models.migrations import VERSIONS
from devmatrix_guard.generator.emit.models.revisions import Revision
from devmatrix_guard.generator.extract.extract import read_application
from devmatrix_guard.generator.manifest import (
    BASE,
    OVERLAY,
    PATH,
    SPEC,
    Manifest,
    hash_text,
    list_base_files,
    list_source_files,
    read_manifest,
    render_manifest,
)
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.regenerate.decide import Decision, decide
from devmatrix_guard.generator.regenerate.migrate import find_head, make_next_revision
from devmatrix_guard.generator.regenerate.swap import (
    interrupted_paths,
    paths_to_undo,
    recover,
    refuse_interrupted,
    swap,
    undo,
)
from devmatrix_guard.generator.strata import GeneratedFile, generate_files
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.changes import Change, find_changes
from devmatrix_guard.ir.codec import hash_ir
from devmatrix_guard.model.named_value import NamedValue
from devmatrix_guard.reports.escape import make_visible
from devmatrix_guard.verify.checks import Check, find_python
from devmatrix_guard.verify.compliance import Deviation, compare
from devmatrix_guard.verify.facts import read_facts

Progress = Callable[[str], None]
_MAX_COPIED = 1 << 30  # bytes
_SHOWN = 200  # characters of a tool's last line
_NOT_COPIED = (".git", ".venv", "__pycache__", "node_modules", ".mypy_cache", ".pytest_cache")


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
    """

    spec: Path | None = None
    overlay: Path | None = None
    inline: bool = False
    destructive: bool = False
    backfill: Mapping[str, str] = {}
    verify: bool = True
    python: Path | None = None
    dry_run: bool = False


class Regeneration(NamedValue):
    """What a regeneration does, or would do.

    Attributes:
        changes: of the IR, node by node.
        decisions: about every file that is not the same as before.
        migration: the new revision, or None where the tables stay as they are.
        blockers: why nothing was written, a sentence each.
        verification: of the result, None where it was not run.
        written: whether the files were put in place.
    """

    changes: tuple[Change, ...]
    decisions: tuple[Decision, ...]
    migration: Revision | None
    blockers: tuple[str, ...] = ()
    verification: Verification | None = None
    written: bool = False

    @property
    def conflicts(self) -> list[Decision]:
        """The files in which both sides changed the same thing."""
        return [d for d in self.decisions if d.outcome == "conflict"]


class _Sources(NamedValue):
    """The application as it was generated, and as it is generated now."""

    spec: Path
    overlay: Path | None
    before: ApplicationIR
    after: ApplicationIR
    base: Mapping[str, str]
    files: tuple[GeneratedFile, ...]
    copies: Mapping[str, str]
    migration: Revision | None


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
    progress("reading the spec")
    manifest = read_manifest(root)
    sources = _read_sources(root, manifest, options)
    theirs = {file.path: file.text for file in sources.files}
    ours = _read_texts(root, sources.base.keys() | theirs.keys())
    progress("merging")
    decisions = tuple(decide(sources.base, ours, theirs, inline=options.inline))
    result = Regeneration(find_changes(sources.before, sources.after), decisions, sources.migration)
    blockers = _find_blockers(result, options)
    if blockers or options.dry_run:
        return result._replace(blockers=tuple(blockers))
    held, contents = _collect_contents(root, manifest, sources, decisions, ours)
    if not contents:
        return result._replace(written=True)
    if options.verify and not result.conflicts:
        verification, broken = _verify_copy(root, sources.base, contents, options, progress)
        result = result._replace(verification=verification, blockers=tuple(broken))
        if broken:
            return result
    swap(root, contents, held)
    if has_memory(root):
        _record(root, sources)
    return result._replace(written=True)


def find_interrupted(root: Path) -> list[str]:
    """Return the files that a change which was interrupted has still to write.

    Raises:
        UsageError: what it left is not what this program leaves, or a file changed since.
    """
    read_manifest(root)
    return [make_visible(path) for path in interrupted_paths(root)]


def find_undoable(root: Path) -> list[str]:
    """Return the files that `run_undo` would write or remove.

    Raises:
        UsageError: there is nothing to undo, or a change was interrupted.
    """
    read_manifest(root)
    refuse_interrupted(root)
    return [make_visible(path) for path in paths_to_undo(root)]


def run_recover(root: Path) -> None:
    """Carry a change that was interrupted to its end.

    Raises:
        UsageError: a file changed since.
        GenerationError: it cannot be finished.
    """
    recover(root)


def run_undo(root: Path) -> list[str]:
    """Go back to how the application was before the last regeneration; return the paths.

    Raises:
        UsageError: there is nothing to undo, or a file was edited since.
    """
    read_manifest(root)
    return undo(root)


# --- what there was, and what there is to be ---------------------------------------------------


def _read_sources(root: Path, manifest: Manifest, options: RegenerateOptions) -> _Sources:
    spec = options.spec or find_copy(root, SPEC)
    if spec is None:
        raise UsageError(f"{root}/{SPEC}.* is missing; name the spec with --spec.")
    overlay = options.overlay or find_copy(root, OVERLAY)
    before = read_application(*_find_old_sources(root, manifest))
    after = read_application(spec, overlay)
    base = {path: read_base_text(root, path, entry.sha) for path, entry in manifest.files.items()}
    with open_application_bank(root) as pinned:
        bank = pinned.release_lost_pins()
        files = generate_files(make_plan(after), bank)
        copies = list_copies(bank, [file.pattern[0] for file in files if file.pattern])
    revisions = {path: text for path, text in base.items() if path.startswith(VERSIONS)}
    migration = make_next_revision(
        make_plan(before),
        make_plan(after),
        down_revision=find_head(_read_revisions(root)),
        number=len(_read_revisions(root)) + 1,
        backfill=options.backfill,
    )
    files = _add_revisions(files, manifest, revisions, migration, after)
    return _Sources(spec, overlay, before, after, base, tuple(files), copies, migration)


def _find_old_sources(root: Path, manifest: Manifest) -> tuple[Path, Path | None]:
    """Return what the application was generated from, whatever the copies to edit hold now."""
    paths = [locate_inner_file(root, f"{BASE}/{manifest.spec_sha}")]
    if manifest.overlay_sha:
        paths.append(locate_inner_file(root, f"{BASE}/{manifest.overlay_sha}"))
    for path in paths:
        if not path.is_file():
            raise UsageError(
                f"{path} is missing, so nobody knows what the application was generated from; "
                f"restore it from version control, or start again with `guard generate --force`."
            )
    return paths[0], paths[1] if manifest.overlay_sha else None


def _add_revisions(
    files: Iterable[GeneratedFile],
    manifest: Manifest,
    revisions: Mapping[str, str],
    migration: Revision | None,
    ir: ApplicationIR,
) -> list[GeneratedFile]:
    """Return the files with the migrations there were, which may have run, and the new one."""
    kept = [
        GeneratedFile(path, text, "ast", manifest.files[path].nodes)
        for path, text in revisions.items()
    ]
    if migration is not None:
        nodes = tuple(f"domain/{entity.name}" for entity in ir.domain.entities)
        kept.append(GeneratedFile(migration.path, migration.text, "ast", nodes))
    others = [file for file in files if not file.path.startswith(VERSIONS)]
    return sorted([*others, *kept], key=lambda file: file.path)


def _read_revisions(root: Path) -> dict[str, str]:
    return {
        Path(name).name: read_file(root, name).decode("utf-8", "replace")
        for name in list_files(root, VERSIONS, (".py",))
    }


def _read_texts(root: Path, paths: Iterable[str]) -> dict[str, str]:
    """Return the files that are there as text, byte for byte."""
    texts = {}
    for name in paths:
        data = read_if_present(root, name)
        if data is not None:
            texts[name] = data.decode("utf-8", "surrogateescape")
    return texts


# --- what is in the way ------------------------------------------------------------------------


def _find_blockers(result: Regeneration, options: RegenerateOptions) -> list[str]:
    found = []
    if result.conflicts and not options.inline:
        found.append(
            f"both sides changed the same in {len(result.conflicts)} file(s): settle it there, or "
            "pass --conflict inline to have both versions written between markers"
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
    return found


def _verify_copy(
    root: Path,
    base: Mapping[str, str],
    contents: Mapping[str, bytes | None],
    options: RegenerateOptions,
    progress: Progress,
) -> tuple[Verification, list[str]]:
    """Verify the application as it will be, in a copy of it."""
    before = compare(read_facts(base), read_facts(read_present_files(root, base)))
    known = {(d.kind, d.key) for d in before.deviations}
    python = find_python(root, options.python)
    with _copy_with(root, contents) as trial:
        static = python is None
        verification = run_verify(trial, python=python, static=static, progress=progress)
    fresh = [d for d in verification.compliance.deviations if (d.kind, d.key) not in known]
    broken = [_describe_deviation(d) for d in fresh if d.problem != "extra"]
    broken += [_describe_failure(check) for check in verification.checks if check.status == "fail"]
    return verification, broken


def _describe_failure(check: Check) -> str:
    last = (check.detail.strip() or "it says nothing").splitlines()[-1]
    return f"{check.name} fails: {last if len(last) <= _SHOWN else f'{last[:_SHOWN]}…'}"


def _describe_deviation(deviation: Deviation) -> str:
    return f"{deviation.path} would lack {deviation.kind} {deviation.key} ({deviation.problem})"


class _Copier:
    """Copies regular files, and not more of them than an application has."""

    def __init__(self) -> None:
        self._left = _MAX_COPIED

    def __call__(self, source: str, destination: str) -> None:
        status = os.lstat(source)
        if not stat.S_ISREG(status.st_mode):
            return  # no pipe is part of an application
        self._left -= status.st_size
        if self._left < 0:
            raise UsageError(
                f"{source} is too large to be copied for a trial; move it, or pass --no-verify."
            )
        shutil.copy2(source, destination)


@contextmanager
def _copy_with(root: Path, contents: Mapping[str, bytes | None]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="guard-regenerate-") as folder:
        trial = Path(folder) / root.resolve().name
        shutil.copytree(
            root,
            trial,
            symlinks=True,
            ignore=shutil.ignore_patterns(*_NOT_COPIED, "*.db"),
            copy_function=_Copier(),
        )
        swap(trial, contents)
        yield trial


# --- what is written ---------------------------------------------------------------------------


def _collect_contents(
    root: Path,
    manifest: Manifest,
    sources: _Sources,
    decisions: Iterable[Decision],
    ours: Mapping[str, str],
) -> tuple[dict[str, bytes | None], dict[str, bytes | None]]:
    """Return what every file holds now, and the new content of those that change.

    Args:
        ours: the files that were merged, as they were when they were read.
    """
    ir_sha = hash_ir(sources.after)
    overlay = sources.overlay
    rendered = render_manifest(
        sources.files,
        spec_sha=hash_text(read_chosen(sources.spec).decode()),
        overlay_sha=hash_text(read_chosen(overlay).decode()) if overlay else "",
        ir_sha=ir_sha,
    )
    kept = (
        list_base_files(sources.files)
        | list_source_files(sources.spec, overlay)
        | dict(sources.copies)
    )
    wanted: dict[str, bytes | None] = {path: text.encode() for path, text in kept.items()}
    wanted[PATH] = rendered.encode()
    for decision in decisions:
        if decision.text is not None:
            wanted[decision.path] = decision.text.encode("utf-8", "surrogateescape")
        elif decision.outcome == "removed":
            wanted[decision.path] = None
    wanted |= dict.fromkeys(_find_outdated(root, manifest, wanted.keys()))
    held = {path: read_if_present(root, path) for path in wanted}
    for decision in decisions:
        text = ours.get(decision.path)
        held[decision.path] = None if text is None else text.encode("utf-8", "surrogateescape")
    return held, {path: data for path, data in wanted.items() if held[path] != data}


def _find_outdated(root: Path, manifest: Manifest, wanted: Iterable[str]) -> set[str]:
    """Return what lies below `.guard` from the last generation and is of no use any more."""
    shas = {entry.sha for entry in manifest.files.values()}
    shas |= {manifest.spec_sha, manifest.overlay_sha} - {""}
    paths = {f"{BASE}/{sha}" for sha in shas}
    for stem in (SPEC, OVERLAY):
        copy = find_copy(root, stem)
        paths |= {copy.relative_to(root).as_posix()} if copy else set()
    return paths - set(wanted)


def _record(root: Path, sources: _Sources) -> None:
    from devmatrix_guard.commands.application.runs import record_application_run, record_files

    spec_sha = hash_text(read_chosen(sources.spec).decode())
    with record_application_run("regenerate", root) as (record, _check_memory):
        record_files(
            record,
            list(sources.files),
            sources.after,
            spec_sha=spec_sha,
            ir_sha=hash_ir(sources.after),
        )
