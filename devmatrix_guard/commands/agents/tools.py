"""What an agent can ask while it works: each answer is one text within a budget of characters.

Nothing is written. What comes from history and code is quoted as data, never an instruction.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

from devmatrix_guard.commands.agents.feedback import QUOTED, write_findings, write_lessons
from devmatrix_guard.commands.agents.hook import check_edits
from devmatrix_guard.commands.check.arguments.request import RANGE, CheckRequest, GivenText
from devmatrix_guard.commands.check.examine import examine_request
from devmatrix_guard.commands.memory.fix_tests import find_tests, render_tests
from devmatrix_guard.commands.memory.patterns import search_patterns, search_view
from devmatrix_guard.commands.memory.recall import recall, render_recall
from devmatrix_guard.commands.rules.active_rules import read_rulebook
from devmatrix_guard.commands.rules.explain import explain, render_explanation
from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.commands.service.changes import record_outcome
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import MAX_BYTES, is_inside
from devmatrix_guard.git.repository import find_repository
from devmatrix_guard.git.worktree import list_changed
from devmatrix_guard.model.rule import rank_stage
from devmatrix_guard.reports.escape import make_visible
from devmatrix_guard.reports.redact import redact
from devmatrix_guard.reports.views.recall import QUOTED as DATA

DEFAULT_BUDGET, LEAST_BUDGET, MOST_BUDGET = 3000, 300, 50_000
_CLEAN = "Nothing was found in the lines that differ from HEAD."
_MAX_FILES = 100
_MAX_NAMED = 20
_MOST_NOTE = 2000


def recall_place(root: Path, subject: str, budget: int = DEFAULT_BUDGET) -> str:
    """Return the lessons of a place, or of what words are about.

    Raises:
        UsageError: the subject is empty, or its path leads out of the repository.
    """
    require_inside(root, subject.rpartition(":")[0] or subject)
    return render_recall(recall(root, subject), "markdown", _bound(budget))


def list_lessons(root: Path, paths: Sequence[str], budget: int = DEFAULT_BUDGET) -> str:
    """Return what the history teaches about files, each with an even share of the budget.

    Raises:
        UsageError: a path leads out of the repository.
    """
    for path in paths:
        require_inside(root, path)
    text = write_lessons(root, paths[:_MAX_NAMED], _bound(budget))
    return text or "Nothing is known of these files."


def check_change(
    root: Path, path: str = "", text: str | None = None, range_text: str = "",
    budget: int = DEFAULT_BUDGET,
) -> str:  # fmt: skip
    """Return what is found in a text, a file, a range, or all that differs from HEAD.

    Args:
        root: the work tree.
        path: the file; empty for all that differs.
        text: what the file is to hold; None for what it holds.
        range_text: a range such as main...HEAD, instead of a file.
        budget: the largest number of characters.

    Raises:
        UsageError: the path leads out of the repository, the range is none, or a text has no path.
    """
    if text is not None and not path:
        raise UsageError("A text needs the path of the file it stands for.")
    if path:
        require_inside(root, path)
    if range_text:
        if range_text.startswith("-"):
            raise UsageError("A range is written as main...HEAD.")
        report = examine_request(CheckRequest(scope=RANGE, range_text=range_text), root)
    elif text is not None:
        content = text.encode("utf-8", "surrogateescape")
        if len(content) > MAX_BYTES:
            raise UsageError(f"The text is larger than {MAX_BYTES >> 20} MiB.")
        place = str(root / path)
        given = (GivenText(place, content, is_whole=False),)
        report = examine_request(CheckRequest(paths=(place,), texts=given), root)
    else:
        paths = [path] if path else list_changed(find_repository(root))[:_MAX_FILES]
        report = check_edits(str(root), paths)
    skipped = [f"{skip.path}: {skip.reason}" for skip in report.skipped if not skip.is_agreed]
    found = write_findings(report, _bound(budget)) or _CLEAN
    left = "".join(f"\nnot checked: {make_visible(each)}" for each in skipped[:3])
    return (found + left)[: _bound(budget)]


def explain_rule(root: Path, rule_id: str, budget: int = DEFAULT_BUDGET) -> str:
    """Return what a rule finds, why it is there, and the commits it was learned from.

    Raises:
        UsageError: there is no such rule.
    """
    shown = render_explanation(explain(root, rule_id), "text", io.StringIO())
    return _quote(shown, budget)


def match_patterns(root: Path, text: str, limit: int = 5, budget: int = DEFAULT_BUDGET) -> str:
    """Return the learned patterns nearest to words, code or an error message.

    Raises:
        UsageError: the text is empty.
    """
    if not text.strip():
        raise UsageError("Say what to look for.")
    hits = search_patterns(root, text[:1000], limit=max(1, min(limit, 50)))
    if not hits:
        return "No learned pattern is near to that."
    return _quote(search_view(hits, "text", io.StringIO()), budget)


def list_regression_tests(root: Path, range_text: str = "", budget: int = DEFAULT_BUDGET) -> str:
    """Return the node ids of the tests that prove fixes that the work tree, or a range, touches."""
    if range_text.startswith("-"):
        raise UsageError("A range is written as main...HEAD.")
    tests = render_tests(find_tests(root, range_text), "plain")
    return _quote(tests, budget) if tests else "The change touches no function with such a test."


def report_outcome(
    root: Path, pattern_id: str, *, success: bool, path: str = "", note: str = ""
) -> str:
    """Record how the use of a pattern went, and return what its outcomes add up to.

    Args:
        root: the work tree.
        pattern_id: of any kind.
        success: whether it did well.
        path: the file that a FixPattern was applied to.
        note: what there is to say.

    Raises:
        UsageError: there is no such pattern, or a FixPattern's outcome names no file.
    """
    if path:
        require_inside(root, path)
    facts = {"success": success, "path": path, "note": note[:_MOST_NOTE], "check": "agent"}
    access = MemoryAccess(root)
    try:
        _, entry = record_outcome(access, pattern_id, facts)
    finally:
        access.close()
    rate = "unknown" if entry.success_rate is None else f"{entry.success_rate:.0%}"
    return f"Recorded. Of the uses of this pattern that are known, {rate} went well."


def describe_rules(root: Path, budget: int = MOST_BUDGET) -> str:
    """Return the project's rules that stop or question a change, as JSON."""
    rules = read_rulebook(root, shipped=False).rules.values()
    chosen = [rule for rule in rules if rank_stage(rule.stage) >= rank_stage("advise")]
    chosen.sort(key=lambda rule: (-rank_stage(rule.stage), rule.id))
    records = [
        {"id": rule.id, "stage": rule.stage, "message": make_visible(redact(rule.message))}
        for rule in chosen
    ]
    kept = len(records)
    while True:
        left = len(records) - kept
        text = json.dumps({"note": DATA, "rules": records[:kept], "left_out": left}, indent=1)
        if len(text) <= budget or not kept:
            return text
        kept = min(kept - 1, kept * budget // len(text))


def require_inside(root: Path, path: str) -> None:
    """Refuse a path that leads out of the repository, itself or by a link.

    Raises:
        UsageError: it does.
    """
    if "\0" in path or not is_inside(root, path or "."):
        raise UsageError(f"{make_visible(path)} lies outside the repository.")


def _bound(budget: int) -> int:
    return max(LEAST_BUDGET, min(budget, MOST_BUDGET))


def _quote(text: str, budget: int) -> str:
    """Return a text line by line as quoted data, as much of it as there is room for."""
    lines = [f"> {make_visible(line)}" for line in redact(text).splitlines()]
    whole = "\n".join([QUOTED, *lines])
    room = _bound(budget)
    return whole if len(whole) <= room else f"{whole[: room - 2]} …"
