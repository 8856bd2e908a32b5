"""Text: the same words with and without colour, the span marked, the fix as a diff."""

from __future__ import annotations

import io
import re
import subprocess
import sys

import pytest

from devmatrix_guard.model.finding import Edit, Fix
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.reports.escape import disarm_runner_commands
from devmatrix_guard.reports.options import RenderOptions
from devmatrix_guard.reports.render import render
from devmatrix_guard.reports.terminal import wants_color
from tests.reports.samples import NAIVE_CLOCK, hostile_report, ordinary_report

ORDINARY = """\
app/billing.py:14:15  block  naive-clock  layer 4, services
  Use an aware clock.
  14 |     paid_at = datetime.utcnow()
     |               ^^^^^^^^^^^^^^^^^
  fix:
    -     paid_at = datetime.utcnow()
    +     paid_at = datetime.now(UTC)
  learned from 1 fix:
    3f2a91c000 2026-03-02 fix: use aware clocks in invoices
  keep it: # guard: ignore[naive-clock] reason=… kind=wont-fix

note app/api.py:3 This suppression silences nothing.
skipped data/big.py: larger than 1024 KB
deferred slow-rule: over the budget of 2 s
1 finding, 1 at or above `block`, 1 with a safe fix: guard check --fix.
"""


def _without_ansi(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_text_shows_place_code_fix_sources_and_comment() -> None:
    assert render("text", ordinary_report()) == ORDINARY


def test_of_the_fixes_behind_a_rule_those_are_counted_that_the_message_leaves_out() -> None:
    first, *_ = NAIVE_CLOCK.sources
    others = tuple(first._replace(commit=f"{n}" * 10) for n in range(4, 9))
    message = f"Use an aware clock. Learned from 6 fixes: the first {first.commit[:10]}."
    finding = NAIVE_CLOCK._replace(message=message, sources=(first, *others))
    text = render("text", CheckReport(findings=(finding,)))
    assert "  also learned from 5 fixes:\n    4444444444 " in text
    assert "    … and 2 more: guard explain naive-clock\n" in text


def test_color_adds_colour_and_changes_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")  # an explicit `--color always` has been given
    painted = render("text", ordinary_report(), RenderOptions(color=True, width=70))
    assert "\x1b[" in painted
    assert _without_ansi(painted) == ORDINARY


@pytest.mark.parametrize("color", [False, True])
def test_no_line_of_the_text_is_a_command_for_a_runner(color: bool) -> None:
    text = _without_ansi(render("text", hostile_report(), RenderOptions(color=color)))
    for line in text.splitlines():
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


@pytest.mark.parametrize(
    ("code", "start", "end", "marks"),
    [
        pytest.param("\tx = f()", 6, 9, "        ^^^", id="tab"),
        pytest.param("日本 = f()", 6, 9, "       ^^^", id="wide characters"),
        pytest.param("e\u0301 = f()", 6, 9, "    ^^^", id="combining character"),
        pytest.param("x = 1", 1, 1, "^", id="empty span"),
    ],
)
def test_marks_stand_under_the_span(code: str, start: int, end: int, marks: str) -> None:
    finding = NAIVE_CLOCK._replace(code=code, start_col=start, end_col=end, fix=None)
    lines = render("text", CheckReport(findings=(finding,))).splitlines()
    assert lines[3] == "     | " + marks


def test_the_layer_has_a_line_of_its_own_where_the_head_is_long() -> None:
    finding = NAIVE_CLOCK._replace(path="app/" + "deep/" * 9 + "billing.py")
    lines = render("text", CheckReport(findings=(finding,)), RenderOptions(width=80)).splitlines()
    assert lines[0].endswith("block  naive-clock")
    assert lines[1] == "  layer 4, services"
    bare = render("text", CheckReport(findings=(finding._replace(layer=None),)))
    assert "layer" not in bare


def test_a_long_message_is_wrapped_to_the_width() -> None:
    finding = NAIVE_CLOCK._replace(message="word " * 30 + "a-very-" * 10 + "long-one")
    text = render("text", CheckReport(findings=(finding,)), RenderOptions(width=60))
    message = text.split("layer 4, services\n")[1].split("\n  14 |")[0].splitlines()
    assert " ".join(message).split() == finding.message.split()
    assert [len(line) <= 60 for line in message[:-1]] == [True] * (len(message) - 1)


def test_a_long_span_is_cut() -> None:
    code = "\n".join(f"line{n}()" for n in range(20))
    finding = NAIVE_CLOCK._replace(code=code, end_line=33, fix=None)
    text = render("text", CheckReport(findings=(finding,)))
    assert "line5()" in text
    assert "line6()" not in text
    assert "… 14 more lines" in text


def test_an_edit_away_from_the_finding_is_shown_with_its_place() -> None:
    fix = Fix((Edit(1, 1, 1, 1, "from datetime import UTC\n"), *NAIVE_CLOCK.fix.edits))  # type: ignore[union-attr]
    text = render("text", CheckReport(findings=(NAIVE_CLOCK._replace(fix=fix),)))
    assert "    @ line 1, insert\n    + from datetime import UTC\n" in text
    assert "    +     paid_at = datetime.now(UTC)\n" in text


def test_a_fix_may_delete_whole_lines() -> None:
    finding = NAIVE_CLOCK._replace(
        code="a = 1\nb = 2", end_line=15, fix=Fix((Edit(15, 1, 16, 1, ""),))
    )
    text = render("text", CheckReport(findings=(finding,)))
    assert "      a = 1\n    - b = 2\n" in text


def test_concise_is_one_line_a_finding() -> None:
    assert render("concise", ordinary_report()) == (
        "app/billing.py:14:15: block naive-clock Use an aware clock. [fix]\n"
    )
    assert len(render("concise", hostile_report()).splitlines()) == 1


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "flag", "expected"),
    [
        pytest.param(_Terminal(), {}, "auto", True, id="terminal"),
        pytest.param(io.StringIO(), {}, "auto", False, id="pipe"),
        pytest.param(_Terminal(), {"NO_COLOR": "1"}, "auto", False, id="NO_COLOR"),
        pytest.param(_Terminal(), {"NO_COLOR": ""}, "auto", True, id="empty NO_COLOR is unset"),
        pytest.param(_Terminal(), {"TERM": "dumb"}, "auto", False, id="TERM=dumb"),
        pytest.param(io.StringIO(), {"FORCE_COLOR": "1"}, "auto", True, id="FORCE_COLOR"),
        pytest.param(_Terminal(), {"FORCE_COLOR": "0"}, "auto", False, id="FORCE_COLOR=0"),
        pytest.param(
            io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, "auto", False, id="both"
        ),
        pytest.param(io.StringIO(), {"NO_COLOR": "1"}, "always", True, id="flag wins"),
        pytest.param(_Terminal(), {"FORCE_COLOR": "1"}, "never", False, id="flag never wins"),
    ],
)
def test_color_follows_flag_then_environment_then_stream(
    stream: io.StringIO, environ: dict[str, str], flag: str, expected: bool
) -> None:
    assert wants_color(stream, environ, flag) is expected


def test_plain_text_does_not_import_rich() -> None:
    program = (
        "import sys; from devmatrix_guard.reports.render import render;"
        "from tests.reports.samples import ordinary_report;"
        "render('text', ordinary_report()); sys.exit('rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("command", ["##[group]x", "##vso[task.complete]", "##teamcity[x]"])
def test_what_a_runner_obeys_anywhere_in_a_line_is_taken_apart(command: str) -> None:
    said = disarm_runner_commands(f"return eval('{command}')")
    assert command not in said
    assert command.replace("##", "## ") in said
    assert disarm_runner_commands("a ## b, ##c") == "a ## b, ##c"
