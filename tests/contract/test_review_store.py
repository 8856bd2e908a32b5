from __future__ import annotations

import pytest

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.model.knowledge.review import Dismissal, ReviewComment

COMMENT = ReviewComment(
    "github-7", "ada", "app/a.py", 3, "Please use a timeout", "12", "2026-01-02T00:00:00Z",
    "https://example.invalid/7", "c" * 40, "get(url)", "get(url, timeout=3)",
)  # fmt: skip


def test_comments_come_back_as_they_were_written_the_oldest_first(memory: Memory) -> None:
    older = COMMENT._replace(comment_id="github-9", at="2026-01-01T00:00:00Z", answer="")
    assert memory.reviews.save([COMMENT, older]) == 2
    assert memory.reviews.list_all() == (older, COMMENT)


def test_a_comment_written_again_replaces_the_old(memory: Memory) -> None:
    memory.reviews.save([COMMENT._replace(answer="")])
    assert memory.reviews.save([COMMENT]) == 1
    assert memory.reviews.save([COMMENT]) == 0
    assert memory.reviews.list_all() == (COMMENT,)


@pytest.mark.parametrize("facts", [{"comment_id": ""}, {"reviewer": ""}, {"path": ""}])
def test_a_comment_by_nobody_on_nothing_is_refused(memory: Memory, facts: dict[str, str]) -> None:
    with pytest.raises(MemoryStoreError, match="refuses"):
        memory.reviews.save([COMMENT._replace(**facts)])  # type: ignore[arg-type]  # any field
    assert memory.reviews.list_all() == ()


def test_verdicts_are_replaced_as_a_whole(memory: Memory) -> None:
    first = Dismissal("f1", "b-rule", "false-positive", "a.py", "c0de", "why")
    second = Dismissal("f2", "a-rule", "useful")
    memory.reviews.replace_dismissals([first, second])
    assert memory.reviews.list_dismissals() == (second, first)
    memory.reviews.replace_dismissals([first])
    assert memory.reviews.list_dismissals() == (first,)


def test_an_unknown_verdict_is_refused_and_the_old_ones_stay(memory: Memory) -> None:
    memory.reviews.replace_dismissals([Dismissal("f1", "rule", "useful")])
    with pytest.raises(MemoryStoreError, match="refuses"):
        memory.reviews.replace_dismissals([Dismissal("f2", "rule", "perhaps")])
    assert memory.reviews.list_dismissals() == (Dismissal("f1", "rule", "useful"),)
