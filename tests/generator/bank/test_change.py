from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.generator.bank.change import freeze, freeze_text, import_patterns
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.bank.packaged import PackagedPatterns
from devmatrix_guard.memory.base import InfraStore
from devmatrix_guard.memory.connect import open_memory
from tests.contract.build import infra_pattern

TODAY = "2026-11-21"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[InfraStore]:
    with open_memory("m.db", tmp_path) as memory:
        yield memory.infra


def test_the_package_is_imported_whole_and_once(store: InfraStore) -> None:
    packaged = PackagedPatterns().list_all()
    first = import_patterns(store, packaged)
    assert first.added == tuple(sorted(p.reference for p in packaged))
    assert len(first.added) >= 14
    again = import_patterns(store, packaged)
    assert again == ((), first.added, ())
    assert [p._replace(origin="packaged") for p in store.list_all()] == list(packaged)


def test_a_version_with_another_text_is_kept_as_it_is(store: InfraStore) -> None:
    import_patterns(store, [infra_pattern()])
    other = infra_pattern(body="FROM other %%name%%")
    assert import_patterns(store, [other, infra_pattern("compose")]) == (
        ("compose@1",),
        (),
        ("dockerfile@1",),
    )
    assert store.find_latest("dockerfile") == infra_pattern()


def test_freezing_a_draft_makes_it_the_one_in_use(store: InfraStore) -> None:
    store.save([infra_pattern(), infra_pattern(version=2, frozen_at=None)])
    bank = PatternBank(bank=store)
    assert bank.get("dockerfile").version == 1
    assert freeze(store, bank, "dockerfile", TODAY) == infra_pattern(version=2)
    assert bank.get("dockerfile").version == 2


def test_freezing_again_changes_nothing(store: InfraStore) -> None:
    store.save([infra_pattern(frozen_at="2025-01-01")])
    frozen = freeze(store, PatternBank(bank=store), "dockerfile", TODAY)
    assert frozen.frozen_at == "2025-01-01"


def test_a_new_text_becomes_the_next_version_and_the_old_one_stays(store: InfraStore) -> None:
    packaged = PatternBank(bank=store).get("dockerignore")
    bank = PatternBank(bank=store)
    assert packaged.origin == "packaged"
    new = freeze_text(store, bank, "dockerignore", "*\n", TODAY)
    assert (new.version, new.body, new.frozen_at) == (packaged.version + 1, "*\n", TODAY)
    assert new.signature == packaged.signature
    assert bank.get("dockerignore") == new
    assert bank.find_exact("dockerignore", packaged.version) == packaged
    assert freeze_text(store, bank, "dockerignore", "*\n", TODAY) == new


def test_a_new_text_does_not_overwrite_a_draft(store: InfraStore) -> None:
    store.save([infra_pattern(), infra_pattern(version=2, frozen_at=None)])
    new = freeze_text(store, PatternBank(bank=store), "dockerfile", "FROM x %%name%%", TODAY)
    assert new.version == 3


def test_a_text_with_other_placeholders_is_refused(store: InfraStore) -> None:
    store.save([infra_pattern()])
    with pytest.raises(GenerationError, match="differ: name, nmae"):
        freeze_text(store, PatternBank(bank=store), "dockerfile", "FROM x %%nmae%%", TODAY)
    assert store.find_latest("dockerfile") == infra_pattern()


def test_freezing_what_is_not_there_is_an_error(store: InfraStore) -> None:
    with pytest.raises(GenerationError, match="no InfraPattern `nowhere`"):
        freeze(store, PatternBank(bank=store), "nowhere", TODAY)
