"""Which cookies name an encoding in which code may look like something else."""

from __future__ import annotations

import pytest

from devmatrix_guard.engine.tree.cookie import find_odd_encoding


@pytest.mark.parametrize(
    ("source", "odd"),
    [
        pytest.param(b"x = 1\n", "", id="none"),
        pytest.param(b"# coding: utf-8\n", "", id="UTF-8"),
        pytest.param(b"# -*- coding: utf-8-unix -*-\n", "", id="what an editor adds"),
        pytest.param(b"# -*- coding: Latin_1-dos -*-\n", "", id="Latin"),
        pytest.param(b"#!/x\n# coding: cp1252\n", "", id="in line 2"),
        pytest.param(b"x = 1\n# coding: utf-7\n", "", id="below code"),
        pytest.param(b"\n\n# coding: utf-7\n", "", id="in line 3"),
        pytest.param(b"\x0c\n# coding: utf-7\n", "utf-7", id="below a form feed"),
        pytest.param(b"# x\r# coding: utf-7\n", "utf-7", id="below a lone return"),
        pytest.param(b"#!/x\r\n# coding: utf-7\r\n", "utf-7", id="in line 2 of Windows"),
        pytest.param(b"# coding: rot13\n", "rot13", id="no text encoding"),
        pytest.param(b"# coding: undefined\n", "undefined", id="one that always fails"),
        pytest.param(b"# coding: future_fstrings\n", "future_fstrings", id="known elsewhere"),
        pytest.param(b"# encoding coding: = coding:\tutf-7\n", "utf-7", id="after what names none"),
        pytest.param(b"# coding: coding=hz\n", "coding", id="the word itself"),
        pytest.param(b"# vim: set fileencoding=hz :\n", "hz", id="as editors write it"),
    ],
)
def test_odd_encodings_are_named(source: bytes, odd: str) -> None:
    assert find_odd_encoding(source) == odd
