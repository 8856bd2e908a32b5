"""One generation as values: what is read, what it gives, and what is kept beside the files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from devmatrix_guard.commands.application.bank_sources import OpenBank, list_copies
from devmatrix_guard.commands.application.context import ApplicationContext
from devmatrix_guard.files import follow_links
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.extract.extract import extract
from devmatrix_guard.generator.manifest import (
    OVERLAY,
    PATH,
    SPEC,
    list_base_files,
    list_source_files,
    render_manifest,
)
from devmatrix_guard.generator.plan import Plan, make_plan
from devmatrix_guard.generator.spec.bundle import read_source
from devmatrix_guard.generator.spec.lines import tell_place
from devmatrix_guard.generator.spec.load import load_spec
from devmatrix_guard.generator.strata import GeneratedFile, generate_files
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.codec import hash_ir
from devmatrix_guard.model.knowledge.learning import LookBack
from devmatrix_guard.model.named_value import NamedValue


class _SourceText(NamedValue):
    """A spec or an overlay as it was read."""

    path: str
    name: str
    suffix: str
    data: bytes

    @property
    def sha(self) -> str:
        """The SHA-256 of it."""
        return hashlib.sha256(self.data).hexdigest()


class Sources(NamedValue):
    """What an application is generated from.

    Attributes:
        ir: its meaning.
        spec_sha, overlay_sha, ir_sha: hashes; that of an overlay which is not there is empty.
        texts: path -> text of the copies to keep.
        places: where `spec` and `overlay` are kept outside of the application, from the root of
            the repository.
    """

    ir: ApplicationIR
    spec_sha: str
    overlay_sha: str
    ir_sha: str
    texts: dict[str, str]
    places: Mapping[str, str] = {}


class Generation(NamedValue):
    """What the generator gives.

    Attributes:
        plan: what it worked from.
        files: every file, sorted by path.
        copies: path -> text of the pattern versions that must lie beside the application.
        looked: what the memory told before it.
    """

    plan: Plan
    files: list[GeneratedFile]
    copies: dict[str, str]
    looked: LookBack = LookBack()


def read_sources(spec: Path, overlay: Path | None = None) -> Sources:
    """Return what `spec` and `overlay` say; each is read once, so that all of it is of one moment.

    Raises:
        SpecError: one of them cannot be read or understood.
    """
    spec_text = _read_text(spec)
    overlay_text = _read_text(overlay) if overlay else None
    return _interpret(spec_text, overlay_text)


def read_sources_for(
    context: ApplicationContext, spec: Path, overlay: Path | None = None
) -> Sources:
    """Return the same for an application that remembers where they are kept.

    What lies in the application, or outside of its repository, is not remembered.
    """
    places: dict[str, str] = {}
    inner, outer = context.folder.resolve(), context.project
    for kind, path in (("spec", spec), ("overlay", overlay)):
        place = follow_links(path) if path else outer
        if place.is_relative_to(outer) and not place.is_relative_to(inner) and place != outer:
            places[kind] = place.relative_to(outer).as_posix()
    return read_sources(spec, overlay)._replace(places=places)


def _read_text(path: Path) -> _SourceText:
    return _SourceText(str(path), path.stem, path.suffix, read_source(path))


def _interpret(spec: _SourceText, overlay: _SourceText | None) -> Sources:
    document = load_spec(
        spec.data,
        overlay.data if overlay else None,
        name=spec.name,
        paths=(spec.path, overlay.path if overlay else ""),
    )
    with tell_place(spec.path):
        ir = extract(document)
    texts = {f"{SPEC}{spec.suffix}": spec.data.decode()}
    if overlay:
        texts[f"{OVERLAY}{overlay.suffix}"] = overlay.data.decode()
    return Sources(
        ir=ir,
        spec_sha=spec.sha,
        overlay_sha=overlay.sha if overlay else "",
        ir_sha=hash_ir(ir),
        texts=list_source_files(texts),
    )


def generate(ir: ApplicationIR, bank: PatternBank) -> Generation:
    """Return the application of an IR, with the patterns of a bank."""
    return _generate(make_plan(ir), bank)


def generate_with_memory(
    context: ApplicationContext, sources: Sources, opened: OpenBank
) -> Generation:
    """Return the application, made with what the memory knows of specs and patterns like these."""
    from devmatrix_guard.commands.loop.use import enrich_bank  # only where there is a memory

    plan = make_plan(sources.ir)
    bank, looked = enrich_bank(context, plan, opened, sources.spec_sha)
    return _generate(plan, bank)._replace(looked=looked)


def _generate(plan: Plan, bank: PatternBank) -> Generation:
    files = generate_files(plan, bank)
    copies = list_copies(bank, [file.pattern[0] for file in files if file.pattern])
    return Generation(plan, files, copies)


def render_guard_files(
    sources: Sources, generation: Generation, *, ignored: Sequence[str] = ()
) -> dict[str, str]:
    """Return {path: text} of what is kept below `.guard`, for a later merge and the manifest.

    Args:
        ignored: globs of files that people have taken over for good.
    """
    manifest = render_manifest(
        generation.files,
        spec_sha=sources.spec_sha,
        overlay_sha=sources.overlay_sha,
        ir_sha=sources.ir_sha,
        ignored=ignored,
        places=sources.places,
    )
    base = list_base_files(generation.files)
    return base | sources.texts | generation.copies | {PATH: manifest}
