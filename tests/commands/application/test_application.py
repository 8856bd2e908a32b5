"""An application is read and mended byte for byte, whatever its editors did to its files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devmatrix_guard.commands.application.application import read_present_files
from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.application.repair import run_repair

_SPEC = Path(__file__).parents[2] / "cases/specs/blog.yaml"
_COLUMN = re.compile(
    r"^    \w+: Mapped\[[^\n]*\] = mapped_column\((?!.*primary_key).*\)\r?\n", re.M
)


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    run_generate(_SPEC, tmp_path / "blog")
    return tmp_path / "blog"


def _entity(blog: Path) -> Path:
    entities = sorted((blog / "src/models/entities").glob("*.py"))
    return next(path for path in entities if _COLUMN.search(path.read_text("utf-8")))


def test_ends_of_lines_are_read_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.py").write_bytes(b"a = 1\r\nb = 2\n")
    assert read_present_files(tmp_path, ())["src/a.py"] == "a = 1\r\nb = 2\n"


def test_repair_keeps_the_ends_of_lines_of_windows(blog: Path) -> None:
    path = _entity(blog)
    whole = path.read_bytes().replace(b"\n", b"\r\n")
    damaged = _COLUMN.sub("", whole.decode(), count=1).encode()
    assert damaged != whole
    path.write_bytes(damaged)

    assert run_repair(blog).repaired

    assert path.read_bytes() == whole


def test_repair_leaves_a_file_with_zero_bytes_alone_and_says_so(blog: Path) -> None:
    path = _entity(blog)
    broken = path.read_bytes() + b"\0"
    path.write_bytes(broken)

    left = run_repair(blog).left

    assert path.read_bytes() == broken
    assert any(str(d.path) == path.relative_to(blog).as_posix() for d, _ in left)
    assert all("does not parse" in reason for d, reason in left if path.name in d.path)
