"""A guard clause that a fix added, and a rewriting of its function that leaves it out."""

# tables of code, one case a line

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.stage import choose_stage
from tests.mining.undo.test_index import matches_of

BEFORE = """\
import json


def load(path, cache):
    with open(path) as handle:
        data = json.load(handle)
    name = data["name"].strip()
    cache[name] = data
    return name, data
"""
GUARD = """\
    if not data or "name" not in data:
        return None, {}
"""
AFTER = BEFORE.replace("    name =", f"{GUARD}    name =")
OPENED = """\
    with open(path) as handle:
        data = json.load(handle)
"""
READ = "def _read(path):\n    with open(path) as handle:\n        return json.load(handle)\n\n\n"
LOST = {
    "a helper": BEFORE.replace(OPENED, "    data = _read(path)\n").replace(
        "def load", READ + "def load"
    ),
    "another library": BEFORE.replace(OPENED, "    data = json.loads(path.read_text())\n"),
    "a walrus": BEFORE.replace("    name =", "    cache[(name :=").replace(
        'strip()\n    cache[name] = data', "strip())] = data"
    ),
    "async": BEFORE.replace("def load", "async def load").replace(
        OPENED, "    data = json.loads(await read(path))\n"
    ),
    "a method": BEFORE.replace(
        "def load(path, cache)", "class Loader:\n  def load(self, path)"
    ).replace("cache[name]", "self.cache[name]"),
    "renamed": BEFORE.replace("def load", "def read_profile").replace("data", "profile").replace(
        "json.load(", "parse("
    ),
    "another condition": BEFORE.replace(
        "    cache[name] = data\n", "    if path not in cache:\n        cache[path] = data\n"
    ).replace("json.load(", "parse("),
    "a match": BEFORE.replace(
        "    return name", "    match path:\n        case _:\n            return name"
    ).replace("json.load(", "parse("),
}  # fmt: skip
KEPT = {
    "turned round": BEFORE.replace(
        '    name = data["name"].strip()\n    cache[name] = data\n    return name, data\n',
        '    if data and "name" in data:\n        name = data["name"].strip()\n'
        "        cache[name] = data\n        return name, data\n    return None, {}\n",
    ),
    "a predicate": AFTER.replace('not data or "name" not in data', "_is_unnamed(data)")
    + '\n\ndef _is_unnamed(data):\n    return not data or "name" not in data\n',
    "a helper that asks": BEFORE.replace(OPENED, "    data = _read(path)\n")
    + '\n\ndef _read(path):\n    data = json.loads(path)\n    if not data or "name" not in data:\n'
    "        raise ValueError(path)\n    return data\n",
    "an exception": BEFORE.replace(
        '    name = data["name"].strip()\n',
        '    try:\n        name = data["name"].strip()\n    except (KeyError, TypeError):\n'
        "        return None, {}\n",
    ),
    "a default": BEFORE.replace('data["name"].strip()', '(data or {}).get("name", "")'),
    "a check elsewhere": BEFORE.replace("    name =", "    validate(data)\n    name =").replace(
        "json.load(", "parse("
    ),
    "a conditional value": BEFORE.replace(
        'data["name"].strip()', 'data["name"].strip() if data else ""'
    ).replace("json.load(", "parse("),
    "other names": AFTER.replace("data", "profile"),
    "a deleted function": "import json\n",
}


@pytest.mark.parametrize("change", LOST.values(), ids=LOST)
def test_a_guard_lost_beside_a_rewriting_is_advice(change: str) -> None:
    found = matches_of(BEFORE, AFTER, {"a.py": change})
    assert found
    assert {choose_stage(match) for match in found} == {"advise"}


@pytest.mark.parametrize("change", KEPT.values(), ids=KEPT)
def test_a_guard_in_another_form_is_silent(change: str) -> None:
    assert matches_of(BEFORE, AFTER, {"a.py": change}) == []


def test_a_guard_among_other_edits_of_the_fix_is_found() -> None:
    before = (
        "def ports(text):\n    found = []\n    for part in text.split(','):\n"
        "        found.append(int(part))\n    return found\n"
    )
    after = before.replace(
        "        found.append",
        "        part = part.strip()\n        if not part.isdigit():\n            continue\n"
        "        found.append",
    )
    lost = "def ports(text):\n    return [int(part) for part in text.split(',')]\n"
    kept = lost.replace("]\n", " if part.strip().isdigit()]\n")
    assert matches_of(before, after, {"a.py": lost})
    assert matches_of(before, after, {"a.py": kept}) == []


def test_a_helper_in_another_file_is_read() -> None:
    change = BEFORE.replace(OPENED, "    data = fetch(path)\n")
    helper = (
        'def fetch(path):\n    data = path.read()\n    if "name" not in data:\n        return {}\n'
    )
    assert matches_of(BEFORE, AFTER, {"a.py": change, "b.py": helper + "    return data\n"}) == []
    assert matches_of(
        BEFORE, AFTER, {"a.py": change, "b.py": "def fetch(path):\n    return path\n"}
    )
