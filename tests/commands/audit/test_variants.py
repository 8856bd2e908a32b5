from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli import cli
from devmatrix_guard.commands.audit.variants import list_variants
from devmatrix_guard.commands.learn.learn import learn
from devmatrix_guard.errors import UsageError
from tests.helpers import commit, git, tree_bytes, write_tree

_TS = """\
export async function load{0}(id: string, client: Client) {{
  const answer = await client.get(`/{1}s/${{id}}`);
  return parse{0}(answer.body, answer.status);
}}
"""
_TS_FIXED = _TS.replace(
    "  return", "  if (answer.status !== 200) throw new {0}Error(id);\n  return"
)
_PY = "import wire\n\n\ndef {0}(url):\n    return wire.get(url)\n"


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["variants", *arguments], standalone_mode=False)


@pytest.fixture
def shop(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with code that was copied, in two languages."""
    names = ("Order", "Item")
    files = {f"src/{n.lower()}.ts": _TS.format(n, n.lower()) for n in names}
    files |= {f"{name}.py": _PY.format(name) for name in ("pay", "mail")}
    commit(repo, {**files, "notes.md": "wire.get(url)\n"}, "Add")
    monkeypatch.chdir(repo)
    return repo


def fix_order(repo: Path) -> str:
    files = {"src/order.ts": _TS_FIXED.format("Order", "order")}
    return commit(repo, files, "Fix orders that are not there", day=1)


def fix_pay(repo: Path) -> str:
    files = {"pay.py": _PY.format("pay").replace("(url)\n", "(url, timeout=3)\n").replace(
        "def pay(url, timeout=3)", "def pay(url)")}  # fmt: skip
    return commit(repo, files, "Fix: paying hung", day=2)


def apply(repo: Path, subject: str) -> None:
    patch = run(subject, "--format", "patch").stdout_bytes
    subprocess.run(["git", "apply"], cwd=repo, input=patch, check=True)


def test_a_copy_in_another_language_gets_the_fix_with_its_names(shop: Path) -> None:
    fix = fix_order(shop)
    (sibling,) = list_variants(shop, fix[:10]).found
    assert (sibling.path, sibling.line) == ("src/item.ts", 3)
    assert "not proven" in run(fix).output
    apply(shop, fix)
    assert (shop / "src/item.ts").read_text() == _TS_FIXED.format("Item", "item")
    assert list_variants(shop, fix).found == ()


def test_a_form_that_a_python_fix_teaches_is_looked_for(shop: Path) -> None:
    fix = fix_pay(shop)
    found = list_variants(shop, fix).found
    assert [(one.path, one.line, one.doubt) for one in found] == [("mail.py", 5, "")]
    apply(shop, fix)
    assert "wire.get(url, timeout=3)" in (shop / "mail.py").read_text()


def test_the_places_of_a_rule_are_listed(shop: Path) -> None:
    for day, name in enumerate(("a", "b", "c"), 3):
        commit(shop, {f"{name}.py": _PY.format(name)}, "Add more", day=day)
        fixed = _PY.format(name).replace("get(url)", "get(url, timeout=3)")
        commit(shop, {f"{name}.py": fixed}, f"Fix {name}: it hung", day=day + 3)
    learn(shop)
    rule = next((shop / ".guard/rules").glob("*.yml")).stem
    assert {one.path for one in list_variants(shop, rule).found} == {"pay.py", "mail.py"}
    write_tree(shop, {"pay.py": "import wire\nwire.get(1)  # guard: ignore[*] reason=test\n"})
    apply(shop, rule)
    assert "timeout=3" in (shop / "mail.py").read_text()


def test_nothing_is_written(shop: Path) -> None:
    fix = fix_pay(shop)
    before = tree_bytes(shop)
    for format_name in ("text", "json", "patch"):
        run(fix, "--format", format_name)
    assert tree_bytes(shop) == before


def test_json_tells_what_is_proven(shop: Path) -> None:
    document = json.loads(run(fix_pay(shop), "--format", "json").output)
    assert document["schema_version"] == 1
    assert document["siblings"][0]["proven"] is True


def test_the_work_tree_counts_and_not_the_commit(shop: Path) -> None:
    fix = fix_pay(shop)
    write_tree(shop, {"mail.py": "x = 1\n"})
    assert list_variants(shop, fix).found == ()


@pytest.mark.parametrize("subject", ["nothing", "", "-x", "HEAD:pay.py"])
def test_what_is_neither_rule_nor_commit_is_said_so(shop: Path, subject: str) -> None:
    with pytest.raises(UsageError, match="neither a rule nor a commit"):
        list_variants(shop, subject)


def test_a_large_commit_is_no_fix(shop: Path) -> None:
    files = {f"many/{n}.py": f"x = {n}\n" for n in range(50)}
    with pytest.raises(UsageError, match="50 files"):
        list_variants(shop, commit(shop, files, "Add many", day=9))


def test_a_link_is_not_followed_and_a_merge_is_read(shop: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text(_PY.format("out"))
    (shop / "link.py").symlink_to(outside)
    git(shop, "add", "-A")
    fix = fix_pay(shop)
    assert {one.path for one in list_variants(shop, fix).found} == {"mail.py"}
    git(shop, "checkout", "-q", "-b", "side", "HEAD~1")
    commit(shop, {"other.py": "y = 1\n"}, "Side", day=3)
    git(shop, "merge", "-q", "--no-edit", "main")
    assert list_variants(shop, "HEAD").subject == git(shop, "rev-parse", "HEAD").strip()


def _service(name: str) -> str:
    body = "".join(
        f"    def step_{n}(self, {name}_repo, {name}_id):\n"
        f"        found = {name}_repo.find({name}_id, step={n}, owner=self.owner)\n"
        f"        return self.mapper.to_{name}(found, {n}, self.owner)\n"
        for n in range(4)
    )
    return f"class {name.title()}Service:\n{body}"


def test_learning_names_one_of_the_fixes_whose_siblings_are_the_same(shop: Path) -> None:
    names = ("order", "item", "seat", "room")
    commit(shop, {f"svc/{n}.py": _service(n) for n in names}, "Add services", day=1)
    for day, name in enumerate(names[:2], 2):
        fixed = _service(name).replace("found, 2, self", "found or None, 2, self")
        commit(shop, {f"svc/{name}.py": fixed}, f"Fix a crash without {name}", day=day)
    assert len([note for note in learn(shop).notes if "guard variants" in note]) == 1


def test_learning_tells_of_siblings_in_near_clones_only(shop: Path) -> None:
    names = ("order", "item", "seat")
    commit(shop, {f"svc/{n}.py": _service(n) for n in names}, "Add services", day=1)
    fixed = _service("order").replace("found, 2, self", "found or None, 2, self")
    fix = commit(shop, {"svc/order.py": fixed}, "Fix a crash without orders", day=2)
    notes = learn(shop).notes
    assert [n for n in notes if n.startswith(f"2 places look like what {fix[:10]} fixed")], notes
