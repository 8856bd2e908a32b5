"""The rules that are in force at a place: the project's own first, then the shipped ones."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.config import find_shipped_rules, load_settings
from devmatrix_guard.engine.rules.load import load_rules
from devmatrix_guard.errors import UsageError
from devmatrix_guard.model.report import Note
from devmatrix_guard.model.rule import Rule


class Rulebook(NamedTuple):
    """Rules by id, and what is wrong with the files or rules that could not be read."""

    root: Path
    rules: dict[str, Rule]
    errors: tuple[Note, ...]


def read_rulebook(start: Path, *, shipped: bool = True) -> Rulebook:
    """Return the rules in force for a folder; of two with one id the project's own counts.

    Args:
        start: the folder.
        shipped: read those of the package too, where the settings want them.
    """
    root = find_project_root(start)
    settings = load_settings(start)
    places = [(root / name, "hand-written") for name in settings.rules]
    if settings.shipped and shipped:
        places.append((find_shipped_rules(), "shipped"))
    rules: dict[str, Rule] = {}
    errors: list[Note] = []
    for path, origin in places:
        loaded = load_rules(path, origin=origin, root=root)
        errors += [note._replace(path=show_path(note.path, root)) for note in loaded.errors]
        for rule in loaded.rules:
            rules.setdefault(rule.id, rule)
    return Rulebook(root, rules, tuple(errors))


def find_rule(book: Rulebook, rule_id: str) -> Rule:
    """Return a rule by its id.

    Raises:
        UsageError: there is none; the nearest name is suggested.
    """
    if rule_id not in book.rules:
        raise UsageError(f"there is no rule `{rule_id}`; {suggest_nearest(rule_id, book.rules)}")
    return book.rules[rule_id]


def guard_facts(rule: Rule) -> Mapping[str, Any]:
    """Return what a rule's file says under `metadata.guard`."""
    metadata = rule.body.get("metadata")
    guard = metadata.get("guard") if isinstance(metadata, dict) else None
    return guard if isinstance(guard, dict) else {}


def get_pattern_id(rule: Rule) -> str | None:
    """Return the id of the pattern a rule was made from."""
    pattern_id = guard_facts(rule).get("pattern")
    return pattern_id if isinstance(pattern_id, str) else None


def suggest_nearest(name: str, known: Collection[str]) -> str:
    """Return a hint at the name that was meant."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    near = near or [other for other in known if name and name.lower() in other.lower()]
    return f"did you mean `{near[0]}`?" if near else "`guard rules list` shows those there are."


def show_path(path: str, root: Path) -> str:
    """Return a path from the project's root; one outside it by its name only."""
    place = Path(path)
    if place.is_relative_to(root):
        return place.relative_to(root).as_posix()
    return f"(shipped) {place.name}"
