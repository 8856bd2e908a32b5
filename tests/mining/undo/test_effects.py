"""What a fix achieved at a place and a change loses there: named as advice, kept by other means."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.match import LOOSENED
from devmatrix_guard.mining.undo.stage import choose_stage
from tests.helpers_bounds import count_calls
from tests.mining.undo.test_index import kinds_of, matches_of

# (file, before the fix, after it, a change that loses it, changes that keep it)
CASES = {
    "another value of an argument": (
        "a.py",
        "def f(a, b):\n    return a.join(b, on='id')\n",
        "def f(a, b):\n    return a.join(b, on='id', how='left')\n",
        "def f(a, b):\n    return a.join(b, on='id', how='right')\n",
        [
            "HOW = 'left'\n\n\ndef f(a, b):\n    return a.join(b, on='id', how=HOW)\n",
            "def f(a, b, how='left'):\n    return a.join(b, on='id', how=how)\n",
        ],
    ),
    "another method of the library": (
        "a.rs",
        "fn f(a: u8, b: u8) -> u8 {\n    let c = a + b;\n    c\n}\n",
        "fn f(a: u8, b: u8) -> u8 {\n    a.saturating_add(b)\n}\n",
        "fn f(a: u8, b: u8) -> u8 {\n    a.wrapping_add(b)\n}\n",
        ["fn f(a: u8, b: u8) -> u8 {\n    u8::saturating_add(a, b)\n}\n"],
    ),
    "an operator in place of a call": (
        "A.java",
        "class A {\n  boolean f(B a, B b) {\n    return a.id() == b.id() || a.up();\n  }\n}\n",
        "class A {\n  boolean f(B a, B b) {\n    return a.id().equals(b.id()) || a.up();\n  }\n}\n",
        "class A {\n  boolean f(B a, B b) {\n    var id = a.id();\n"
        "    return a.up() || b.id() == id;\n  }\n}\n",
        [
            "class A {\n  boolean f(B a, B b) {\n"
            "    return a.up() || a.id().equals(b.id());\n  }\n}\n"
        ],
    ),
    "called no more": (
        "a.js",
        "function f(a) {\n  return a;\n}\n",
        "function f(a) {\n  a.open();\n  return () => a.close();\n}\n",
        "function f(a) {\n  a.open();\n  return () => a.close;\n}\n",
        ["function f(a) {\n  a.open();\n  return () => {\n    a.close();\n  };\n}\n"],
    ),
    "given back no more": (
        "a.js",
        "function f(a) {\n  a.open();\n}\n",
        "function f(a) {\n  a.open();\n  return () => a.close();\n}\n",
        "function f(a) {\n  a.open();\n  const stop = () => a.close();\n}\n",
        ["function f(a) {\n  a.open();\n  const stop = () => a.close();\n  return stop;\n}\n"],
    ),
    "put into the text": (
        "a.py",
        "def f(db, name):\n    db.run(f'select id from user where name = {name}')\n",
        "def f(db, name):\n    db.run('select id from user where name = ?', (name,))\n",
        "def f(db, name):\n    db.run('select id from user where name = %s' % name)\n",
        ["def f(db, name):\n    db.run('select id from user where name = :n', {'n': name})\n"],
    ),
    "the limit within": (
        "a.py",
        "def f(args):\n    return int(args.get('n', FEW))\n",
        "def f(args):\n    return min(int(args.get('n', FEW)), MOST)\n",
        "def f(args):\n    return int(args.get('n', min(FEW, MOST)))\n",
        ["def f(args):\n    return min(MOST, int(args.get('n', FEW)))\n"],
    ),
    "read again behind the check": (
        "a.py",
        "def f(form):\n    to = form['to']\n    return go(to)\n",
        "def f(form):\n    to = form['to']\n    if not is_ours(to):\n        to = '/'\n"
        "    return go(to)\n",
        "def f(form):\n    to = form['to']\n    if not is_ours(to):\n        to = '/'\n"
        "    return go(form['to'])\n",
        [
            "def f(form):\n    to = form['to']\n    if not is_ours(to):\n        to = '/'\n"
            "    place = to\n    return go(place)\n"
        ],
    ),
    "set again": (
        "a.py",
        "def f(a):\n    return go(a)\n",
        "def f(a):\n    a = clean(a)\n    return go(a)\n",
        "def f(a):\n    a = clean(a)\n    a = request.raw\n    return go(a)\n",
        ["def f(a):\n    a = clean(a)\n    a = shorten(a)\n    return go(a)\n"],
    ),
    "one word for a block of settings": (
        "a.yaml",
        "name: a\n",
        "name: a\npermissions:\n  contents: read\n",
        "name: a\npermissions: write-all\n",
        ["name: a\npermissions: {}\n", "name: a\npermissions: { contents: read }\n"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_an_effect_that_is_lost_is_advice(case: str) -> None:
    path, before, after, lost, kept = CASES[case]
    found = matches_of(before, after, {path: lost}, path)
    assert [match.kind for match in found] == [LOOSENED]
    assert choose_stage(found[0]) == "advise"
    for text in kept:
        assert kinds_of(before, after, text, path) == set(), text


MADE = "def f(a, b):\n    return a.get(b, {})\n"
KEPT = {
    "a name that many places get": "".join(
        MADE.format("mode='plain'").replace("def f", f"def {name}") for name in "fghi"
    ),
    "another text": MADE.format("text='it could not be read in time'"),
    "a newer version": MADE.format("version='1.4.2'"),
    "an underscore": MADE.format("mode=self._strict"),
}


@pytest.mark.parametrize(
    ("fixed", "change"),
    [
        ("mode='strict'", KEPT["a name that many places get"]),
        ("text='it was not read in time'", KEPT["another text"]),
        ("version='1.4.1'", KEPT["a newer version"]),
        ("mode=self.strict", KEPT["an underscore"]),
    ],
    ids=KEPT,
)
def test_what_is_replaced_everywhere_worded_or_renamed_is_silent(fixed: str, change: str) -> None:
    before, after = (MADE.format(text).replace("(b, )", "(b)") for text in ("", fixed))
    if change.count("def ") > 1:
        before, after = (
            "".join(text.replace("def f", f"def {name}") for name in "fghi")
            for text in (before, after)
        )
    assert kinds_of(before, after, change, "a.py") == set()


def test_what_another_branch_sets_is_not_set_again() -> None:
    before = "def f(a):\n    if is_text(a):\n        b = a\n    return go(b)\n"
    after = before.replace("b = a\n", "b = a.encode()\n")
    more = "    elif a is None:\n        b = nothing\n    else:\n        b = a.read()\n"
    change = after.replace("    return", f"{more}    return")
    assert kinds_of(before, after, change, "a.py") == set()


def test_a_text_that_was_put_together_before_is_no_other_way() -> None:
    before = "def f(a):\n    return add(a.path + '/<path:name>', 'static')\n"
    after = before.replace("'static'", "'static', host=HOST")
    change = after.replace("a.path", "a.path.rstrip('/')")
    assert kinds_of(before, after, change, "a.py") == set()


def test_a_fix_of_many_functions_is_read_once_for_all_of_them() -> None:
    def look(functions: int) -> int:
        bodies = (
            f"def f{n}(a, b):\n    first = {{0}}(a, {n})\n    return b.join(first, {n})\n\n\n"
            for n in range(functions)
        )
        text = "".join(bodies)
        before, after, change = (text.format(name) for name in ("load", "safe_load", "slow_load"))
        return count_calls(lambda: matches_of(before, after, {"m.py": change}, "m.py"))

    look(5)
    assert look(200) < 6 * look(50)
