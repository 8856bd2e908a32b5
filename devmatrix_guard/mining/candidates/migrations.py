"""Migrations that people confirm in a line of the settings: “use Y, not X”."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from devmatrix_guard.errors import SettingsError
from devmatrix_guard.model.knowledge.pattern import FixPattern

_LINE = re.compile(r"\s*use\s+(?P<new>.+?)\s*,\s*not\s+(?P<old>.+?)\s*\.?\s*", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d]\w*")


class Confirmed(NamedTuple):
    """A line of the settings: what is to be written, and what not."""

    line: str
    new: frozenset[str]
    old: frozenset[str]


def read_confirmed(lines: Sequence[str]) -> tuple[Confirmed, ...]:
    """Return the lines `use Y, not X` of the settings, as the words of both sides.

    Raises:
        SettingsError: a line is written otherwise.
    """
    found = []
    for line in lines:
        match = _LINE.fullmatch(line)
        new, old = (_find_words(match[side]) if match else frozenset() for side in ("new", "old"))
        if not new or not old:
            raise SettingsError(
                f"the setting migrations cannot have the line `{line}`; write it as "
                "`use selectinload, not joinedload`."
            )
        found.append(Confirmed(line.strip(), new, old))
    return tuple(found)


def find_confirmation(pattern: FixPattern, confirmed: Sequence[Confirmed]) -> Confirmed | None:
    """Return the line that confirms a migration; None for any other pattern.

    Every word of X has to stand in what it looks for and every word of Y in what it writes, so that
    a line means the calls it names and no others.
    """
    if not pattern.evidence.is_migration or pattern.after is None:
        return None
    before, after = _find_words(pattern.before), _find_words(pattern.after)
    return next((one for one in confirmed if one.old <= before and one.new <= after), None)


def confirm_migration(pattern: FixPattern, confirmed: Sequence[Confirmed]) -> FixPattern:
    """Return a pattern at the stage that a person's word gives it: a migration then warns."""
    if pattern.stage != "advise" or find_confirmation(pattern, confirmed) is None:
        return pattern
    evidence = replace(pattern.evidence, reasons=())
    return replace(pattern, stage="warn", severity="WARNING", evidence=evidence)


def list_unmatched(
    confirmed: Sequence[Confirmed], patterns: Sequence[FixPattern]
) -> tuple[str, ...]:
    """Return the lines that no migration of this history answers to."""
    met = {found for pattern in patterns if (found := find_confirmation(pattern, confirmed))}
    return tuple(one.line for one in confirmed if one not in met)


def _find_words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))
