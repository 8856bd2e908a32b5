"""`guard check` under load: killed at any moment, many at once, very many files; and a range."""

from __future__ import annotations

import random
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devmatrix_guard.config import find_shipped_rules
from tests.commands.check.stopped_run import stop_at
from tests.helpers import write_tree
from tests.matrix.world import BAD, GOOD, RULE, SETTINGS, World, run

_SCRIPTS = Path(sys.executable).parent


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository with one rule."""
    return World.make(tmp_path / "world")


def test_a_range_is_judged_by_the_rules_of_its_base_and_says_what_it_changes(world: World) -> None:
    world.commit({".guard/rules/old.yml": None, "b.py": BAD})
    found = world.check("--range", "HEAD~1...HEAD")
    assert found.code == 1
    assert "b.py:1" in found.out
    assert "would hide 1 finding: no-old-call at b.py:1" in found.out


def test_no_file_is_blamed_for_what_one_of_several_may_hide(world: World) -> None:
    other = "rules: []\n"
    world.commit({".guard/rules/a.yml": other, ".guard/rules/old.yml": None, "b.py": BAD})
    said = " ".join(world.check("--range", "HEAD~1...HEAD").out.split())
    assert "a.yml together with 1 other changed file it would hide 1 finding" in said


def test_a_range_can_be_judged_by_the_work_tree_instead(world: World) -> None:
    world.commit({".guard/rules/old.yml": None, "b.py": BAD})
    assert world.check("--range", "HEAD~1...HEAD", "--rules-from", "worktree").code == 0


def test_a_range_cannot_excuse_its_own_files_by_attributes(world: World) -> None:
    world.commit({".gitattributes": "*.py linguist-generated -diff\n", "b.py": GOOD})
    world.commit({"b.py": BAD})
    world.git("tag", "base", "HEAD~2")
    assert world.json("--range", "base...HEAD").places == [("b.py", 1)]


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_range_is_refused_and_not_taken_for_none(world: World, empty: str) -> None:
    found = world.check("--range", empty)
    assert (found.code, found.out) == (2, "")
    assert found.err == "guard: --range is empty; write it as main...HEAD.\n"


def test_a_rule_file_that_was_edited_after_staging_is_named(world: World) -> None:
    world.stage({".guard/rules/old.yml": RULE.replace("abs takes", "abs has"), "b.py": BAD})
    assert "note" not in world.check().out
    world.write({".guard/rules/old.yml": RULE.replace("ERROR", "INFO")})
    found = world.check()
    assert found.code == 1
    assert (
        "note .guard/rules/old.yml\n  The staged version of these rules was used; "
        "the file in the work tree differs.\n" in found.out
    )


def test_a_fix_of_staged_code_is_told_in_a_line_and_not_found_again(world: World) -> None:
    world.stage({"b.py": "def f(x):\n    return old_call(x)\n" + BAD})
    found = run("guard", world.root, "check", "--fix")
    assert found.code == 1  # the commit in the making has still to take it up
    assert found.out == (
        "fixed b.py:2  no-old-call\n"
        "fixed b.py:3  no-old-call\n"
        "2 fixed in the work tree: review, then git add.\n"
    )
    world.git("add", "b.py")
    assert world.check() == (0, "", "")


def test_what_has_no_fix_is_still_shown_after_fixing(world: World) -> None:
    world.write(
        {
            ".guard/rules/eval.yml": RULE.replace("old_call($X)", "eval($X)")
            .replace("    fix: abs($X)\n", "")
            .replace("no-old-call", "no-eval")
            .partition("    metadata")[0]
        }
    )
    world.stage({"b.py": BAD + "eval(x)\n"})
    found = run("guard", world.root, "check", "--fix")
    assert "b.py:2:1  block  no-eval" in found.out
    assert "b.py:1:" not in found.out
    assert "1 finding, 1 at or above `block`, 1 fixed in the work tree" in found.out


def test_settings_that_look_for_rules_in_vain_are_told_so(world: World) -> None:
    world.write({"guard.toml": "shipped = false\nrules = ['.guard/rules', 'ruels']\n"})
    world.stage({"b.py": GOOD})
    told = "note ruels\n  The settings look for rules here, and there are none; correct `rules`.\n"
    assert world.check().out == told
    world.write({"guard.toml": "shipped = false\n", ".guard/rules/old.yml": None})
    assert world.check().out == ""


def test_a_comment_may_name_the_rule_that_has_no_file(world: World) -> None:
    world.stage({"b.py": GOOD + "y = 1  # guard: ignore[undo-of-fix] reason=meant\n"})
    assert world.check() == (0, "", "")
    world.stage({"b.py": GOOD + "y = 1  # guard: ignore[undo-of-fxi] reason=meant\n"})
    assert "unknown rule: undo-of-fxi" in world.check().out


def test_named_rules_stand_instead_of_the_settings_ones(world: World) -> None:
    world.write({"other.yml": RULE.replace("old_call", "odd_call").replace("no-", "a-")})
    world.stage({"b.py": BAD + "x = odd_call(1)\n"})
    assert world.json("--rules", "other.yml").places == [("b.py", 2)]
    assert world.check("--rules", "absent.yml").code == 2


@pytest.mark.parametrize(
    ("gate", "code"), [("block", 0), ("warn", 1), ("warning", 1), ("never", 0)]
)
def test_the_gate_decides_what_fails(world: World, gate: str, code: int) -> None:
    world.write({".guard/rules/old.yml": RULE.replace("ERROR", "WARNING")})
    world.stage({"a.py": BAD})
    found = world.json("--fail-on", gate)
    assert (found.code, len(found.places)) == (code, 1)


def test_a_patch_applies_to_what_was_checked(world: World) -> None:
    names = ["a.py", "ü \t.py", "no-end.py"]
    world.stage({names[0]: BAD, names[1]: GOOD + BAD, names[2]: BAD.rstrip()})
    patch = world.root / ".git" / "fix.patch"
    patch.write_text(world.check("--diff").out)
    world.git("apply", "--cached", str(patch))
    assert world.json("--staged").places == []
    assert world.git("show", ":no-end.py") == GOOD.rstrip()


def test_fixing_twice_says_that_it_is_only_not_staged(world: World) -> None:
    world.stage({"a.py": BAD})
    world.fix()
    again = world.fix()
    assert again.code == 1
    assert "only not staged" in again.err
    assert world.text("a.py") == GOOD


def test_files_that_were_read_from_disk_are_clean_after_a_fix(world: World) -> None:
    world.write({"w.py": BAD})
    assert world.fix("w.py").code == 0
    assert world.text("w.py") == GOOD


def test_several_outputs_are_written_at_once(world: World, tmp_path: Path) -> None:
    world.stage({"a.py": BAD})
    outputs = [f"sarif:{tmp_path / 'a.sarif'}", f"junit:{tmp_path / 'b.xml'}"]
    assert world.check("--output", outputs[0], "--output", outputs[1], "--statistics").code == 1
    assert all((tmp_path / name).stat().st_size > 100 for name in ("a.sarif", "b.xml"))


def test_a_shipped_rule_of_the_project_s_own_is_no_fault(world: World) -> None:
    shipped = (find_shipped_rules() / "asyncio/sleep-unawaited.yml").read_text()
    own = shipped.replace("stage: block", "stage: retired")
    world.write({"guard.toml": "shipped = true\n", ".guard/rules/own.yml": own})
    world.stage({"a.py": "import asyncio\nasync def f():\n    asyncio.sleep(1)\n"})
    world.git("add", "-A")
    quiet = world.check("--strict")
    assert (quiet.code, quiet.out) == (0, "")


def test_counts_of_rules_leave_a_report_for_programs_whole(world: World) -> None:
    world.stage({"a.py": BAD})
    counted = world.check("--statistics", "--format", "json")
    assert counted.places == [("a.py", 1)]
    assert counted.err == "1  no-old-call\n"


@pytest.mark.parametrize(
    ("asked", "command"),
    [
        ([], "guard check --fix"),
        (["--all"], "guard check --fix --all"),
        (["--range", "HEAD^...HEAD"], "guard check --fix --range 'HEAD^...HEAD'"),
        (["--all", "a b.py"], "guard check --fix --all 'a b.py'"),
    ],
    ids=["staged", "all", "range", "path"],
)
def test_the_command_that_is_named_writes_the_fixes_of_this_report(
    world: World, asked: list[str], command: str
) -> None:
    change = world.commit if asked else world.stage
    change({"a b.py": BAD})
    found = world.check(*asked)
    assert f"1 with a safe fix: {command}." in found.out
    world.fix(*shlex.split(command.removeprefix("guard check --fix")))
    assert world.text("a b.py") == GOOD


def test_a_range_of_full_ids_is_named_by_short_ones(world: World) -> None:
    world.commit({"a.py": BAD})
    head, base = (world.git("rev-parse", name).strip() for name in ("HEAD", "HEAD~1"))
    found = world.check("--range", f"{base}...{head}", "--format", "github")
    assert f"guard check --fix --range {base[:10]}...{head[:10]}\n" in found.out


def test_what_is_accepted_is_counted_on_request(world: World) -> None:
    world.stage({"a.py": BAD, "b.py": "x = old_call(1)  # guard: ignore[no-old-call]\n"})
    run("guard", world.root, "baseline")
    world.git("add", ".guard/baseline.txt")
    counts = "2 files checked, 1 finding in the baseline, 1 finding silenced by a comment\n"
    first, *told = world.check("--verbose").err.splitlines(keepends=True)
    said = (first, told[0].partition(":")[0])
    assert said == (counts, "Nothing has been learned in this clone")
    assert all(len(line) <= 80 for line in told)


def test_a_used_up_budget_leaves_the_rest_to_ci_and_says_so(world: World) -> None:
    world.stage({f"b{number}.py": BAD for number in range(5)})
    found = world.json("--budget", "0.001ms")
    assert found.places == []
    assert len(found.skipped) == 5
    assert all("left to CI" in reason for reason in found.skipped.values())


@pytest.mark.parametrize("cached", [True, False], ids=["rules cached", "rules read"])
def test_a_kill_before_any_step_leaves_every_file_old_or_new(world: World, cached: bool) -> None:
    names = ["f0.py", "f1.py", "f2.py"]
    world.stage(dict.fromkeys(names, BAD))
    world.fix()
    mixtures = set()
    for step in range(1, 100):
        world.write(dict.fromkeys(names, BAD))
        for cache in (world.root / ".git" / "guard").glob("*.bin"):
            if not cached:
                cache.unlink()
        done = stop_at(step, signal.SIGKILL, world.root, "guard-hook", "--fix")
        texts = [world.text(name) for name in names]
        assert set(texts) <= {BAD, GOOD}
        mixtures.add(texts.count(GOOD))
        if done.returncode != -signal.SIGKILL:
            break
    assert done.returncode == 1
    assert mixtures == {0, 1, 2, 3}
    assert world.check().code == 1


@pytest.mark.slow
def test_a_kill_at_any_time_leaves_every_file_old_or_new(world: World) -> None:
    names = [f"f{number}.py" for number in range(6)]
    chance = random.Random(7)
    argv = [_SCRIPTS / "guard-hook", "--fix"]
    world.stage(dict.fromkeys(names, BAD))
    start = time.monotonic()
    subprocess.run(argv, cwd=world.root, check=False, capture_output=True)
    whole = time.monotonic() - start
    for _ in range(25):
        world.write(dict.fromkeys(names, BAD))
        if chance.random() < 0.3:
            for cache in (world.root / ".git" / "guard").glob("*.bin"):
                cache.unlink()
        process = subprocess.Popen(
            argv, cwd=world.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(chance.random() * min(whole, 1.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert {world.text(name) for name in names} <= {BAD, GOOD}
    assert world.check().code == 1


@pytest.mark.slow
def test_five_thousand_staged_files_stay_within_bounds(world: World) -> None:
    source = "".join(f"value_{number} = {number}\n" for number in range(300))
    world.stage(
        {f"pkg{n % 50}/m{n}.py": source + (BAD if n % 1000 == 0 else "") for n in range(5000)}
    )
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import resource, subprocess, sys\n"
            "code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode\n"
            "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)",
            _SCRIPTS / "guard-hook",
        ],
        cwd=world.root,
        capture_output=True,
        text=True,
        check=True,
    )
    code, kilobytes = map(int, done.stdout.split())
    assert code == 1
    assert kilobytes < 300 * 1024


def test_nothing_is_left_running_or_lying_about(world: World) -> None:
    world.stage({"a.py": BAD})
    run("guard-hook", world.root, env={"TMPDIR": str(world.root.parent)})
    assert [path.name for path in world.root.parent.iterdir()] == ["world"]
    assert world.text("guard.toml") == SETTINGS


@pytest.mark.parametrize("scope", [(), ("--all",)], ids=["plain", "all"])
@pytest.mark.parametrize("name", ["../else/b.py", "../else"])
def test_paths_outside_the_repository_are_whole_files(
    world: World, tmp_path: Path, scope: tuple[str, ...], name: str
) -> None:
    write_tree(tmp_path / "else", {"b.py": BAD})
    world.stage({"a.py": BAD})
    assert world.json(*scope, name).places == [("../else/b.py", 1)]
    assert world.json(*scope, str(tmp_path / "else")).places == [(f"{tmp_path}/else/b.py", 1)]


@pytest.mark.parametrize("scope", [("--staged",), ("--range", "HEAD~1..HEAD")])
def test_paths_outside_the_repository_are_no_part_of_its_changes(
    world: World, tmp_path: Path, scope: tuple[str, ...]
) -> None:
    write_tree(tmp_path / "else", {"b.py": BAD})
    world.commit({"b.py": BAD})
    world.stage({"a.py": BAD})
    found = world.json(*scope, "../else")
    assert (found.places, found.skipped) == ([], {"../else": "outside the repository"})


def test_taking_back_a_fix_is_a_finding_that_a_comment_or_a_revert_silences(world: World) -> None:
    before = "def load(path):\n    handle = open(path)\n    return handle.read().strip()\n"
    after = before.replace("open(path)", "open(path, encoding='utf-8')")
    world.commit({"load.py": before}, "Start")
    fix = world.commit({"load.py": after}, "Fix crash on non-ASCII files (#12)")
    assert run("guard", world.root, "learn").code == 0
    world.stage({"load.py": before})
    (finding,) = world.json("--fail-on", "warn").report["findings"]
    assert (finding["rule_id"], finding["stage"]) == ("undo-of-fix", "warn")
    assert finding["sources"][0]["commit"] == fix
    said = "    # guard: ignore[undo-of-fix] reason=meant\n    handle"
    world.stage({"load.py": before.replace("    handle", said, 1)})
    assert world.json("--fail-on", "warn").places == []
    world.git("reset", "-q", "--hard")
    world.git("revert", "--no-commit", "HEAD")
    assert world.json("--fail-on", "warn").places == []


def test_a_range_is_asked_about_undone_fixes_where_nothing_was_learned(
    world: World,
) -> None:
    before = "def load(path):\n    handle = open(path)\n    return handle.read().strip()\n"
    after = before.replace("open(path)", "open(path, encoding='utf-8')")
    world.commit({"load.py": before, "other.py": before}, "Start")
    fix = world.commit({"load.py": after}, "Fix crash on non-ASCII files (#12)")
    world.commit({"load.py": before, "other.py": before + "\n"}, "Simplify")
    assert not (world.root / ".guard" / "cache").exists()
    (finding,) = world.json("--range", "HEAD~1..HEAD").report["findings"]
    assert (finding["rule_id"], finding["path"]) == ("undo-of-fix", "load.py")
    assert finding["sources"][0]["commit"] == fix
    assert world.json("--range", "HEAD~2..HEAD").places == [("load.py", 2)]
    world.git("commit", "-q", "--amend", "-m", "Revert the fix of non-ASCII files")
    assert world.json("--range", "HEAD~1..HEAD").places == []


IDLE_BEFORE = "def load(path):\n    return open(path).read().strip()\n"
IDLE_AFTER = IDLE_BEFORE.replace("open(path)", "open(path, encoding='utf-8')")
IDLE = {
    "below a return": IDLE_BEFORE + IDLE_AFTER.partition("\n")[2],
    "behind a constant": IDLE_AFTER.replace("    return", "    if False:\n        return")
    + IDLE_BEFORE.partition("\n")[2],
}


@pytest.mark.parametrize("text", IDLE.values(), ids=IDLE)
def test_a_fix_that_is_left_there_and_no_longer_runs_is_undone(world: World, text: str) -> None:
    world.commit({"load.py": IDLE_BEFORE}, "Start")
    fix = world.commit({"load.py": IDLE_AFTER}, "Fix crash on non-ASCII files (#12)")
    assert run("guard", world.root, "learn").code == 0
    world.commit({}, "Learn")
    world.stage({"other.py": "x = 1\n"})
    assert world.hook() == (0, "", "")  # and the next one is the quick one
    world.stage({"load.py": text})
    first = world.hook()
    assert (first.code, fix[:10] in first.out) == (1, True)
    world.commit({}, "Simplify")
    (finding,) = world.json("--range", "HEAD~1..HEAD").report["findings"]
    assert (finding["rule_id"], finding["stage"]) == ("undo-of-fix", "warn")


TYPED = "export function load(path: string) {\n  return readFile(path).trim();\n}\n"
TYPED_FIXED = TYPED.replace("readFile(path)", "readFile(path, 'utf-8')")


@pytest.fixture
def typed(world: World) -> World:
    """A repository that has learned from a fix in TypeScript."""
    world.commit({"src/load.ts": TYPED}, "Start")
    world.commit({"src/load.ts": TYPED_FIXED}, "Fix crash on non-ASCII files (#12)")
    assert run("guard", world.root, "learn").code == 0
    world.commit({}, "Learn")
    return world


@pytest.mark.parametrize("named", [(), ("src/load.ts",), ("README.md", "src/load.ts")], ids=len)
def test_an_undone_fix_in_another_language_reaches_the_hook(
    typed: World, named: tuple[str, ...]
) -> None:
    typed.stage({"src/load.ts": TYPED, "README.md": "Words.\n"})
    first = typed.hook(*named)
    assert first.code == 1
    assert "src/load.ts:2:3  warn  undo-of-fix" in first.out
    assert "// guard: ignore[undo-of-fix]" in first.out
    assert "not a Python file" not in first.out + first.err
    assert typed.hook(*named).code == 0


@pytest.mark.parametrize(
    "line",
    [
        "  return readFile(path).trim(); // guard: ignore[undo-of-fix] reason=meant",
        "  // guard: ignore[undo-of-fix] reason=meant\n  return readFile(path).trim();",
        "  /* guard: ignore[undo-of-fix] */\n  return readFile(path).trim();",
    ],
)
def test_a_comment_of_another_language_silences_an_undone_fix(typed: World, line: str) -> None:
    typed.stage({"src/load.ts": TYPED.replace("  return readFile(path).trim();", line)})
    assert typed.hook("src/load.ts") == (0, "", "")


def test_an_excluded_file_undoes_nothing(typed: World) -> None:
    typed.commit({"guard.toml": "shipped = false\nexclude = ['src']\n"})
    typed.stage({"src/load.ts": TYPED})
    assert typed.hook("src/load.ts").code == 0
    assert "undo-of-fix" not in typed.check().out


def test_a_hook_says_nothing_of_text_that_is_no_python(world: World) -> None:
    world.stage({"README.md": "Words.\n", "data.json": "{}\n", "a.py": GOOD})
    for _ in range(2):
        assert world.hook("README.md", "data.json", "a.py") == (0, "", "")
    world.commit({}, "All")
    assert world.hook("README.md", "data.json", "a.py") == (0, "", "")
    assert "not a Python file" in world.check("README.md").out


def test_a_fix_without_an_example_is_written_when_asked_for(world: World) -> None:
    plain = RULE.partition("    metadata:")[0]
    world.commit({".guard/rules/old.yml": plain, "b.py": "y = old_call(2)\n"})
    world.stage({"a.py": BAD})
    said = world.check()
    assert "fix for --unsafe-fixes" in said.out
    assert "1 with --unsafe-fixes" in said.out
    assert world.fix("a.py").code == 1
    assert world.text("a.py") == BAD
    assert world.check("--diff", "a.py").out == ""
    assert "+x = abs(1)" in world.check("--diff", "--unsafe-fixes", "a.py").out
    assert run("guard-hook", world.root, "--fix", "--unsafe-fixes", "a.py").code == 1
    assert world.text("a.py") == GOOD
    assert world.text("b.py") == "y = old_call(2)\n"


def test_a_fix_that_is_unsafe_otherwise_is_not_written_even_when_asked_for(world: World) -> None:
    plain = RULE.partition("    metadata:")[0]
    world.commit({".guard/rules/old.yml": plain.replace("abs($X)", "old_call($X, 1)(")})
    world.stage({"a.py": BAD})
    world.fix("--unsafe-fixes", "a.py")
    assert world.text("a.py") == BAD


def test_a_safe_fix_and_another_are_counted_apart(world: World) -> None:
    other = RULE.partition("    metadata:")[0].replace("old", "odd").replace("no-", "not-")
    world.commit({".guard/rules/odd.yml": other})
    world.stage({"a.py": BAD + "y = odd_call(2)\n"})
    said = world.check().out
    assert "1 with a safe fix: guard check --fix, 1 more with --unsafe-fixes." in said


def test_an_undone_fix_names_its_commit_once(typed: World) -> None:
    fix = typed.git("log", "--format=%h", "--abbrev=10", "--grep=Fix crash").strip()
    typed.stage({"src/load.ts": TYPED})
    for form in ("text", "markdown"):
        assert typed.check("--format", form).out.count(fix) == 1
