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
    "a list of lines": ("package.json", '{"scripts": {"test": ["lint all", "pytest tests"]}}'),
    "lines below a list": ("package.json", '{"scripts": {"test": [["pytest", "tests"]]}}'),
    "a name below": ("package.json", '{"x": {"tasks": {"y": {"run": "lint\\npytest tests"}}}}'),
    "tox in TOML": ("pyproject.toml", '[tool.tox]\nlegacy_tox_ini = "[x]\\ncommands = pytest"\n'),
    "one text": ("tasks.py", "run('pytest tests')\n"),
    "a pair": ("tasks.py", "run(('python', '-m', 'pytest'))\n"),
    "the fourth word": ("noxfile.py", "run('a', 'b', 'c', 'pytest')\n"),
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

CALLS_NOTHING = {
    "a list elsewhere": ("package.json", '{"keywords": ["pytest", "tests"]}'),
    "a text elsewhere": ("package.json", '{"name": "pytest tests"}'),
    "an empty list": ("package.json", '{"scripts": {"test": []}}'),
    "a number": ("package.json", '{"scripts": {"pytest": 1}}'),
    "another tool": ("pyproject.toml", '[project.scripts]\nrun = "pytest tests"\n'),
    "a name of TOML": ("pyproject.toml", "[tool.x.scripts]\nlegacy_tox_ini = 1\n"),
    "the fifth word": ("noxfile.py", "run('a', 'b', 'c', 'd', 'pytest')\n"),
    "no words": ("tasks.py", "run()\nrun(pytest)\n"),
    "what tox needs": ("tox.ini", "[testenv]\ndeps = pytest\n"),
    "a rule of make": ("Makefile", "pytest: tests\n"),
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


@pytest.mark.parametrize("case", CALLS_NOTHING.values(), ids=CALLS_NOTHING)
def test_a_file_calls_nothing(case: tuple[str, str]) -> None:
    assert read_calls(case[0], case[1].encode()).calls == ()


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("- pytest tests", False),
        ("- tox", True),
        ("- make test", True),
        ("- pytest tests && nox -s a", True),
        ("# tox", False),
        ("- a.tox.b", False),
    ],
)
def test_what_starts_another_runner_may_run_any_test(text: str, is_open: bool) -> None:
    found = read_calls(".travis.yml", f"script:\n  {text}\n".encode())
    assert found.is_open is is_open
    assert found.join(read_calls("a.sh", b"make\n")).is_open
    assert read_calls("a.sh", b"make\n").join(found).is_open
    assert read_calls("a.sh", b"lint\n").join(found).is_open is is_open


@pytest.mark.parametrize("path", ["package.json", "pyproject.toml", "tox.ini", "noxfile.py"])
def test_what_cannot_be_read_has_no_calls(path: str) -> None:
    assert read_calls(path, b"[(\xff\npytest").calls == ()
