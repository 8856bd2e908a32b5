"""The files that say which tests are run, by their names; light, as a hook asks for each change."""

from __future__ import annotations

# Those in which pytest has its settings, and the one whose hooks choose.
RUNNER_FILES = frozenset(
    ["pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg", "conftest.py"]
)
WORKFLOWS = ".github/workflows/"
# Those that start pytest, wherever they stand.
_SCRIPTS = frozenset(
    [
        "tox.ini",
        "pyproject.toml",
        "noxfile.py",
        "tasks.py",
        "Makefile",
        "makefile",
        "GNUmakefile",
        "justfile",
        "Justfile",
        "Taskfile.yml",
        "package.json",
        ".gitlab-ci.yml",
        ".travis.yml",
        "appveyor.yml",
        ".appveyor.yml",
        "azure-pipelines.yml",
        "bitbucket-pipelines.yml",
        ".circleci/config.yml",
    ]
)
_FOLDERS = ("scripts", "script", "ci", ".ci", "bin", "tools", "dev", "devtools")


def may_unselect(path: str) -> bool:
    """Tell whether a file may say which tests are run."""
    return path.rpartition("/")[2] in RUNNER_FILES or starts_tests(path)


def starts_tests(path: str) -> bool:
    """Tell whether a file is one of those that start the tests of a project."""
    folder, _, name = path.rpartition("/")
    if path.startswith(WORKFLOWS) or path in _SCRIPTS or name in _SCRIPTS:
        return True
    return (not folder or folder in _FOLDERS) and (
        name.endswith((".sh", ".bash")) or (bool(folder) and "." not in name)
    )
