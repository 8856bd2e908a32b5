"""`guard agent-hook`: what a coding agent hears about its edit; nothing, most of the time.

event -> before a tool: is it guard's own? -> after it: glance, check, lessons -> answer
"""

from __future__ import annotations

import os

from devmatrix_guard.commands.agents.answers import write_answer, write_notice
from devmatrix_guard.commands.agents.events import AFTER, BEFORE, STOP, AgentEvent, parse_event
from devmatrix_guard.commands.agents.protected import find_protected, is_protected, locate
from devmatrix_guard.errors import GitError
from devmatrix_guard.visible_text import make_printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from devmatrix_guard.model.report import CheckReport

DEFAULT_BUDGET = 4000
_MAX_STOPPED = 100
_MAX_BYTES = 4 << 20


def answer_event(raw: bytes, agent: str = "", budget: int = DEFAULT_BUDGET) -> str:
    """Return the answer to an agent's event, empty for silence.

    Args:
        raw: the JSON the agent gives its hook.
        agent: whose it is; told by its form where empty.
        budget: the largest number of characters the agent is to read.

    Raises:
        UsageError: it is no JSON object.
        GuardError: settings or rules do not allow for a check.
    """
    event = parse_event(raw, agent)
    root = _find_root(event.cwd)
    if root is None or event.moment not in (BEFORE, AFTER, STOP):
        return write_answer(event, "")
    if event.moment == BEFORE:
        found = find_protected(root, event)
        return write_answer(event, _object(found, budget) if found else "")
    os.chdir(root)  # settings, caches and git are found from here
    if event.moment == STOP:
        return _answer_stop(event, root, budget)
    located = (locate(root, event.cwd, path) for path in event.paths)
    paths = [path for path in located if path is not None]
    return _answer_edit(event, root, paths, budget)


def _object(what: str, budget: int) -> str:
    shown = make_printable(what.replace("\n", " "))[:200]
    text = (
        f"This would change what guards this repository ({shown}). "
        "Only its people decide that: say what should change, and why, and let them do it."
    )
    return text[:budget]


def _find_root(cwd: str) -> str | None:
    """Return the work tree a folder is in, None where there is none; asks no git."""
    folder = os.path.realpath(cwd) if cwd and "\0" not in cwd else ""
    while folder:
        if os.path.exists(os.path.join(folder, ".git")):  # noqa: PTH110, PTH118
            return folder
        above = os.path.dirname(folder)  # noqa: PTH120
        folder = above if above != folder else ""
    return None


def _answer_edit(event: AgentEvent, root: str, paths: Sequence[str], budget: int) -> str:
    from devmatrix_guard.commands.agents.glance import is_silent

    if not paths or is_silent(paths):
        return write_answer(event, "")
    report = check_edits(root, paths)
    from devmatrix_guard.commands.agents.feedback import write_findings, write_lessons
    from devmatrix_guard.commands.agents.told import note_new
    from devmatrix_guard.commands.check.findings.judge import is_failing

    text = write_findings(report, budget)
    new = note_new(_find_git_dir(root), event.session, paths) if event.session else ()
    lessons = write_lessons(_as_path(root), new, budget - len(text) - 1) if new else ""
    both = "\n".join(part for part in (text, lessons) if part)
    return write_answer(event, both, is_failing=is_failing(report))


def _answer_stop(event: AgentEvent, root: str, budget: int) -> str:
    """Have an agent go on that leaves what fails the check; tell the user what it must not."""
    from devmatrix_guard.commands.agents.told import note_new
    from devmatrix_guard.git.repository import find_repository
    from devmatrix_guard.git.worktree import list_changed

    try:
        changed = list_changed(find_repository(_as_path(root)))
    except GitError:
        return write_answer(event, "")
    report = check_edits(root, changed[:_MAX_STOPPED])
    from devmatrix_guard.commands.agents.feedback import write_findings
    from devmatrix_guard.commands.check.findings.judge import is_failing

    if (is_failing(report) or _takes_back(report)) and not event.is_repeated:
        return write_answer(event, write_findings(report, budget), is_failing=True)
    own = [path for path in changed if is_protected(root, path) and _differs(root, path)]
    new = note_new(_find_git_dir(root), event.session or "-", [f"own {path}" for path in own])
    if not new:
        return write_answer(event, "")
    names = ", ".join(make_printable(name.removeprefix("own ")) for name in new)
    text = f"devmatrix-guard: what guards this repository has changed: {names}. Look at it."
    return write_notice(event, text[:budget])


def _takes_back(report: CheckReport) -> bool:
    """Whether a fix or its proof is lost, for which the commit would be stopped once."""
    from devmatrix_guard.mining.fixes import removed_proof
    from devmatrix_guard.mining.undo.finding import RULE_ID

    lost = (removed_proof.RULE_ID, RULE_ID)
    return any(found.rule_id in lost and found.stage != "advise" for found in report.findings)


def check_edits(root: str, paths: Sequence[str]) -> CheckReport:
    """Return what is found in the lines of files that differ from HEAD, advice left out.

    Args:
        root: the work tree.
        paths: the files, from there.

    Raises:
        GuardError: settings or rules do not allow for it.
    """
    from devmatrix_guard.commands.check.arguments.request import CheckRequest, GivenText
    from devmatrix_guard.commands.check.examine import examine_request
    from devmatrix_guard.commands.check.findings.judge import drop_advice
    from devmatrix_guard.files import FileError, read_if_present

    texts = []
    for path in paths:
        try:
            content = read_if_present(root, path, _MAX_BYTES)
        except FileError:
            continue
        place = os.path.join(root, path)  # noqa: PTH118
        # A file that is gone holds nothing: a regression test may have been in it.
        texts.append(GivenText(place, content or b"", is_whole=False))
    named = tuple(text.path for text in texts)
    if not texts:
        from devmatrix_guard.model.report import CheckReport

        return CheckReport()
    request = CheckRequest(paths=named, texts=tuple(texts))
    return drop_advice(examine_request(request, _as_path(root)))


def _differs(root: str, path: str) -> bool:
    """Whether guard's own part of a file is not what it is at HEAD."""
    from devmatrix_guard.commands.agents.protected import read_table
    from devmatrix_guard.files import FileError, read_if_present
    from devmatrix_guard.git.process import run_git

    code, before, _ = run_git(root, "cat-file", "blob", f"HEAD:{path}")
    try:
        after = read_if_present(root, path, _MAX_BYTES) or b""
    except FileError:
        return True
    if path.rpartition("/")[2].lower() == "pyproject.toml":
        old, new = (text.decode("utf-8", "replace") for text in (before, after))
        return read_table(old) != read_table(new)
    return bool(code) or before.replace(b"\r\n", b"\n") != after.replace(b"\r\n", b"\n")


def _find_git_dir(root: str) -> str:
    """Return git's folder of the work tree."""
    place = os.path.join(root, ".git")  # noqa: PTH118
    if os.path.isdir(place):  # noqa: PTH112
        return place
    from devmatrix_guard.git.repository import find_repository

    return str(find_repository(_as_path(root)).git_dir)


def _as_path(text: str) -> Path:
    from pathlib import Path  # slow to load, and most events end before

    return Path(text)
