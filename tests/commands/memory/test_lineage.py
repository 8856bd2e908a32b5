from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli import cli
from devmatrix_guard.commands.memory.lineage import trace
from devmatrix_guard.errors import MemoryStoreError, UsageError
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.knowledge.lineage import LineageEdge, LineageNode

BAD = LineageNode("commit", "bad0" + "0" * 36, {"date": "2026-01-01", "subject": "Write it"})
FIX = LineageNode("commit", "f1c5" + "0" * 36, {"date": "2026-02-01", "subject": "Mend it"})
AGAIN = LineageNode("commit", "a9a1" + "0" * 36)
PATTERN = LineageNode("pattern", "5f1c", {"title": "json.loads"})
RULE = LineageNode("rule", "mined-json")
FILE = LineageNode("source-file", "app/a.py")


def edge(kind: str, source: LineageNode, target: LineageNode, **properties: object) -> LineageEdge:
    return LineageEdge(kind, (source.kind, source.key), (target.kind, target.key), properties)


@pytest.fixture
def recorded(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose memory knows how one rule came about."""
    with open_memory(".guard/memory.db", repo) as memory:
        memory.lineage.add(
            [BAD, FIX, AGAIN, PATTERN, RULE, FILE],
            [
                edge("introduced", BAD, FIX, days=31),
                edge("touches", FIX, FILE),
                edge("taught", FIX, PATTERN),
                edge("taught", AGAIN, PATTERN),
                edge("became", PATTERN, RULE),
            ],
        )
    monkeypatch.chdir(repo)
    return repo


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["lineage", *arguments], standalone_mode=False)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("mined-json", "rule"),
        ("f1c5", "commit"),
        ("5f1c", "pattern"),
        ("app/a.py", "source-file"),
        ("./app/../app/a.py", "source-file"),
    ],
)
def test_a_thing_is_found_by_the_name_people_use(recorded: Path, name: str, kind: str) -> None:
    (lineage,) = trace(recorded, name)
    assert lineage.start[0] == kind


def test_a_file_may_be_named_from_a_folder_below_the_root(recorded: Path) -> None:
    (recorded / "app").mkdir()
    (lineage,) = trace(recorded / "app", "a.py")
    assert lineage.start == ("source-file", "app/a.py")


def test_the_tree_of_a_rule_leads_back_to_the_commit_that_began_it(recorded: Path) -> None:
    assert run("mined-json").output == (
        "rule mined-json\n"
        "came from\n"
        "  └─ became pattern 5f1c  json.loads\n"
        "     ├─ taught commit a9a1000000\n"
        "     └─ taught commit f1c5000000  2026-02-01, Mend it\n"
        "        └─ introduced commit bad0000000  2026-01-01, Write it  31 days before\n"
    )


def test_the_tree_of_a_commit_goes_both_ways(recorded: Path) -> None:
    assert run("f1c5").output == (
        "commit f1c5000000  2026-02-01, Mend it\n"
        "came from\n"
        "  └─ introduced commit bad0000000  2026-01-01, Write it  31 days before\n"
        "led to\n"
        "  ├─ taught pattern 5f1c  json.loads\n"
        "  │  └─ became rule mined-json\n"
        "  └─ touches source-file app/a.py\n"
    )


def test_depth_bounds_the_tree(recorded: Path) -> None:
    assert run("mined-json", "--depth", "1").output.count("\n") == 3


def test_a_circle_is_shown_once(recorded: Path) -> None:
    with open_memory(".guard/memory.db", recorded) as memory:
        memory.lineage.add([], [edge("followed-by", FIX, AGAIN), edge("undone-by", AGAIN, FIX)])
    output = run("a9a1").output
    assert "(see above)" in output
    assert output.count("undone-by") == 2


def test_the_json_form_holds_nodes_and_edges(recorded: Path) -> None:
    document = json.loads(run("mined-json", "--format", "json").output)
    (lineage,) = document["lineages"]
    assert lineage["start"] == {"kind": "rule", "key": "mined-json"}
    assert len(lineage["nodes"]) == 5
    assert {e["kind"] for e in lineage["edges"]} == {"became", "taught", "introduced"}


@pytest.mark.parametrize(
    "name",
    [
        "nowhere.py",
        "",
        "\0",
        "../../etc/passwd",
        "f1",
        "0" * 5000,
        "a/" * 3000,
        "a" * 5000 + ":3",
        "a" * 200_000,
    ],
)
def test_an_unknown_name_is_answered_in_a_sentence(recorded: Path, name: str) -> None:
    with pytest.raises(UsageError, match="nothing is recorded"):
        trace(recorded, name)


def test_without_a_memory_the_remedy_is_named(repo: Path) -> None:
    with pytest.raises(MemoryStoreError, match="run `guard learn` first"):
        trace(repo, "x")
