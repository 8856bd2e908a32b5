"""Edits of generated code that belong further up: to an emitter, an InfraPattern or the spec.

The same edit in several generated files, or in the files of several applications, is one that the
next regeneration should bring by itself; so is one that a fix made. What people edited is the
difference to the text of the last generation; names of an entity count as one name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import SequenceMatcher
from pathlib import Path

from devmatrix_guard.commands.application.changes.versions import (
    DiskVersion,
    Version,
    list_applications,
)
from devmatrix_guard.commands.application.origins.origins import read_spec_places
from devmatrix_guard.errors import GenerationError, SpecError
from devmatrix_guard.generator.base_texts import unpack_text
from devmatrix_guard.generator.emitters import find_emitter
from devmatrix_guard.generator.manifest import BASE, PATH, Manifest, parse_manifest
from devmatrix_guard.generator.manifest_merge import load_manifest
from devmatrix_guard.git.repository import Repository
from devmatrix_guard.model.named_value import NamedValue

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_MAX_LINES = 30  # of an edit; what is longer is written anew and belongs to nobody else
_MANY = 2
_LONG = 4  # letters of a word that may be a name
_TEXTS = ("README.md", "ledger.json")  # what stands in them is of one application


class GeneratedEdit(NamedValue):
    """An edit that belongs further up.

    Attributes:
        removed, added: its lines, as in the first of its places.
        places: `FILE:LINE` from the root of the repository, sorted.
        origin: what it belongs to, in words.
        advice: what to do, in words.
    """

    removed: tuple[str, ...]
    added: tuple[str, ...]
    places: tuple[str, ...]
    origin: str
    advice: str


class _Site(NamedValue):
    """One edit in one file."""

    folder: str
    path: str
    line: int
    removed: tuple[str, ...]
    added: tuple[str, ...]
    pattern: str
    nodes: tuple[str, ...]

    @property
    def place(self) -> str:
        path = f"{self.folder}/{self.path}" if self.folder else self.path
        return f"{path}:{self.line}"


def find_generated_edits(repo: Repository, fixed: Collection[str] = ()) -> list[GeneratedEdit]:
    """Return the edits of generated files in a work tree that belong further up.

    Args:
        repo: the repository.
        fixed: paths that fixes changed: there one edit is enough.
    """
    version = DiskVersion(repo)
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[_Site]] = {}
    for folder in list_applications(version):
        for site in _iter_sites(version, folder):
            groups.setdefault(_normalise(site), []).append(site)
    found = []
    for sites in groups.values():
        files = {(site.folder, site.path) for site in sites}
        is_fix = any(f"{site.folder}/{site.path}".lstrip("/") in fixed for site in sites)
        if len(files) >= _MANY or is_fix:
            found.append(_describe(Path(repo.root), sites))
    return sorted(found, key=lambda edit: (-len(edit.places), edit.places))


def _iter_sites(version: Version, folder: str) -> Iterator[_Site]:
    above = f"{folder}/" if folder else ""
    data = version.read(above + PATH)
    try:
        manifest = parse_manifest(data, Path(folder))
        patterns = _read_patterns(data or b"")
    except GenerationError:
        return  # `guard drift` says so
    for path in manifest.files:
        if path not in _TEXTS:
            yield from _compare(version, folder, path, manifest, patterns.get(path, ""))


def _read_patterns(data: bytes) -> dict[str, str]:
    files: Mapping[str, Mapping[str, str]] = load_manifest(data)["files"]
    return {path: str(entry.get("infra_pattern", "")) for path, entry in files.items()}


def _compare(
    version: Version, folder: str, path: str, manifest: Manifest, pattern: str
) -> Iterator[_Site]:
    above = f"{folder}/" if folder else ""
    entry = manifest.files[path]
    now, kept = version.read(above + path), version.read(f"{above}{BASE}/{entry.sha}")
    made = unpack_text(kept, entry.sha) if kept is not None else None
    if now is None or made is None or now == made:
        return
    before, after = (t.decode("utf-8", "replace").splitlines() for t in (made, now))
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        removed = tuple(line.strip() for line in before[i1:i2] if line.strip())
        added = tuple(line.strip() for line in after[j1:j2] if line.strip())
        if tag != "equal" and (removed or added) and len(removed) + len(added) <= _MAX_LINES:
            yield _Site(folder, path, j1 + 1, removed, added, pattern, entry.nodes)


def _normalise(site: _Site) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the lines of an edit with the names that its file is about as one name."""
    stem = site.path.rpartition("/")[2].partition(".")[0]
    names = {name.replace("_", "").lower() for node in site.nodes for name in node.split("/")[-1:]}
    names |= {part for part in stem.split("_") if len(part) >= _LONG}

    def replace(match: re.Match[str]) -> str:
        word = match[0]
        plain = word.replace("_", "").lower()
        owner = max((n for n in names if n and n in plain), key=len, default="")
        return plain.replace(owner, "…") if owner else word

    def simplify(lines: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_WORD.sub(replace, line) for line in lines)

    return simplify(site.removed), simplify(site.added)


def _describe(root: Path, sites: list[_Site]) -> GeneratedEdit:
    sites = sorted(sites, key=lambda site: (site.folder, site.path, site.line))
    first = sites[0]
    origin, advice = _find_origin(root, sites)
    places = tuple(site.place for site in sites)
    return GeneratedEdit(first.removed, first.added, places, origin, advice)


def _find_origin(root: Path, sites: list[_Site]) -> tuple[str, str]:
    """Return what an edit belongs to, and what to do."""
    first = sites[0]
    patterns = {site.pattern for site in sites}
    if patterns == {first.pattern} and first.pattern:
        file = first.place.rpartition(":")[0]
        return f"the InfraPattern {first.pattern}", f"guard bank adopt {file}"
    emitters = sorted({find_emitter(site.path) or site.pattern for site in sites})
    shared = set.intersection(*(set(site.nodes) for site in sites))
    if len(emitters) > 1 and len(shared) == 1 and len({site.folder for site in sites}) == 1:
        (node,) = shared
        place = _find_place(root / first.folder, node)
        return f"the spec, {node}{f' at {place}' if place else ''}", "change the spec there"
    names = ", ".join(f"generator/{emitter}" for emitter in emitters)
    return f"the emitter {names}" if len(emitters) == 1 else f"the emitters {names}", (
        "report it to the maintainers of the generator; regenerating keeps the edit"
    )


def _find_place(root: Path, node: str) -> str:
    try:
        places = read_spec_places(root)
        return places.find_place(places.find_pointer(node))
    except (GenerationError, SpecError):
        return ""
