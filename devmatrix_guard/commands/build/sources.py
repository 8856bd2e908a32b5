"""The phases of a build from the spec to the files: keep the IR, look back, generate, write."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from devmatrix_guard import __version__
from devmatrix_guard.commands.application.application import (
    Application,
    find_copy,
    read_generated,
    read_present_files,
)
from devmatrix_guard.commands.application.bank_sources import open_memory_bank
from devmatrix_guard.commands.application.context import ApplicationContext
from devmatrix_guard.commands.application.generation import (
    Generation,
    Sources,
    generate,
    render_guard_files,
)
from devmatrix_guard.commands.application.irs.ir_versions import keep_ir
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate
from devmatrix_guard.commands.application.runs import record_files
from devmatrix_guard.commands.build.journal import read_journal
from devmatrix_guard.commands.build.phases import Result
from devmatrix_guard.commands.loop.use import describe_look_back, enrich_bank, record_use
from devmatrix_guard.errors import GenerationError, InternalError
from devmatrix_guard.files import list_folder
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.manifest import OVERLAY, PATH, SPEC, read_manifest
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.write import check_target, write_application
from devmatrix_guard.model.knowledge.learning import LookBack

if TYPE_CHECKING:
    from devmatrix_guard.commands.application.run_recorder import RunRecorder
    from devmatrix_guard.memory.base import Memory

Place = Literal["fresh", "same", "changed"]
_OWN = {".guard", ".git"}


def check_place(target: Path) -> None:
    """Refuse a target that holds something other than an application of ours.

    Raises:
        GenerationError: it does, or it is no folder.
    """
    is_ours = (target / PATH).is_file() or read_journal(target) is not None
    check_target(target, force=is_ours or _is_empty(target))


def classify_place(target: Path, sources: Sources) -> Place:
    """Tell what the target holds: nothing yet, what these sources give, or an earlier generation.

    Raises:
        GenerationError: its manifest cannot be read.
    """
    if not (target / PATH).is_file():
        return "fresh"
    manifest = read_manifest(target)
    made_from = (manifest.version, manifest.spec_sha, manifest.overlay_sha, manifest.ir_sha)
    wanted = (__version__, sources.spec_sha, sources.overlay_sha, sources.ir_sha)
    return "same" if made_from == wanted and not manifest.others else "changed"


def keep_sources(memory: Memory, sources: Sources) -> Result:
    """Keep the IR."""
    ir = sources.ir
    version = keep_ir(memory, ir, sources.ir_sha, sources.spec_sha)
    return Result("done", f"{ir.name}, version {version}", {"version": version})


def look_back(
    sources: Sources, context: ApplicationContext, stack: ExitStack
) -> tuple[Result, tuple[PatternBank, LookBack | None]]:
    """Ask the memory about specs and patterns like these, and give the bank that makes use of it.

    Args:
        stack: keeps the bank open for the generation.
    """
    opened = stack.enter_context(open_memory_bank(context))
    if opened.repository is None:
        text = opened.problem or "there is no memory"
        return Result("done", text, {"lines": []}), (opened.bank, None)
    bank, looked = enrich_bank(context, make_plan(sources.ir), opened, sources.spec_sha)
    lines = describe_look_back(looked, ())
    text = "; ".join(lines) or "nothing is known of specs like this one"
    return Result("done", text, {"lines": list(lines)}), (bank, looked)


def make_generation(
    sources: Sources, bank: PatternBank, looked: LookBack | None, place: Place
) -> tuple[Result, Generation | None]:
    """Generate what a fresh target is to hold; None where there is something already."""
    if place == "same":
        return Result("kept", "the folder holds what this spec gives"), None
    if place == "changed":
        return Result("skipped", "the folder holds an earlier generation: it is merged"), None
    generation = generate(sources.ir, bank)
    if looked is not None:
        generation = generation._replace(looked=looked)
    strata: Counter[str] = Counter(file.stratum for file in generation.files)
    text = ", ".join(f"{name} {count}" for name, count in sorted(strata.items()))
    return Result("done", f"{len(generation.files)} files ({text})", dict(strata)), generation


def write_generation(
    sources: Sources,
    context: ApplicationContext,
    generation: Generation | None,
    place: Place,
    *,
    given: tuple[Path, Path | None],
    record: RunRecorder,
) -> tuple[Result, Application]:
    """Bring the target to what the sources give, and return the application there.

    Args:
        given: the spec and the overlay as they were named.
        record: the run that writes.

    Raises:
        GenerationError: it cannot be written, or merging it needs a person's decision.
    """
    target = context.folder
    if generation is not None:
        texts = {file.path: file.text for file in generation.files}
        guard_files = render_guard_files(sources, generation)
        write_application(target, texts | guard_files, force=True)
        record_files(
            record,
            generation.files,
            sources.ir,
            spec_sha=sources.spec_sha,
            ir_sha=sources.ir_sha,
        )
        record_use(record, record.memory, generation.looked)
        count = len(texts)
        return Result("done", f"{count} files", {"files": count}), _assemble(target, generation)
    if place == "same":
        return Result("kept", "nothing to write"), read_generated(target)
    spec, overlay = given
    options = RegenerateOptions(spec=spec, overlay=overlay, verify=False)
    result = run_regenerate(target, options)
    if result.blockers:
        raise GenerationError(
            f"{'; '.join(result.blockers)}; `guard regenerate {target} --spec {spec}` has the "
            "options for it."
        )
    changed = len(result.decisions)
    text = f"{len(result.changes)} changes of the spec merged into {changed} files"
    return Result("done", text, {"files": changed}), read_generated(target)


def _assemble(target: Path, generation: Generation) -> Application:
    """Return the application that was just written, without generating it a second time."""
    reference = {file.path: file.text for file in generation.files}
    spec = find_copy(target, SPEC)
    if spec is None:
        raise InternalError(f"{target}/{SPEC}.* is missing, which was just written")
    return Application(
        root=target,
        spec=spec,
        overlay=find_copy(target, OVERLAY),
        ir=generation.plan.ir,
        files=read_present_files(target, reference),
        reference=reference,
        patterns={file.path: file.pattern[:2] for file in generation.files if file.pattern},
    )


def _is_empty(target: Path) -> bool:
    """Tell whether a folder holds nothing but what guard and git keep for themselves."""
    return target.is_dir() and not set(list_folder(target, ".")) - _OWN
