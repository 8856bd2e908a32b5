"""What a fix put there and a change leaves with less effect."""

# tables of code, one case a line

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.match import LOOSENED
from devmatrix_guard.mining.undo.stage import choose_stage
from tests.mining.undo.test_index import kinds_of, matches_of

BEFORE = """\
LIMIT = 1


def get(session, url):
    return session.get(url, timeout=1)


def check(size, rows):
    return size <= 1


def rank(rows):
    return sorted(rows, key=lambda r: r.score)
"""
AFTER = """\
LIMIT = 30


def get(session, url):
    return session.get(url, timeout=30, verify=True)


def check(size, rows):
    if size < 0 or not rows:
        raise ValueError("no size")
    return size <= 3


def rank(rows):
    return sorted(rows, key=lambda r: (-r.score, r.name))
"""
GUARD = "    if size < 0 or not rows:\n"
RAISE = '        raise ValueError("no size")\n'
LOOSER = {
    "a constant": ("LIMIT = 30", "LIMIT = 2"),
    "a bound": ("size <= 3", "size <= 300"),
    "an operator": ("size <= 3", "size < 3"),
    "an argument": ("timeout=30", "timeout=None"),
    "an argument left out": ("timeout=30, verify=True", "timeout=30"),
    "a term": ("size < 0 or not rows", "size < 0"),
    "joined otherwise": ("size < 0 or not rows", "size < 0 and not rows"),
    "numbers of terms": ("size < 0 or", "size < -100 or"),
    "a setting": ("size < 0 or not rows", "os.environ.get('STRICT') and (size < 0 or not rows)"),
    "below a setting": (
        GUARD + RAISE,
        "    if settings.STRICT:\n        if size < 0 or not rows:\n    " + RAISE,
    ),
    "flipped": ("size < 0 or not rows", "not (size < 0 or not rows)"),
    "a key": ("(-r.score, r.name)", "(r.score, r.name)"),
    "part of a key": ("(-r.score, r.name)", "-r.score"),
    "a key in another order": ("(-r.score, r.name)", "(r.name, -r.score)"),
    "no error": (RAISE, "        print('no size')\n"),
}
AS_STRICT = {
    "a name": ("LIMIT = 30", "SECONDS = 30\nLIMIT = SECONDS"),
    "spelled otherwise": ("size <= 3", "size <= 0x3"),
    "another text": ('"no size"', '"there is no size"'),
    "one more term": ("not rows", "not rows or size > 100"),
    "a key in other words": ("(-r.score, r.name)", "(-r.score, r.name, r.id)"),
    "another key": ("(-r.score, r.name)", "(r.team, -r.score)"),
    "two guards": (GUARD, "    if size < 0:\n" + RAISE + "    if not rows:\n"),
    "another error": (RAISE, '        raise TypeError("no size")\n'),
    "it returns": (RAISE, "        return False\n"),
    "a condition": ("size < 0 or not rows", "is_strict and (size < 0 or not rows)"),
    "one more argument": ("verify=True", "verify=True, stream=False"),
}  # fmt: skip


@pytest.mark.parametrize("edit", LOOSER.values(), ids=LOOSER)
def test_less_effect_is_advice(edit: tuple[str, str]) -> None:
    text = AFTER.replace(*edit)
    assert text != AFTER
    found = [m for m in matches_of(BEFORE, AFTER, {"a.py": text}) if m.kind == LOOSENED]
    assert found
    assert {choose_stage(match) for match in found} == {"advise"}


@pytest.mark.parametrize("edit", AS_STRICT.values(), ids=AS_STRICT)
def test_as_much_effect_is_silent(edit: tuple[str, str]) -> None:
    text = AFTER.replace(*edit)
    assert text != AFTER
    assert LOOSENED not in kinds_of(BEFORE, AFTER, text, "a.py")


@pytest.mark.parametrize(
    ("path", "before", "guard", "now"),
    [
        ("a.py", "def f(a):\n    g(a)\n", "    if not a:\n        return None\n", "log('no a')"),
        ("a.ts", "function f(a) {\n  g(a);\n}\n", "  if (!a) {\n    throw a;\n  }\n", "warn(a);"),
        ("a.go", "func F(e error) (int, error) {\n\tG()\n}\n",
         "\tif e != nil {\n\t\treturn 0, e\n\t}\n", "log.Print(e)"),
    ],
)  # fmt: skip
def test_a_guard_that_only_says_something_is_advice(
    path: str, before: str, guard: str, now: str
) -> None:
    first, _, rest = before.partition("\n")
    after = f"{first}\n{guard}{rest}"
    jump = guard.split("\n")[1].strip()
    assert kinds_of(before, after, after.replace(jump, now), path) == {LOOSENED}
    assert kinds_of(before, after, after.replace(jump, f"{now}\n        {jump}"), path) == set()


def test_a_number_that_every_release_changes_is_no_fix() -> None:
    texts = [f"VERSION = {number}\n\n\ndef f():\n    return 1\n" for number in (1, 2, 3)]
    assert kinds_of(*texts[:2], texts[2], "a.py") == set()


@pytest.mark.parametrize("path", ["a.js", "a.go"])
def test_a_bound_is_compared_by_tokens_in_other_languages(path: str) -> None:
    text = (
        "function f(size) {{\n  if (size <= {}) {{\n    return true;\n  }}\n  return false;\n}}\n"
    )
    before, after, later = (text.format(n) for n in (1, 3, 300))
    assert kinds_of(before, after, later, path) == {LOOSENED}
    assert kinds_of(before, after, after.replace("true", "yes"), path) == set()


def test_tests_may_ask_with_other_numbers() -> None:
    texts = [f"def test_a():\n    assert f(1) <= {number}\n" for number in (1, 3, 300)]
    assert kinds_of(*texts[:2], texts[2], "tests/test_a.py") == set()


FUNCTION = """\
import re


def load(self, path, items):
    prepare(path)
{}    return finish(path, items)
"""
CALL = "    rows = session.get(path, timeout={})\n"
TRY = "    try:\n        rows = read(path)\n    except {}:\n        rows = None\n"
OPTION = "    parser.add_argument('--timeout', type=int{})\n"
FIELD = "    timeout: int = {}\n"
# What a fix put there, ways to give less of it, and ways to give as much.
GIVEN = {
    "another error": (
        TRY.format("ValueError"), TRY.format("(ValueError, KeyError)"),
        [TRY.format("(ValueError, IndexError)"), TRY.format("(ValueError, OSError) as e")],
        [TRY.format("(KeyError, ValueError)"), TRY.format("(ValueError, LookupError)"),
         TRY.format("(ValueError, KeyError, OSError)"),
         TRY.format("ValueError") + "    except KeyError:\n        rows = None\n"],
    ),
    "the environment": (
        CALL.format("None"), CALL.format("30"),
        [CALL.format("os.environ.get('TIMEOUT')"), CALL.format("int(os.getenv('TIMEOUT', 0))")],
        [CALL.format("os.environ.get('TIMEOUT', 30)"), CALL.format("int(os.getenv('T', '30'))")],
    ),
    "a dictionary": (
        "    rows = session.get(path)\n", CALL.format("30"),
        ["    options = {'timeout': None}\n    rows = session.get(path, **options)\n",
         "    options = dict(stream=True)\n    rows = session.get(path, **options)\n"],
        ["    options = {'timeout': 30}\n    rows = session.get(path, **options)\n",
         "    rows = session.get(path, **self.options)\n"],
    ),
    "an option": (
        OPTION.format(", default=10"), OPTION.format(", default=30"),
        [OPTION.format(", default=3"), OPTION.format(", help='seconds'"),
         OPTION.format("") + "    parser.set_defaults(timeout=0)\n"],
        [OPTION.format(", default=60"), OPTION.format(", default=30, help='seconds'"),
         OPTION.format(", required=True"),
         OPTION.format("") + "    parser.set_defaults(timeout=30)\n"],
    ),
    "a field": (
        FIELD.format("0"), FIELD.format("30"),
        [FIELD.format("dataclasses.field(default=0)"), FIELD.format("3")],
        [FIELD.format("dataclasses.field(default=30)"), FIELD.format("field(default_factory=f)")],
    ),
    "what is there where nothing is": (
        "    rows = items['a']\n", "    rows = items.get('a', [])\n",
        ["    rows = items.get('a', None)\n", "    rows = items.get('a')\n"],
        ["    rows = items.get('a') or []\n", "    rows = items.get('b', [])\n"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", GIVEN)
def test_less_is_told_in_whatever_way_it_is_given(case: str) -> None:
    before, after, less, as_much = GIVEN[case]
    texts = [FUNCTION.format(text) for text in (before, after)]
    for text in less:
        assert LOOSENED in kinds_of(*texts, FUNCTION.format(text), "a.py"), text
    for text in as_much:
        assert kinds_of(*texts, FUNCTION.format(text), "a.py") == set(), text
