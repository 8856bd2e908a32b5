"""What messages announce to take back."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.reverts import Reverted, index_announced, is_titled_revert


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ('Revert "Fix the parser"', True),
        ("Revert the fix", True),
        ('[main] Revert "Fix"', True),
        ("[core] Revert the parser", True),
        ("undo: the cache", True),
        ("Back out the change of yesterday", True),
        ("Backed out changeset 12", True),
        ("Fix a reverted edge", False),
        ("Undocumented helpers get a cleaner shape", False),
        ("Revertible migrations", False),
        ("Backouts are logged", False),
        ("Tidy up", False),
        ("", False),
    ],
)
def test_a_subject_announces_a_revert_by_its_first_words(subject: str, expected: bool) -> None:
    assert is_titled_revert(subject) is expected


def test_a_revert_that_names_nothing_speaks_for_its_own_commit_alone() -> None:
    unnamed, named = Reverted(), Reverted(("3f2a91c",))
    found = index_announced(
        [(unnamed, {"a.py", "b.py"}), (None, {"a.py", "c.py"}), (named, {"a.py", "c.py"})]
    )
    assert found == {"a.py": [named], "b.py": [unnamed], "c.py": [named]}
