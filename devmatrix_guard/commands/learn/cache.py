"""Keeps what each commit taught, so that learning again reads only what is new."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from devmatrix_guard import __version__
from devmatrix_guard.commands.learn.fixes import BulkEdit, Fix
from devmatrix_guard.commands.learn.history import NOTHING_KNOWN, Known
from devmatrix_guard.files import FileError, read_chosen, replace_file
from devmatrix_guard.mining.candidates.cluster import FixedSite
from devmatrix_guard.mining.edits.forms import Form
from devmatrix_guard.mining.edits.sites import Site
from devmatrix_guard.mining.undo.edits import FixHunk
from devmatrix_guard.model.finding import Source

FORMAT = 8  # what was picked twice is kept
MAX_BYTES = 1 << 30  # 54,660 commits take a tenth of it


def read_known(path: Path, exclude: Sequence[str] = ()) -> Known:
    """Return what is kept at `path`; nothing if it was read otherwise, or is damaged."""
    try:
        stored = json.loads(read_chosen(path, MAX_BYTES).decode("utf-8", "surrogatepass"))
        if stored["made_by"] != describe_maker(exclude):
            return NOTHING_KNOWN
        return Known(
            {fix.commit: fix for fix in map(parse_fix, stored["fixes"])},
            {edit.commit: edit for edit in map(parse_bulk_edit, stored["sweeps"])},
            frozenset(stored["plain"]),
            dict(stored["picked_fixes"]),
            dict(stored["picked_edits"]),
        )
    except (FileError, ValueError, KeyError, TypeError, IndexError, RecursionError):
        return NOTHING_KNOWN


def write_known(path: Path, known: Known, exclude: Sequence[str] = ()) -> None:
    """Keep what each commit taught at `path`.

    Args:
        path: the file.
        known: what was read.
        exclude: globs of the files that were left out.
    """
    kept = {
        "made_by": describe_maker(exclude),
        "fixes": [known.fixes[commit] for commit in sorted(known.fixes)],
        "sweeps": [
            edit._replace(defined=sorted(edit.defined))  # type: ignore[arg-type]  # as JSON has it
            for _, edit in sorted(known.bulk_edits.items())
        ],
        "plain": sorted(known.plain),
        "picked_fixes": dict(known.picked_fixes),
        "picked_edits": dict(known.picked_edits),
    }
    text = json.dumps(kept, separators=(",", ":"))
    replace_file(path, text.encode("utf-8", "surrogatepass"))


def describe_maker(exclude: Sequence[str]) -> list[Any]:
    # Trees differ between versions of Python, and so do the terms made from them.
    return [FORMAT, __version__, list(sys.version_info[:2]), list(exclude)]


def parse_fix(stored: list[Any]) -> Fix:
    commit, identity, files, unreadable, sites, hunks = stored
    return Fix(
        commit,
        identity,
        files,
        unreadable,
        parse_sites(sites),
        tuple(FixHunk._make(to_tuples(hunk)) for hunk in hunks),
    )


def parse_bulk_edit(stored: list[Any]) -> BulkEdit:
    commit, identity, sites, defined = stored
    return BulkEdit(commit, identity, parse_sites(sites), frozenset(defined))


def parse_sites(stored: list[Any]) -> tuple[FixedSite, ...]:
    return tuple(
        FixedSite(Source(*source), parse_site(site), is_bulk) for source, site, is_bulk in stored
    )


def parse_site(stored: list[Any]) -> Site:
    site = Site._make(to_tuples(stored))
    return site._replace(forms=tuple(Form._make(form) for form in site.forms))


def to_tuples(value: Any) -> Any:
    return tuple(map(to_tuples, value)) if isinstance(value, list) else value
