"""What a whole check leaves in git's folder for the prefilter of the next hook.

The settings it saw, where its compiled rules are, and the files whose fixes are remembered, with
stamps of the files all this was read from.
"""

from __future__ import annotations

import marshal
import os

from devmatrix_guard.errors import UsageError
from devmatrix_guard.file_listing import read_chosen
from devmatrix_guard.mining.sealed import seal, unseal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from devmatrix_guard.config import Settings

SETTINGS_FILES = ("pyproject.toml", "guard.toml")  # as `config` has them, which is slow to load
_FORMAT = "guard-prefilter 4"
_CACHE = "guard/look.bin"
_MAX_BYTES = 64 * 1024 * 1024


def write_cache(
    git_dir: str,
    root: str,
    sources: Sequence[tuple[str, str]],
    cache: str,
    settings: Settings,
    undo_index: str,
    remembered: Mapping[str, bytes],
) -> None:
    """Write down what a check of the whole settings saw; a place that refuses is left alone.

    Args:
        git_dir: git's folder of the work tree.
        root: the work tree.
        sources: where the rules are, each with the origin they have.
        cache: where they are kept compiled.
        settings: those of the root.
        undo_index: where the fixes of the past are kept.
        remembered: the files they are about, each with the words by which undoing them shows,
            or none where any change is to be looked at.
    """
    from devmatrix_guard.files import replace_file  # a hook with nothing to say writes nothing

    is_plain = not settings.exclude and not settings.semgrep and settings.budget is None
    value = {
        "format": _FORMAT,
        "stamps": _stamp_settings(root),
        "undo": (undo_index, _stamp(undo_index)),
        "sources": tuple(sources),
        "rules": cache,
        "max_bytes": settings.max_file_kb * 1024,
        "remembered": dict(remembered),
        "gate": settings.fail_on,
        "on_warn": settings.on_warn,
        "is_plain": is_plain,
    }
    place = os.path.join(git_dir, _CACHE)  # noqa: PTH118  # pathlib is slow to load
    try:
        replace_file(place, seal(marshal.dumps(value)))
    except OSError:
        return


def read_cache(git_dir: str) -> dict[str, Any] | None:
    """Return what is cached, None where there is nothing or it is damaged."""
    try:
        data = unseal(read_chosen(os.path.join(git_dir, _CACHE), _MAX_BYTES))  # noqa: PTH118
        cache = marshal.loads(data)  # noqa: S302  # git's own folder: no commit can fill it
    except (UsageError, ValueError, EOFError, TypeError):
        return None
    return cache if isinstance(cache, dict) and cache.get("format") == _FORMAT else None


def is_cache_valid(cache: dict[str, Any]) -> bool:
    """Whether the cache is of this folder, and the files it was made from are as they were."""
    undo_index, stamp = cache["undo"]
    here = os.getcwd()  # noqa: PTH109
    return bool(cache["stamps"] == _stamp_settings(here) and stamp == _stamp(undo_index))


def _stamp_settings(root: str) -> tuple[Any, ...]:
    """Return the root with what tells one state of its settings from another."""
    return (root, *(_stamp(os.path.join(root, name)) for name in SETTINGS_FILES))  # noqa: PTH118


def _stamp(path: str) -> tuple[int, ...] | None:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino
