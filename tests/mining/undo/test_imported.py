"""An import that a fix replaced, and the forms in which a change imports the old thing again."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.change import Change
from devmatrix_guard.mining.undo.edits import ChangedFile
from devmatrix_guard.mining.undo.imported import find_imported_again
from devmatrix_guard.mining.undo.stage import choose_stage
from tests.helpers_bounds import count_calls
from tests.mining.undo.test_index import hunks_of, matches_of

BEFORE = "from util import parse\n\n\ndef run(text):\n    return parse(text).value\n"
OLD, NEW = "from util import parse\n", "from strict import parse\n"
AFTER = BEFORE.replace(OLD, NEW)
UNDONE = {
    "both": NEW + BEFORE,
    "the module": BEFORE.replace(OLD, "import util\n").replace("parse(", "util.parse("),
    "a module by another name": BEFORE.replace(OLD, "import util as u\n").replace(
        "parse(", "u.parse("
    ),
    "another name": BEFORE.replace("import parse", "import parse as _parse").replace(
        "return ", "return _"
    ),
    "if it is there": BEFORE.replace(
        OLD, f"try:\n    {OLD}except ImportError:\n    {NEW}"
    ),
    "in the function": BEFORE.replace(OLD, "").replace("    return", f"    {OLD}    return"),
}  # fmt: skip
KEPT = {
    "the module": AFTER.replace(NEW, "import strict\n").replace("parse(", "strict.parse("),
    "more imports": "import os\n" + AFTER,
    "another thing": "from util import close\n" + AFTER,
    "the old one by another name beside it": "from util import parse as lax\n" + AFTER,
    "in the function": AFTER.replace(NEW, "").replace("    return", f"    {NEW}    return"),
}


@pytest.mark.parametrize("change", UNDONE.values(), ids=UNDONE)
def test_the_old_import_in_any_form_is_advice(change: str) -> None:
    found = matches_of(BEFORE, AFTER, {"a.py": change})
    assert found
    assert {choose_stage(match) for match in found} == {"advise"}


@pytest.mark.parametrize("change", KEPT.values(), ids=KEPT)
def test_other_imports_are_silent(change: str) -> None:
    assert matches_of(BEFORE, AFTER, {"a.py": change}) == []


def test_another_function_of_the_same_module() -> None:
    before = "from yaml import load\n\n\ndef read(text):\n    return load(text)\n"
    after = before.replace("load", "safe_load")
    change = "import yaml\n\n\ndef read(text):\n    return yaml.load(text)\n"
    assert matches_of(before, after, {"a.py": change})
    assert matches_of(before, after, {"a.py": change.replace(".load", ".safe_load")}) == []


def test_a_fix_of_no_import_asks_for_none() -> None:
    text = "".join(f"import m{n}\n" for n in range(200)) + "\n\ndef run(text):\n    return {}\n"
    before, after = text.format("text.strip()"), text.format("text.strip(' ')")
    (hunk,) = (one for one in hunks_of(before, after, "a.py") if not one.is_part)
    change = Change([ChangedFile("a.py", "a.py", after.encode(), before.encode())])
    assert count_calls(lambda: find_imported_again(change, hunk, 0)) < 20
