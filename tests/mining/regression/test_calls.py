"""Which tests the files that start pytest run, and whose failures they pass over."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.regression.calls import read_calls

TEST = ("tests/test_a.py", "test_add")
RUNS = {
    "tox": ("tox.ini", "[testenv]\ndeps =\n  pytest\ncommands =\n  pytest {posargs:tests}\n"),
    "make": ("Makefile", "PYTEST = pytest -q\ntest:\n\t@$(PYTEST) tests\n"),
    "npm": ("package.json", '{"scripts": {"test": "python -m pytest tests"}}'),
    "nox": ("noxfile.py", "def tests(session):\n    session.run('python', '-m', 'pytest')\n"),
    "a list": ("tasks.py", "import subprocess\nsubprocess.run(['pytest', 'tests', *args])\n"),
    "hatch": ("pyproject.toml", '[tool.hatch.envs.x.scripts]\nrun = "pytest {args:tests}"\n'),
    "GitLab": (".gitlab-ci.yml", "test:\n  script:\n    - pytest tests | tee log\n"),
    "a shell": ("scripts/test", "#!/bin/sh\nset -e\ncd . && pytest tests 2>&1\n"),
    "quotes": (".travis.yml", "script: \"pytest tests -k 'not slow'\"\n"),
}
LEAVES = {
    "tox": ("tox.ini", "[testenv]\ndeps =\n  pytest\ncommands = pytest tests -k 'not add'\n"),
    "make": ("Makefile", "test:\n\tpytest tests \\\n\t  --ignore=tests/test_a.py\n"),
    "npm": ("package.json", '{"scripts": {"test": "pytest -k \\"not test_add\\""}}'),
    "nox": ("noxfile.py", "session.run('pytest', '--deselect', 'tests/test_a.py::test_add')\n"),
    "tox of TOML": ("pyproject.toml", '[tool.tox]\ncommands = [["pytest", "unit"]]\n'),
    "a variable": (".gitlab-ci.yml", "variables:\n  PYTEST_ADDOPTS: '-k other'\nx:\n  - pytest\n"),
    "a comment": (".travis.yml", "# pytest tests\n"),
    "installed": (".travis.yml", "install: pip install pytest\n"),
}
UNHEARD = {
    "or true": ("Makefile", "test:\n\tpytest tests || true\n"),
    "a dash of make": ("Makefile", "test:\n\t-pytest tests\n"),
    "a dash of tox": ("tox.ini", "[testenv]\ncommands =\n    - pytest tests\n"),
    "ignored": ("tox.ini", "[testenv]\nignore_outcome = true\ncommands = pytest tests\n"),
    "a job": (".gitlab-ci.yml", "test:\n  allow_failure: true\n  script:\n    - pytest tests\n"),
    "a step": (
        ".github/workflows/a.yml",
        "jobs:\n  a:\n    steps:\n      - name: x\n        run: |\n          pytest tests\n"
        "        continue-on-error: true\n",
    ),
    "never": (
        ".github/workflows/a.yml",
        "jobs:\n  a:\n    if: false\n    steps:\n    - run: pytest\n",
    ),
}
HEARD = {
    "another job": (".gitlab-ci.yml", "a:\n  allow_failure: true\nb:\n  script:\n    - pytest\n"),
    "another step": (
        ".github/workflows/a.yml",
        "steps:\n  - run: lint\n    continue-on-error: true\n  - run: pytest tests\n",
    ),
}


@pytest.mark.parametrize("case", [*RUNS.values(), *HEARD.values()], ids=[*RUNS, *HEARD])
def test_a_file_runs_a_test(case: tuple[str, str]) -> None:
    assert read_calls(case[0], case[1].encode()).runs(*TEST)


@pytest.mark.parametrize("case", LEAVES.values(), ids=LEAVES)
def test_a_file_leaves_a_test_out(case: tuple[str, str]) -> None:
    calls = read_calls(case[0], case[1].encode())
    assert not calls.runs(*TEST)
    assert not calls.runs(*TEST, is_unheard=True)


@pytest.mark.parametrize("case", UNHEARD.values(), ids=UNHEARD)
def test_a_file_passes_over_the_failure_of_a_test(case: tuple[str, str]) -> None:
    calls = read_calls(case[0], case[1].encode())
    assert not calls.runs(*TEST)
    assert calls.runs(*TEST, is_unheard=True)


@pytest.mark.parametrize("path", ["package.json", "pyproject.toml", "tox.ini", "noxfile.py"])
def test_what_cannot_be_read_has_no_calls(path: str) -> None:
    assert read_calls(path, b"[(\xff\npytest").calls == ()
