"""The first stage of a check: may a rule have a finding in what is staged at all?

While the cache of the last whole check holds, a commit needs no closer look whose files, around the
changed lines, hold none of the words any rule waits for. Whatever is out of the ordinary is left to
the whole check. Nothing slow is imported: most hooks end here.
"""

from __future__ import annotations

import os

from devmatrix_guard.commands.check.cache import (
    SETTINGS_FILES,
    is_cache_valid,
    read_cache,
)
from devmatrix_guard.errors import GitError, describe_defect
from devmatrix_guard.git.process import GitProcess
from devmatrix_guard.model.runner_files import may_unselect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from devmatrix_guard.commands.check.scan import Lines, Scan

    Staged = tuple[str, str, str, str, Lines]

# The options with which the prefilter can answer as a whole check does.
_OPTIONS = {"fix", "on_warn"}
_MAX_FILES = 200
_DIFF = ("diff", "--cached", "--raw", "-p", "-z", "-U0", "--no-abbrev", "--full-index",
         "--no-renames", "--no-relative", "--inter-hunk-context=0", "--diff-algorithm=myers",
         "--indent-heuristic",
         "--no-ext-diff", "--no-textconv", "--no-color", "--submodule=short",
         "--ignore-submodules=none", "--ita-invisible-in-index", "-O/dev/null")  # fmt: skip
_VARIABLES = ("GUARD_", "PRE_COMMIT_FROM")  # but for one that says nothing of a check
_MANIFEST = ".guard/generation_manifest.json"
_SECTION, _HUNK = b"\ndiff --git ", b"\n@@ -"


def scan_staged(given: Mapping[str, Any], files: Sequence[str]) -> Scan | None:
    """Return a scan of what is staged, called from the root of the work tree.

    None where the options, the settings or the change are out of the ordinary.

    Args:
        given: the options, by parameter.
        files: the files a hook runner names; each must have a staged change.
    """
    if given.keys() - _OPTIONS or "" in files:
        return None
    if any(name.startswith(_VARIABLES) and name != "GUARD_LEARN" for name in os.environ):
        return None
    git_dir = os.environ.get("GIT_DIR", ".git")
    if os.path.exists(_MANIFEST):  # noqa: PTH110
        return None  # below, a generated application has settings of its own
    cache = read_cache(git_dir)
    if cache is None or not is_cache_valid(cache):
        return None
    try:
        return _scan(cache, given, git_dir, files)
    except GitError:
        return None
    except Exception as error:
        describe_defect(error)  # the whole check takes each file by itself, and says which it is
        return None


def _scan(
    cache: dict[str, Any], given: Mapping[str, Any], git_dir: str, files: Sequence[str]
) -> Scan | None:
    max_bytes = cache["max_bytes"]
    is_merge = os.path.exists(os.path.join(git_dir, "MERGE_HEAD"))  # noqa: PTH110, PTH118
    if is_merge and cache["remembered"]:
        return None  # a merge may lose what is in none of its changes
    # What is too large to be scanned need not be compared either.
    args = ("-c", f"core.bigFileThreshold={max_bytes}", *_DIFF)
    diff = GitProcess(os.curdir, args, keep_errors=False)  # the whole check says why git failed
    # git works while this and the rules are loaded.
    from devmatrix_guard.commands.check.python_files import may_be_python
    from devmatrix_guard.commands.check.scan import Scan, read_contents
    from devmatrix_guard.engine.rules.cache import load_or_build

    compiled = load_or_build(cache["sources"], cache["rules"], cache["stamps"][0])
    staged = _read_staged(diff, cache["remembered"], [place for place, _ in cache["sources"]])
    if compiled.errors or staged is None or not {path for path, *_ in staged}.issuperset(files):
        return None
    changed = [change for change in staged if change[2] != "D" and may_be_python(*change[:2])]
    contents = read_contents(git_dir, [blob for _, _, _, blob, _ in changed], max_bytes=max_bytes)
    if contents is None or _may_rebind(changed, contents, cache["remembered"]):
        return None
    is_plain = cache["is_plain"] and not is_merge
    on_warn = given.get("on_warn") or cache["on_warn"]
    scan = Scan(compiled, cache["gate"], is_plain=is_plain, on_warn=on_warn, fix="fix" in given)
    has_deleted = any(status == "D" for _, _, status, *_ in staged)
    for path, _, status, blob, lines in changed:
        # A new file may be a renamed one, of which fewer lines are new.
        is_certain = lines is not None and not (status == "A" and has_deleted)
        if lines != () and (not files or path in files):
            scan.add(path, contents[blob], lines, is_certain=is_certain)
    return scan


def _read_staged(
    process: GitProcess, remembered: Any, rule_places: Sequence[str]
) -> list[Staged] | None:
    """Return path, mode, status, blob and new lines of each change, None where one is odd."""
    here = os.getcwd()  # noqa: PTH109  # pathlib is slow to load
    tops = tuple(f"{place}/".removeprefix(f"{here}{os.sep}") for place in rule_places)
    records, _, patch = b"".join(process.read_chunks()).partition(b"\0\0")
    fields = records.split(b"\0") if records else []
    sections = (b"\n" + patch).split(_SECTION)[1:]
    if process.code or len(fields) > 2 * _MAX_FILES or len(fields) != 2 * len(sections):
        return None
    found: list[Staged] = []
    for record, name, section in zip(fields[::2], fields[1::2], sections, strict=True):
        _, mode, old_blob, blob, status = record.decode("ascii").split(" ")
        path = os.fsdecode(name)
        if not _is_ordinary(path, mode, status) or f"{path}/".startswith(tops):
            return None
        if path in remembered and _may_undo(remembered[path], section):
            return None
        is_shown = _HUNK in section or old_blob == blob
        found.append((path, mode, status, blob, _read_new_lines(section) if is_shown else None))
    return found


def _may_undo(words: bytes, section: bytes) -> bool:
    """Whether one file's patch may undo a fix whose words are remembered."""
    import marshal

    from devmatrix_guard.mining.undo.words import may_hide, may_undo_by_words, read_words

    if not words or _HUNK not in section:
        return True
    hunks = [hunk.split(b"\n")[1:] for hunk in section.split(_HUNK)[1:]]
    if any(may_hide([line[1:] for line in hunk if line[:1] == b"+"]) for hunk in hunks):
        return True
    lines = section[section.find(_HUNK) :].split(b"\n")
    removed = read_words(line[1:] for line in lines if line[:1] == b"-")
    added = read_words(line[1:] for line in lines if line[:1] == b"+")
    return may_undo_by_words(marshal.loads(words), removed, added)  # noqa: S302  # git's own folder


def _may_rebind(changed: Sequence[Staged], contents: Mapping[str, bytes], remembered: Any) -> bool:
    """Whether what is added within a class may stand for a method that a fix mended."""
    found = [change for change in changed if change[4] and remembered.get(change[0])]
    if not found:
        return False
    from devmatrix_guard.mining.undo.words import may_rebind

    return any(may_rebind(contents[blob], lines or ()) for _, _, _, blob, lines in found)


def _read_new_lines(section: bytes) -> tuple[tuple[int, int], ...]:
    """Return the line ranges one file's patch adds: code cannot stand where a header does."""
    ranges = []
    for hunk in section.split(_HUNK)[1:]:
        start, _, count = hunk.split(b" ", 2)[1][1:].partition(b",")
        if count != b"0":
            ranges.append((int(start), int(start) + int(count or 1) - 1))
    return tuple(ranges)


def _is_ordinary(path: str, mode: str, status: str) -> bool:
    if status not in "AMD" or (status != "D" and mode not in ("100644", "100755")):
        return False
    if (
        path.startswith(".guard/")
        or path.rpartition("/")[2] in SETTINGS_FILES
        or may_unselect(path)
        or path.lower().endswith(".ipynb")
    ):
        return False
    folder = path.rpartition("/")[0]
    while folder:
        if any(os.path.exists(f"{folder}/{name}") for name in SETTINGS_FILES):  # noqa: PTH110
            return False
        folder = folder.rpartition("/")[0]
    return len(path) < 1000 and "\\" not in path
