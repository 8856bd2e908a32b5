"""The pages for maintainers are true: stages exist, words are defined once, recipes work."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from devmatrix_guard.cli import cli
from devmatrix_guard.errors import EXIT_CODES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PACKAGE = ROOT / "devmatrix_guard"
PAGES = [*sorted(DOCS.glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
ARCHITECTURE = (DOCS / "architecture.md").read_text("utf-8")
GLOSSARY = (DOCS / "glossary.md").read_text("utf-8")
EXTENDING = (DOCS / "extending.md").read_text("utf-8")


# --- architecture


class Stage(NamedTuple):
    """A row of a table of stages: a function, and the one that calls it."""

    name: str
    function: str
    caller: str


def _read_stages() -> list[Stage]:
    rows = re.findall(r"(?m)^\| (.+?) \| `(\S+?:\w+)` \| `(\S+?:\w+)` \|$", ARCHITECTURE)
    return [Stage(*row) for row in rows]


@cache
def _parse_functions(path: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse((PACKAGE / path).read_bytes())
    methods = [inner for node in tree.body if isinstance(node, ast.ClassDef) for inner in node.body]
    nodes = [*methods, *tree.body]
    return {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}


def _find_function(place: str) -> ast.FunctionDef | None:
    path, _, name = place.partition(":")
    return _parse_functions(path).get(name)


def _list_calls(node: ast.AST) -> Iterator[str]:
    """Yield the names that a function calls, in the order in which the calls are made."""
    for child in ast.iter_child_nodes(node):
        yield from _list_calls(child)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
        yield node.func.id if isinstance(node.func, ast.Name) else node.func.attr


def test_every_way_has_its_stages() -> None:
    ways = re.findall(r"(?m)^## The way of one (\w+)$", ARCHITECTURE)
    assert ways == ["commit", "lesson", "spec"]
    assert len(_read_stages()) >= 25


@pytest.mark.parametrize("stage", _read_stages(), ids=lambda stage: f"{stage.function}")
def test_every_stage_is_a_function_that_is_called_where_the_page_says(stage: Stage) -> None:
    caller = _find_function(stage.caller)
    assert _find_function(stage.function) is not None, stage.function
    assert caller is not None, stage.caller
    assert stage.function.partition(":")[2] in set(_list_calls(caller))


def test_stages_are_called_in_the_order_of_the_page() -> None:
    stages = _read_stages()
    for caller in {stage.caller for stage in stages}:
        names = [s.function.partition(":")[2] for s in stages if s.caller == caller]
        function = _find_function(caller)
        assert function is not None
        called = [name for name in _list_calls(function) if name in names]
        assert list(dict.fromkeys(called)) == names, caller


def test_every_file_that_the_pages_name_exists() -> None:
    for text in (ARCHITECTURE, re.sub(r"(?s)```.*?```", "", EXTENDING)):
        named = re.findall(r"`((?:[a-z_]+/)+(?:\w+\.\w+)?)(?::\w+)?`", text)
        new = set(re.findall(r"New file `(\S+)`", text))
        for path in set(named) - new:
            places = (ROOT / path, PACKAGE / path, PACKAGE / "generator/emit" / path)
            state = path.startswith("guard/")
            assert state or any(place.exists() for place in places), path


def test_every_wing_is_described() -> None:
    for part in ("commands", "engine"):
        for place in (PACKAGE / part).glob("*/__init__.py"):
            assert f"| `{part}/{place.parent.name}/` |" in ARCHITECTURE, place.parent


# --- words

WORDS = dict(re.findall(r"(?m)^\| ([A-Za-z][\w ]*?) \| (.+) \|$", GLOSSARY))
WORDS.pop("word")
# Words of no field, which messages and pages once used: what to write instead.
ODD = {
    r"\bmend(s|ed|ing)?\b": "fix, repair, correct",
    r"\banew\b": "again",
    r"\blame\b": "say what does not work",
    r"\bwaits for nothing\b": "is never awaited",
    r"\bnobody to ask\b": "no terminal to ask on",
    r"\b(take|takes|took|taken|taking) back\b": "undo, revert",
    r"\b(take|takes|took|taken) out\b": "remove",
    r"\b(ends?|leaves?) with [0-3]\b": "exits with",
    r"\bdefect of (guard|ours)\b": "internal error",
}


def test_words_are_defined_once() -> None:
    defined = re.findall(r"(?m)^\| ([A-Za-z][\w ]*?) \| ", GLOSSARY)
    assert len(defined) == len(set(defined)) > 30


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_other_page_defines_a_word(page: Path) -> None:
    if page.name == "glossary.md":
        return
    text = page.read_text("utf-8")
    for word in WORDS:
        for found in re.findall(
            rf"(?m)^(?:An?|The) \*{{0,2}}{word}\*{{0,2}} (?:is|means) .*$", text
        ):
            assert not re.match(r".* (?:is|means) (?:an?|the|what|how) ", found), found
        assert f"**{word}:**" not in text
        assert f"**{word}** is " not in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_use_plain_words(page: Path) -> None:
    text = " ".join(page.read_text("utf-8").split())
    for odd, instead in ODD.items():
        found = re.search(f"(?i){odd}", text)
        around = found and text[max(0, found.start() - 40) : found.end() + 20]
        assert found is None, f"{around!r}: write {instead}"


def _iter_shown() -> Iterator[tuple[str, str]]:
    for part in ("cli", "commands", "engine", "git", "memory", "reports", "verify", "model"):
        for path in sorted((PACKAGE / part).rglob("*.py")):
            tree = ast.parse(path.read_bytes())
            is_help = part == "cli"
            documents = {
                id(node.body[0].value)
                for node in ast.walk(tree)
                if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
                and node.body
                and isinstance(node.body[0], ast.Expr)
                and not (is_help and isinstance(node, ast.FunctionDef) and node.name == "command")
            }
            for node in ast.walk(tree):
                if not isinstance(node, ast.Constant) or id(node) in documents:
                    continue
                if isinstance(node.value, str) and " " in node.value:
                    yield path.relative_to(ROOT).as_posix(), node.value
    for path in sorted((ROOT / "rules").rglob("*.yml")):
        yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8")


def test_messages_use_plain_words() -> None:
    any_odd = re.compile("|".join(f"(?:{odd})" for odd in ODD), re.IGNORECASE)
    for place, text in _iter_shown():
        plain = " ".join(text.split())
        if any_odd.search(plain):
            instead = next(good for odd, good in ODD.items() if re.search(f"(?i){odd}", plain))
            pytest.fail(f"{place}: {text!r}: write {instead}")


def test_exit_codes_are_spelled_in_one_way() -> None:
    hook = [sys.executable, "-m", "devmatrix_guard.hook", "--help"]
    of_hook = subprocess.run(hook, capture_output=True, text=True, check=True).stdout
    for text in (cli.get_help(click.Context(cli)), of_hook, (DOCS / "check.md").read_text("utf-8")):
        assert EXIT_CODES in " ".join(text.split())


# --- recipes

# Of the tests that a recipe names, those that a mistake in it would fail.
QUICK = "format or documented or index or explains or verb or layers or circle or wings"


class Step(NamedTuple):
    """One block of a recipe: a new file, a text below a line, or one at the end of a file."""

    path: str
    below: str | None
    text: str


def _read_recipe(title: str) -> tuple[list[Step], list[list[str]]]:
    section = EXTENDING.partition(f"\n## {title}\n")[2]
    section = re.split(r"(?m)^## (?=An? )", section)[0]
    blocks = re.findall(
        r"(?ms)^(New file|In|At the end of) `([^`]+)`(?:, below (`.+?`))?:\n\n```\w+\n(.*?)^```$",
        section,
    )
    steps = [
        Step(path, None if kind == "New file" else below.strip("`") or "", text)
        for kind, path, below, text in blocks
    ]
    console = re.findall(r"(?ms)^```console\n(.*?)^```$", section)
    return steps, [shlex.split(line[2:]) for block in console for line in block.splitlines()]


def _apply(step: Step, repo: Path) -> None:
    file = repo / step.path
    if step.below is None:
        assert not file.exists(), f"{step.path} is there already"
        file.write_text(step.text, "utf-8")
        return
    text = file.read_text("utf-8")
    if not step.below:
        file.write_text(text + step.text, "utf-8")
        return
    lines = text.splitlines(keepends=True)
    (at,) = [number for number, line in enumerate(lines) if line.strip().startswith(step.below)]
    file.write_text("".join([*lines[: at + 1], step.text, *lines[at + 1 :]]), "utf-8")


def _run(command: list[str], repo: Path) -> subprocess.CompletedProcess[str]:
    module = {"guard": "devmatrix_guard", "pytest": "pytest"}[command[0]]
    quick = ["-q", "-n", "0", "-p", "no:randomly", "-p", "no:cacheprovider", "-k", QUICK]
    arguments = [*command[1:], *(quick if module == "pytest" else [])]
    environ = {**os.environ, "PYTHONPATH": str(repo)}
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=repo,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("title", ["A rule", "An output format", "An emitter", "A command"])
def test_a_recipe_works_as_it_is_written(title: str, tmp_path: Path) -> None:
    repo = tmp_path / "copy"
    skip = shutil.ignore_patterns(".*_cache", ".venv", ".tools", ".git", ".hypothesis", "bench")
    shutil.copytree(ROOT, repo, ignore=skip)
    subprocess.run(["git", "init", "-q"], cwd=repo, check=True)
    steps, commands = _read_recipe(title)
    assert steps
    assert commands
    for step in steps:
        _apply(step, repo)
    for command in commands:
        done = _run(command, repo)
        assert done.returncode == 0, (command, done.stdout[-3000:], done.stderr[-3000:])


def test_every_recipe_ends_with_a_check() -> None:
    titles = re.findall(r"(?m)^## (An? .+)$", EXTENDING)
    assert titles == ["A rule", "An output format", "An emitter", "A memory backend", "A command"]
    for title in titles:
        assert _read_recipe(title)[1], title
