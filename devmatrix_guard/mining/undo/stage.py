"""How loudly an undone fix is told: by what was measured of those that had to be repaired again.

`docs/evidence.md` has the counts, `bench/evidence.py` makes them from any histories.
"""

from __future__ import annotations

import re

from devmatrix_guard.mining.commits import is_titled_fix
from devmatrix_guard.mining.product_paths import is_product_code
from devmatrix_guard.mining.undo.context import Context, weigh_hunk
from devmatrix_guard.mining.undo.match import BOTH, PUT_BACK, REMOVED, Match
from devmatrix_guard.model.language import PYTHON, detect_language

_TELLING = 4
MOST_OF_FIX = 0.6
_IMPORTED = re.compile(r"\s*(?:import|from)\s|\s*[\w.]+(?:\s+as\s+\w+)?,?\s*$")


def choose_stage(match: Match, *, is_mentioned: bool = False) -> str:
    """Return `warn` where a fix is lost rather than written otherwise, else `advise`.

    So it is where all of a hunk is undone in the product, to the letter, with most of what the fix
    did to the file or with nothing else in the change, where nothing that the fix brought in is
    added elsewhere, and where the fix says in its subject that it is one. What a hunk only added,
    or only removed, goes and comes in rewriting: it is lost where the change does nothing else.
    What is little more than a keyword, and what is only imported, goes back and forth unmissed.

    Args:
        match: what is undone.
        is_mentioned: whether the commit speaks of the fix or of its issue: who made it knows.
    """
    is_warning = is_candidate(match) and is_lost(match.context) and not is_mentioned
    if match.kind != BOTH and not match.context.is_alone:
        is_warning = False
    return "warn" if is_warning and is_titled_fix(match.hunk.subject) else "advise"


def is_candidate(match: Match) -> bool:
    """Tell whether all of a hunk that says something is undone in the product."""
    only = {PUT_BACK: match.hunk.added, REMOVED: match.hunk.removed}  # what the other side holds
    is_all = match.kind == BOTH or not only.get(match.kind, True)
    is_whole = is_all and match.share >= 1 and not match.hunk.is_part
    is_telling = weigh_hunk(match.hunk) >= _TELLING and not is_of_imports(match)
    return is_whole and is_telling and is_product_code(match.path)


def is_lost(context: Context) -> bool:
    """Tell whether a change takes a fix back and puts nothing in its place."""
    is_most = context.share_of_fix >= MOST_OF_FIX or context.is_alone
    return context.is_exact and is_most and not context.is_said_again


def is_of_imports(match: Match) -> bool:
    """Tell whether the heaviest statement of a match is an imported name."""
    return detect_language(match.path) == PYTHON and bool(_IMPORTED.match(match.text))
