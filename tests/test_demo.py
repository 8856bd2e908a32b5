"""`make demo` plays the whole path, and the picture of the README is of a real run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def _run(script: str, *args: str) -> str:
    # The demo has a home of its own; what a colour terminal would add is not part of its words.
    environ = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(
        [ROOT / "scripts" / script, *args],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.slow
def test_the_demo_learns_stops_a_commit_mends_it_and_keeps_a_fix() -> None:
    said = _run("demo")
    lesson = "wire.get($...ARGS) → wire.get($...ARGS, timeout=10)"
    tried, learned, stopped, mended = (
        said.index(lesson),
        said.index("new       block     learned-wire-get-"),
        said.index("Failed\n- hook id: guard"),
        said.index("+    answer = wire.get(url, timeout=10)\n"),
    )
    assert tried < learned < stopped < mended < said.index("1 file changed, 10 insertions(+)")
    finding = said[stopped:mended]
    first = "Fix: checkout hung when the payment provider did not answer (#18)"
    assert first in " ".join(finding.split())  # the message is wrapped
    assert "also learned from 4 fixes" in finding  # besides the one that the message names
    undone = said[said.index("=== 7. ") : said.index("=== 8. ")]
    assert "shop/discounts.py:39:9  warn  undo-of-fix" in undone
    assert "tests/test_discounts.py  warn  removed-proof" in undone
    assert "Stopped once for 2 warnings" in undone
    assert "- prices.remove(max(prices))" in said[said.index("$ guard recall") :]


@pytest.mark.slow
def test_the_picture_is_of_a_run_of_today() -> None:
    drawn = _run("picture", "--print")
    assert drawn == (ROOT / "docs/picture.svg").read_text("utf-8")
