"""What a change leaves in place and keeps from running counts as gone."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.unreached import drop_unreached
from tests.helpers_bounds import count_calls
from tests.mining.undo.test_index import LOAD, matches_of

GUARD = "    if not is_public(path):\n        raise PermissionError(path)\n"
CALL = "    check_access(path)\n"
HEAD = "import os\n\n\n"
GUARDED = HEAD + LOAD.replace("    session = ", f"{GUARD}    session = ", 1)
CALLED = HEAD + LOAD.replace("    session = ", f"{CALL}    session = ", 1)


def indent(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


UNDONE = {
    "behind if False": (GUARDED, GUARD, "    if False:\n" + indent(GUARD)),
    "behind if 0": (CALLED, CALL, "    if 0:\n" + indent(CALL)),
    "behind a constant and a condition": (
        CALLED, CALL, "    if path and not True:\n" + indent(CALL),
    ),
    "in the other branch of True": (
        CALLED, CALL, "    if True:\n        pass\n    else:\n" + indent(CALL),
    ),
    "behind a constant operand": (CALLED, CALL, "    False and check_access(path)\n"),
    "behind an operand that is true": (CALLED, CALL, "    True or check_access(path)\n"),
    "in the other side of a choice": (CALLED, CALL, "    None if True else check_access(path)\n"),
    "in a function that nobody calls": (CALLED, CALL, "    lambda: check_access(path)\n"),
    "not called": (CALLED, CALL, "    check_access\n"),
    "swallowed": (
        GUARDED, GUARD, "    try:\n" + indent(GUARD) + "    except Exception:\n        pass\n",
    ),
    "swallowed by its name": (
        GUARDED, GUARD, "    try:\n" + indent(GUARD) + "    except (KeyError, PermissionError):\n"
        "        ...\n",
    ),
    "swallowed by a bare except": (
        GUARDED, GUARD, "    try:\n" + indent(GUARD) + "    except:\n        pass\n",
    ),
    "behind a new flag": (
        CALLED, "import os\n", "import os\n\nCHECKS = False\n", CALL,
        "    if CHECKS:\n" + indent(CALL),
    ),
    "behind a new parameter that is off": (
        CALLED, "(path, retries)", "(path, retries, *, is_strict=False)", CALL,
        "    if is_strict:\n" + indent(CALL),
    ),
    "below a return": (
        GUARDED, GUARD, "    return None\n" + GUARD,
    ),
    "below a choice that always returns": (
        GUARDED, GUARD, "    if retries:\n        return 1\n    else:\n        return 2\n" + GUARD,
    ),
    "rebound by a lambda": (
        CALLED, "    return None\n", "    return None\n\n\nload = lambda path, retries: None\n",
    ),
    "rebound to another function": (
        CALLED, "    return None\n", "    return None\n\n\nload = os.stat\n",
    ),
    "rebound by an import": (
        CALLED, "    return None\n", "    return None\n\n\nfrom fast import quick as load\n",
    ),
    "rebound by its name": (
        CALLED, "    return None\n", "    return None\n\n\nglobals()['load'] = os.stat\n",
    ),
    "set in its module": (
        CALLED, "    return None\n",
        "    return None\n\n\nsetattr(sys.modules[__name__], 'load', os.stat)\n",
    ),
    "deleted again": (CALLED, "    return None\n", "    return None\n\n\ndel load\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNDONE.values(), ids=UNDONE)
def test_a_fix_that_no_longer_runs_is_undone(case: tuple[str, ...]) -> None:
    after, *edits = case
    change = after
    for old, new in zip(edits[::2], edits[1::2], strict=True):
        assert old in change
        change = change.replace(old, new, 1)
    compile(change, "a.py", "exec")
    matches = matches_of(HEAD + LOAD, after, {"a.py": change})
    assert [match.kind for match in matches] == ["removed"]


RUNS = {
    "a condition": "    if path:\n" + indent(GUARD),
    "a flag that is on": "    if not False:\n" + indent(GUARD),
    "a return under a condition": "    if not path:\n        return None\n" + GUARD,
    "a try that says so": "    try:\n" + indent(GUARD)
    + "    except PermissionError:\n        raise Refused(path) from None\n",
    "a try for others": "    try:\n" + indent(GUARD) + "    except KeyError:\n        pass\n",
    "a parameter that was there": "    if retries:\n" + indent(GUARD),
}  # fmt: skip


@pytest.mark.parametrize("new", RUNS.values(), ids=RUNS)
def test_a_fix_that_still_runs_stands(new: str) -> None:
    change = GUARDED.replace(GUARD, new)
    assert change != GUARDED
    compile(change, "a.py", "exec")
    assert matches_of(HEAD + LOAD, GUARDED, {"a.py": change}) == []


def test_a_fix_that_waits_for_a_setting_stands_with_less_effect() -> None:
    change = GUARDED.replace(GUARD, "    if os.environ.get('CHECKS'):\n" + indent(GUARD))
    matches = matches_of(HEAD + LOAD, GUARDED, {"a.py": change})
    assert [match.kind for match in matches] == ["loosened"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def f():\n    return 1\n    g()\n", "def f():\n    return 1\n    g()\n\n\nx = 1\n"),
        ("def f():\n    g()\n", "def f():\n    return\n    yield\n"),
        ("def f():\n    g()\n", "def f():\n    g()\n\n\nf = cached(f)\n"),
        ("def f():\n    g()\n", "def f():\n    g()\n\n\nglobals()['f'] = cached(f)\n"),
        ("def f():\n    g()\n", "def f():\n    g()\n\n\nsetattr(A, 'f', None)\n"),
        ("def f():\n    g()\n", "def f():\n    g()\n\n\nimport a.f\n"),
        (
            "DEBUG = False\n\n\ndef f():\n    g()\n",
            "DEBUG = False\n\n\ndef f():\n    if DEBUG:\n        g()\n",
        ),
        ("def f():\n    g()\n", "def f():\n    if False:\n        g(\n"),
    ],
    ids=["before as well", "a generator", "wrapped", "wrapped by its name", "of a class",
         "a module", "a flag of before", "broken"],
)  # fmt: skip
def test_what_is_not_known_to_be_idle_is_kept(old: str, new: str) -> None:
    assert drop_unreached(old.encode(), new.encode()).decode() == new


def test_what_is_left_keeps_its_rows() -> None:
    new = "def f(x):\n    if False:\n        g(\n            x)\n    return a if True else b(x)\n"
    left = drop_unreached(b"def f(x):\n    g(x)\n    return b(x)\n", new.encode()).decode()
    assert [row.rstrip() for row in left.split("\n")] == [
        "def f(x):", "    if 0    :", "", "", "    return a if True else 0", "",
    ]  # fmt: skip


def test_what_one_commit_made_of_a_file_is_looked_through_once() -> None:
    """The next commit finds it as what was there before."""
    texts = [("if area:\n    pass\n" * 400 + f"width = {n}\n").encode() for n in range(4)]
    first = count_calls(lambda: drop_unreached(texts[0], texts[1]))
    again = count_calls(lambda: drop_unreached(texts[1], texts[2]))
    assert again < 0.7 * first
    assert count_calls(lambda: drop_unreached(texts[1], texts[2])) < 0.2 * first


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_rows_are_those_of_python_however_they_end(ends: str) -> None:
    old = b"def f(a):\n    if a:\n        raise E\n    return a\n"
    new = old.replace(b"if a:", b"if False:")
    before, after = (text.replace(b"\n", ends.encode()) for text in (old, new))
    assert drop_unreached(before, after).split(ends.encode()) == [
        b"def f(a):",
        b"    if 0    :",
        b"               ",
        b"    return a",
        b"",
    ]


def test_rows_that_are_only_there_in_the_letters_a_file_declares_are_let_be() -> None:
    old = b"# coding: utf-7\n+AAo-+AAo-+AAo-+AAo-\ndef f(a):\n    return a\n"
    new = old + b"    raise E\n"
    assert drop_unreached(old, new) == new
