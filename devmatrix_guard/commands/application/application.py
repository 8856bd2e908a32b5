"""A generated application on disk: its files, and what a fresh generation would give."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.commands.application.bank_sources import open_application_bank
from devmatrix_guard.commands.application.context import read_context
from devmatrix_guard.errors import GenerationError, GuardError, UsageError
from devmatrix_guard.files import (
    FileError,
    is_file,
    is_inside,
    list_files,
    list_folder,
    read_file,
    read_if_present,
)
from devmatrix_guard.generator.base_texts import unpack_text
from devmatrix_guard.generator.emit.models.migrations import VERSIONS
from devmatrix_guard.generator.extract.extract import read_application
from devmatrix_guard.generator.manifest import BASE, OVERLAY, PATH, SPEC, read_manifest
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.regenerate.swap import refuse_interrupted
from devmatrix_guard.generator.strata import generate_files
from devmatrix_guard.git.process import run_git
from devmatrix_guard.git.worktree import read_left_out
from devmatrix_guard.ir.application import ApplicationIR

_MAX_BYTES = 4 << 20  # a file beyond this is no source of ours


class Application(NamedTuple):
    """An application and its reference.

    Attributes:
        root: its folder.
        spec, overlay: what it was generated from.
        ir: the IR of those.
        files: path -> text of the generated files that are there, and of all Python below `src`.
        reference: path -> text of what a fresh generation gives; files that people took over for
            good are as they are.
        patterns: path -> id and version of the InfraPattern that a file of the reference is, but
            of those that people took over.
    """

    root: Path
    spec: Path
    overlay: Path | None
    ir: ApplicationIR
    files: dict[str, str]
    reference: dict[str, str]
    patterns: dict[str, tuple[str, int]]


def read_generated(
    root: Path, *, spec: Path | None = None, overlay: Path | None = None
) -> Application:
    """Read the application in `root`.

    Args:
        spec, overlay: instead of the copies that were kept when it was generated.

    Raises:
        UsageError: the copy of the spec is gone.
        SpecError: the spec cannot be understood.
        GenerationError: there is no manifest, it cannot be read, or it pins an InfraPattern that
            is nowhere.
    """
    refuse_interrupted(root)
    if spec is None:
        read_manifest(root)  # says what is wrong with it
    spec = spec or find_copy(root, SPEC)
    if spec is None:
        raise UsageError(f"{root}/{SPEC}.* is missing; name the spec with --spec.")
    overlay = overlay or find_copy(root, OVERLAY)
    ir = read_application(spec, overlay)
    plan = make_plan(ir)
    with open_application_bank(read_context(root)) as bank:
        files = generate_files(plan, bank)
    reference = {file.path: file.text for file in files} | _read_earlier_migrations(root)
    patterns = {file.path: file.pattern[:2] for file in files if file.pattern}
    present = _add_left_out(root, reference, read_present_files(root, reference))
    for path in _list_taken_over(root, reference):
        patterns.pop(path, None)
        if path in present:
            reference[path] = present[path]
        else:
            del reference[path]
    return Application(root, spec, overlay, ir, present, reference, patterns)


def _add_left_out(
    root: Path, reference: Mapping[str, str], present: dict[str, str]
) -> dict[str, str]:
    """Return the files with those that a sparse checkout leaves out: nobody deleted them."""
    if reference.keys() <= present.keys():
        return present
    return present | {
        path: data.decode("utf-8", "surrogateescape")
        for path, data in read_left_out(root).items()
        if path in reference and path not in present
    }


def _list_taken_over(root: Path, paths: Iterable[str]) -> list[str]:
    """Return which files people took over for good."""
    ignored = read_manifest(root).ignored if (root / PATH).is_file() else ()
    return [path for path in paths if any(fnmatchcase(path, glob) for glob in ignored)]


def find_copy(root: Path, stem: str) -> Path | None:
    """Return the copy of the spec or overlay that lies beside the application, if there is one.

    Raises:
        UsageError: it is a link that leads elsewhere.
    """
    folder, _, name = stem.rpartition("/")
    found = [file for file in list_folder(root, folder) if file.startswith(f"{name}.")]
    return locate_inner_file(root, f"{folder}/{found[0]}") if found else None


def locate_inner_file(root: Path, path: str) -> Path:
    """Return a file of the application, which the readers of specs open by its name.

    Raises:
        UsageError: it is a link that leads elsewhere.
    """
    if not is_inside(root, path):
        raise UsageError(f"{root / path} leads out of {root}; put the file itself in its place.")
    return root / path


def _read_earlier_migrations(root: Path) -> dict[str, str]:
    """Return the migrations as they were generated: a later spec does not rewrite them."""
    if not (root / PATH).is_file():
        return {}
    found = {}
    for path, entry in read_manifest(root).files.items():
        if path.startswith(VERSIONS):
            try:
                found[path] = read_base_text(root, path, entry.sha)
            except GenerationError:
                if is_file(root / path):
                    raise  # else it is of a commit that is not here
    return found


def read_base_text(root: Path, path: str, sha: str) -> str:
    """Return a file as it was generated last: what is kept, or the file where nobody edited it.

    Raises:
        GenerationError: it is not kept any more, or was edited there.
    """
    try:
        data = read_if_present(root, f"{BASE}/{sha}")
        text = unpack_text(data, sha) if data is not None else None
        if text is not None:
            return text.decode()
        text = _find_text(root, [path, *_list_copies(root)], sha)
        if text is None and path in (SPEC, OVERLAY):  # all else is generated again from these
            text = _find_committed(root, _list_copies(root), sha)
        if text is not None:
            return text.decode()
    except (FileError, UnicodeDecodeError) as error:
        raise GenerationError(f"{BASE}/{sha} cannot be read: {error}") from error
    found = "was edited" if data is not None else "is missing"
    raise GenerationError(
        f"{BASE}/{sha}, the generated text of {path}, {found}; restore it from version control."
    )


def read_last_texts(root: Path, reference: Mapping[str, str]) -> dict[str, str]:
    """Return the files as they were generated last; where nobody knows, as they are generated now.

    What differs from it is what people did.
    """
    base = dict(reference)
    if (root / PATH).is_file():
        for path, entry in read_manifest(root).files.items():
            try:
                base[path] = read_base_text(root, path, entry.sha)
            except GenerationError:
                continue
    return base


def _list_copies(root: Path) -> list[str]:
    copies = filter(None, (find_copy(root, stem) for stem in (SPEC, OVERLAY)))
    return [copy.relative_to(root).as_posix() for copy in copies]


def _find_text(root: Path, paths: Iterable[str], sha: str) -> bytes | None:
    """Return the text with this hash, if one of the files still holds it."""
    for path in paths:
        data = read_if_present(root, path)
        for text in (data, data.replace(b"\r\n", b"\n")) if data is not None else ():
            if hashlib.sha256(text).hexdigest() == sha:
                return text
    return None


def _find_committed(root: Path, paths: Iterable[str], sha: str) -> bytes | None:
    """Return the text with this hash, if the last commit has it; a shallow clone has no other."""
    for path in paths:
        with suppress(GuardError):
            code, data, _ = run_git(root, "cat-file", "blob", f"HEAD:./{path}")
            if not code and hashlib.sha256(data).hexdigest() == sha:
                return data
    return None


def read_present_files(root: Path, reference: Iterable[str]) -> dict[str, str]:
    """Return the files that are there, of those named and of all Python below `src`.

    Their text is given byte for byte: ends of lines are not translated.
    """
    found = list_files(root, "src", (".py",))
    names = {*reference, *(name for name in found if "__pycache__" not in name.split("/"))}
    present: dict[str, str] = {}
    for name in sorted(names):
        with suppress(FileError):
            data = read_file(root, name, _MAX_BYTES)
            present[name] = data.decode("utf-8", "surrogateescape")
    return present
