"""The migrations of an application say which tables there are, whoever wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.generator.emit.models.migrations import emit_initial_migration
from devmatrix_guard.generator.emit.models.table_changes import Renames, find_schema_change
from devmatrix_guard.generator.emit.models.tables import Table, make_tables
from devmatrix_guard.generator.emit.services.workflows import emits_events
from devmatrix_guard.generator.extract.extract import read_application
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.regenerate.replay import (
    find_heads,
    keep_known,
    read_revisions,
    replay,
)

ROOT = Path(__file__).parents[3]
SPECS = [ROOT / "examples/shop/shop.yaml", *sorted((ROOT / "tests/cases/specs").glob("*.yaml"))]
FIRST = """\
revision = "one"
down_revision = None


def upgrade():
    op.create_table(
        'books',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('title', sa.String(length=20), nullable=False),
        sa.Column('author_id', sa.Integer(), nullable=True),
        sa.CheckConstraint('length(title) <= 20', name='title_max_length'),
        sa.UniqueConstraint('title'),
    )
    op.create_index(op.f('ix_books_author_id'), 'books', ['author_id'])
"""


def after(*calls: str) -> dict[str, Table]:
    """Return the tables after the first migration and one that makes these calls."""
    body = "\n".join(f"    {call}" for call in calls) or "    pass"
    text = f'revision = "two"\ndown_revision = "one"\n\n\ndef upgrade():\n{body}\n'
    return {t.name: t for t in replay(read_revisions({"1.py": FIRST, "2.py": text}))}


def columns(table: Table) -> dict[str, tuple[str, bool]]:
    return {c.name: (str(c.type), c.nullable) for c in table.columns}


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_first_migration_of_a_spec_makes_the_tables_of_the_spec(path: Path) -> None:
    plan = make_plan(read_application(path))
    outbox = emits_events(plan)
    text = emit_initial_migration(plan, outbox=outbox)
    found = replay(read_revisions({"0001.py": text}))
    assert find_schema_change(found, make_tables(plan, outbox=outbox), Renames()).is_empty


def test_a_table_is_read_as_alembic_writes_it() -> None:
    table = after()["books"]
    assert columns(table) == {
        "id": ("sa.Integer()", False),
        "title": ("sa.String(20)", False),
        "author_id": ("sa.Integer()", True),
    }
    assert {c.name for c in table.constraints} == {"ck_books_title_max_length", "uq_books_title"}
    assert table.indexes == ("author_id",)


STEPS = [
    ("op.add_column('books', sa.Column('isbn', sa.Text()))", "isbn", ("sa.Text()", True)),
    ("op.alter_column('books', 'title', nullable=True)", "title", ("sa.String(20)", True)),
    ("op.alter_column('books', 'title', type_=sa.Text())", "title", ("sa.Text()", False)),
    ("op.alter_column('books', 'title', new_column_name='t')", "t", ("sa.String(20)", False)),
    ("op.drop_column('books', 'title')", "title", None),
    (
        "with op.batch_alter_table('books') as batch:\n        batch.drop_column('title')",
        "title",
        None,
    ),
    (
        "if op.get_context().dialect.name != 'sqlite':\n        op.drop_column('books', 'title')",
        "title",
        None,
    ),
]


@pytest.mark.parametrize(("call", "name", "wanted"), STEPS)
def test_each_operation_changes_what_it_says(
    call: str, name: str, wanted: tuple[str, bool] | None
) -> None:
    assert columns(after(call)["books"]).get(name) == wanted


def test_a_renamed_table_is_the_same_table() -> None:
    assert after("op.rename_table('books', 'tomes')").keys() == {"tomes"}


def test_an_index_is_dropped_by_its_whole_name() -> None:
    """The index of `author_id` is none of `id`, though its name ends with it."""
    calls = (
        "op.create_index('ix_books_id', 'books', ['id'])",
        "op.drop_index('ix_books_author_id', table_name='books')",
    )
    assert after(*calls)["books"].indexes == ("id",)


def test_what_is_not_understood_changes_nothing() -> None:
    assert after("op.execute('DROP TABLE books')", "print(1)", "x = 1") == after()


def test_heads_are_those_that_nothing_follows() -> None:
    other = 'revision = "three"\ndown_revision = "one"\n'
    two = 'revision = "two"\ndown_revision = "one"\n'
    sources = read_revisions({"1": FIRST, "2": two, "3": other, "4": "# no revision\n"})
    assert find_heads(sources) == ("three", "two")
    both = 'revision = "four"\ndown_revision = ("two", "three")\n'
    assert find_heads(read_revisions({"1": FIRST, "2": two, "3": other, "4": both})) == ("four",)


def test_a_migration_that_does_not_parse_is_named() -> None:
    with pytest.raises(GenerationError, match=r"broken\.py does not parse"):
        read_revisions({"broken.py": "def ("})


def test_without_a_migration_there_is_no_head_and_it_says_so() -> None:
    with pytest.raises(GenerationError, match="no head"):
        find_heads(read_revisions({"a.py": "# no revision\n"}))


BROKEN_CHAINS = {
    "a circle": (
        {"a.py": ("a", "b"), "b.py": ("b", "a")},
        r"in a circle: alembic/versions/a\.py, alembic/versions/b\.py; correct",
    ),
    "itself": ({"a.py": ("a", "a")}, r"in a circle: alembic/versions/a\.py; correct"),
    "one id twice": (
        {"a.py": ("a", None), "copy.py": ("a", None)},
        r"a\.py and alembic/versions/copy\.py are both the revision 'a'; remove one",
    ),
    "none that there is": (
        {"a.py": ("a", None), "c.py": ("c", "b")},
        r"c\.py follows 'b', which no file there is: restore",
    ),
}


@pytest.mark.parametrize(("chain", "sentence"), BROKEN_CHAINS.values(), ids=BROKEN_CHAINS)
def test_migrations_that_alembic_could_not_follow_are_named(
    chain: dict[str, tuple[str, str | None]], sentence: str
) -> None:
    """A new migration on top of them would stop at the next `alembic upgrade head`."""
    texts = {
        name: f"revision = {revision!r}\ndown_revision = {before!r}\n"
        for name, (revision, before) in chain.items()
    }
    with pytest.raises(GenerationError, match=sentence):
        read_revisions(texts)


def test_what_no_spec_ever_had_is_left_out() -> None:
    table = after()["books"]
    known = table._replace(columns=table.columns[:1], constraints=(), indexes=())
    assert keep_known([table, table._replace(name="audit")], [known]) == [known]
