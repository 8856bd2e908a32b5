"""Keeps what each fix commit taught, so that learning again reads only what is new."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from devmatrix_guard import __version__
from devmatrix_guard.commands.harvest import Fix
from devmatrix_guard.commands.writing import write_atomically
from devmatrix_guard.mining.cluster import FixedSite
from devmatrix_guard.mining.forms import Form
from devmatrix_guard.mining.sites import Site
from devmatrix_guard.mining.undo_index import FixHunk
from devmatrix_guard.model.finding import Source

FORMAT = 2


def read_fixes(path: Path, exclude: Sequence[str] = ()) -> dict[str, Fix]:
    """Return the fixes kept at `path`; none if they were read otherwise, or are damaged."""
    try:
        stored = json.loads(path.read_text("utf-8", "surrogatepass"))
        if stored["made_by"] != _maker(exclude):
            return {}
        return {fix.commit: fix for fix in map(_fix, stored["fixes"])}
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError):
        return {}


def write_fixes(path: Path, fixes: Iterable[Fix], exclude: Sequence[str] = ()) -> None:
    """Keep fixes at `path`; `exclude` are the globs of files they were read without."""
    ordered = sorted(fixes, key=lambda fix: fix.commit)
    text = json.dumps({"made_by": _maker(exclude), "fixes": ordered}, separators=(",", ":"))
    write_atomically(path, text.encode("utf-8", "surrogatepass"))


def _maker(exclude: Sequence[str]) -> list[Any]:
    # Trees differ between versions of Python, and so do the terms made from them.
    return [FORMAT, __version__, list(sys.version_info[:2]), list(exclude)]


def _fix(stored: list[Any]) -> Fix:
    commit, identity, files, unreadable, sites, hunks = stored
    return Fix(
        commit,
        identity,
        files,
        unreadable,
        tuple(FixedSite(Source(*source), _site(site)) for source, site in sites),
        tuple(FixHunk._make(_tuples(hunk)) for hunk in hunks),
    )


def _site(stored: list[Any]) -> Site:
    site = Site._make(_tuples(stored))
    return site._replace(forms=tuple(Form._make(form) for form in site.forms))


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
