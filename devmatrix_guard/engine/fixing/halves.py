"""Judges many together at the cost of few: a group that fails is judged again in halves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

Reason = TypeVar("Reason")
# Each judgement costs a whole file, so of very many that fail the rest stay failed unheard.
_MAX_JUDGEMENTS = 60


def judge_in_halves(
    keys: Sequence[int],
    judge: Callable[[Sequence[int]], Mapping[int, Reason]],
    *,
    most: int = _MAX_JUDGEMENTS,
) -> dict[int, Reason]:
    """Return what is wrong with which keys.

    Args:
        keys: what is to be judged.
        judge: says what is wrong with which of these when they are taken together.
        most: how often it is asked.
    """
    failed: dict[int, Reason] = {}
    pending = [list(keys)]
    while pending:
        group = pending.pop(0)
        wrong = judge(group) if group else {}
        most -= 1
        if len(group) == 1 or most <= 0:
            failed |= wrong
        elif len(wrong) == len(group):
            pending += [group[: len(group) // 2], group[len(group) // 2 :]]
        elif wrong:
            # Without the others some may be right, and those that were may not.
            failed |= judge(list(wrong))
            most -= 1
            pending.append([key for key in group if key not in wrong])
    return failed
