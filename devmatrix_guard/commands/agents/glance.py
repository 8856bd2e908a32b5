"""A glance at edited files: may a rule, or the memory, have something to say about them at all?

The cache of the last whole check tells which words the rules wait for. Most edits hold none around
the lines they changed, and end here; whatever is out of the ordinary is left to the whole check.
"""

from __future__ import annotations

import os

from devmatrix_guard.commands.check.cache import SETTINGS_FILES, is_cache_valid, read_cache
from devmatrix_guard.errors import GitError
from devmatrix_guard.files import FileError, read_if_present

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from devmatrix_guard.commands.check.scan import Lines


def is_silent(paths: Sequence[str]) -> bool:
    """Whether nothing can be said about files, called from the root of the work tree.

    Args:
        paths: the edited files, from the root.
    """
    if any(name.startswith("GUARD_") for name in os.environ):
        return False
    cache = read_cache(os.environ.get("GIT_DIR", ".git"))
    if cache is None or not is_cache_valid(cache):
        return False
    try:
        return _is_silent(cache, paths)
    except (GitError, FileError, OSError):
        return False


def _is_silent(cache: dict[str, Any], paths: Sequence[str]) -> bool:
    from devmatrix_guard.commands.check.python_files import may_be_python
    from devmatrix_guard.commands.check.scan import Scan
    from devmatrix_guard.engine.rules.cache import load_or_build

    scan = None
    for path in paths:
        if path in cache["remembered"] or not _is_ordinary(path):
            return False
        content = read_if_present(os.curdir, path, cache["max_bytes"])
        if content is None or not may_be_python(path):
            continue
        if b"\0" in content or b"coding" in content[:400]:
            return False
        if scan is None:
            compiled = load_or_build(cache["sources"], cache["rules"], cache["stamps"][0])
            if compiled.errors:
                return False
            scan = Scan(compiled, cache["gate"], is_plain=False, on_warn="")
        scan.add(path, content, find_new_lines(_read_head(path), content), is_certain=False)
    return scan is None or scan.is_silent


def find_new_lines(before: bytes | None, after: bytes) -> Lines:
    """Return the lines between what two texts begin and end with alike: all new ones are there."""
    if before is None:
        return None
    old, new = before.splitlines(), after.splitlines()
    first = 0
    last = len(new)
    while first < min(len(old), last) and old[first] == new[first]:
        first += 1
    shift = len(old) - len(new)
    while last > first and last + shift > first and old[last + shift - 1] == new[last - 1]:
        last -= 1
    return ((first + 1, last),) if last > first else ()


def _read_head(path: str) -> bytes | None:
    """Return a file as it is at HEAD, None where it is not there."""
    from devmatrix_guard.git.process import GitProcess

    process = GitProcess(os.curdir, ("cat-file", "blob", f"HEAD:{path}"), keep_errors=False)
    content = b"".join(process.read_chunks())
    return None if process.code else content


def _is_ordinary(path: str) -> bool:
    """Whether the settings of the root decide about a file, and no more than its text counts."""
    if path.lower().endswith(".ipynb") or "\\" in path or "\n" in path:
        return False
    folder = path.rpartition("/")[0]
    while folder:
        if any(os.path.exists(f"{folder}/{name}") for name in SETTINGS_FILES):  # noqa: PTH110
            return False
        folder = folder.rpartition("/")[0]
    return True
