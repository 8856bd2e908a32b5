"""The hook's arguments: known options, everything else a file; and when it may stay silent."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from devmatrix_guard.errors import UsageError
from devmatrix_guard.hook import parse
from tests.helpers import commit
from tests.matrix.world import BAD, RULE, World, run


@pytest.mark.parametrize(
    ("argv", "options", "files"),
    [
        (["a.py", "b.py"], {}, ["a.py", "b.py"]),
        (["--fix", "-x.py"], {"--fix": [""]}, ["-x.py"]),
        (["--unknown", "--fixed.py"], {}, ["--unknown", "--fixed.py"]),
        (["--format", "json", "a.py"], {"--format": ["json"]}, ["a.py"]),
        (["--format=json"], {"--format": ["json"]}, []),
        (["--range"], {"--range": [""]}, []),
        (["--range=a...b"], {"--range": ["a...b"]}, []),
        (["--rules=a", "--rules", "b"], {"--rules": ["a", "b"]}, []),
        (["--fix=yes"], {}, ["--fix=yes"]),
    ],
)
def test_only_known_options_are_options(
    argv: list[str], options: dict[str, list[str]], files: list[str]
) -> None:
    assert parse(argv) == (options, files)


def test_an_option_without_its_value_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="--format needs a value"):
        parse(["--format"])


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(UsageError, match="--range is empty"):
        parse(["--range="])


@pytest.fixture
def quiet(tmp_path: Path) -> World:
    """A repository whose last check was silent, with a harmless change staged."""
    world = World.make(tmp_path / "world")
    world.stage({"a.py": "y = 2\n"})
    assert world.hook("a.py") == (0, "", "")
    assert (world.root / ".git/guard/look.bin").exists()
    return world


def test_what_is_staged_next_is_still_found(quiet: World) -> None:
    quiet.stage({"a.py": BAD})
    assert quiet.hook("a.py").code == 1
    quiet.stage({"b": "#!/usr/bin/env python3\n" + BAD})
    assert run("guard-hook", quiet.root, "--format=json").places == [("a.py", 1), ("b", 2)]


@pytest.mark.parametrize(
    "files",
    [
        {".guard/rules/new.yml": RULE.replace("old_call", "y_call").replace("no-", "a-")},
        {"more/new.yml": RULE.replace("old_call", "y_call"), "guard.toml": "rules = ['more']\n"},
    ],
    ids=["rule-added", "settings-changed"],
)
def test_new_rules_count_at_once(quiet: World, files: dict[str, str]) -> None:
    quiet.write(files)
    quiet.stage({"a.py": "y = y_call(1)\n"})
    assert quiet.hook("a.py").code == 1


def test_settings_in_a_folder_below_count(quiet: World) -> None:
    quiet.write({"sub/guard.toml": "rules = ['more']\n", "more/r.yml": RULE.replace("old_", "z_")})
    quiet.stage({"sub/b.py": "z = z_call(1)\n"})
    assert quiet.hook("sub/b.py").code == 1


def test_a_named_file_that_is_not_staged_is_checked_whole(quiet: World) -> None:
    commit(quiet.root, {"b.py": BAD}, "Bad")
    quiet.stage({"a.py": "y = 3\n"})
    assert quiet.hook("a.py", "b.py").code == 1


def test_a_comment_that_silences_nothing_is_still_said(quiet: World) -> None:
    quiet.stage({"a.py": "y = 3  # guard: ignore[no-old-call] reason=gone\n"})
    assert "unused" in quiet.hook("a.py").out


def test_conflicts_are_still_refused(quiet: World) -> None:
    blob = quiet.git("rev-parse", ":a.py").strip()
    lines = "".join(f"100644 {blob} {stage}\ta.py\n" for stage in (1, 2, 3))
    info = quiet.root / ".git" / "info.txt"
    info.write_text(f"0 {'0' * 40}\ta.py\n{lines}")
    run("guard-hook", quiet.root)
    with info.open() as text:
        subprocess.run(
            ["git", "update-index", "--index-info"], cwd=quiet.root, stdin=text, check=True
        )
    assert quiet.hook("a.py").code == 2


def test_a_damaged_note_is_ignored(quiet: World) -> None:
    for damage in (b"", b"\0" * 40, b"text"):
        (quiet.root / ".git/guard/look.bin").write_bytes(damage)
        quiet.stage({"a.py": BAD})
        assert quiet.hook("a.py").code == 1


@pytest.mark.parametrize("odd", ["# old_call(1)\n", "    old_call(1)\n\t# x\n", ")\n # old_call\n"])
def test_a_file_without_a_statement_hides_no_finding_of_another(quiet: World, odd: str) -> None:
    quiet.stage({"n.py": odd, "z.py": BAD})
    assert quiet.hook("n.py", "z.py").code == 1
    assert run("guard-hook", quiet.root, "--format=json").places == [("z.py", 1)]
