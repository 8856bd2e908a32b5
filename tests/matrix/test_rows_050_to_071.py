"""Contents a file can have: ends of lines, encodings, sizes, versions of Python."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.helpers import git, make_repo, write_tree
from tests.helpers_bounds import expect_end
from tests.matrix.world import BAD, GOOD, RULE, SETTINGS, World, run


def test_row_050_an_empty_file_is_clean(world: World) -> None:
    world.stage({"b.py": ""})
    assert world.hook("b.py") == (0, "", "")


def test_row_051_a_missing_final_newline_stays_missing(world: World) -> None:
    world.stage({"a.py": "x = old_call(1)"})
    assert world.fix().code == 1
    assert (world.root / "a.py").read_bytes() == b"x = abs(1)"


def test_row_052_a_fix_keeps_crlf(world: World) -> None:
    world.stage({"a.py": "y = 1\r\nx = old_call(\r\n    1\r\n)\r\n"})
    world.fix()
    assert (world.root / "a.py").read_bytes() == b"y = 1\r\nx = abs(\r\n    1\r\n)\r\n"


def test_row_053_with_mixed_newlines_only_the_fixed_line_changes(world: World) -> None:
    world.stage({"a.py": b"a = 1\r\nb = 2\nx = old_call(1)\r\nc = 3\n"})
    world.fix()
    assert (world.root / "a.py").read_bytes() == b"a = 1\r\nb = 2\nx = abs(1)\r\nc = 3\n"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"a = 1\x0c\nb = 2\nx = old_call(1)\n", 3),
        ("a = '\u2028'\nx = old_call(1)\n".encode(), 2),
        (b"a = 1\x0b\nx = old_call(1)\n", 2),
    ],
    ids=["form-feed", "line-separator", "vertical-tab-is-a-syntax-error"],
)
def test_row_054_odd_breaks_do_not_shift_line_numbers(
    world: World, content: bytes, line: int
) -> None:
    world.stage({"b.py": content})
    found = world.json()
    assert found.places == [("b.py", line)] or "b.py" in found.skipped


def test_row_054_a_lone_carriage_return_does_not_lose_the_changed_line(world: World) -> None:
    world.commit({"b.py": b"a = 1\rb = 2\nc = 3\nd = old_call(0)\n"})
    world.stage({"b.py": b"a = 1\rb = 2\nc = old_call(1)\nd = old_call(0)\n"})
    assert len(world.json().places) == 1


@pytest.mark.parametrize("how", ["autocrlf", "attributes"])
def test_row_055_converted_line_ends_make_no_phantom_findings(world: World, how: str) -> None:
    world.commit({"b.py": BAD + "y = 1\n"})
    if how == "autocrlf":
        world.git("config", "core.autocrlf", "true")
    else:
        world.commit({".gitattributes": "*.py text eol=crlf\n"})
    (world.root / "b.py").unlink()
    world.git("checkout", "--", "b.py")
    assert b"\r\n" in (world.root / "b.py").read_bytes()
    assert world.hook() == (0, "", "")
    world.stage({"b.py": (BAD + "y = old_call(2)\n").replace("\n", "\r\n")})
    assert world.json().places == [("b.py", 2)]
    world.fix()
    assert (world.root / "b.py").read_bytes() == b"x = old_call(1)\r\ny = abs(2)\r\n"


def test_row_056_a_byte_order_mark_is_kept_and_columns_are_right(world: World) -> None:
    world.stage({"a.py": b"\xef\xbb\xbfx = old_call(1)\n"})
    (finding,) = world.json().report["findings"]
    assert (finding["start_line"], finding["start_col"]) == (1, 5)
    world.fix()
    assert (world.root / "a.py").read_bytes() == b"\xef\xbb\xbfx = abs(1)\n"


def test_row_057_a_declared_encoding_is_read_and_written_back(world: World) -> None:
    source = "# -*- coding: latin-1 -*-\ns = 'é'; x = old_call('ü')\n".encode("latin-1")
    world.stage({"a.py": source})
    (finding,) = world.json().report["findings"]
    assert finding["start_col"] == 14
    world.fix()
    assert (world.root / "a.py").read_bytes() == source.replace(b"old_call", b"abs")


def test_row_058_undeclared_bytes_that_are_not_utf8_are_skipped_never_rewritten(
    world: World,
) -> None:
    source = b"s = '\xe9'\nx = old_call(1)\n"
    world.stage({"a.py": source})
    found = world.json()
    assert (found.code, list(found.skipped)) == (0, ["a.py"])
    world.fix()
    assert (world.root / "a.py").read_bytes() == source


def test_row_059_utf16_is_skipped(world: World) -> None:
    world.stage({"a.py": BAD.encode("utf-16")})
    found = world.json()
    assert found.code == 0
    assert "UTF-16" in found.skipped["a.py"]


def test_row_060_nul_bytes_are_skipped(world: World) -> None:
    world.stage({"a.py": b"x = old_call(1)\n\0\n"})
    found = world.json()
    assert (found.code, list(found.skipped)) == (0, ["a.py"])
    assert "binary" in found.skipped["a.py"]


def test_row_061_a_large_file_is_skipped_and_listed(world: World) -> None:
    world.stage({"big.py": BAD * 3_200_000, "a.py": BAD})
    found = world.json()
    assert found.places == [("a.py", 1)]
    assert "max-file-kb" in found.skipped["big.py"]


def test_row_062_a_line_of_five_megabytes_is_bounded_in_time(world: World) -> None:
    world.stage({"b.py": "x = [" + "1," * 2_500_000 + "]\n" + BAD, "a.py": BAD})
    with expect_end(time.monotonic):
        found = world.json()
    assert found.places == [("a.py", 1)]
    assert "max-file-kb" in found.skipped["b.py"]


def test_row_063_deep_nesting_is_skipped_with_a_reason(world: World) -> None:
    world.stage({"b.py": "x = " + "(" * 5000 + "old_call(1)" + ")" * 5000 + "\n", "a.py": BAD})
    found = world.json()
    assert found.places == [("a.py", 1)]
    assert "b.py" in found.skipped


def test_row_063_a_long_chain_does_not_exhaust_the_stack(world: World) -> None:
    chain = "x = a" + ".b()" * 3000 + "\ny = old_call(1)\nz = " + "1+" * 3000 + "1\n"
    world.stage({"b.py": chain, "a.py": BAD})
    found = world.json()
    assert ("a.py", 1) in found.places
    assert ("b.py", 2) in found.places or "b.py" in found.skipped


def test_row_064_a_syntax_error_is_said_and_other_files_are_checked(world: World) -> None:
    world.stage({"b.py": "def broken(:\n    old_call(1)\n", "a.py": BAD})
    found = world.json()
    assert found.places == [("a.py", 1)]
    assert "b.py" in found.skipped


def test_row_065_syntax_newer_than_this_python_does_not_crash(world: World) -> None:
    world.stage({"b.py": "type X = int\ndef f[T](x: T): ...\nold_call(1)\n", "a.py": BAD})
    found = world.json()
    assert ("a.py", 1) in found.places
    assert ("b.py", 3) in found.places or "b.py" in found.skipped


def test_row_066_a_python_2_file_is_checked_as_far_as_it_can_be_read(world: World) -> None:
    code = "print 'x'\nold_call(1)\nx = 0777\n"
    world.stage({"b.py": code, "a.py": BAD})
    found = world.json()
    assert found.places == [("a.py", 1), ("b.py", 2)]
    assert "b.py" in found.skipped


def _notebook(*cells: list[str], language: str = "python") -> str:
    """Return a notebook as Jupyter writes it."""
    return json.dumps(
        {
            "cells": [{"cell_type": "markdown", "metadata": {}, "source": ["old_call(1)"]}]
            + [
                {"cell_type": "code", "metadata": {}, "outputs": [], "source": source}
                for source in cells
            ],
            "metadata": {"language_info": {"name": language}},
            "nbformat": 4,
            "nbformat_minor": 5,
        },
        indent=1,
    )


def test_row_067_cells_of_a_notebook_are_checked(world: World) -> None:
    first = ["%matplotlib inline\n", "!pip install x\n", 'x = "é"\n']
    text = _notebook(first, ["def f():\n", "    old_call(1)"], ["%%bash\n", "old_call(1)"])
    world.stage({"n.ipynb": text, "a.py": BAD})
    found = world.json("n.ipynb", "a.py")
    row = next(n for n, line in enumerate(text.split("\n"), 1) if '"    old_call' in line)
    assert found.places == [("a.py", 1), ("n.ipynb", row)]
    finding = found.report["findings"][1]
    assert "(cell 3, line 2)" in finding["message"]
    assert finding["cell"] == {"number": 3, "line": 2}
    assert finding["fix"]["doubt"] == "notebook"
    assert [edit["text"] for edit in finding["fix"]["edits"]] == ["abs"]
    assert world.hook("n.ipynb", "a.py").code == 1
    for how in ((), ("--unsafe-fixes",)):
        world.fix("n.ipynb", *how)
        assert world.text("n.ipynb") == text, "a fix in a notebook is not written"


def test_row_067_settings_leave_notebooks_out(world: World) -> None:
    world.commit({"guard.toml": SETTINGS + "notebooks = false\n"})
    world.stage({"n.ipynb": _notebook(["old_call(1)"])})
    found = world.json("n.ipynb")
    assert not found.places
    assert "settings" in found.skipped["n.ipynb"]


def test_row_067_only_changed_lines_of_a_notebook_count(world: World) -> None:
    world.commit({"n.ipynb": _notebook(["old_call(1)\n", "x = 1"])})
    world.stage({"n.ipynb": _notebook(["old_call(1)\n", "x = 2"])})
    assert world.hook("n.ipynb").code == 0
    world.stage({"n.ipynb": _notebook(["old_call(1)\n", "old_call(2)"])})
    assert len(world.json().places) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"cells": []', "not valid JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"cells": 3}', "no notebook of format 4"),
        ("[1]", "no notebook of format 4"),
        (_notebook(["old_call(1)"], language="R"), "a notebook in R"),
        ('{"cells": [{"cell_type": "code", "source": "x\\nold_call(1)"}]}', "on one row"),
    ],
    ids=["cut", "deep", "other", "list", "foreign", "one row"],
)
def test_row_067_a_notebook_that_cannot_be_read_is_told(
    world: World, text: str, reason: str
) -> None:
    world.stage({"n.ipynb": text, "a.py": BAD})
    found = world.json("n.ipynb", "a.py")
    assert found.places == [("a.py", 1)]
    assert reason in found.skipped["n.ipynb"]


def test_row_068_a_stub_is_checked(world: World) -> None:
    world.stage({"b.pyi": BAD})
    assert world.json().places == [("b.pyi", 1)]


@pytest.mark.parametrize(
    ("before", "column"),
    [("\t", 2), ("s = '漢字'; ", 11), ("s = 'e\u0301'; ", 11), ("s = '😀'; ", 10)],
    ids=["tab", "wide", "combining", "astral"],
)
def test_row_069_columns_count_code_points(world: World, before: str, column: int) -> None:
    indented = "if True:\n" if before == "\t" else "\n"
    world.stage({"b.py": f"{indented}{before}old_call(1)\n"})
    (finding,) = world.json().report["findings"]
    assert (finding["start_line"], finding["start_col"]) == (2, column)
    assert '"columnKind": "unicodeCodePoints"' in world.check("--format", "sarif").out


def test_row_070_an_lfs_pointer_is_skipped(world: World) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12\n"
    world.stage({"b.py": pointer})
    assert "LFS" in world.json().skipped["b.py"]


def test_row_071_a_partial_clone_fetches_nothing_and_says_what_it_cannot_read(
    tmp_path: Path,
) -> None:
    source = make_repo(
        tmp_path / "source",
        {".guard/rules/old.yml": RULE, "guard.toml": SETTINGS, "a.py": "a = 1\n", "b.py": GOOD},
    )
    write_tree(source, {"a.py": "a = 2\n", "c.py": BAD})
    git(source, "add", ".")
    git(source, "commit", "-qm", "Change")
    git(source, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", source.as_uri(), "partial")
    objects = sorted((tmp_path / "partial/.git/objects").rglob("*"))
    found = run(
        "guard", tmp_path / "partial", "check", "--format", "json", "--range", "HEAD~1...HEAD",
        "--rules-from", "worktree",
    )  # fmt: skip
    assert found.places == [("c.py", 1)]
    assert "partial clone" in found.skipped["a.py"]
    assert sorted((tmp_path / "partial/.git/objects").rglob("*")) == objects


def test_row_071_a_sparse_checkout_is_checked_as_far_as_it_is_there(world: World) -> None:
    world.commit({"in/b.py": BAD, "out/c.py": BAD})
    world.git("sparse-checkout", "set", "in")
    assert world.json("--all").places == [("in/b.py", 1)]
    world.stage({"in/b.py": BAD + "y = old_call(2)\n"})
    assert world.json().places == [("in/b.py", 2)]
