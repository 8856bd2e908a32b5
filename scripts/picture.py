"""Draws the picture of the README from a real run of guard on the demo's repository."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

from demo import build, environment
from demo_history import NEW_CODE, NEW_FILE
from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import MONOKAI
from rich.text import Text

TARGET = Path(__file__).parents[1] / "docs" / "picture.svg"
_THEME = MONOKAI
_FOREGROUND = "#d9d9d9"
_CELL, _LINE, _LEFT, _TOP = 8.43, 20, 16, 34
_FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"
  font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
<title>A commit is stopped by guard</title>
<rect width="{width}" height="{height}" rx="8" fill="#16181d"/>
<circle cx="20" cy="18" r="6" fill="#ff5f57"/>
<circle cx="40" cy="18" r="6" fill="#febc2e"/>
<circle cx="60" cy="18" r="6" fill="#28c840"/>
{body}
</svg>
"""


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
        environ = environment(Path(folder)) | {"COLUMNS": "100"}
        build(repo, environ)
        subprocess.run(["guard", "learn"], cwd=repo, env=environ, capture_output=True, check=True)
        (repo / NEW_FILE).write_text(NEW_CODE)
        subprocess.run(["git", "add", NEW_FILE], cwd=repo, env=environ, check=True)
        command = ["guard", "check", "--color", "always"]
        done = subprocess.run(command, cwd=repo, env=environ, capture_output=True, check=False)
    if done.returncode != 1:
        raise SystemExit(f"guard check ended with {done.returncode}: {done.stderr.decode()}")
    return svg(["$ git commit", *done.stdout.decode().rstrip().splitlines()])


def svg(lines: list[str]) -> str:
    """Return lines with ANSI colours as a picture of a terminal, every stretch at its column."""
    console = Console(
        file=io.StringIO(), force_terminal=True, color_system="standard", no_color=False
    )
    parts = []
    for row, line in enumerate(lines):
        column = 0
        for segment in Text.from_ansi(line).render(console):
            stripped = segment.text.strip()
            indent = len(segment.text) - len(segment.text.lstrip())
            if stripped:
                style = _css(segment.style or Style())
                parts.append(_text(row, column + indent, stripped, style))
            column += cell_len(segment.text)
    height = _TOP + len(lines) * _LINE + _LINE // 2
    width = round(max(cell_len(Text.from_ansi(line).plain) for line in lines) * _CELL) + 2 * _LEFT
    return _FRAME.format(width=width, height=height, body="\n".join(parts))


def _text(row: int, column: int, text: str, css: str) -> str:
    x, y = _LEFT + column * _CELL, _TOP + (row + 1) * _LINE
    length = f' textLength="{cell_len(text) * _CELL:.1f}"' if len(text) > 1 else ""
    shown = escape(text).replace(" ", "\u00a0")  # plain spaces would be collapsed
    return f'<text x="{x:.1f}" y="{y}"{length} style="{css}">{shown}</text>'


def _css(style: Style) -> str:
    color = style.color.get_truecolor(_THEME).hex if style.color else _FOREGROUND
    weight = ";font-weight:bold" if style.bold else ""
    return f"fill:{color}{weight}" + (";opacity:.65" if style.dim else "")


if __name__ == "__main__":
    sys.exit(main())
