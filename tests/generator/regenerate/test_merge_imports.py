"""Imports of both sides are merged name by name, in isort's order where both have it."""

from __future__ import annotations

import ast
from typing import NamedTuple

import pytest

from devmatrix_guard.generator.regenerate.merge import merge_texts


class Case(NamedTuple):
    """The imports of three versions, and of the merged one; each name is used by code below."""

    base: str
    ours: str
    theirs: str
    merged: str


LONG = "from shop import first_of_the_long_names, second_that_is_longer_than_others"
CASES = {
    "a module each": Case(
        "import a", "import a\nimport b", "import a\nimport c", "import a\nimport b\nimport c"
    ),
    "a name each": Case(
        "from m import a", "from m import a, b", "from m import a, c", "from m import a, b, c"
    ),
    "the same name": Case(
        "from m import a", "from m import a, b", "from m import a, b", "from m import a, b"
    ),
    "an alias each": Case(
        "from m import a as x",
        "from m import a as x, b as y",
        "from m import a as x, c as z",
        "from m import a as x, b as y, c as z",
    ),
    "a module by another name": Case(
        "import a as x",
        "import a as x\nimport b as y",
        "import a as x",
        "import a as x\nimport b as y",
    ),
    "from the own package": Case(
        "from . import a", "from . import a, b", "from . import a, c", "from . import a, b, c"
    ),
    "generated no more": Case(
        "from m import a, b", "from m import a, b", "from m import a", "from m import a"
    ),
    "no more by people, more generated": Case(
        "from m import a, b", "from m import a", "from m import a, b, c", "from m import a, c"
    ),
    "a comment of people": Case(
        "from m import a, b",
        "from m import (\n    a,\n    b,  # for callers\n)",
        "from m import b, c",
        "from m import (\n    b,  # for callers\n    c,\n)",
    ),
    "a section each": Case(
        "from m import a",
        "from m import a\nfrom src.x import y",
        "import os\n\nfrom m import a",
        "import os\n\nfrom m import a\n\nfrom src.x import y",
    ),
    "within a section": Case(
        "import os\n\nfrom m import a",
        "import os\nimport sys\n\nfrom m import a",
        "import json\nimport os\n\nfrom m import a",
        "import json\nimport os\nimport sys\n\nfrom m import a",
    ),
    "three sections": Case(
        "from __future__ import annotations\n\nimport os",
        "from __future__ import annotations\n\nimport os\n\nimport starlette",
        "from __future__ import annotations\n\nimport os\n\nfrom src.a import b",
        "from __future__ import annotations\n\nimport os\n\nimport starlette\n\n"
        "from src.a import b",
    ),
    "constants, classes and numbers": Case(
        "from m import a",
        "from m import a, Z, MAX",
        "from m import a, b10, b9",
        "from m import MAX, Z, a, b9, b10",
    ),
    "comments stay": Case(
        "from m import a",
        "from m import (\n    a,\n    b,  # ours\n)",
        "from m import a, c",
        "from m import (\n    a,\n    b,  # ours\n    c,\n)",
    ),
    "too long for a line": Case(
        LONG,
        f"{LONG}, a_third_one",
        f"{LONG}, b_fourth_one",
        "from shop import (\n    a_third_one,\n    b_fourth_one,\n    first_of_the_long_names,\n"
        "    second_that_is_longer_than_others,\n)",
    ),
}


def _write(imports: str) -> str:
    """Return a module that uses every name it imports, in a function of its own."""
    nodes = [
        node for node in ast.parse(imports).body if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    names = [alias.asname or alias.name for node in nodes for alias in node.names]
    uses = "".join(f"\n\n\ndef use_{name}() -> None:\n    {name}()" for name in names)
    return f"{imports}{uses}\n"


@pytest.mark.parametrize("name", CASES)
def test_imports_become(name: str) -> None:
    case = CASES[name]
    result = merge_texts("a.py", _write(case.base), _write(case.ours), _write(case.theirs))
    assert result.conflicts == ()
    assert result.text.split("\n\n\n")[0].rstrip() == case.merged


def test_a_name_stays_while_new_code_of_people_needs_it() -> None:
    base = _write("import os\n\nfrom m import a")
    ours = base + "\n\ndef mine() -> None:\n    a(1)\n"
    result = merge_texts("a.py", base, ours, _write("import os"))
    assert result.conflicts == ()
    assert "from m import a\n" in result.text
    assert "use_a" not in result.text


def test_a_name_nobody_uses_any_more_goes() -> None:
    base = _write("import os\n\nfrom m import a")
    ours = base + "\n\ndef mine() -> None:\n    os.getcwd()\n"
    result = merge_texts("a.py", base, ours, _write("import os"))
    assert "from m import a" not in result.text
    assert "def mine" in result.text


def test_an_order_of_their_own_is_kept_where_a_side_has_one() -> None:
    base = "import b\nimport a\n\n\ndef use() -> None:\n    a(b)\n"
    ours = base.replace("import a\n", "import a\nimport d\n")
    theirs = base.replace("import b\n", "import b\nimport c\n")
    merged = merge_texts("a.py", base, ours, theirs).text
    assert merged.split("\n\n\n")[0] == "import b\nimport c\nimport a\nimport d"
