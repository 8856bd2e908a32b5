"""Draws the picture of the README from a real run of guard on the demo's repository."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from demo import build, environment
from demo_history import NEW_CODE, NEW_FILE
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

TARGET = Path(__file__).parents[1] / "docs" / "picture.svg"
_WIDTH = 92


def main() -> int:
    """Write the picture; with --print, to standard output."""
    drawn = draw()
    if "--print" in sys.argv[1:]:
        sys.stdout.write(drawn)
    else:
        TARGET.write_text(drawn, "utf-8")
    return 0


def draw() -> str:
    """Return the picture: what a commit of the demo's new file says."""
    with tempfile.TemporaryDirectory(prefix="guard-picture-") as folder:
        repo = Path(folder) / "ticket-shop"
        environ = environment(Path(folder))
        build(repo, environ)
        subprocess.run(["guard", "learn"], cwd=repo, env=environ, capture_output=True, check=True)
        (repo / NEW_FILE).write_text(NEW_CODE)
        subprocess.run(["git", "add", NEW_FILE], cwd=repo, env=environ, check=True)
        command = ["guard", "check", "--color", "always"]
        done = subprocess.run(command, cwd=repo, env=environ, capture_output=True, check=False)
    if done.returncode != 1:
        raise SystemExit(f"guard check ended with {done.returncode}: {done.stderr.decode()}")
    return _svg(["$ git commit", *done.stdout.decode().rstrip().splitlines()])


def _svg(lines: list[str]) -> str:
    console = Console(
        record=True, width=_WIDTH, file=io.StringIO(), force_terminal=True, legacy_windows=False
    )
    for line in lines:
        console.print(Text.from_ansi(line), soft_wrap=False)
    drawn = console.export_svg(title="guard", theme=MONOKAI, unique_id="guard")
    # The font would come from another host, which a README may not ask; the reader's own is fine.
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    return drawn.replace("Fira Code", "ui-monospace, Menlo, Consolas").rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(main())
