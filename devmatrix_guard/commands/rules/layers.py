"""`guard layers`: what guards each layer of a project, and who may change what there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

from devmatrix_guard.commands.check.arguments.request import ALL, CheckRequest
from devmatrix_guard.commands.check.examine import examine_request
from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.commands.rules.active_rules import read_rulebook
from devmatrix_guard.config import Settings, load_settings
from devmatrix_guard.errors import GenerationError, GuardError
from devmatrix_guard.files import FileError, read_if_present
from devmatrix_guard.generator.extract.extract import read_application
from devmatrix_guard.generator.manifest import OVERLAY, PATH, SPEC, read_manifest
from devmatrix_guard.git.process import run_git
from devmatrix_guard.globs import find_layer, matches_any
from devmatrix_guard.memory.connect import memory_exists
from devmatrix_guard.model.rule import LAYERS
from devmatrix_guard.reports.escape import write_json
from devmatrix_guard.reports.layout import Piece, wrap_line
from devmatrix_guard.reports.terminal import choose_options

# Where a generated application has its layers; the globs of the settings come before these.
_GENERATED: Mapping[str, tuple[str, ...]] = {
    "1": ("/src/models/entities", "/src/models/base.py", "/src/repositories", "/alembic"),
    "2": ("/src/models/schemas", "/src/views"),
    "3": ("/src/api",),
    "4": ("/src/services", "/src/workflows", "/src/state_machines", "/src/validators"),
    "5": ("/src/core", "/src/main.py", "/docker", "/pyproject.toml", "/alembic.ini"),
    "7": ("/tests",),
}
_MOST_APPLICATIONS = 50
_ENFORCED_IN = {"db_check": 1, "service": 4, "property_test": 7, "stateful_test": 7}
_CODEOWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")


class Violation(NamedTuple):
    """A finding in the tree as it is."""

    rule: str
    path: str
    line: int
    stage: str


class LayerGuard(NamedTuple):
    """One layer.

    Attributes:
        number, name: as everywhere.
        globs: which paths are in it; empty where nobody has said so.
        files: how many files of the tree are.
        generated: how many of them come from a spec.
        rules: (id, stage, message) of the rules about it.
        lessons: (id, title) of what its fixes taught.
        invariants: (name, text) of what the spec says always holds, and this layer enforces.
        violations: what breaks a rule in it now.
        owners: (pattern, owners) of CODEOWNERS for its files.
    """

    number: int
    name: str
    globs: tuple[str, ...]
    files: int
    generated: int
    rules: tuple[tuple[str, str, str], ...]
    lessons: tuple[tuple[str, str], ...]
    invariants: tuple[tuple[str, str], ...]
    violations: tuple[Violation, ...]
    owners: tuple[tuple[str, str], ...]


def describe_layers(start: Path, number: int | None = None) -> tuple[LayerGuard, ...]:
    """Return what guards the layers of the project at `start`, or one of them.

    Raises:
        GuardError: the settings or the repository cannot be read.
    """
    root, settings = find_project_root(start), load_settings(start)
    paths = _list_paths(root)
    applications = _list_applications(root, paths)
    generated = frozenset(path for folder in applications for path in _list_generated(root, folder))
    globs = settings.layers or _name_generated(applications)
    placed = {path: find_layer(path, globs) for path in paths} if globs else {}
    rules, lessons = read_rulebook(start).rules.values(), _list_lessons(root, settings, globs)
    invariants = [one for folder in applications for one in _list_invariants(root / folder)]
    owners = _read_owners(root)
    violations = list(_list_violations(start, globs))
    found = []
    for layer, name in LAYERS.items():
        own = [path for path in paths if placed.get(path) == layer]
        found.append(
            LayerGuard(
                number=layer,
                name=name,
                globs=tuple(globs.get(str(layer), ())),
                files=len(own),
                generated=sum(path in generated for path in own),
                rules=tuple((r.id, r.stage, r.message) for r in rules if r.layer == layer),
                lessons=tuple(lesson for at, lesson in lessons if at == layer),
                invariants=tuple(one for at, one in invariants if at == layer),
                violations=tuple(one for at, one in violations if at == layer),
                owners=tuple(
                    (p, who) for p, who in owners if any(matches_any(f, [p]) for f in own)
                ),
            )
        )
    return tuple(guard for guard in found if number in (None, guard.number))


def render_layers_json(guards: Sequence[LayerGuard]) -> str:
    """Return the layers as JSON."""
    records = [
        {
            "layer": guard.number,
            "name": guard.name,
            "globs": list(guard.globs),
            "files": guard.files,
            "generated": guard.generated,
            "rules": [{"id": i, "stage": s, "message": m} for i, s, m in guard.rules],
            "lessons": [{"id": i, "title": title} for i, title in guard.lessons],
            "invariants": [{"name": n, "text": text} for n, text in guard.invariants],
            "violations": [violation._asdict() for violation in guard.violations],
            "may_change": [{"paths": p, "owners": who} for p, who in guard.owners],
        }
        for guard in guards
    ]
    return write_json({"schema_version": 1, "layers": records})


def wrap_layer_lines(guards: Sequence[LayerGuard], stream: TextIO) -> Iterator[str]:
    """Yield the page of the layers, its rows no wider than a stream shows."""
    width = choose_options(stream, os.environ).width
    for line in write_layer_lines(guards):
        for row in wrap_line((Piece(line),), width):
            yield "".join(piece.text for piece in row).rstrip()


def write_layer_lines(guards: Sequence[LayerGuard]) -> Iterator[str]:
    """Yield the layers as a page: one is told in full, several in a line each."""
    if len(guards) > 1:
        for guard in guards:
            counts = (
                f"{guard.files} files, {len(guard.rules)} rules, {len(guard.lessons)} lessons, "
                f"{len(guard.invariants)} invariants, {len(guard.violations)} violations"
            )
            yield f"{guard.number} {guard.name:<14} {counts}"
        return
    for guard in guards:
        yield f"Layer {guard.number}: {guard.name}"
        yield f"  paths: {', '.join(guard.globs) or 'none named; see `layers` in the settings'}"
        yield f"  files: {guard.files}, {guard.generated} of them generated"
        yield from _write_part("rules", [f"{i} ({s}): {m}" for i, s, m in guard.rules])
        yield from _write_part("lessons", [f"{i}: {title}" for i, title in guard.lessons])
        yield from _write_part("invariants", [f"{n}: {text}" for n, text in guard.invariants])
        found = [f"{v.path}:{v.line} {v.rule} ({v.stage})" for v in guard.violations]
        yield from _write_part("violations now", found)
        yield from _write_part("who may change what", [f"{p}: {who}" for p, who in guard.owners])
        if guard.generated:
            yield "    what is generated: change the spec, then `guard regenerate`"


def _write_part(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"  {title}:{'' if lines else ' none'}"
    yield from (f"    {' '.join(line.split())}" for line in lines)


def _list_paths(root: Path) -> list[str]:
    code, answer, _ = run_git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return [] if code else [name for name in answer.decode("utf-8", "replace").split("\0") if name]


def _list_applications(root: Path, paths: Sequence[str]) -> list[str]:
    """Return the folders of the generated applications, "" for the root."""
    found = [
        path.removesuffix(PATH).rstrip("/") for path in paths if f"/{path}".endswith(f"/{PATH}")
    ]
    if (root / PATH).is_file():
        found.append("")
    return sorted(dict.fromkeys(found))[:_MOST_APPLICATIONS]


def _list_generated(root: Path, folder: str) -> list[str]:
    try:
        files = read_manifest(root / folder).files
    except GenerationError:
        return []
    return [f"{folder}/{path}" if folder else path for path in files]


def _name_generated(applications: Sequence[str]) -> dict[str, list[str]]:
    """Return where the layers of generated applications lie."""
    if not applications:
        return {}
    return {
        layer: [f"/{folder}{glob}" if folder else glob for folder in applications for glob in globs]
        for layer, globs in _GENERATED.items()
    }


def _list_lessons(
    root: Path, settings: Settings, globs: Mapping[str, Sequence[str]]
) -> list[tuple[int | None, tuple[str, str]]]:
    """Return what fixes taught, by the layer of the pattern, else of the first file it is from."""
    if not memory_exists(settings.memory, root):
        return []
    with open_project_memory(settings, root, create=False, reading=True) as memory:
        patterns = memory.patterns.list_all()
    return [
        (
            pattern.layer
            or next((find_layer(pair.path, globs) for pair in pattern.pairs if globs), None),
            (pattern.id, pattern.title),
        )
        for pattern in patterns
    ]


def _list_invariants(root: Path) -> list[tuple[int, tuple[str, str]]]:
    """Return what the spec of the application at the root says always holds, by who enforces it."""
    from devmatrix_guard.commands.application.application import find_copy

    if not (root / PATH).is_file():
        return []
    try:
        spec = find_copy(root, SPEC)
        ir = read_application(spec, find_copy(root, OVERLAY)) if spec else None
    except GuardError:
        return []
    return [
        (layer, (invariant.name, f"{invariant.entity}: {invariant.text}"))
        for invariant in (ir.behavior.invariants if ir else ())
        for layer in sorted({_ENFORCED_IN[means] for means in invariant.enforce})
    ]


def _list_violations(
    start: Path, globs: Mapping[str, Sequence[str]]
) -> Iterator[tuple[int | None, Violation]]:
    report = examine_request(CheckRequest(scope=ALL), start)
    for finding in report.findings:
        layer = finding.layer or (find_layer(finding.path, globs) if globs else None)
        where = Violation(finding.rule_id, finding.path, finding.start_line, finding.stage)
        yield layer, where


def _read_owners(root: Path) -> list[tuple[str, str]]:
    """Return the lines of CODEOWNERS, the last of which wins as it does there."""
    for name in _CODEOWNERS:
        try:
            data = read_if_present(root, name)
        except FileError:
            continue
        if data is not None:
            lines = (
                line.partition("#")[0].split()
                for line in data.decode(errors="replace").splitlines()
            )
            return [(words[0], " ".join(words[1:])) for words in lines if len(words) > 1]
    return []
