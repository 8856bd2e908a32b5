"""What a change leaves wrong in the generated applications that it touches.

Four things, the cheap ones first: the manifest cannot be read or stands for two branches, the spec
changed and nobody regenerated, manifest and files are of different generations, and an edit broke
what the spec promises. Nothing is generated: the texts of the last generation lie in `.guard/base`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from shlex import quote

from devmatrix_guard.commands.application.changes.drift import Read, compare_sources, is_text
from devmatrix_guard.commands.application.changes.touched import Touched
from devmatrix_guard.commands.application.changes.versions import Version, VersionPair
from devmatrix_guard.errors import GenerationError, SpecError
from devmatrix_guard.generator.base_texts import unpack_text
from devmatrix_guard.generator.manifest import (
    BASE,
    OVERLAY,
    PATH,
    SPEC,
    SUFFIXES,
    Manifest,
    ManifestEntry,
    parse_manifest,
)
from devmatrix_guard.ir.changes import Change
from devmatrix_guard.ir.nodes import AREAS, find_area
from devmatrix_guard.model.named_value import NamedValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from devmatrix_guard.verify.compliance import Deviation

_SHOWN = 5
_VERSIONS = "alembic/versions/"


class Fault(NamedValue):
    """What is wrong, and what repairs it.

    Attributes:
        path: of the file to look at, from the root of the repository.
        line: in it, from 1.
        message: what is wrong, in which areas and nodes of the IR, and the one command to run.
    """

    path: str
    line: int
    message: str


def find_faults(touched: Touched, pair: VersionPair) -> list[Fault]:
    """Return what is wrong with an application after a change, and was not before.

    Args:
        touched: the application, and what of it the change touches.
        pair: the change.
    """
    manifest, problem = _read_manifest(touched, pair.after)
    if manifest is None:
        return [Fault(touched.locate(PATH), 1, problem)] if PATH in touched.changed else []
    earlier, _ = _read_manifest(touched, pair.before)
    found: list[Fault] = []
    # What a change leaves as it was is for `guard drift` to tell, not for whoever comes by.
    if touched.spec or touched.overlay or any(p.startswith(".guard/") for p in touched.changed):
        found += _find_source_faults(touched, pair, manifest)
    if manifest.others and PATH in touched.changed:
        message = f"two branches generated {_name(touched)} and were merged; {_advise(touched)}."
        found.append(Fault(touched.locate(PATH), 1, message))
        return found
    mixed = _list_mixed(touched, pair, manifest, earlier)
    if mixed:
        found.append(_describe_mixed(touched, mixed))
    edited = {p for p in touched.changed if p not in mixed and p.endswith(".py")}
    edited = {p for p in edited if not _is_as_generated(touched, pair.after, manifest, p)}
    found += _find_broken(touched, pair, manifest, edited)
    return found


def describe_nodes(nodes: Iterable[str]) -> str:
    """Return addresses of the IR by area: `domain: Product.color; api: create_product`."""
    areas: dict[str, list[str]] = {}
    given = set(nodes)
    for node in sorted(given):
        if any(other.startswith(f"{node}/") for other in given):
            continue  # what is in it is named
        first, _, rest = node.partition("/")
        name = rest.rpartition("/")[2] if first in ("behavior", "validation") else rest
        areas.setdefault(find_area(node), []).append(name.replace("/", ".") or first)
    parts = []
    for area in AREAS:
        names = list(dict.fromkeys(areas.get(area, ())))
        if names:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            parts.append(f"{area}: {', '.join(names[:_SHOWN])}{more}")
    return "; ".join(parts)


def write_command(touched: Touched) -> str:
    """Return the command that regenerates an application, from the root of the repository."""
    words = ["guard", "regenerate", quote(touched.folder or ".")]
    words += ["--spec", quote(touched.spec)] if touched.spec else []
    words += ["--overlay", quote(touched.overlay)] if touched.overlay else []
    return " ".join(words)


def read_base(version: Version, touched: Touched, sha: str) -> bytes | None:
    """Return the text of the last generation with a hash, None where it is not kept."""
    data = version.read(touched.locate(f"{BASE}/{sha}"))
    return None if data is None else unpack_text(data, sha)


def _name(touched: Touched) -> str:
    return touched.folder or "the application"


def _advise(touched: Touched) -> str:
    return f"run `{write_command(touched)}`"


def _read_manifest(touched: Touched, version: Version) -> tuple[Manifest | None, str]:
    try:
        data = version.read(touched.locate(PATH))
        return parse_manifest(data, Path(touched.folder or ".")), ""
    except GenerationError as error:
        return None, str(error)


# --- the spec -----------------------------------------------------------------------------------


def _find_source_faults(touched: Touched, pair: VersionPair, manifest: Manifest) -> Iterator[Fault]:
    def read(path: str) -> bytes | None:
        kept = {"spec": touched.spec, "overlay": touched.overlay}
        for kind, stem in (("spec", SPEC), ("overlay", OVERLAY)):
            if kept[kind] and path.startswith(f"{stem}."):
                return pair.after.read(kept[kind]) if path.endswith(_suffix(kept[kind])) else None
        return pair.after.read(touched.locate(path))

    for drift in compare_sources(manifest, read, None):
        if drift.kind == "tampered":
            message = (
                f"{touched.locate(drift.path)}, the copy of what {_name(touched)} was generated "
                "from, is gone; restore it from version control."
            )
            yield Fault(touched.locate(PATH), 1, message)
            continue
        is_spec = drift.path.startswith(f"{SPEC}.")
        path = (touched.spec if is_spec else touched.overlay) or touched.locate(drift.path)
        nodes = _list_changed_nodes(touched, pair.after, manifest, read)
        what = f": {nodes}" if nodes else ""
        message = f"{_name(touched)} was not regenerated for this spec{what}; {_advise(touched)}."
        yield Fault(path, 1, message)


def _suffix(path: str) -> str:
    return f".{path.rpartition('.')[2]}"


def _list_changed_nodes(touched: Touched, version: Version, manifest: Manifest, read: Read) -> str:
    """Return what of the IR a changed spec changes, "" where it cannot be told."""
    try:
        return describe_nodes(c.node for c in _compare_irs(touched, version, manifest, read))
    except SpecError as error:
        return f"it cannot be read ({error})"


def _compare_irs(
    touched: Touched, version: Version, manifest: Manifest, read: Read
) -> tuple[Change, ...]:
    from devmatrix_guard.generator.extract.extract import extract
    from devmatrix_guard.generator.spec.load import load_spec
    from devmatrix_guard.ir.changes import find_changes

    spec = read_base(version, touched, manifest.spec_sha)
    overlay = read_base(version, touched, manifest.overlay_sha) if manifest.overlay_sha else None
    now = [
        next(filter(None, (read(f"{s}{end}") for end in SUFFIXES)), None) for s in (SPEC, OVERLAY)
    ]
    if spec is None or now[0] is None:
        return ()
    name = "spec"
    before = extract(load_spec(spec, overlay, name=name))
    return find_changes(before, extract(load_spec(now[0], now[1], name=name)))


# --- manifest and files of different generations ------------------------------------------------


def _list_mixed(
    touched: Touched, pair: VersionPair, manifest: Manifest, earlier: Manifest | None
) -> dict[str, str]:
    """Return path -> what is wrong of files that are of another generation than the manifest."""
    found = {}
    unstaged = _read_unstaged(touched, pair, manifest)
    for path, entry in sorted(manifest.files.items()):
        was = earlier.files.get(path) if earlier is not None else None
        is_new_entry = earlier is not None and (was is None or was.sha != entry.sha)
        if not (is_new_entry or path in touched.changed) or _is_ignored(manifest, path):
            continue
        problem = _compare_entry(touched, pair, path, entry, was)
        if not problem and path in unstaged:
            data = pair.after.read(touched.locate(path))
            is_newer = data is not None and is_text(data, unstaged[path])
            problem = "is of a generation whose manifest is not staged" if is_newer else ""
        if problem:
            found[path] = problem
    gone = dict(earlier.files) if earlier is not None else {}
    for path, old in sorted(gone.items()):
        data = pair.after.read(touched.locate(path)) if path not in manifest.files else None
        is_left = data is not None and is_text(data, old.sha)
        if is_left and not _is_ignored(manifest, path):
            found[path] = "is still there, and the manifest names it no more"
    return found


def _read_unstaged(touched: Touched, pair: VersionPair, manifest: Manifest) -> dict[str, str]:
    """Return path -> hash of what a manifest that is not staged names otherwise."""
    if pair.beside is None or PATH in touched.changed:
        return {}
    there, _ = _read_manifest(touched, pair.beside)
    files = there.files if there is not None else {}
    return {
        path: entry.sha
        for path, entry in files.items()
        if path in manifest.files and manifest.files[path].sha != entry.sha
    }


def _compare_entry(
    touched: Touched, pair: VersionPair, path: str, entry: ManifestEntry, was: ManifestEntry | None
) -> str:
    data = pair.after.read(touched.locate(path))
    if data is None:
        # A file that an earlier generation had was deleted by somebody, which is a decision.
        is_expected = was is None and touched.changed.isdisjoint({path})
        return "is named in the manifest and missing" if is_expected else ""
    if is_text(data, entry.sha):
        return ""
    if was is not None and was.sha != entry.sha and is_text(data, was.sha):
        return "is as it was before the manifest's generation"
    sha = hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()
    if sha != entry.sha and pair.after.read(touched.locate(f"{BASE}/{sha}")) is not None:
        return "is of a generation that the manifest does not know"
    return ""


def _is_as_generated(touched: Touched, version: Version, manifest: Manifest, path: str) -> bool:
    entry, data = manifest.files.get(path), version.read(touched.locate(path))
    return entry is not None and data is not None and is_text(data, entry.sha)


def _is_ignored(manifest: Manifest, path: str) -> bool:
    return any(fnmatchcase(path, glob) for glob in manifest.ignored)


def _describe_mixed(touched: Touched, mixed: Mapping[str, str]) -> Fault:
    first = next(iter(mixed))
    names = ", ".join(f"{path} {what}" for path, what in list(mixed.items())[:_SHOWN])
    more = f", and {len(mixed) - _SHOWN} more" if len(mixed) > _SHOWN else ""
    command = f"git add {quote(touched.folder or '.')}"
    message = (
        f"the manifest and the files of {_name(touched)} are of different generations: {names}"
        f"{more}; commit them together: `{command}`."
    )
    return Fault(touched.locate(first), 1, message)


# --- edits that break what the spec promises ------------------------------------------------------


def _find_broken(
    touched: Touched, pair: VersionPair, manifest: Manifest, edited: Iterable[str]
) -> Iterator[Fault]:
    known = {path for path in edited if not path.startswith(_VERSIONS)}
    if not known or not _may_break(touched, pair, manifest, known):
        return
    reference = _read_reference(touched, pair.after, manifest)
    before = {_identify(d) for d in _list_broken(touched, pair.before, reference)}
    by_path: dict[str, list[Deviation]] = {}
    for deviation in _list_broken(touched, pair.after, reference):
        if _identify(deviation) not in before and not _is_ignored(manifest, deviation.path):
            by_path.setdefault(deviation.path, []).append(deviation)
    for path, deviations in sorted(by_path.items()):
        text = _read_text(pair.after, touched.locate(path)) or ""
        entry = manifest.files.get(path)
        nodes = _choose_nodes(entry.nodes if entry else (), deviations, text)
        yield _describe_broken(touched, path, describe_nodes(nodes), deviations)


def _may_break(
    touched: Touched, pair: VersionPair, manifest: Manifest, known: Iterable[str]
) -> bool:
    """Tell from the edited files alone whether the whole application has to be looked at."""
    from devmatrix_guard.verify.compliance import compare_files

    present, reference = {}, {}
    for path in known:
        text = _read_text(pair.after, touched.locate(path))
        if text is not None:
            present[path] = text
        entry = manifest.files.get(path)
        made = read_base(pair.after, touched, entry.sha) if entry is not None else None
        if made is not None:
            reference[path] = made.decode("utf-8", "surrogateescape")
    if present == reference:
        return False
    return any(d.problem != "extra" for d in compare_files(present, reference).deviations)


def _read_reference(touched: Touched, version: Version, manifest: Manifest) -> dict[str, str]:
    made = {path: read_base(version, touched, e.sha) for path, e in manifest.files.items()}
    return {p: data.decode("utf-8", "surrogateescape") for p, data in made.items() if data}


def _list_broken(
    touched: Touched, version: Version, reference: Mapping[str, str]
) -> list[Deviation]:
    from devmatrix_guard.verify.repair import find_broken

    below = touched.locate("src")
    cut = len(touched.folder) + 1 if touched.folder else 0
    paths = {p[cut:] for p in version.list_below(below) if p.endswith(".py")} | reference.keys()
    texts = {path: _read_text(version, touched.locate(path)) for path in sorted(paths)}
    files = {path: text for path, text in texts.items() if text is not None}
    return find_broken(files, reference) if files else []


def _read_text(version: Version, path: str) -> str | None:
    data = version.read(path)
    return None if data is None else data.decode("utf-8", "surrogateescape")


def _identify(deviation: Deviation) -> tuple[str, str, str]:
    return deviation.kind, deviation.key, deviation.found


def _describe_broken(touched: Touched, path: str, nodes: str, deviations: list[Deviation]) -> Fault:
    told = _leave_out_contents(deviations)
    said = "; ".join(_describe_deviation(d) for d in told[:_SHOWN])
    more = f"; and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    about = f" ({nodes})" if nodes else ""
    message = (
        f"This no longer follows the spec{about}: {said}{more}; change the spec, or run "
        f"`guard repair {quote(touched.folder or '.')}`."
    )
    line = max(1, min((d.line for d in deviations if d.line), default=1))
    return Fault(touched.locate(path), line, message)


def _choose_nodes(nodes: Iterable[str], deviations: Iterable[Deviation], text: str) -> list[str]:
    """Return the nodes that the deviations or their functions are named after, else all."""
    from devmatrix_guard.verify.names import list_declarations

    declared = list_declarations(text)
    names = [name for d in deviations for name in (d.key.replace("/", "."), declared.get(d.line))]
    words = {_read_word(word) for name in names if name for word in name.split(".")}
    named = [node for node in nodes if _read_word(node.rpartition("/")[2]) in words]
    return named or list(nodes)


def _read_word(name: str) -> str:
    word = name.partition(":")[0].partition("(")[0].replace("_", "").lower()
    return word.removesuffix("entity")


def _leave_out_contents(deviations: list[Deviation]) -> list[Deviation]:
    """Return the deviations without parameters and steps of functions that are gone as a whole."""
    gone = [d.key for d in deviations if d.problem == "missing"]
    insides = tuple(f"{key}{mark}" for key in gone for mark in "#/.")
    return [d for d in deviations if not (d.problem == "missing" and d.key.startswith(insides))]


def _describe_deviation(deviation: Deviation) -> str:
    what = f"{deviation.kind} {deviation.key}"
    if deviation.problem == "missing":
        return f"{what} is missing"
    return f"{what} is {deviation.found[:60] or 'empty'}, not {deviation.expected[:60] or 'empty'}"
