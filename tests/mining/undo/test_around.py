"""A fix that stands to the letter and does nothing: its guard is late, what it uses is emptied."""

# tables of code, one case a line

from __future__ import annotations

import pytest

from tests.mining.undo.test_index import kinds_of

LATE = """\
def load(path, rows):
    name = path.name
{}    data = path.read()
    return finish(data, rows)
"""
GUARD = "    if not path.exists():\n        return None\n"
BEFORE, AFTER = LATE.format(""), LATE.format(GUARD)
READ = "    data = path.read()\n"


@pytest.mark.parametrize(
    ("change", "is_late"),
    [
        (AFTER.replace(GUARD + READ, READ + GUARD), True),
        (AFTER.replace(GUARD + READ, "    log(rows)\n" + GUARD + READ), False),
        (AFTER.replace(GUARD, "    log(len(path))\n" + GUARD), False),
        (AFTER.replace("    name = path.name\n" + GUARD, GUARD + "    name = path.name\n"), False),
    ],
    ids=["behind its use", "something else first", "what only asks first", "earlier"],
)
def test_a_guard_has_to_stand_before_what_it_guards(change: str, is_late: bool) -> None:
    assert kinds_of(BEFORE, AFTER, change, "a.py") == ({"loosened"} if is_late else set())


@pytest.mark.parametrize(
    ("text", "is_named"),
    [("assert path.exists()", True), ("assert path.exists(), path", True), ("assert rows", True)],
)
def test_an_assertion_is_no_guard(text: str, is_named: bool) -> None:
    change = AFTER.replace(GUARD, f"    {text}\n")
    assert bool(kinds_of(BEFORE, AFTER, change, "a.py")) is is_named


BOX = """\
LIMIT = 30


class Box:
    def __init__(self):
        self.lock = Lock()

    def add(self, row):
{}"""
PLAIN = BOX.format("        self.rows.append(row)\n        send(row)\n")
LOCKED = BOX.format(
    "        with self.lock:\n            self.rows.append(row)\n        send(row, LIMIT)\n"
)


@pytest.mark.parametrize(
    ("old", "new", "is_named"),
    [
        ("self.lock = Lock()", "self.lock = nullcontext()", True),
        ("self.lock = Lock()", "self.lock = None", True),
        ("self.lock = Lock()", "self.lock = RLock()", False),
        ("self.lock = Lock()", "self.lock: Lock = Lock()", False),
        ("LIMIT = 30", "LIMIT = None", True),
        ("LIMIT = 30", "LIMIT: float = math.inf", True),
        ("LIMIT = 30", "LIMIT = 60", False),
        ("LIMIT = 30", "OTHER = None\nLIMIT = 30", False),
        (
            "            self.rows.append(row)\n",
            "            pass\n        self.rows.append(row)\n",
            True,
        ),
        ("        with self.lock:\n", "        if True:\n", True),
    ],
)
def test_what_a_fix_relies_on_is_not_to_become_nothing(old: str, new: str, is_named: bool) -> None:
    assert bool(kinds_of(PLAIN, LOCKED, LOCKED.replace(old, new), "a.py")) is is_named


JSON = '{\n  "server": {\n    "level": "LEVEL",\n    "ports": [1, 2],\n    "debug": DEBUG\n  }\n}\n'
YAML = "server:\n  level: LEVEL\n  ports: [1, 2]\n  debug: DEBUG\n"
FLOW = "server: {level: LEVEL, ports: [1, 2], debug: DEBUG}\n"
OLD, NEW = ("debug", "true"), ("info", "false")


def fill(text: str, values: tuple[str, str]) -> str:
    return text.replace("LEVEL", values[0]).replace("DEBUG", values[1])


@pytest.mark.parametrize("form", [JSON, "".join(JSON.split()), YAML, FLOW], ids=range(4))
@pytest.mark.parametrize("fixed", [JSON, YAML, FLOW], ids=["json", "yaml", "flow"])
def test_settings_are_one_in_whatever_form(fixed: str, form: str) -> None:
    was, now = (f"a.{'json' if text.startswith('{') else 'yaml'}" for text in (fixed, form))
    before, after = fill(fixed, OLD), fill(fixed, NEW)
    moved: dict[str, str | None] = {was: None} if was != now else {}
    assert kinds_of(before, after, {**moved, now: fill(form, OLD)}, was) == {"both"}
    assert kinds_of(before, after, {**moved, now: fill(form, NEW)}, was) == set()


def test_what_the_environment_leaves_open_is_what_stands_there() -> None:
    before, after = fill(YAML, OLD), fill(YAML, NEW)
    assert kinds_of(before, after, fill(YAML, ("info", "${DEBUG:-true}")), "a.yaml")
    assert not kinds_of(before, after, fill(YAML, ("info", "${DEBUG:-false}")), "a.yaml")


@pytest.mark.parametrize("deep", ["a" + ".b" * 900, "+".join("a" * 900), "-" * 900 + "a"])
def test_an_expression_without_end_hides_nothing(deep: str) -> None:
    change = f"x = {deep}\n{BEFORE}"
    assert kinds_of(BEFORE, AFTER, change, "a.py") == {"removed"}
