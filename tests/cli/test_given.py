"""Verbs beside `check`: an option that could do nothing is refused, in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import make_repo
from tests.matrix.world import run


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ("fix a.py --test-command true", "--test-command is about the tests that --tests runs"),
        ("fix a.py --test-seconds 5", "--test-seconds is about the tests that --tests runs"),
        ("fix a.py --tests --dry-run", "--dry-run writes nothing that --tests could try"),
        ("report --format json --output w.md", "--output is written by its suffix; choose one"),
        ("report --html --output w.html", "--output is an option, and --html takes the name"),
        ("report --output --html w.html", "--html is an option, and --output takes the name"),
        ("verify --output --format .", "--format is an option, and --output takes the name"),
        ("build a.py -o b --gate nan", "a share is a number from 0 to 1"),
        ("report --repo nowhere", "there is no memory at"),
        ("lineage a.py --ask file --depth 3", "--depth is for tracing NAME"),
        ("lineage --ask file", "--ask file tells the specs, IRs and patterns"),
        ("lineage a.py --ask never-failed", "is about all there is; leave `a.py` out"),
        ("tests --range --staged", "`--staged` is an option and no range"),
    ],
)
def test_what_would_be_ignored_is_refused(tmp_path: Path, args: str, said: str) -> None:
    root = make_repo(tmp_path / "repo", {"a.py": "x = 1\n"})
    found = run("guard", root, *args.split())
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert not (root / "w.md").exists()


def test_repositories_are_chosen_one_way(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "repo", {"a.py": "x = 1\n"})
    assert run("guard", root, "learn").code == 0
    for verb in ("patterns list", "report", "lineage a.py"):
        found = run("guard", root, *verb.split(), "--repo", "repo", "--all-repositories")
        assert (found.code, found.out) == (2, "")
        assert "--repo and --all-repositories exclude each other; choose one" in found.err


def test_recall_says_that_a_file_is_not_there(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "repo", {"a.py": "x = 1\n"})
    assert run("guard", root, "recall", "b.py").out.startswith("b.py (not there): nothing is known")
    assert run("guard", root, "recall", "a.py").out.startswith("a.py: nothing is known")
