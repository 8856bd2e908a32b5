"""How loudly an undone fix is told: by what was measured of those that had to be repaired again.

`docs/evidence.md` has the counts, `bench/evidence.py` makes them from any histories.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from devmatrix_guard.mining.commits import is_test_path
from devmatrix_guard.mining.undo_match import BOTH, Match
from devmatrix_guard.model.language import detect_language

_PROSE = ("", "HTML", "Jinja")
_ASIDE = frozenset(("doc", "docs", "example", "examples", "demo", "demos", "setup.py"))


def choose_stage(match: Match) -> str:
    """Return `warn` where all of a hunk is undone on both sides in the product, else `advise`."""
    is_whole = match.kind == BOTH and match.share >= 1
    return "warn" if is_whole and is_product_code(match.path) else "advise"


def is_product_code(path: str) -> bool:
    """Tell whether a file is code of the product: no test, page, example or build file."""
    if is_test_path(path) or detect_language(path) in _PROSE:
        return False
    return _ASIDE.isdisjoint(PurePosixPath(path).parts)
