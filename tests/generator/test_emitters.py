"""The table of emitters says what happens: a generation is watched, and each file's text traced."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import devmatrix_guard.generator
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.emitters import EMITTERS, find_emitter
from devmatrix_guard.generator.extract.extract import extract
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.spec.load import load_spec
from devmatrix_guard.generator.strata import generate_files
from tests.generator.regenerate.edits import SHOP
from tests.specs import BOOKS

ROOT = Path(devmatrix_guard.generator.__file__).parent
NAMES = {emitter.rpartition(":")[2] for _, emitter in EMITTERS}


def _iter_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for text in value.values() if isinstance(text, str))
    elif isinstance(value, tuple):
        yield from (text for text in value if isinstance(text, str))


def _find_writers(text: str, written: dict[str, set[str]]) -> set[str]:
    """Return who wrote a text; of one that was trimmed later, who wrote the most of it."""
    if text in written:
        return written[text]
    lines = set(text.splitlines())
    return written[max(written, key=lambda other: len(lines & set(other.splitlines())))]


@pytest.mark.parametrize("spec", [SHOP.read_bytes(), BOOKS.encode()], ids=["shop", "books"])
def test_each_file_is_written_by_the_emitter_that_is_named(spec: bytes) -> None:
    written: dict[str, set[str]] = {}

    def watch(frame: FrameType, event: str, value: Any) -> None:
        code = frame.f_code
        if event == "return" and code.co_name in NAMES and str(ROOT) in code.co_filename:
            where = Path(code.co_filename).relative_to(ROOT).as_posix()
            for text in _iter_texts(value):
                written.setdefault(text, set()).add(f"{where}:{code.co_name}")

    plan = make_plan(extract(load_spec(spec)))
    sys.setprofile(watch)
    try:
        files = generate_files(plan, PatternBank())
    finally:
        sys.setprofile(None)
    for file in files:
        if file.pattern is None:
            assert find_emitter(file.path) in _find_writers(file.text, written), file.path


def test_the_table_names_functions_that_are_there() -> None:
    for _, emitter in EMITTERS:
        path, _, name = emitter.partition(":")
        assert f"def {name}(" in (ROOT / path).read_text(), emitter


def test_what_nobody_emits_has_none() -> None:
    assert find_emitter("docker/Dockerfile") == ""
