"""Says after learning which new fixes have unfixed siblings, where code is made of near clones.

Measured on ordinary code (`bench/siblings.py`), 0 to 5 of 100 places that look like a fix's are
later fixed alike, in near-clone code 12: elsewhere `guard variants` has to be asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from devmatrix_guard.commands.audit.variants import list_text_variants, read_texts
from devmatrix_guard.commands.learn.fix_memory import Remembered
from devmatrix_guard.git.repository import Repository
from devmatrix_guard.mining.fixes.variants import measure_likeness
from devmatrix_guard.mining.product_paths import is_product_path

# Of hand-written repositories that were measured the most alike has 0.08, a generated
# application 0.25.
NEAR_CLONE = 0.15
_MOST_FIXES = 20
_MOST_TEXT = 20_000_000


def list_sibling_notes(
    repo: Repository, remembered: Remembered, exclude: Sequence[str] = ()
) -> list[str]:
    """Return a sentence for each new fix that has siblings of its own; none without near clones.

    Of fixes whose siblings are the same places the first one is named.
    """
    fixes = remembered.units[: remembered.new][:_MOST_FIXES]
    if not fixes:
        return []
    texts = [pair for pair in read_texts(repo, exclude) if is_product_path(pair[0])]
    if sum(len(text) for _, text in texts) > _MOST_TEXT:
        return []
    if measure_likeness(text for _, text in texts) < NEAR_CLONE:
        return []
    notes = []
    told: set[frozenset[tuple[str, int]]] = set()
    for fix in fixes:
        found = list_text_variants(repo, fix.commit, texts)
        siblings = frozenset((variant.path, variant.start) for variant in found)
        count = len(siblings)
        if siblings and siblings not in told:
            told.add(siblings)
            places = "1 place looks" if count == 1 else f"{count} places look"
            notes.append(
                f"{places} like what {fix.commit[:10]} fixed: "
                f"`guard variants {fix.commit[:10]}` shows them with a patch each."
            )
    return notes
