"""Undoing a fix: a table of what is named, what is silent, and why, in several languages."""

from __future__ import annotations

import marshal
import subprocess
import sys
from pathlib import Path

import pytest

from devmatrix_guard.mining.undo.change import Change
from devmatrix_guard.mining.undo.edits import (
    ChangedFile,
    FixHunk,
    find_fix_hunks,
    is_followed,
)
from devmatrix_guard.mining.undo.finding import make_undo_finding
from devmatrix_guard.mining.undo.index import dump_index, load_index
from devmatrix_guard.mining.undo.indexing import Tree, build_index, select_standing
from devmatrix_guard.mining.undo.match import Match, find_matches
from devmatrix_guard.mining.undo.stage import choose_stage

NAMED = ("3f2a91c0de", "2026-03-02", "fix: close the session (#12)", "#12")


def hunks_of(before: str, after: str, path: str = "a.py") -> list[FixHunk]:
    file = ChangedFile(path, path, before.encode(), after.encode())
    found = find_fix_hunks(NAMED, file, path)
    return select_standing(found, Tree(lambda _: after.encode()))


def matches_of(
    before: str, after: str, changes: dict[str, str | None], path: str = "a.py"
) -> list[Match]:
    """Return what a change to a fixed file, and to others, which are new, undoes."""
    files = []
    for name, text in changes.items():
        is_ours = name == path
        files.append(
            ChangedFile(name, name, after.encode() if is_ours else b"", (text or "").encode())
        )
    return find_matches(Change(files), hunks_of(before, after, path))


def kinds_of(before: str, after: str, change: str | dict[str, str | None], path: str) -> set[str]:
    changes: dict[str, str | None] = change if isinstance(change, dict) else {path: change}
    return {match.kind for match in matches_of(before, after, changes, path)}


HEAD = "import os\n\nLIMIT = 30\n\n\n"
LOAD = """\
def load(path, retries):
    session = open_session(path)
    for attempt in range(retries):
        answer = session.get(path, verify=False)
        if answer.status > 400:
            continue
        return answer.json()
    return None
"""
GET = "session.get(path, verify=False)"
FIXED = LOAD.replace("verify=False", "verify=CERTIFICATES, timeout=LIMIT")
GUARD = "    if not is_public(path):\n        raise PermissionError(path)\n"
GUARDED = LOAD.replace("    session = ", f"{GUARD}    session = ", 1)
OFF = LOAD.replace("status > 400", "status >= 400")
RENAMED = FIXED.replace("answer", "reply").replace("session", "client")
REPRINTED = """\
def load(
    path,
    retries,
):
    # as slow as it has to be
    session = (open_session(path))
    for attempt in range(retries):
        answer = session.get(
            path,
            verify=False,
        )
        if (answer.status > 400): continue
        return answer.json()
    return None
"""
FIXED_REPRINTED = REPRINTED.replace("verify=False,", "verify=CERTIFICATES, timeout=LIMIT,")
OTHER = "def save(path):\n    with open(path, 'w') as handle:\n        handle.write(path)\n\n\n"

NAMED_IN_PYTHON = [
    pytest.param(LOAD, FIXED, LOAD, id="exactly"),
    pytest.param(LOAD, FIXED, REPRINTED, id="in another layout"),
    pytest.param(
        LOAD, FIXED, RENAMED.replace("verify=CERTIFICATES, timeout=LIMIT", "verify=False"),
        id="and a local renamed",
    ),
    pytest.param(
        "def f(a, b):\n    return a * b\n", "def f(a, b):\n    return a + b\n",
        "def sum_up(a, b):\n    return a * b\n", id="in a small function that gets another name",
    ),
    pytest.param(
        "class A:\n    def f(self, b):\n        return b\n",
        "class A:\n    def f(self, b):\n        return b + 1\n",
        "class B:\n    def g(self, b):\n        return b\n", id="in a class and method renamed",
    ),
    pytest.param(LOAD, FIXED, FIXED + "\n\n" + LOAD, id="behind the fixed function"),
    pytest.param(LOAD, FIXED, LOAD.replace("None", "{}"), id="beside another edit"),
    pytest.param(
        LOAD, FIXED, {"a.py": OTHER, "b.py": HEAD + LOAD}, id="in a function moved to a new file"
    ),
    pytest.param(OTHER + LOAD, OTHER + FIXED, LOAD + "\n\n" + OTHER, id="in a function moved down"),
    pytest.param(LOAD, OFF, LOAD, id="a comparison"),
    pytest.param(
        LOAD, LOAD.replace("(path, verify", "(path, None, verify"), LOAD, id="an argument"
    ),
    pytest.param(HEAD, HEAD.replace("30", "60"), HEAD, id="a constant"),
    pytest.param(LOAD, LOAD.replace("return None", "return {}"), LOAD, id="one short statement"),
    pytest.param(LOAD, GUARDED, LOAD, id="a deleted guard"),
    pytest.param(LOAD, GUARDED, REPRINTED, id="a deleted guard in another layout"),
    pytest.param(GUARDED, LOAD, GUARDED, id="what was only removed is back"),
    pytest.param(
        LOAD, LOAD.replace("            continue\n", "            break\n"), LOAD, id="a keyword"
    ),
    pytest.param(
        LOAD, FIXED,
        LOAD.replace("session.get(path,", "session.get(path, params=None,"),
        id="in a statement that changed otherwise",
    ),
    pytest.param(
        "def f(a, b):\n    g(a, b)\n", "def f(a, b):\n    g(b, a)\n", "def f(a, b):\n    g(a, b)\n",
        id="the order of arguments",
    ),
    pytest.param(
        "def f(a):\n    close(a)\n    use(a)\n    return 1\n",
        "def f(a):\n    use(a)\n    close(a)\n    return 1\n",
        "def f(a):\n    close(a)\n    use(a)\n    return 1\n",
        id="the order of statements",
    ),
    pytest.param(
        "def f(a):\n    for x in a:\n        use(x)\n        close(a)\n",
        "def f(a):\n    for x in a:\n        use(x)\n    close(a)\n",
        "def f(a):\n    for x in a:\n        use(x)\n        close(a)\n",
        id="the block of a statement",
    ),
    pytest.param(
        "def f(a, b=1):\n    return a\n", "def f(a, b=2):\n    return a\n",
        "def f(a, c, b=1):\n    return a\n", id="a default beside a new parameter",
    ),
    pytest.param(
        "print 'x'\nexec code in scope\nvalue = load_value(1)\n",
        "print 'x'\nexec code in scope\nvalue = load_value(2)\n",
        "print 'x'\nexec code in scope\nvalue = load_value(1)\n", id="in Python 2",
    ),
    pytest.param(
        "def f(x):\n    print 'one', x\n", "def f(x):\n    print 'two', x\n",
        "def f(x):\n    print  'one',  x # again\n", id="a statement of Python 2",
    ),
]  # fmt: skip

SILENT_IN_PYTHON = [
    pytest.param(LOAD, FIXED, FIXED_REPRINTED, id="another layout"),
    pytest.param(LOAD, GUARDED, GUARDED.replace("        raise", "        # no\n        raise"),
                 id="a comment"),
    pytest.param(LOAD, FIXED, FIXED.replace("load(path", "load(path: str"), id="an annotation"),
    pytest.param(LOAD, FIXED, FIXED.replace("    for", "    log('seen')\n    for"), id="new code"),
    pytest.param(LOAD, FIXED, RENAMED, id="a renamed local"),
    pytest.param(LOAD, FIXED, FIXED.replace("CERTIFICATES", "settings.certificates"),
                 id="written otherwise"),
    pytest.param(LOAD, GUARDED, GUARDED.replace("not is_public(path)", "is_private(path)"),
                 id="a guard written otherwise"),
    pytest.param(LOAD, FIXED, {"a.py": OTHER, "b.py": FIXED}, id="a moved function"),
    pytest.param(LOAD, FIXED, FIXED.replace("load(", "fetch("), id="a renamed function"),
    pytest.param(
        "def f(a, b):\n    return a * b\n\n\ndef g(a, b):\n    return a - b\n",
        "def f(a, b):\n    return a + b\n\n\ndef g(a, b):\n    return a - b\n",
        "def g(a, b):\n    return a - b\n\n\ndef f(a, b):\n    return a + b\n",
        id="functions with equal arguments in another order",
    ),
    pytest.param(
        "def f(a, b):\n    return a * b\n", "def f(a, b):\n    return a + b\n",
        "def f(a, b):\n    return a + b\n\n\ndef g(a, b):\n    return a * b\n",
        id="a new function like the old one",
    ),
    pytest.param(LOAD, GUARDED, {"a.py": OTHER, "b.py": GUARDED}, id="a moved function with guard"),
    pytest.param(LOAD, GUARDED, {"a.py": "", "b.py": GUARDED}, id="a moved file"),
    pytest.param(LOAD, GUARDED, OTHER, id="a deleted function"),
    pytest.param(
        LOAD, GUARDED,
        LOAD.replace("    session = ", "    check(path)\n    session = ", 1)
        + "\n\ndef check(path):\n" + GUARD,
        id="an extracted function",
    ),
    pytest.param(LOAD, FIXED, {"b.py": "def save():\n    return None\n"}, id="another file"),
    pytest.param(
        LOAD, LOAD.replace("return None", "return {}"),
        {"a.py": LOAD.replace("return None", "return {}"), "b.py": "def f():\n    return None\n"},
        id="a short statement elsewhere",
    ),
    pytest.param(
        LOAD, GUARDED,
        GUARDED.replace("        raise PermissionError(path)", "        raise Refused(path)"),
        id="a part of a guard written otherwise",
    ),
    pytest.param(
        'def f():\n    """Old."""\n    return 1\n', 'def f():\n    """New."""\n    return 1\n',
        'def f():\n    """Old."""\n    return 1\n', id="a docstring",
    ),
    pytest.param(
        "def f(port):\n    return 1\n\n\ndef g(app, client):\n    return 2\n",
        "def f(port, host):\n    return 1\n\n\ndef g(app, client):\n    return 2\n",
        "def f(port, host):\n    return 1\n\n\ndef g(client):\n    return 2\n",
        id="another function loses a parameter where the fix gave one",
    ),
    pytest.param(
        "ALL = [first]\nREST = [first, third]\n", "ALL = [first, second]\nREST = [first, third]\n",
        "ALL = [first, second]\nREST = [first]\n",
        id="another list loses a name where the fix gave one",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "change"), NAMED_IN_PYTHON)
def test_undoing_in_python_is_named(
    before: str, after: str, change: str | dict[str, str | None]
) -> None:
    assert kinds_of(before, after, change, "a.py")


@pytest.mark.parametrize(("before", "after", "change"), SILENT_IN_PYTHON)
def test_what_undoes_nothing_in_python_is_silent(
    before: str, after: str, change: str | dict[str, str | None]
) -> None:
    assert kinds_of(before, after, change, "a.py") == set()


TYPED = """\
export async function load(path: string, tries: number) {
  const reply = await fetch(path, { redirect: "follow" });
  if (reply.status > 400) {
    return null;
  }
  return reply.json();
}
"""
GO = """\
func Load(path string, tries int) ([]byte, error) {
\tdata, err := os.ReadFile(path)
\tif err != nil {
\t\treturn nil, nil
\t}
\treturn data, nil
}
"""
SHELL = "load() {\n  curl --silent $1 > out.txt\n  cat out.txt\n}\n"
SQL = "SELECT name, price FROM items\nWHERE price > 10 AND stock > 0;\n"
YAML = """\
web:
  ports:
    - "80:80"
  settings:
    timeout: 30
    workers: 2
mail:
  settings:
    timeout: 30
"""
TOML = "[web]\ntimeout = 30\nretries = 0\n\n[mail]\nretries = 0\n"
RUBY = "def load(path)\n  data = File.read(path)\n  JSON.parse(data)\nend\n"
LANGUAGES = [
    pytest.param("a.ts", TYPED, "> 400", ">= 400", id="TypeScript"),
    pytest.param("a.ts", TYPED, '"follow"', '"error"', id="TypeScript, a text"),
    pytest.param("a.go", GO, "nil, nil\n\t}", "nil, err\n\t}", id="Go"),
    pytest.param("a.sh", SHELL, "--silent", "--silent --fail", id="Shell"),
    pytest.param("a.sql", SQL, "> 10", ">= 10", id="SQL"),
    pytest.param("a.rb", RUBY, "File.read(path)", "File.read(path, encoding: 'utf-8')", id="Ruby"),
    pytest.param("a.yml", YAML, "timeout: 30", "timeout: 60", id="YAML"),
    pytest.param("a.toml", TOML, "retries = 0", "retries = 5", id="TOML"),
    pytest.param("setup.cfg", TOML, "retries = 0", "retries = 5", id="INI"),
    pytest.param("a.json", '{\n  "retries": 0,\n  "hosts": ["a"]\n}\n', "0", "5", id="JSON"),
    pytest.param("a.css", ".a {\n  width: 10px;\n  color: red;\n}\n", "10px", "9em", id="CSS"),
    pytest.param("a.md", "# Use\n\nRun `load --fast`.\n", "--fast", "--safe", id="Markdown"),
]


@pytest.mark.parametrize(("path", "before", "old", "new"), LANGUAGES)
def test_undoing_is_named_in_any_language(path: str, before: str, old: str, new: str) -> None:
    after = before.replace(old, new)
    assert after != before
    assert kinds_of(before, after, before, path) == {"both"}
    assert kinds_of(before, after, after + "\n", path) == set()
    indented = after.replace("\n", "\n    ").rstrip(" ")
    assert kinds_of(before, after, indented, path) == set()


@pytest.mark.parametrize(
    "change",
    [
        TYPED.replace("fetch(path, {", "fetch(\n    path,\n    {").replace("});", "},\n  );"),
        TYPED.replace("  if (", "  // why not\n  if ("),
        TYPED.replace('"follow"', "'follow'"),
        TYPED.replace(";\n", "\n"),
    ],
    ids=["reflowed", "comment", "quotes", "no semicolons"],
)  # fmt: skip
def test_layout_of_other_languages_is_none_of_our_business(change: str) -> None:
    before = TYPED.replace("> 400", ">= 400").replace('"follow"', '"error"')
    assert change != TYPED
    assert kinds_of(before, TYPED, change, "a.ts") == set()


@pytest.mark.parametrize(
    "change",
    [
        YAML.replace("  ", "    "),
        YAML.replace('"80:80"', "'80:80'  # for all"),
        YAML.replace("workers: 2", "workers: 4"),
        YAML.replace("mail:\n  settings:\n    timeout: 30\n", ""),
    ],
    ids=["indented", "quotes and a comment", "another key", "another section removed"],
)
def test_settings_are_compared_line_by_line(change: str) -> None:
    before = YAML.replace("workers: 2\n", "workers: 2\n    retries: 0\n")
    assert change != YAML
    assert kinds_of(before, YAML, change, "a.yml") == set()
    assert kinds_of(before, YAML, before, "a.yml") == {"put-back"}


def test_a_text_of_yaml_is_the_same_in_other_quotes() -> None:
    before = 'web:\n  restart: "no"\n  debug: "1"\n'
    after = before.replace('"no"', "unless-stopped").replace("1", "0")
    quoted = after.replace("unless-stopped", '"unless-stopped"').replace('"0"', "'0'")
    assert kinds_of(before, after, quoted, "a.yml") == set()
    assert kinds_of(before, after, quoted.replace("'0'", "'1'"), "a.yml") == {"both"}
    assert kinds_of(before, after.replace('"0"', "0"), after, "a.yml") == set()


def test_part_of_settings_that_are_deleted_is_silent() -> None:
    before = "[run]\ncommand = test\nskip = a\n"
    after = before.replace("= a", "= b").replace("= test\n", "= test --fast\nretries = 2\n")
    assert not any(m.hunk.is_part for m in matches_of(before, after, {"tox.ini": None}, "tox.ini"))
    change = after.replace("retries = 2\n", "")
    assert any(m.hunk.is_part for m in matches_of(before, after, {"tox.ini": change}, "tox.ini"))


@pytest.mark.parametrize("path", ["CHANGELOG.md", "docs/history.rst", "package-lock.json", "a.svg"])
def test_what_every_fix_adds_to_and_what_tools_write_is_not_followed(path: str) -> None:
    assert not is_followed(path)


def test_prose_that_a_fix_only_added_may_go_again() -> None:
    before, after = "# Use\n\nRun it.\n", "# Use\n\nRun it.\n\nThen look at the log.\n"
    assert kinds_of(before, after, before, "a.md") == set()


CASES = """\
class Shop:
    cases = [
        {"url": "/items", "ext": "mp4", "size": 10},
        {"url": "/", "ext": "mp4", "size": 10},
        {"url": "/orders", "ext": "mp4", "size": 10},
    ]
"""
OPTION = ', "options": {"skip_download": True}'
CASES_FIXED = CASES.replace('"ext": "mp4", "size": 10', '"ext": "flv", "size": 20', 1).replace(
    "10},\n    ]", f"10{OPTION}}},\n    ]"
)


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        pytest.param(CASES, {"both", "removed"}, id="all of them"),
        pytest.param(CASES_FIXED.replace("flv", "mp4").replace("20", "10"), {"both"}, id="values"),
        pytest.param(CASES_FIXED.replace(OPTION, ""), {"removed"}, id="a key"),
        pytest.param(CASES_FIXED.replace("10}", "11}"), set(), id="another value"),
        pytest.param(CASES_FIXED.replace("},\n        {", "}, {"), set(), id="other layout"),
        pytest.param(
            CASES_FIXED.replace("    ]", '        {"url": "/x", "ext": "mp4"},\n    ]'), set(),
            id="one more entry",
        ),
    ],
)  # fmt: skip
def test_entries_of_a_large_literal_are_undone_one_by_one(change: str, kinds: set[str]) -> None:
    assert kinds_of(CASES, CASES_FIXED, change, "a.py") == kinds


def test_old_code_copied_to_another_file_is_named() -> None:
    before = LOAD.replace("verify=False", "verify=False, stream=True, headers=HEADERS, auth=AUTH")
    (match,) = matches_of(before, FIXED, {"b.py": HEAD + before})
    assert (match.kind, match.path, match.in_place) == ("copied", "b.py", False)


def test_one_hunk_of_several_is_enough() -> None:
    after = FIXED.replace("return None", "return {}")
    (match,) = matches_of(LOAD, after, {"a.py": FIXED})
    assert (match.kind, match.line) == ("both", 8)


PART = """\
def load(path, default):
    rows = read_rows(path)
    name = rows[0].name
    if rows.is_open:
        rows.close()
    return format_name(name, rows)
"""
WHOLE_GUARD = "    if rows is None:\n        return default\n"
CLAUSE = "    except OSError:\n        return default\n"
PARTS = [
    pytest.param(
        PART.replace("    name = rows[0].name\n", f"{WHOLE_GUARD}    name = rows[-1].full_name\n"),
        [WHOLE_GUARD], "removed", id="a guard clause",
    ),
    pytest.param(
        PART.replace("    name = rows[0].name\n", f"    name = rows[-1].full_name\n{WHOLE_GUARD}"),
        [WHOLE_GUARD], "removed", id="a guard clause behind",
    ),
    pytest.param(
        PART.replace(
            "    name", f"{WHOLE_GUARD}    if not rows:\n        raise Empty(path)\n    name"
        ),
        [WHOLE_GUARD], "removed", id="one of two guard clauses",
    ),
    pytest.param(
        PART.replace(
            "    if rows.is_open:\n        rows.close()",
            "    if rows.is_open and not rows.is_shared:\n        rows.close_all(path)",
        ),
        [" and not rows.is_shared"], "both", id="a term of a condition",
    ),
    pytest.param(
        PART.replace("read_rows(path)", "read_rows(path, strict=True)").replace(
            "name = rows[0].name", "name = rows[-1].full_name"
        ),
        [", strict=True"], "both", id="an argument",
    ),
    pytest.param(
        PART.replace("    rows = read_rows(path)\n    name = rows[0].name\n",
                     "    with LOCK.held_by(path):\n        rows = read_rows(path)\n"
                     "    name = rows[-1].full_name\n"),
        ["    with LOCK.held_by(path):\n    ", "    rows ="], "removed", id="a lock",
    ),
    pytest.param(
        PART.replace("    rows = read_rows(path)\n    name = rows[0].name\n",
                     f"    try:\n        rows = read_rows(path)\n{CLAUSE}"
                     "    name = rows[-1].full_name\n"),
        ["    try:\n    ", CLAUSE], "removed", id="a try around a call",
    ),
    pytest.param(
        PART.replace("    rows = read_rows(path)\n    name = rows[0].name\n",
                     f"    try:\n        rows = read_rows(path)\n{CLAUSE}"
                     "    except ValueError:\n        raise Damaged(path) from None\n"
                     "    name = rows[-1].full_name\n"),
        [CLAUSE], "removed", id="one of two except clauses",
    ),
    pytest.param(
        LOAD.replace(
            "    return None\n", "    warn_about(path, retries)\n    return empty_answer(path)\n"
        ),
        ["    warn_about(path, retries)\n"], "removed", id="a call beside another return",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("after", "cuts", "kind"), PARTS)
def test_a_part_of_a_hunk_is_enough_for_advice(after: str, cuts: list[str], kind: str) -> None:
    before = LOAD if "attempt" in after else PART
    half = after
    for cut in cuts:
        assert half.count(cut) == 1
        half = half.replace(cut, "    rows =" if cut == "    rows =" else "")
    matches = matches_of(before, after, {"a.py": half})
    assert {(one.kind, one.hunk.is_part, choose_stage(one)) for one in matches} == {
        (kind, True, "advise")
    }
    assert "part of this fix" in make_undo_finding(NAMED, matches[0], stage="advise").message
    assert all(not one.hunk.is_part for one in matches_of(before, after, {"a.py": before}))
    assert matches_of(before, after, {"a.py": after.replace("path", "place")}) == []


@pytest.mark.parametrize(
    ("path", "before", "after", "changes"),
    [
        (
            "app.toml",
            "[http]\ntimeout = 0\nverify = false\n",
            "[http]\ntimeout = 30\nverify = true\n",
            ["timeout = 30>timeout = 0", "verify = true>verify = false"],
        ),
        (
            "deploy.yml",
            "app:\n  user: root\n  replicas: 1\n  probe: none\n",
            "app:\n  user: shop\n  replicas: 1\n  probe: /live\n  limit: 512Mi\n",
            ["user: shop>user: root", "probe: /live>probe: none"],
        ),
    ],
)
def test_one_setting_of_several_that_a_fix_changed_is_enough_for_advice(
    path: str, before: str, after: str, changes: list[str]
) -> None:
    for change in changes:
        old, _, new = change.partition(">")
        matches = matches_of(before, after, {path: after.replace(old, new)}, path)
        assert {choose_stage(match) for match in matches} == {"advise"}, change
    harmless = after.replace("30", "60").replace("shop", "app")
    assert matches_of(before, after, {path: harmless}, path) == []


def test_a_part_that_is_written_otherwise_is_silent() -> None:
    after = PARTS[0].values[0]
    assert isinstance(after, str)
    for text in ("if rows is None or not rows:", "if not rows:", "if None is rows:"):
        change = after.replace("if rows is None:", text)
        assert change != after
        assert matches_of(PART, after, {"a.py": change}) == []


def test_parts_of_tests_come_and_go() -> None:
    after = PARTS[0].values[0]
    assert isinstance(after, str)
    half = after.replace(WHOLE_GUARD, "")
    assert matches_of(PART, after, {"tests/a.py": half}, "tests/a.py") == []
    assert matches_of(PART, after, {"src/a.py": half}, "src/a.py")


def test_a_fix_that_stands_no_more_is_forgotten() -> None:
    file = ChangedFile("a.py", "a.py", LOAD.encode(), FIXED.encode())
    found = find_fix_hunks(NAMED, file, "a.py")
    assert select_standing(found, Tree(lambda _: FIXED.encode())) == found
    assert select_standing(found, Tree(lambda _: LOAD.encode())) == []
    assert select_standing(found, Tree(lambda _: None)) == []


def test_a_fix_stands_where_locals_were_renamed_since() -> None:
    file = ChangedFile("a.py", "a.py", LOAD.encode(), FIXED.encode())
    (hunk,) = select_standing(find_fix_hunks(NAMED, file, "a.py"), Tree(lambda _: RENAMED.encode()))
    change = RENAMED.replace("verify=CERTIFICATES, timeout=LIMIT", "verify=False")
    files = [ChangedFile("a.py", "a.py", RENAMED.encode(), change.encode())]
    assert [match.kind for match in find_matches(Change(files), [hunk])] == ["both"]


def test_the_finding_names_the_fix_its_day_and_its_issue() -> None:
    (match,) = matches_of(LOAD, FIXED, {"a.py": LOAD})
    finding = make_undo_finding(NAMED, match, stage="warn")
    assert "3f2a91c0de of 2026-03-02, “fix: close the session (#12)”" in finding.message
    untitled = (*NAMED[:2], "fix: close the session", "#12")
    told = make_undo_finding(untitled, match, stage="warn").message
    assert "3f2a91c0de of 2026-03-02 (#12), “fix: close the session”" in told
    assert (finding.path, finding.start_line, finding.start_col) == ("a.py", 4, 9)
    assert finding.code == "        answer = session.get(path, verify=False)"
    assert finding.sources[0].commit == "3f2a91c0de"
    lost = make_undo_finding(NAMED, match, stage="warn", is_merge=True)
    assert "one of the merged sides" in lost.message


def test_a_very_long_file_costs_no_more_than_its_change() -> None:
    long = "".join(f"def f{n}(x):\n    return x + {n}\n\n\n" for n in range(4000))
    before, after = long + LOAD, long + FIXED
    assert kinds_of(before, after, before, "a.py") == {"both"}


@pytest.mark.parametrize(
    "text",
    [
        "def f(:\n  x = (((\n",
        "'''never closed\n",
        "\x0c\n\tif x:\n\ty = 1\n",
        "é = 'ü'\\\n",
        "}}}{{{",
    ],
)
@pytest.mark.parametrize("path", ["a.py", "a.ts", "a.rb"])
def test_what_does_not_parse_is_read_all_the_same(path: str, text: str) -> None:
    before, after = text + "value = load_it(1)\n", text + "value = load_it(2)\n"
    assert kinds_of(before, after, after, path) == set()
    kinds_of(before, after, before, path)


def test_an_odd_encoding_is_read() -> None:
    before, after = ("name = 'caf\xe9'\n" + text for text in (LOAD, FIXED))
    sides = (after.encode("latin-1"), before.encode("latin-1"))
    file = ChangedFile("a.py", "a.py", sides[1], sides[0])
    hunks = find_fix_hunks(NAMED, file, "a.py")
    assert find_matches(Change([ChangedFile("a.py", "a.py", *sides)]), hunks)


def test_an_index_comes_back_from_its_file(tmp_path: Path) -> None:
    hunks = [*hunks_of(LOAD, FIXED), *hunks_of(LOAD, GUARDED, "b.py")]
    place = tmp_path / "undo.bin"
    place.write_bytes(dump_index(build_index(hunks)))
    loaded = load_index(place)
    assert loaded is not None
    assert [h for path in ("a.py", "b.py", "c.py") for h in loaded.get_hunks(path)] == sorted(hunks)
    removed = next(key for key in hunks[0].removed)
    assert loaded.find_paths_with([removed[1], 17]) == ["a.py"]


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\xff" * 40, marshal.dumps((1, (), {}), 2)])
def test_a_damaged_or_older_index_is_no_index(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "undo.bin").write_bytes(damage)
    assert load_index(tmp_path / "undo.bin") is None


def test_the_lookup_imports_nothing_heavy() -> None:
    code = "import sys, devmatrix_guard.mining.undo.index; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"ast", "yaml", "hashlib", "difflib", "dataclasses"} & set(loaded)


DIVIDED = {
    "a call": ("rows = load(path)", "rows = sorted(load(path), key=len)",
               ["rows = load(path)\n    rows = sorted(rows, key=len)",
                "found = load(path)\n    rows = sorted(found, key=len)"]),
    "a method": ("return text(path)", "return text(path).strip()",
                 ["answer = text(path)\n    return answer.strip()",
                  "answer = text(path)\n    answer = answer.strip()\n    return answer"]),
}  # fmt: skip


@pytest.mark.parametrize("case", DIVIDED)
def test_a_statement_in_two_steps_is_no_undoing(case: str) -> None:
    old, new, divided = DIVIDED[case]
    function = "def load_all(path):\n    prepare(path)\n    {}\n"
    before, after = function.format(old), function.format(new)
    assert kinds_of(before, after, before, "a.py") == {"both"}
    for text in divided:
        assert kinds_of(before, after, function.format(text), "a.py") == set(), text


QUERY = "SELECT a, b FROM t\nWHERE x = 1\n{};\n"


@pytest.mark.parametrize(
    ("old", "new"), [("", "  AND y BETWEEN 2 AND 3"), ("  AND y = 1", "  AND y = 2")]
)
def test_queries_say_the_same_in_other_letters_lines_and_orders(old: str, new: str) -> None:
    before, after = QUERY.format(old), QUERY.format(new)
    assert kinds_of(before, after, before.lower(), "a.sql")
    asked = new.strip().removeprefix("AND ")
    for same in (
        after.lower(),
        f"SELECT a, b\nFROM t\nWHERE {asked}\n  AND x = 1;\n",
        f"select a, b from t where {asked} and x = 1;\n",
    ):
        assert kinds_of(before, after, same, "a.sql") == set(), same


def test_a_property_of_a_style_sheet_is_read_as_its_value() -> None:
    sheet = ".a {{\n  color: {};\n  margin: 1px;\n}}\n"
    before, after = sheet.format("red"), sheet.format("blue")
    named = "\n:root {{\n  --main: {};\n}}\n".format
    assert kinds_of(before, after, sheet.format("var(--main)") + named("red"), "a.css") == {"both"}
    assert kinds_of(before, after, sheet.format("var(--main)") + named("blue"), "a.css") == set()
