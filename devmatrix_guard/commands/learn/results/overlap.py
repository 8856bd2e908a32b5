"""Asks ruff, where it is installed, which of its stable rules find what a learned rule finds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from devmatrix_guard.mining.candidates.proof import build_example
from devmatrix_guard.mining.candidates.rank import Judged

_SECONDS = 20
# How code is laid out, documented and annotated differs between two pieces for any reason.
_STYLE = ("ANN", "COM", "CPY", "D", "E", "ERA", "I", "INP", "Q", "W")
_COMMAND = (
    "check", "--isolated", "--no-cache", "--no-fix", "--quiet", "--select=ALL",
    "--output-format=json", "--stdin-filename=example.py", "-",
)  # fmt: skip


def find_ruff(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the ruff beside this Python, else the one on the PATH; None where there is none."""
    beside = shutil.which("ruff", path=str(Path(sys.executable).parent))
    return beside or shutil.which("ruff", path=environ.get("PATH", os.defpath))


def find_overlap(ruff: str, judged: Judged) -> tuple[str, ...]:
    """Return which rules of ruff find the example of a candidate and not its mended form.

    Args:
        ruff: the program.
        judged: the candidate.
    """
    invalid, valid = build_example(judged.proven)
    found = _count_codes(ruff, invalid.code) - _count_codes(ruff, invalid.fixed or valid.code)
    return tuple(f"ruff {code}" for code in sorted(found))


def _count_codes(ruff: str, code: str) -> Counter[str]:
    """Return how often each rule of ruff finds something; nothing where it cannot answer."""
    with tempfile.TemporaryDirectory() as folder:  # where no project's files stand about
        try:
            done = subprocess.run(
                [ruff, *_COMMAND],
                input=code.encode("utf-8", "replace"),
                cwd=folder,
                capture_output=True,
                check=False,
                timeout=_SECONDS,
            )
            diagnostics = json.loads(done.stdout)
        except (OSError, subprocess.TimeoutExpired, ValueError):
            return Counter()
    codes = (str(one.get("code") or "") for one in diagnostics if isinstance(one, dict))
    return Counter(code for code in codes if code.rstrip("0123456789") not in ("", *_STYLE))
