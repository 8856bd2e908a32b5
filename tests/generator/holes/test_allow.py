"""Code in a hole keeps to its contract: what may stand there, and what may not."""

from __future__ import annotations

import pytest

from devmatrix_guard.generator.holes.allow import find_faults, parse_answer
from devmatrix_guard.generator.holes.contract import Contract, list_attributes

HOLE = Contract(
    key="flow price#0",
    kind="flow",
    path="src/workflows/price.py",
    pointer="/x",
    text="Work out the price.",
    code="",
    inputs=(("book", "row:Book"), ("id", "int")),
    output=("total", "integer"),
    answers="",
    rows={"BookEntity": {"pages": "integer"}},
    imports={
        "BookEntity": "m",
        "BookRepository": "r",
        "refuse": "b",
        "Decimal": "decimal",
        "datetime": "datetime",
        "UTC": "datetime",
    },
    methods=("find", "add"),
)

ATTRIBUTES = frozenset({"title"})
FINE = {
    "arithmetic": "total = min(book.pages, 500)",
    "condition": "total = 0\nif book.pages > 500:\n    total = 500\nelse:\n    total = book.pages",
    "loop": "total = 0\nfor number in range(3):\n    total += number",
    "row": "other = await BookRepository(session).find(BookEntity.pages == 3)\ntotal = other.pages",
    "refusal": 'if book.pages < 1:\n    raise refuse(409, "no_pages", "pages", "none")\ntotal = 1',
    "comprehension": "total = sum(n for n in [1, 2] if n)",
    "text": 'name = f"{book.title.strip()}"\ntotal = len(name)',
    "change": "book.pages = 3\ntotal = datetime.now(UTC).year",
    "continued": "total = 1 + \\\n\n  2",
    "a line": "name = '-' * 40\ntotal = len(name) * 3",
    "another list grows": "x = []\nfor one in [1, 2]:\n    x.append(one)\ntotal = sum(x)",
    "own names in two comprehensions": "total = sum([n for n in [1]]) + sum(n for n in [2])",
}
REFUSED = {
    "import": ("import os\ntotal = 1", "Import"),
    "name": ("total = os", "`os` is not in the contract"),
    "builtin": ("total = eval('1')", "eval"),
    "open": ("total = open('x')", "open"),
    "getattr": ("total = getattr(book, 'x')", "getattr"),
    "dunder": ("total = book.__class__", "__class__"),
    "private": ("total = book._sa_instance_state", "_sa_instance_state"),
    "format": ("total = len('{0.x}'.format(book))", ".format"),
    "method": ("await session.execute('x')\ntotal = 1", ".execute"),
    "endless": ("while True:\n    pass\ntotal = 1", "While"),
    "function": ("def f():\n    return 1\ntotal = f()", "FunctionDef"),
    "lambda": ("total = (lambda: 1)()", "Lambda"),
    "class": ("class A: pass\ntotal = 1", "ClassDef"),
    "with": ("with book as b:\n    total = 1", "With"),
    "try": ("try:\n    total = 1\nexcept Exception:\n    total = 2", "Try"),
    "raise": ("total = 1\nraise ValueError", "only `raise refuse"),
    "status": ('total = 1\nraise refuse(500, "a", "b", "c")', "only `raise refuse"),
    "return": ("total = 1\nreturn book", "`return` is not allowed"),
    "output": ("price = 1", "does not assign `total`"),
    "shadow": ("refuse = 1\ntotal = 1", "`refuse` may not be assigned"),
    "called call": ("total = max()()", "only names and methods"),
    "called row": ("total = book()", "`book(...)` may not be called"),
    "power": ("total = 9 ** 9 ** 9", "powers"),
    "global": ("global total\ntotal = 1", "Global"),
    "delete": ("total = 1\ndel total", "Delete"),
    "yield": ("total = yield", "Yield"),
    "escape": ("total = 1\n    pass\nimport os", "parse"),
    "not python": ("total = = 1", "parse"),
    "long": ("total = 1\n" * 81, "longer than"),
    "walrus": ("total = (x := 1)", "NamedExpr"),
    "name that only a comprehension has": (
        "x = [eval for eval in [1]]\ntotal = max(['1'], key=eval)",
        "`eval` is not in the contract",
    ),
    "name within the first part of a comprehension": (
        "total = [eval for eval in sorted(['1'], key=eval)]",
        "`eval` is not in the contract",
    ),
    "nested": ("total = [[open for x in [1]] for open in [1] for y in [open]]\nopen", "`open`"),
    "way to a module": ("total = max(['ls'], key=session.bind.dialect.os.system)", "`bind`"),
    "value of a module": ("total = session.bind.os.environ['KEY']", "`environ`"),
    "method that a module has": ("total = session.bind.os.replace('a', 'b')", "`os`"),
    "method as a key": ("total = max(['{0.x}'], key='{0.x}'.format)", "`format`"),
    "call across an empty line": ("f = session.add \\\n\n(1)\ntotal = session.bind", "`bind`"),
    "class changed": ("BookEntity.pages = 3\ntotal = 1", "only a row may change"),
    "class changed in a loop": (
        "total = [0 for BookEntity.pages in [1]]",
        "only a row may change",
    ),
    "method replaced": ("book.strip = len\ntotal = 1", "`strip`"),
    "list repeated without end": ("x = [0] * 10000000000\ntotal = len(x)", "is repeated"),
    "text repeated by what comes": ("total = len(id * 'x')", "is repeated"),
    "list that grows in its own loop": (
        "x = [1]\nfor one in x:\n    if one:\n        x.append(one)\ntotal = 1",
        "`x` grows while",
    ),
    "list added to in its own loop": (
        "x = [1]\nfor one in x:\n    x += [one]\ntotal = 1",
        "`x` grows while",
    ),
    "half a character": ("total = '\ud800'", "parse"),
}


@pytest.mark.parametrize("code", FINE.values(), ids=FINE.keys())
def test_what_computes_on_the_contract_is_allowed(code: str) -> None:
    assert find_faults(HOLE, code, ATTRIBUTES) == []


@pytest.mark.parametrize(("code", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_everything_else_is_refused_with_the_reason(code: str, said: str) -> None:
    assert said in "; ".join(find_faults(HOLE, code, ATTRIBUTES))


def test_a_hole_that_owes_an_answer_must_return_one() -> None:
    owing = HOLE._replace(output=("", ""), answers="Price")
    assert find_faults(owing, "x = 1", ATTRIBUTES) == ["it does not return a Price"]
    assert find_faults(owing, "return 1", ATTRIBUTES) == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("total = 1", "total = 1"),
        ("Sure:\n```python\ntotal = 1\n```\nDone.", "total = 1"),
        ("```\nif x:\n    total = 1\n```\n```python\nother = 2\n```", "if x:\n    total = 1"),
        ("```python\nunfinished = 1", "unfinished = 1"),
    ],
)
def test_the_first_block_of_an_answer_is_its_code(answer: str, code: str) -> None:
    assert parse_answer(answer) == code


def test_attributes_are_those_that_rows_and_schemas_have() -> None:
    files = {
        "src/models/entities/book.py": "class A:\n    pages: int\n    def f(self): ...\n",
        "src/models/kind.py": "class Kind(Enum):\n    OPEN = 'open'\n",
        "src/models/schemas/book.py": "class B(A):\n    class C:\n        heading: str = ''\n",
        "src/models/broken.py": "class D:\n    lost: int\n  x",
        "src/core/settings.py": "class S:\n    secret: str\n",
    }
    assert list_attributes(files) == {"pages", "OPEN", "heading"}
