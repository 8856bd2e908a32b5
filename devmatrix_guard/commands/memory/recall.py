"""`guard recall`: what is known of a place before it is edited."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

from devmatrix_guard.commands.check.change.proof_detector import read_index_at
from devmatrix_guard.commands.learn.fix_memory import read_readable
from devmatrix_guard.commands.learn.fix_units import read_naming_at
from devmatrix_guard.commands.memory.fix_chains import LINE_NUMBER
from devmatrix_guard.commands.memory.moves import Move, find_move
from devmatrix_guard.config import load_settings
from devmatrix_guard.engine.prefilter.scan import prefilter
from devmatrix_guard.engine.rules.cache import load_or_build
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import FileError, read_file
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.repository import Repository, find_own_folder, find_repository
from devmatrix_guard.mining.candidates.dismissals import DISMISSED_NAME, load_dismissed
from devmatrix_guard.mining.fixes.index import FixIndex, build_index
from devmatrix_guard.mining.fixes.lost import Standing, find_lost
from devmatrix_guard.mining.outline import Outline, read_outline
from devmatrix_guard.model.answers.lesson import Lesson, Recall
from devmatrix_guard.model.knowledge.fix import FixedFunction, FixUnit
from devmatrix_guard.model.language import detect_language
from devmatrix_guard.model.rule import rank_stage
from devmatrix_guard.reports.redact import redact
from devmatrix_guard.reports.terminal import choose_options
from devmatrix_guard.reports.views.recall import write_recall

_MAX_BYTES = 1_000_000
_MAX_LESSONS = 60
_MAX_SIBLINGS = 3
_MAX_RULES = 5
_FIXED_AGAIN = 3
_NEAR = 2.0
_MAX_FAR = 3
_RULES_CACHE = "rules-recall.bin"
_WORD = re.compile(r"[A-Za-z]{3,}|\d{2,}")
_STOP = frozenset({"the", "and", "for", "with", "from", "this", "that", "not", "when", "fix"})


class _Place(NamedTuple):
    """What a subject means: a file, perhaps a function in it; neither for a plain text."""

    path: str = ""
    function: str = ""
    line: int = 0

    @property
    def shown(self) -> str:
        return f"{self.path}::{self.function}" if self.function else self.path


def recall(start: Path, subject: str) -> Recall:
    """Return what is known of a place, or of what a text is about, the most useful first.

    Args:
        start: the folder the command was called in; a path may be relative to it.
        subject: a path, with `:LINE` or without, the name of a function, or any words.

    Raises:
        UsageError: the subject is empty.
        GuardError: there is no repository.
    """
    if not subject.strip():
        raise UsageError("name a path, a function or some words: guard recall PATH[:LINE].")
    repo = find_repository(start)
    place, move = _find_place(repo, start, subject)
    index = read_readable(repo, redact=redact)
    is_learned = index is not None
    if index is None:
        index = _read_history(repo, place)
    if place is not None:
        moved = [_tell_move(move)] if move else []
        return Recall(place.shown, (*moved, *_recall_place(repo, index, place)), is_learned)
    places = _find_functions(index, subject)
    if places:
        lessons = [lesson for one in places for lesson in _recall_place(repo, index, one)]
        return Recall(subject, tuple(lessons[:_MAX_LESSONS]), is_learned)
    spoken = _recall_text(index, subject)
    if _names_file(subject):
        subject = f"{subject} (not there{'; by its words' if spoken else ''})"
    return Recall(subject, spoken, is_learned)


def _names_file(subject: str) -> bool:
    """Whether a text reads as the name of a file, with a line or without."""
    name = subject.partition(":")[0]
    return " " not in subject and ("/" in name or detect_language(name) != "")


def render_recall(
    found: Recall, format_name: str, budget: int, stream: TextIO | None = None
) -> str:
    """Return lessons as text, Markdown or JSON of at most `budget` characters.

    Rows of text keep to the width of `stream`, where one is given.
    """
    width = choose_options(stream, os.environ).width if stream else 0
    return write_recall(found, format_name, budget, width)


def _read_history(repo: Repository, place: _Place | None) -> FixIndex:
    """Return the fixes to one file from its history, where nothing has been learned."""
    if place is None:
        return build_index(())
    with BlobReader(repo) as blobs:
        return read_index_at(repo, blobs, "HEAD", [place.path], read_naming_at(blobs, "HEAD"))


def _find_place(repo: Repository, start: Path, subject: str) -> tuple[_Place | None, Move | None]:
    """Return the file a subject names, under its name of today, and how it came by that."""
    place = _find_file(repo, start, subject)
    if place is not None or not _names_file(subject):
        return place, None
    path, mark, rest = subject.partition(":")
    move = find_move(repo, Path(os.path.relpath(start.resolve() / path, repo.root)).as_posix())
    if move is None:
        return None, None
    return _find_file(repo, repo.root, f"{move.path}{mark}{rest}"), move


def _tell_move(move: Move) -> Lesson:
    return Lesson("moved", move.path, f"it was {move.former} before", move.commit, move.date)


def _find_file(repo: Repository, start: Path, subject: str) -> _Place | None:
    """Return the file a subject names, with the function its line or its ending is in."""
    head, _, tail = subject.rpartition(":")
    readings = [(subject, "", 0)]
    if head and LINE_NUMBER.fullmatch(tail):
        readings.append((head, "", int(tail)))
    elif head:
        readings.append((head.removesuffix(":"), tail, 0))
    for name, function, line in readings:
        if "\0" in name:
            continue
        path = Path(os.path.relpath(start.resolve() / name, repo.root)).as_posix()
        if path.startswith("..") or not os.path.isfile(repo.root / path):  # noqa: PTH113
            continue  # `Path.is_file` fails for a name that is too long for one
        if line:
            function = _read_outline(repo, path).find_function(line)
        return _Place(path, function, line)
    return None


def _read_outline(repo: Repository, path: str) -> Outline:
    return read_outline(path, _read(repo, path))


def _read(repo: Repository, path: str) -> bytes:
    try:
        return read_file(repo.root, path, _MAX_BYTES) or b""
    except FileError:
        return b""


def _find_functions(index: FixIndex, subject: str) -> list[_Place]:
    """Return the functions of this name that fixes are known of, those of the full name first."""
    name = subject.strip().removesuffix("()")
    if not re.fullmatch(r"[\w.]+", name):
        return []
    found = []
    for path in index.functions:
        for function in index.get_functions(path):
            if function == name or function.endswith(f".{name}"):
                found.append((function != name, path, function))
    return [_Place(path, function) for _, path, function in sorted(found)]


def _recall_place(repo: Repository, index: FixIndex, place: _Place) -> tuple[Lesson, ...]:
    source = _read(repo, place.path)
    rated = sorted(_rate_fixes(index, place), key=lambda rated: -rated[0])
    # Of the rest of the file a few fixes are enough, where the place has its own.
    far = [fix for nearness, fix in rated if nearness < _NEAR]
    near = [fix for nearness, fix in rated if nearness >= _NEAR]
    found = [*near, *(far[:_MAX_FAR] if near else far)]
    lessons = list(_tell_fixes(found, place, source))
    again = _tell_again(found, place)
    order = [*([again] if again else []), *lessons[:_MAX_LESSONS]]
    order += _tell_rules(repo, place, source)
    order += _tell_siblings(index, place)
    return tuple(order)


def _rate_fixes(index: FixIndex, place: _Place) -> Iterator[tuple[float, FixUnit]]:
    """Yield the fixes to a file with how much they have to say of the place in it."""
    numbers: dict[int, float] = {}
    for function, fixes in index.get_functions(place.path).items():
        for number in fixes:
            numbers[number] = max(numbers.get(number, 0.0), _rate_nearness(function, place))
    for _, proofs in index.get_proofs(place.path):  # of a file of tests, what they prove
        for number, _ in proofs:
            numbers.setdefault(number, 1.0)
    for number, nearness in numbers.items():
        fix = index.get_fix(number)
        newest = 1.0 - number / (len(index.fixes) or 1)  # they are numbered from the newest
        worth = 0.5 * bool(fix.tests) + 0.3 * bool(fix.issue) + 0.6 * newest
        yield nearness + worth, fix


def _rate_nearness(function: str, place: _Place) -> float:
    if not place.function:
        return 1.0
    if function == place.function:
        return 4.0
    one, other = function.rpartition(".")[0], place.function.rpartition(".")[0]
    return 2.0 if (one and one == other) or function == other else 0.0


def _tell_fixes(fixes: Sequence[FixUnit], place: _Place, source: bytes) -> Iterator[Lesson]:
    standing = Standing(place.path, source)
    for fix in fixes:
        own = [f for f in fix.functions if f.path == place.path]
        exact = [f for f in own if f.name == place.function] or own
        named = next((f.name for f in exact if f.name), "")
        where = f"{place.path}::{named}" if named else place.path
        tests = [f"{t.path}::{t.name}" for t in fix.tests if t.is_there]
        lost = find_lost(fix, exact, standing)
        yield Lesson(
            "lost" if lost else "fix",
            where,
            f"{fix.subject}{f' — {lost}' if lost else ''}",
            fix.commit,
            fix.date,
            fix.issue,
            tuple(edit for function in exact for edit in function.edits)[:2],
            tuple(tests),
        )


def _tell_again(fixes: Sequence[FixUnit], place: _Place) -> Lesson | None:
    """Return that one function was fixed several times, the place's own or the most fixed."""
    counts: dict[str, int] = {}
    for fix in fixes:
        for function in fix.functions:
            if function.path == place.path and function.name:
                counts[function.name] = counts.get(function.name, 0) + 1
    chosen = place.function or max(counts, key=lambda name: (counts[name], name), default="")
    count = counts.get(chosen, 0)
    if count < _FIXED_AGAIN:
        return None
    return Lesson("again", f"{place.path}::{chosen}", f"fixed {count} times so far")


def _tell_rules(repo: Repository, place: _Place, source: bytes) -> Iterator[Lesson]:
    """Yield the project's rules whose words stand at the place, but what many people contradict."""
    settings = load_settings(repo.root)
    sources = [(repo.root / name, "hand-written") for name in settings.rules]
    if not source or not any(path.exists() for path, _ in sources):
        return
    own = find_own_folder(repo)
    compiled = load_or_build(sources, own / _RULES_CACHE if own.exists() else None, repo.root)
    lines = read_outline(place.path, source).find_lines(place.function) if place.function else None
    scan = prefilter(compiled, source, (lines,) if lines else None)
    dismissed = load_dismissed(own / DISMISSED_NAME)
    rules = [compiled.rule(number) for number in scan.rules]
    rules = [rule for rule in rules if (rule.id, "") not in dismissed]
    shown = [rule for rule in rules if rank_stage(rule.stage) >= rank_stage("advise")]
    for rule in sorted(shown, key=lambda r: (-rank_stage(r.stage), r.id))[:_MAX_RULES]:
        yield Lesson("rule", rule.id, f"{rule.stage}: {' '.join(rule.message.split())}")


def _tell_siblings(index: FixIndex, place: _Place) -> Iterator[Lesson]:
    """Yield functions of the same name in other files that were fixed too."""
    leaf = place.function.rpartition(".")[2]
    if not leaf or leaf.startswith("__"):
        return
    found = [
        (path, name)
        for path in index.functions
        if path != place.path
        for name in index.get_functions(path)
        if name.rpartition(".")[2] == leaf
    ]
    for path, name in found[:_MAX_SIBLINGS]:
        fix = index.get_fix(index.get_functions(path)[name][0])
        yield Lesson("sibling", f"{path}::{name}", fix.subject, fix.commit, fix.date, fix.issue)


def _recall_text(index: FixIndex, text: str) -> tuple[Lesson, ...]:
    """Return the fixes whose words are nearest to a text: rare words count more."""
    wanted = _list_words(text)
    fixes = list(index.iterate_fixes())
    words = [_list_words(_join_texts(fix)) for fix in fixes]
    counts = {word: sum(word in own for own in words) for word in wanted}
    rated = []
    for number, own in enumerate(words):
        score = sum(1.0 / (1 + counts[word]) for word in wanted & own)
        if fixes[number].issue and fixes[number].issue in text.split():
            score += 10.0
        if score:
            rated.append((-score, number))
    lessons = []
    for _, number in sorted(rated)[:_MAX_LESSONS]:
        fix = fixes[number]
        first = fix.functions[0] if fix.functions else FixedFunction("", "")
        where = f"{first.path}::{first.name}" if first.name else first.path
        tests = tuple(f"{t.path}::{t.name}" for t in fix.tests if t.is_there)
        lessons.append(
            Lesson(
                "fix", where, fix.subject, fix.commit, fix.date, fix.issue, first.edits[:1], tests
            )
        )
    return tuple(lessons)


def _join_texts(fix: FixUnit) -> str:
    places = " ".join(f"{function.path} {function.name}" for function in fix.functions)
    edits = " ".join(side for f in fix.functions for edit in f.edits for side in edit)
    return f"{fix.subject} {fix.issue} {places} {edits}"


def _list_words(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(text)) - _STOP
