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


@pytest.mark.parametrize(
    ("path", "before", "after", "less", "same"),
    [
        ("a.py", "def f(m):\n    return get(m)\n", "def f(m):\n    return get(m.strip().lower())\n",
         "get(m.strip())", "get(m.lower().strip())"),
        ("a.py", "def f(m):\n    return open(m)\n", "def f(m):\n    return open(m, newline='')\n",
         "open(m, newline=None)", "open(m, newline='\\n')"),
        ("a.py", "def f(m):\n    return open(m, 'w')\n",
         "def f(m):\n    return open(m, 'w', encoding='utf-8', newline='')\n",
         "Path(m).open('w', encoding='utf-8')", "Path(m).open('w', encoding='utf-8', newline='')"),
        ("a.py", "def f(m):\n    return yaml.load(m.text, Loader)\n",
         "def f(m):\n    return yaml.safe_load(m.text)\n",
         "yaml.unsafe_load(m.text)", "yaml.load(m.text, SafeLoader)"),
        ("a.py", "def f(m):\n    return cut(m)\n", "def f(m):\n    return (cut(m)).round(N)\n",
         "cut(m)", "(cut(m)).round(digits=N)"),
    ],
    ids=["a method of two", "a text", "an argument by its name", "its opposite", "in brackets"],
)  # fmt: skip
def test_part_of_what_a_fix_brought_is_gone(
    path: str, before: str, after: str, less: str, same: str
) -> None:
    texts = [f"def f(m):\n    return {one}\n" for one in (less, same)]
    assert kinds_of(before, after, texts[0], path)
    assert kinds_of(before, after, texts[1], path) == set()


def test_a_guard_that_logs_where_it_set_something_is_advice() -> None:
    before = "def f(a):\n    target = pick(a)\n    return target\n"
    guard = "    if not target:\n        target = a[0]\n"
    after = before.replace("    return", f"{guard}    return")
    logged = after.replace("target = a[0]", "log.warning('none')")
    assert kinds_of(before, after, logged, "a.py") == {LOOSENED}
    assert not kinds_of(before, after, after.replace("target = a[0]", "target = first(a)"), "a.py")
    assert not kinds_of(before, after, after.replace("target = a[0]", "return a[0]"), "a.py")


@pytest.mark.parametrize(
    ("path", "before", "after", "less"),
    [
        ("a.go", "func F() {\n\tuse(r)\n}\n", "func F() {\n\tdefer r.Close()\n\tuse(r)\n}\n",
         "func F() {\n\tuse(r)\n\tr.Close()\n}\n"),
        ("a.sql", "SELECT a FROM b\nWHERE c = 1;\n",
         "SELECT a FROM b\nWHERE c = 1\n  AND d IS NULL;\n",
         "SELECT a FROM b\nWHERE c = 1\n  OR d IS NULL;\n"),
        ("a.yaml", "web:\n  cache: true\n", "web:\n  cache: true\n  debug: false\n",
         "web:\n  cache: true\n  debug: true\n"),
        ("a.ts", "function f() {\n  use(1);\n}\n",
         "function f() {\n  start({ safe: true });\n  use(1);\n}\n",
         "function f() {\n  start({ safe: false });\n  use(1);\n}\n"),
    ],
    ids=["no longer deferred", "another term of SQL", "a setting", "a truth"],
)  # fmt: skip
def test_less_effect_in_any_language_is_named(
    path: str, before: str, after: str, less: str
) -> None:
    assert kinds_of(before, after, less, path)


@pytest.mark.parametrize(("now", "is_less"), [("100", False), ("9_000", True)])
def test_a_limit_that_a_fix_brought_may_be_lowered(now: str, is_less: bool) -> None:
    before = "def f(a):\n    return a\n"
    after = "MAX_SIZE = 200\n\n\ndef f(a):\n    return a[:MAX_SIZE]\n"
    change = after.replace("200", now)
    assert bool(kinds_of(before, after, change, "a.py")) is is_less


def test_a_limit_that_a_fix_raised_may_not_be_lowered() -> None:
    before, after = "MAX_SIZE = 100\n", "MAX_SIZE = 200\n"
    assert kinds_of(before, after, "MAX_SIZE = 150\n", "a.py")
