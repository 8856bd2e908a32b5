"""Damaged real files meet no defect on the hook's whole path; `bench/fuzz_files.py` runs more."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from bench.fuzz_files import case, defects_in, real_files, rules
from devmatrix_guard.engine.rules.compiled import CompiledRules

SEED, FILES, PARTS = 20, settings().max_examples // 4, 8


@pytest.fixture(scope="module")
def compiled() -> CompiledRules:
    return rules()


@pytest.fixture(scope="module")
def files() -> list[Path]:
    return real_files()


@pytest.mark.parametrize("part", range(PARTS))
def test_damaged_files_are_judged_or_skipped_with_a_reason(
    part: int, compiled: CompiledRules, files: list[Path]
) -> None:
    for number in range(part * FILES, (part + 1) * FILES):
        data, chance = case(number, SEED, files)
        assert not list(defects_in(compiled, data, chance)), f"--seed {SEED}, file {number}"
