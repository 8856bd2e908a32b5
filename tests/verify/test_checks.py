"""The environment that the checks of an application run in."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.verify.checks import (
    AppEnvironment,
    check_imports,
    check_migrations,
    check_tests,
    check_types,
)
from tests.helpers import tree_bytes, write_tree
from tests.specs import BOOKS

PYTHON = Path(__file__).parents[2] / ".tools/app/bin/python"


@pytest.fixture
def place(tmp_path: Path) -> AppEnvironment:
    return AppEnvironment(tmp_path / "app", Path(sys.executable), tmp_path, {"SECRET_KEY": "x"})


def test_what_is_compiled_lies_in_the_scratch_folder_or_where_the_caller_says(
    place: AppEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    assert place.make_environment()["PYTHONPYCACHEPREFIX"] == str(tmp_path / "pycache")
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", "/var/compiled")
    assert place.make_environment()["PYTHONPYCACHEPREFIX"] == "/var/compiled"


@pytest.mark.parametrize("named", [True, False], ids=["named", "not named"])
def test_types_are_kept_in_the_scratch_folder_or_where_the_caller_says(
    place: AppEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, named: bool
) -> None:
    monkeypatch.delenv("MYPY_CACHE_DIR", raising=False)
    if named:
        monkeypatch.setenv("MYPY_CACHE_DIR", str(tmp_path / "types"))
    write_tree(place.app, {"src/main.py": "def add(a: int) -> int:\n    return a + 1\n"})
    assert check_types(place).status == "pass"
    assert (tmp_path / "types").is_dir() is named
    assert (tmp_path / "mypy").is_dir() is not named
    assert sorted(tree_bytes(place.app)) == ["src/main.py"]


@pytest.mark.parametrize(
    ("text", "told"),
    [("import unheard.of", True), ("import src.gone", False), ("x = 1 / 0", False)],
    ids=["not installed", "its own", "another error"],
)
def test_what_is_not_installed_is_told_with_what_to_do(
    place: AppEnvironment, text: str, *, told: bool
) -> None:
    write_tree(place.app, {"src/__init__.py": "", "src/main.py": f"{text}\n"})
    check = check_imports(place)
    assert check.status == "fail"
    last = check.detail.splitlines()[-1]
    assert ("pip install -r requirements.txt" in last) is told
    assert ("Traceback" in check.detail) is not told


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("books")
    (folder / "books.yaml").write_text(BOOKS)
    run_generate(folder / "books.yaml", folder / "app")
    return folder / "app"


@pytest.mark.skipif(not PYTHON.exists(), reason="run scripts/app-environment first")
@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        ("src/main.py", "", "", None),
        (
            "alembic/versions/0001_initial.py",
            "def upgrade() -> None:",
            "def upgrade() -> None:\n    raise SystemExit('no way up')",
            "no way up",
        ),
        (
            "src/models/entities/book.py",
            "String(100)",
            "String(101)",
            "New upgrade operations detected",
        ),
        (
            "alembic/versions/0001_initial.py",
            "def downgrade() -> None:",
            "def downgrade() -> None:\n    raise SystemExit('no way down')",
            "no way down",
        ),
    ],
    ids=["as generated", "upgrade", "check", "downgrade"],
)
def test_migrations_go_up_fit_the_models_and_come_down(
    books: Path,
    tmp_path: Path,
    compiled: dict[str, str],
    path: str,
    old: str,
    new: str,
    said: str | None,
) -> None:
    app = shutil.copytree(books, tmp_path / "app")
    text = (app / path).read_text("utf-8")
    assert old in text
    (app / path).write_text(text.replace(old, new), "utf-8")
    place = AppEnvironment(app, PYTHON, tmp_path, {"SECRET_KEY": "x" * 32, **compiled})
    check = check_migrations(place, "SQLite", place.make_sqlite_url("migrations"))
    assert (check.name, check.status) == ("migrations (SQLite)", "fail" if said else "pass")
    assert (said or "") in check.detail


@pytest.mark.parametrize("name", ["PYTHONPATH", "PYTHONHOME", "PYTHONWARNINGS", "GUARD_LLM"])
def test_what_sets_up_guard_does_not_reach_the_application(
    place: AppEnvironment, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "of ours")
    assert name not in place.make_environment()


def test_the_last_word_has_who_asks(place: AppEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "of the shell")
    assert place.make_environment()["SECRET_KEY"] == "x"
    assert place.make_environment(SECRET_KEY="y")["SECRET_KEY"] == "y"


def test_a_database_is_a_file_of_the_scratch_folder(place: AppEnvironment, tmp_path: Path) -> None:
    assert place.make_sqlite_url("smoke") == f"sqlite+aiosqlite:///{tmp_path}/smoke.db"


def test_files_of_the_tests_lie_in_the_scratch_folder(place: AppEnvironment) -> None:
    test = f"def test_it(tmp_path): assert str(tmp_path).startswith({str(place.scratch)!r})"
    write_tree(place.app, {"test_it.py": test})
    made = check_tests(place)
    assert made.status == "pass", made.detail
