"""`guard generate` without click: the same arguments as with it, or none at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from devmatrix_guard.cli.generate.generate import command
from devmatrix_guard.generate_fast import parse_arguments

GUARD = Path(sys.executable).with_name("guard")
SPEC = """openapi: 3.1.0
info: {title: Notes, version: 1.0.0}
paths: {}
"""


@pytest.mark.parametrize(
    "line",
    [
        "a.yaml -o b",
        "-o b a.yaml",
        "a.yaml --output b --force",
        "--force a.yaml -o b --overlay c.yaml",
        "a.yaml -o b -o c",
        "--overlay x --overlay y a.yaml -o b",
    ],
)
def test_plain_words_mean_what_click_makes_of_them(line: str) -> None:
    with command.make_context("generate", line.split()) as context:
        assert parse_arguments(line.split()) == context.params


@pytest.mark.parametrize(
    "line",
    [
        "",
        "a.yaml",
        "-o b",
        "a.yaml -o",
        "a.yaml -o --force",
        "a.yaml --output=b",
        "a.yaml -ob",
        "a.yaml -o b --help",
        "a.yaml -o b -h",
        "a.yaml b.yaml -o c",
        "a.yaml -o b --forse",
        "-- a.yaml -o b",
        "a.yaml -o b --overlay",
    ],
)
def test_all_other_words_are_left_to_click(line: str) -> None:
    assert parse_arguments(line.split()) is None


def test_generating_loads_neither_click_nor_what_it_brings(tmp_path: Path) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text('{"openapi": "3.1.0", "info": {"title": "N", "version": "1"}, "paths": {}}')
    code = (
        "import os, sys\n"
        "leave = os._exit\n"
        "os._exit = lambda code: (print(*sys.modules, file=sys.stderr), leave(code))\n"
        f"sys.argv = ['guard', 'generate', {str(spec)!r}, '-o', {str(tmp_path / 'app')!r}]\n"
        "from devmatrix_guard.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "devmatrix_guard.generator.strata" in done.stderr.split()
    assert not {"click", "yaml", "inspect", "dataclasses", "rich"} & {*done.stderr.split()}


@pytest.mark.parametrize("more", [[], ["--output=app"]], ids=["plain", "click"])
def test_both_ways_say_and_write_the_same(tmp_path: Path, more: list[str]) -> None:
    (tmp_path / "notes.yaml").write_text(SPEC)
    words = [GUARD, "generate", "notes.yaml", *(more or ["-o", "app"])]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("app: ")
    assert (tmp_path / "app/src/main.py").is_file()


def test_a_mistake_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    done = subprocess.run(
        [GUARD, "generate", "none.yaml", "-o", "app"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "guard: none.yaml: there is no such file.\n"


def test_output_that_nobody_can_write_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.yaml").write_text(SPEC)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [GUARD, "generate", "notes.yaml", "-o", "app"],
            cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "guard: No space left on device; free some space and run again.\n"
