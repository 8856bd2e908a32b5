"""What an application looked like when it failed last, to see later what made it pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from devmatrix_guard.commands.application.application import (
    Application,
    find_copy,
    read_base_text,
)
from devmatrix_guard.errors import GenerationError
from devmatrix_guard.files import FileError, read_if_present
from devmatrix_guard.generator.manifest import OVERLAY, SPEC, hash_text
from devmatrix_guard.model.knowledge.learning import ErrorPattern, FixEdit
from devmatrix_guard.model.named_value import NamedValue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devmatrix_guard.memory.base import Memory

_KEY = "failure:"
_MOST_CHARACTERS = 400_000
_SOURCES = (SPEC, OVERLAY)


class Failure(NamedValue):
    """An application that failed.

    Attributes:
        errors: it had.
        files: path -> hash of every file then.
        texts: path -> text of those that were not as generated, and of the copies of the spec.
        compliance: measured then.
    """

    errors: tuple[ErrorPattern, ...]
    files: Mapping[str, str]
    texts: Mapping[str, str]
    compliance: float | None = None


def keep_failure(
    memory: Memory,
    base: str,
    application: Application,
    errors: Iterable[ErrorPattern],
    compliance: float | None,
) -> None:
    """Keep what failed until the next outcome; the files that nobody edited are kept by hash."""
    texts, left = {}, _MOST_CHARACTERS
    edited = {
        path: text
        for path, text in application.files.items()
        if text != application.reference.get(path)
    }
    for path, text in sorted({**edited, **read_sources_now(application)}.items()):
        left -= len(text)
        if left < 0:
            break
        texts[path] = text
    files = {path: hash_any(text) for path, text in application.files.items()}
    _write(memory, base, Failure(tuple(errors), files, texts, compliance))


def forget_failure(memory: Memory, base: str) -> None:
    """Keep nothing any more: the application passes."""
    memory.state.set(f"{_KEY}{base}", None)


def read_failure(memory: Memory, base: str) -> Failure | None:
    """Return how an application failed last, None where it passed, or nothing that can be read."""
    kept = memory.state.get(f"{_KEY}{base}")
    if kept is None:
        return None
    try:
        data: dict[str, Any] = json.loads(kept)
        errors = tuple(
            ErrorPattern(**(one | {"fix": tuple(FixEdit(*edit) for edit in one["fix"])}))
            for one in data["errors"]
        )
        return Failure(errors, dict(data["files"]), dict(data["texts"]), data["compliance"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None  # of another release: nothing is learned from it


def note_repair(memory: Memory, base: str, contents: Mapping[str, str]) -> None:
    """Let what guard itself has written since not pass for a person's edit."""
    failure = read_failure(memory, base)
    if failure is None:
        return
    files = {**failure.files, **{path: hash_any(text) for path, text in contents.items()}}
    _write(memory, base, failure._replace(files=files, texts={**failure.texts, **contents}))


def list_texts_then(application: Application, failure: Failure) -> dict[str, str]:
    """Return {path: text then} of the files that are otherwise now, as far as it is known."""
    then: dict[str, str] = {}
    for path, sha in failure.files.items():
        text = application.files.get(path)
        if text is None or hash_any(text) == sha:
            continue
        known = failure.texts.get(path)
        if known is None:
            known = _find_generated(application, path, sha)
        if known is not None:
            then[path] = known
    return then


def read_sources_now(application: Application) -> dict[str, str]:
    """Return the copies of spec and overlay that lie beside the application."""
    found = {}
    for stem in _SOURCES:
        copy = find_copy(application.root, stem)
        if copy is None:
            continue
        path = copy.relative_to(application.root).as_posix()
        try:
            data = read_if_present(application.root, path)
        except FileError:
            continue
        found[path] = (data or b"").decode("utf-8", "replace")
    return found


def hash_any(text: str) -> str:
    """Return the hash of a text that may hold bytes which are no UTF-8."""
    return hash_text(text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))


def _write(memory: Memory, base: str, failure: Failure) -> None:
    errors = [e._asdict() | {"fix": [list(edit) for edit in e.fix]} for e in failure.errors]
    memory.state.set(f"{_KEY}{base}", json.dumps(failure._asdict() | {"errors": errors}))


def _find_generated(application: Application, path: str, sha: str) -> str | None:
    reference = application.reference.get(path)
    if reference is not None and hash_any(reference) == sha:
        return reference
    try:
        return read_base_text(application.root, path, sha)
    except GenerationError:
        return None
