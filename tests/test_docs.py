"""The documentation is complete, its links lead somewhere, and its claims point to real tests."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click
import pytest

from devmatrix_guard.cli import cli
from devmatrix_guard.config import Settings
from devmatrix_guard.reports.render import FORMATS
from tests.action.runner import ACTION
from tests.helpers_fork import run_entry

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
VERBS = cli.list_commands(click.Context(cli))


def _text(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def _commands(verb: str) -> Iterator[click.Command]:
    """Yield a verb's command and, for a family, those below it."""
    context = click.Context(cli)
    command = cli.get_command(context, verb)
    assert command is not None
    yield command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield below


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_and_option_is_documented(verb: str) -> None:
    page = _text(f"{verb}.md")
    assert f"guard {verb}" in page
    for command in _commands(verb):
        if command.name not in (None, "command", verb):
            assert f"guard {verb} {command.name}" in page, command.name
        for parameter in command.params:
            options = [name for name in parameter.opts if name.startswith("-")]
            named = [name for name in options if re.search(rf"(?<![\w-]){name}\b", page)]
            assert named or not options, options


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_explains_itself(verb: str) -> None:
    for command in _commands(verb):
        assert command.help, command.name


@pytest.mark.parametrize("verb", VERBS)
def test_no_line_about_a_command_is_cut(verb: str) -> None:
    for command in islice(_commands(verb), 1, None):
        assert not command.get_short_help_str(limit=66).endswith("..."), command.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_only_commands_that_exist_are_named(page: Path) -> None:
    text = page.read_text("utf-8")
    named = re.findall(r"(?:`|^\$ )guard ([a-z-]+) ([a-z-]+)(?![\w./:-])", text, re.MULTILINE)
    for verb, word in named:
        assert verb in VERBS, verb
        family = [command.name for command in _commands(verb)][1:]
        assert not family or word in family, f"guard {verb} {word}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_local_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"(?s)```.*?```", "", page.read_text("utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", text):
        link, _, anchor = (target[0] or target[1]).partition("#")
        if link.startswith(("http://", "https://")):
            continue
        file = page.parent / link if link else page
        assert file.exists(), link
        if anchor:
            headings = re.findall(r"(?m)^#+ (.*)$", file.read_text("utf-8"))
            slugs = [re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings]
            assert anchor in slugs, anchor


def test_the_index_names_every_page() -> None:
    index = _text("README.md")
    pages = {page.name for page in DOCS.glob("*.md")} - {"README.md"}
    assert {page for page in pages if f"({page})" not in index} == set()


def test_every_setting_is_documented_with_its_variable() -> None:
    text = _text("settings.md")
    for name in Settings._fields:
        assert f"| `{name.replace('_', '-')}` | `GUARD_{name.upper()}`" in text, name


def test_the_documented_defaults_are_the_real_ones() -> None:
    text = _text("settings.md")
    for name, value in (("fail-on", '"block"'), ("max-file-kb", "1024"), ("shipped", "true")):
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}`"))
        assert f"| `{value}` |" in row
    assert (Settings().fail_on, Settings().max_file_kb, Settings().shipped) == ("block", 1024, True)


def test_every_format_is_documented() -> None:
    assert re.findall(r"(?m)^## (\w+)$", _text("formats.md")) == list(FORMATS)


def test_every_input_and_output_of_the_action_is_documented() -> None:
    text = _text("pull-request.md")
    for name in (*ACTION["inputs"], *ACTION["outputs"]):
        assert f"`{name}`" in text, name


def test_every_claim_about_security_points_to_a_test() -> None:
    text = _text("security.md")
    table = text.partition("## What is claimed")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert rows
    for row in rows[1:] if set(rows[0]) <= set("|- ") else rows:
        named = re.findall(r"`(tests/[\w/.]+)::(\w+)`", row)
        assert named, row
        for path, test in named:
            assert f"def {test}(" in (ROOT / path).read_text("utf-8"), f"{path}::{test}"


def _readme_commands() -> list[list[str]]:
    text = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"(?s)```console\n(.*?)```", text)
    lines = [line for block in blocks for line in block.splitlines()]
    return [shlex.split(line.removeprefix("$ "), comments=True) for line in lines]


def test_the_commands_of_the_readme_work(tmp_path: Path) -> None:
    """In their order, on the repository of the demo; installing is tried by the demo itself."""
    sys.path.insert(0, str(ROOT / "scripts"))
    from demo import build, environment

    repo, environ = tmp_path / "shop", environment(tmp_path)
    build(repo, environ)
    commands = [command for command in _readme_commands() if command[0] == "guard"]
    assert len(commands) >= 8
    for command in commands:
        if command[1] == "init":
            command.append("--yes")  # nobody is there to ask
        done = run_entry(*command, cwd=repo, environment=environ)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
