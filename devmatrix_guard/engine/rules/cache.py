"""Keep compiled rules in one file, so that a check loads them instead of reading YAML.

The file holds a header, a checksum and one marshalled value. It is used only if it was written by
this version of the code and of Python, is intact, and every rule file is what it was; otherwise it
is built anew and replaced in one step, so that two processes never see half of it.
"""

from __future__ import annotations

import marshal
import os
import sys
import zlib

from devmatrix_guard.engine.rules.compiled import CompiledRules
from devmatrix_guard.errors import UsageError
from devmatrix_guard.file_listing import anchor, list_files, read_chosen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    Source = tuple[str, str]
    Stamp = tuple[str, int, int, int, int]

FORMAT = 7
_MAGIC = b"guard-rules %d %s %s\n" % (
    FORMAT,
    sys.implementation.cache_tag.encode() if sys.implementation.cache_tag else b"python",
    sys.hexversion.to_bytes(4, "big").hex().encode(),
)
_RACY_NS = 2_000_000_000  # the coarsest time stamps in use; closer than that proves nothing
_MAX_BYTES = 256 * 1024 * 1024
_SUFFIXES = (".yml", ".yaml")
_SHIPPED = "shipped"
_BY_CONTENT = "rules-of-"
_KEPT_BY_CONTENT = 8  # a rule edited ten times before its commit leaves no more behind


def load_or_build(
    sources: Sequence[tuple[str | os.PathLike[str], str]],
    cache: str | os.PathLike[str] | None,
    root: str | os.PathLike[str] = "",
) -> CompiledRules:
    """Return the compiled rules of the sources, from the cache where it is fresh.

    Args:
        sources: (file or folder, origin of its rules) in order; an absent one holds no rules.
        cache: the cache file, None for no cache. One that cannot be written is done without.
        root: the work tree, whose rules no link may bring from elsewhere.
    """
    plain = [(os.fspath(path), origin) for path, origin in sources]
    top = os.fspath(root)
    stamps = list(_read_stamps(plain, top))
    if cache is None:
        return _build(plain, top)
    place = os.fspath(cache)
    stored = _read(place)
    if stored is not None and _is_settled(stored, plain, stamps):
        return CompiledRules(stored[4])
    if stored is not None and _is_fresh(stored, plain, stamps, top):
        _renew(place, stored, stamps)
        return CompiledRules(stored[4])
    hashes = [_hash(stamp[0], top) for stamp in stamps]
    compiled = _build(plain, top)
    _write(place, (plain, stamps, hashes, _read_clock(), compiled.fields()))
    return CompiledRules(compiled.fields())


def load_or_build_contents(
    files: Sequence[tuple[str, bytes]],
    sources: Sequence[tuple[str | os.PathLike[str], str]],
    folder: str | os.PathLike[str] | None,
    origin: str = "hand-written",
) -> CompiledRules:
    """Return the compiled rules of files that are not on disk as they count.

    Args:
        files: (path, content) of such rule files, in order.
        sources: (file or folder, origin) of rules on disk that follow them.
        folder: where compiled rules are kept by their content, None for no cache.
        origin: where the rules in `files` come from.
    """
    plain = [(os.fspath(path), its_origin) for path, its_origin in sources]
    if folder is None:
        return _build_contents(files, plain, origin)
    place = os.path.join(folder, f"{_BY_CONTENT}{_name_of(files, plain, origin)}.bin")  # noqa: PTH118
    stored = _read(place)
    if stored is None:
        compiled = _build_contents(files, plain, origin)
        stored = (plain, [], [], _read_clock(), compiled.fields())
        _write(place, stored)
        _remove_oldest(os.fspath(folder))
    return CompiledRules(stored[4])


def _name_of(files: Sequence[tuple[str, bytes]], sources: list[Source], origin: str) -> str:
    """Return a name that no other files, sources and contents have."""
    from _blake2 import blake2b

    on_disk = [
        (file, its_origin, _hash(file, ""))
        for path, its_origin in sources
        for file in _list_files_of(path, "")
    ]
    return blake2b(marshal.dumps((list(files), on_disk, origin), 2), digest_size=16).hexdigest()


def _remove_oldest(folder: str) -> None:
    """Keep only the newest of the files named by content."""
    try:
        with os.scandir(folder) as entries:
            mine = [entry for entry in entries if entry.name.startswith(_BY_CONTENT)]
        ages = sorted((entry.stat(follow_symlinks=False).st_mtime_ns, entry.path) for entry in mine)
        for _, path in ages[:-_KEPT_BY_CONTENT]:
            os.unlink(path)  # noqa: PTH108
    except OSError:
        return  # another process tidies up, or nobody may


def _build_contents(
    files: Sequence[tuple[str, bytes]], sources: list[Source], origin: str
) -> CompiledRules:
    from pathlib import Path

    from devmatrix_guard.engine.rules.compile import compile_rules
    from devmatrix_guard.engine.rules.load import join_rules, load_rules, parse_rules

    own = [(parse_rules(content, path, origin=origin), origin) for path, content in files]
    below = [(load_rules(Path(path), origin=name), name) for path, name in sources]
    rules, errors = join_rules([*own, *below])
    return compile_rules(rules, errors)


def _build(sources: list[Source], root: str) -> CompiledRules:
    from pathlib import Path

    from devmatrix_guard.engine.rules.compile import compile_rules
    from devmatrix_guard.engine.rules.load import join_rules, load_rules

    rules, errors = join_rules(
        (load_rules(Path(path), origin=origin, root=Path(root) if root else None), origin)
        for path, origin in sources
    )
    return compile_rules(rules, errors)


def _read_stamps(sources: Iterable[Source], root: str) -> Iterable[Stamp]:
    """Yield what tells apart one state of the rule files from another, in a fixed order."""
    for path, origin in sources:
        # What comes with the package is bound to itself, without asking where it lies.
        for file in _list_files_of(path, "" if origin == _SHIPPED else root):
            try:
                status = os.stat(file)  # noqa: PTH116 - pathlib costs the hook its start
            except OSError:
                continue
            yield file, status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


def _list_files_of(path: str, root: str) -> list[str]:
    top, name = anchor(root or _folder_of(path), path)
    head = top.rstrip("/")  # `os.path.join` for each of many files costs the hook more than git
    return [f"{head}/{file}" for file in list_files(top, name, _SUFFIXES)]


def _folder_of(path: str) -> str:
    return path if os.path.isdir(path) else os.path.dirname(path)  # noqa: PTH112, PTH120


def _is_settled(stored: tuple[Any, ...], sources: list[Source], stamps: list[Stamp]) -> bool:
    """Whether the stamps alone prove that nothing has changed."""
    old_sources, old_stamps, _, built, _ = stored
    if old_sources != sources or old_stamps != stamps:
        return False
    newest = max([max(stamp[1:3]) for stamp in stamps], default=0)
    return bool(newest <= built - _RACY_NS)


def _is_fresh(
    stored: tuple[Any, ...], sources: list[Source], stamps: list[Stamp], root: str
) -> bool:
    old_sources, old_stamps, hashes, built, _ = stored
    if old_sources != sources or len(old_stamps) != len(stamps):
        return False
    for old, new, known in zip(old_stamps, stamps, hashes, strict=True):
        if old[0] != new[0]:
            return False
        if (old != new or _is_recent(new, built)) and _hash(new[0], root) != known:
            return False
    return True


def _is_recent(stamp: Stamp, time: int) -> bool:
    """Whether a file may have changed once more at that time without another stamp."""
    return max(stamp[1], stamp[2]) > time - _RACY_NS


def _renew(place: str, stored: tuple[Any, ...], stamps: list[Stamp]) -> None:
    """Write down stamps that have proved to stand for the same files, so as to read none again."""
    sources, _, hashes, _, fields = stored
    now = _read_clock()
    if not any(_is_recent(stamp, now) for stamp in stamps):
        _write(place, (sources, stamps, hashes, now, fields))


def _hash(path: str, root: str) -> bytes:
    from _blake2 import blake2b

    from devmatrix_guard.files import read_file

    try:
        data = read_file(*anchor(root or _folder_of(path), path))
    except UsageError:
        return b""
    return bytes(blake2b(data, digest_size=16).digest())


def _read_clock() -> int:
    import time

    return time.time_ns()


def _read(place: str) -> tuple[Any, ...] | None:
    try:
        data = read_chosen(place, _MAX_BYTES)
    except UsageError:
        return None
    head = len(_MAGIC) + 4
    if not data.startswith(_MAGIC) or len(data) <= head:
        return None
    if zlib.crc32(data[head:]) != int.from_bytes(data[len(_MAGIC) : head], "big"):
        return None
    try:
        stored = marshal.loads(data[head:])  # noqa: S302 - our own bytes, checked above
    except (ValueError, EOFError, TypeError):
        return None
    return stored if isinstance(stored, tuple) and len(stored) == 5 else None


def _write(place: str, value: tuple[Any, ...]) -> None:
    """Replace the cache in one step; a place that cannot be written is left alone."""
    from devmatrix_guard.files import replace_file  # most checks find it fresh

    data = marshal.dumps(value)
    content = _MAGIC + zlib.crc32(data).to_bytes(4, "big") + data
    try:
        os.makedirs(os.path.dirname(place) or ".", exist_ok=True)  # noqa: PTH103, PTH120
        replace_file(place, content, mode=0o600)
    except OSError:
        return
