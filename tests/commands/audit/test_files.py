from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli import cli
from devmatrix_guard.commands.audit.files import import_audit, list_audit, set_audit
from devmatrix_guard.commands.learn.learn import learn
from devmatrix_guard.errors import MemoryStoreError, UsageError
from devmatrix_guard.files import FileError
from devmatrix_guard.model.knowledge.knowledge import FileAudit
from tests.helpers import commit, write_tree

TABLE = "file_path,layer,status,workflows\napp/a.py,,failed,W1\napp/gone.py,7,,\n"
SETTINGS = '[layers]\nroutes = ["app/**"]\n'


@pytest.fixture
def shop(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a file in a layer, and a table about it."""
    write_tree(repo, {"app/a.py": "x = 1\n", "guard.toml": SETTINGS, "t.csv": TABLE})
    monkeypatch.chdir(repo)
    return repo


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["audit", *arguments], standalone_mode=False)


def test_a_table_fills_the_audit_and_says_what_is_not_there(shop: Path) -> None:
    done = import_audit(shop, shop / "t.csv")
    assert (done.changed, done.same, done.absent) == (2, 0, ("app/gone.py",))
    assert list_audit(shop) == (
        FileAudit("app/a.py", None, "", "Failed", "", ("W1",)),
        FileAudit("app/gone.py", 7),
    )
    assert import_audit(shop, shop / "t.csv").same == 2


def test_a_table_with_one_bad_row_changes_nothing(shop: Path) -> None:
    write_tree(shop, {"t.csv": f"{TABLE}b.py,9,,\n"})
    with pytest.raises(UsageError, match="row 4"):
        import_audit(shop, shop / "t.csv")
    with pytest.raises(MemoryStoreError, match="no memory"):
        list_audit(shop)


def test_a_pipe_is_not_read(shop: Path) -> None:
    import os

    os.mkfifo(shop / "pipe.csv")
    with pytest.raises(FileError):
        import_audit(shop, shop / "pipe.csv")


def test_the_layer_comes_from_the_settings_where_nobody_says_it(shop: Path) -> None:
    audit = set_audit(shop / "app", "a.py", status="in progress", tasks=("#12",))
    assert audit == FileAudit("app/a.py", 3, "", "In Progress", "", (), ("#12",))


def test_a_field_is_emptied_and_labels_are_added(shop: Path) -> None:
    set_audit(shop, "app/a.py", technical_debt="old", workflows=("W1",), notes="n")
    audit = set_audit(shop, "app/a.py", workflows=("W2",), cleared=["workflows", "notes"])
    assert audit == FileAudit("app/a.py", 3, "old", "Not Started", "", ("W2",))


@pytest.mark.parametrize("path", ["../other.py", "/etc/passwd", "."])
def test_a_file_outside_is_refused(shop: Path, path: str) -> None:
    with pytest.raises(UsageError):
        set_audit(shop, path, status="Complete")


def test_the_list_is_narrowed(shop: Path) -> None:
    run("import", "t.csv")
    run("set", "app/a.py", "--task", "#12", "--debt", "bare except")
    status, layer = ("--status", "failed"), ("--layer", "7")
    for arguments in (status, layer, ("--workflow", "W1"), ("--task", "#12"), ("--debt",)):
        found = json.loads(run("list", "--format", "json", *arguments).output)["files"]
        expected = "app/gone.py" if "--layer" in arguments else "app/a.py"
        assert [file["file_path"] for file in found] == [expected], arguments
    assert "No file fits" in run("list", "--task", "#13").output


def test_what_is_exported_is_imported_again(shop: Path) -> None:
    run("import", "t.csv")
    before = list_audit(shop)
    for name in ("out.csv", "out.json"):
        assert f"{name}: written" in run("export", "--output", name).output
        assert import_audit(shop, shop / name).same == 2
    assert list_audit(shop) == before
    assert run("export").output == (shop / "out.csv").read_text()


def test_learning_gives_files_the_tasks_of_their_fixes(repo: Path) -> None:
    commit(repo, {"a.py": "def f(x):\n    return x\n", "b.py": "y = 1\n"}, "Add", day=1)
    body = "Fix the crash\n\nCloses #12, SHOP-3"
    commit(repo, {"a.py": "def f(x):\n    return x + 1\n"}, body, day=2)
    learn(repo)
    assert list_audit(repo) == (FileAudit("a.py", tasks=("#12", "SHOP-3")),)
    commit(repo, {"b.py": "y = 2\n"}, "Fix wrong number (#13)", day=3)
    learn(repo)
    assert [(a.path, a.tasks) for a in list_audit(repo)] == [
        ("a.py", ("#12", "SHOP-3")),
        ("b.py", ("#13",)),
    ]
