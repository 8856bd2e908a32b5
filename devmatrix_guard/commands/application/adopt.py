"""Take an edit of a generated file back into the InfraPattern that the file comes from.

The edit is what people changed since the last generation. It is laid on the newest version of the
pattern, an application is generated with the result and verified, and only then does the bank get
the new version.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from devmatrix_guard.commands.application.application import find_copy, read_base_text
from devmatrix_guard.commands.application.bank_sources import open_pattern_bank
from devmatrix_guard.commands.application.changes.versions import DiskVersion, list_applications
from devmatrix_guard.commands.application.context import read_context
from devmatrix_guard.commands.application.generation import (
    generate,
    read_sources,
    render_guard_files,
)
from devmatrix_guard.commands.application.verify import Verification, run_verify
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.errors import GenerationError, UsageError
from devmatrix_guard.files import read_if_present
from devmatrix_guard.generator.bank.change import draft_text
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.bank.pins import read_pins
from devmatrix_guard.generator.manifest import OVERLAY, PATH, SPEC, read_manifest
from devmatrix_guard.generator.manifest_merge import load_manifest
from devmatrix_guard.generator.regenerate.diff3 import Overlap, merge_lines
from devmatrix_guard.generator.regenerate.python.undefined import find_name_faults
from devmatrix_guard.generator.regenerate.syntax import is_valid_syntax
from devmatrix_guard.generator.write import write_application
from devmatrix_guard.git.repository import NotARepositoryError, find_repository
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.model.knowledge.infra import InfraPattern
from devmatrix_guard.model.knowledge.lineage import LineageEdge, LineageNode
from devmatrix_guard.model.named_value import NamedValue
from devmatrix_guard.verify.checks import find_python
from devmatrix_guard.verify.repair import find_broken

_KIND = "infra-pattern"


class Adoption(NamedValue):
    """What became of an edit.

    Attributes:
        pattern: the new version.
        evolved_from: id and version of the one that it replaces.
        verification: of the trial.
        problems: what the new text breaks, a sentence each, found without running anything.
        written: whether the bank has the new version.
        behind: folders of applications, from the root of the repository, that pin an older one.
    """

    pattern: InfraPattern
    evolved_from: str
    verification: Verification
    problems: tuple[str, ...]
    written: bool
    behind: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the trial went well."""
        return self.verification.passed and not self.problems


def run_adopt(
    file: Path,
    *,
    python: Path | None = None,
    dry_run: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Adoption:
    """Make a new version of the InfraPattern that a file comes from, with the edits of the file.

    Args:
        file: a generated file that people edited.
        python: interpreter of the application's environment; without any, the trial compares code
            alone.
        dry_run: try and verify; write nothing.

    Raises:
        UsageError: the file comes from no InfraPattern, or nobody edited it.
        GenerationError: the edit stands where the pattern is filled in.
    """
    root, path = _find_application(file)
    reference = _find_pattern(root, path)
    context = read_context(root)
    today = datetime.now(UTC).date().isoformat()
    with open_project_memory(context.settings, context.project) as memory:
        bank = open_pattern_bank(root, memory, _read_pins(root))
        pattern_id = reference.partition("@")[0]
        newest = bank.take_newest([pattern_id]).get(pattern_id)
        body = _lift_edit(root, path, newest)
        drafted = draft_text(memory.infra, newest, body)._replace(frozen_at=today)
        progress("trial")
        verification, problems = _try(root, bank, drafted, python, progress)
        passed = verification.passed and not problems
        written = passed and not dry_run
        if written:
            memory.infra.save([drafted])
            _record_evolution(memory, newest, drafted)
    behind = tuple(_list_behind(root, drafted))
    return Adoption(drafted, newest.reference, verification, problems, written, behind)


def _find_application(file: Path) -> tuple[Path, str]:
    file = file.absolute()
    for folder in file.parents:
        if (folder / PATH).is_file():
            return folder, file.relative_to(folder).as_posix()
    raise UsageError(f"{file} lies in no generated application; name a file of one.")


def _find_pattern(root: Path, path: str) -> str:
    data = read_if_present(root, PATH) or b""
    read_manifest(root)  # says what is wrong with it
    entry = load_manifest(data)["files"].get(path)
    reference = str(entry.get("infra_pattern", "")) if entry else ""
    if not reference:
        raise UsageError(
            f"{path} comes from no InfraPattern; `guard lineage {path}` says what it comes from."
        )
    return reference


def _read_pins(root: Path) -> dict[str, tuple[int, str]]:
    return read_pins((read_if_present(root, PATH) or b"").decode())


def _lift_edit(root: Path, path: str, newest: InfraPattern) -> str:
    """Return the body of a pattern with what people changed in the file that it became."""
    made = read_base_text(root, path, read_manifest(root).files[path].sha)
    data = read_if_present(root, path)
    if data is None:
        raise UsageError(f"{path} was deleted; there is no edit to adopt.")
    edited = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    if edited == made:
        raise UsageError(f"{path} is as it was generated; edit it first.")
    merged = merge_lines(*(text.split("\n") for text in (made, edited, newest.body)))
    lines: list[str] = []
    for piece in merged:
        if isinstance(piece, Overlap):
            shown = next(iter((*piece.ours, *piece.theirs)), "").strip()
            raise GenerationError(
                f"the edit of {path} stands where {newest.reference} is filled in or differs "
                f"({shown!r}); write the new text yourself with `guard bank freeze "
                f"{newest.pattern_id} --text FILE`."
            )
        lines.append(piece)
    return "\n".join(lines)


class _WithDraft:
    """The memory's patterns, and one that is tried."""

    def __init__(self, memory_bank: PatternBank, drafted: InfraPattern) -> None:
        self._bank, self._drafted = memory_bank.bank, drafted

    def find_latest(self, pattern_id: str) -> InfraPattern | None:
        if pattern_id == self._drafted.pattern_id:
            return self._drafted
        return self._bank.find_latest(pattern_id) if self._bank else None

    def find_exact(self, pattern_id: str, version: int) -> InfraPattern | None:
        if (pattern_id, version) == (self._drafted.pattern_id, self._drafted.version):
            return self._drafted
        return self._bank.find_exact(pattern_id, version) if self._bank else None

    def list_all(self) -> tuple[InfraPattern, ...]:
        return self._bank.list_all() if self._bank else ()


def _try(
    root: Path,
    bank: PatternBank,
    drafted: InfraPattern,
    python: Path | None,
    progress: Callable[[str], None],
) -> tuple[Verification, tuple[str, ...]]:
    """Generate the application with a new version in a folder of its own, and verify that."""
    spec = find_copy(root, SPEC)
    if spec is None:
        raise UsageError(f"{root}/{SPEC}.* is missing; restore it from version control.")
    sources = read_sources(spec, find_copy(root, OVERLAY))
    pins = {**bank.pins, drafted.pattern_id: (drafted.version, drafted.sha)}
    tried = bank._replace(bank=_WithDraft(bank, drafted), pins=pins)
    generation = generate(sources.ir, tried)
    texts = {file.path: file.text for file in generation.files}
    before = {file.path: file.text for file in generate(sources.ir, bank).files}
    problems = tuple(_find_problems(texts, before))
    interpreter = find_python(root, python)
    with _make_folder(root.resolve().name) as trial:
        write_application(trial, texts | render_guard_files(sources, generation))
        static = interpreter is None
        done = run_verify(trial, python=interpreter, static=static, progress=progress)
    return done, problems


def _find_problems(texts: Mapping[str, str], before: Mapping[str, str]) -> Iterator[str]:
    """Yield what does not parse any more, and what is gone though something else needs it."""
    for path, text in texts.items():
        if not is_valid_syntax(path, text):
            yield f"{path} does not parse"
        elif path.endswith(".py"):
            faults = find_name_faults(text) - find_name_faults(before.get(path, ""))
            yield from (f"{path}: {fault}" for fault in sorted(faults))
    for deviation in find_broken(texts, before):
        yield f"{deviation.path}: {deviation.kind} {deviation.key} is {deviation.problem}"


@contextmanager
def _make_folder(name: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="guard-adopt-") as folder:
        yield Path(folder) / name


def _record_evolution(memory: Memory, old: InfraPattern, new: InfraPattern) -> None:
    nodes = [LineageNode(_KIND, one.reference, {"sha": one.sha}) for one in (old, new)]
    edge = LineageEdge("evolved-into", (_KIND, old.reference), (_KIND, new.reference))
    memory.lineage.add(nodes, [edge])


def _list_behind(root: Path, newest: InfraPattern) -> Iterator[str]:
    """Yield the applications of the repository that pin an older version, by folder."""
    try:
        repo = find_repository(root)
    except NotARepositoryError:
        yield "."
        return
    for folder in list_applications(DiskVersion(repo)):
        try:
            pins = _read_pins(Path(repo.root) / folder)
        except GenerationError:
            continue
        version, _ = pins.get(newest.pattern_id, (newest.version, ""))
        if version < newest.version:
            yield folder or "."
