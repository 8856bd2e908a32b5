"""How a source is taken apart for a merge: statements, what declares what, and no byte lost."""

from __future__ import annotations

import pytest

from devmatrix_guard.generator.regenerate.python.outline import find_identity, read_outline


@pytest.mark.parametrize(
    ("source", "identity"),
    [
        ("def f(a):\n    b\n", "f"),
        ("async def f(a):\n    b\n", "f"),
        ("class C(B):\n    b\n", "C"),
        ("@property\ndef f(a):\n    b\n", "f"),
        ("@f.setter\ndef f(a, b):\n    b\n", "f.setter"),
        ("@f.deleter\ndef f(a):\n    b\n", "f.deleter"),
        ("@typing.overload\ndef f(a):\n    ...\n", "f.overload"),
        ("import a\n", "import a"),
        ("import a as b\n", "import a as b"),
        ("from a.b import c, d\n", "from a . b"),
        ("if __name__ == '__main__':\n    f()\n", "if __name__"),
        ("if TYPE_CHECKING:\n    import a\n", "if TYPE_CHECKING"),
        ("if typing.TYPE_CHECKING:\n    import a\n", "if TYPE_CHECKING"),
        ("if a:\n    b\n", None),
        ("for __name__ in a:\n    b\n", None),
        ("f(TYPE_CHECKING)\n", None),
        ("x = 1\n", "x"),
        ("x: int = 1\n", "x"),
        ("x: int\n", "x"),
        ("x.y = 1\n", None),
        ("x += 1\n", None),
        ("f()\n", None),
        ("TYPE_CHECKING = False\n", "TYPE_CHECKING"),
    ],
)
def test_a_statement_is_known_by_what_it_declares(source: str, identity: str | None) -> None:
    (unit,) = read_outline(source).units
    assert find_identity(unit) == identity


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("", 0),
        ("# alone\n", 0),
        ("a = 1\nb = 2\n", 2),
        ("if a:\n    b\nelif c:\n    d\nelse:\n    e\nf\n", 2),
        ("try:\n    a\nexcept E:\n    b\nfinally:\n    c\n", 1),
        ("@d\n@e\ndef f():\n    a\n\n    # end\n\n# of g\ndef g(): pass\n", 2),
        ("x = (\n    1,\n    2,\n)\ny = '''\n  a\n'''\n", 2),
        ("a = 1  # why\n\n\n# tail\n", 1),
    ],
)
def test_every_line_belongs_to_one_statement(source: str, count: int) -> None:
    block = read_outline(source)
    assert len(block.units) == count
    assert "".join(f"{line}\n" for line in block.lines) == source
