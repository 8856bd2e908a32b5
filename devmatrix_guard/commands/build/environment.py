"""The environment a generated application runs in: found, or made in its `.venv`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.files import FileError, read_file
from devmatrix_guard.verify.checks import find_python

_SECONDS = 900
_TAIL = 600


def prepare_environment(
    root: Path, python: Path | None, *, tell: Callable[[str], None]
) -> tuple[Path, bool]:
    """Return the interpreter to run the application with, and whether it was made now.

    Args:
        root: folder of the application.
        python: the interpreter the user names, which is taken as it is.
        tell: is told each step.

    Raises:
        GenerationError: the interpreter is not there, or the environment cannot be made.
    """
    root = root.absolute()  # what makes the environment runs in this folder
    found = find_python(root, python)
    if found is not None:
        return found.absolute(), False
    if python is not None:
        raise GenerationError(f"there is no interpreter at {python}; name another with --python.")
    folder = root / ".venv"
    uv = shutil.which("uv")
    tell("making .venv")
    make = [uv, "venv", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
    _run([*make, str(folder)], root, folder)
    interpreter = find_python(root, None)
    if interpreter is None:
        raise GenerationError(f"{folder} holds no interpreter; remove it and build again.")
    tell("installing what the application needs")
    install = [uv, "pip", "install", "--python", str(interpreter)] if uv else []
    install = install or [str(interpreter), "-m", "pip", "install", "--disable-pip-version-check"]
    _run([*install, "--quiet", "-r", "requirements.txt", *_list_tools(root)], root, folder)
    return interpreter, True


def _list_tools(root: Path) -> list[str]:
    """Return what the application's `dev` extra names, without installing the application itself.

    Raises:
        GenerationError: its pyproject.toml cannot be read.
    """
    try:
        table = tomllib.loads(read_file(root, "pyproject.toml").decode())
        names = table["project"]["optional-dependencies"]["dev"]
        return [name for name in names if isinstance(name, str) and name[:1].isalnum()]
    except (FileError, KeyError, TypeError, ValueError) as error:
        raise GenerationError(
            f"{root}/pyproject.toml does not say what its tests need "
            f"({type(error).__name__}: {error}); bring it back with `guard repair {root}`."
        ) from error


def _run(program: list[str], root: Path, folder: Path) -> None:
    try:
        done = subprocess.run(program, cwd=root, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise GenerationError(f"{program[0]} cannot be run: {error}") from error
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)  # half of one would be taken for a whole one
        said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()[-_TAIL:]
        raise GenerationError(
            f"the application's environment cannot be made: {said}\n"
            "Make one yourself and name its interpreter with --python."
        )
