"""What a change writes in other words of a fix, and what looks alike and takes it back."""

# tables of code, one case a line

from __future__ import annotations

import pytest

from tests.mining.undo.test_index import kinds_of

FUNCTION = "def load(self, rows, path):\n    prepare(path)\n{}    return finish(path, rows)\n"
ROWS = "    self.rows = {}\n"
TRY = "    try:\n        rows = read(path)\n    except {}:\n        rows = None\n"
LOOP = "    for row in {}:\n        use(row)\n"
WIDER = ("Exception", "Exception as error", "(ValueError, LookupError)")
# What stood there, what a fix made of it, what does the same, and what does not.
PYTHON = {
    "a list is copied": (
        ROWS.format("rows"), ROWS.format("list(rows)"),
        [ROWS.format(copy) for copy in (
            "rows[:]", "[*rows]", "rows.copy()", "copy.copy(rows)", "tuple(rows)", "rows + [1]",
        )],
        [ROWS.format(other) for other in ("rows", "dict(rows)", "path[:]", "rows[1:]", "{*rows}")],
    ),
    "a dictionary is copied": (
        ROWS.format("rows"), ROWS.format("dict(rows)"),
        [ROWS.format(copy) for copy in (
            "{**rows}", "rows.copy()", "deepcopy(rows)", "{**rows, 'a': 1}", "rows | {'a': 1}",
        )],
        [ROWS.format(other) for other in ("list(rows)", "rows[:]", "rows or {}", "rows")],
    ),
    "the copy is the fix": (
        ROWS.format("rows[:]"), ROWS.format("list(rows)"), [ROWS.format("[*rows]")],
        [ROWS.format("rows[:]")],
    ),
    "nothing is a list": (
        LOOP.format("rows"), LOOP.format("rows or []"), [LOOP.format(same) for same in (
            "rows or list()", "rows or ()", "[] if rows is None else rows", "rows if rows else ()",
        )],
        [LOOP.format(other) for other in (
            "rows or path", "rows or {}", "[] if path is None else rows",
            "rows if rows is None else []",
        )],
    ),
    "an error more is caught": (
        TRY.format("ValueError"), TRY.format("(ValueError, KeyError)"),
        [TRY.format(wide) for wide in WIDER],
        [TRY.format("ValueError as error"), TRY.format("(ValueError, IndexError)")],
    ),
    "an error less is caught": (
        TRY.format("Exception"), TRY.format("(ValueError, KeyError)"),
        [TRY.format("(ValueError, KeyError, OSError)")],
        [TRY.format(wide) for wide in ("Exception", "BaseException", "Exception as error")],
    ),
    "an error is left aside": (
        "    use(rows)\n", "    try:\n        use(rows)\n    except KeyError:\n        pass\n",
        ["    with suppress(KeyError):\n        use(rows)\n",
         "    with contextlib.suppress(KeyError, OSError):\n        use(rows)\n"],
        ["    with suppress(OSError):\n        use(rows)\n", "    with path:\n        use(rows)\n"],
    ),
    "it is cleaned up": (
        "    use(rows)\n    rows.close()\n",
        "    try:\n        use(rows)\n    finally:\n        rows.close()\n",
        ["    with closing(rows):\n        use(rows)\n"],
        ["    try:\n        use(rows)\n    except OSError:\n        rows.close()\n"],
    ),
    "a text in one form": (
        ROWS.format("rows[path]"), ROWS.format("rows[path.strip().lower()]"),
        [ROWS.format("rows[path.lower().strip()]"), ROWS.format("rows[path.strip().casefold()]")],
        [ROWS.format("rows[path.strip()]")],
    ),
    "a set": (
        LOOP.format("rows"), LOOP.format("sorted({r for r in rows})"),
        [LOOP.format("sorted(set(r for r in rows))")],
        [LOOP.format("[r for r in rows]")],
    ),
    "the end": (
        "    use(rows)\n", "    sys.exit(use(rows))\n", ["    raise SystemExit(use(rows))\n"],
        ["    raise SystemExit(use(path))\n", "    use(rows)\n    sys.exit()\n"],
    ),
    "a bound": (
        "    size = count(rows)\n", "    size = min(count(rows), MOST)\n",
        ["    size = count(rows)\n    if size > MOST:\n        size = MOST\n",
         "    size = count(rows)\n    if MOST <= size:\n        size = MOST\n"],
        ["    size = count(rows)\n    if size < MOST:\n        size = MOST\n",
         "    size = count(rows)\n    if size > MOST:\n        log(MOST)\n"],
    ),
    "a guard": (
        "    use(rows)\n", "    if rows is None:\n        return None\n    use(rows)\n",
        ["    if rows is not None:\n        use(rows)\n"],
        ["    if rows is not None:\n        log(path)\n    use(rows)\n",
         "    if rows is not None:\n        return None\n    use(rows)\n"],
    ),
    "a block": (
        "    use(rows)\n", "    if rows:\n        use(rows)\n",
        ["    if not rows:\n        return None\n    use(rows)\n"],
        ["    log(path)\n    use(rows)\n"],
    ),
}  # fmt: skip
CASES = [
    pytest.param(before, after, change, is_twin, id=f"{name} {number}")
    for name, (before, after, *both) in PYTHON.items()
    for is_twin, changes in zip((True, False), both, strict=True)
    for number, change in enumerate(changes)
]


@pytest.mark.parametrize(("before", "after", "change", "is_twin"), CASES)
def test_what_does_the_same_is_silent(before: str, after: str, change: str, is_twin: bool) -> None:
    texts = map(FUNCTION.format, (before, after, change))
    assert bool(kinds_of(*texts, "a.py")) is not is_twin


BOX = """\
import threading


class Box:
    def __init__(self):
        self.rows = []
{locks}
    def add(self, row):
{body}"""
PLAIN = "        self.rows.append(row)\n"


def box(lock: str, *locks: str) -> str:
    made = "".join(f"        self.{name} = threading.Lock()\n" for name in locks)
    return BOX.format(locks=made, body=f"        with self.{lock}:\n    {PLAIN}" if lock else PLAIN)


@pytest.mark.parametrize("locks", [("lock",), ()], ids=["it was there", "the fix made it"])
def test_a_lock_by_its_new_name_is_silent(locks: tuple[str, ...]) -> None:
    before, after = box("", *locks), box("lock", "lock")
    assert kinds_of(before, after, before, "a.py")
    assert kinds_of(before, after, box("_mutex", "_mutex"), "a.py") == set()


def test_another_lock_is_not_the_same() -> None:
    before, after = box("", "lock", "other"), box("lock", "lock", "other")
    assert kinds_of(before, after, box("other", "lock", "other"), "a.py")


HELPED = "def load(self, rows, path):\n    self.size = limit(rows)\n"


@pytest.mark.parametrize(
    ("helper", "is_carried"),
    [
        ("def limit(rows):\n    return max(0, min(len(rows), MOST))\n", True),
        ("def limit(rows):\n    return len(rows)\n", False),
        ("from a.limits import limit\n", False),
    ],
    ids=["the helper does it", "the helper does not", "nobody knows"],
)
def test_what_a_new_helper_does_is_not_undone(helper: str, is_carried: bool) -> None:
    before = "def load(self, rows, path):\n    self.size = len(rows)\n"
    after = before.replace("len(rows)", "min(len(rows), MOST)")
    found = kinds_of(before, after, f"{helper}\n\n{HELPED}", "a.py")
    assert not (is_carried and found)
    assert kinds_of(before, after, before, "a.py")


def test_an_import_without_use_is_told_by_what_used_it() -> None:
    before = "def load(rows):\n    use(rows)\n"
    after = "import sys\n\n\ndef load(rows):\n    sys.exit(use(rows))\n"
    change = "def load(rows):\n    raise SystemExit(use(rows))\n"
    assert kinds_of(before, after, change, "a.py") == set()
    assert kinds_of(before, after, before, "a.py")


def test_attributes_in_another_order_are_silent() -> None:
    before = '<p>\n  <a href="/a" target="_blank">A</a>\n</p>\n'
    after = before.replace("<a ", '<a rel="noopener" ')
    change = before.replace("<a ", "<a ").replace('_blank"', '_blank" rel="noopener"')
    assert kinds_of(before, after, change, "a.html") == set()
    assert kinds_of(before, after, before, "a.html")


def test_waiting_by_then_is_silent() -> None:
    before = "async function save(row) {\n  db.put(row);\n  log(1);\n}\n"
    after = before.replace("db.put", "await db.put")
    change = "async function save(row) {\n  return db.put(row).then(() => log(1));\n}\n"
    assert kinds_of(before, after, change, "a.js") == set()
    assert kinds_of(before, after, change.replace(".then(() => log(1))", ""), "a.js")


GO = "package a\n\nfunc F(m Map, k string) error {{\n{}\treturn nil\n}}\n"
GUARD = "\tv, ok := m[k]\n\tif !ok {\n\t\treturn nil\n\t}\n\tuse(v)\n"
BLOCK = "\tv, ok := m[k]\n\tif ok {\n\t\tuse(v)\n\t}\n"
SCRIPT = "function f(a) {{\n{}}}\n"


@pytest.mark.parametrize(
    ("path", "text", "before", "after", "twin", "other"),
    [
        ("a.go", GO, "\tv := m[k]\n\tuse(v)\n", GUARD, BLOCK, "\tv, ok := m[k]\n\tuse(v)\n"),
        ("a.go", GO, "\tv := m[k]\n\tuse(v)\n", BLOCK, GUARD, "\tv, ok := m[k]\n\tuse(v)\n"),
        (
            "a.ts", SCRIPT, "  g(a);\n", "  if (!a) {\n    return;\n  }\n  g(a);\n",
            "  if (a) {\n    g(a);\n  }\n", "  if (b) {\n    h(a);\n  }\n  g(a);\n",
        ),
        (
            "a.ts", SCRIPT, "  g(a);\n", "  if (a === 1) {\n    return;\n  }\n  g(a);\n",
            "  if (a !== 1) {\n    g(a);\n  }\n", "  g(b);\n",
        ),
    ],
)  # fmt: skip
def test_a_guard_turned_round_is_silent_in_any_language(
    path: str, text: str, before: str, after: str, twin: str, other: str
) -> None:
    before, after, twin, other = map(text.format, (before, after, twin, other))
    assert kinds_of(before, after, twin, path) == set()
    assert kinds_of(before, after, before, path)
    assert kinds_of(before, after, other, path)
