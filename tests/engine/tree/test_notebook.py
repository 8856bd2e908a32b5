"""A notebook's code stands on the rows of the notebook, and nothing in it is IPython's any more."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.engine.tree.notebook import NotebookError, read_notebook


def _write(*cells: list[str], **more: Any) -> bytes:
    found = [
        {"cell_type": "code", "source": source, "outputs": [{"text": "x"}]} for source in cells
    ]
    return json.dumps({"cells": found, **more}, indent=1).encode()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["%matplotlib f()", "f(1)"], ["pass", "f(1)"]),
        (["!ls \\", " -l", "f(1)"], ["pass", "", "f(1)"]),
        (["x = !ls", "y = %magic 1"], ["x = None", "y = None"]),
        (["f?", "a.b??", "?f"], ["pass", "pass", "pass"]),
        (["if x:", "    !ls"], ["if x:", "    pass"]),
        (["%%time", "f(1)"], ["", "f(1)"]),
        (["%%html", "<b>"], ["", ""]),
        (["x = (5", "%f(1))"], ["x = (5", "%f(1))"]),
        (['"""', "%a", '"""'], ['"""', "%a", '"""']),
        (["await f(1)"], ["await f(1)"]),
    ],
)
def test_what_only_ipython_reads_is_left_out(lines: list[str], expected: list[str]) -> None:
    source = [f"{line}\n" for line in lines[:-1]] + lines[-1:]
    code = read_notebook(_write(source))
    rows = code.source.decode().split("\n")
    assert [rows[row - 1] for row in code.places] == expected
    assert list(code.places.values()) == [(1, n + 1) for n in range(len(lines))]
    ast.parse(code.source)


@given(
    st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=4))
)
def test_code_stands_on_the_row_that_holds_it(cells: list[list[str]]) -> None:
    written = [["x = '" + "".join(line.split()) + "'\n" for line in cell] for cell in cells]
    data = _write(*written)
    code = read_notebook(data)
    rows = data.decode().split("\n")
    assert len(code.source.decode().split("\n")) == len(rows)
    for row in code.places:
        assert rows[row - 1].lstrip().startswith('"x = ')


@given(st.binary(max_size=60) | st.text('{}[]",:0a ', max_size=60).map(str.encode))
def test_whatever_it_holds_it_is_read_or_refused(data: bytes) -> None:
    try:
        read_notebook(data)
    except NotebookError as error:
        assert str(error)


@pytest.mark.parametrize(
    "cells",
    [
        [3, None, "x", [], {"cell_type": "code"}, {"cell_type": "code", "source": 3}],
        [{"cell_type": ["code"], "source": ["f(1)"]}, {"source": {"a": ["f(1)"]}}],
        [{"cell_type": "code", "source": [1, None, ["f(1)"], {"a": "f(1)"}]}],
    ],
)
def test_values_of_other_types_are_no_code(cells: list[Any]) -> None:
    code = read_notebook(json.dumps({"cells": cells, "metadata": 3}, indent=1).encode())
    assert not code.source.strip()


def test_kernel_of_another_language_is_told() -> None:
    with pytest.raises(NotebookError, match="in julia") as caught:
        read_notebook(_write(["f(1)"], metadata={"kernelspec": {"language": "julia"}}))
    assert caught.value.is_foreign


@pytest.mark.parametrize(
    "metadata",
    [
        {"language_info": {"name": "julia"}, "kernelspec": {"name": "python3"}},
        {"language_info": {"name": "python"}, "kernelspec": {"language": "julia"}},
        {"language_info": {"name": "R"}, "kernelspec": {"name": "ir", "language": "IPython"}},
    ],
)
def test_what_a_kernel_of_python_runs_is_read_whatever_else_is_said(metadata: Any) -> None:
    assert read_notebook(_write(["f(1)"], metadata=metadata)).source.strip() == b"f(1)"


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        pytest.param(["%time f(1)"], ["pass; f(1)"], id="statement"),
        pytest.param(["x = %timeit -n 10 -q f(1)"], [f"x = {' ' * 17}f(1)"], id="assigned"),
        pytest.param(["if x:\n", "    %prun f(1)"], ["if x:", "    pass; f(1)"], id="indented"),
        pytest.param(["%time \\\n", "f(1)"], ["pass; \\", "f(1)"], id="continued"),
        pytest.param(["%time f(1\n", "y = 2"], ["pass", "y = 2"], id="no Python"),
        pytest.param(["%%python3\n", "f(1)"], ["", "f(1)"], id="cell of a Python"),
        pytest.param(["%%script /usr/bin/python\n", "f(1)"], ["", "f(1)"], id="cell of a script"),
        pytest.param(["%%pythonic\n", "f(1)"], ["", ""], id="cell of something else"),
    ],
)
def test_code_that_a_magic_runs_stays_at_its_columns(cell: list[str], read: list[str]) -> None:
    notebook = read_notebook(_write(cell))
    rows = notebook.source.decode().split("\n")
    assert [rows[row - 1] for row in sorted(notebook.places)] == read
