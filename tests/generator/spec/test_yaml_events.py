"""PyYAML's parser in C comes without the rest of PyYAML, which comes when somebody asks for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

_PARSE = """
import sys
from devmatrix_guard.generator.spec.read import parse
parse(b"a: [1, {b: c}]")
"""


def _run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _PARSE + code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_reading_a_spec_loads_no_loader() -> None:
    assert _run("print('yaml.constructor' in sys.modules, 'yaml.reader' in sys.modules)") == (
        "False False"
    )


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("import yaml; print(yaml.safe_load('a: [1, yes]'))", "{'a': [1, True]}"),
        ("from yaml import CSafeLoader, load; print(load('a: 1', CSafeLoader))", "{'a': 1}"),
        ("import yaml.constructor as c; print(c.SafeConstructor.__name__)", "SafeConstructor"),
        ("import yaml; print(yaml.safe_dump({'a': 1}), yaml.nodes.__name__)", "a: 1\n yaml.nodes"),
        ("import yaml; print(hasattr(yaml, 'nothing'))", "False"),
    ],
)
def test_the_rest_of_it_is_there_afterwards(code: str, printed: str) -> None:
    assert _run(code) == printed


@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
@pytest.mark.parametrize("text", ["a: [", "a: \\x01", "b: a: c"])
def test_every_error_is_an_error_of_yaml(text: str, loader: str) -> None:
    code = f"""
import yaml
try:
    yaml.load("{text}", Loader=yaml.{loader})
except yaml.YAMLError as error:
    print(len(str(error)) > 10)
"""
    assert _run(code) == "True"
