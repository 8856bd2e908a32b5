"""Migrations of two branches that no database can run both are refused, others are not."""

from __future__ import annotations

import pytest

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.generator.regenerate.contradictions import refuse_contradictions
from devmatrix_guard.generator.regenerate.replay import find_heads, read_revisions

FIRST = """
    op.create_table("books", sa.Column("id", sa.Integer()), sa.Column("pages", sa.Integer()))
    op.create_table("authors", sa.Column("id", sa.Integer()))
    op.create_check_constraint("ck_pages", "books", "pages > 0")
    op.create_index("ix_books_pages", "books", ["pages"])
"""
ISBN = 'op.add_column("books", sa.Column("isbn", sa.Text()))'
RENAMED = 'op.rename_table("books", "tomes")'
PAGES = 'op.alter_column("books", "pages", new_column_name="count")'
BATCH = """with op.batch_alter_table("books") as batch:
        batch.drop_column("pages")"""


def _write(revision: str, before: str, body: str) -> str:
    return (
        f"revision = {revision!r}\ndown_revision = {before}\n\n\n"
        f"def upgrade():\n    {body.strip()}\n"
    )


def _check(left: str, right: str) -> None:
    texts = {
        "one.py": _write("one", "None", FIRST),
        "left.py": _write("left", "'one'", left),
        "right.py": _write("right", "'one'", right),
    }
    sources = read_revisions(texts)
    refuse_contradictions(sources, find_heads(sources))


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        (ISBN, f"{ISBN}\n    op.drop_table('authors')", "adds the column books.isbn again"),
        (RENAMED, 'op.rename_table("books", "volumes")', "finds no table books"),
        (RENAMED, ISBN, "finds no table books"),
        (RENAMED, PAGES, "finds no table books"),
        (PAGES, 'op.alter_column("books", "pages", new_column_name="n")', "no column books.pages"),
        (BATCH, PAGES, "finds no column books.pages"),
        (BATCH, BATCH, "finds no column books.pages"),
        ('op.create_table("tags")', 'op.create_table("tags")', "makes the table tags again"),
        ('op.drop_table("authors")', 'op.drop_table("authors")', "finds no table authors"),
        (
            'op.drop_constraint("ck_pages", "books")',
            'op.drop_constraint("ck_pages", "books", type_="check")',
            "finds no constraint ck_pages",
        ),
        (
            'op.create_unique_constraint("uq", "books", ["pages"])',
            'op.create_unique_constraint("uq", "books", ["pages"])',
            "makes the constraint uq again",
        ),
    ],
)
def test_what_no_database_can_run_is_refused_with_both_files(
    left: str, right: str, said: str
) -> None:
    with pytest.raises(GenerationError, match=said) as caught:
        _check(left, right)
    assert "left.py" in str(caught.value)
    assert "right.py" in str(caught.value)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (ISBN, PAGES),
        (ISBN, 'op.add_column("authors", sa.Column("isbn", sa.Text()))'),
        (RENAMED, 'op.drop_table("authors")'),
        # SQL of people's own made what the other operation needs: nobody knows it
        ('op.execute("CREATE TABLE own (id int)")\n    op.drop_table("own")', ISBN),
        ('op.drop_index("ix_books_pages", table_name="books")', ISBN),
    ],
)
def test_what_any_order_of_can_run_is_not(left: str, right: str) -> None:
    _check(left, right)
