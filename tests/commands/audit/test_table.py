from __future__ import annotations

import random

import pytest

from devmatrix_guard.commands.audit.table import merge_row, read_table, write_audits, write_csv
from devmatrix_guard.errors import UsageError
from devmatrix_guard.model.knowledge.knowledge import AUDIT_STATUSES, FileAudit

FULL = FileAudit("app/a.py", 3, "two bare excepts", "In Progress", "n", ("W1", "W2"), ("#1", "A-2"))


def read(text: str, name: str = "t.csv") -> list[FileAudit]:
    rows = read_table(name, text.encode()).rows
    return [merge_row(FileAudit(row["path"]), row) for row in rows]


def test_the_table_of_the_original_design_is_read() -> None:
    text = (
        "id,file_path,layer_number,workflows,technical_debt,status,notes,task_ids\n"
        '7,app/a.py,3,"W1,W2",two bare excepts,In Progress,n,"#1; A-2"\n'
    )
    assert read(text) == [FULL]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_that_of_the_first_row(delimiter: str) -> None:
    rows = (("File Path", "Layer", "Status"), ("a.py", "Routes", "in-progress"))
    text = "\n".join(delimiter.join(row) for row in rows)
    assert read(f"\ufeff{text}\r\n\r\n") == [FileAudit("a.py", 3, "", "In Progress")]


def test_what_a_row_leaves_open_stays() -> None:
    (row,) = read_table("t.csv", b"path,status\n./app/a.py,complete\n").rows
    assert merge_row(FULL, row) == FULL._replace(status="Complete")


def test_columns_that_mean_nothing_are_named() -> None:
    table = read_table("t.csv", b"path,Owner,created_at\na.py,Ada,now\n")
    assert table.unknown == ("Owner",)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("t.csv", "", "is empty"),
        ("t.csv", "layer\n3\n", "row 2 names no file"),
        ("t.csv", "path,layer\na.py,9\n", "row 2: there is no layer `9`"),
        ("t.csv", "path,status\na.py,perhaps\n", "there is no status `perhaps`"),
        ("t.csv", "path\n../a.py\n", "outside of the repository"),
        ("t.csv", "path\n/etc/passwd\n", "outside of the repository"),
        ("t.csv", "path\nC:\\a.py\n", "outside of the repository"),
        ("t.csv", "path\na.py,b\n", "more cells"),
        ("t.csv", "path,layer\na.py,1\na.py,2\n", "row 3: `a.py` stands there twice"),
        ("t.csv", 'path\n"a.py\n', "no CSV that can be read"),
        ("t.json", "{", "is not JSON"),
        ("t.json", "[" * 100_000, "is not JSON"),
        ("t.json", "{}", "neither a list of files"),
        ("t.json", "[3]", "row 1 is no object"),
        ("t.json", '[{"path": ["a"]}]', "a text is wanted"),
        ("t.json", '[{"path": "a", "notes": true}]', "a text is wanted"),
    ],
)
def test_a_row_that_makes_no_sense_is_named(name: str, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_table(name, text.encode())


def test_another_encoding_is_said_so() -> None:
    with pytest.raises(UsageError, match="save it as UTF-8"):
        read_table("t.csv", "path\né.py\n".encode("latin-1"))


def _make_audit(chance: random.Random) -> FileAudit:
    def text(characters: str, least: int) -> str:
        return "".join(chance.choices(characters, k=chance.randint(least, 9))).strip()

    def labels() -> tuple[str, ...]:
        return tuple(sorted({text("aZ9#-/=+é", 1) for _ in range(chance.randint(0, 3))}))

    return FileAudit(
        text("a=+@-", 1) + text("ab ,;-", 0) + "z",
        chance.choice([None, *range(1, 8)]),
        text("ab ,;'\"=+@-\n\té→", 0),
        chance.choice(AUDIT_STATUSES),
        text("ab ,;'\"=+@-\n\té→", 0),
        labels(),
        labels(),
    )


@pytest.mark.parametrize("seed", range(60))
def test_what_is_written_is_read_back(seed: int) -> None:
    audit = _make_audit(random.Random(seed))
    assert read(write_csv([audit])) == [audit]
    assert read(write_audits([audit]), "t.json") == [audit]


def test_no_cell_is_a_formula() -> None:
    text = write_csv([FileAudit("a.py", technical_debt="=HYPERLINK(1)", tasks=("@x",))])
    assert text.splitlines()[1] == "a.py,,,'=HYPERLINK(1),Not Started,,'@x"
