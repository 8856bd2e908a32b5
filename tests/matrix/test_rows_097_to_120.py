"""Settings, rules, fixes, suppressions, the baseline, and texts that mean harm."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.helpers_bounds import expect_end
from tests.matrix.world import BAD, GOOD, RULE, SETTINGS, World, run


def test_row_097_init_says_that_hooks_live_elsewhere(world: World) -> None:
    world.git("config", "core.hooksPath", ".githooks")
    told = run("guard", world.root, "init", stdin=b"n\n")
    assert "core.hooksPath is .githooks" in told.out + told.err
    world.git("config", "--unset", "core.hooksPath")
    world.write({".husky/pre-commit": "npm test\n"})
    told = run("guard", world.root, "init", stdin=b"n\n")
    assert "husky" in told.out + told.err
    assert world.text(".husky/pre-commit") == "npm test\n"


def test_row_098_settings_that_are_not_toml_are_refused_with_the_line(world: World) -> None:
    world.write({"guard.toml": "shipped = false\nfail-on =\n"})
    refused = world.check()
    assert refused.code == 2
    assert "guard.toml" in refused.err
    assert "line 2" in refused.err


def test_row_098_an_unknown_setting_is_named_with_the_nearest(world: World) -> None:
    world.write({"guard.toml": SETTINGS + "fail-onn = 'warn'\n"})
    found = world.check("--verbose")
    assert found.code == 0
    assert "did you mean 'fail-on'" in found.out + found.err


def test_row_099_settings_and_rules_of_the_same_commit_are_taken_as_staged(world: World) -> None:
    world.stage({
        "guard.toml": SETTINGS + "exclude = ['gen']\n",
        ".guard/rules/new.yml": RULE.replace("old_call", "bad_call").replace("no-old", "no-bad"),
        "gen/b.py": BAD,
        "c.py": "x = bad_call(1)\n",
    })  # fmt: skip
    world.write({"guard.toml": SETTINGS, ".guard/rules/new.yml": None})
    assert world.json().places == [("c.py", 1)]


def test_row_099_rules_deleted_in_the_same_commit_no_longer_count(world: World) -> None:
    world.stage({".guard/rules/old.yml": None, "b.py": BAD})
    assert world.hook("b.py").code == 0


def test_row_100_a_rule_file_that_is_invalid_is_off_and_fails_only_strictly(
    world: World,
) -> None:
    world.write({".guard/rules/broken.yml": "rules:\n  - id: [\n"})
    world.stage({"a.py": BAD})
    found = world.check("--format", "json")
    assert (found.code, found.places) == (1, [("a.py", 1)])
    assert "broken.yml" in world.check().out + world.check().err
    world.stage({"a.py": GOOD})
    assert world.check().code == 0
    strict = world.check("--strict")
    assert strict.code == 2
    assert "broken.yml" in strict.out + strict.err


def test_row_101_a_catastrophic_regex_is_stopped_and_reported(world: World) -> None:
    slow = (
        "rules:\n  - id: slow-regex\n    languages: [python]\n    severity: ERROR\n"
        "    message: slow\n    pattern-regex: '(a+)+$'\n"
    )
    world.write({".guard/rules/slow.yml": slow})
    world.stage({"b.py": f"s = '{'a' * 60}!'\n" + BAD})
    with expect_end(time.monotonic):
        found = world.json()
    assert found.places == [("b.py", 2)]
    (skip,) = found.report["skipped"]
    assert skip["path"] == "b.py"
    assert skip["reason"].startswith("rule slow-regex was stopped: its regular expression took")


def test_row_102_of_two_overlapping_fixes_one_is_applied_and_the_next_run_ends_it(
    world: World,
) -> None:
    world.write({"x.py": "x = old_call(old_call(1))\n"})
    texts = []
    for _ in range(3):
        world.fix("x.py")
        texts.append(world.text("x.py"))
    assert texts[1] == texts[2] == "x = abs(abs(1))\n"


def test_row_103_a_fix_that_would_drop_a_comment_is_not_written(world: World) -> None:
    source = "x = old_call(  # keep me\n    1\n)\n"
    world.write({"x.py": source})
    world.fix("x.py")
    assert "# keep me" in world.text("x.py")


IMPORTING = """\
rules:
  - id: use-literal-eval
    languages: [python]
    severity: ERROR
    message: eval runs code
    pattern: eval($X)
    fix: ast.literal_eval($X)
    metadata:
      guard:
        imports: ["import ast"]
        examples:
          - invalid: "x = eval(a)\\n"
            fixed: "import ast\\n\\nx = ast.literal_eval(a)\\n"
"""


def test_row_104_an_import_is_added_once_in_the_right_place(world: World) -> None:
    world.write({
        ".guard/rules/eval.yml": IMPORTING,
        "x.py": '"""Doc."""\nfrom __future__ import annotations\n\nx = eval(a)\ny = eval(b)\n',
        "y.py": "import ast\n\nx = eval(a)\n",
    })  # fmt: skip
    world.fix("x.py", "y.py")
    assert world.text("x.py").count("import ast\n") == 1
    assert world.text("x.py").index("__future__") < world.text("x.py").index("import ast")
    assert "y = ast.literal_eval(b)" in world.text("x.py")
    assert world.text("y.py") == "import ast\n\nx = ast.literal_eval(a)\n"


def test_row_105_a_fix_that_does_not_parse_or_does_not_help_is_dropped(world: World) -> None:
    world.write({
        ".guard/rules/broken.yml": RULE.replace("abs($X)", "abs($X").replace(
            "no-old-call", "does-not-parse"
        ).replace("old_call", "one"),
        ".guard/rules/idle.yml": RULE.replace("abs($X)", "two(  $X)").replace(
            "no-old-call", "still-triggers"
        ).replace("old_call", "two"),
        "x.py": "one(1)\ntwo(2)\n",
    })  # fmt: skip
    found = world.json("x.py")
    assert [f["rule_id"] for f in found.report["findings"]] == ["does-not-parse", "still-triggers"]
    world.fix("x.py")
    assert world.text("x.py") == "one(1)\ntwo(2)\n"


def test_row_106_a_finding_outside_the_changed_lines_is_not_fixed(world: World) -> None:
    world.commit({"b.py": BAD + "y = 1\n"})
    world.stage({"b.py": BAD + "y = old_call(2)\n"})
    world.fix()
    assert world.text("b.py") == BAD + "y = abs(2)\n"


@pytest.mark.parametrize(
    "line",
    [
        's = "# guard: ignore[no-old-call]"; x = old_call(1)',
        "x = old_call(1)  # see guard: ignore[no-old-call] in the docs",
        "x = old_call(1)  # guard ignore no-old-call",
    ],
    ids=["string", "prose", "malformed"],
)
def test_row_107_a_suppression_in_a_string_or_in_prose_has_no_effect(
    world: World, line: str
) -> None:
    world.stage({"b.py": f"{line}\n"})
    assert world.json().places == [("b.py", 1)]


def test_row_108_a_suppression_of_an_unknown_rule_is_said(world: World) -> None:
    world.stage({"b.py": "x = 1  # guard: ignore[no-such-rule] reason=none\n" + BAD})
    found = world.check()
    assert found.code == 1
    assert "unknown rule: no-such-rule" in found.out + found.err


@pytest.mark.parametrize(
    "source",
    [
        "x = old_call(1)  # guard: ignore[no-old-call] reason=legacy kind=legacy\n",
        "# guard: ignore[no-old-call] reason=above\nx = old_call(1)\n",
        "x = old_call(\n    1,  # guard: ignore[no-old-call] reason=inside\n)\n".replace(",", ""),
        "# guard: ignore[no-old-call] reason=decorated\n@old_call(1)\ndef f(): ...\n",
        "x = old_call(1)  # nosemgrep: no-old-call\n",
    ],
    ids=["same-line", "above", "multi-line", "decorator", "nosemgrep"],
)
def test_row_109_suppressions_work_where_people_write_them(world: World, source: str) -> None:
    world.stage({"b.py": source})
    assert world.json().places == []
    assert world.hook().code == 0


def test_row_110_an_unused_suppression_is_reported_and_does_not_fail(world: World) -> None:
    world.stage({"b.py": GOOD.rstrip() + "  # guard: ignore[no-old-call] reason=old\n"})
    found = world.check()
    assert found.code == 0
    assert "unused" in found.out + found.err


def test_row_111_a_stale_baseline_entry_is_ignored(world: World) -> None:
    world.commit({"b.py": BAD})
    (finding,) = world.json("--all").report["findings"]
    stale = f"{'0' * 12}-{'0' * 20}"
    world.write({".guard/baseline.txt": f"{finding['fingerprint']}  # old\n{stale}  # gone\n"})
    assert world.json("--all").code == 0
    assert world.json("--all").places == []


def test_row_112_the_same_code_twice_is_two_findings(world: World) -> None:
    world.stage({"b.py": "def f():\n    old_call(1)\n    old_call(1)\n"})
    found = world.json().report["findings"]
    assert len({f["fingerprint"] for f in found}) == 2
    world.write({".guard/baseline.txt": f"{found[0]['fingerprint']}\n"})
    assert world.json().places == [("b.py", 3)]


def test_row_113_a_finding_moved_by_lines_above_keeps_its_fingerprint(world: World) -> None:
    world.write({"b.py": BAD})
    (before,) = world.json("b.py").report["findings"]
    world.write({"b.py": "import os\n\n\n" + BAD})
    (after,) = world.json("b.py").report["findings"]
    assert (before["fingerprint"], after["start_line"]) == (after["fingerprint"], 4)


def test_row_114_generated_and_vendored_files_are_left_out(world: World) -> None:
    world.stage({
        ".gitattributes": "gen/** linguist-generated\nthird/** linguist-vendored=true\n",
        "gen/b.py": BAD,
        "third/c.py": BAD,
        "d.py": "# Code generated by a tool. DO NOT EDIT.\n" + BAD,
        "e.py": BAD,
    })  # fmt: skip
    found = world.json()
    assert found.places == [("e.py", 1)]
    assert set(found.skipped) == {"gen/b.py", "third/c.py", "d.py"}


def test_row_115_the_nearest_settings_count(world: World) -> None:
    world.write({
        "svc/pyproject.toml": "[tool.guard]\nexclude = ['svc/skipped.py']\n",
        "svc/skipped.py": BAD,
        "svc/b.py": BAD,
        "skipped.py": BAD,
    })  # fmt: skip
    assert world.json("--all").places == [("skipped.py", 1), ("svc/b.py", 1)]


def test_row_116_a_server_that_is_down_does_not_stop_a_check(world: World) -> None:
    world.write({"guard.toml": SETTINGS + "memory = 'postgresql://127.0.0.1:9/none'\n"})
    world.stage({"a.py": BAD})
    assert world.hook().code == 1


def test_row_117_a_check_needs_no_network(world: World) -> None:
    world.stage({"a.py": BAD})
    unshared = ["unshare", "--net", "--map-root-user"]
    if not shutil.which("unshare") or subprocess.run([*unshared, "true"], check=False).returncode:
        pytest.skip("a world without network is not to be had here: unshare is refused")
    done = subprocess.run(
        [*unshared, Path(sys.executable).parent / "guard-hook"],
        cwd=world.root,
        env={**os.environ, "GIT_TEST_ASSUME_DIFFERENT_OWNER": "0"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr


def test_row_118_hostile_texts_are_data(world: World, tmp_path: Path) -> None:
    trap = tmp_path / "owned"
    world.commit({"sitecustomize.py": f"open({str(trap)!r}, 'w')\n"}, f"$(touch {trap}) `x` <b>")
    world.write({
        ".guard/rules/old.yml": RULE.replace(
            "old_call is gone; abs takes the same arguments.",
            f"'$(touch {trap}) ; touch {trap} | <img src=x onerror=alert(1)>'",
        ),
        ".guard/rules/tag.yml": f"!!python/object/apply:os.system ['touch {trap}']\n",
    })  # fmt: skip
    world.stage({
        "conftest.py": f"open({str(trap)!r}, 'w')\n",
        "b.py": f"__import__('os').system('touch {trap}')\n" + BAD,
        f"$(touch {trap.name}).py": BAD,
    })  # fmt: skip
    for name in ("text", "markdown", "github", "sarif"):
        assert world.check("--format", name).code == 1
    assert "<img" not in world.check("--format", "markdown").out
    assert not trap.exists()
    assert not (world.root / trap.name).exists()


def test_row_119_exit_zero_hides_findings_and_no_errors(world: World) -> None:
    world.stage({"a.py": BAD})
    found = world.check("--exit-zero", "--format", "json")
    assert (found.code, found.places) == (0, [("a.py", 1)])
    assert world.check("--exit-zero", "--range", "nowhere...HEAD").code == 2


def test_row_120_skipping_is_the_runners_affair_and_a_range_finds_it_later(world: World) -> None:
    world.commit({"b.py": BAD}, "Committed with SKIP=guard")
    found = run("guard", world.root, "check", "--format", "json", "--range", "HEAD~1...HEAD")
    assert (found.code, found.places) == (1, [("b.py", 1)])
