"""Whatever is damaged in a generated application is found, and nearly all of it mended."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.extract.extract import read_application
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.strata import generate_files
from devmatrix_guard.verify.compliance import compare
from devmatrix_guard.verify.facts import read_facts
from devmatrix_guard.verify.repair import repair
from tests.verify.mutations import mutate

SHOP = Path(__file__).parents[2] / "examples/shop/shop.yaml"


@pytest.fixture(scope="module")
def shop() -> dict[str, str]:
    files = generate_files(make_plan(read_application(SHOP)), PatternBank())
    return {file.path: file.text for file in files}


def test_a_clean_application_raises_no_alarm(shop: dict[str, str]) -> None:
    result = compare(read_facts(shop), read_facts(shop))
    assert result.deviations == ()


def test_every_mutation_is_found_and_at_least_95_percent_are_mended(shop: dict[str, str]) -> None:
    reference = {path: text for path, text in shop.items() if path.startswith("src/")}
    mutations = mutate(reference, seed=1, per_kind=1)
    assert len(mutations) >= 60
    found, mended, unstable = 0, 0, []
    for mutation in mutations:
        files = {**reference, mutation.path: mutation.text}
        result = repair(files, reference)
        found += bool(result.before.deviations)
        again = repair({**files, **result.files}, reference)
        if again.files:
            unstable.append(mutation)
        mended += not result.left
    missed = Counter(m.kind for m in mutations)
    assert found == len(mutations), missed
    assert mended >= 0.95 * len(mutations)
    assert unstable == []
