"""How loudly an undone fix is told: by what was measured of those that had to be repaired again.

`docs/evidence.md` has the counts, `bench/evidence.py` makes them from any histories.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from devmatrix_guard.mining.commits import is_test_path
from devmatrix_guard.mining.undo_match import BOTH, Match
from devmatrix_guard.model.language import PYTHON, detect_language

_TELLING = 4
_IMPORTED = re.compile(r"\s*(?:import|from)\s|\s*[\w.]+(?:\s+as\s+\w+)?,?\s*$")
_PROSE = ("", "HTML", "Jinja")
_ASIDE = frozenset(("doc", "docs", "example", "examples", "demo", "demos", "setup.py"))


def choose_stage(match: Match) -> str:
    """Return `warn` where all of a hunk is undone on both sides in the product, else `advise`.

    What is little more than a keyword, and what is only imported, goes back and forth unmissed.
    """
    is_whole = match.kind == BOTH and match.share >= 1
    is_telling = weigh(match) >= _TELLING and not is_of_imports(match)
    return "warn" if is_whole and is_telling and is_product_code(match.path) else "advise"


def weigh(match: Match) -> int:
    """Return the weight of the statements that a fix changed, of both sides."""
    return sum(key[3] for key in (*match.hunk.removed, *match.hunk.added))


def is_of_imports(match: Match) -> bool:
    """Tell whether the heaviest statement of a match is an imported name."""
    return detect_language(match.path) == PYTHON and bool(_IMPORTED.match(match.text))


def is_product_code(path: str) -> bool:
    """Tell whether a file is code of the product: no test, page, example or build file."""
    if is_test_path(path) or detect_language(path) in _PROSE:
        return False
    return _ASIDE.isdisjoint(PurePosixPath(path).parts)
