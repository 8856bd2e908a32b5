"""An environment of Python with pip alone: made once for a test run, as it takes many seconds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.helpers_servers import lock

PYTHON = os.path.realpath(Path(sys.base_prefix, "bin", f"python3.{sys.version_info[1]}"))


def make_environment(run_folder: Path) -> Path:
    """Return the environment of the test run. Copies work, because only its programs name paths."""
    folder = run_folder / "environment" / ".venv"
    folder.parent.mkdir(exist_ok=True)
    with lock(folder.parent / "lock"):
        if not folder.exists():
            subprocess.run([PYTHON, "-I", "-m", "venv", folder], check=True)
    return folder


def copy_environment(made: Path, folder: Path) -> None:
    """Make one of the same files: none is written to, what is new takes its place."""
    shutil.copytree(made, folder, symlinks=True, copy_function=os.link)


def write_copying_python(made: Path, file: Path) -> Path:
    """Write a Python that copies an environment where it would make one (`-I -m venv FOLDER`)."""
    file.write_text(
        f'#!/bin/sh\nif [ "$3" = venv ]; then exec cp -al "{made}/." "$4"; fi\n'
        f'exec "{PYTHON}" "$@"\n'
    )
    file.chmod(0o755)
    return file
