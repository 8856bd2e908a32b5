"""A name that a pattern takes for an import, where the file binds it otherwise: what Semgrep finds.

Semgrep 1.185 gave these lines. Whether a fix there is safe is another question:
`tests/engine/fixing/test_meaning.py`.
"""

from __future__ import annotations

import pytest

from devmatrix_guard.engine.matching.match import find_matches

_DOTTED, _PLAIN = "os.path.exists($X)", "exists($X)"


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("import os\ndef f(os):\n    os.path.exists(1)\n", [3]),
        ("import os\ndef f(*, os=os.path.exists(1)):\n    os.path.exists(2)\n", [2, 3]),
        ("import os\nos = c\nos.path.exists(1)\ndel os\nos.path.exists(2)\n", [3, 5]),
        ("import os\ndef f():\n    for os in c:\n        os.path.exists(1)\n", [4]),
        ("import os\ndef f():\n    with c as os:\n        os.path.exists(1)\n", [4]),
        ("import os\n[os.path.exists(1) for os in c]\nlambda os: os.path.exists(2)\n", [2, 3]),
        ("import os\nclass C:\n    os = 1\n    a = os.path.exists(1)\n", [4]),
        ("import os\nmatch a:\n    case os:\n        os.path.exists(1)\n", [4]),
        ("import foo as os\nos.path.exists(1)\n", [2]),
        ("from foo import os\nos.path.exists(1)\n", [2]),
        ("from os import path\ndef f(path):\n    path.exists(1)\n", []),
        ("from os import path\ndef f():\n    path = 1\n    path.exists(1)\n", [4]),
        ("from os import path\npath = 1\npath.exists(1)\n", [3]),
        ("from foo import path\npath.exists(1)\n", []),
        ("from os.path import exists as e\ndef f(e):\n    e(1)\ne(2)\n", [4]),
        ("from os.path import exists\ndef f(exists):\n    exists(1)\nexists(2)\n", [4]),
        ("from os.path import exists\ndef f():\n    exists = 1\n    exists(1)\n", [4]),
        ("from os.path import *\nexists(1)\ndef f(exists):\n    exists(2)\n", [2, 4]),
        ("def f():\n    from os import path\n    path.exists(1)\npath.exists(2)\n", [3, 4]),
    ],
)  # fmt: skip
def test_a_dotted_name_is_found_where_semgrep_finds_it(code: str, lines: list[int]) -> None:
    found = find_matches({"id": "r", "pattern": _DOTTED}, code)
    assert [match.start_line for match in found] == lines


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("from os.path import exists\ndef f(exists):\n    exists(1)\nexists(2)\n", [3, 4]),
        ("from foo import exists\nexists = 1\nexists(1)\n", [3]),
        ("from os.path import exists as e\ne(1)\n", []),
    ],
)
def test_a_plain_name_is_any_of_its_spelling(code: str, lines: list[int]) -> None:
    found = find_matches({"id": "r", "pattern": _PLAIN}, code)
    assert [match.start_line for match in found] == lines
