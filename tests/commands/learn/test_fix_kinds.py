"""Which kinds of fixes, made three times in three commits, `check` names in new code, and how."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from devmatrix_guard.commands.check.arguments.request import STAGED, CheckRequest
from devmatrix_guard.commands.check.examine import examine_request
from devmatrix_guard.commands.learn.learn import learn
from tests.helpers import commit, git, make_repo, write_tree

NAMES = ("alpha", "beta", "gamma")
PROJECT = {
    "app/__init__.py": "",
    "app/errors.py": "class BadInput(Exception):\n    pass\n",
    "app/store.py": (
        "def load(value, name):\n    return value\n\n\ndef put(key, value):\n    return key\n"
    ),
    "app/queue.py": "async def push(value, name):\n    return value\n",
    "app/users.py": "def find_user(value, name):\n    return None\n",
}
AREAS = "".join(f"def area_{n}(width):\n    return width * {n}\n\n\n" for n in range(120))


class Kind(NamedTuple):
    """A kind of fix: code before and after, NAME being another in each file, and what is learned.

    `stage` and `looks_for` are empty where nothing is to be learned.
    """

    before: str
    after: str
    head: str = ""
    stage: str = ""
    looks_for: str = ""
    fix: str | None = None


def body(*lines: str, define: str = "def run_NAME(value):") -> str:
    return "\n".join((define, *(f"    {line}" for line in lines))) + "\n"


def opening(call: str) -> str:
    return body(f"with {call} as stream:", "    return stream.read()", define="def run(NAME_path):")


def tried(handler: str, *rest: str) -> str:
    return body("try:", "    return json.loads(value)['NAME']", handler, *rest)


def shared(default: str, *lines: str) -> str:
    return body(*lines, "return value + rows", define=f"def run_NAME(value, rows={default}):")


KINDS = {
    "a default that all calls share": Kind(
        shared("[]", "rows.append('NAME')"),
        shared("None", "if rows is None:", "    rows = []", "rows.append('NAME')"),
        "", "warn", "def $FUNCTION(..., $DEFAULTED=[], ...):\n    ...",
    ),
    "a shared default, made anew in a word": Kind(
        shared("{}", "rows['NAME'] = 1"),
        shared("None", "rows = rows or {}", "rows['NAME'] = 1"),
        "", "warn", "def $FUNCTION(..., $DEFAULTED={}, ...):\n    ...",
    ),
    "a timeout": Kind(
        body("return requests.get('NAME', params=value)"),
        body("return requests.get('NAME', params=value, timeout=10)"),
        "import requests", "warn", "requests.get($...ARGS)",
        "requests.get($...ARGS, timeout=10)",
    ),
    "an encoding": Kind(
        opening("open(NAME_path)"), opening("open(NAME_path, encoding='utf-8')"),
        "", "warn", "open($...ARGS)", "open($...ARGS, encoding='utf-8')",
    ),
    "a file that stayed open": Kind(
        body("stream = open(value + 'NAME')", "text = stream.read()", "return text"),
        body("with open(value + 'NAME') as stream:", "    text = stream.read()", "return text"),
        "", "warn", "$X = open($...ARGS)",
    ),
    "== None": Kind(
        body("return 1 if value == None else len('NAME')"),
        body("return 1 if value is None else len('NAME')"),
        "", "warn", "$X == None", "$X is None",
    ),
    "a safe loader": Kind(
        body("NAME = yaml.load(value)", "return NAME"),
        body("NAME = yaml.safe_load(value)", "return NAME"),
        "import yaml", "warn", "yaml.load", "yaml.safe_load",
    ),
    "a forgotten await": Kind(
        body("queue.push(value, 'NAME')", define="async def run_NAME(value):"),
        body("await queue.push(value, 'NAME')", define="async def run_NAME(value):"),
        "from app import queue", "block", "app.queue.push($...ARGS)",
        "await app.queue.push($...ARGS)",
    ),
    "an exception caught too widely": Kind(
        tried("except Exception:", "    return None"),
        tried("except ValueError:", "    return None"),
        "import json", "warn",
        "try:\n    ...\n    <... json.loads(...) ...>\n    ...\nexcept Exception:\n    ...",
    ),
    "a result used unchecked": Kind(
        body("user = find_user(value, 'NAME')", "return user.name"),
        body("user = find_user(value, 'NAME')", "if user is None:", "    return ''",
             "return user.name"),
        "from app.users import find_user", "warn", "$X = app.users.find_user($...ARGS)",
    ),
    # Which of the two is right depends on what the text says, so it is asked, and never stops one.
    "another query for other values": Kind(
        body("return value.all().select_related('NAME')"),
        body("return value.all().prefetch_related('NAME')"),
        "", "advise", "$X.select_related($Y)",
    ),
    "another query for one value": Kind(
        body("return value.select_related('lines'), 'NAME'"),
        body("return value.prefetch_related('lines'), 'NAME'"),
        "", "block", "$X.select_related('lines')", "$X.prefetch_related('lines')",
    ),
    # What follows is right or wrong by what stands around it, which no pattern tells.
    "off by one": Kind(
        body("return [value[n] for n in range(1, len(value) + 1)], 'NAME'"),
        body("return [value[n] for n in range(1, len(value))], 'NAME'"),
    ),
    "off by one in a sum": Kind(
        body("size = max(len(value) - 1, 4)", "return size, 'NAME'"),
        body("size = max(len(value), 4)", "return size, 'NAME'"),
    ),
    "an end that counts": Kind(
        body("while store.load(value, 'NAME') < value:", "    value -= 1"),
        body("while store.load(value, 'NAME') <= value:", "    value -= 1"),
        "from app import store",
    ),
    "a forgotten return": Kind(
        body("store.load(value, 'NAME')"), body("return store.load(value, 'NAME')"),
        "from app import store",
    ),
    "the order of arguments": Kind(
        body("return store.put(value, NAME)", define="def run(value, NAME):"),
        body("return store.put(NAME, value)", define="def run(value, NAME):"),
        "from app import store",
    ),
    "a cause that was hidden": Kind(
        tried("except ValueError as error:", "    raise BadInput('NAME')"),
        tried("except ValueError as error:", "    raise BadInput('NAME') from error"),
        "import json\nfrom app.errors import BadInput",
    ),
    "a default for a missing key": Kind(
        body("return value['NAME'].strip()"), body("return value.get('NAME', '').strip()"),
    ),
}  # fmt: skip


def write(kind: Kind, text: str, name: str) -> dict[str, str]:
    head = f"{kind.head}\n\n\n" if kind.head else ""
    return {f"app/{name}.py": (head + text).replace("NAME", name)}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_of_fix_made_three_times_is_named_where_it_is_missing(
    tmp_path: Path, kind: Kind
) -> None:
    wrong = [write(kind, kind.before, name) for name in NAMES]
    repo = make_repo(tmp_path / "repo", {**PROJECT, **wrong[0], **wrong[1], **wrong[2]})
    for day, name in enumerate(NAMES, start=1):
        commit(repo, write(kind, kind.after, name), f"Fix {name} (#{day})", day=day)
    commit(repo, {"app/areas.py": AREAS}, "Add areas", day=9)
    rules = [
        yaml.safe_load((repo / ".guard" / "rules" / f"{one.rule_id}.yml").read_text())["rules"][0]
        for one in learn(repo).rules
    ]
    found = [
        (
            rule["metadata"]["guard"]["stage"],
            rule.get("pattern") or rule["patterns"][0]["pattern"],
            rule.get("fix"),
        )
        for rule in rules
    ]
    assert found == ([(kind.stage, kind.looks_for, kind.fix)] if kind.stage else [])
    write_tree(repo, write(kind, kind.before, "delta"))
    git(repo, "add", "-A")
    named = examine_request(CheckRequest(scope=STAGED), repo).findings
    assert [(one.path, one.stage) for one in named] == (
        [("app/delta.py", kind.stage)] if kind.stage else []
    )
    write_tree(repo, write(kind, kind.after, "delta"))
    git(repo, "add", "-A")
    assert examine_request(CheckRequest(scope=STAGED), repo).findings == ()
