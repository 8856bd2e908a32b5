"""What a change of many files does, step by step, as it is written down before it begins."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import FileError, is_inside, read_if_present, write_file
from devmatrix_guard.generator.manifest import PATH as MANIFEST

UNDO = ".guard/undo"
JOURNAL = f"{UNDO}/journal.json"
_FORMAT = 1
_MAX_BYTES = 64 * 1024 * 1024
_SHA = re.compile(r"[0-9a-f]{64}")

State = Literal["pending", "done"]


class Step(NamedTuple):
    """One file of a change: its path, and the hashes of what it holds before and after.

    None stands for no file; the contents lie under `old/NUMBER` and `new/NUMBER`.
    """

    number: int
    path: str
    old: str | None
    new: str | None


class Journal(NamedTuple):
    """A change: whether it is carried out, and its steps in their order."""

    state: State
    steps: tuple[Step, ...]


def order_paths(contents: Mapping[str, bytes | None]) -> list[str]:
    """Return the paths of a change in the order in which they are written.

    The manifest comes after what it describes, and what is kept for it and goes comes after it:
    whichever manifest is there, what it names is there as well.
    """

    def rank(path: str) -> tuple[int, str]:
        if path == MANIFEST:
            return 1, path
        kept = path.startswith(".guard/") and contents[path] is None
        return (2 if kept else 0), path

    return sorted(contents, key=rank)


def render_journal(steps: Iterable[Step], state: State) -> bytes:
    """Return a journal as it is written."""
    written = [[step.path, step.old, step.new] for step in steps]
    return json.dumps({"format": _FORMAT, "state": state, "steps": written}).encode()


def mark_done(root: Path, journal: Journal) -> None:
    """Note that every step was taken."""
    write_file(root, JOURNAL, render_journal(journal.steps, "done"), sync=True)


def read_journal(root: Path) -> Journal | None:
    """Return the journal of the last change, None where there was none.

    Raises:
        UsageError: it is not one that this program made: a clone may bring one of its own.
    """
    try:
        data = read_if_present(root, JOURNAL, _MAX_BYTES)
        if data is None:
            return None
        values: dict[str, Any] = json.loads(data)
        if values["format"] != _FORMAT or values["state"] not in ("pending", "done"):
            raise ValueError("another format")
        steps = tuple(Step(n, *step) for n, step in enumerate(values["steps"]))
        for step in steps:
            _check_step(root, step)
    except (FileError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise UsageError(
            f"{root / JOURNAL} cannot be read ({error}); remove {root / UNDO}."
        ) from error
    return Journal(values["state"], steps)


def _check_step(root: Path, step: Step) -> None:
    if not isinstance(step.path, str) or any(c < " " for c in step.path):
        raise ValueError("a path that is none")
    parts = step.path.split("/")
    if {"", ".", "..", ".git"} & {part.lower() for part in parts}:
        raise ValueError(f"{step.path!r} is no path inside")
    if step.path.startswith(f"{UNDO}/") or not is_inside(root, step.path):
        raise ValueError(f"{step.path!r} leads elsewhere")
    for sha in (step.old, step.new):
        if sha is not None and not _SHA.fullmatch(sha):
            raise ValueError("a hash that is none")


def hash_held(root: Path, path: str) -> str | None:
    """Return the hash of what a file holds now, None for no file."""
    return hash_content(read_content(root, path))


def hash_content(content: bytes | None) -> str | None:
    """Return the hash of a content, None for no file."""
    return None if content is None else hashlib.sha256(content).hexdigest()


def read_content(root: Path, path: str) -> bytes | None:
    """Return what a file holds now, None for no file."""
    return read_if_present(root, path, _MAX_BYTES)


def read_laid_out(root: Path, side: Literal["old", "new"], step: Step) -> bytes | None:
    """Return a content that was laid out, None for no file.

    Raises:
        UsageError: it is not what the journal says.
    """
    sha = step.old if side == "old" else step.new
    if sha is None:
        return None
    content = read_content(root, f"{UNDO}/{side}/{step.number}")
    if hash_content(content) != sha:
        raise UsageError(f"{UNDO}/{side}/{step.number} was changed; remove {root / UNDO}.")
    return content
