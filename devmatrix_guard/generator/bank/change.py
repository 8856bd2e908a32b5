"""What changes the bank: importing versions, drafting a new one, freezing a draft."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.generator.bank.base import BankStore
from devmatrix_guard.generator.bank.form import find_contradiction
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.model.knowledge.infra import InfraPattern


class Imported(NamedTuple):
    """What an import did with each version, by reference, sorted."""

    added: tuple[str, ...]
    known: tuple[str, ...]
    kept: tuple[str, ...]


def import_patterns(store: BankStore, patterns: Iterable[InfraPattern]) -> Imported:
    """Add versions the bank lacks; a version it holds with another text stays as it is.

    Importing twice changes nothing.
    """
    added, known, kept = [], [], []
    for pattern in sorted(patterns, key=lambda p: (p.pattern_id, p.version)):
        stored = store.find_exact(pattern.pattern_id, pattern.version)
        if stored is None:
            added.append(pattern)
        elif stored._replace(origin=pattern.origin) == pattern:
            known.append(pattern.reference)
        else:
            kept.append(pattern.reference)
    store.save(added)
    return Imported(tuple(p.reference for p in added), tuple(known), tuple(kept))


def freeze(store: BankStore, bank: PatternBank, pattern_id: str, today: str) -> InfraPattern:
    """Freeze the newest draft of a pattern, and return it; frozen already, nothing changes.

    Raises:
        GenerationError: there is no such pattern, or the draft contradicts itself.
    """
    drafts = [p for p in store.list_drafts() if p.pattern_id == pattern_id]
    if not drafts:
        return bank.get(pattern_id)
    frozen = drafts[-1]._replace(frozen_at=today)
    _refuse_contradiction(frozen)
    store.save([frozen])
    return frozen


def freeze_text(
    store: BankStore, bank: PatternBank, pattern_id: str, body: str, today: str
) -> InfraPattern:
    """Make a text the next version of a pattern, freeze it and return it.

    The signature stays that of the version before. The text of the newest version changes nothing.

    Raises:
        GenerationError: there is no such pattern, or the text has other placeholders.
    """
    newest = bank.get(pattern_id)
    if newest.body == body:
        return newest
    frozen = draft_text(store, newest, body)._replace(frozen_at=today)
    store.save([frozen])
    return frozen


def draft_text(store: BankStore, newest: InfraPattern, body: str) -> InfraPattern:
    """Return a text as the version that follows the newest of a pattern, not saved or frozen.

    Raises:
        GenerationError: the text has other placeholders.
    """
    pattern_id = newest.pattern_id
    versions = [p.version for p in (newest, *store.list_drafts()) if p.pattern_id == pattern_id]
    stored = store.find_latest(pattern_id)
    highest = max([*versions, stored.version if stored else 0])
    drafted = newest._replace(version=highest + 1, body=body, frozen_at=None, origin="bank")
    _refuse_contradiction(drafted)
    return drafted


def _refuse_contradiction(pattern: InfraPattern) -> None:
    problem = find_contradiction(pattern)
    if problem:
        raise GenerationError(f"{pattern.reference} cannot be frozen: {problem}.")
