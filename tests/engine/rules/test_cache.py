"""The cache of compiled rules is used when it is fresh and whole, and never otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from devmatrix_guard.engine.rules.cache import load_or_build, load_or_build_contents
from tests.engine.rules.test_load import RULE


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A folder with one rule file."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.yml").write_text(RULE.format(id="one"))
    return folder


def _load(rules: Path) -> tuple[str, ...]:
    cache = rules.parent / "cache" / "rules.bin"
    return load_or_build([(rules, "hand-written")], cache).in_process


def test_fresh_cache_is_loaded_without_reading_yaml(rules: Path) -> None:
    _load(rules)
    code = (
        "import sys; from devmatrix_guard.engine.rules.cache import load_or_build as load;"
        f"print(load([({str(rules)!r}, 'hand-written')], {str(rules.parent / 'cache/rules.bin')!r})"
        ".in_process, 'yaml' in sys.modules, 'ast' in sys.modules, 're' in sys.modules)"
    )
    arguments = [sys.executable, "-I", "-c", code]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stdout == "('one',) False False False\n"


def test_edit_of_the_same_size_and_time_is_noticed(rules: Path) -> None:
    assert _load(rules) == ("one",)
    file = rules / "a.yml"
    status = file.stat()
    file.write_text(RULE.format(id="two"))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert _load(rules) == ("two",)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda f: (f / "b.yml").write_text(RULE.format(id="two")), id="added"),
        pytest.param(lambda f: (f / "a.yml").rename(f / "c.yml"), id="renamed"),
        pytest.param(lambda f: (f / "a.yml").unlink(), id="removed"),
    ],
)
def test_changed_folder_is_noticed(rules: Path, change: Callable[[Path], object]) -> None:
    _load(rules)
    change(rules)
    assert _load(rules) == load_or_build([(rules, "hand-written")], None).in_process


@pytest.mark.parametrize("damage", [b"", b"guard", b"\x00" * 400])
def test_damaged_cache_is_built_anew(rules: Path, damage: bytes) -> None:
    _load(rules)
    cache = rules.parent / "cache" / "rules.bin"
    whole = cache.read_bytes()
    cache.write_bytes(damage)
    assert _load(rules) == ("one",)
    cache.write_bytes(whole[:-20] + b"x" * 20)
    assert _load(rules) == ("one",)


def test_unwritable_cache_is_done_without(rules: Path) -> None:
    blocked = rules.parent / "file"
    blocked.write_text("")
    assert load_or_build([(rules, "x")], blocked / "rules.bin").in_process == ("one",)
    assert blocked.read_text() == ""


def test_absent_rules_are_no_rules(tmp_path: Path) -> None:
    assert load_or_build([(tmp_path / "none", "x")], None).in_process == ()


def test_files_that_proved_the_same_are_not_read_on_every_run(rules: Path) -> None:
    cache = rules.parent / "cache" / "rules.bin"
    _load(rules)
    built = cache.read_bytes()
    _load(rules)
    assert cache.read_bytes() == built, "too soon to tell one state of the files from the next"
    time.sleep(2.1)
    assert _load(rules) == ("one",)
    renewed = cache.read_bytes()
    assert renewed != built
    assert _load(rules) == ("one",)
    assert cache.read_bytes() == renewed


def test_rules_that_are_only_staged_are_compiled_once(tmp_path: Path) -> None:
    contents = [("rules/a.yml", RULE.format(id="one").encode())]
    first = load_or_build_contents(contents, [], tmp_path / "cache")
    code = (
        "import sys; from devmatrix_guard.engine.rules.cache import load_or_build_contents as load;"
        f"print(load({contents!r}, [], {str(tmp_path / 'cache')!r}).in_process,"
        " 'yaml' in sys.modules)"
    )
    arguments = [sys.executable, "-I", "-c", code]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stdout == f"{first.in_process} False\n" == "('one',) False\n"


@pytest.mark.parametrize(
    ("path", "rule_id", "shipped_id", "expected"),
    [
        pytest.param("a.yml", "two", "shipped", ("two", "shipped"), id="content"),
        pytest.param("a.yml", "one", "other", ("one", "other"), id="rules on disk"),
    ],
)
def test_contents_that_differ_share_no_cache(
    tmp_path: Path, path: str, rule_id: str, shipped_id: str, expected: tuple[str, ...]
) -> None:
    shipped = tmp_path / "shipped.yml"

    def load(path: str, rule_id: str, shipped_id: str) -> tuple[str, ...]:
        shipped.write_text(RULE.format(id=shipped_id))
        contents = [(path, RULE.format(id=rule_id).encode())]
        return load_or_build_contents(contents, [(shipped, "shipped")], tmp_path / "c").in_process

    assert load("a.yml", "one", "shipped") == ("one", "shipped")
    assert load(path, rule_id, shipped_id) == expected


def test_error_names_the_file_that_holds_it_now(tmp_path: Path) -> None:
    for path in ("a.yml", "b.yml"):
        compiled = load_or_build_contents([(path, b"rules: 1")], [], tmp_path)
        assert [note[0] for note in compiled.errors] == [path]


def test_caches_by_content_are_few(tmp_path: Path) -> None:
    (tmp_path / "rules-named.bin").write_bytes(b"another one's")
    for number in range(12):
        contents = [("a.yml", RULE.format(id=f"r{number}").encode())]
        assert load_or_build_contents(contents, [], tmp_path).in_process == (f"r{number}",)
    assert len(list(tmp_path.glob("rules-of-*"))) == 8
    assert (tmp_path / "rules-named.bin").read_bytes() == b"another one's"
