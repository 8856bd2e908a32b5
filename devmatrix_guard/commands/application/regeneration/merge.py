"""Merges the next generation with what people wrote: a decision about each file that differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from devmatrix_guard.commands.application.application import read_present_files
from devmatrix_guard.commands.application.regeneration.step import Step
from devmatrix_guard.files import list_files, read_if_present
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.regenerate.decide import Decision, decide, follow_symbols
from devmatrix_guard.generator.regenerate.left_behind import find_left_behind
from devmatrix_guard.generator.regenerate.moves import find_moved_symbols, find_moves
from devmatrix_guard.generator.regenerate.renames import (
    RenamedFile,
    find_renamed_entities,
    find_renamed_files,
    follow_renames,
)
from devmatrix_guard.model.named_value import NamedValue


class Merge(NamedValue):
    """What becomes of an application's files.

    Attributes:
        decisions: about every file that is not the same as before.
        ours: path -> text of the files as people left them, byte for byte.
    """

    decisions: tuple[Decision, ...]
    ours: Mapping[str, str]

    @property
    def conflicts(self) -> list[Decision]:
        """The files in which both sides changed the same thing."""
        return [decision for decision in self.decisions if decision.outcome == "conflict"]


def merge_step(step: Step, *, inline: bool) -> Merge:
    """Return what becomes of every file; what people moved is found where it is now.

    Args:
        step: from the last generation to the next.
        inline: write conflicts into the files, between markers.
    """
    read = _read_texts(step.root, step.paths)
    moves, moved = _find_moved_files(step, read)
    ours = read | moved
    theirs = {file.path: file.text for file in step.generation.files}
    others = [other.files for other in step.last.others]
    found = decide(step.last.files, ours, theirs, inline=inline, others=others)
    found = [d._replace(path=moves.get(d.path, d.path)) for d in found]
    renamed = [file for file in _find_renamed_files(step, ours) if file.old not in moves]
    found = follow_renames(found, renamed, ours, theirs, inline=inline)
    found, holders = _follow_moved_symbols(step, ours, theirs, found)
    placed = {moves.get(path, path): text for path, text in theirs.items()}
    found, callers = _tell_left_behind(step, ours, placed, found)
    kept = tuple(d for d in found if not any(fnmatchcase(d.path, g) for g in step.ignored))
    return Merge(kept, ours | holders | callers)


def _read_texts(root: Path, paths: Iterable[str]) -> dict[str, str]:
    """Return the files that are there as text, byte for byte."""
    texts = {}
    for name in paths:
        data = read_if_present(root, name)
        if data is not None:
            texts[name] = data.decode("utf-8", "surrogateescape")
    return texts


def _find_moved_files(step: Step, ours: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return old -> new path of files that people moved, and their texts under both."""
    absent = {path: text for path, text in step.last.files.items() if path not in ours}
    if not absent:
        return {}, {}
    present = read_present_files(step.root, ())
    moves = find_moves(absent, {p: text for p, text in present.items() if p not in step.paths})
    return moves, {path: present[new] for old, new in moves.items() for path in (old, new)}


def _find_renamed_files(step: Step, ours: Mapping[str, str]) -> list[RenamedFile]:
    """Return files under another name that people edited, but those they took over for good."""
    parts = (step.last, *step.last.others)
    entities = list(
        find_renamed_entities([make_plan(part.ir) for part in parts], step.generation.plan)
    )
    theirs = {file.path: file.text for file in step.generation.files}
    found = find_renamed_files(entities, [part.files for part in parts], ours, theirs)
    return [f for f in found if not any(fnmatchcase(f.old, glob) for glob in step.ignored)]


def _follow_moved_symbols(
    step: Step, ours: Mapping[str, str], theirs: Mapping[str, str], found: list[Decision]
) -> tuple[list[Decision], dict[str, str]]:
    """Add what is generated for symbols that people moved; return also the files that hold them."""
    if not any(decision.outcome in ("kept", "merged") for decision in found):
        return found, {}  # nobody took anything out of a file that is generated otherwise now
    modules = {**ours, **read_present_files(step.root, ())}
    moved = find_moved_symbols(step.last.files, modules, theirs)
    holders = {symbol.holder: modules[symbol.holder] for symbol in moved}
    return follow_symbols(found, moved, modules), holders


def _tell_left_behind(
    step: Step, ours: Mapping[str, str], theirs: Mapping[str, str], found: list[Decision]
) -> tuple[list[Decision], dict[str, str]]:
    """Add what people wrote about names that are gone; return also the files that hold it."""
    tests = list_files(step.root, "tests", (".py",))
    present = {**ours, **read_present_files(step.root, tests)}
    by_path = {decision.path: decision for decision in found}
    texts = {decision.path: decision.text for decision in found if decision.text is not None}
    gone = {decision.path for decision in found if decision.outcome in ("removed", "conflict")}
    result = {path: text for path, text in {**present, **texts}.items() if path not in gone}
    entities = step.sources.ir.domain.entities
    renamed = {entity.renamed_from: entity.name for entity in entities}
    renamed |= {a.renamed_from: a.name for entity in entities for a in entity.attributes}
    notes = find_left_behind(step.last.files, theirs, result, renamed)
    for path, said in notes.items():
        held = by_path.get(path, Decision(path, "kept"))
        by_path[path] = held._replace(notes=(*held.notes, *said))
    held_now = {path: present[path] for path in notes if path in present}
    return [by_path[path] for path in sorted(by_path)], held_now
