"""The manifest: which file came from which parts of the IR, by which stratum and InfraPattern."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devmatrix_guard import __version__
from devmatrix_guard.errors import GenerationError
from devmatrix_guard.files import FileError, read_if_present
from devmatrix_guard.generator.manifest_merge import MERGED, load_manifest
from devmatrix_guard.model.named_value import NamedValue

if TYPE_CHECKING:  # a check for drift needs the manifest and no generator
    from devmatrix_guard.generator.strata import GeneratedFile

PATH = ".guard/generation_manifest.json"
BASE = ".guard/base"
SPEC = ".guard/spec"
OVERLAY = ".guard/overlay"
SUFFIXES = (".yaml", ".yml", ".json")
FORMAT = 1
_SHA_LENGTH, _HEX = 64, frozenset("0123456789abcdef")


_text = json.encoder.encode_basestring  # every character as it is, but for what JSON escapes


@cache
def hash_text(text: str) -> str:
    """Return the SHA-256 of a text as it is written; asked for more than once of every file."""
    return hashlib.sha256(text.encode()).hexdigest()


def render_manifest(
    files: Sequence[GeneratedFile],
    *,
    spec_sha: str,
    overlay_sha: str,
    ir_sha: str,
    ignored: Sequence[str] = (),
    places: Mapping[str, str] = {},
) -> str:
    """Return the manifest of a generation as JSON; it holds no time and no absolute path.

    Args:
        files: what was generated.
        spec_sha, overlay_sha, ir_sha: hashes of what it was generated from.
        ignored: globs of files that people have taken over for good.
        places: where `spec` and `overlay` are kept, from the root of the repository.
    """
    entries = {file.path: _make_entry(file) for file in files}
    patterns = {file.pattern[0]: file.pattern for file in files if file.pattern}
    manifest = {
        "format": FORMAT,
        "generator": {"name": "devmatrix-guard", "version": __version__},
        "spec": {"sha256": spec_sha, "overlay_sha256": overlay_sha or None},
        "ir": {"sha256": ir_sha},
        "infra_patterns": {
            name: {"version": version, "sha256": sha}
            for name, (_, version, sha) in sorted(patterns.items())
        },
        "files": entries,
    }
    if places:
        manifest["source"] = dict(places)
    if ignored:
        manifest["settings"] = {"ignore": list(ignored)}
    return write_manifest(manifest)


def write_manifest(values: Mapping[str, Any]) -> str:
    """Return a manifest as text."""
    return _list_written(values, "\n") + "\n"


def _list_written(value: Any, margin: str) -> str:
    """Return JSON with sorted keys and an indent of one, which `json` writes without its C part."""
    deeper = f"{margin} "
    if isinstance(value, dict) and value:
        pairs = [f"{_text(key)}: {_list_written(value[key], deeper)}" for key in sorted(value)]
        return f"{{{deeper}{f',{deeper}'.join(pairs)}{margin}}}"
    if isinstance(value, list) and value:
        return f"[{deeper}{f',{deeper}'.join([_list_written(v, deeper) for v in value])}{margin}]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _make_entry(file: GeneratedFile) -> dict[str, Any]:
    sha = hash_text(file.text)
    entry: dict[str, Any] = {
        "stratum": file.stratum,
        "owner": "shared",
        "sha256": sha,
        "base": f"{BASE}/{sha}",
        "ir_nodes": list(file.nodes),
    }
    if file.pattern:
        entry["infra_pattern"] = f"{file.pattern[0]}@{file.pattern[1]}"
    return entry


def update_manifest(root: Path, files: Iterable[GeneratedFile]) -> str:
    """Return the manifest of the application in `root` with some files as they are generated now.

    Raises:
        GenerationError: there is none, or it cannot be read.
    """
    read_manifest(root)
    data = read_if_present(root, PATH) or b""
    values = load_manifest(data)
    entries = {**values["files"], **{file.path: _make_entry(file) for file in files}}
    return write_manifest(values | {"files": dict(sorted(entries.items()))})


class ManifestEntry(NamedValue):
    """What the manifest says of one file: its stratum, its generated text's hash, its IR nodes."""

    stratum: str
    sha: str
    nodes: tuple[str, ...]


class Manifest(NamedValue):
    """What an application was generated from, and what with.

    Attributes:
        version: of the generator.
        spec_sha, overlay_sha, ir_sha: hashes; `overlay_sha` is "" without an overlay.
        files: path -> what is known of it.
        others: what other branches generated, where it was merged with this and nobody has
            generated since.
        ignored: globs of files that people have taken over for good.
        places: where `spec` and `overlay` are kept outside of the application, from the root of
            the repository.
    """

    version: str
    spec_sha: str
    overlay_sha: str
    ir_sha: str
    files: Mapping[str, ManifestEntry]
    others: tuple[Manifest, ...] = ()
    ignored: tuple[str, ...] = ()
    places: Mapping[str, str] = {}


def read_manifest(root: Path) -> Manifest:
    """Return the manifest of the application in `root`.

    Raises:
        GenerationError: there is none, or it cannot be read.
    """
    try:
        return parse_manifest(read_if_present(root, PATH), root)
    except FileError as error:
        raise GenerationError(f"the manifest cannot be read: {error}") from error


def parse_manifest(data: bytes | None, root: Path) -> Manifest:
    """Return what a manifest says; `root` is named in errors.

    Raises:
        GenerationError: `data` is None, or is no manifest.
    """
    if data is None:
        raise GenerationError(_explain_absence(root))
    try:
        values = load_manifest(data)
        _refuse_newer(values, root)
        others = tuple(_read_values(other) for other in values.get(MERGED, ()))
        return _read_values(values)._replace(others=others)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise GenerationError(
            f"{root / PATH} cannot be read ({type(error).__name__}: {error}); restore it from "
            f"version control, or make it again with `guard regenerate {root} --rebuild-manifest`."
        ) from error


def _explain_absence(root: Path) -> str:
    if (root / BASE).is_dir():
        return (
            f"{root / PATH} is gone; restore it from version control, or make it again from the "
            f"files and the spec with `guard regenerate {root} --rebuild-manifest`."
        )
    return f"{root} holds no generated application; make one with `guard generate SPEC -o {root}`."


def _refuse_newer(values: Mapping[str, Any], root: Path) -> None:
    """Refuse what a later release has written: it may mean something else."""
    version = str(values["generator"]["version"])
    if values.get("format", FORMAT) > FORMAT or _count(version) > _count(__version__):
        raise GenerationError(
            f"{root} was generated by devmatrix-guard {version}, and this is {__version__}; "
            "install that version or a later one."
        )


def _count(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())


def _read_values(values: Mapping[str, Any]) -> Manifest:
    return Manifest(
        str(values["generator"]["version"]),
        _read_sha(values["spec"]["sha256"]),
        _read_sha(overlay) if (overlay := values["spec"]["overlay_sha256"]) else "",
        _read_sha(values["ir"]["sha256"]),
        {_check_path(path): _read_entry(entry) for path, entry in values["files"].items()},
        ignored=tuple(map(str, values.get("settings", {}).get("ignore", ()))),
        places={str(kind): _check_path(str(p)) for kind, p in values.get("source", {}).items()},
    )


def _read_entry(entry: Mapping[str, Any]) -> ManifestEntry:
    nodes = tuple(map(str, entry["ir_nodes"]))
    return ManifestEntry(str(entry["stratum"]), _read_sha(entry["sha256"]), nodes)


def _read_sha(value: Any) -> str:
    """Return a hash, which becomes part of a path: nothing else may stand in its place."""
    if not isinstance(value, str) or len(value) != _SHA_LENGTH or set(value) - _HEX:
        raise ValueError("a hash that is none")
    return value


def _check_path(path: str) -> str:
    if path.startswith("/") or {"", ".", "..", ".git"} & set(path.lower().split("/")):
        raise ValueError(f"{path!r} is no path inside the application")
    return path


def list_source_files(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the copies of what the application was generated from, byte for byte.

    One copy is there to be read and changed, the other, under its hash, to know what it was.

    Args:
        texts: path of the copy to change -> its text.
    """
    from devmatrix_guard.generator.base_texts import pack_text

    kept = {f"{BASE}/{hash_text(text)}": pack_text(text) for text in texts.values()}
    return {**texts, **kept}


def list_base_files(files: Iterable[GeneratedFile]) -> dict[str, str]:
    """Return the generated texts by the path under which a later merge looks for them."""
    from devmatrix_guard.generator.base_texts import pack_text

    return {f"{BASE}/{hash_text(file.text)}": pack_text(file.text) for file in files}
