"""The hook's arguments: options, files and mistakes; and when it may stay silent."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from devmatrix_guard import __version__
from devmatrix_guard.cli.check.check import command
from devmatrix_guard.commands.check.arguments.hook_arguments import parse_arguments
from devmatrix_guard.commands.check.arguments.option_table import OPTIONS
from devmatrix_guard.errors import UsageError
from tests.helpers import commit, make_repo
from tests.matrix.world import BAD, RULE, World, run


@pytest.mark.parametrize(
    ("argv", "given", "files"),
    [
        (["a.py", "b.py"], {}, ["a.py", "b.py"]),
        (["--fix", "a.py"], {"fix": True}, ["a.py"]),
        (["--format", "json", "a.py"], {"format_name": "json"}, ["a.py"]),
        (["--format=json"], {"format_name": "json"}, []),
        (["--range"], {"range_text": ""}, []),
        (["--range=a...b"], {"range_text": "a...b"}, []),
        (["--rules=a", "--rules", "b"], {"rules": ["a", "b"]}, []),
        (["--semgrep", "--no-semgrep"], {"semgrep": False}, []),
        (["-v"], {"verbose": True}, []),
        (["--on-warn=show"], {"on_warn": "show"}, []),
        (["--fix", "--", "--diff", "--"], {"fix": True}, ["--diff", "--"]),
        (["-"], {}, ["-"]),
    ],
)
def test_options_are_told_from_files(
    argv: list[str], given: dict[str, object], files: list[str]
) -> None:
    assert parse_arguments(argv) == (given, files)


@pytest.mark.parametrize("name", ["-weird.py", "--fixed.py", "--fix=yes", "-x", "--helpful"])
def test_what_names_a_file_is_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    make_repo(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError):
        parse_arguments([name])
    (tmp_path / name).write_text("x = 1\n")
    assert parse_arguments(["--diff", name]) == ({"diff": True}, [name])


def test_a_file_that_is_in_the_index_only_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_repo(tmp_path, {"-weird.py": "x = 1\n"})
    (tmp_path / "-weird.py").unlink()
    monkeypatch.chdir(tmp_path)
    assert parse_arguments(["-weird.py"]) == ({}, ["-weird.py"])


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("--fxi", "did you mean --fix?"),
        ("--formt=json", "did you mean --format?"),
        ("--hlep", "did you mean --help?"),
        ("--zzzzzz", "see guard-hook --help"),
        ("--format", "--format needs a value"),
        ("--format=pretty", "choose one of text, concise"),
        ("--color=pink", "choose one of auto"),
        ("--fix=yes", "--fix takes no value"),
        ("--range=", "--range is empty"),
    ],
)
def test_a_mistaken_option_is_answered_with_the_right_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=re.escape(said)):
        parse_arguments([word])


def test_the_hook_says_its_version_and_its_options(tmp_path: Path) -> None:
    assert run("guard-hook", tmp_path, "--version").out == f"guard-hook, version {__version__}\n"
    said = run("guard-hook", tmp_path, "--help")
    assert (said.code, said.err) == (0, "")
    assert max(map(len, said.out.splitlines())) <= 80
    for option in command.params:
        for name in (*option.opts, *option.secondary_opts):
            assert name in said.out or not name.startswith("-"), name


def test_both_entry_points_know_the_same_options() -> None:
    names = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    assert {name for option in OPTIONS for name in option.names} == names - {"paths"}


@pytest.fixture
def quiet(tmp_path: Path) -> World:
    """A repository whose last check was silent, with a harmless change staged."""
    world = World.make(tmp_path / "world")
    world.stage({"a.py": "y = 2\n"})
    assert world.hook("a.py") == (0, "", "")
    assert (world.root / ".git/guard/look.bin").exists()
    return world


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([""], "a path is empty"),
        (["--staged", ""], "a path is empty"),
        (["--rules="], "--rules is empty"),
        (["--stdin-filename=", "-"], "--stdin-filename is empty"),
    ],
)
def test_what_a_variable_that_is_not_set_leaves_empty_is_no_path(
    quiet: World, words: list[str], said: str
) -> None:
    for found in (
        run("guard-hook", quiet.root, *words),
        run("guard", quiet.root, "check", *words),
    ):
        assert (found.code, said in found.err) == (2, True)


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


@pytest.mark.parametrize("warnings", ["", "error"])
def test_what_python_warns_of_is_neither_shown_nor_an_error(quiet: World, warnings: str) -> None:
    quiet.stage({"a.py": BAD + "y = 1or 2\nz = '\\d'\n"})
    done = run("guard-hook", quiet.root, "--format=json", env={"PYTHONWARNINGS": warnings})
    assert (done.code, done.err, done.skipped) == (1, "", {})
