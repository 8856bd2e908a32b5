"""Imports a fix needs are added once, where they belong, and never where there is one already."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.engine.fixing.imports import (
    find_unknown_names,
    insert_imports,
    plan_imports,
    spell_locally,
)
from devmatrix_guard.engine.fixing.region import splice
from devmatrix_guard.engine.tree.source_text import encode_source


def _added(statement: str, code: str, line: int = 99) -> str:
    """Return the code with what the statement binds."""
    tree = ast.parse(code)
    plan = plan_imports([statement], tree, line)
    assert not plan.problem
    source = encode_source(code)
    return splice(code, insert_imports(source, tree, plan.missing), 0, len(code))


@pytest.mark.parametrize(
    ("statement", "code", "becomes"),
    [
        pytest.param("import os", "", "import os\n", id="empty-file"),
        pytest.param("import os", "f()\n", "import os\n\nf()\n", id="no-imports"),
        pytest.param(
            "import os", '"""Doc."""\nf()\n', '"""Doc."""\n\nimport os\n\nf()\n', id="docstring"
        ),
        pytest.param(
            "import os",
            '"""Doc."""\n\nf()\n',
            '"""Doc."""\n\nimport os\n\nf()\n',
            id="docstring-and-a-blank-line",
        ),
        pytest.param(
            "import os", '"""Doc."""', '"""Doc."""\n\nimport os', id="docstring-without-newline"
        ),
        pytest.param(
            "import os",
            "from __future__ import annotations\n\nf()\n",
            "from __future__ import annotations\n\nimport os\n\nf()\n",
            id="after-future",
        ),
        pytest.param(
            "import os",
            "#!/usr/bin/python\n# coding: latin-1\nf()\n",
            "#!/usr/bin/python\n# coding: latin-1\nimport os\n\nf()\n",
            id="shebang-and-cookie",
        ),
        pytest.param(
            "import os",
            "# licence\n\n# about f\n@d\ndef f(): ...\n",
            "# licence\n\nimport os\n\n# about f\n@d\ndef f(): ...\n",
            id="comment-stays-with-its-code",
        ),
        pytest.param(
            "import json",
            "import abc\nimport os\n\nimport requests\n",
            "import abc\nimport json\nimport os\n\nimport requests\n",
            id="sorted-in-its-group",
        ),
        pytest.param(
            "import httpx",
            "import os\n\nf()\n",
            "import os\n\nimport httpx\n\nf()\n",
            id="new-group",
        ),
        pytest.param(
            "import os",
            "import requests\n\nf()\n",
            "import os\n\nimport requests\n\nf()\n",
            id="group-above",
        ),
        pytest.param(
            "from .b import c",
            "import os\nfrom .a import d\n",
            "import os\nfrom .a import d\nfrom .b import c\n",
            id="relative",
        ),
        pytest.param(
            "import os",
            "import abc\r\nf()\r\n",
            "import abc\r\nimport os\r\nf()\r\n",
            id="crlf",
        ),
        pytest.param("import os", "import abc", "import abc\nimport os", id="no-final-newline"),
        pytest.param(
            "import os", "import abc; f()\n", "import abc; f()\nimport os\n", id="shared-line"
        ),
        pytest.param(
            "import os",
            "if TYPE_CHECKING:\n    import os\nf()\n",
            "import os\n\nif TYPE_CHECKING:\n    import os\nf()\n",
            id="type-checking-does-not-count",
        ),
        pytest.param(
            "from a import b",
            "from a import (\n    a,\n    c,  # see\n)\n",
            "from a import (\n    a,\n    b,\n    c,  # see\n)\n",
            id="into-a-bracket",
        ),
        pytest.param(
            "from a import d",
            "from a import (\n    b,\n    c,\n)\n",
            "from a import (\n    b,\n    c,\n    d,\n)\n",
            id="last-in-a-bracket",
        ),
        pytest.param(
            "from a import d",
            "from a import (\n    b,\n    c  # see\n)\n",
            "from a import (\n    b,\n    c  # see\n)\nfrom a import d\n",
            id="comment-keeps-its-name",
        ),
        pytest.param(
            "from a import b as x", "from a import c\n", "from a import b as x, c\n", id="alias"
        ),
        pytest.param(
            "from a import Z", "from a import z\n", "from a import Z, z\n", id="classes-first"
        ),
        pytest.param(
            "from a import Zoo",
            "from a import ABC, able\n",
            "from a import ABC, Zoo, able\n",
            id="classes-after-constants",
        ),
        pytest.param(
            "from a import b", "from a import *\n", "from a import *\nfrom a import b\n", id="star"
        ),
        pytest.param(
            "from a import b",
            f"from a import {'x' * 80}\n",
            f"from a import {'x' * 80}\nfrom a import b\n",
            id="full-line",
        ),
        pytest.param(
            "import a.b", "import a\n", "import a\nimport a.b\n", id="submodule-of-an-import"
        ),
    ],
)
def test_import_is_added(statement: str, code: str, becomes: str) -> None:
    assert _added(statement, code) == becomes
    ast.parse(becomes)
    assert _added(statement, becomes) == becomes


@pytest.mark.parametrize(
    ("statement", "code", "line"),
    [
        ("import os", "import os\n", 9),
        ("import os", "import os as o\n", 9),
        ("import os", "import os.path\n", 9),
        ("import a.b", "import a.b\n", 9),
        ("import a.b as c", "from a import b\n", 9),
        ("from a import b", "from a import (b, c)\n", 9),
        ("from a import b", "from a import b as c\n", 9),
        ("from a import b", "import a.b as c\n", 9),
        ("from a import b", "try:\n    from a import b\nexcept ImportError:\n    b = None\n", 9),
        ("from a import b", "def f():\n    from a import b\n    g()\n", 3),
    ],
)
def test_import_that_is_there_is_not_added(statement: str, code: str, line: int) -> None:
    assert _added(statement, code, line) == code


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("from z import b\n", 9),
        ("b = 1\n", 9),
        ("def b(): ...\n", 9),
        ("def f(b):\n    g()\n", 2),
        ("def f():\n    for b in c: g()\n", 2),
    ],
)
def test_name_that_means_another_thing_is_a_problem(code: str, line: int) -> None:
    assert "uses the name b" in plan_imports(["from a import b"], ast.parse(code), line).problem


def test_name_of_another_function_is_no_problem() -> None:
    code = "def f(b): ...\ndef g():\n    h()\n"
    assert not plan_imports(["from a import b"], ast.parse(code), 3).problem


@pytest.mark.parametrize(
    "statement", ["", "x = 1", "import", "import a; import b", "from a import *"]
)
def test_what_is_no_import_is_a_problem(statement: str) -> None:
    assert "not one import" in plan_imports([statement], ast.parse(""), 1).problem


@pytest.mark.parametrize(
    ("code", "spelled"),
    [
        ("import asyncio\n", "asyncio.sleep"),
        ("import asyncio as aio\n", "aio.sleep"),
        ("from asyncio import sleep\n", "sleep"),
        ("from asyncio import sleep as nap\n", "nap"),
        ("", "asyncio.sleep"),
        ("import asyncio.events\n", "asyncio.sleep"),
    ],
)
def test_dotted_name_is_spelled_as_the_file_does(code: str, spelled: str) -> None:
    assert spell_locally("asyncio.sleep", ast.parse(code), 1) == spelled


def test_names_nobody_binds_are_unknown() -> None:
    tree = ast.parse("import a\ndef f(x): y = z\n")
    assert find_unknown_names(["a", "x", "y", "z", "len", "new", "added"], tree, ["added.b"]) == [
        "new"
    ]
    assert find_unknown_names(["new"], ast.parse("from a import *"), []) == []
